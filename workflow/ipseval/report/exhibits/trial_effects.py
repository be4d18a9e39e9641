"""Effects with intervals and people, one row an outcome, comparison and model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.base import Decimals
from ...config.exhibits import FamilyGroup, FamilyName, FamilyOutcome, ModelName, TableExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import pd
from ..cells import as_frame, cell
from ..formats import grouped, p_value
from ..scale import enough_decimals
from ..tested import source_of_line

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

RATIO_DECIMALS = 2


class TrialEffects(TableExhibit):
    """Every effect of a family: means of both sides, effect, interval, p-value and n.

    Panel outcome and comparison, row model; every cell is named, whatever the number of outcomes,
    comparisons and models.
    """

    kind: Literal["trial_effects"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "one_row"
    own_labels: ClassVar[dict[str, str]] = {
        "treatment_mean": "Mean, treatment side",
        "control_mean": "Mean, control side",
        "effect": "Effect",
        "interval": "Interval",
        "p_value": "p",
        "n": "N",
    }
    family: FamilyName = Field(description="Impact family.")
    outcomes: list[FamilyOutcome] = Field(
        default_factory=list, description="Outcomes shown; those of the family if absent."
    )
    models: list[ModelName] = Field(
        default_factory=list, description="Models shown; those of the family if absent."
    )
    groups: list[FamilyGroup] = Field(
        default_factory=list, description="Comparisons shown; those of the family if absent."
    )
    decimals: dict[FamilyOutcome, Decimals] = Field(
        default_factory=dict,
        description="Outcome -> decimals; if absent three of a proportion, two of others, more "
        "where a standard error is smaller.",
    )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Panel outcome and comparison, row model, columns of numbers."""
        family, estimates = data.config.models.families[self.family], data.impact(self.family)
        estimates = estimates[estimates["term"] == "arm"]
        labels = {name: spec.label for name, spec in data.config.outcomes.derived.items()}
        cells = []
        for outcome in self.outcomes or family.outcomes:
            of_outcome = estimates[estimates["outcome"] == outcome]
            own = data.config.outcomes.units[outcome]
            differences = of_outcome[~of_outcome["unit"].astype("str").str.endswith("ratio")]
            error = differences["std_error"].min()
            usual = enough_decimals(3 if own == "proportion" else 2, error)
            d = self.decimals.get(outcome, usual)
            for group in self.groups or family.groups:
                panel = f"{labels[outcome]}: {data.label(group)}"
                for model in self.models or family.models:
                    at = of_outcome[(of_outcome["group"] == group) & (of_outcome["model"] == model)]
                    for line in at.itertuples():
                        row = family.models[model].label
                        cells += _line(panel, row, line, d, self.family)
        return as_frame(cells)

    def noticed(self, data: Data) -> list[str]:
        """Say why an estimate is not there, and how ratios are to be read."""
        family, rows = data.config.models.families[self.family], data.impact(self.family)
        for column, shown in (
            ("outcome", self.outcomes),
            ("group", self.groups),
            ("model", self.models),
        ):
            rows = rows[rows[column].isin(shown)] if shown else rows
        notes = []
        if rows["unit"].astype(str).str.endswith("ratio").any():
            notes.append("A ratio of 1 is no effect; intervals are made on the logarithm.")
        if "not_estimated" in rows:
            lost = rows[rows["not_estimated"].notna()]
            for reason, part in lost.groupby("not_estimated", sort=False):
                models = [family.models[name].label for name in part["model"].unique()]
                notes.append(f"Not estimated ({', '.join(models)}): {reason}.")
        return notes


def _line(panel: str, row: str, line: Any, decimals: int, family: str) -> list[dict]:
    """Return the cells of one estimate; a dash where it could not be had."""
    source = source_of_line(family, line)
    is_ratio = str(line.unit).endswith("ratio")
    d = RATIO_DECIMALS if is_ratio else decimals
    interval = (
        "-"
        if pd.isna(line.ci_low)
        else (f"{grouped(line.ci_low, d)} to {grouped(line.ci_high, d)}")
    )
    effect = grouped(line.estimate, d)
    if is_ratio and not pd.isna(line.estimate):
        effect = f"{effect} ({line.unit})"
    sides = (
        ("treatment_mean", "mean", line.mean_treatment, line.n_mean_treatment),
        ("control_mean", "mean", line.mean_control, line.n_mean_control),
    )
    found = [
        cell(
            panel,
            row,
            column,
            statistic,
            value,
            "-" if pd.isna(value) else grouped(value, decimals),
            line.unit,
            pd.NA if pd.isna(n) else int(n),
            source=source,
        )
        for column, statistic, value, n in sides
    ]
    n = int(line.n)
    for column, statistic, value, printed in (
        ("effect", "coefficient", line.estimate, effect),
        ("interval", "interval", line.ci_low, interval),
        ("p_value", "p_value", line.p_value, p_value(line.p_value)),
        ("n", "base", n, grouped(n)),
    ):
        printed = "-" if pd.isna(value) else printed
        found.append(
            cell(panel, row, column, statistic, value, printed, line.unit, n, source=source)
        )
    return found
