"""Cost per head and return per pound spent, by analysis group; of the first appraisal."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import CaseName, Layout, TableExhibit, default_layout
from ...lazy import np, pd
from ..appraised import headline
from ..cells import as_frame, cell
from ..formats import money

if TYPE_CHECKING:
    from ..data import Data


class ReturnsTable(TableExhibit):
    """Cost per head and return per pound spent, by analysis group; of the first appraisal."""

    kind: Literal["returns_table"]
    reads: ClassVar[tuple[str, ...]] = ("summary",)
    layout: Layout = default_layout(rows=["panel"], columns=["row"])
    rows: dict[CaseName, str] = Field(description="Case -> key of the row of its return.")
    cost_row: str = Field(description="Key of the row of the cost per head.")
    column: str = Field(description="Key of the column.")

    def cells(self, data: Data) -> pd.DataFrame:
        """Cost per head and returns; panel analysis group."""
        symbol, cells = data.config.trial.currency, []
        for index, (case, row) in enumerate(self.rows.items()):
            for line in headline(data, None, case).itertuples():
                keys, n = (line.group, self.column), line.n_treatment
                if index == 0:
                    cost = line.cost_per_head
                    cells.append(
                        _cell(keys, self.cost_row, "gbp", cost, money(cost, symbol), "gbp", n)
                    )
                value = line.return_per_pound if line.calculated else np.nan
                printed = money(value, symbol, 2) if line.calculated else "n/c"
                cells.append(_cell(keys, row, "ratio", value, printed, "gbp_per_gbp", n))
        order = {name: i for i, name in enumerate(data.config.economics.groups)}
        frame = as_frame(cells)
        return frame.sort_values(
            "panel", key=lambda s: s.map(order), kind="stable", ignore_index=True
        )


def _cell(keys: tuple[str, str], row: str, statistic, value, printed, unit, n) -> dict:
    panel, column = keys
    return cell(panel, row, column, statistic, value, printed, unit, n)
