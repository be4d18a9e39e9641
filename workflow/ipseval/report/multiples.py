"""Estimates in rows, groups side by side with one scale, a number at the right of each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from ..lazy import np
from .style import GREY, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, ROW = 10, 0.27
# Share of the width of a panel that is kept for the numbers at its right.
ROOM = 0.31
# Inches: about what the names on the left take, and a letter of a tick label.
NAMES, LETTER = 2.4, 0.062


def new_panels(
    titles: list[str],
    names: list[str],
    letters: int = 40,
    places: Sequence[float] | np.ndarray = (),
) -> tuple[Figure, list[Axes]]:
    """Return (figure, axes): an axes a title, rows named on the left at y = 0, 1, ...

    `places` says where the rows are instead, from the top down.
    """
    places = places if len(places) else range(len(names))
    height = 1.1 + ROW * (max(places) + 1)
    figure, axes = new_figure(
        height=height, columns=len(titles), share_y=True, grid="x", width=WIDTH
    )
    panels = list(np.atleast_1d(axes))
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title, fontsize=9, fontweight="bold")
        panel.tick_params(axis="y", length=0)
        panel.tick_params(axis="x", labelsize=7.5)
        panel.spines["left"].set_visible(False)
    panels[0].set_yticks(places, [_wrapped(name, letters) for name in names], fontsize=7.5)
    panels[0].set_ylim(max(places) + 0.6, -1.0)
    for panel in panels[1:]:
        # It shows nothing there, and laying out and drawing its ticks takes a while.
        panel.yaxis.set_visible(False)
    return figure, panels


def _wrapped(name: str, letters: int) -> str:
    """Return a long name in two lines of about the same length."""
    return name if len(name) <= letters else fill(name, len(name) // 2 + 6)


def set_scale(panels: list[Axes], values: Iterable[float], label: str) -> None:
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


def _ticks(low: float, high: float, panel: Axes) -> tuple[np.ndarray, list[str]]:
    """Return ticks, zero among them, as close as their labels have room for; and the labels."""
    grid: Any = panel.get_gridspec()
    inches = (WIDTH - NAMES) / grid.ncols * (1 - ROOM) / (high - low)
    power = np.floor(np.log10(high - low)) - 2
    for step in (digit * 10.0 ** (power + i) for i in range(5) for digit in (1, 2, 5)):
        ticks = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
        names = [f"{tick + 0:,.10g}".replace("-", "\u2212") for tick in ticks]
        if LETTER * (max(map(len, names)) + 1) < inches * step:
            break
    return ticks, names


def write_right(panel: Axes, y: float, text: str, **style: Any) -> None:
    """Write a number at the right of a row of a panel."""
    look: dict[str, Any] = {"fontsize": 7, "color": GREY} | style
    panel.annotate(
        text,
        (1, y),
        xycoords=("axes fraction", "data"),
        xytext=(-1, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        in_layout=False,  # It is within the panel, so the layout need not measure it.
        **look,
    )


def draw_intervals(
    panel: Axes, places: Sequence[float], ends: Sequence[Sequence[float]], colour: str
) -> None:
    """Draw horizontal intervals at once, (lows, highs); a line each takes ten times as long."""
    lows, highs = ends
    panel.hlines(places, lows, highs, colors=colour, linewidth=1.3, capstyle="projecting", zorder=2)
