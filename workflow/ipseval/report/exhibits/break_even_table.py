"""Drivers by which the net present value could be nothing, at which value, in every group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import AppraisalName, CaseName, TableExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import number
from ..cells import as_frame, cell, source_of

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class BreakEvenTable(TableExhibit):
    """Drivers by which the net present value could be nothing, at which value, in every group."""

    kind: Literal["break_even_table"]
    disclosure: ClassVar[Class | None] = "model output"
    reads: ClassVar[tuple[str, ...]] = ("sensitivity",)
    appraisal: AppraisalName | None = Field(None, description="Appraisal; the first one if absent.")
    case: CaseName = Field(description="Case shown.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Value, 95% range and break-even value of the drivers that have one; panel group."""
        drivers = data.table("sensitivity")
        appraisal = self.appraisal or next(iter(data.economics.appraisals))
        drivers = drivers[
            (drivers["appraisal"] == appraisal)
            & (drivers["case"] == self.case)
            & drivers["break_even"].notna()
        ]
        cells = []
        for line in drivers.itertuples():
            source = source_of(
                "sensitivity",
                appraisal=line.appraisal,
                group=line.group,
                case=line.case,
                driver=line.driver,
            )
            inside = line.low <= line.break_even <= line.high
            certain = line.low == line.high
            span = "fixed" if certain else f"{number(line.low)} to {number(line.high)}"
            for column, value, printed in (
                ("value", line.value, number(line.value)),
                ("range", np.nan, span),
                ("break_even", line.break_even, number(line.break_even)),
                ("inside", float(inside), "Yes" if inside else "No"),
            ):
                keys = (line.group, line.driver, column)
                cells.append(
                    cell(*keys, "driver", value, printed, "", line.n_treatment, source=source)
                )
        return as_frame(cells)
