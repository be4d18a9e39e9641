"""Balance and predictability of the allocation list, by stratum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...arms import CODES
from ...config.exhibits import Layout, TableExhibit, default_layout
from ...disclosed import Class, Counts, Key, Sum
from ...disclosed_estimates import stratum_of
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class AllocationAudit(TableExhibit):
    """Balance and predictability of the allocation list, by stratum."""

    kind: Literal["allocation_audit"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("allocation_audit",)
    layout: Layout = default_layout(rows=["row"], columns=["column"])

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People of a stratum, by arm."""
        where = stratum_of(cell.row, config)
        if cell.column in ("recruits", *CODES):
            return Counts("frequencies", "count", where.in_arm(CODES.get(cell.column)))
        return Counts("shape", "follows", among=where)

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """The strata of a trial group hold everybody in it."""
        strata = [stratum_of(row, config) for row in dict.fromkeys(cells["row"])]
        groups = dict.fromkeys(one.groups for one in strata)
        return [(Key(g), [s for s in strata if s.groups == g]) for g in groups if g]

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
