"""Scores of items in reviews, with totals; from tables about no person."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...lazy import np, pd
from ..cells import as_frame, cell, joined, source_of
from ..reviews import ReviewTable

if TYPE_CHECKING:
    from ..data import Data


class ScoresTable(ReviewTable):
    """Scores of items in reviews, with totals; from tables about no person.

    Panel value of `panel`, row item and total; column score, and maximum_score of the total, to
    which items without a score do not add.
    """

    kind: Literal["scores_table"]
    of_reviews: ClassVar[tuple[str, ...]] = ("panel",)
    panel: str = Field(description="Column of the reviews that makes the panels.")
    panels: list[str] = Field(min_length=1, description="Panels in printed order.")
    rows: dict[str, str] = Field(min_length=1, description="Item -> key of the row.")
    maximum: float = Field(gt=0, description="Highest score of an item.")
    unscored: str = Field("-", description="What an item without a score prints.")
    total_row: str = Field(description="Key of the row of totals.")

    def cells(self, data: Data) -> pd.DataFrame:
        """Scores by item and panel, with totals of the items that have a score."""
        items = self.scored(data)
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
