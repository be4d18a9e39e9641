"""Boxes of lines of text, of which flows of participants are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .style import BLUE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAD = 0.07  # inches between the frame of a box and its first and last line


@dataclass
class Box:
    """A box: its edges left, right and on top, and its lines.

    strong: how many of its first lines are bold. line: height of a line, in inches as the edges.
    """

    left: float
    right: float
    top: float
    lines: list[str]
    strong: int = 1
    line: float = 0.145

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + 2 * PAD + self.line * len(self.lines)

    @property
    def middle(self) -> float:
        """Horizontal middle."""
        return (self.left + self.right) / 2

    def middle_of(self, line: int) -> float:
        """Return the vertical middle of a line, counted from 0."""
        return self.top + PAD + self.line * (line + 0.5)

    def frame(self, axes: Axes, zorder: float = 1) -> None:
        """Draw the frame."""
        from matplotlib.patches import FancyBboxPatch

        axes.add_patch(
            FancyBboxPatch(
                (self.left, self.top),
                self.right - self.left,
                self.bottom - self.top,
                boxstyle="round,pad=0,rounding_size=0.04",
                facecolor="#F7F7F7",
                edgecolor=BLUE,
                linewidth=0.9,
                zorder=zorder,
            )
        )
