"""Boxes and arrows, from declared nodes and edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...config.base import Section, suggest
from ...config.exhibits import FigureExhibit
from ...disclosed import Class
from ...lazy import np, pd
from ..cells import as_frame, text_cell
from ..style import BLUE, GREY, SMALL, WIDTH, new_figure, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..data import Data


class Node(Section):
    """A box of a diagram."""

    text: str = Field(description="Text in the box.")
    at: tuple[float, float] = Field(description="Column and row, from the upper left.")


class Diagram(FigureExhibit):
    """Boxes and arrows, from declared nodes and edges."""

    kind: Literal["diagram"]
    disclosure: ClassVar[Class | None] = "no data"
    declared: ClassVar[bool] = True
    nodes: dict[str, Node] = Field(min_length=1, description="Boxes by name.")
    edges: list[tuple[str, str]] = Field(description="Arrows: from a box to a box.")

    @model_validator(mode="after")
    def _edges_join_nodes(self) -> Self:
        for name in {name for edge in self.edges for name in edge}:
            if name not in self.nodes:
                raise ValueError(f"edges name an unknown node '{name}'{suggest(name, self.nodes)}")
        return self

    def cells(self, data: Data) -> pd.DataFrame:
        """Texts of the boxes (panel node) and the arrows between them (panel edge)."""
        cells = [
            text_cell("node", name, "text", "text", node.text) for name, node in self.nodes.items()
        ]
        cells += [
            text_cell("edge", start, end, "arrow", f"{start} to {end}") for start, end in self.edges
        ]
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Boxes on a grid, arrows between their edges."""

        from matplotlib.patches import FancyBboxPatch

        places = np.array([node.at for node in self.nodes.values()])
        columns, rows = places.max(axis=0) + 1
        room = 0.84 * (WIDTH - 0.1) / columns - 0.12
        texts = {name: wrapped(node.text, room) for name, node in self.nodes.items()}
        lines = max(text.count("\n") for text in texts.values()) + 1
        figure, axes = new_figure(height=0.1 + rows * (0.135 * lines + 0.5), grid="x")
        axes.set_axis_off()
        axes.set_xlim(-0.5, columns - 0.5)
        axes.set_ylim(rows - 0.5, -0.5)
        boxes = {}
        for name, node in self.nodes.items():
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
            axes.text(x, y, texts[name], ha="center", va="center", fontsize=SMALL)
        for start, end in self.edges:
            axes.annotate(
                "",
                xy=self.nodes[end].at,
                xytext=self.nodes[start].at,
                arrowprops={
                    "arrowstyle": "-|>",
                    "color": GREY,
                    "patchA": boxes[start],
                    "patchB": boxes[end],
                    "shrinkA": 0,
                    "shrinkB": 0,
                },
            )
        said = {name: node.text for name, node in self.nodes.items()}
        arrows = "; ".join(f"{said[start]} leads to {said[end]}" for start, end in self.edges)
        return figure, f"{arrows}. Diagram of {len(said)} boxes."
