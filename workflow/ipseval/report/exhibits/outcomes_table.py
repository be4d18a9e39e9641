"""Impacts on many outcomes at a glance: effect with stars and mean of the control group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import (
    FamilyName,
    FamilyOutcome,
    Layout,
    ModelName,
    TableExhibit,
    default_layout,
)
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import stars, with_stars
from ..scale import scale_of
from ..tested import outcome_label

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class OutcomesTable(TableExhibit):
    """Impacts on many outcomes at a glance: effect with stars and mean of the control group.

    Panel analysis group, row outcome, column control_mean or effect.
    """

    kind: Literal["outcomes_table"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "one_row"
    layout: Layout = default_layout(rows=["row"], columns=["panel", "column"])
    family: FamilyName = Field(description="Impact family, not by month and without subgroups.")
    model: ModelName = Field(description="Model shown.")
    outcomes: list[FamilyOutcome] = Field(
        default_factory=list, description="Outcomes in printed order; the family's if absent."
    )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Control mean and effect with stars; panel group, row outcome."""
        family = data.config.models.families[self.family]
        estimates = data.impact(self.family)
        estimates = estimates[estimates["model"] == self.model].set_index(["group", "outcome"])
        cells = []
        for group in family.groups:
            for outcome in self.outcomes or family.outcomes:
                if (group, outcome) in estimates.index:
                    line = estimates.loc[(group, outcome)]
                    source = source_of(
                        "impact",
                        self.family,
                        group=group,
                        outcome=outcome,
                        model=self.model,
                        term=line["term"],
                    )
                    cells += _at_a_glance(group, outcome_label(data, outcome), line, data, source)
        return as_frame(cells)


def _at_a_glance(
    group: str, row: str, line: pd.Series, data: Data, source: str
) -> list[dict[str, Any]]:
    scale = scale_of(line["unit"], data.config.trial.currency, line["std_error"])
    marks = stars(line["p_value"], data.config.models.star_levels)
    percent = line["unit"] == "proportion"
    mean, effect = line["mean_control"], line["estimate"]
    return [
        cell(
            group,
            row,
            "control_mean",
            "percent" if percent else "mean",
            mean * scale.factor,
            scale.text(mean) + ("%" if percent else ""),
            line["unit"],
            line["n_mean_control"],
            source=source,
        ),
        cell(
            group,
            row,
            "effect",
            scale.statistic,
            effect * scale.factor,
            with_stars(scale.text(effect) + ("ppt" if percent else ""), marks),
            line["unit"],
            line["n"],
            marks,
            source=source,
        ),
    ]
