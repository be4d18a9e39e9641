"""Kinds of derivation: what a covariate or an outcome in outcomes.yaml may be."""

import datetime as dt
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


class _Within(_Derivation):
    only_where: str | None = Field(
        None,
        description="0/1 covariate or outcome declared before: the result is missing for everybody "
        "for whom it is not 1.",
    )


class Equals(_Within):
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


class YearsSince(_Answer):
    """Years from a date to the day of randomisation: days over 365.25."""

    kind: Literal["years_since"]
    column: str = Field(description="Column of the date.")


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


def _runs_forward(self):
    if self.to_month <= self.from_month:
        raise ValueError(f"to_month {self.to_month} must be after from_month {self.from_month}")
    return self


class _Window(_Within):
    source: str = Field(description="Linked source, as named in trial.yaml.")
    from_month: int = Field(description="First month, counted from the day of randomisation.")
    to_month: int = Field(description="Month before whose start the window ends.")

    _runs_forward = model_validator(mode="after")(_runs_forward)


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


class MonthsEmployed(_Window):
    """Number of months of the window with a day of employment or more; 0 or 1 for one month."""

    kind: Literal["months_employed"]


class DaysOnBenefit(_Window):
    """Days of the window on an out-of-work benefit; overlaps count once."""

    kind: Literal["days_on_benefit"]


class DaysOffBenefit(_Window):
    """Days of the window on no out-of-work benefit."""

    kind: Literal["days_off_benefit"]


class MonthsOnBenefit(_Window):
    """Number of months of the window with a day or more on an out-of-work benefit."""

    kind: Literal["months_on_benefit"]


class MonthsEmployedAndOnBenefit(_Window):
    """Number of months of the window with a day of employment and a day on benefit or more."""

    kind: Literal["months_employed_and_on_benefit"]
    benefits: str = Field(description="Linked source of the benefits; `source` has employments.")


class TotalBenefit(_Window):
    """Benefits of the window: a seventh of the weekly amount for each day, all benefits added."""

    kind: Literal["total_benefit"]


class SpellAt(_Within):
    """A column of the spell on an out-of-work benefit that covers the day of randomisation.

    Of several such spells the one that began last, of these the one that ends last; missing where
    there is none.
    """

    kind: Literal["spell_at"]
    source: str = Field(description="Linked source with benefits, as named in trial.yaml.")
    column: str = Field(description="Column of the table of benefit spells.")
    values: list[bool | int | str] = Field(
        default_factory=list,
        description="Values that count as 1, others as 0; the value itself if absent.",
    )


class SpellLengthBefore(_Within):
    """Days on out-of-work benefits without a break until the day before randomisation.

    Spells that overlap or touch are one. Missing for people on none on the day of randomisation.
    """

    kind: Literal["spell_length_before"]
    source: str = Field(description="Linked source with benefits, as named in trial.yaml.")


class _AtDay(_Within):
    source: str = Field(description="Linked source, as named in trial.yaml.")
    month: int | None = Field(
        None, description="The day so many months after that of randomisation."
    )
    date: dt.date | None = Field(None, description="The same day for everybody (YYYY-MM-DD).")

    @model_validator(mode="after")
    def _names_one_day(self):
        if (self.month is None) == (self.date is None):
            raise ValueError("give either month or date")
        return self


class OffBenefitAt(_AtDay):
    """1 for people on no out-of-work benefit on a day, 0 for those on one."""

    kind: Literal["off_benefit_at"]


class RemainedOffBenefit(_AtDay):
    """Of people off benefit on a day, 1 for those off it for some months; missing for others."""

    kind: Literal["remained_off_benefit"]
    months: int = Field(ge=1, description="Months up to the day in which nothing was claimed.")


class _EventWindow(_Within):
    events: str = Field(description="Events, as named under `events`.")
    from_month: int = Field(description="First month, counted from the day of randomisation.")
    to_month: int = Field(description="Month before whose start the window ends.")
    status: list[str] = Field(
        default_factory=list, description="Status of the events that count; all if absent."
    )

    _runs_forward = model_validator(mode="after")(_runs_forward)


class EventCount(_EventWindow):
    """Number of a person's events in the window."""

    kind: Literal["event_count"]


class EventShare(_EventWindow):
    """Events that count, over those of some status; missing for people without any of these."""

    kind: Literal["event_share"]
    among: list[str] = Field(min_length=1, description="Status of the events to divide by.")


class BedDays(_Within):
    """Days or nights of the window in hospital; overlaps count once."""

    kind: Literal["bed_days"]
    stays: str = Field(description="Stays, as named under `stays`.")
    from_month: int = Field(description="First month, counted from the day of randomisation.")
    to_month: int = Field(description="Month before whose start the window ends.")
    count: Literal["days", "nights"] = Field(
        description="days: first and last day count, a day case is one day; nights: a night is of "
        "the day on which it begins, a day case has none."
    )

    _runs_forward = model_validator(mode="after")(_runs_forward)


class LastRecord(_Within):
    """What a person's last linked record after the day of randomisation says, or its day.

    Of several on its day the one with the highest number of the record. Missing for people
    without such a record, and for whom the source is not linked.
    """

    kind: Literal["last_record"]
    source: str = Field(description="Linked source, as named in trial.yaml.")
    table: str = Field(description="Table of the source, one row a record.")
    date: str = Field(description="Column of the day of the record.")
    where: dict[str, list[bool | int | str]] = Field(
        default_factory=dict, description="Column -> values of the rows that are records."
    )
    column: str | None = Field(
        None, description="Column of a number; days since randomisation if absent."
    )
    complete: list[str] = Field(
        default_factory=list,
        description="Columns that the last record has to fill; missing where it does not. An "
        "earlier record does not take its place.",
    )


class Fall(_Within):
    """1 for people whose number fell by enough, or from a cut to below it, 0 for the others."""

    kind: Literal["fall"]
    before: str = Field(description="Covariate or outcome declared before: the first number.")
    after: str = Field(description="Covariate or outcome declared before: the later number.")
    at_least: float | None = Field(None, description="Least fall that counts as 1.")
    below: float | None = Field(
        None, description="Cut that the first number has to reach and the later one to be below."
    )

    @model_validator(mode="after")
    def _has_one_bound(self):
        if (self.at_least is None) == (self.below is None):
            raise ValueError("give either at_least or below")
        return self


class _Of(_Within):
    of: str = Field(description="Covariate or outcome declared before, or a column of every trial.")


class Reached(_Of):
    """1 where another result is at least, or at most, some number, 0 where it is not."""

    kind: Literal["reached"]
    threshold: float | None = Field(None, description="Least number that counts as 1.")
    at_most: float | None = Field(None, description="Greatest number that counts as 1.")
    missing_is: Literal[0, 1] | None = Field(
        None, description="What a missing result counts as; missing itself if absent."
    )

    @model_validator(mode="after")
    def _has_one_bound(self):
        if (self.threshold is None) == (self.at_most is None):
            raise ValueError("give either threshold or at_most")
        return self


class Winsorised(_Of):
    """Another result, values above a quantile of all people set to that quantile."""

    kind: Literal["winsorised"]
    quantile: float = Field(gt=0, lt=1, description="Quantile of everybody whose result is known.")


class AboveMedian(_Of):
    """1 above the median of everybody whose result is known, 0 at it and below."""

    kind: Literal["above_median"]
    at_or_above: bool = Field(False, description="Whether the median itself counts as above.")
    among: str | None = Field(
        None,
        description="0/1 covariate or outcome declared before: the median is that of people for "
        "whom it is 1. The others are compared with it as well.",
    )
    labels: list[str] = Field(
        default_factory=list,
        description="Two texts to give instead of 0 and 1: at the median or below, above it.",
    )

    @model_validator(mode="after")
    def _has_two_labels(self):
        if len(self.labels) not in (0, 2):
            raise ValueError(f"labels needs two texts, not {len(self.labels)}")
        return self


def _one_label_a_band(self):
    if sorted(set(self.cuts)) != self.cuts:
        raise ValueError("cuts have to ascend")
    if len(self.labels) != len(self.cuts) + 1:
        raise ValueError(f"{len(self.cuts)} cuts make {len(self.cuts) + 1} bands: one label each")
    return self


class Bands(_Of):
    """Bands of a number, as text: a band begins with its cut."""

    kind: Literal["bands"]
    cuts: list[float] = Field(min_length=1, description="First values of bands, in order.")
    labels: list[str] = Field(description="Names of the bands, one more than cuts.")

    _one_label_a_band = model_validator(mode="after")(_one_label_a_band)


class MonthOf(_Of):
    """The calendar month of a date, as text: YYYY-MM."""

    kind: Literal["month_of"]


class DateBands(_Of):
    """Bands of a date, as text: a band begins with its cut."""

    kind: Literal["date_bands"]
    window_months: int = Field(
        0,
        ge=0,
        description="Band the last day of the window of so many months that begins on the date; "
        "0: the date itself.",
    )
    cuts: list[dt.date] = Field(min_length=1, description="First days of bands, in order.")
    labels: list[str] = Field(description="Names of the bands, one more than cuts.")

    _one_label_a_band = model_validator(mode="after")(_one_label_a_band)


EmploymentKind = TotalPay | WeeksEmployed | EmployedWeeksAtLeast | MonthsEmployed
BenefitKind = (
    DaysOnBenefit
    | DaysOffBenefit
    | MonthsOnBenefit
    | TotalBenefit
    | OffBenefitAt
    | RemainedOffBenefit
    | SpellAt
    | SpellLengthBefore
)
SpellKind = EmploymentKind | BenefitKind | MonthsEmployedAndOnBenefit
ServiceKind = EventCount | EventShare | BedDays
LinkedKind = SpellKind | ServiceKind
TransformKind = Reached | Winsorised | AboveMedian | Bands | DateBands | MonthOf | Fall

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
    | YearsSince
    | LastRecord
    | Equals
    | Positive
    | LinkedKind
    | TransformKind,
    Field(discriminator="kind"),
]
