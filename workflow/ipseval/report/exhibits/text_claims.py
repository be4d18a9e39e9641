"""Numbers stated in the running text of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...arms import CODES, in_arm
from ...config.base import Decimals, Section, suggest
from ...config.exhibits import GroupName, TableExhibit, TableName, WeightName
from ...config.refs import SCOPES, Place
from ...disclosed import KNOWN, Class, Counts, Key, key
from ...lazy import np, pd
from ..cells import as_frame, cell, joined, source_of
from ..formats import dated, grouped
from ..groups import trial_groups_of
from ..stated import VerdictQuantity, quantity

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

NUMBERS = {
    "total": lambda values: values.sum(),
    "median": lambda values: values.median(),
    "least": lambda values: values.min(),
    "greatest": lambda values: values.max(),
    "mode": lambda values: values.mode().min(),
}


class ClaimMeasure(Section):
    """A number computed from people.parquet, or from a table of the extracts about no person."""

    measure: Literal[
        "count",
        "share",
        "mean",
        "total",
        "least",
        "greatest",
        "mode",
        "median",
        "distinct",
        "earliest",
        "latest",
    ] = Field(
        description="count: rows, or those with one of the values; share: percentage with one of "
        "the values; mean, total, least, greatest, median and mode (the most common, of several "
        "the least) of numbers; distinct: different values; earliest and latest: dates."
    )
    table: TableName | None = Field(None, description="Table of the extracts; people if absent.")
    column: str | None = Field(None, description="Column measured; rows without it do not count.")
    number_of: list[str] = Field(
        default_factory=list,
        description="0/1 columns, in place of one column; measured is how many of them are 1.",
    )
    among: list[str | int] = Field(default_factory=list, description="Values that count as 1.")
    at_most: float | None = Field(None, description="Greatest number that counts as 1.")
    where: dict[str, str | int] = Field(
        default_factory=dict, description="Column -> value that rows must have."
    )
    group: GroupName | None = Field(None, description="Analysis group; everybody if absent.")
    arm: Literal["treatment", "control"] | None = Field(None, description="Arm; both if absent.")
    weight: WeightName | None = Field(None, description="Weight column.")
    by_month: bool = Field(
        False, description="Whether a date is given as a month, as are those of `among`: 2019-10."
    )

    @model_validator(mode="after")
    def _measures_one_thing(self) -> Self:
        if self.number_of and (self.column or self.among or self.at_most is not None):
            raise ValueError("number_of stands alone, without column, among and at_most")
        if self.number_of and self.measure not in NUMBERS:
            raise ValueError(f"{self.measure} is not of a number of columns")
        return self

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Columns are those of the table, or of people with answers to several choices."""
        config = place.config
        if self.table is None:
            known = [str(name) for name in SCOPES["people"](place) or ()]
            several = tuple(str(prefix) for prefix in SCOPES["prefixes"](place) or ())
        elif self.table in config.extracts.tables:
            known, several = list(config.extracts.tables[self.table].columns), ()
        else:
            return
        for name in (self.column, *self.number_of, *self.where):
            if name is not None and name not in known and not name.startswith(several or ("\0",)):
                key = "number_of" if name in self.number_of else "column"
                yield key, f"unknown name '{name}'{suggest(name, known)}"


class Claim(ClaimMeasure):
    """A statement of the text, or a comparison of two measures."""

    unit: str = Field(description="Unit.")
    decimals: Decimals = Field(0, description="Decimals printed.")
    compared_with: ClaimMeasure | None = Field(None, description="Second measure.")
    comparison: Literal["difference", "relative", "months"] = Field(
        "difference",
        description="difference: first less second; relative: in percent of it; months: calendar "
        "months from the second date to the first, both included.",
    )
    more_than: float | None = Field(
        None,
        description="The text says that it is more than this: the number is this where that holds, "
        "and what was measured where it does not.",
    )

    @model_validator(mode="after")
    def _months_are_between_dates(self) -> Self:
        if self.comparison == "months":
            both: list[ClaimMeasure] = [self, *([self.compared_with] if self.compared_with else [])]
            days = [one.measure in ("earliest", "latest") and not one.by_month for one in both]
            if len(both) < 2 or not all(days):
                raise ValueError("months are between two dates, earliest or latest, to the day")
        return self


class StatedConfidence(Section):
    """The level of confidence at which the text calls estimates significant."""

    of: list[VerdictQuantity] = Field(
        min_length=1, description="Estimates, each of a group; the least significant one counts."
    )

    @model_validator(mode="after")
    def _are_estimates(self) -> Self:
        if any(one.estimate is None for one in self.of):
            raise ValueError("a level of confidence is that of an estimate")
        return self


class TextClaims(TableExhibit):
    """Numbers stated in the running text of a report."""

    kind: Literal["text_claims"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    claims: dict[str, Claim] = Field(min_length=1, description="Statement -> how it is computed.")
    confidence: dict[str, StatedConfidence] = Field(
        default_factory=dict,
        description="Statement -> estimates; the number is the greatest of 90, 95 and 99% at which "
        "all of them are significant, and 0 where they are not at 90%.",
    )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Counts and shares of people; extremes and comparisons are not released."""
        if cell.row in self.confidence:
            reason = "It tells of estimates whose people differ."
            return Counts("correlation and regression", undeclared=reason)
        claim = self.claims[cell.row]
        if claim.compared_with:
            return Counts("ratios", undeclared="It compares two measures, whose people differ.")
        if claim.more_than is not None:
            return Counts("frequencies", undeclared="It says whether a count is above a number.")
        if claim.measure in ("least", "greatest", "earliest", "latest"):
            return Counts("extremes")
        if claim.measure in ("mode", "median", "distinct") or claim.number_of:
            return Counts(
                "position", undeclared="A mode, a median or a number of values tells of few people."
            )
        if claim.table:
            people = Key(table=f"records of {claim.table}")
            people = people.met({n: str(v) for n, v in claim.where.items()})
        else:
            groups = config.trial.groups[claim.group].trial_groups if claim.group else None
            people = key(groups, CODES[claim.arm] if claim.arm else None)
            people = people.met({n: str(v) for n, v in claim.where.items()})
        if claim.column is None:
            return Counts("frequencies", "count", people)
        among = people.met({claim.column: KNOWN})
        if claim.by_month:
            return Counts("frequencies", undeclared="It counts the people of a month.")
        value = "|".join(str(v) for v in claim.among)
        averaged = claim.column if not claim.table else ""
        if claim.at_most is not None and not value:
            value = f"[-inf, {claim.at_most:g}]"
        if claim.measure == "count":
            return Counts("frequencies", "count", among.met({claim.column: value or KNOWN}))
        if claim.measure == "total":
            return Counts("linear aggregation", "follows", among=among, averaged=averaged)
        if not value:
            if claim.measure == "share":
                value = "1"
            else:
                return Counts("linear aggregation", "follows", among=among, averaged=averaged)
        role: Literal["weighted", "share"] = "weighted" if claim.weight else "share"
        return Counts("frequencies", role, among.met({claim.column: value}), among)

    def cells(self, data: Data) -> pd.DataFrame:
        """One row a statement; panel the group it is about, column the arm."""
        cells = []
        for name, claim in self.claims.items():
            value, n = _measure(claim, data)
            source = _source(claim, data)
            if claim.compared_with:
                other, m = _measure(claim.compared_with, data)
                value = COMPARED[claim.comparison](value, other)
                n += m
                source = joined(source, _source(claim.compared_with, data))
            statistic = _statistic(claim)
            printed = dated(value) if statistic == "date" else grouped(value, claim.decimals)
            if claim.more_than is not None and value > claim.more_than:
                value = claim.more_than
                printed = f"more than {grouped(value, claim.decimals)}: {printed}"
            printed += {"percent": "%", "percentage_points": " points"}.get(claim.unit, "")
            panel, column = claim.group or "total", str(claim.arm or "all")
            if claim.compared_with and claim.compared_with.arm != claim.arm:
                column = "difference"
            cells.append(
                cell(panel, name, column, statistic, value, printed, claim.unit, n, source=source)
            )
        for name, stated in self.confidence.items():
            found = [quantity(one, data) for one in stated.of]
            value, n = _confidence(one.p for one in found), max(one.n for one in found)
            keys = (str(stated.of[0].group), name, "difference", "percent")
            source = joined(*(one.source for one in found))
            cells.append(cell(*keys, value, f"{value:g}%", "percent", n, source=source))
        return as_frame(cells)


def _months_between(last: float, first: float) -> float:
    """Return the calendar months from one date to another, both included; dates like 20181017."""
    (y, m), (z, k) = (divmod(int(day) // 100, 100) for day in (last, first))
    return float(12 * (y - z) + m - k + 1)


COMPARED: dict[str, Callable[[float, float], float]] = {
    "difference": lambda first, second: first - second,
    "relative": lambda first, second: 100 * (first / second - 1),
    "months": _months_between,
}


def _confidence(p_values: Iterable[float]) -> float:
    """Return the greatest of 90, 95 and 99 at which all are significant; 0 where they are not."""
    worst = float(np.max(list(p_values)))
    return max((100.0 - 100 * level for level in (0.01, 0.05, 0.10) if worst < level), default=0.0)


def _statistic(claim: Claim) -> str:
    if claim.compared_with:
        return {"relative": "percent", "months": "count"}.get(claim.comparison, "percentage_points")
    named = {"share": "percent", "earliest": "date", "latest": "date", "distinct": "count"}
    return named.get(claim.measure, claim.measure)


def _source(claim: ClaimMeasure, data: Data) -> str:
    """Return the rows that a number is measured in, the column measured and its weight."""
    selected: dict[str, object] = {"trial_group": trial_groups_of(data, claim.group)}
    selected["arm"] = CODES[claim.arm] if claim.arm else None
    columns = [column for column in (claim.column, *claim.number_of, claim.weight) if column]
    selected |= claim.where | {"column": columns or None}
    if claim.table:
        return source_of("extracts", claim.table, **selected)
    return source_of("people", **selected)


def _measure(claim: ClaimMeasure, data: Data) -> tuple[float, int]:
    """Return (value, number of people or records behind it)."""
    rows = data.records(claim.table) if claim.table else data.people
    # Columns before rows: a person has a hundred, and a statement is about few.
    asked = [claim.column, claim.weight, *claim.where, *claim.number_of]
    asked += ["trial_group" if claim.group else None, "arm" if claim.arm else None]
    rows = rows[[name for name in rows if name in asked]]
    if claim.group:
        rows = rows[rows["trial_group"].isin(data.config.trial.groups[claim.group].trial_groups)]
    if claim.arm:
        rows = rows[in_arm(rows, claim.arm)]
    for column, value in claim.where.items():
        rows = rows[rows[column] == value]
    if claim.number_of:
        known = rows[rows[claim.number_of].notna().all(axis=1)]
        return _number(claim, known[claim.number_of].sum(axis=1).astype(float)), len(known)
    if claim.column is None:
        return float(len(rows)), len(rows)
    rows = rows[rows[claim.column].notna()]
    values, n = rows[claim.column], len(rows)
    if claim.among and claim.by_month:
        values = pd.to_datetime(values).dt.strftime("%Y-%m")
    if claim.among:
        values = values.isin(claim.among).astype(float)
    elif claim.at_most is not None:
        values = (values <= claim.at_most).astype(float)
    match claim.measure:
        case "count":
            return float(values.sum() if claim.among else n), n
        case "mean" | "share":
            weights = rows[claim.weight] if claim.weight else None
            scale = 100 if claim.measure == "share" else 1
            return scale * float(np.average(values.astype(float), weights=weights)), n
        case "distinct":
            return float(values.nunique()), n
        case "total" | "least" | "greatest" | "mode" | "median":
            return _number(claim, values), n
    day = values.min() if claim.measure == "earliest" else values.max()
    day = pd.Timestamp(day)
    month = 100 * day.year + day.month
    return float(month if claim.by_month else 100 * month + day.day), n


def _number(claim: ClaimMeasure, values: pd.Series) -> float:
    return float(NUMBERS[claim.measure](values))
