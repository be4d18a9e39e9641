"""Balance and predictability of the allocation list, by stratum."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ...config.exhibits import Layout, TableExhibit, default_layout
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ..data import Data


class AllocationAudit(TableExhibit):
    """Balance and predictability of the allocation list, by stratum."""

    kind: Literal["allocation_audit"]
    reads: ClassVar[tuple[str, ...]] = ("allocation_audit",)
    layout: Layout = default_layout(rows=["row"], columns=["column"])

    def cells(self, data: Data) -> pd.DataFrame:
        """Balance and predictability; row stratum."""
        cells = []
        for stratum in data.table("allocation_audit").itertuples():
            n, source = stratum.n, source_of("allocation_audit", stratum=stratum.stratum)
            for column, value, printed in (
                ("recruits", n, grouped(n)),
                ("treatment", stratum.n_treatment, grouped(stratum.n_treatment)),
                ("control", stratum.n_control, grouped(stratum.n_control)),
                ("largest_imbalance", stratum.largest_running_difference, None),
                ("guessed_right", 100 * stratum.share_guessed, None),
                ("expected_of_design", 100 * stratum.expected_share, None),
            ):
                statistic = (
                    "percent" if column in ("guessed_right", "expected_of_design") else "count"
                )
                text = printed or round_half_up(value, 1 if statistic == "percent" else 0)
                unit = "percent" if statistic == "percent" else "recruits"
                cells.append(
                    cell(
                        "all",
                        stratum.stratum,
                        column,
                        statistic,
                        value,
                        text,
                        unit,
                        n,
                        source=source,
                    )
                )
        return as_frame(cells)
