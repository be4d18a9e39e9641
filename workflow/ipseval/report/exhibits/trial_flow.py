"""CONSORT flow of a trial of any number of arms: from the rows of the data to those analysed."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FigureExhibit
from ...config.names import BEFORE
from ...config.refs import Place, Ref
from ...disclosed import Class, Counts, Sum
from ...disclosed_estimates import selected
from ...lazy import pd
from ..boxes import Box
from ..by_arm import arms_of, codes_of, source_by_arm
from ..cells import as_frame, cell, source_of
from ..formats import grouped
from ..style import GREY, new_figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

ENROLMENT, ALLOCATION = "enrolment", "allocation"
LINE, GAP = 0.15, 0.22
ARM_WIDTH, BETWEEN, LETTERS = 3.1, 0.2, 40


class TrialFlow(FigureExhibit):
    """Flow of people by arm: rows never randomised, allocated, treated, lost and analysed.

    Reasons why somebody is not in a sample stand in a box at the side of the arm, each with its
    number. They are the steps of the samples of outcomes.yaml, and of person.never_randomised.
    """

    kind: Literal["trial_flow"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people", "samples")
    many_arms: ClassVar[bool] = True
    received: Annotated[str, Ref("derived")] | None = Field(
        None, description="Outcome that is 1 for those who received what they were allocated to."
    )
    samples: dict[Annotated[str, Ref("samples")], str] = Field(
        min_length=1, description="Sample of outcomes.yaml -> printed name, in order."
    )

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """What was received is yes or no."""
        yield from super().problems(place)
        unit = place.config.outcomes.units.get(self.received or "")
        if unit not in (None, "proportion"):
            yield (
                "received",
                f"'{self.received}' has the unit {unit}; it is yes or no of each person",
            )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People allocated, treated, leaving a sample or analysed."""
        if cell.source.startswith("outcomes/samples"):
            return Counts(
                "frequencies", undeclared="Who was never randomised is in no other result."
            )
        people = selected(cell.source)
        if cell.row == "received":
            people = people.met({str(self.received): "1"})
        elif cell.row == "analysed":
            people = people.met({f"sample_{cell.panel}": "1"})
        elif cell.panel in self.samples:
            people = people.met({f"excluded_{cell.panel}": cell.row})
        return Counts("frequencies", "count", people)

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Who was allocated to an arm is in a sample or leaves it at a step."""
        found: list[Sum] = []
        for _, part in cells[cells["panel"].isin(self.samples)].groupby(
            ["panel", "column"], sort=False
        ):
            keys = [self.counts(line, config).people for line in part.itertuples()]
            whole = selected(source_by_arm(codes_of(config)[part["column"].iloc[0]]))
            found.append((whole, [key for key in keys if key]))
        return found

    def cells(self, data: Data) -> pd.DataFrame:
        """Panel enrolment, allocation or sample, row step or reason, column arm or all."""
        people, flow, cells = data.people, data.table("samples"), []
        before = flow[flow["sample"] == BEFORE]
        for line in before.itertuples():
            row = "assessed" if line.step == 0 else line.reason
            if line.step != before["step"].max():
                source = source_of("samples", sample=BEFORE, step=line.step)
                cells.append(_count(ENROLMENT, row, "all", int(line.people), source))
        cells.append(_count(ENROLMENT, "randomised", "all", len(people), source_by_arm(None)))
        for arm, code in codes_of(data.config).items():
            inside = arms_of(data)[arm][1]
            source = source_by_arm(code)
            cells.append(_count(ALLOCATION, "allocated", arm, int(inside.sum()), source))
            if self.received:
                n = int((people.loc[inside, self.received] == 1).sum())
                at = source_by_arm(code, self.received)
                cells.append(_count(ALLOCATION, "received", arm, n, at))
        for sample in self.samples:
            steps = data.config.outcomes.samples[sample].steps
            for arm, code in codes_of(data.config).items():
                inside = arms_of(data)[arm][1]
                own = people.loc[inside]
                for step in steps:
                    n = int((own[f"excluded_{sample}"] == step.reason).sum())
                    cells.append(_count(sample, step.reason, arm, n, source_by_arm(code)))
                n = int((own[f"sample_{sample}"] == 1).sum())
                cells.append(_count(sample, "analysed", arm, n, source_by_arm(code)))
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Enrolment on top with a box at its side, and a column an arm."""
        role = data.config.trial.person.arm
        arms = list(codes_of(data.config))
        text = cells.set_index(["panel", "row", "column"])["printed"]
        width = max(8.5, len(arms) * (ARM_WIDTH + BETWEEN) + 0.4)
        boxes: list[FlowBox] = []
        lines: list[tuple[float, float, float, float]] = []
        y = _enrolment(cells, text, boxes, lines, width)
        fork = y + GAP / 2
        top = y + GAP
        lines.append((width / 2, y, width / 2, fork))
        left = (width - len(arms) * (ARM_WIDTH + BETWEEN) + BETWEEN) / 2
        middles, bottoms = [], [top]
        for place, arm in enumerate(arms):
            start = left + place * (ARM_WIDTH + BETWEEN)
            middle = start + 0.45
            middles.append(start + ARM_WIDTH / 2)
            head = wrap(f"Allocated to {role.label(arm)}", 38)
            head.append(f"n = {text[(ALLOCATION, 'allocated', arm)]}")
            if self.received:
                head.append(f"Received it: n = {text[(ALLOCATION, 'received', arm)]}")
            box = FlowBox(start, start + ARM_WIDTH, top, head)
            boxes.append(box)
            lines.append((start + ARM_WIDTH / 2, fork, start + ARM_WIDTH / 2, top))
            end = box.bottom
            for sample, name in self.samples.items():
                own = cells[(cells["panel"] == sample) & (cells["column"] == arm)]
                reasons = own[(own["row"] != "analysed") & (own["value"] != 0)]
                if len(reasons):
                    said = [f"Not analysed: n = {grouped(reasons['value'].sum(skipna=False))}"]
                    for line in reasons.itertuples():
                        said += wrap(f"{line.row}: {line.printed}", LETTERS - 6)
                    side = FlowBox(start + 0.9, start + ARM_WIDTH, end + GAP / 2, said)
                    boxes.append(side)
                    mid = (side.top + side.bottom) / 2
                    lines.append((middle, mid, side.left, mid))
                    below = side.bottom + GAP / 2
                else:
                    below = end + GAP
                said = [*wrap(name, LETTERS), f"n = {text[(sample, 'analysed', arm)]}"]
                main = FlowBox(start, start + ARM_WIDTH, below, said)
                boxes.append(main)
                lines.append((middle, end, middle, main.top))
                end = main.bottom
            bottoms.append(end)
        lines.append((min(middles), fork, max(middles), fork))
        height = max(bottoms) + 0.1
        figure, axes = new_figure(height=height, width=width)
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, -0.05)
        for x, start_y, x_end, end_y in lines:
            axes.plot([x, x_end], [start_y, end_y], color=GREY, linewidth=0.9, zorder=1)
        for box in boxes:
            _draw_box(axes, box)
        return figure, self._described(text, role.label, arms)

    def _described(self, text: pd.Series, label: Any, arms: list[str]) -> str:
        parts = []
        for arm in arms:
            analysed = ", ".join(
                f"{text[(sample, 'analysed', arm)]} in {name}"
                for sample, name in self.samples.items()
            )
            parts.append(f"{text[(ALLOCATION, 'allocated', arm)]} to {label(arm)} ({analysed})")
        n = text[(ENROLMENT, "randomised", "all")]
        return f"Flow diagram: {n} randomised, {'; '.join(parts)}."


def _count(panel: str, row: str, column: str, n: int, source: str) -> dict[str, Any]:
    return cell(panel, row, column, "count", n, grouped(n), "people", n, source=source)


@dataclass
class FlowBox(Box):
    """A box of this flow."""

    line: float = LINE


def _enrolment(
    cells: pd.DataFrame,
    text: pd.Series,
    boxes: list[FlowBox],
    lines: list[tuple[float, float, float, float]],
    width: float,
) -> float:
    """Add the boxes of enrolment; returns their lower edge."""
    middle, y = width / 2, 0.05
    own = cells[(cells["panel"] == ENROLMENT) & ~cells["row"].isin(["assessed", "randomised"])]
    if len(own):
        first = FlowBox(middle - 1.5, middle + 1.5, y, ["Rows of the data"])
        first.lines.append(f"n = {text[(ENROLMENT, 'assessed', 'all')]}")
        said = [f"Never randomised: n = {grouped(own['value'].sum(skipna=False))}"]
        for line in own.itertuples():
            said += wrap(f"{line.row}: {line.printed}", LETTERS - 4)
        side = FlowBox(
            middle + 0.4, min(middle + 0.4 + ARM_WIDTH, width - 0.05), first.bottom + 0.1, said
        )
        boxes += [first, side]
        mid = (side.top + side.bottom) / 2
        y = side.bottom + 0.1
        lines += [(middle, first.bottom, middle, y), (middle, mid, side.left, mid)]
    last = FlowBox(middle - 1.5, middle + 1.5, y, ["Randomised"])
    last.lines.append(f"n = {text[(ENROLMENT, 'randomised', 'all')]}")
    boxes.append(last)
    return last.bottom


def _draw_box(axes: Axes, box: FlowBox) -> None:
    box.frame(axes, zorder=2)
    for i, line in enumerate(box.lines):
        axes.text(
            box.left + 0.1,
            box.middle_of(i),
            line,
            ha="left",
            va="center",
            fontsize=7.5,
            fontweight="bold" if i == 0 else "normal",
            zorder=3,
        )
