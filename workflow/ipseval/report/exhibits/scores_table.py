"""Scores of items in reviews, with totals; from tables about no person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.base import suggest
from ...config.exhibits import Layout, TableColumn, TableExhibit, TableName, default_layout
from ...config.refs import Place
from ...disclosed import Class
from ...lazy import np, pd
from ..cells import as_frame, cell, joined, source_of

if TYPE_CHECKING:
    from ..data import Data


class ScoresTable(TableExhibit):
    """Scores of items in reviews, with totals; from tables about no person.

    Panel value of `panel`, row item and total; column score, and maximum_score of the total, to
    which items without a score do not add.
    """

    kind: Literal["scores_table"]
    disclosure: ClassVar[Class | None] = "no data"
    layout: Layout = default_layout(rows=["row"], columns=["panel", "column"])
    reviews: TableName = Field(description="Table of the extracts, one row a review.")
    table: TableName = Field(description="Table of the extracts, one row an item of a review.")
    key: TableColumn = Field(description="Column that both tables have.")
    panel: str = Field(description="Column of the reviews that makes the panels.")
    panels: list[str] = Field(min_length=1, description="Panels in printed order.")
    item: TableColumn = Field(description="Column of the items that makes the rows.")
    rows: dict[str, str] = Field(min_length=1, description="Item -> key of the row.")
    score: TableColumn = Field(description="Column of the items with the score.")
    maximum: float = Field(gt=0, description="Highest score of an item.")
    unscored: str = Field("-", description="What an item without a score prints.")
    total_row: str = Field(description="Key of the row of totals.")

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The reviews have the key and the panel."""
        yield from super().problems(place)
        table = place.config.extracts.tables.get(self.reviews)
        for key in ("key", "panel"):
            name = getattr(self, key)
            if table is not None and name not in table.columns:
                yield key, f"unknown name '{name}'{suggest(name, table.columns)}"

    def cells(self, data: Data) -> pd.DataFrame:
        """Scores by item and panel, with totals of the items that have a score."""
        reviews, items = data.records(self.reviews), data.records(self.table)
        items = items.merge(reviews[[self.key, self.panel]], on=self.key, validate="many_to_one")
        item = items[self.item].astype(str)
        cells = []
        for name, row in self.rows.items():
            for panel in self.panels:
                scores = items.loc[
                    (item == name) & (items[self.panel] == panel), self.score
                ].dropna()
                value = float(scores.mean()) if len(scores) else np.nan
                text = f"{value:g}" if len(scores) else self.unscored
                source = self._source(panel, name)
                cells.append(
                    cell(panel, row, "score", "score", value, text, "points", pd.NA, source=source)
                )
        row_items = items[item.isin(self.rows)]
        for panel in self.panels:
            scores = row_items.loc[row_items[self.panel] == panel, self.score].dropna()
            total, most = float(scores.sum()), self.maximum * len(scores)
            text = f"{total:g}/{most:g}"
            for column, value in (("score", total), ("maximum_score", most)):
                keys = (panel, self.total_row, column)
                source = self._source(panel, list(self.rows))
                cells.append(cell(*keys, "score", value, text, "points", pd.NA, source=source))
        return as_frame(cells)

    def _source(self, panel: str, items: str | list[str]) -> str:
        """Return the reviews of a panel, and items; `key` says which items are of which review."""
        return joined(
            source_of("extracts", self.reviews, **{self.panel: panel}),
            source_of("extracts", self.table, **{self.item: items}, column=self.score),
        )
