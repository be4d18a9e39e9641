"""Means of several columns of a table about no person, by another of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.base import Decimals
from ...config.exhibits import Layout, TableColumn, TableExhibit, TableName, default_layout
from ...disclosed import KNOWN, Class, Counts, Key
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class RecordMeans(TableExhibit):
    """Means of several columns of a table about no person, by another of its columns.

    Panel value of `panel`, row the column; column mean, and number of records.
    """

    kind: Literal["record_means"]
    disclosure: ClassVar[Class | None] = "linear aggregation"
    layout: Layout = default_layout(rows=["row"], columns=["panel", "column"])
    table: TableName = Field(description="Table of the extracts.")
    panel: TableColumn = Field(description="Column of the table that makes the panels.")
    panels: list[str] = Field(min_length=1, description="Panels in printed order.")
    columns: dict[TableColumn, str] = Field(
        min_length=1, description="Numeric column of the table -> its unit, in printed order."
    )
    decimals: Decimals = Field(1, description="Decimals of the means.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Records, which are counted like people; means follow them."""
        key = Key(table=f"records of {self.table}")
        among = key.met({self.panel: cell.panel, cell.row: KNOWN})
        if cell.statistic == "count":
            return Counts("frequencies", "count", among)
        return Counts("linear aggregation", "follows", among=among)

    def cells(self, data: Data) -> pd.DataFrame:
        """Means and records by panel."""
        records = data.records(self.table)
        cells = []
        for row, unit in self.columns.items():
            for panel in self.panels:
                known = records.loc[records[self.panel] == panel, row].dropna().astype(float)
                n, mean = len(known), float(known.mean()) if len(known) else np.nan
                text = grouped(mean, self.decimals) if n else "-"
                source = source_of("extracts", self.table, **{self.panel: panel}, column=row)
                at = (panel, row)
                cells.append(cell(*at, "mean", "mean", mean, text, unit, n, source=source))
                text = grouped(n)
                cells.append(cell(*at, "records", "count", n, text, "records", n, source=source))
        return as_frame(cells)
