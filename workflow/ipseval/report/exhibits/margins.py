"""Predicted shares by arm and subgroup, after a logit with an interaction: cells and a plot."""

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...config.exhibit_kinds import regressions as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import p_value, round_half_up
from .style import BLUE, ORANGE, new_figure

ARMS = {"treatment": (1, BLUE, "o", "-"), "control": (0, ORANGE, "s", "--")}
APART = 0.06  # of the arms, so that their intervals do not lie on each other


def margin_cells(spec: kinds.MarginsPlot, data: Data) -> pd.DataFrame:
    """Predicted share and interval; panel group, row level; and the p-value of the interaction."""
    family = data.config.models.families[spec.family]
    by = family.models[spec.model].interacts_with
    lines = data.impact(spec.family)
    lines = lines[(lines["model"] == spec.model) & (lines["outcome"] == spec.outcome)]
    lines = lines.set_index(["group", "term"])
    cells = []
    for group in spec.groups or family.groups:
        n = lines.loc[(group, "arm"), "n"]
        for value, level in enumerate(spec.levels):
            for arm, (code, *_) in ARMS.items():
                line = lines.loc[(group, f"margin arm={code}, {by}={value}")]
                for end, share in (("", "estimate"), ("_low", "ci_low"), ("_high", "ci_high")):
                    percent = 100 * line[share]
                    text = f"{round_half_up(percent, 1)}%"
                    keys = (group, level, f"{arm}{end}", "percent")
                    cells.append(cell(*keys, percent, text, "percent", n))
        p = lines.loc[(group, f"log odds arm:{by}"), "p_value"]
        cells.append(cell(group, "interaction", "p_value", "p_value", p, p_value(p), "p", n))
    return as_frame(cells)


def draw_margins(cells: pd.DataFrame, spec: kinds.MarginsPlot, data: Data) -> tuple[Figure, str]:
    """Groups side by side: a line an arm from level to level, with intervals."""
    groups = list(dict.fromkeys(cells["panel"]))
    figure, axes = new_figure(height=3.3, columns=len(groups), share_y=True, width=8.5)
    text = []
    for panel, group in zip(np.atleast_1d(axes), groups, strict=True):
        own = cells[cells["panel"] == group]
        value = own.pivot(index="row", columns="column", values="value")
        printed = own.pivot(index="row", columns="column", values="printed")
        for side, (arm, (_, colour, marker, line)) in enumerate(ARMS.items()):
            x = np.arange(2) + APART * (2 * side - 1)
            y, low, high = (value.loc[list(spec.levels), arm + e] for e in ("", "_low", "_high"))
            panel.plot(x, y, line, color=colour, marker=marker, markersize=5, label=arm.title())
            panel.vlines(x, low, high, color=colour, linewidth=1.2)
        p = printed.loc["interaction", "p_value"]
        panel.set_title(f"{data.label(group)}\ninteraction p = {p}", fontsize=9)
        panel.set_xticks([0, 1], [fill(level, 12) for level in spec.levels], fontsize=8)
        panel.set_xlim(-0.45, 1.45)
        shares = "; ".join(
            f"{level.lower()} {printed.loc[level, 'treatment']} against "
            f"{printed.loc[level, 'control']}"
            for level in spec.levels
        )
        text.append(f"{data.label(group)}: {shares} (interaction p = {p})")
    first = np.atleast_1d(axes)[0]
    first.set_ylim(bottom=min(0, first.get_ylim()[0]))
    first.set_ylabel("Predicted share, per cent")
    handles, labels = first.get_legend_handles_labels()
    level = f"{data.config.models.confidence_level:.0%}"
    figure.legend(
        handles,
        [f"{name}, with {level} interval" for name in labels],
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize=8,
    )
    return figure, f"Predicted shares, treatment against control. {'. '.join(text)}."


MARGINS = {"margins_plot": (margin_cells, draw_margins)}
