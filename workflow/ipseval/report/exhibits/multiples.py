"""Estimates in rows, groups side by side with one scale, a number at the right of each row."""

from textwrap import fill

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import GREY, new_figure

WIDTH, ROW = 10, 0.27
# Share of the width of a panel that is kept for the numbers at its right.
ROOM = 0.31
# Inches: about what the names on the left take, and a letter of a tick label.
NAMES, LETTER = 2.4, 0.062


def new_panels(titles: list[str], names: list[str], letters: int = 40) -> tuple[Figure, list]:
    """Return (figure, axes): an axes a title, rows named on the left at y = 0, 1, ..."""
    figure, axes = new_figure(
        height=1.1 + ROW * len(names), columns=len(titles), share_y=True, grid="x", width=WIDTH
    )
    panels = list(np.atleast_1d(axes))
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title, fontsize=9, fontweight="bold")
        panel.tick_params(axis="y", length=0)
        panel.tick_params(axis="x", labelsize=7.5)
        panel.spines["left"].set_visible(False)
    panels[0].set_yticks(
        range(len(names)), [_wrapped(name, letters) for name in names], fontsize=7.5
    )
    panels[0].set_ylim(len(names) - 0.4, -1.0)
    return figure, panels


def _wrapped(name: str, letters: int) -> str:
    """Return a long name in two lines of about the same length."""
    return name if len(name) <= letters else fill(name, len(name) // 2 + 6)


def set_scale(panels: list, values, label: str) -> None:
    """Give all panels one scale for the values and zero, with room for numbers at the right."""
    known = np.array([value for value in values if not np.isnan(value)] + [0.0])
    low, high = float(known.min()), float(known.max())
    span = (high - low) or 1.0
    low, high = low - 0.03 * span, high + 0.03 * span
    ticks, names = _ticks(low, high, panels[0])
    for panel in panels:
        panel.axvline(0, color=GREY, linewidth=0.9, zorder=1)
        panel.set_xlim(low, low + (high - low) / (1 - ROOM))
        panel.set_xticks(ticks, names)
    panels[0].figure.supxlabel(label, fontsize=8)


def _ticks(low: float, high: float, panel) -> tuple[list[float], list[str]]:
    """Return as many ticks, and their labels, as have room side by side."""
    inches = (WIDTH - NAMES) / panel.get_gridspec().ncols * (1 - ROOM)
    for most in (4, 3, 2, 1):
        ticks = [t for t in MaxNLocator(most).tick_values(low, high) if low <= t <= high]
        names = [f"{t + 0:,.10g}".replace("-", "\u2212") for t in ticks]
        step = (ticks[1] - ticks[0]) if len(ticks) > 1 else high - low
        if LETTER * (max(map(len, names)) + 1) < inches * step / (high - low):
            break
    return ticks, names


def write_right(panel, y: float, text: str, **style) -> None:
    """Write a number at the right of a row of a panel."""
    panel.annotate(
        text,
        (1, y),
        xycoords=("axes fraction", "data"),
        xytext=(-1, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        **({"fontsize": 7, "color": GREY} | style),
    )
