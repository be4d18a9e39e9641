"""Exhibits of what qualifies an estimate: subgroups, methods, tests, response, registration."""

from typing import Literal

from pydantic import Field, model_validator

from ..base import Section
from ..models import METHODS, Models
from .base import ExhibitBase, TableBase


class SubgroupForest(ExhibitBase):
    """Effects in the levels of subgroups, groups side by side, with the joint tests.

    Subgroups and levels are those of the family, levels in the order of their codes. `labels`
    names them, and orders them where it does.
    """

    kind: Literal["subgroup_forest"]
    family: str = Field(description="Impact family with subgroups.")
    model: str = Field(description="Model shown.")
    outcome: str = Field(description="Outcome shown.")


class Method(Section):
    """One row of a robustness plot."""

    family: str = Field(description="Impact family, or tests.")
    model: str = Field(
        description="Model of the family; of tests the method: westfall_young has the p-value of "
        "randomisation inference."
    )
    label: str | None = Field(None, description="Printed name; the label of the model if absent.")
    outcome: str | None = Field(None, description="Outcome; that of the exhibit if absent.")
    term: str | None = Field(
        None,
        description="Term of the estimates, where a model has several; bounds are shown together "
        "if absent.",
    )

    def name(self, models: Models) -> str:
        """Return the printed name: declared, or that of the model or method."""
        if self.label:
            return self.label
        if self.family in models.tests:
            return METHODS[self.model]
        return models.families[self.family].models[self.model].label


class RobustnessPlot(ExhibitBase):
    """One effect under several methods, groups side by side; the first row is the primary one."""

    kind: Literal["robustness_plot"]
    outcome: str = Field(description="Outcome.")
    groups: list[str] = Field(
        default_factory=list, description="Analysis groups; those of the first family if absent."
    )
    rows: list[Method] = Field(min_length=2, description="Methods in order, the primary first.")

    @property
    def families_read(self) -> list[str]:
        """Families of the rows."""
        return list(dict.fromkeys(row.family for row in self.rows))


class TestsTable(TableBase):
    """Hypotheses tested together: effect, p-values, and those adjusted by each method.

    Panel analysis group, row outcome; column effect, p_value, randomisation (if the method
    westfall_young is there) and the methods.
    """

    kind: Literal["tests_table"]
    tests: str = Field(description="Tests of models.yaml.")

    @property
    def families_read(self) -> list[str]:
        """The tests, which have a CSV like a family."""
        return [self.tests]


class VerdictsTable(TableBase):
    """Verdicts on the same hypotheses when different families of them are tested together.

    Panel analysis group, row outcome; column effect, p_value and one for each of the tests, empty
    where they do not have the hypothesis. The verdict is followed by the adjusted p-value.
    """

    kind: Literal["verdicts_table"]
    tests: dict[str, str] = Field(
        min_length=2, description="Tests of models.yaml -> key of the column; the reported first."
    )
    method: str = Field(description="Method of all the tests.")
    level: float = Field(0.05, gt=0, lt=1, description="Significance level.")

    @property
    def families_read(self) -> list[str]:
        """The tests, each of which has a CSV like a family."""
        return list(self.tests)


class ResponseImbalance(TableBase):
    """Response rates by arm, and the verdict of a rule on how far they may differ.

    Panel outcome, row analysis group. Response is imbalanced where the difference is larger than
    `threshold` in either direction and its p-value is below `level`.
    """

    kind: Literal["response_imbalance"]
    family: str = Field(description="Impact family whose outcomes are responding to a survey.")
    model: str = Field(description="Model shown.")
    threshold: float = Field(ge=0, description="Largest difference allowed, percentage points.")
    level: float = Field(gt=0, lt=1, description="Significance level.")
    consequence: str = Field(description="What follows where response is imbalanced.")
    otherwise: str = Field(description="What follows where it is not.")


class Registered(Section):
    """One registered outcome."""

    label: str = Field(
        pattern=r"^[A-Z]", description="Outcome in own words, with a capital to begin with."
    )
    tier: str = Field(description="Key of its tier, for example primary.")
    source: str = Field(description="Instrument or source of data.")
    time: str = Field(description="Time point.")
    definition: str = Field(description="Definition in own words.")
    listed: list[str] = Field(
        min_length=1, description="Keys of the lists that have it, for example registry."
    )
    family: str | None = Field(None, description="Impact family that estimates it.")
    outcome: str | None = Field(None, description="Outcome of that family.")
    reason: str | None = Field(None, description="Why there is no estimate.")

    @model_validator(mode="after")
    def _is_estimated_or_says_why_not(self):
        if (self.family is None) != (self.outcome is None):
            raise ValueError("family and outcome go together")
        if (self.family is None) == (self.reason is None):
            raise ValueError("give family and outcome, or the reason why there is no estimate")
        return self


class OutcomeRegister(TableBase):
    """Every registered outcome, with its status computed from the estimates.

    Panel tier, row outcome; column source, time, definition, listed and status.
    """

    kind: Literal["outcome_register"]
    entries: list[Registered] = Field(min_length=1, description="Outcomes in order.")

    @model_validator(mode="after")
    def _rows_are_distinct(self):
        seen = set()
        for entry in self.entries:
            if (entry.tier, entry.label) in seen:
                raise ValueError(f"'{entry.label}' is listed twice under '{entry.tier}'")
            seen.add((entry.tier, entry.label))
        return self

    @property
    def families_read(self) -> list[str]:
        """Families of the entries."""
        return list(dict.fromkeys(e.family for e in self.entries if e.family))
