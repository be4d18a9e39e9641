"""Figures of the design, drawn from declared events, nodes and edges."""

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from ...config.exhibit_kinds import drawings as kinds
from ..cells import as_frame, cell
from ..data import Data
from .style import BLUE, GREY, ORANGE, new_figure


def _text(panel: str, row: str, column: str, statistic: str, printed: str) -> dict:
    return cell(panel, row, column, statistic, np.nan, printed, "", pd.NA)


def time_line_cells(spec: kinds.TimeLine, data: Data) -> pd.DataFrame:
    """Dates; panel event or period, row label, column start or end."""
    cells = []
    for event in spec.events:
        panel = "period" if event.end else "event"
        cells.append(_text(panel, event.label, "start", "date", event.start))
        if event.end:
            cells.append(_text(panel, event.label, "end", "date", event.end))
    return as_frame(cells)


def draw_time_line(cells: pd.DataFrame, spec: kinds.TimeLine, data: Data) -> tuple[Figure, str]:
    """One row an event: a diamond on its day, a bar over a period."""
    rows = list(dict.fromkeys(cells["row"]))
    figure, axes = new_figure(height=0.9 + 0.26 * len(rows), grid="x")
    parts = []
    for y, row in enumerate(rows):
        part = cells[cells["row"] == row].set_index("column")["printed"]
        start = date2num(pd.Timestamp(part["start"]))
        if "end" in part:
            width = date2num(pd.Timestamp(part["end"])) - start
            axes.barh(y, width, left=start, height=0.55, color=BLUE)
            parts.append(f"{row} {part['start']} to {part['end']}")
        else:
            axes.plot(start, y, marker="D", color=ORANGE, markersize=6)
            parts.append(f"{row} {part['start']}")
    axes.xaxis_date()
    axes.set_yticks(range(len(rows)), rows, fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    return figure, "Time line. " + "; ".join(parts) + "."


def diagram_cells(spec: kinds.Diagram, data: Data) -> pd.DataFrame:
    """Texts of the boxes (panel node) and the arrows between them (panel edge)."""
    cells = [_text("node", name, "text", "text", node.text) for name, node in spec.nodes.items()]
    cells += [_text("edge", start, end, "arrow", f"{start} to {end}") for start, end in spec.edges]
    return as_frame(cells)


def draw_diagram(cells: pd.DataFrame, spec: kinds.Diagram, data: Data) -> tuple[Figure, str]:
    """Boxes on a grid, arrows between their edges."""
    places = np.array([node.at for node in spec.nodes.values()])
    columns, rows = places.max(axis=0) + 1
    figure, axes = new_figure(height=0.4 + 0.95 * rows, grid="x")
    axes.set_axis_off()
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    letters = int(72 / columns)
    boxes = {}
    for name, node in spec.nodes.items():
        x, y = node.at
        boxes[name] = FancyBboxPatch(
            (x - 0.42, y - 0.32),
            0.84,
            0.64,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor="#F2F2F2",
            edgecolor=BLUE,
        )
        axes.add_patch(boxes[name])
        axes.text(x, y, fill(node.text, letters), ha="center", va="center", fontsize=8)
    for start, end in spec.edges:
        axes.annotate(
            "",
            xy=spec.nodes[end].at,
            xytext=spec.nodes[start].at,
            arrowprops={
                "arrowstyle": "-|>",
                "color": GREY,
                "patchA": boxes[start],
                "patchB": boxes[end],
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
    texts = {name: node.text for name, node in spec.nodes.items()}
    arrows = "; ".join(f"{texts[start]} leads to {texts[end]}" for start, end in spec.edges)
    return figure, f"Diagram of {len(texts)} boxes. {arrows}."


DRAWINGS = {
    "time_line": (time_line_cells, draw_time_line),
    "diagram": (diagram_cells, draw_diagram),
}
