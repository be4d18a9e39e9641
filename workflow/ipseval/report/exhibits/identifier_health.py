"""Identifiers of people and of each table of a source: given, well formed, shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ...config.exhibits import TableExhibit
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ..data import Data

COUNTS = ("records", "present", "well_formed", "placeholder", "shared")


class IdentifierHealth(TableExhibit):
    """Identifiers of people and of each table of a source: given, well formed, shared.

    Panel source, row table and field; column records, present, well_formed, placeholder, shared
    (numbers only) and share_well_formed, of the values given.
    """

    kind: Literal["identifier_health"]
    withheld: ClassVar[str] = "The records behind shares of identifiers are not declared."
    reads: ClassVar[tuple[str, ...]] = ("identifiers",)

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
