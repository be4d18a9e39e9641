"""Ways of linking against the known truth: precision, recall, F1, losses, by source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...config.exhibits import TableExhibit
from ...disclosed import TRUTH, Class, Counts, tally
from ...lazy import pd
from ..cells import as_frame, cell, read_source, share_cell, source_of
from ..formats import grouped

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class LinkageMethods(TableExhibit):
    """Ways of linking against the known truth: precision, recall, F1, losses, by source."""

    kind: Literal["linkage_methods"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("methods",)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People whom a way of linking found; how many are right is known of no real people."""
        if cell.column != "people":
            return Counts("ratios", undeclared=TRUTH)
        _, keys = read_source(cell.source)[0]
        where = {name: values[0] for name, values in keys.items()}
        return Counts("frequencies", "count", tally("methods", "people", where))

    def cells(self, data: Data) -> pd.DataFrame:
        """People linked, precision, recall, F1 and losses; panel source, row way of linking."""
        cells = []
        for line in data.table("methods").itertuples():
            n, source = line.people, source_of("methods", source=line.source, method=line.method)
            cells.append(
                cell(
                    line.source,
                    line.method,
                    "people",
                    "count",
                    n,
                    grouped(n),
                    "people",
                    n,
                    source=source,
                )
            )
            for column in ("precision", "recall", "f1", "lost_in_blocking", "lost_in_model"):
                cells.append(
                    share_cell(
                        line.source, line.method, column, getattr(line, column), n, source=source
                    )
                )
        return as_frame(cells)
