"""Cost per head and return per pound spent, by analysis group; of the first appraisal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import CaseName, Layout, TableExhibit, default_layout
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import headline, source_of_headline
from ..cells import as_frame, cell
from ..formats import money

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class ReturnsTable(TableExhibit):
    """Cost per head and return per pound spent, by analysis group; of the first appraisal."""

    kind: Literal["returns_table"]
    disclosure: ClassVar[Class | None] = "model output"
    reads: ClassVar[tuple[str, ...]] = ("summary",)
    layout: Layout = default_layout(rows=["panel"], columns=["row"])
    rows: dict[CaseName, str] = Field(description="Case -> key of the row of its return.")
    cost_row: str = Field(description="Key of the row of the cost per head.")
    column: str = Field(description="Key of the column.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Cost per head and returns; panel analysis group."""
        symbol, cells = data.config.trial.currency, []
        for index, (case, row) in enumerate(self.rows.items()):
            for line in headline(data, None, case).itertuples():
                n = line.n_treatment
                if index == 0:
                    cost = line.cost_per_head
                    cells.append(
                        cell(
                            line.group,
                            self.cost_row,
                            self.column,
                            "gbp",
                            cost,
                            money(cost, symbol),
                            "gbp",
                            n,
                            source=source_of_headline(line, "cost_per_head"),
                        )
                    )
                value = line.return_per_pound if line.calculated else np.nan
                printed = money(value, symbol, 2) if line.calculated else "n/c"
                cells.append(
                    cell(
                        line.group,
                        row,
                        self.column,
                        "ratio",
                        value,
                        printed,
                        "gbp_per_gbp",
                        n,
                        source=source_of_headline(line, "return_per_pound"),
                    )
                )
        order = {name: i for i, name in enumerate(data.economics.groups)}
        frame = as_frame(cells)
        return frame.sort_values(
            "panel", key=lambda s: s.map(order), kind="stable", ignore_index=True
        )
