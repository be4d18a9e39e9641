"""Events and periods against time, from declared dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.base import Section
from ...config.exhibits import FigureExhibit
from ...disclosed import Class
from ...lazy import pd
from ..cells import as_frame, text_cell
from ..style import BLUE, ORANGE, SMALL, WIDTH, inches, new_figure, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..data import Data

# Inches that time has, beside the names of rows.
ROOM = 3.3


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

        from matplotlib.dates import date2num, num2date

        rows = list(dict.fromkeys(cells["row"]))
        figure, axes = new_figure(height=0.7 + 0.24 * len(rows), grid="x")
        events = cells.pivot(index="row", columns="column", values="printed")
        days = [date2num(pd.Timestamp(day)) for day in cells["printed"]]
        span = (max(days) - min(days)) or 365.0
        parts = []
        for y, row in enumerate(rows):
            part = cells[cells["row"] == row].set_index("column")["printed"]
            start = date2num(pd.Timestamp(part["start"]))
            if "end" in part:
                width = date2num(pd.Timestamp(part["end"])) - start
                axes.barh(y, width, left=start, height=0.55, color=BLUE)
                end, dates = start + width, f"{_month(part['start'])} to {_month(part['end'])}"
                parts.append(f"{row} {part['start']} to {part['end']}")
            else:
                axes.plot(start, y, marker="D", color=ORANGE, markersize=6)
                end, dates = start, _month(part["start"])
                parts.append(f"{row} {part['start']}")
            # In a bar that is long, else behind a mark, or before one that is late.
            inside = inches(dates) + 0.1 < (end - start) / span * ROOM
            late = not inside and (end - min(days)) / span + inches(dates) / ROOM > 1
            axes.annotate(
                dates,
                ((start + end) / 2 if inside else start if late else end, y),
                xytext=(0 if inside else -7 if late else 7, 0),
                textcoords="offset points",
                ha="center" if inside else "right" if late else "left",
                va="center",
                color="white" if inside else "black",
                fontsize=SMALL,
            )
        years = range(pd.Timestamp(min(events["start"])).year, 1 + num2date(max(days)).year)
        ticks = [date2num(pd.Timestamp(year, 1, 1)) for year in years]
        axes.set_xticks(ticks, [str(year) for year in years])
        axes.set_xlim(min(days) - 0.04 * span, max(days) + 0.04 * span)
        names = [wrapped(row, WIDTH - ROOM - 0.3) for row in rows]
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        first, last = _month(min(events["start"])), _month(max(cells["printed"]))
        message = f"{len(rows)} events and periods from {first} to {last}."
        return figure, f"{message} Time line. {'; '.join(parts)}."


def _month(day: str) -> str:
    return pd.Timestamp(day).strftime("%b %Y")
