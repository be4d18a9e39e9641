"""People randomised, by trial group and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...arms import CODES, TREATMENT_FIRST, in_arm
from ...config.exhibits import Layout, TableExhibit, default_layout
from ...disclosed import Class, Counts
from ...disclosed_estimates import selected
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped
from ..groups import trial_groups_in

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class ArmCounts(TableExhibit):
    """People randomised, by trial group and arm."""

    kind: Literal["arm_counts"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    layout: Layout = default_layout(rows=["row"], columns=["column"])
    row: str = Field(description="Key of the row.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People randomised."""
        return Counts("frequencies", "count", selected(cell.source))

    def cells(self, data: Data) -> pd.DataFrame:
        """People randomised: panel trial group, column arm; panel total over all."""
        people, cells = data.people, []
        groups = trial_groups_in(data, people)
        for group in groups:
            for arm in TREATMENT_FIRST:
                n = int(((people["trial_group"] == group) & in_arm(people, arm)).sum())
                source = source_of("people", trial_group=group, arm=CODES[arm])
                cells.append(
                    cell(group, self.row, arm, "count", n, grouped(n), "recruits", n, source=source)
                )
        n = len(people)
        cells.append(
            cell(
                "total",
                self.row,
                "all",
                "count",
                n,
                grouped(n),
                "recruits",
                n,
                source=source_of("people"),
            )
        )
        return as_frame(cells)
