"""Sizes of data sets and response rates, by trial group and arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...arms import CODES, TREATMENT_FIRST, in_arm
from ...config.base import Section
from ...config.exhibits import Layout, PeopleColumn, TableExhibit, default_layout
from ...disclosed import Class, Counts
from ...disclosed_estimates import selected
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, round_half_up
from ..groups import trial_groups_in

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

Arm = Literal["treatment", "control"]
BOTH: tuple[Arm, ...] = ("treatment", "control")


class Sample(Section):
    """One data set of a table of samples."""

    row: str = Field(description="Key of the row of its size.")
    column: PeopleColumn | None = Field(
        None, description="0/1 column of people.parquet; absent: everyone randomised."
    )
    rate_row: str | None = Field(None, description="Key of the row of its response rate.")
    arms: list[Arm] = Field(
        default_factory=lambda: list(BOTH),
        description="Arms that it covers; the others print N/A.",
    )


class Samples(TableExhibit):
    """Sizes of data sets and response rates, by trial group and arm."""

    kind: Literal["samples"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    layout: Layout = default_layout(rows=["row"], columns=["panel", "column"])
    samples: list[Sample] = Field(min_length=1, description="Data sets in printed order.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People in a data set, and their share of everybody randomised."""
        sample = next(one for one in self.samples if cell.row in (one.row, one.rate_row))
        everyone = selected(cell.source)
        inside = everyone.met({sample.column: "1"}) if sample.column else everyone
        if cell.row == sample.row:
            return Counts("frequencies", "count", inside)
        return Counts("frequencies", "share", inside, everyone)

    def cells(self, data: Data) -> pd.DataFrame:
        """Sizes and response rates; panel trial group and total, column arm."""
        people, cells = data.people, []
        groups = trial_groups_in(data, people)
        everyone = pd.Series(True, index=people.index)
        parts = [
            (group, arm, (people["trial_group"] == group) & in_arm(people, arm))
            for group in groups
            for arm in TREATMENT_FIRST
        ] + [("total", "all", everyone)]
        for sample in self.samples:
            inside = everyone if sample.column is None else people[sample.column] == 1
            for panel, arm, members in parts:
                base, n = int(members.sum()), int((members & inside).sum())
                covered = arm == "all" or arm in sample.arms
                value, printed = (n, grouped(n)) if covered else (np.nan, "N/A")
                source = source_of(
                    "people",
                    trial_group=None if panel == "total" else panel,
                    arm=CODES.get(arm),
                    column=sample.column,
                )
                cells.append(
                    cell(
                        panel,
                        sample.row,
                        arm,
                        "count",
                        value,
                        printed,
                        "recruits",
                        n,
                        source=source,
                    )
                )
                if sample.rate_row:
                    rate = 100 * n / base
                    text = round_half_up(rate, 1)
                    cells.append(
                        cell(
                            panel,
                            sample.rate_row,
                            arm,
                            "percent",
                            rate,
                            text,
                            "percent",
                            base,
                            source=source,
                        )
                    )
        return as_frame(cells)
