"""Means of numbers, by trial group and in total."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...config.base import Decimals
from ...config.exhibits import Layout, PeopleColumn, TableExhibit, default_layout
from ...config.refs import Ref
from ...disclosed import KNOWN, Class, Counts
from ...disclosed_estimates import selected
from ...lazy import np, pd
from ..cells import as_frame, cell, read_source, source_of
from ..formats import grouped
from ..groups import trial_groups_in

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class MeansByGroup(TableExhibit):
    """Means of numbers over the people of whom they are known, by trial group and in total.

    Panel trial group or total, row the column of people.parquet; column mean, and number of people.
    """

    kind: Literal["means_by_group"]
    disclosure: ClassVar[Class | None] = "linear aggregation"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    layout: Layout = default_layout(rows=["row"], columns=["panel", "column"])
    columns: list[PeopleColumn] = Field(
        default_factory=list, description="Numeric columns of people.parquet, in printed order."
    )
    prefix: Annotated[str, Ref("prefixes")] | None = Field(
        None, description="Prefix of columns, in place of these."
    )
    decimals: Decimals = Field(1, description="Decimals of the means.")

    @model_validator(mode="after")
    def _columns_or_prefix(self) -> Self:
        if bool(self.columns) == (self.prefix is not None):
            raise ValueError("give either columns or prefix")
        return self

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """A mean follows the people of whom the number is known."""
        column = read_source(cell.source)[0][1]["column"][0]
        among = selected(cell.source).met({column: KNOWN})
        if cell.statistic == "count":
            return Counts("frequencies", "count", among)
        return Counts("linear aggregation", "follows", among=among, averaged=column)

    def cells(self, data: Data) -> pd.DataFrame:
        """Means and people by trial group and in total."""
        people = data.people
        groups = trial_groups_in(data, people)
        return as_frame(
            [
                one
                for column, unit in self._units(data).items()
                for group in [*groups, None]
                for one in self._means(people, column, unit, group)
            ]
        )

    def _units(self, data: Data) -> dict[str, str]:
        """Return column -> unit, of what is shown."""
        derived = data.config.outcomes.derived
        if self.columns:
            return {name: derived[name].unit for name in self.columns}
        (unit,) = {d.unit for d in derived.values() if d.columns_begin_with == self.prefix}
        shown = [name for name in data.people.columns if name.startswith(str(self.prefix))]
        return dict.fromkeys(shown, unit)

    def _means(
        self, people: pd.DataFrame, column: str, unit: str, group: str | None
    ) -> Iterator[dict[str, Any]]:
        values = people[column]
        inside = values if group is None else values[people["trial_group"] == group]
        known = inside.dropna().astype(float)
        mean = float(known.mean()) if len(known) else np.nan
        row = column.removeprefix(self.prefix) if self.prefix else column
        source = source_of("people", trial_group=group, column=column)
        n, text = len(known), grouped(mean, self.decimals) if len(known) else "-"
        keys = (group or "total", row)
        yield cell(*keys, "mean", "mean", mean, text, unit, n, source=source)
        yield cell(*keys, "people", "count", n, grouped(n), "people", n, source=source)
