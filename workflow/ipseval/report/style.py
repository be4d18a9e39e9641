"""The look of figures: Analysis Function colours, grid on one axis, text kept as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..lazy import np
from .table_cells import true_minuses

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

# Government Analysis Function palette; hatches and markers repeat what colours say.
COLOURS = ["#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"]
HATCHES = ["", "///", "...", "xx", "\\\\\\", "++"]
BLUE, ORANGE, GREY = "#12436D", "#F46A25", "#595959"

# Inches and points. A figure is drawn once, for a column of text and for a phone: as wide as one,
# 340 pixels, it needs no scrolling, and its smallest letters are 7.5 pixels high.
WIDTH, SMALL, NORMAL = 5.0, 8.0, 9.0
LINE = 0.14  # of small text
# Attribute of a figure: places from the top, as parts of its height, where it may be cut for paper.
CUTS = "cuts"

SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": NORMAL,
    "axes.labelsize": SMALL,
    "axes.titlesize": NORMAL,
    "axes.titleweight": "bold",
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#D9D9D9",
    "grid.linewidth": 0.6,
    "hatch.color": "white",
    "hatch.linewidth": 0.6,
    # Two amounts in dollars are no formula.
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "ipseval",
    # That of the PNG, so that it has the layout that was made for it.
    "figure.dpi": 150,
}


def new_figure(
    height: float,
    rows: int = 1,
    columns: int = 1,
    share_y: bool | Literal["row"] = False,
    grid: str = "y",
    share_x: bool = False,
    width: float = WIDTH,
) -> tuple[Figure, Any]:
    """Return (figure, axes), sizes in inches; `grid` is the axis that carries grid lines.

    A figure that is wider than a column is drawn smaller on the page.
    axes: Axes, or an array of them where there are several.
    """
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(SETTINGS)
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=share_x, sharey=share_y)
    for panel in [axes] if rows * columns == 1 else axes.ravel():
        panel.grid(False)
        panel.grid(True, axis=grid)
    return figure, axes


def new_grid(groups: int, row_height: float, share_x: bool = True) -> tuple[Figure, list[Axes]]:
    """Return (figure, panels): a panel a group, two abreast, which all have the same scales."""
    columns = min(groups, 2)
    rows = -(-groups // columns)
    figure, axes = new_figure(
        height=row_height * rows + 0.4, rows=rows, columns=columns, share_y=True, share_x=share_x
    )
    panels = list(np.ravel(axes))
    for spare in panels[groups:]:
        spare.set_axis_off()
    for panel in panels[groups - columns : groups]:
        # The lowest of each column has the scale, also above a place that is spare.
        panel.tick_params(labelbottom=True)
    return figure, panels[:groups]


def key_above(figure: Figure, handles: list[Any], labels: list[str]) -> None:
    """Set the key of a figure over its panels, beside what stands on its face."""
    each = max(inches(label) for label in labels) + 0.5
    columns = max(1, min(len(labels), int((WIDTH - inches("SYNTHETIC DATA") - 0.1) / each)))
    figure.legend(handles, labels, loc="outside upper left", ncols=columns, borderaxespad=0)


def mark_face(figure: Figure, text: str) -> None:
    """Say on the face of a figure that its people do not exist, or may not be shown."""
    engine: Any = figure.get_layout_engine()
    if engine is not None:
        height = figure.get_figheight()
        engine.set(rect=(0, 0, 1, 1 - 0.18 / height))
    style: dict[str, Any] = {"fontsize": SMALL, "color": "#801650"}
    figure.text(0.995, 1 - 0.04 / figure.get_figheight(), text, ha="right", va="top", **style)


def lay_out(figure: Figure) -> None:
    """Make the layout of a finished figure, once for all files that it is saved in.

    Its texts get true minus signs, which those beside a scale have from `tick`.
    """
    for text in texts_of(figure):
        text.set_text(true_minuses(text.get_text()))
    engine: Any = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def texts_of(artist: Artist) -> Iterator[Text]:
    """Yield the texts of a figure but those of ticks, which drawing sets anew from their scale.

    findobj would make the ticks of every axis for it, minor ones and those of hidden axes too.
    """
    from matplotlib.axis import Axis
    from matplotlib.text import Text

    if isinstance(artist, Text):
        yield artist
    elif isinstance(artist, Axis):
        yield artist.label
    else:
        for part in artist.get_children():
            yield from texts_of(part)


def row_height(names: Sequence[str]) -> float:
    """Return how far apart rows have to be for names of several lines, in inches."""
    lines = [name.count("\n") + 1 for name in names]
    return LINE * max([1, *((a + b) / 2 for a, b in pairwise(lines))]) + 0.05


@cache
def _letters(bold: bool) -> Any:
    import matplotlib
    from matplotlib.ft2font import FT2Font

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = FT2Font(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)))
    font.set_size(100, 72)
    return font


@cache
def _width(line: str, bold: bool) -> float:
    """Return how wide a line is at 100 pt; the same are asked for again and again."""
    font = _letters(bold)
    font.set_text(line, 0)
    return font.get_width_height()[0] / 64


def inches(text: str, size: float = SMALL, bold: bool = False) -> float:
    """Return how wide the longest line of a text is drawn."""
    return max(_width(line, bold) for line in text.split("\n")) * size / 100 / 72


def wrapped(text: str, width: float, size: float = SMALL, bold: bool = False) -> str:
    """Return a text broken between words into lines of at most so many inches."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and inches(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def write_right(axes: Axes, y: float, text: str) -> None:
    """Write the numbers of a line of a forest plot to the right of the axes."""
    axes.annotate(
        text,
        (1, y),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        fontsize=SMALL,
        va="center",
        annotation_clip=False,
    )
