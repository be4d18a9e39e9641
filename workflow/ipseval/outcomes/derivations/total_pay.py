"""Derivation: pay in a window."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..context import DerivationContext
from ..spells import pay_in_window
from ..windows import EmploymentWindow, where_known


class TotalPay(EmploymentWindow):
    """Sum of payments dated within the window."""

    kind: Literal["total_pay"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the sum in GBP, whole pence."""
        work = context.linked.employments[self.source]
        pay = pay_in_window(work.person, work.paid_on, work.amount, *self.window(context.day))
        return where_known(work.known, pay)
