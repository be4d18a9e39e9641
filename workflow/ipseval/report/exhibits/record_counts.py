"""Records of a table of the extracts that is about no person, counted by two of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...config.base import Section
from ...config.exhibits import Layout, TableColumn, TableExhibit, TableName, default_layout
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped

if TYPE_CHECKING:
    from ..data import Data


class RecordColumn(Section):
    """One printed column of a table of record counts."""

    panel: str = Field(description="Key of the panel.")
    column: str = Field(description="Key of the column.")


class RecordCounts(TableExhibit):
    """Records of a table of the extracts that is about no person, counted by two of its columns."""

    kind: Literal["record_counts"]
    layout: Layout = default_layout(rows=["row"], columns=["panel"])
    table: TableName = Field(description="Table of the extracts.")
    row: TableColumn = Field(description="Column of the table that makes the rows.")
    column: TableColumn = Field(description="Column of the table that makes the columns.")
    order: list[str] = Field(description="Rows in printed order.")
    columns: dict[str, RecordColumn] = Field(description="Value of the column -> its keys.")
    total: RecordColumn = Field(description="Keys of the total column.")
    total_row: str = Field(description="Key of the total row.")

    def cells(self, data: Data) -> pd.DataFrame:
        """Records by two of their columns, with totals; n is the number of records."""
        records = data.records(self.table)
        cells = []
        for row in [*self.order, None]:
            part = records if row is None else records[records[self.row] == row]
            name, where = (self.total_row, {}) if row is None else (row, {self.row: row})
            source = source_of("extracts", self.table, **where, column=self.column)
            for value, keys in [*self.columns.items(), (None, self.total)]:
                n = len(part if value is None else part[part[self.column] == value])
                at = (keys.panel, name, keys.column)
                cells.append(cell(*at, "count", n, grouped(n), self.table, n, source=source))
        return as_frame(cells)
