"""Derivation: a tax or contribution on pay."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ...lazy import np
from ..context import DerivationContext
from ..payroll import charge_in_window
from ..windows import EmploymentWindow, where_known


class PayrollCharge(EmploymentWindow):
    """A tax or contribution on the payments dated within the window; other income is not known.

    Income tax is that of all pay of a tax year (Income Tax Act 2007, collected under the Income
    Tax (PAYE) Regulations 2003), National Insurance that of all pay of a tax month (Social Security
    Contributions and Benefits Act 1992, Class 1, category A); payments bear it by their amounts.
    Rates are in config/rules/paye.yaml.
    """

    kind: Literal["payroll_charge"]
    charge: Literal["income_tax", "employee_ni", "employer_ni"] = Field(
        description="income_tax; employee_ni and employer_ni: Class 1 National Insurance "
        "contributions of the employee and of the employer."
    )
    needs_paye: ClassVar[bool] = True

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the charge in GBP."""
        work, window = context.linked.employments[self.source], self.window(context.day)
        due = charge_in_window(self.charge, work, context.day, *window, context.rules_of_pay(name))
        return where_known(work.known, due)
