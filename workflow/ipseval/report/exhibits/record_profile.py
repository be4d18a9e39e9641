"""Records of a table about no person, by panel, counted by each of several columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import Layout, TableColumn, TableExhibit, TableName, default_layout
from ...disclosed import Class, Counts, Key
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class RecordProfile(TableExhibit):
    """Records of a table about no person, by panel, counted by each of several columns."""

    kind: Literal["record_profile"]
    disclosure: ClassVar[Class | None] = "frequencies"
    layout: Layout = default_layout(rows=["panel"], columns=["column"])
    table: TableName = Field(description="Table of the extracts.")
    panel: TableColumn = Field(description="Column of the table that makes the panels.")
    panels: list[str] = Field(min_length=1, description="Panels in printed order.")
    row: str = Field(description="Key of the row.")
    columns: dict[TableColumn, list[str]] = Field(
        min_length=1, description="Column of the table -> its values in printed order."
    )
    total_panel: str = Field("total", description="Key of the panel of all records.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Records, which are counted like people."""
        key = Key(table=f"records of {self.table}")
        if cell.statistic == "base":
            return Counts("frequencies", "base", key)
        column = next(name for name, values in self.columns.items() if cell.column in values)
        return Counts(
            "frequencies", "count", key.met({self.panel: cell.panel, column: cell.column})
        )

    def cells(self, data: Data) -> pd.DataFrame:
        """Records by panel and by each value of several columns, and all of them."""
        records = data.records(self.table)
        cells = []
        for panel in self.panels:
            panel_records = records[records[self.panel] == panel]
            for column, values in self.columns.items():
                for value in values:
                    n = int((panel_records[column] == value).sum())
                    keys = (panel, self.row, value)
                    source = source_of("extracts", self.table, **{self.panel: panel}, column=column)
                    cells.append(cell(*keys, "count", n, grouped(n), self.table, n, source=source))
        n = len(records)
        source = source_of("extracts", self.table)
        cells.append(
            cell(
                self.total_panel,
                self.row,
                "all",
                "base",
                n,
                grouped(n),
                self.table,
                n,
                source=source,
            )
        )
        return as_frame(cells)
