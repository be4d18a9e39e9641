"""Estimates in rows, groups side by side with one scale, a number at the right of each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..lazy import np
from .formats import between
from .style import CUTS, GREY, LINE, NORMAL, SETTINGS, SMALL, WIDTH, inches, row_height, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches: what is over and under the rows of a block, between two panels, what names at the left
# may take, and what a scale has at least, abreast or with the whole width.
OVER, UNDER, APART, NAMES, PLOT, ALONE = 0.34, 0.26, 0.12, 1.75, 0.8, 1.5
# Panels abreast, and the part of NAMES that names may take then: the first that has room is used,
# or the last.
ABREAST = ((3, 1.0), (2, 1.3), (2, 1.0), (1, 1.3), (1, 1.0), (1, 0.8))
FACE = 0.24  # what a figure says of itself, on top


def new_panels(
    titles: list[str],
    names: list[str],
    about: str,
    places: Sequence[float] | np.ndarray = (),
    strong: Sequence[bool] | np.ndarray = (),
    heads: Sequence[bool] | np.ndarray = (),
    *,
    numbers: Iterable[str],
) -> tuple[Figure, list[Axes]]:
    """Return (figure, axes): an axes a title, rows named on the left at y = 0, 1, ...

    Up to three stand abreast, as many as leave a scale beside `numbers`, which will be written at
    the right of rows, in blocks that may be cut apart. `about` is what the axes show, said on top.
    `places` says where the rows are instead, from the top down; `strong` names are bold, and names
    of `heads`, rows in which nothing is drawn, begin at the left edge and may reach over the scale.
    """
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(SETTINGS)
    places = places if len(places) else range(len(names))
    strong = strong if len(strong) else [False] * len(names)
    heads = heads if len(heads) else [False] * len(names)
    beside = ["" if head else name for name, head in zip(names, heads, strict=True)]
    numbers = list(numbers)
    room = _room(numbers)
    most = {1: 1, 2: 2, 4: 2}.get(len(titles), 3)
    for columns, part in (one for one in ABREAST if one[0] <= most):
        shown = [wrapped(n, part * NAMES, SMALL, b) for n, b in zip(beside, strong, strict=True)]
        left = max(inches(n, SMALL, b) for n, b in zip(shown, strong, strict=True)) + 0.1
        each = (WIDTH - left - APART * columns) / columns
        if each - room >= (PLOT if columns > 1 else ALONE):
            break
    blocks = -(-len(titles) // columns)
    lines = max((text.count("\n") for text in numbers), default=0) + 1
    row = max(row_height(shown), LINE * lines + 0.05)
    head = wrapped(about, WIDTH - 0.1)
    top = FACE + LINE * (head.count("\n") + 1)
    title_lines = max(wrapped(t, each, NORMAL, True).count("\n") for t in titles)
    over = OVER + LINE * title_lines
    high = row * (max(places) + 1)
    block = over + high + UNDER
    height = top + block * blocks
    figure = Figure(figsize=(WIDTH, height))
    figure.text(0.05 / WIDTH, 1 - FACE / height, head, fontsize=SMALL, va="top", linespacing=1.2)
    panels: list[Axes] = []
    for i, title in enumerate(titles):
        down, across = divmod(i, columns)
        x = left + across * (each + APART)
        y = height - top - block * down - over - high
        panel = figure.add_axes((x / WIDTH, y / height, each / WIDTH, high / height))
        panel.grid(False)
        panel.grid(True, axis="x")
        panel.set_title(wrapped(title, each, NORMAL, True), loc="left", pad=4, linespacing=1.1)
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
        panel.set_ylim(max(places) + 0.5, -0.5)
        panel.yaxis.set_visible(False)
        if across == 0:
            _write_names(panel, shown, places, strong)
            _write_heads(panel, names, places, heads, left)
        panels.append(panel)
    setattr(figure, CUTS, [(top + block * i) / height for i in range(1, blocks)])
    return figure, panels


def _write(panel: Axes, x: float, y: float, text: str, points: float, **style: Any) -> None:
    """Write beside a row, `points` to the right of a part x of the width of a panel.

    A tick a row, or an annotation, takes several times as long.
    """
    from matplotlib.transforms import ScaledTranslation

    right = ScaledTranslation(points / 72, 0, panel.figure.dpi_scale_trans)
    panel.text(x, y, text, transform=panel.get_yaxis_transform() + right, fontsize=SMALL, **style)


def _write_names(
    panel: Axes,
    names: Sequence[str],
    places: Sequence[float] | np.ndarray,
    strong: Sequence[bool] | np.ndarray,
) -> None:
    """Write the names of rows at the left of a panel."""
    style: dict[str, Any] = {"ha": "right", "va": "center_baseline", "linespacing": 1.05}
    for name, y, bold in zip(names, places, strong, strict=True):
        if name:
            _write(panel, 0, y, name, -3.5, fontweight="bold" if bold else "normal", **style)


def _write_heads(
    panel: Axes,
    names: Sequence[str],
    places: Sequence[float] | np.ndarray,
    heads: Sequence[bool] | np.ndarray,
    left: float,
) -> None:
    """Write the names of heads from the left edge of a figure on, `left` inches before a panel."""
    for name, y, head in zip(names, places, heads, strict=True):
        if head:
            _write(panel, 0, y, name, 72 * (0.05 - left), va="center", fontweight="bold")


def set_scale(panels: list[Axes], values: Iterable[float], numbers: Iterable[str]) -> None:
    """Give all panels one scale for the values and zero, with room for numbers at the right."""
    room = _room(numbers)
    width = panels[0].get_position().width * WIDTH
    known = np.array([value for value in values if not np.isnan(value)] + [0.0])
    low, high = float(known.min()), float(known.max())
    span = (high - low) or 1.0
    low, high = low - 0.03 * span, high + 0.03 * span
    share = 1 - room / width
    abreast = len({panel.get_position().x0 for panel in panels}) > 1
    ticks, names = _ticks(low, high, width * share, out=0.12 if abreast else 0.3)
    for panel in panels:
        panel.axvline(0, color=GREY, linewidth=0.9, zorder=1)
        panel.set_xlim(low, low + (high - low) / share)
        panel.set_xticks(ticks, names)


def _room(numbers: Iterable[str]) -> float:
    """Return the inches that numbers at the right of rows take."""
    return max((inches(text, SMALL, True) for text in numbers), default=0.0) + 0.08


def _ticks(low: float, high: float, width: float, out: float) -> tuple[list[float], list[str]]:
    """Return ticks, zero among them, as close as their labels have room for; and the labels.

    out: inches that a label at the left end may reach over it; beside is another panel, or nothing.
    """
    power = np.floor(np.log10(high - low)) - 2
    for step in (digit * 10.0 ** (power + i) for i in range(5) for digit in (1, 2, 5)):
        if width * step / (high - low) <= 0.1:
            continue
        ticks = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
        labels = [(float(tick), f"{tick + 0:,.10g}".replace("-", "\u2212")) for tick in ticks]
        placed = [
            ((tick - low) / (high - low) * width, inches(name) / 2, tick, name)
            for tick, name in labels
        ]
        inside = [one for one in placed if one[0] - one[1] > -out]
        if all(b[0] - b[1] - a[0] - a[1] > 0.07 for a, b in pairwise(inside)):
            break
    return [one[2] for one in inside], [one[3] for one in inside]


def write_right(panel: Axes, y: float, text: str, **style: Any) -> None:
    """Write a number at the right of a row of a panel."""
    look: dict[str, Any] = {"color": GREY, "ha": "right", "va": "center", "linespacing": 1.1}
    _write(panel, 1, y, text, -1, **(look | style))


def with_n(title: str, sizes: pd.Series) -> str:
    """Return the title of a panel with the people behind its numbers, where they are known."""
    known = sizes.dropna().astype(int)
    return f"{title} (n = {between(known.min(), known.max())})" if len(known) else title


def said_p(printed: str) -> str:
    """Return a printed p-value as it stands beside a row: p = 0.030, p < 0.001."""
    return f"p < {printed[1:]}" if printed.startswith("<") else f"p = {printed}"


def draw_intervals(
    panel: Axes, places: Sequence[float], ends: Sequence[Sequence[float]], colour: str
) -> None:
    """Draw horizontal intervals at once, (lows, highs); a line each takes ten times as long."""
    lows, highs = ends
    panel.hlines(places, lows, highs, colors=colour, linewidth=1.3, capstyle="projecting", zorder=2)
