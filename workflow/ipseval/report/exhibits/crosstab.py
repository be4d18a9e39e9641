"""Percentages of a question's answers, by trial group or another column, and in total."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...config.base import suggest
from ...config.exhibits import Layout, PeopleColumn, TableExhibit, default_layout
from ...config.refs import Place, Ref
from ...disclosed import KNOWN, Class, Counts, Sum
from ...disclosed_estimates import selected
from ...lazy import np, pd
from ..cells import as_frame, cell, read_source, source_of
from ..formats import grouped, round_half_up
from ..groups import trial_groups_in

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class Crosstab(TableExhibit):
    """Percentages of a question's answers, by trial group or another column, and in total."""

    kind: Literal["crosstab"]
    disclosure: ClassVar[Class | None] = "frequencies"
    dash: ClassVar[str] = "[c]"  # fewer people than dash_below
    reads: ClassVar[tuple[str, ...]] = ("people",)
    layout: Layout = default_layout(rows=["row"], columns=["panel"])
    column: PeopleColumn | None = Field(
        None, description="Column of people.parquet: one answer a person."
    )
    prefix: Annotated[str, Ref("prefixes")] | None = Field(
        None, description="Prefix of columns: several answers a person."
    )
    order: list[str] = Field(default_factory=list, description="Answers in printed order.")
    by: PeopleColumn | None = Field(
        None, description="Column whose values make the panels, in order; trial groups if absent."
    )
    dash_below: int = Field(
        0, ge=0, le=1000, description="Group cells with fewer people than this print a dash."
    )

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if (self.column is None) == (self.prefix is None):
            raise ValueError("give either column or prefix")
        return self

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Answers are codes of the column, where it has codes."""
        yield from super().problems(place)
        table = place.config.extracts.tables.get(place.config.trial.person.table)
        column = table.columns.get(self.column or "") if table else None
        codes = (column.codes if column else None) or {}
        for name in self.order if codes else ():
            if name not in codes:
                yield "order", f"unknown name '{name}'{suggest(name, codes)}"

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People who gave an answer among those who were asked."""
        column = read_source(cell.source)[0][1]["column"][0]
        among = selected(cell.source).met({column: KNOWN})
        if self.by and cell.panel == "total":
            among = among.met({self.by: KNOWN})
        if cell.statistic == "base":
            return Counts("frequencies", "base", among)
        people = among.met({column: cell.row if self.column else "1"})
        return Counts("frequencies", "share", people, among)

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Everybody who answered gave one of the answers, where one could be given."""
        if not self.column:
            return []
        found: list[Sum] = []
        for _, part in cells.groupby("panel", sort=False):
            answers = part[part["statistic"] == "percent"]
            keys = [self.counts(c, config) for c in answers.itertuples()]
            if keys and keys[0].among:
                found.append((keys[0].among, [one.people for one in keys if one.people]))
        if self.by:
            # Those of all panels are the total; of trial groups that is known.
            for _, part in cells.groupby("row", sort=False):
                of_row = {c.panel: self.counts(c, config).people for c in part.itertuples()}
                whole = of_row.pop("total", None)
                if whole:
                    found.append((whole, [people for people in of_row.values() if people]))
        return found

    def cells(self, data: Data) -> pd.DataFrame:
        """Shares of answers among those who answered; panel trial group and total, row answer."""
        people, cells = data.people, []
        if self.column:
            known = people[self.column].notna()
            answers = {name: people[self.column] == name for name in self.order}
            answers |= {
                name: people[self.column] == name
                for name in sorted(people[self.column].dropna().unique())
                if name not in self.order
            }
        else:
            names = [
                c.removeprefix(self.prefix) for c in people.columns if c.startswith(self.prefix)
            ]
            answers = {
                name: people[self.prefix + name].fillna(False).astype(bool) for name in names
            }
            known = people[self.prefix + names[0]].notna()
        if self.by:
            known &= people[self.by].notna()
            groups = sorted(people.loc[known, self.by].unique())
        else:
            groups = trial_groups_in(data, people)
        panels = {g: people[self.by or "trial_group"] == g for g in groups} | {"total": known}
        bases = {panel: int((known & members).sum()) for panel, members in panels.items()}
        for name, chosen in answers.items():
            for panel, members in panels.items():
                count = int((chosen & members & known).sum())
                value = 100 * count / bases[panel]
                printed = round_half_up(value, 0)
                if panel != "total" and count < self.dash_below:
                    value, printed = np.nan, "-"
                cells.append(
                    cell(
                        panel,
                        name,
                        "all",
                        "percent",
                        value,
                        printed,
                        "percent",
                        bases[panel],
                        source=self._source(panel, self.column or f"{self.prefix}{name}"),
                    )
                )
        for panel, n in bases.items():
            cells.append(
                cell(
                    panel,
                    "base",
                    "all",
                    "base",
                    n,
                    grouped(n),
                    "recruits",
                    n,
                    source=self._source(panel, self.column or f"{self.prefix}{names[0]}"),
                )
            )
        return as_frame(cells)

    def _source(self, panel: str, column: str) -> str:
        own = {} if panel == "total" else {self.by or "trial_group": panel}
        return source_of("people", **own, column=column)
