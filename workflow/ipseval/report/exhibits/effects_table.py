"""Shares of controls, the same with the effect added, the effect, and its significance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...config.base import suggest
from ...config.exhibits import (
    FamilyGroup,
    FamilyName,
    FamilyOutcome,
    ModelName,
    TableExhibit,
    TestsName,
)
from ...config.refs import Place, Ref
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class EffectsTable(TableExhibit):
    """Shares of controls, the same with the effect added, the effect, and its significance.

    Panel analysis group, row outcome; column n, control, treatment, difference and, with tests,
    significant.
    """

    kind: Literal["effects_table"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "one_row"
    family: FamilyName = Field(description="Impact family of outcomes in proportions.")
    model: ModelName = Field(description="Model shown.")
    groups: dict[FamilyGroup, str] = Field(
        min_length=1, description="Analysis group -> key of the panel."
    )
    outcomes: dict[FamilyOutcome, str] = Field(
        min_length=1, description="Outcome -> key of the row."
    )
    treatment: Literal["adjusted", "raw"] = Field(
        "adjusted",
        description="adjusted: share of controls plus the effect; raw: shares of both arms as "
        "they are, and their difference.",
    )
    difference: Literal["unrounded", "of_printed"] = Field(
        "unrounded",
        description="unrounded: the effect, rounded once; of_printed: the printed percentage of "
        "treatment less that of controls, which differs from it by up to a unit of the last digit.",
    )
    tests: TestsName | None = Field(
        None, description="Tests that adjust p-values; no verdict if absent."
    )
    method: Annotated[str, Ref("test_methods")] | None = Field(
        None, description="Method of the tests."
    )
    level: float = Field(0.05, gt=0, lt=1, description="Significance level.")

    @model_validator(mode="after")
    def _tests_have_a_method(self) -> Self:
        if (self.tests is None) != (self.method is None):
            raise ValueError("tests and method go together")
        return self

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Tests are those of the effects shown."""
        yield from super().problems(place)
        tests = place.config.models.tests.get(self.tests or "")
        if tests is None:
            return
        for key, names, known in (
            ("groups", self.groups, tests.groups),
            ("outcomes", self.outcomes, tests.outcomes),
        ):
            for name in names:
                if name not in known:
                    yield key, f"unknown name '{name}'{suggest(name, known)}"

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        counts = of_estimate(cell, config, modelled=self.treatment == "adjusted")
        if counts.role == "difference" and self.difference == "of_printed":
            return replace(counts, role="printed_difference")
        return counts

    def cells(self, data: Data) -> pd.DataFrame:
        """Shares by arm, difference and verdict; panel group, row outcome."""
        estimates = data.impact(self.family)
        chosen = (estimates["model"] == self.model) & (estimates["term"] == "arm")
        lines = estimates[chosen].set_index(["group", "outcome"])
        if self.tests:
            tested = data.impact(self.tests)
            tested = tested[tested["model"] == self.method]
            adjusted = tested.set_index(["group", "outcome"])["p_adjusted"]
        cells: list[dict[str, Any]] = []
        for group, panel in self.groups.items():
            for outcome, row in self.outcomes.items():
                line = lines.loc[(group, outcome)]
                difference = line["estimate"]
                if self.treatment == "raw":
                    difference = line["mean_treatment"] - line["mean_control"]
                source = source_of(
                    "impact",
                    self.family,
                    group=group,
                    outcome=outcome,
                    model=self.model,
                    term="arm",
                )
                among = line["n_treatment" if self.treatment == "adjusted" else "n_mean_treatment"]
                of_printed = self.difference == "of_printed"
                cells += _effect(panel, row, line, difference, of_printed, among, source)
                if self.tests:
                    p_value = adjusted.loc[(group, outcome)]
                    verdict = "Yes" if p_value < self.level else "No"
                    keys = (panel, row, "significant", "p_value")
                    source = source_of(
                        "impact", self.tests, group=group, outcome=outcome, model=self.method
                    )
                    cells.append(cell(*keys, p_value, verdict, "verdict", line["n"], source=source))
        return as_frame(cells)


def _effect(
    panel: str,
    row: str,
    line: pd.Series,
    difference: float,
    of_printed: bool,
    among: int,
    source: str,
) -> Iterator[dict[str, Any]]:
    control, n = 100 * line["mean_control"], line["n"]
    treatment, shown = control + 100 * difference, 100 * difference
    if of_printed:
        shown = float(round_half_up(treatment, 1)) - float(round_half_up(control, 1))
    yield cell(panel, row, "n", "base", n, str(int(n)), "participants", n, source=source)
    for column, statistic, value, unit, people in (
        ("control", "percent", control, "percent", line["n_mean_control"]),
        ("treatment", "percent", treatment, "percent", among),
        ("difference", "ppt", shown, "percentage_points", n),
    ):
        yield cell(
            panel,
            row,
            column,
            statistic,
            value,
            round_half_up(value, 1),
            unit,
            people,
            source=source,
        )
