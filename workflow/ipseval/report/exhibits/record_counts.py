"""Records of a table of the extracts that is about no person, counted by two of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.base import Section
from ...config.exhibits import Layout, TableColumn, TableExhibit, TableName, default_layout
from ...disclosed import Class, Counts, Key, Sum
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class RecordColumn(Section):
    """One printed column of a table of record counts."""

    panel: str = Field(description="Key of the panel.")
    column: str = Field(description="Key of the column.")


class RecordCounts(TableExhibit):
    """Records of a table of the extracts that is about no person, counted by two of its columns."""

    kind: Literal["record_counts"]
    disclosure: ClassVar[Class | None] = "frequencies"
    layout: Layout = default_layout(rows=["row"], columns=["panel"])
    table: TableName = Field(description="Table of the extracts.")
    row: TableColumn = Field(description="Column of the table that makes the rows.")
    column: TableColumn = Field(description="Column of the table that makes the columns.")
    order: list[str] = Field(description="Rows in printed order.")
    columns: dict[str, RecordColumn] = Field(description="Value of the column -> its keys.")
    total: RecordColumn = Field(description="Keys of the total column.")
    total_row: str = Field(description="Key of the total row.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Records, which are counted like people."""
        value = self._value(cell.panel, cell.column)
        where = {} if cell.row == self.total_row else {self.row: cell.row}
        where |= {} if value is None else {self.column: value}
        return Counts("frequencies", "count", Key(table=f"records of {self.table}").met(where))

    def _value(self, panel: str, column: str) -> str | None:
        named = ((value, k) for value, k in self.columns.items())
        return next((v for v, k in named if (k.panel, k.column) == (panel, column)), None)

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Columns sum to the total of a row, rows to that of a column, where all are shown."""
        key = Key(table=f"records of {self.table}")
        rows: list[dict[str, str]] = [{self.row: r} for r in self.order]
        columns: list[dict[str, str]] = [{self.column: c} for c in self.columns]
        across = [(key.met(r), [key.met({**r, **c}) for c in columns]) for r in [*rows, {}]]
        down = [(key.met(c), [key.met({**r, **c}) for r in rows]) for c in [*columns, {}]]
        return across + down

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
