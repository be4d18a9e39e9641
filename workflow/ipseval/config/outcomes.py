"""config/trials/<trial>/outcomes.yaml: covariates and outcomes, each a declared derivation."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import Section


class _Derivation(Section):
    label: str = Field(description="Name as printed.")
    unit: str = Field(description="Unit of the result: proportion, years, GBP, ...")


class _Answer(_Derivation):
    table: str | None = Field(
        None, description="Table with at most one row a person; the person table if absent."
    )


class _Routed(_Answer):
    zero_where: dict[str, list[bool | int | str]] = Field(
        default_factory=dict,
        description="Column of the same table -> answers after which the question is not asked and "
        "the result is 0. Where none of these answers is given and one of the columns is missing, "
        "the result is missing.",
    )


class FromColumn(_Routed):
    """A column of a table with one row a person, optionally rescaled."""

    kind: Literal["column"]
    column: str = Field(description="Column of the table.")
    multiply_by: float = Field(1.0, description="Factor applied to a number.")


class Equals(_Derivation):
    """1 where a column of the person table has a given value, 0 elsewhere."""

    kind: Literal["equals"]
    column: str = Field(description="Column of the person table.")
    value: str = Field(description="Value that counts as 1.")


class OneOf(_Routed):
    """1 where a column has one of some values, 0 where it has another, missing where it is."""

    kind: Literal["one_of"]
    column: str = Field(description="Column of the table.")
    values: list[bool | int | str] = Field(min_length=1, description="Values that count as 1.")


class AtLeast(_Routed):
    """1 where a number reaches a threshold, 0 where it does not, missing where it is missing."""

    kind: Literal["at_least"]
    column: str = Field(description="Column of the table.")
    threshold: float = Field(description="Least number that counts as 1.")


class Score(_Answer):
    """The score of an instrument, from the answers to its items."""

    kind: Literal["score"]
    instrument: str = Field(description="Instrument: docs/reference/stages/outcomes.md lists them.")
    prefix: str = Field("", description="What stands before an item's name in the columns' names.")
    value_set: str | None = Field(None, description="Value set, for instruments that have several.")
    band: bool = Field(False, description="Give the band of the score, not the score.")


class FromColumns(_Answer):
    """Every column of a table with a prefix: the answers to a multiple choice."""

    kind: Literal["columns"]
    prefix: str = Field(description="What the columns' names begin with.")


class InTable(_Derivation):
    """1 for a person with a row in a table of the trial's own records, 0 for the others."""

    kind: Literal["in_table"]
    table: str = Field(description="Table of the extracts with the person's key as a column.")


class RecordCount(_Derivation):
    """Number of a person's rows in a table of the trial's own records; missing if there is none."""

    kind: Literal["record_count"]
    table: str = Field(description="Table of the extracts with the person's key as a column.")
    column: str | None = Field(None, description="Column that says which rows count.")
    above: float = Field(0.0, description="Value that the column has to exceed.")


class DaysUntilFirst(_Derivation):
    """Days from randomisation to a person's first dated row in a table of the trial's own."""

    kind: Literal["days_until_first"]
    table: str = Field(description="Table of the extracts with the person's key as a column.")
    column: str = Field(description="Column of the date.")


class Unlinked(_Derivation):
    """1 for a person without a linked record in a source, 0 for the others."""

    kind: Literal["unlinked"]
    source: str = Field(description="Linked source, as named in trial.yaml.")


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
    | OneOf
    | AtLeast
    | Score
    | FromColumns
    | InTable
    | Unlinked
    | RecordCount
    | DaysUntilFirst
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
    payment_key: list[str] = Field(
        default_factory=list,
        description="Columns that tell one payment from another: rows that agree in all of them "
        "are one payment, reported again. Without any, every row counts.",
    )


class ResponseWeight(Section):
    """Non-response weights of one survey, from a logit within each trial group and arm."""

    responded: str = Field(description="Covariate that is 1 for respondents (kind in_table).")
    covariates: list[str] = Field(min_length=1, description="Covariates of the logit.")
    calibrate: list[str] = Field(
        default_factory=list, description="Covariates to whose margins the weights are raked."
    )
    trim: float = Field(5.0, gt=1, description="Largest weight, in medians of the group and arm.")


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
    weights: dict[str, ResponseWeight] = Field(
        default_factory=dict, description="Weight column -> non-response weights of a survey."
    )
    months: Months | None = Field(None, description="Person-months to derive, if any.")

    @property
    def units(self) -> dict[str, str]:
        """Outcome or covariate -> its unit."""
        return {name: spec.unit for name, spec in {**self.covariates, **self.outcomes}.items()}
