"""config/trials/<trial>/outcomes.yaml: covariates and outcomes, each a declared derivation."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import Section


class _Derivation(Section):
    label: str = Field(description="Name as printed.")
    unit: str = Field(description="Unit of the result: proportion, years, GBP, ...")


class FromColumn(_Derivation):
    """A column of the person table, optionally rescaled."""

    kind: Literal["column"]
    column: str = Field(description="Column of the person table.")
    multiply_by: float = Field(1.0, description="Factor applied to a number.")


class Equals(_Derivation):
    """1 where a column of the person table has a given value, 0 elsewhere."""

    kind: Literal["equals"]
    column: str = Field(description="Column of the person table.")
    value: str = Field(description="Value that counts as 1.")


class FromColumns(_Derivation):
    """Every column of the person table with a prefix: the answers to a multiple choice."""

    kind: Literal["columns"]
    prefix: str = Field(description="What the columns' names begin with.")


class InTable(_Derivation):
    """1 for a person with a row in a table of the trial's own records, 0 for the others."""

    kind: Literal["in_table"]
    table: str = Field(description="Table of the extracts with the person's key as a column.")


class Positive(_Derivation):
    """1 where a numeric column of the person table is above zero."""

    kind: Literal["positive"]
    column: str = Field(description="Column of the person table.")


class _Window(_Derivation):
    source: str = Field(description="Linked source, as named in trial.yaml.")
    from_month: int = Field(description="First month, counted from the day of randomisation.")
    to_month: int = Field(description="Month before whose start the window ends.")

    @model_validator(mode="after")
    def _runs_forward(self):
        if self.to_month <= self.from_month:
            raise ValueError(f"to_month {self.to_month} must be after from_month {self.from_month}")
        return self


class TotalPay(_Window):
    """Sum of payments dated within the window."""

    kind: Literal["total_pay"]


class WeeksEmployed(_Window):
    """Days with at least one employment in the window, over 7; overlaps count once."""

    kind: Literal["weeks_employed"]


class EmployedWeeksAtLeast(_Window):
    """1 where the weeks employed in the window reach a threshold."""

    kind: Literal["employed_weeks_at_least"]
    weeks: int = Field(ge=1, description="Threshold in weeks.")


Derivation = Annotated[
    FromColumn
    | FromColumns
    | InTable
    | Equals
    | Positive
    | TotalPay
    | WeeksEmployed
    | EmployedWeeksAtLeast,
    Field(discriminator="kind"),
]


class SpellTables(Section):
    """Where a source keeps its employments and payments."""

    employments: str = Field(description="Table of employments, one row a spell.")
    employment_id: str = Field(description="Key shared with the payments.")
    start: str = Field(description="Column of the first day.")
    end: str = Field(description="Column of the last day; missing while the spell is open.")
    payments: str = Field(description="Table of payments.")
    paid_on: str = Field(description="Column of the payment date.")
    amount: str = Field(description="Column of the amount.")


class Months(Section):
    """Months relative to randomisation: month 1 begins on the day of randomisation."""

    source: str = Field(description="Linked source, as named in trial.yaml.")
    first: int = Field(le=0, description="First month; 0 is the month before randomisation.")
    last: int = Field(ge=1, description="Last month.")


class Outcomes(Section):
    """config/trials/<trial>/outcomes.yaml."""

    spells: dict[str, SpellTables] = Field(
        default_factory=dict, description="Linked source -> its spell tables."
    )
    covariates: dict[str, Derivation] = Field(description="Baseline covariates.")
    outcomes: dict[str, Derivation] = Field(min_length=1, description="Outcomes.")
    months: Months | None = Field(None, description="Person-months to derive, if any.")
