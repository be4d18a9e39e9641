"""Figures of cost-effectiveness and of what it would be worth to know more."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...config.exhibit_kinds import economics as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped, money, round_half_up
from .appraisals import chosen
from .style import BLUE, COLOURS, GREY, ORANGE, new_figure

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
    figure, axes = new_figure(height=3, columns=len(groups), share_y=True, grid="both", width=10)
    text, symbol = [], data.config.trial.currency
    wide = cells.pivot(index=["panel", "row"], columns="column", values="value")
    low, high = min(0.0, wide["health"].min()), max(0.0, wide["health"].max())
    top = 1.1 * max(0.0, wide["net_cost"].max())
    bottom = 1.1 * min(0.0, wide["net_cost"].min())
    for panel, group, colour in zip(np.atleast_1d(axes), groups, COLOURS, strict=False):
        own = wide.loc[group]
        panel.plot(own["health"], own["net_cost"], ".", color=colour, markersize=2, alpha=0.5)
        health, cost = own.loc["mean", ["health", "net_cost"]]
        panel.plot(health, cost, marker="D", color=ORANGE, markersize=6, markeredgecolor="white")
        for threshold, style in zip(
            data.config.economics.threshold.tabulated, STYLES[1:], strict=False
        ):
            ends = np.array([low, high])
            label = f"{symbol}{grouped(threshold)} a year" if group == groups[0] else None
            panel.plot(
                ends, ends * threshold, color=GREY, linestyle=style, linewidth=0.8, label=label
            )
        panel.axhline(0, color=GREY, linewidth=0.8)
        panel.axvline(0, color=GREY, linewidth=0.8)
        panel.set_title(data.label(group), fontsize=9, fontweight="bold")
        panel.tick_params(axis="x", labelsize=7.5)
        panel.set_ylim(bottom - 0.02 * top, top)
        text.append(f"{data.label(group)} {round_half_up(health, 3)} years, {money(cost, symbol)}")
    np.atleast_1d(axes)[0].set_ylabel(f"Net cost to the public sector, {symbol}", fontsize=8)
    figure.supxlabel("Years of full health gained per recruit to treatment", fontsize=8)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    return figure, "Cost-effectiveness plane, means: " + "; ".join(text) + "."


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
    """A line a group over thresholds; the frontier thick where it is the better choice."""
    groups = list(dict.fromkeys(cells["panel"]))
    figure, axes = new_figure(height=3.4)
    thresholds, text = data.config.economics.threshold.tabulated, []
    symbol = data.config.trial.currency
    for i, group in enumerate(groups):
        own = cells[cells["panel"] == group]
        wide = own.pivot(index="row", columns="column", values="value")
        wide = wide.set_index(wide.index.str.replace(",", "").astype(float)).sort_index()
        colour, style = COLOURS[i % len(COLOURS)], STYLES[i % len(STYLES)]
        label = data.label(group)
        axes.plot(wide.index, wide["probability"], color=colour, linestyle=style, label=label)
        axes.plot(wide.index, wide["frontier"], color=colour, linewidth=4, alpha=0.25)
        at = wide.loc[thresholds, "probability"]
        text.append(f"{label} " + ", ".join(f"{round_half_up(p, 0)}%" for p in at))
    for threshold in thresholds:
        axes.axvline(threshold, color=GREY, linewidth=0.7, linestyle=":")
    axes.set_ylim(0, 100)
    axes.xaxis.set_major_formatter(lambda x, _: f"{symbol}{x:,.0f}")
    axes.set_xlabel("Worth of a year of full health; the pale line is the frontier")
    axes.set_ylabel("Probability that it is cost-effective, %")
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    shown = ", ".join(f"{symbol}{grouped(t)}" for t in thresholds)
    return figure, f"Acceptability at {shown} a year: " + "; ".join(text) + "."


def information_cells(spec: kinds.InformationPlot, data: Data) -> pd.DataFrame:
    """What information is worth a person; panel group, row driver or size, column measure."""
    found = data.economics("information").fillna({"driver": ""})
    own = found["group"] == spec.group
    drivers = found[own & (found["measure"] == "evppi") & (found["value"] > 0)]
    drivers = drivers.sort_values("value", ascending=False, kind="stable").head(spec.most)
    shown = pd.concat(
        [found[own & (found["measure"] == "evpi")], drivers, found[found["measure"] == "evsi"]]
    )
    symbol, cells = data.config.trial.currency, []
    for line in shown.itertuples():
        row = grouped(line.size) if line.measure == "evsi" else line.driver or "evpi"
        text, n = money(line.value, symbol, 2), line.n_treatment
        cells.append(cell(line.group, row, line.measure, "gbp", line.value, text, "GBP", n))
    return as_frame(cells)


def draw_information(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """Bars of drivers on the left, on the right a further trial by its size, a line a group."""
    figure, (left, right) = new_figure(height=3.8, columns=2, grid="x", width=10)
    bars = cells[cells["column"] != "evsi"].reset_index(drop=True)
    symbol = data.config.trial.currency
    for y, line in enumerate(bars.itertuples()):
        colour = ORANGE if line.row == "evpi" else BLUE
        left.barh(y, line.value, color=colour, hatch="///" if line.row == "evpi" else "")
        left.annotate(f" {line.printed}", (line.value, y), va="center", fontsize=8)
    left.set_yticks(range(len(bars)), [data.label(row) for row in bars["row"]], fontsize=8)
    left.set_ylim(len(bars) - 0.4, -0.6)
    left.margins(x=0.15)
    left.set_xlabel(f"{data.label(spec.group)}: worth of knowing, {symbol} a person", fontsize=8)
    trials = cells[cells["column"] == "evsi"]
    for i, (group, own) in enumerate(trials.groupby("panel", sort=False)):
        sizes = own["row"].str.replace(",", "").astype(float)
        colour, style = COLOURS[i % len(COLOURS)], STYLES[i % len(STYLES)]
        right.plot(sizes, own["value"], color=colour, linestyle=style, marker="o", markersize=3)
        right.annotate(
            f" {data.label(group)}",
            (sizes.iloc[-1], own["value"].iloc[-1]),
            fontsize=8,
            va="center",
        )
    right.grid(True, axis="y")
    right.margins(x=0.02)
    right.set_xlabel("People in a further trial", fontsize=8)
    right.set_ylabel(f"Worth of the trial, {symbol} a person", fontsize=8)
    first = bars.iloc[0]["printed"] if len(bars) else "nothing"
    text = f"Perfect information is worth {first} a person for {data.label(spec.group)}"
    return figure, f"Value of information. {text}."


UNCERTAINTY = {
    "cost_effectiveness_plane": (plane_cells, draw_plane),
    "acceptability_curve": (acceptability_cells, draw_acceptability),
    "information_plot": (information_cells, draw_information),
}
