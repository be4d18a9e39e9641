"""Predicted shares by arm in two subgroups, groups side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...arms import CODES, CONTROL, TREATMENT
from ...config.exhibits import FamilyGroup, FamilyName, FamilyOutcome, FigureExhibit, ModelName
from ...config.refs import Place
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import p_value, round_half_up
from ..sentences.figures import interactions
from ..style import BLUE, ORANGE, SMALL, key_above, new_grid, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

ARMS = {TREATMENT: (BLUE, "o", "-"), CONTROL: (ORANGE, "s", "--")}
APART = 0.06  # of the arms, so that their intervals do not lie on each other


class MarginsPlot(FigureExhibit):
    """Predicted shares by arm in two subgroups, groups side by side.

    Panel analysis group, row level; column treatment, control and the ends of their intervals;
    row `interaction` has the p-value of the product with treatment.
    """

    kind: Literal["margins_plot"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "one_row"
    family: FamilyName = Field(description="Impact family.")
    model: ModelName = Field(description="Logit shown, with an interaction and coefficients.")
    outcome: FamilyOutcome = Field(description="Outcome shown.")
    groups: list[FamilyGroup] = Field(
        default_factory=list, description="Analysis groups; the family's if absent."
    )
    levels: tuple[str, str] = Field(
        description="Printed names of the values 0 and 1 of the interacted column."
    )

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The model has an interaction and coefficients."""
        yield from super().problems(place)
        family = place.config.models.families.get(self.family)
        model = family.models.get(self.model) if family else None
        if model is None:
            return
        if not model.gives_coefficients:
            yield "model", f"model '{self.model}' gives no coefficients"
        if not model.interacts_with:
            yield "model", f"model '{self.model}' has no interaction"

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Predicted shares follow the people of their fit."""
        return of_estimate(cell, config, predicted=True)

    def cells(self, data: Data) -> pd.DataFrame:
        """Predicted share and interval; panel group, row level; p-value of the interaction."""
        family = data.config.models.families[self.family]
        by = family.models[self.model].interacts_with
        lines = data.impact(self.family)
        lines = lines[(lines["model"] == self.model) & (lines["outcome"] == self.outcome)]
        lines = lines.set_index(["group", "term"])
        cells = []
        for group in self.groups or family.groups:
            n = lines.loc[(group, "arm"), "n"]
            for value, level in enumerate(self.levels):
                for arm in ARMS:
                    term = f"margin arm={CODES[arm]}, {by}={value}"
                    line, source = lines.loc[(group, term)], self._source(group, term)
                    for end, share in (("", "estimate"), ("_low", "ci_low"), ("_high", "ci_high")):
                        percent = 100 * line[share]
                        text = f"{round_half_up(percent, 1)}%"
                        keys = (group, level, f"{arm}{end}", "percent")
                        cells.append(cell(*keys, percent, text, "percent", n, source=source))
            term = f"log odds arm:{by}"
            # A product that predicts perfectly is not in the model, and is not tested.
            there = (group, term) in lines.index
            p = lines.loc[(group, term), "p_value"] if there else np.nan
            source = self._source(group, term if there else "arm")
            cells.append(
                cell(
                    group, "interaction", "p_value", "p_value", p, p_value(p), "p", n, source=source
                )
            )
        return as_frame(cells)

    def _source(self, group: str, term: str) -> str:
        return source_of(
            "impact", self.family, group=group, outcome=self.outcome, model=self.model, term=term
        )

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Groups side by side: a line an arm from level to level, with intervals."""
        groups = list(dict.fromkeys(cells["panel"]))
        figure, panels = new_grid(len(groups), row_height=2.3)
        text = []
        for panel, group in zip(panels, groups, strict=True):
            group_cells = cells[cells["panel"] == group]
            value = group_cells.pivot(index="row", columns="column", values="value")
            printed = group_cells.pivot(index="row", columns="column", values="printed")
            for side, (arm, (colour, marker, line)) in enumerate(ARMS.items()):
                x = np.arange(2) + APART * (2 * side - 1)
                y, low, high = (
                    value.loc[list(self.levels), arm + e] for e in ("", "_low", "_high")
                )
                panel.plot(x, y, line, color=colour, marker=marker, markersize=5, label=arm.title())
                panel.vlines(x, low, high, color=colour, linewidth=1.2)
            p = printed.loc["interaction", "p_value"]
            panel.set_title(f"{data.label(group)}\ninteraction p = {p}", loc="left")
            panel.set_xticks([0, 1], [wrapped(level, 1.2) for level in self.levels])
            panel.set_xlim(-0.45, 1.45)
            shares = "; ".join(
                f"{level.lower()} {printed.loc[level, 'treatment']} against "
                f"{printed.loc[level, 'control']}"
                for level in self.levels
            )
            text.append(f"{data.label(group)}: {shares} (interaction p = {p})")
        first = panels[0]
        first.set_ylim(bottom=min(0, first.get_ylim()[0]))
        figure.supylabel("Predicted share, %", fontsize=SMALL)
        handles, labels = first.get_legend_handles_labels()
        level = f"{data.config.models.confidence_level:.0%}"
        key_above(figure, handles, [f"{name}, with {level} interval" for name in labels])
        message = interactions(cells, data.words)
        return figure, f"{message} Predicted shares, treatment against control. {'. '.join(text)}."
