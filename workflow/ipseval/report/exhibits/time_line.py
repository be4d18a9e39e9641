"""Events and periods against time, from declared dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.base import Section
from ...config.exhibits import FigureExhibit
from ...disclosed import Class
from ...lazy import pd
from ..cells import as_frame, text_cell
from ..style import BLUE, ORANGE, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..data import Data


class Event(Section):
    """A dated event, or a period with an end."""

    label: str = Field(description="Short text.")
    start: str = Field(description="ISO date.")
    end: str | None = Field(None, description="ISO date of the last day of a period.")


class TimeLine(FigureExhibit):
    """Events and periods against time, from declared dates."""

    kind: Literal["time_line"]
    disclosure: ClassVar[Class | None] = "no data"
    declared: ClassVar[bool] = True
    events: list[Event] = Field(min_length=1, description="Events in printed order.")

    def cells(self, data: Data) -> pd.DataFrame:
        """Dates; panel event or period, row label, column start or end."""
        cells = []
        for event in self.events:
            panel = "period" if event.end else "event"
            cells.append(text_cell(panel, event.label, "start", "date", event.start))
            if event.end:
                cells.append(text_cell(panel, event.label, "end", "date", event.end))
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """One row an event: a diamond on its day, a bar over a period."""

        from matplotlib.dates import date2num

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
