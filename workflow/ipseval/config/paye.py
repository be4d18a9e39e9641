"""config/rules/paye.yaml: what employers deduct from pay and owe on it, by tax year."""

from typing import Self

from pydantic import Field, model_validator

from ..errors import InputError
from .base import Printed, Section

FILE = "config/rules/paye.yaml"


class IncomeTax(Section):
    """Income tax of a tax year. Amounts are GBP a year, limits are of taxable income."""

    personal_allowance: float = Field(ge=0, description="Pay on which no tax is due.")
    allowance_tapered_above: float = Field(
        ge=0, description="Income above which the allowance falls by 1 for every 2 earned."
    )
    basic_rate: float = Field(ge=0, le=1, description="Rate up to the basic rate limit.")
    basic_rate_limit: float = Field(ge=0, description="Taxable income at which it ends.")
    higher_rate: float = Field(ge=0, le=1, description="Rate up to the higher rate limit.")
    higher_rate_limit: float = Field(ge=0, description="Taxable income at which it ends.")
    additional_rate: float = Field(ge=0, le=1, description="Rate above the higher rate limit.")

    @model_validator(mode="after")
    def _limits_ascend(self) -> Self:
        if self.higher_rate_limit <= self.basic_rate_limit:
            raise ValueError("higher_rate_limit has to be above basic_rate_limit")
        return self


class NationalInsurance(Section):
    """Class 1 National Insurance, category A, of a tax year. Amounts are GBP a month."""

    primary_threshold: float = Field(ge=0, description="Pay above which employees contribute.")
    upper_earnings_limit: float = Field(ge=0, description="Pay above which their rate changes.")
    employee_rate: float = Field(ge=0, le=1, description="Employee's rate up to that limit.")
    employee_rate_above_limit: float = Field(ge=0, le=1, description="Employee's rate above it.")
    secondary_threshold: float = Field(ge=0, description="Pay above which employers contribute.")
    employer_rate: float = Field(ge=0, le=1, description="Employer's rate above it.")

    @model_validator(mode="after")
    def _limits_ascend(self) -> Self:
        if self.upper_earnings_limit <= self.primary_threshold:
            raise ValueError("upper_earnings_limit has to be above primary_threshold")
        return self


class TaxYear(Section):
    """Rules of one tax year, 6 April to 5 April."""

    source: Printed = Field(description="Where the rules are published.")
    income_tax: IncomeTax = Field(description="Income tax, England and Wales.")
    national_insurance: NationalInsurance = Field(description="Class 1 contributions.")


class Paye(Section):
    """config/rules/paye.yaml."""

    tax_years: dict[str, TaxYear] = Field(
        min_length=1, description="Tax year, such as 2019-20 -> its rules."
    )

    @model_validator(mode="after")
    def _names_tax_years(self) -> Self:
        for name in self.tax_years:
            begin = name[:4]
            if not begin.isdecimal() or name != name_of(int(begin)):
                raise ValueError(f"'{name}' is no tax year such as 2019-20")
        return self

    def of(self, year: int) -> TaxYear:
        """Return the rules of the tax year that begins in `year`; raises InputError without any."""
        name = name_of(year)
        if name not in self.tax_years:
            raise InputError(
                f"payments fall in tax year {name}, whose rules are not given",
                file=FILE,
                rule="tax_years",
                expected=f"rules of {name} beside those of {', '.join(self.tax_years)}",
                remedy="add the tax year, or choose another window in outcomes.yaml",
            )
        return self.tax_years[name]


def name_of(year: int) -> str:
    """Return the tax year that begins in `year`, as 2019-20."""
    return f"{year}-{(year + 1) % 100:02d}"
