"""CONSORT flow of one group: randomised, allocated, and who is analysed and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...arms import CODES, TREATMENT_FIRST, in_arm
from ...config.exhibits import FigureExhibit, GroupName
from ...config.refs import Ref
from ...disclosed import Class, Counts, Sum, key
from ...lazy import pd
from ..boxes import Box
from ..cells import as_frame, cell, source_of
from ..formats import grouped
from ..style import BLUE, GREY, SMALL, WIDTH, inches, new_figure, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

ENROLMENT = "enrolment"
GAP = 0.2
BAND, INDENT, BETWEEN, LEFT = 0.3, 0.22, 0.1, 0.42
MIDDLE = (LEFT + WIDTH) / 2
SIDES = {"treatment": (LEFT, MIDDLE - BETWEEN / 2), "control": (MIDDLE + BETWEEN / 2, WIDTH - 0.02)}
NOT_KNOWN = "Assessed for eligibility: not in the data of the trial"


class FlowDiagram(FigureExhibit):
    """CONSORT flow of one group: randomised, allocated, and who is analysed and why not.

    Reads outcomes/samples.csv: people by sample, trial group, arm and step.
    """

    kind: Literal["flow_diagram"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("samples",)
    group: GroupName = Field(description="Analysis group of trial.yaml.")
    samples: dict[Annotated[str, Ref("samples")], str] = Field(
        min_length=1, description="Sample of outcomes.yaml -> printed name, in order."
    )
    screening: Annotated[str, Ref("samples")] | None = Field(
        None,
        description="Sample whose steps come before randomisation: those assessed, why others "
        "were excluded.",
    )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People of a sample, those who leave it at a step, and everybody randomised."""
        if self.screening and "trial_group=" not in cell.source:
            reason = "Who was screened out is not tied to who was randomised."
            return Counts("frequencies", undeclared=reason)
        groups = config.trial.groups[self.group].trial_groups
        people = key(groups, CODES.get(cell.column))
        if cell.panel == ENROLMENT:
            return Counts("frequencies", "count", people)
        analysed = {f"sample_{cell.panel}": "1"}
        left = {f"excluded_{cell.panel}": cell.row}
        return Counts(
            "frequencies", "count", people.met(analysed if cell.row == "analysed" else left)
        )

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Who was randomised is in a sample or leaves it at a step."""
        found: list[Sum] = []
        steps = cells[cells["panel"] != ENROLMENT]
        for _, part in steps.groupby(["panel", "column"], sort=False):
            keys = [self.counts(c, config).people for c in part.itertuples()]
            whole = key(
                config.trial.groups[self.group].trial_groups, CODES.get(part["column"].iloc[0])
            )
            found.append((whole, [k for k in keys if k]))
        return found

    def cells(self, data: Data) -> pd.DataFrame:
        """People at each step; panel enrolment or sample, row step or reason, column arm or all."""
        flow, cells = data.table("samples"), []
        if self.screening:
            cells += _screening(flow[flow["sample"] == self.screening])
        inside = data.config.trial.groups[self.group].trial_groups
        flow = flow[flow["trial_group"].isin(inside)]
        first = flow[flow["sample"] == next(iter(self.samples))]
        keys = {"sample": next(iter(self.samples)), "trial_group": inside}
        source = source_of("samples", **keys, step=0)
        cells += [
            _count(ENROLMENT, "randomised", "all", first.loc[first["step"] == 0, "people"], source)
        ]
        for arm in TREATMENT_FIRST:
            arm_flow = first[in_arm(first, arm) & (first["step"] == 0)]
            source = source_of("samples", **keys, arm=CODES[arm], step=0)
            cells.append(_count(ENROLMENT, "allocated", arm, arm_flow["people"], source))
        for sample in self.samples:
            for arm in TREATMENT_FIRST:
                arm_flow = flow[(flow["sample"] == sample) & in_arm(flow, arm)]
                last = arm_flow["step"].max()
                for step, part in arm_flow[arm_flow["step"] > 0].groupby("step"):
                    row = "analysed" if step == last else part["reason"].iloc[0]
                    source = source_of(
                        "samples", sample=sample, trial_group=inside, arm=CODES[arm], step=step
                    )
                    cells.append(_count(sample, row, arm, part["people"], source))
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Enrolment on top, a column an arm, and in it a box a sample, beside its like."""
        counts = cells.set_index(["panel", "row", "column"])["printed"]
        boxes: list[Box] = []
        arrows: list[tuple[Box, Box]] = []
        bands, y = [], 0.05
        y = _enrolment(cells, counts, boxes, arrows, y)
        bands.append(("Enrolment", 0.05, y))
        top = y + GAP
        heads = {}
        for arm, (left, right) in SIDES.items():
            n = counts[(ENROLMENT, "allocated", arm)]
            heads[arm] = Box(left, right, top, [f"Allocated to {arm}", f"(n = {n})"], strong=2)
        boxes += heads.values()
        bands.append(("Allocation", top, heads["control"].bottom))
        randomised = boxes[-3]
        y = start = heads["control"].bottom + GAP
        stems = []
        for sample, name in self.samples.items():
            out, analysed = _sample_boxes(cells, sample, name, y)
            boxes += [*out, *analysed]
            stems.append((out[0].top + out[0].bottom) / 2)
            stems.append((analysed[0].top + analysed[0].bottom) / 2)
            y = analysed[0].bottom + 0.14
        bands.append(("Follow-up and analysis", start, y - 0.14))
        figure, axes = new_figure(height=y + 0.3)
        axes.set_axis_off()
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(y, -0.05)
        _draw_lines(axes, randomised, heads, stems, arrows)
        for box in boxes:
            _draw_box(axes, box)
        for text, low, high in bands:
            _draw_band(axes, text, low, high)
        return figure, _described(counts, self, data)


def _screening(flow: pd.DataFrame) -> list[dict]:
    """Return those assessed and why others were excluded, whatever their group."""
    last = flow["step"].max()
    cells = []
    for step, part in flow[flow["step"] < last].groupby("step"):
        row = "assessed" if step == 0 else part["reason"].iloc[0]
        source = source_of("samples", sample=part["sample"].iloc[0], step=step)
        cells.append(_count(ENROLMENT, row, "all", part["people"], source))
    return cells


def _count(panel: str, row: str, column: str, people: pd.Series, source: str) -> dict[str, Any]:
    n = int(people.sum())
    return cell(panel, row, column, "count", n, grouped(n), "people", n, source=source)


def _enrolment(
    cells: pd.DataFrame,
    counts: pd.Series,
    boxes: list[Box],
    arrows: list[tuple[Box, Box]],
    y: float,
) -> float:
    """Add the boxes of enrolment; returns their lower edge."""
    n = counts[(ENROLMENT, "randomised", "all")]
    enrolment_cells = cells[(cells["panel"] == ENROLMENT) & (cells["column"] == "all")]
    reasons = enrolment_cells[~enrolment_cells["row"].isin(["assessed", "randomised"])]
    if (enrolment_cells["row"] == "assessed").any():
        total = counts[(ENROLMENT, "assessed", "all")]
        assessed = Box(
            MIDDLE - 1.6, MIDDLE + 1.6, y, [f"Assessed for eligibility, all groups (n = {total})"]
        )
        left, right = MIDDLE + 0.3, SIDES["control"][1]
        out = [f"Not randomised (n = {_total(reasons)})"]
        for line in reasons.itertuples():
            out += _reason(line.row, line.printed, right - left)
        excluded = Box(left, right, assessed.bottom + 0.12, out)
        boxes += [assessed, excluded]
        arrows.append((assessed, excluded))
        y = excluded.bottom + 0.12
    else:
        # Who was assessed and left is part of the flow, and is said where nobody knows it.
        assessed = Box(MIDDLE - 1.75, MIDDLE + 1.75, y, [NOT_KNOWN], strong=0)
        boxes.append(assessed)
        y = assessed.bottom + GAP
    boxes.append(Box(MIDDLE - 1.3, MIDDLE + 1.3, y, [f"Randomised in this group (n = {n})"]))
    arrows.append((assessed, boxes[-1]))
    return boxes[-1].bottom


def _reason(reason: str, n: str, width: float) -> list[str]:
    """Return a reason and its count in lines; the count never stands in a line alone."""
    text = wrapped(f"{reason}:\u00a0{n}", width - 0.42).replace("\u00a0", " ")
    lines = text.split("\n")
    return [f"  {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _name(text: str, width: float) -> list[str]:
    """Return the name of a box of so many inches in lines."""
    return wrapped(text, width - 0.2, SMALL, bold=True).split("\n")


def _sample_boxes(
    cells: pd.DataFrame, sample: str, name: str, y: float
) -> tuple[list[Box], list[Box]]:
    """Return boxes of one sample, one an arm: who is not in it and why, and who is analysed."""
    sample_cells = cells[cells["panel"] == sample]
    # A reason that applies to nobody in either arm says nothing.
    reasons = [
        row
        for row in dict.fromkeys(sample_cells["row"])
        if row != "analysed" and (sample_cells.loc[sample_cells["row"] == row, "value"] != 0).any()
    ]
    out, analysed = [], []
    for arm, (left, right) in SIDES.items():
        arm_cells = sample_cells[sample_cells["column"] == arm].set_index("row")
        n = arm_cells["printed"]
        names = _name(name, right - left - INDENT)
        lines = [*names, f"Not included (n = {_total(arm_cells.loc[reasons])})"]
        for reason in reasons:
            lines += _reason(reason, n[reason], right - left - INDENT)
        out.append(Box(left + INDENT, right, y, lines, strong=len(names)))
        analysed.append(Box(left + INDENT, right, y, [f"Analysed (n = {n['analysed']})"]))
    longest = max(len(box.lines) for box in out)
    for box, last in zip(out, analysed, strict=True):
        box.lines += [""] * (longest - len(box.lines))
        last.top = box.bottom + 0.06
    return out, analysed


def _total(reasons: pd.DataFrame) -> str:
    """Return the sum over reasons; one of them withheld withholds it, which would give it away."""
    return grouped(reasons["value"].sum(skipna=False))


def _draw_box(axes: Axes, box: Box) -> None:
    box.frame(axes)
    centred = len(box.lines) in (1, box.strong)
    for i, line in enumerate(box.lines):
        axes.text(
            box.middle if centred else box.left + 0.08,
            box.middle_of(i),
            line.replace("    ", "\u2003\u2003").replace("  ", "\u2003"),
            ha="center" if centred else "left",
            va="center",
            fontsize=SMALL,
            fontweight="bold" if i < box.strong else "normal",
        )


def _draw_lines(
    axes: Axes,
    randomised: Box,
    heads: dict[str, Box],
    stems: list[float],
    arrows: list[tuple[Box, Box]],
) -> None:
    """Randomised to each arm; down the side of each arm a stem, with an arrow to each sample."""
    style = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 0, "shrinkB": 0, "linewidth": 0.9}

    def arrow(start: tuple[float, float], end: tuple[float, float]) -> None:
        axes.annotate("", xy=end, xytext=start, arrowprops=style)

    fork = (randomised.bottom + heads["control"].top) / 2
    axes.plot([randomised.middle] * 2, [randomised.bottom, fork], color=GREY, linewidth=0.9)
    ends = [head.middle for head in heads.values()]
    axes.plot(ends, [fork, fork], color=GREY, linewidth=0.9)
    for head in heads.values():
        arrow((head.middle, fork), (head.middle, head.top))
        x = head.left + 0.1
        axes.plot([x, x], [head.bottom, stems[-1]], color=GREY, linewidth=0.9)
        for y in stems:
            arrow((x, y), (head.left + INDENT, y))
    for first, second in arrows:
        x = first.middle
        if second.top < randomised.top:
            y = (second.top + second.bottom) / 2
            arrow((x, y), (second.left, y))
        else:
            arrow((x, first.bottom), (x, second.top))


def _draw_band(axes: Axes, text: str, low: float, high: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    # A band that is lower than its name is long says nothing that its boxes do not say.
    if inches(text, SMALL) > high - low:
        return
    axes.add_patch(
        FancyBboxPatch(
            (0.02, low),
            BAND,
            high - low,
            boxstyle="round,pad=0,rounding_size=0.04",
            facecolor=BLUE,
            edgecolor=BLUE,
        )
    )
    axes.text(
        0.02 + BAND / 2,
        (low + high) / 2,
        text,
        rotation=90,
        ha="center",
        va="center",
        color="white",
        fontsize=SMALL,
    )


def _described(counts: pd.Series, spec: FlowDiagram, data: Data) -> str:
    """Return the text alternative: everybody randomised, and those analysed by arm."""
    parts = [
        f"{name}, {counts[(sample, 'analysed', 'treatment')]} of treatment and "
        f"{counts[(sample, 'analysed', 'control')]} of control analysed"
        for sample, name in spec.samples.items()
    ]
    n = {arm: counts[(ENROLMENT, "allocated", arm)] for arm in TREATMENT_FIRST}
    everybody = counts[(ENROLMENT, "randomised", "all")]
    return (
        f"{data.label(spec.group)}: {everybody} randomised, {n['treatment']} to treatment and "
        f"{n['control']} to control. {'; '.join(parts)}. Flow diagram."
    )
