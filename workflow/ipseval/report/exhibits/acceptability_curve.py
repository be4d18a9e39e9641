"""Probability of being cost-effective, by value of a QALY, groups abreast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...config.refs import Place
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import AppraisalFigure, chosen, qaly_problems, tabulated, thousands
from ..cells import as_frame, cell, source_of
from ..formats import grouped, round_half_up
from ..style import BLUE, COLOURS, GREY, SMALL, WIDTH, key_above, new_grid, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


class AcceptabilityCurve(AppraisalFigure):
    """Probability of being cost-effective, by value of a QALY, groups abreast.

    The frontier, what is better on average, is the thick part of the lines.
    """

    kind: Literal["acceptability_curve"]
    disclosure: ClassVar[Class | None] = "model output"
    of_economics: ClassVar[str] = "threshold"
    reads: ClassVar[tuple[str, ...]] = ("acceptability",)

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Thresholds are values of a QALY."""
        yield from super().problems(place)
        yield from qaly_problems(self, place)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Probability of being cost-effective, and of the frontier; panel group, row threshold."""
        acceptability = data.table("acceptability")
        cells = []
        for line in acceptability[acceptability["appraisal"] == chosen(self, data)].itertuples():
            for column in ("probability", "frontier"):
                value, n = 100 * getattr(line, column), line.n_treatment
                text, row = f"{round_half_up(value, 1)}%", grouped(line.threshold)
                source = source_of(
                    "acceptability",
                    appraisal=line.appraisal,
                    group=line.group,
                    threshold=line.threshold,
                )
                cells.append(
                    cell(
                        line.group, row, column, "percent", value, text, "percent", n, source=source
                    )
                )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """A panel a group: programme and usual services, thick where each is the better choice."""

        from matplotlib.ticker import MaxNLocator

        groups = list(dict.fromkeys(cells["panel"]))
        figure, panels = new_grid(len(groups), row_height=2.0)
        thresholds, text = tabulated(data, chosen(self, data)), []
        symbol = data.config.trial.currency
        for panel, group in zip(panels, groups, strict=True):
            group_cells = cells[cells["panel"] == group]
            wide = group_cells.pivot(index="row", columns="column", values="value")
            wide = wide.set_index(wide.index.str.replace(",", "").astype(float)).sort_index()
            _draw_choice(panel, wide, thresholds)
            panel.set_title(data.label(group), loc="left")
            panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            panel.xaxis.set_major_formatter(
                lambda x, _: thousands(x, symbol) if x else f"{symbol}0"
            )
            at = wide.loc[thresholds, "probability"]
            text.append(f"{data.label(group)} " + ", ".join(f"{round_half_up(p, 0)}%" for p in at))
        threshold_text = ", ".join(thousands(t, symbol) for t in thresholds)
        label = "Probability of being cost-effective, %"
        figure.supylabel(label, fontsize=SMALL)
        key_above(figure, *panels[0].get_legend_handles_labels())
        about = (
            f"Value of a QALY; dotted lines: {threshold_text}; thick: the choice with the higher "
            "expected net benefit (frontier)"
        )
        figure.supxlabel(wrapped(about, WIDTH - 0.3), fontsize=SMALL)
        threshold_text = ", ".join(f"{symbol}{grouped(t)}" for t in thresholds)
        what = f"Probability that the programme is cost-effective at {threshold_text} a QALY"
        return figure, f"{what}: {'; '.join(text)}."


def _draw_choice(panel: Axes, wide: pd.DataFrame, thresholds: list[float]) -> None:
    """Draw both choices of a group by threshold."""
    probability = wide["probability"]
    ours = np.isclose(wide["frontier"], probability)
    for name, line, better, colour, style in (
        ("Programme", probability, ours, BLUE, "-"),
        ("Usual services", 100 - probability, ~ours, COLOURS[2], "--"),
    ):
        panel.plot(line.index, line, color=colour, linestyle=style, linewidth=1, label=name)
        panel.plot(line.index, line.where(better), color=colour, linewidth=3)
    for place, threshold in enumerate(thresholds):
        panel.axvline(threshold, color=GREY, linewidth=0.7, linestyle=":")
        at = probability.loc[threshold]
        panel.plot(threshold, at, "o", color=BLUE, markersize=3.5)
        # Beside the curve: on its left while it is low, where the other one is high.
        ha, va = ("right", "bottom") if at < 50 else ("left", "top")
        # Those of near thresholds stand on steps.
        away = (3, 3 + 6 * place) if at < 50 else (3, 3)
        if 42 < at < 58:  # where the curves cross, the room is between them on the right
            ha, va, away = "left", "center", (7, 0)
        if at >= 0.5:
            _write_at(panel, threshold, at, f"{round_half_up(at, 0)}%", away, ha, va, BLUE)
    panel.set_ylim(0, 102)


def _write_at(
    panel: Axes,
    x: float,
    y: float,
    text: str,
    away: tuple[float, float],
    ha: str,
    va: str,
    colour: str,
) -> None:
    """Write a text some points away from a place, to the side that its alignment says."""
    offset = (-away[0] if ha == "right" else away[0], -away[1] if va == "top" else away[1])
    style: dict[str, Any] = {"ha": ha, "va": va, "color": colour, "fontsize": SMALL}
    panel.annotate(text, (x, y), xytext=offset, textcoords="offset points", **style)
