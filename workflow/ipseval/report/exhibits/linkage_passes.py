"""People linked by each pass, by source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...config.exhibits import TableExhibit
from ...disclosed import TRUTH, Class, Counts, Key, Sum, tally
from ...lazy import pd
from ..cells import as_frame, cell, read_source, share_cell, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class LinkagePasses(TableExhibit):
    """People linked by each pass, by source."""

    kind: Literal["linkage_passes"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("passes",)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People linked by a pass, their share of all people, and the least score of one."""
        _, keys = read_source(cell.source)[0]
        people = tally("passes", "people", {name: values[0] for name, values in keys.items()})
        if cell.column == "right":
            return Counts("ratios", undeclared=TRUTH)
        if cell.column == "least_score":
            return Counts("extremes", "follows", among=people)
        if cell.column == "share":
            return Counts("frequencies", "share", people, Key())
        return Counts("frequencies", "count", people)

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """The passes of a source sum to those linked there."""
        return [
            (
                Key().met({f"linked in {source}": "1"}),
                [
                    tally("passes", "people", {"source": source, "pass": step})
                    for step in dict.fromkeys(part["row"])
                ],
            )
            for source, part in cells.groupby("panel", sort=False)
        ]

    def cells(self, data: Data) -> pd.DataFrame:
        """People linked and the least score; panel source, row pass."""
        cells = []
        for line in data.table("passes").rename(columns={"pass": "step"}).itertuples():
            n, share = line.people, 100 * line.share
            text = f"{round_half_up(share, 1)}%"
            source = source_of("passes", **{"source": line.source, "pass": line.step})
            cells += [
                cell(
                    line.source,
                    line.step,
                    "people",
                    "count",
                    n,
                    grouped(n),
                    "people",
                    n,
                    source=source,
                ),
                cell(
                    line.source,
                    line.step,
                    "share",
                    "percent",
                    share,
                    text,
                    "percent",
                    n,
                    source=source,
                ),
                share_cell(
                    line.source, line.step, "least_score", line.least_score, n, source=source
                ),
                share_cell(line.source, line.step, "right", line.right, n, source=source),
            ]
        return as_frame(cells)
