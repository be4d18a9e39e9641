"""Distribution of Monte Carlo draws of the return per pound spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import CaseName
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import AppraisalFigure, chosen, headline, source_of_headline
from ..cells import as_frame, cell, source_of
from ..formats import grouped, money, tick
from ..style import BLUE, GREY, ORANGE, new_figure, write_right
from ..table_cells import with_quality

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

LEVELS = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]


class ReturnsPlot(AppraisalFigure):
    """Distribution of Monte Carlo draws of the return per pound spent."""

    kind: Literal["returns_plot"]
    disclosure: ClassVar[Class | None] = "model output"
    reads: ClassVar[tuple[str, ...]] = (
        "draws",
        "summary",
    )
    case: CaseName = Field(description="Case shown.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Quantiles of the return per pound; panel group, row quantile, and the point value."""
        draws = data.table("draws")[data.table("draws")["appraisal"] == chosen(self, data)]
        symbol, cells = data.config.trial.currency, []
        for line in headline(data, self.appraisal, self.case).itertuples():
            if not line.calculated:
                continue
            group_draws = draws[draws["group"] == line.group]
            quantiles = np.quantile(group_draws[self.case] / group_draws["cost"], LEVELS)
            drawn = source_of(
                "draws", appraisal=line.appraisal, group=line.group, column=[self.case, "cost"]
            )
            values = [
                (str(level), value, drawn) for level, value in zip(LEVELS, quantiles, strict=True)
            ]
            values.append(
                ("reference", line.return_per_pound, source_of_headline(line, "return_per_pound"))
            )
            for row, value, source in values:
                text = money(value, symbol, 2)
                cells.append(
                    cell(
                        line.group,
                        row,
                        "return",
                        "ratio",
                        value,
                        text,
                        "return",
                        line.n_treatment,
                        source=source,
                    )
                )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Box and whiskers of the draws, with the reference value marked."""
        groups = list(dict.fromkeys(cells["panel"]))
        figure, axes = new_figure(height=1.0 + 0.36 * len(groups), grid="x")
        symbol, text = data.config.trial.currency, []
        for y, group in enumerate(groups):
            part = cells[cells["panel"] == group].set_index("row")
            q = part["value"]
            axes.plot([q["0.025"], q["0.975"]], [y, y], color=BLUE, linewidth=1)
            axes.plot(
                [q["0.25"], q["0.75"]], [y, y], color=BLUE, linewidth=7, solid_capstyle="butt"
            )
            printed = part["printed"]
            interval = f"{printed['reference']} ({printed['0.025']} to {printed['0.975']})"
            shown = interval
            if (q == 0).all():
                # Nothing is drawn where no benefit counts: it is not a return that is certain.
                shown = f"{printed['reference']}, no benefit counted"
            face = "none" if (q == 0).all() else ORANGE
            axes.plot(q["reference"], y, "D", color=ORANGE, mfc=face, markersize=6)
            write_right(axes, y, with_quality(shown, part["n"].iloc[0], data.low_quality_below))
            text.append(f"{data.label(group)} {interval}")
        axes.axvline(0, color=GREY, linewidth=0.8)
        sizes = cells.groupby("panel")["n"].first()
        names = [f"{data.label(g)}\n(n = {grouped(sizes[g])})" for g in groups]
        axes.set_yticks(range(len(groups)), names)
        axes.locator_params(axis="x", nbins=5)
        axes.xaxis.set_major_formatter(lambda x, _: tick(x, symbol))
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.set_xlabel(
            f"Return for every {symbol}1: reference (diamond; hollow: no benefit counted),\n"
            "middle half and 95% uncertainty interval of the simulations"
        )
        above = int((cells.loc[cells["row"] == "0.025", "value"] > 1).sum())
        first = f"The 95% uncertainty interval lies above {symbol}1 in {above or 'none'} of "
        first += f"{len(groups)} groups."
        return figure, f"{first} Return per {symbol}1 spent: {'; '.join(text)}."
