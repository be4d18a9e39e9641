"""Rows of each table, and what declared rules left out or set missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...catalogue import path_of
from ...config.exhibits import TableExhibit
from ...disclosed import Class, Counts, Key, Sum, tally
from ...lazy import pd
from ..cells import as_frame, cell, read_source, source_of
from ..formats import grouped

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


# Column of the exhibit -> column of the checks.
IN_CHECKS = {"rows": "rows", "left_out": "rows_refused", "set_missing": "values_set_missing"}


class ExtractRepairs(TableExhibit):
    """Rows of each table, and what declared rules left out or set missing.

    Panel table, row `every row` and one a rule that repaired some; column rows, left_out and
    set_missing.
    """

    kind: Literal["extract_repairs"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = (
        "checks",
        "repairs",
    )
    tables: list[str] = Field(min_length=1, description="Tables of the extracts, in order.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Rows of a table, and those that a rule left out or changed."""
        return Counts("frequencies", "count", self._key(cell))

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Where what the rules did sums to what was done to the table, a reader will see it."""
        found = []
        for _, part in cells.groupby("panel", sort=False):
            totals = part[part["row"] == "every_rule"].set_index("column", drop=False)
            for column, rules in part[part["row"] != "every_rule"].groupby("column", sort=False):
                whole = totals.loc[column]
                if rules["value"].sum() == whole["value"]:
                    found.append((self._key(whole), [self._key(r) for r in rules.itertuples()]))
        return found

    def _key(self, cell: Any) -> Key:
        file, keys = read_source(cell.source)[0]
        where = {name: values[0] for name, values in keys.items()}
        if file == path_of("repairs"):
            return tally("repairs", "rows", where)
        return tally("checks", IN_CHECKS[cell.column], where)

    def cells(self, data: Data) -> pd.DataFrame:
        """Rows kept, left out and with a value set missing; panel table, row rule."""
        checks = data.table("checks").set_index("table")
        cells = []
        for table in self.tables:
            line = checks.loc[table]
            for column, name in IN_CHECKS.items():
                n = line[name]
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
