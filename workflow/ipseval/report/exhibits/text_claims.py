"""Numbers stated in the running text of a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...arms import CODES, in_arm
from ...config.base import Decimals, Section, suggest
from ...config.exhibits import GroupName, TableExhibit, TableName, WeightName
from ...config.refs import SCOPES, Place
from ...disclosed import KNOWN, Class, Counts, Key, key
from ...lazy import np, pd
from ..cells import as_frame, cell, joined, source_of
from ..formats import grouped
from ..groups import trial_groups_of

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

NUMBERS = {
    "total": lambda values: values.sum(),
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
        "distinct",
        "earliest",
        "latest",
    ] = Field(
        description="count: rows, or those with one of the values; share: percentage with one of "
        "the values; mean, total, least, greatest and mode (the most common, of several the least) "
        "of numbers; distinct: different values; earliest and latest: dates."
    )
    table: TableName | None = Field(None, description="Table of the extracts; people if absent.")
    column: str | None = Field(None, description="Column measured; rows without it do not count.")
    among: list[str | int] = Field(default_factory=list, description="Values that count as 1.")
    at_most: float | None = Field(None, description="Greatest number that counts as 1.")
    where: dict[str, str | int] = Field(
        default_factory=dict, description="Column -> value that rows must have."
    )
    group: GroupName | None = Field(None, description="Analysis group; everybody if absent.")
    arm: Literal["treatment", "control"] | None = Field(None, description="Arm; both if absent.")
    weight: WeightName | None = Field(None, description="Weight column.")
    by_month: bool = Field(False, description="Whether a date is given as a month.")

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
        for name in (self.column, *self.where):
            if name is not None and name not in known and not name.startswith(several or ("\0",)):
                yield "column", f"unknown name '{name}'{suggest(name, known)}"


class Claim(ClaimMeasure):
    """A statement of the text, or a comparison of two measures."""

    unit: str = Field(description="Unit.")
    decimals: Decimals = Field(0, description="Decimals printed.")
    compared_with: ClaimMeasure | None = Field(None, description="Second measure.")
    comparison: Literal["difference", "relative"] = Field(
        "difference", description="difference: first less second; relative: in percent of it."
    )


class TextClaims(TableExhibit):
    """Numbers stated in the running text of a report."""

    kind: Literal["text_claims"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    claims: dict[str, Claim] = Field(min_length=1, description="Statement -> how it is computed.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Counts and shares of people; extremes and comparisons are not released."""
        claim = self.claims[cell.row]
        if claim.compared_with:
            return Counts("ratios", undeclared="It compares two measures, whose people differ.")
        if claim.measure in ("least", "greatest", "earliest", "latest"):
            return Counts("extremes")
        if claim.measure in ("mode", "distinct"):
            return Counts(
                "position", undeclared="A mode or a number of values tells of few people."
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
                value = (
                    value - other if claim.comparison == "difference" else 100 * (value / other - 1)
                )
                n += m
                source = joined(source, _source(claim.compared_with, data))
            statistic = _statistic(claim)
            printed = _date(value) if statistic == "date" else grouped(value, claim.decimals)
            printed += {"percent": "%", "percentage_points": " points"}.get(claim.unit, "")
            panel, column = claim.group or "total", str(claim.arm or "all")
            if claim.compared_with and claim.compared_with.arm != claim.arm:
                column = "difference"
            cells.append(
                cell(panel, name, column, statistic, value, printed, claim.unit, n, source=source)
            )
        return as_frame(cells)


def _statistic(claim: Claim) -> str:
    if claim.compared_with:
        return "percent" if claim.comparison == "relative" else "percentage_points"
    named = {"share": "percent", "earliest": "date", "latest": "date", "distinct": "count"}
    return named.get(claim.measure, claim.measure)


def _source(claim: ClaimMeasure, data: Data) -> str:
    """Return the rows that a number is measured in, the column measured and its weight."""
    selected: dict[str, object] = {"trial_group": trial_groups_of(data, claim.group)}
    selected["arm"] = CODES[claim.arm] if claim.arm else None
    columns = [column for column in (claim.column, claim.weight) if column]
    selected |= claim.where | {"column": columns or None}
    if claim.table:
        return source_of("extracts", claim.table, **selected)
    return source_of("people", **selected)


def _measure(claim: ClaimMeasure, data: Data) -> tuple[float, int]:
    """Return (value, number of people or records behind it)."""
    rows = data.records(claim.table) if claim.table else data.people
    if claim.group:
        rows = rows[rows["trial_group"].isin(data.config.trial.groups[claim.group].trial_groups)]
    if claim.arm:
        rows = rows[in_arm(rows, claim.arm)]
    for column, value in claim.where.items():
        rows = rows[rows[column] == value]
    if claim.column is None:
        return float(len(rows)), len(rows)
    rows = rows[rows[claim.column].notna()]
    values, n = rows[claim.column], len(rows)
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
        case "total" | "least" | "greatest" | "mode":
            return float(NUMBERS[claim.measure](values)), n
    day = values.min() if claim.measure == "earliest" else values.max()
    day = pd.Timestamp(day)
    month = 100 * day.year + day.month
    return float(month if claim.by_month else 100 * month + day.day), n


def _date(number: float) -> str:
    """Return 2018-10 of 201810, 2018-10-17 of 20181017."""
    text = f"{number:.0f}"
    return "-".join(part for part in (text[:4], text[4:6], text[6:]) if part)
