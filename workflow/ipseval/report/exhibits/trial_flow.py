"""CONSORT flow of a trial of any number of arms: from the rows of the data to those analysed."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
from ..style import GREY, SMALL, WIDTH, new_figure, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

ENROLMENT, ALLOCATION = "enrolment", "allocation"
# Inches. Arms stand abreast as far as their lines have room, others below them.
LINE, GAP, MARGIN = 0.15, 0.22, 0.15
ABREAST, BETWEEN, INDENT, INSIDE = 3, 0.15, 0.35, 0.2


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
        boxes: list[FlowBox] = []
        lines: list[Line] = []
        y = _enrolment(cells, text, boxes, lines)
        for start in range(0, len(arms), ABREAST):
            level = arms[start : start + ABREAST]
            fork, end = y + GAP / 2, y
            # What is below others is reached at the left of them.
            trunk = WIDTH / 2 if start == 0 else MARGIN / 2
            lines.append((trunk, y, trunk, fork))
            wide = (WIDTH - 2 * MARGIN - BETWEEN * (len(level) - 1)) / len(level)
            middles = []
            for place, arm in enumerate(level):
                left = MARGIN + place * (wide + BETWEEN)
                middles.append(left + wide / 2)
                lines.append((left + wide / 2, fork, left + wide / 2, fork + GAP / 2))
                head = [f"Allocated to {role.label(arm)}"]
                head.append(f"n = {text[(ALLOCATION, 'allocated', arm)]}")
                if self.received:
                    head.append(f"Received it: n = {text[(ALLOCATION, 'received', arm)]}")
                top = FlowBox.of(left, left + wide, fork + GAP / 2, head)
                boxes.append(top)
                end = max(end, self._column(cells, text, arm, top, boxes, lines))
            more = start + ABREAST < len(arms)
            ends = [*middles, trunk, *([MARGIN / 2] if more else [])]
            lines.append((min(ends), fork, max(ends), fork))
            if more:
                lines.append((MARGIN / 2, fork, MARGIN / 2, end))
            y = end
        height = y + 0.1
        figure, axes = new_figure(height=height)
        axes.set_axis_off()
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(height, -0.05)
        for x, start_y, x_end, end_y in lines:
            axes.plot([x, x_end], [start_y, end_y], color=GREY, linewidth=0.9, zorder=1)
        for box in boxes:
            _draw_box(axes, box)
        return figure, self._described(text, role.label, arms)

    def _column(
        self,
        cells: pd.DataFrame,
        text: pd.Series,
        arm: str,
        top: FlowBox,
        boxes: list[FlowBox],
        lines: list[Line],
    ) -> float:
        """Add the boxes below that of an arm; returns the lower edge of the last."""
        end, stem = top.bottom, top.left + INDENT / 2
        for sample, name in self.samples.items():
            own = cells[(cells["panel"] == sample) & (cells["column"] == arm)]
            reasons = own[(own["row"] != "analysed") & (own["value"] != 0)]
            below = end + GAP
            if len(reasons):
                said = [f"Not analysed: n = {grouped(reasons['value'].sum(skipna=False))}"]
                said += [f"{line.row}: {line.printed}" for line in reasons.itertuples()]
                side = FlowBox.of(top.left + INDENT, top.right, end + GAP / 2, said)
                boxes.append(side)
                mid = (side.top + side.bottom) / 2
                lines.append((stem, mid, side.left, mid))
                below = side.bottom + GAP / 2
            said = [name, f"n = {text[(sample, 'analysed', arm)]}"]
            main = FlowBox.of(top.left, top.right, below, said)
            boxes.append(main)
            lines.append((stem, end, stem, main.top))
            end = main.bottom
        return end

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
    # Lines of the first text, which is bold.
    heads: int = 1

    @classmethod
    def of(cls, left: float, right: float, top: float, texts: list[str]) -> FlowBox:
        """Return a box of texts, each in as many lines as it needs."""
        broken = [
            wrapped(_TIED.sub("\u00a0", text), right - left - INSIDE, SMALL, i == 0).split("\n")
            for i, text in enumerate(texts)
        ]
        lines = [line for some in broken for line in some]
        return cls(left, right, top, lines, heads=len(broken[0]))


# Spaces within "n = 188" and before the number of a reason.
_TIED = re.compile(r"(?<=\bn) (?==)|(?<==) (?=\d)|(?<=:) (?=[\d,]+$)")
# x and y of one end of a line, then of the other.
Line = tuple[float, float, float, float]


def _enrolment(
    cells: pd.DataFrame, text: pd.Series, boxes: list[FlowBox], lines: list[Line]
) -> float:
    """Add the boxes of enrolment; returns their lower edge."""
    middle, y = WIDTH / 2, 0.05
    own = cells[(cells["panel"] == ENROLMENT) & ~cells["row"].isin(["assessed", "randomised"])]
    if len(own):
        said = ["Rows of the data", f"n = {text[(ENROLMENT, 'assessed', 'all')]}"]
        first = FlowBox.of(middle - 1.5, middle + 1.5, y, said)
        said = [f"Never randomised: n = {grouped(own['value'].sum(skipna=False))}"]
        said += [f"{line.row}: {line.printed}" for line in own.itertuples()]
        side = FlowBox.of(middle + 0.3, WIDTH - MARGIN, first.bottom + 0.1, said)
        boxes += [first, side]
        mid = (side.top + side.bottom) / 2
        y = side.bottom + 0.1
        lines += [(middle, first.bottom, middle, y), (middle, mid, side.left, mid)]
    said = ["Randomised", f"n = {text[(ENROLMENT, 'randomised', 'all')]}"]
    last = FlowBox.of(middle - 1.5, middle + 1.5, y, said)
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
            fontsize=SMALL,
            fontweight="bold" if i < box.heads else "normal",
            zorder=3,
        )
