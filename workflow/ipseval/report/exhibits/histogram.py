"""Share of each arm by bins of a column; small counts are not shown."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...arms import CODES, CONTROL_FIRST, in_arm
from ...config.exhibits import FigureExhibit, GroupName, PeopleColumn
from ...disclosed import KNOWN, Class, Counts, Key, Sum
from ...disclosed_estimates import selected
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, round_half_up
from ..groups import members_of_group, trial_groups_of
from ..style import BLUE, ORANGE, SMALL, key_above, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

WITHHELD = "c"
LOOKS = {"control": (ORANGE, "///"), "treatment": (BLUE, "")}


class Histogram(FigureExhibit):
    """Share of each arm by bins of a column; small counts are not shown.

    Panel arm, row bin; column share. A bin takes its lower edge in, the last one both edges.
    """

    kind: Literal["histogram"]
    disclosure: ClassVar[Class | None] = "shape"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    column: PeopleColumn = Field(description="Numeric column of people.parquet.")
    group: GroupName | None = Field(None, description="Analysis group; everybody if absent.")
    sample: PeopleColumn | None = Field(
        None, description="0/1 column of people.parquet; everybody if absent."
    )
    edges: list[float] = Field(min_length=3, description="Edges of the bins, ascending.")
    smallest: int = Field(
        10,
        ge=1,
        le=1000,
        description="A bin is shown for both arms only if each has nobody or so many.",
    )
    unit: str = Field(description="Unit, the label of the axis.")

    @model_validator(mode="after")
    def _edges_ascend(self) -> Self:
        if any(a >= b for a, b in pairwise(self.edges)):
            raise ValueError("edges must ascend")
        return self

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People of a bin among those of the arm."""
        among = selected(cell.source).met({self.column: KNOWN})
        return Counts("shape", "share", self._bin(cell.row, among), among)

    def _bin(self, row: str, among: Key) -> Key:
        last = len(self.edges) - 2
        for i, (low, high) in enumerate(pairwise(self.edges)):
            if _name(low, high, i == last) == row:
                closed = "]" if i == last else ")"
                return among.met({self.column: f"[{low:g}, {high:g}{closed}"})
        raise KeyError(row)

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Everybody of an arm is in one of the bins."""
        found = []
        for _, part in cells.groupby("panel", sort=False):
            among = selected(part["source"].iloc[0]).met({self.column: KNOWN})
            found.append((among, [self._bin(row, among) for row in part["row"]]))
        return found

    def cells(self, data: Data) -> pd.DataFrame:
        """Share of an arm in each bin; panel arm, row bin. n is the people of the arm."""
        people = members_of_group(data, self.group, self.sample, self.column)
        if self.sample:
            people = people[people[self.sample] == 1]
        values = {
            arm: people.loc[in_arm(people, arm), self.column].dropna() for arm in CONTROL_FIRST
        }
        counts = {arm: np.histogram(numbers, self.edges)[0] for arm, numbers in values.items()}
        hide = withheld(np.array(list(counts.values())), self.smallest)
        selected: dict[str, object] = {"trial_group": trial_groups_of(data, self.group)}
        if self.sample:
            selected[self.sample] = 1
        cells = []
        for arm, arm_counts in counts.items():
            n, source = (
                int(arm_counts.sum()),
                source_of("people", **selected, arm=CODES[arm], column=self.column),
            )
            for (low, high), count, hidden in zip(
                pairwise(self.edges), arm_counts, hide, strict=True
            ):
                value = np.nan if hidden or not n else 100 * count / n
                text = WITHHELD if np.isnan(value) else round_half_up(value, 1)
                keys = (arm, _name(low, high, high == self.edges[-1]), "share")
                cells.append(cell(*keys, "percent", value, text, "percent", n, source=source))
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Columns of both arms side by side, with their numbers; bins are as wide as each other."""
        figure, axes = new_figure(height=3.4)
        names, text = list(dict.fromkeys(cells["row"])), []
        bins = np.arange(len(names))
        for i, (arm, (colour, hatch)) in enumerate(LOOKS.items()):
            arm_cells = cells[cells["panel"] == arm]
            place = bins + 0.4 * (i - 0.5)
            label = f"{data.label(arm)} (n = {grouped(arm_cells['n'].iloc[0])})"
            shares = arm_cells["value"].fillna(0).to_numpy()
            axes.bar(place, shares, 0.4, color=colour, hatch=hatch, label=label)
            for x, height, printed in zip(place, shares, arm_cells["printed"], strict=True):
                axes.text(x, height, printed, ha="center", va="bottom", fontsize=SMALL)
            top = arm_cells.loc[arm_cells["value"].fillna(-1).idxmax()]
            text.append(f"{data.label(arm)}: most, {top['printed']}%, in {top['row']}")
        hidden = (cells["printed"] == WITHHELD).any()
        axes.set_xticks(bins, names)
        unit = self.unit[:1].upper() + self.unit[1:]
        axes.set_xlabel(unit + (f"; {WITHHELD}: too few people to show" if hidden else ""))
        axes.set_ylabel("Share of the arm, %")
        key_above(figure, *axes.get_legend_handles_labels())
        return figure, f"{'; '.join(text)}. Histogram by arm, {self.unit}."


def withheld(counts: np.ndarray, smallest: int) -> np.ndarray:
    """Return which bins are not shown, from counts (arms x bins).

    A bin is withheld where an arm has someone but fewer than `smallest`. If that is one bin alone,
    the smallest of the others goes with it, so that it cannot be worked out from the rest.
    """
    hide = np.asarray(((counts > 0) & (counts < smallest)).any(axis=0))
    if hide.sum() == 1:
        others = np.where(hide | (counts.sum(axis=0) == 0), np.inf, counts.sum(axis=0))
        hide[np.argmin(others)] = True
    return hide


def _name(low: float, high: float, last: bool) -> str:
    """Return what a bin is called: its whole numbers where its ends are whole, else its ends."""
    if low != int(low) or high != int(high):
        return f"{low:g} to {high:g}"
    top = int(high) if last else int(high) - 1
    return f"{low:g}" if top == low else f"{low:g} to {top}"
