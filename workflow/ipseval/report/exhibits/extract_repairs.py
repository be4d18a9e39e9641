"""Rows of each table, and what declared rules left out or set missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import TableExhibit
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped

if TYPE_CHECKING:
    from ..data import Data


class ExtractRepairs(TableExhibit):
    """Rows of each table, and what declared rules left out or set missing.

    Panel table, row `every row` and one a rule that repaired some; column rows, left_out and
    set_missing.
    """

    kind: Literal["extract_repairs"]
    withheld: ClassVar[str] = "The people and records behind each repair are not declared."
    reads: ClassVar[tuple[str, ...]] = (
        "checks",
        "repairs",
    )
    tables: list[str] = Field(min_length=1, description="Tables of the extracts, in order.")

    def cells(self, data: Data) -> pd.DataFrame:
        """Rows kept, left out and with a value set missing; panel table, row rule."""
        checks = data.table("checks").set_index("table")
        cells = []
        for table in self.tables:
            line = checks.loc[table]
            counts = {
                "rows": line["rows"],
                "left_out": line["rows_refused"],
                "set_missing": line["values_set_missing"],
            }
            for column, n in counts.items():
                cells.append(
                    cell(
                        table,
                        "every_rule",
                        column,
                        "count",
                        n,
                        grouped(n),
                        "rows",
                        n,
                        source=source_of("checks", table=table),
                    )
                )
            repairs = data.table("repairs")[data.table("repairs")["table"] == table]
            rules = repairs.groupby(["column", "rule", "done"])["rows"].sum()
            for (column, rule, done), n in rules.items():
                keys = (table, f"{column}: {rule}", done)
                source = source_of("repairs", table=table, column=column, rule=rule, done=done)
                cells.append(cell(*keys, "count", n, grouped(n), "rows", n, source=source))
        return as_frame(cells)
