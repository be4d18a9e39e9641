"""Mean net present value of the first draws, more of them, and all, groups abreast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import CaseName
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import pd
from ..appraised import AppraisalFigure, chosen
from ..cells import as_frame, cell, source_of
from ..formats import grouped, money, tick
from ..style import COLOURS, GREY, SMALL, new_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


class ConvergencePlot(AppraisalFigure):
    """Mean net present value of the first draws, more of them, and all, groups abreast."""

    kind: Literal["convergence_plot"]
    disclosure: ClassVar[Class | None] = "model output"
    reads: ClassVar[tuple[str, ...]] = ("convergence",)
    case: CaseName = Field(description="Case shown.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Mean and Monte Carlo error of the draws so far; panel group, row number of draws."""
        convergence = data.table("convergence")
        convergence = convergence[
            (convergence["appraisal"] == chosen(self, data)) & (convergence["case"] == self.case)
        ]
        symbol, cells = data.config.trial.currency, []
        for line in convergence.itertuples():
            source = source_of(
                "convergence",
                appraisal=line.appraisal,
                group=line.group,
                case=line.case,
                draws=line.draws,
            )
            for column in ("mean", "monte_carlo_error"):
                value, n = getattr(line, column), line.n_treatment
                text = money(value, symbol, 1)
                cells.append(
                    cell(
                        line.group,
                        str(line.draws),
                        column,
                        "gbp",
                        value,
                        text,
                        "GBP",
                        n,
                        source=source,
                    )
                )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """The running mean less the last one, with twice its Monte Carlo error, groups abreast."""
        groups = list(dict.fromkeys(cells["panel"]))
        figure, panels = new_grid(len(groups), row_height=1.9)
        text, symbol = [], data.config.trial.currency
        for panel, group, colour in zip(panels, groups, COLOURS, strict=False):
            group_cells = cells[cells["panel"] == group]
            wide = group_cells.pivot(index="row", columns="column", values="value")
            wide = wide.set_index(wide.index.astype(int)).sort_index()
            away = wide["mean"] - wide["mean"].iloc[-1]
            band = 2 * wide["monte_carlo_error"]
            panel.fill_between(wide.index, -band, band, color=colour, alpha=0.15, linewidth=0)
            panel.plot(wide.index, away, color=colour, marker="o", markersize=3)
            panel.axhline(0, color=GREY, linewidth=0.8)
            if away.notna().any():
                panel.set_xscale("log")
            panel.minorticks_off()
            panel.set_title(data.label(group), loc="left")
            panel.yaxis.set_major_formatter(lambda y, _: tick(y))
            draws = [d for d in (100, 300, 1000, 3000, 10000, 30000, 100000) if d in _within(wide)]
            panel.set_xticks(draws, [grouped(d) for d in draws])
            last = group_cells.iloc[-2:].set_index("column")["printed"]
            error = f"Monte Carlo standard error {last['monte_carlo_error']}"
            text.append(f"{data.label(group)} {last['mean']}, {error}")
        figure.supylabel(f"Running mean less the final mean, {symbol}", fontsize=SMALL)
        about = "Simulations (logarithmic scale); band: twice the Monte Carlo standard error"
        figure.supxlabel(about, fontsize=SMALL)
        return (
            figure,
            f"Mean net present value with all simulations: {'; '.join(text)}. Running mean.",
        )


def _within(wide: pd.DataFrame) -> range:
    return range(int(wide.index.min()), int(wide.index.max()) + 1)
