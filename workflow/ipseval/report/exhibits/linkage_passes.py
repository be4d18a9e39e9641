"""People linked by each pass, by source."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ...config.exhibits import TableExhibit
from ...lazy import pd
from ..cells import as_frame, cell, share_cell, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ..data import Data


class LinkagePasses(TableExhibit):
    """People linked by each pass, by source."""

    kind: Literal["linkage_passes"]
    withheld: ClassVar[str] = (
        "The people behind each pass, and scores of single pairs, are not declared."
    )
    reads: ClassVar[tuple[str, ...]] = ("passes",)

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
