"""Value of a further trial by its size, groups abreast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...config.exhibits import FigureExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import pd
from ..appraised import decimals_of
from ..cells import as_frame, cell, source_of
from ..formats import grouped, money, tick
from ..style import BLUE, SMALL, new_grid, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


class FurtherTrialPlot(FigureExhibit):
    """Value of a further trial by its size, groups abreast."""

    kind: Literal["further_trial_plot"]
    disclosure: ClassVar[Class | None] = "model output"
    of_economics: ClassVar[str] = "decision"
    reads: ClassVar[tuple[str, ...]] = ("information",)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """What a further trial is worth a person; panel group, row size."""
        information = data.table("information")
        symbol, cells = data.config.trial.currency, []
        for line in information[information["measure"] == "evsi"].itertuples():
            keys, n = (line.group, grouped(line.size), "evsi"), line.n_treatment
            text = money(line.value, symbol, 2)
            source = source_of(
                "information", group=line.group, measure=line.measure, size=line.size
            )
            cells.append(cell(*keys, "gbp", line.value, text, "GBP", n, source=source))
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """The worth of a further trial by its size, groups abreast; its last value is written."""
        groups = list(dict.fromkeys(cells["panel"]))
        figure, panels = new_grid(len(groups), row_height=1.7)
        symbol, text = data.config.trial.currency, []
        for panel, group in zip(panels, groups, strict=True):
            group_cells = cells[cells["panel"] == group]
            sizes, value = (
                group_cells["row"].str.replace(",", "").astype(float),
                group_cells["value"],
            )
            panel.plot(sizes, value, color=BLUE, marker="o", markersize=3)
            last = money(value.iloc[-1], symbol, decimals_of(cells["value"]))
            panel.annotate(
                last,
                (sizes.iloc[-1], value.iloc[-1]),
                xytext=(0, 4),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=SMALL,
            )
            panel.set_xscale("log")
            panel.set_xticks(sizes[::2], group_cells["row"][::2])
            panel.minorticks_off()
            panel.margins(x=0.12, y=0.25)
            panel.yaxis.set_major_formatter(lambda y, _: tick(y))
            panel.locator_params(axis="y", nbins=4)
            panel.set_title(data.label(group), loc="left")
            text.append(f"{data.label(group)} {group_cells['printed'].iloc[-1]}")
        value = wrapped(
            f"Expected value of sample information, {symbol} per person", figure.get_figheight()
        )
        figure.supylabel(value, fontsize=SMALL)
        figure.supxlabel("Participants in a further trial (logarithmic scale)", fontsize=SMALL)
        largest = cells["row"].iloc[-1]
        what = f"Expected value of sample information of a further trial of {largest} people"
        return figure, f"{what}, per person: {'; '.join(text)}."
