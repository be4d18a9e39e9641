"""Odds ratios by site: tidy cells, and a forest plot with weights and a pooled diamond."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from ...config.exhibit_kinds import regressions as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import p_value, round_half_up
from .style import BLUE, GREY, ORANGE, new_figure, write_right

TERM, HETEROGENEITY = "log odds arm", "heterogeneity"


def odds_cells(spec: kinds.OddsForest, data: Data) -> pd.DataFrame:
    """Odds ratio, interval and weight; panel outcome, row group, and a row of heterogeneity."""
    from scipy.special import ndtri  # Slow to import, and few chapters need it.

    lines = data.impact(spec.family)
    lines = lines[(lines["model"] == spec.model) & (lines["outcome"] == spec.outcome)]
    lines = lines.set_index(["group", "term"])
    sites = lines.loc[[(site, TERM) for site in spec.sites]]
    weight = 1 / sites["std_error"].to_numpy() ** 2
    share = 100 * weight / weight.sum()
    quantile = ndtri((1 + data.config.models.confidence_level) / 2)
    rows = [*zip(spec.sites, sites["estimate"], sites["std_error"], share, sites["n"], strict=True)]
    centre, error = np.average(sites["estimate"], weights=weight), weight.sum() ** -0.5
    rows.append((spec.pooled, centre, error, 100.0, int(sites["n"].sum())))
    cells = []
    for row, value, std_error, percent, n in rows:
        for column, log in (
            ("odds_ratio", value),
            ("low", value - quantile * std_error),
            ("high", value + quantile * std_error),
        ):
            ratio = float(np.exp(log))
            keys = (spec.outcome, row, column)
            cells.append(cell(*keys, "ratio", ratio, round_half_up(ratio, 2), "odds_ratio", n))
        text = round_half_up(percent, 1)
        cells.append(cell(spec.outcome, row, "weight", "percent", percent, text, "percent", n))
    return as_frame(cells + _heterogeneity(spec, lines))


def _heterogeneity(spec: kinds.OddsForest, lines: pd.DataFrame) -> list[dict]:
    q = lines.loc[(spec.pooled, "Cochran Q")]
    share = 100 * lines.loc[(spec.pooled, "I squared"), "estimate"]
    found = (
        ("q", "statistic", q["statistic"], round_half_up(q["statistic"], 2), ""),
        ("df", "count", q["df"], round_half_up(q["df"], 0), ""),
        ("p_value", "p_value", q["p_value"], p_value(q["p_value"]), "p"),
        ("i_squared", "percent", share, round_half_up(share, 1), "percent"),
    )
    return [
        cell(spec.outcome, HETEROGENEITY, column, statistic, value, text, unit, q["n"])
        for column, statistic, value, text, unit in found
    ]


def draw_odds(cells: pd.DataFrame, spec: kinds.OddsForest, data: Data) -> tuple[Figure, str]:
    """Squares as large as their weight, a diamond for all sites, numbers at the right."""
    value = cells.pivot(index="row", columns="column", values="value")
    shown = cells.pivot(index="row", columns="column", values="printed")
    rows = [*spec.sites, spec.pooled]
    figure, axes = new_figure(height=1.5 + 0.35 * len(rows), grid="x")
    text = []
    for y, row in enumerate(rows):
        low, middle, high = value.loc[row, ["low", "odds_ratio", "high"]]
        if row == spec.pooled:
            corners = [(low, y), (middle, y - 0.22), (high, y), (middle, y + 0.22)]
            axes.add_patch(Polygon(corners, closed=True, color=ORANGE, zorder=3))
        else:
            axes.plot([low, high], [y, y], color=BLUE, linewidth=1.2)
            size = 3 + 11 * np.sqrt(value.loc[row, "weight"] / 100)
            axes.plot(middle, y, marker="s", color=BLUE, markersize=size)
        printed = shown.loc[row]
        ratio = f"{printed['odds_ratio']} ({printed['low']} to {printed['high']})"
        write_right(axes, y, f"{ratio}  {printed['weight']}%")
        text.append(f"{data.label(row)} {ratio}, weight {printed['weight']}%")
    axes.axvline(1, color=GREY, linewidth=0.9)
    axes.set_xscale("log")
    ends = value.loc[rows, ["low", "high"]].to_numpy()
    ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if ends.min() / 2 < t < ends.max() * 2]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), [data.label(row) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    known = shown.loc[HETEROGENEITY]
    caption = (
        f"Q = {known['q']} (df = {known['df']}, p = {known['p_value']}), I² = {known['i_squared']}%"
    )
    level = f"{data.config.models.confidence_level:.0%}"
    axes.set_xlabel(f"Odds ratio with {level} interval, and weight\n{caption}")
    return figure, f"Forest plot of odds ratios: {'; '.join(text)}. Heterogeneity: {caption}."


ODDS = {"odds_forest": (odds_cells, draw_odds)}
