"""Kinds of derivation that read the trial's own tables, and kinds made from other results.

Those that read linked records are in linked_derivations.py.
"""

import datetime as dt
from typing import Literal

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


class Within(_Derivation):
    only_where: str | None = Field(
        None,
        description="0/1 covariate or outcome declared before: the result is missing for everybody "
        "for whom it is not 1.",
    )


class Equals(Within):
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


class Fall(Within):
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

    @property
    def made_from(self) -> dict[str, list[str]]:
        """Key -> the other results that it names."""
        return {"before": [self.before], "after": [self.after]}


class AreaUnderCurve(Within):
    """Area under a number measured at several months, in years: quality-adjusted life years where
    it is an index of health.

    Straight lines join the measurements. Missing where the first or the last one is.
    """

    kind: Literal["area_under_curve"]
    of: dict[int, str] = Field(
        min_length=2,
        description="Month after randomisation -> covariate or outcome declared before: the number "
        "at that month. Months ascend.",
    )
    interpolate: bool = Field(
        description="Whether a number missing between two others is taken to lie on the straight "
        "line between its neighbours; if not, the result is missing."
    )

    @model_validator(mode="after")
    def _months_ascend(self):
        if sorted(self.of) != list(self.of):
            raise ValueError("months of `of` have to ascend")
        return self

    @property
    def made_from(self) -> dict[str, list[str]]:
        """Key -> the other results that it names."""
        return {"of": list(self.of.values())}


class _Of(Within):
    of: str = Field(description="Covariate or outcome declared before, or a column of every trial.")

    @property
    def made_from(self) -> dict[str, list[str]]:
        """Key -> the other results that it names."""
        return {"of": [self.of]}


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

    @property
    def made_from(self) -> dict[str, list[str]]:
        """Key -> the other results that it names."""
        return {"of": [self.of], "among": [self.among] if self.among else []}


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


# Kinds from the trial's own tables, and kinds from other results.
OwnKind = (
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
    | Equals
    | Positive
)
TransformKind = (
    Reached | Winsorised | AboveMedian | Bands | DateBands | MonthOf | Fall | AreaUnderCurve
)
