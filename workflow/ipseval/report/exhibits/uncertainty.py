"""Figures of cost-effectiveness and of what it would be worth to know more."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...config.exhibit_kinds import economics as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped, money, round_half_up
from .appraisals import chosen
from .economics import number
from .multiples import new_panels, set_scale, write_right
from .style import BLUE, COLOURS, GREY, ORANGE, new_figure, new_grid

STYLES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1))]


def plane_cells(spec: kinds.CostEffectivenessPlane, data: Data) -> pd.DataFrame:
    """Years gained and net cost of the first draws, and their means; panel group, row draw."""
    means = data.economics("cost_effectiveness")
    means = means[means["appraisal"] == chosen(spec, data)].set_index("group")
    draws = data.draws
    draws = draws[(draws["appraisal"] == chosen(spec, data)) & (draws["draw"] <= spec.shown)]
    symbol, cells = data.config.trial.currency, []
    for group, mean in means.iterrows():
        own = draws[draws["group"] == group]
        points = [("mean", mean["health"], mean["net_cost"])]
        points += zip(own["draw"].astype(str), own["health"], own["public_cost"], strict=True)
        for row, health, cost in points:
            text, n = round_half_up(health, 4), mean["n_treatment"]
            cells.append(cell(group, row, "health", "years", health, text, "years", n))
            cells.append(cell(group, row, "net_cost", "gbp", cost, money(cost, symbol), "GBP", n))
    return as_frame(cells)


def draw_plane(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """A cloud of draws a group with its mean; lines are what a year may cost at each threshold."""
    groups = list(dict.fromkeys(cells["panel"]))
    wide = cells.pivot(index=["panel", "row"], columns="column", values="value")
    text, symbol = [], data.config.trial.currency
    figure, panels = new_grid(len(groups), row_height=2.9)
    box, lowest = _plane_box(wide), min(0.0, wide["net_cost"].min())
    thresholds = data.config.economics.threshold.tabulated
    for i, (panel, group) in enumerate(zip(panels, groups, strict=True)):
        own = wide.loc[group]
        panel.plot(own["health"], own["net_cost"], ".", color=COLOURS[i], markersize=2, alpha=0.5)
        health, cost = own.loc["mean", ["health", "net_cost"]]
        panel.plot(health, cost, marker="D", color=ORANGE, markersize=6, markeredgecolor="white")
        _draw_quadrants(panel, box)
        _draw_thresholds(panel, box, lowest, thresholds, symbol)
        panel.set_title(data.label(group), fontsize=9, fontweight="bold", pad=16)
        panel.tick_params(labelsize=7.5)
        panel.yaxis.set_major_formatter(lambda y, _: grouped(y))
        text.append(f"{data.label(group)} {round_half_up(health, 3)} years, {money(cost, symbol)}")
    figure.supylabel(f"Net cost to the public sector, {symbol}", fontsize=8)
    figure.supxlabel("Years of full health gained per recruit to treatment", fontsize=8)
    return figure, "Cost-effectiveness plane, means: " + "; ".join(text) + "."


def _plane_box(wide: pd.DataFrame) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of a plane: all draws, and room for four quadrants."""
    left, right = min(0.0, wide["health"].min()), max(0.0, wide["health"].max())
    bottom, top = min(0.0, wide["net_cost"].min()), max(0.0, wide["net_cost"].max())
    across, up = right - left, top - bottom
    left, right = min(left - 0.03 * across, -0.32 * across), max(right, 0.32 * across)
    bottom, top = min(bottom - 0.03 * up, -0.16 * up), max(top, 0.16 * up)
    return left, right + 0.03 * across, bottom, top + 0.14 * up


def _draw_quadrants(panel, box: tuple[float, float, float, float]) -> None:
    """Draw the axes through nothing gained at no cost, and name the quadrants."""
    left, right, bottom, top = box
    panel.axhline(0, color=GREY, linewidth=0.8)
    panel.axvline(0, color=GREY, linewidth=0.8)
    panel.set_xlim(left, right)
    panel.set_ylim(bottom, top)
    # Where no line of a threshold passes: on the left in the corners, on the right at the axis.
    for x, health in ((left, "worse"), (0, "better")):
        for y, cost, va in ((bottom, "cheaper", "bottom"), (top, "dearer", "top")):
            panel.annotate(
                f"{cost},\n{health}",
                (x, y),
                xytext=(3, 2 if va == "bottom" else -2),
                textcoords="offset points",
                va=va,
                fontsize=7,
                fontstyle="italic",
                color=GREY,
                linespacing=1,
            )


def _draw_thresholds(panel, box, lowest: float, thresholds: list[float], symbol: str) -> None:
    """Draw what health may cost at each worth of a year, named where a line leaves the panel.

    The lines go down to the `lowest` cost of a draw.
    """
    left, right, _, top = box
    for threshold, style in zip(thresholds, STYLES[1:], strict=False):
        start, end = max(left, lowest / threshold), min(right, top / threshold)
        ends = np.array([start, end])
        panel.plot(ends, ends * threshold, color=GREY, linestyle=style, linewidth=0.8)
        at_top = end < right
        panel.annotate(
            _thousands(threshold, symbol),
            (end, end * threshold),
            xytext=(0, 2) if at_top else (2, 0),
            textcoords="offset points",
            ha="center" if at_top else "left",
            va="bottom" if at_top else "center",
            fontsize=7,
            color=GREY,
            annotation_clip=False,
        )


def _thousands(amount: float, symbol: str) -> str:
    """Return a round amount in short: £20k."""
    return f"{symbol}{number(amount / 1000)}k"


def acceptability_cells(spec: kinds.AcceptabilityCurve, data: Data) -> pd.DataFrame:
    """Probability of being cost-effective, and of the frontier; panel group, row threshold."""
    found = data.economics("acceptability")
    cells = []
    for line in found[found["appraisal"] == chosen(spec, data)].itertuples():
        for column in ("probability", "frontier"):
            value, n = 100 * getattr(line, column), line.n_treatment
            text, row = f"{round_half_up(value, 1)}%", grouped(line.threshold)
            cells.append(cell(line.group, row, column, "percent", value, text, "percent", n))
    return as_frame(cells)


def draw_acceptability(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """A panel a group: the programme and usual services, thick where each is the better choice."""
    groups = list(dict.fromkeys(cells["panel"]))
    figure, panels = new_grid(len(groups), row_height=2.3)
    thresholds, text = data.config.economics.threshold.tabulated, []
    symbol = data.config.trial.currency
    for panel, group in zip(panels, groups, strict=True):
        own = cells[cells["panel"] == group]
        wide = own.pivot(index="row", columns="column", values="value")
        wide = wide.set_index(wide.index.str.replace(",", "").astype(float)).sort_index()
        _draw_choice(panel, wide, thresholds)
        panel.set_title(data.label(group), fontsize=9, fontweight="bold")
        panel.tick_params(labelsize=7.5)
        panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        panel.xaxis.set_major_formatter(lambda x, _: _thousands(x, symbol) if x else f"{symbol}0")
        at = wide.loc[thresholds, "probability"]
        text.append(f"{data.label(group)} " + ", ".join(f"{round_half_up(p, 0)}%" for p in at))
    shown = ", ".join(_thousands(t, symbol) for t in thresholds)
    label = "Probability of being the better choice, %"
    figure.supylabel(label, fontsize=8)
    figure.supxlabel(
        f"Worth of a year of full health; dotted lines: {shown}; thick: the better choice on "
        "average (frontier)",
        fontsize=8,
    )
    shown = ", ".join(f"{symbol}{grouped(t)}" for t in thresholds)
    return figure, f"Acceptability at {shown} a year: " + "; ".join(text) + "."


def _draw_choice(panel, wide: pd.DataFrame, thresholds: list[float]) -> None:
    """Draw both choices of a group by threshold, named at their right ends."""
    probability = wide["probability"]
    ours = np.isclose(wide["frontier"], probability)
    # The first rises, so there is room above its end; the other one falls.
    for name, line, better, colour, style, va in (
        ("Programme", probability, ours, BLUE, "-", "bottom"),
        ("Usual services", 100 - probability, ~ours, COLOURS[2], "--", "top"),
    ):
        panel.plot(line.index, line, color=colour, linestyle=style, linewidth=1)
        panel.plot(line.index, line.where(better), color=colour, linewidth=3)
        _write_at(panel, line.index[-1], line.iloc[-1], name, (0, 5), "right", va, colour)
    for threshold in thresholds:
        panel.axvline(threshold, color=GREY, linewidth=0.7, linestyle=":")
        at = probability.loc[threshold]
        panel.plot(threshold, at, "o", color=BLUE, markersize=3.5)
        # Beside the curve: on its left while it is low, where the other one is high.
        ha, va = ("right", "bottom") if at < 50 else ("left", "top")
        if at >= 0.5:
            _write_at(panel, threshold, at, f"{round_half_up(at, 0)}%", (3, 3), ha, va, BLUE)
    panel.set_ylim(0, 102)


def _write_at(panel, x: float, y: float, text: str, away: tuple, ha: str, va: str, colour) -> None:
    """Write a text some points away from a place, to the side that its alignment says."""
    offset = (-away[0] if ha == "right" else away[0], -away[1] if va == "top" else away[1])
    style = {"ha": ha, "va": va, "color": colour, "fontsize": 7.5}
    panel.annotate(text, (x, y), xytext=offset, textcoords="offset points", **style)


def _decimals(amounts: pd.Series) -> int:
    """Return the decimals of amounts that are printed together: pence where all are small."""
    return 0 if amounts.max() >= 10 else 2


def information_cells(spec: kinds.InformationPlot, data: Data) -> pd.DataFrame:
    """What knowing is worth a person; panel group, row driver, column measure."""
    found = data.economics("information").fillna({"driver": ""})
    drivers = found[found["measure"] == "evppi"]
    most = drivers.groupby("driver", sort=False)["value"].max()
    most = most[most >= 0.005].sort_values(ascending=False, kind="stable").head(spec.most)
    symbol, cells = data.config.trial.currency, []
    decimals = _decimals(found.loc[found["measure"] == "evpi", "value"])
    for group, own in found.groupby("group", sort=False):
        own = own[own["measure"] != "evsi"].set_index("driver")
        for driver in ["", *most.index]:
            line = own.loc[driver]
            text, n = money(line["value"], symbol, decimals), line["n_treatment"]
            keys = (group, driver or "evpi", line["measure"])
            cells.append(cell(*keys, "gbp", line["value"], text, "GBP", n))
    return as_frame(cells)


def draw_information(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """Bars of what it is worth to know everything, and each driver, groups abreast."""
    groups, rows = (list(dict.fromkeys(cells[key])) for key in ("panel", "row"))
    figure, panels = new_panels([data.label(g) for g in groups], [data.label(r) for r in rows])
    symbol = data.config.trial.currency
    for panel, group in zip(panels, groups, strict=True):
        own = cells[cells["panel"] == group]
        for y, line in enumerate(own.itertuples()):
            colour, hatch = (ORANGE, "///") if line.row == "evpi" else (BLUE, "")
            panel.barh(y, line.value, height=0.65, color=colour, hatch=hatch)
            write_right(panel, y, line.printed)
    set_scale(panels, cells["value"], f"Worth of knowing, {symbol} a person")
    shown = cells[cells["row"] == "evpi"]
    text = "; ".join(f"{data.label(c.panel)} {c.printed}" for c in shown.itertuples())
    return figure, f"Value of information a person. Perfect information: {text}."


def trial_cells(spec: kinds.FurtherTrialPlot, data: Data) -> pd.DataFrame:
    """What a further trial is worth a person; panel group, row size."""
    found = data.economics("information")
    symbol, cells = data.config.trial.currency, []
    for line in found[found["measure"] == "evsi"].itertuples():
        keys, n = (line.group, grouped(line.size), "evsi"), line.n_treatment
        text = money(line.value, symbol, 2)
        cells.append(cell(*keys, "gbp", line.value, text, "GBP", n))
    return as_frame(cells)


def draw_trial(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """The worth of a further trial by its size, groups abreast; its last value is written."""
    groups = list(dict.fromkeys(cells["panel"]))
    figure, axes = new_figure(height=2.4, columns=len(groups), share_y=True, width=10)
    symbol, text = data.config.trial.currency, []
    for panel, group in zip(np.atleast_1d(axes), groups, strict=True):
        own = cells[cells["panel"] == group]
        sizes, value = own["row"].str.replace(",", "").astype(float), own["value"]
        panel.plot(sizes, value, color=BLUE, marker="o", markersize=3)
        last = money(value.iloc[-1], symbol, _decimals(cells["value"]))
        panel.annotate(
            last,
            (sizes.iloc[-1], value.iloc[-1]),
            xytext=(0, 4),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=8,
        )
        panel.set_xscale("log")
        panel.set_xticks(sizes[::2], own["row"][::2], fontsize=7.5)
        panel.minorticks_off()
        panel.margins(y=0.15)
        panel.set_title(data.label(group), fontsize=9, fontweight="bold")
        text.append(f"{data.label(group)} {own['printed'].iloc[-1]}")
    np.atleast_1d(axes)[0].set_ylabel(f"Worth of the trial, {symbol} a person", fontsize=8)
    figure.supxlabel("People in a further trial", fontsize=8)
    largest = cells["row"].iloc[-1]
    return figure, f"Worth of a further trial of {largest} people, a person: {'; '.join(text)}."


UNCERTAINTY = {
    "cost_effectiveness_plane": (plane_cells, draw_plane),
    "acceptability_curve": (acceptability_cells, draw_acceptability),
    "information_plot": (information_cells, draw_information),
    "further_trial_plot": (trial_cells, draw_trial),
}
