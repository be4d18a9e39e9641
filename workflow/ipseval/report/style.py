"""The look of figures: Analysis Function colours, grid on one axis, text kept as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..lazy import np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Government Analysis Function palette; hatches and markers repeat what colours say.
COLOURS = ["#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"]
HATCHES = ["", "///", "...", "xx", "\\\\\\", "++"]
BLUE, ORANGE, GREY = "#12436D", "#F46A25", "#595959"

SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#D9D9D9",
    "grid.linewidth": 0.6,
    "hatch.color": "white",
    "hatch.linewidth": 0.6,
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
    width: float = 7,
) -> tuple[Figure, Any]:
    """Return (figure, axes), sizes in inches; `grid` is the axis that carries grid lines.

    axes: Axes, or an array of them where there are several.
    """
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update(SETTINGS)
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, sharey=share_y)
    for panel in [axes] if rows * columns == 1 else axes.ravel():
        panel.grid(False)
        panel.grid(True, axis=grid)
    return figure, axes


def new_grid(groups: int, row_height: float) -> tuple[Figure, list[Axes]]:
    """Return (figure, panels): a panel a group in one row, of more than four in two."""
    rows = 1 if groups <= 4 else 2
    columns = -(-groups // rows)
    figure, axes = new_figure(
        height=row_height * rows + 0.3, rows=rows, columns=columns, share_y=True, width=10
    )
    panels = list(np.ravel(axes))
    for spare in panels[groups:]:
        spare.set_axis_off()
    return figure, panels[:groups]


def mark_face(figure: Figure, text: str) -> None:
    """Say on the face of a figure that its people do not exist, or may not be shown."""
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0, 0, 1, 0.96))
    figure.text(0.995, 0.995, text, ha="right", va="top", fontsize=7, color="#801650")


def lay_out(figure: Figure) -> None:
    """Make the layout of a finished figure, once for all files that it is saved in."""
    engine: Any = figure.get_layout_engine()
    engine.execute(figure)
    figure.set_layout_engine(None)


def write_right(axes: Axes, y: float, text: str) -> None:
    """Write the numbers of a line of a forest plot to the right of the axes."""
    axes.annotate(
        text,
        (1, y),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        fontsize=8,
        va="center",
        annotation_clip=False,
    )
