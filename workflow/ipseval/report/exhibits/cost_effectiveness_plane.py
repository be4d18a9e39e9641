"""Draws of years of health gained and of net cost to the public sector, groups abreast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.refs import Place
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import AppraisalFigure, chosen, qaly_problems, tabulated, thousands
from ..cells import as_frame, cell, source_of
from ..formats import money, round_half_up, tick
from ..style import COLOURS, GREY, ORANGE, SMALL, new_grid, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

STYLES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1))]


class CostEffectivenessPlane(AppraisalFigure):
    """Draws of years of health gained and of net cost to the public sector, groups abreast."""

    kind: Literal["cost_effectiveness_plane"]
    disclosure: ClassVar[Class | None] = "model output"
    of_economics: ClassVar[str] = "threshold"
    reads: ClassVar[tuple[str, ...]] = (
        "draws",
        "cost_effectiveness",
    )
    shown: int = Field(400, ge=50, le=2000, description="Draws shown a group; the first ones.")

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Thresholds are values of a QALY."""
        yield from super().problems(place)
        yield from qaly_problems(self, place)

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Years gained and net cost of the first draws, and their means; panel group, row draw."""
        appraisal = chosen(self, data)
        means = data.table("cost_effectiveness")
        reference = means["scenario"] == "reference"
        means = means[(means["appraisal"] == appraisal) & reference].set_index("group")
        draws = data.table("draws")
        draws = draws[(draws["appraisal"] == appraisal) & (draws["draw"] <= self.shown)]
        symbol, cells = data.config.trial.currency, []
        for group, mean in means.iterrows():
            group_draws = draws[draws["group"] == group]
            points = [("mean", mean["health"], mean["net_cost"])]
            points += zip(
                group_draws["draw"].astype(str),
                group_draws["health"],
                group_draws["public_cost"],
                strict=True,
            )
            for row, health, cost in points:
                text, n = round_half_up(health, 4), mean["n_treatment"]
                keys = {"appraisal": appraisal, "group": group}
                of, cost_column, place = "draws", "public_cost", {"draw": row}
                if row == "mean":
                    of, cost_column = "cost_effectiveness", "net_cost"
                    place = {"scenario": "reference"}
                source = source_of(of, **keys, **place, column="health")
                cells.append(
                    cell(group, row, "health", "years", health, text, "years", n, source=source)
                )
                cells.append(
                    cell(
                        group,
                        row,
                        "net_cost",
                        "gbp",
                        cost,
                        money(cost, symbol),
                        "GBP",
                        n,
                        source=source_of(of, **keys, column=cost_column),
                    )
                )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """A cloud of draws a group, its mean, and what a QALY may cost at each threshold."""
        groups = list(dict.fromkeys(cells["panel"]))
        wide = cells.pivot(index=["panel", "row"], columns="column", values="value")
        text, symbol = [], data.config.trial.currency
        figure, panels = new_grid(len(groups), row_height=2.9)
        box, lowest = _plane_box(wide), min(0.0, wide["net_cost"].min())
        thresholds = tabulated(data, chosen(self, data))
        for i, (panel, group) in enumerate(zip(panels, groups, strict=True)):
            group_points = wide.loc[group]
            panel.plot(
                group_points["health"],
                group_points["net_cost"],
                ".",
                color=COLOURS[i],
                markersize=2,
                alpha=0.5,
            )
            health, cost = group_points.loc["mean", ["health", "net_cost"]]
            panel.plot(
                health, cost, marker="D", color=ORANGE, markersize=6, markeredgecolor="white"
            )
            _draw_quadrants(panel, box)
            _draw_thresholds(panel, box, lowest, thresholds, symbol)
            panel.set_title(data.label(group), loc="left", pad=16)
            panel.yaxis.set_major_formatter(lambda y, _: tick(y))
            text.append(
                f"{data.label(group)} {round_half_up(health, 3)} QALYs, {money(cost, symbol)}"
            )
        label = f"Net cost to the public sector per recruit to treatment, {symbol}"
        figure.supylabel(wrapped(label, figure.get_figheight() - 0.4), fontsize=SMALL)
        figure.supxlabel("QALYs gained per recruit to treatment", fontsize=SMALL)
        means = "; ".join(text)
        return figure, f"Mean gain in health and net cost: {means}. Cost-effectiveness plane."


def _plane_box(wide: pd.DataFrame) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of a plane: all draws, and room for four quadrants."""
    left, right = min(0.0, wide["health"].min()), max(0.0, wide["health"].max())
    bottom, top = min(0.0, wide["net_cost"].min()), max(0.0, wide["net_cost"].max())
    across, up = right - left, top - bottom
    left, right = min(left - 0.03 * across, -0.6 * across), max(right, 0.45 * across)
    bottom, top = min(bottom - 0.03 * up, -0.16 * up), max(top, 0.16 * up)
    return left, right + 0.03 * across, bottom, top + 0.14 * up


def _draw_quadrants(panel: Axes, box: tuple[float, float, float, float]) -> None:
    """Draw the axes through nothing gained at no cost, and name two quadrants."""
    left, right, bottom, top = box
    panel.axhline(0, color=GREY, linewidth=0.8)
    panel.axvline(0, color=GREY, linewidth=0.8)
    panel.set_xlim(left, right)
    panel.set_ylim(bottom, top)
    # Those where no line of a threshold passes, and where the choice needs none.
    style: dict[str, Any] = {"fontsize": SMALL, "fontstyle": "italic", "color": GREY}
    for x, y, name, ha, va in (
        (left, top, "dominated", "left", "top"),
        (right, bottom, "dominant", "right", "bottom"),
    ):
        away = (3 if ha == "left" else -3, 2 if va == "bottom" else -2)
        panel.annotate(name, (x, y), away, textcoords="offset points", ha=ha, va=va, **style)


def _draw_thresholds(
    panel: Axes,
    box: tuple[float, float, float, float],
    lowest: float,
    thresholds: list[float],
    symbol: str,
) -> None:
    """Draw what health may cost at each value of a QALY, named where a line leaves the panel.

    The lines go down to the `lowest` cost of a draw.
    """
    left, right, _, top = box
    for threshold, style in zip(thresholds, STYLES[1:], strict=False):
        start, end = max(left, lowest / threshold), min(right, top / threshold)
        ends = np.array([start, end])
        panel.plot(ends, ends * threshold, color=GREY, linestyle=style, linewidth=0.8)
        at_top = end < right
        panel.annotate(
            thousands(threshold, symbol),
            (end, end * threshold),
            xytext=(0, 2) if at_top else (2, 0),
            textcoords="offset points",
            ha="center" if at_top else "left",
            va="bottom" if at_top else "center",
            fontsize=SMALL,
            color=GREY,
            annotation_clip=False,
        )
