"""Identifiers of people and of each table of a source: given, well formed, shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...config.exhibits import TableExhibit
from ...disclosed import Class, Counts, tally
from ...lazy import pd
from ..cells import as_frame, cell, read_source, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

COUNTS = ("records", "present", "well_formed", "placeholder", "shared")


class IdentifierHealth(TableExhibit):
    """Identifiers of people and of each table of a source: given, well formed, shared.

    Panel source, row table and field; column records, present, well_formed, placeholder, shared
    (numbers only) and share_well_formed, of the values given.
    """

    kind: Literal["identifier_health"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("identifiers",)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Records of a field, and some of them; the well formed are a share of those present."""
        _, keys = read_source(cell.source)[0]
        where = {name: values[0] for name, values in keys.items()}
        parts = {"records": (), "present": ("present",)}
        present = tally("identifiers", "records", where, "present")
        if cell.column == "share_well_formed":
            good = tally("identifiers", "records", where, "present", "well_formed")
            return Counts("frequencies", "share", good, present, trait=False)
        of = parts.get(cell.column, ("present", cell.column))
        return Counts("frequencies", "count", tally("identifiers", "records", where, *of))

    def cells(self, data: Data) -> pd.DataFrame:
        """Counts and the share well formed; n is the records."""
        cells = []
        for line in data.table("identifiers").itertuples():
            keys, n = (line.source, f"{line.table}, {line.field}"), line.records
            source = source_of(
                "identifiers", source=line.source, table=line.table, field=line.field
            )
            for column in COUNTS:
                value = getattr(line, column)
                if not pd.isna(value):
                    text = grouped(value)
                    cells.append(
                        cell(*keys, column, "count", value, text, "records", n, source=source)
                    )
            if line.present:
                share = 100 * line.share_well_formed
                text = f"{round_half_up(share, 1)}%"
                column = "share_well_formed"
                cells.append(
                    cell(*keys, column, "percent", share, text, "percent", n, source=source)
                )
        return as_frame(cells)
