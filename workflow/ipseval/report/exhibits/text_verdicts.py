"""Verdicts that the text of a report states in words, held against the estimates of the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...arms import CONTROL_FIRST, in_arm
from ...config.base import Section, suggest
from ...config.exhibits import GroupName, TableExhibit, WeightName
from ...config.refs import SCOPES, Place, Ref
from ...disclosed import Class, Counts
from ...lazy import np, pd
from ..cells import as_frame, cell, joined, source_of
from ..formats import grouped, p_value
from ..groups import trial_groups_of

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

Relation = Literal[
    "significant_at",
    "not_significant",
    "positive",
    "negative",
    "larger_than",
    "at_least",
    "equal_within",
    "highest",
]
TESTED = ("significant_at", "not_significant")
COMPARED = ("larger_than", "at_least", "equal_within", "highest")


class Estimated(Section):
    """A number of one line of estimates."""

    family: Annotated[str, Ref("families_and_tests")] = Field(
        description="Impact family, or tests."
    )
    outcome: str = Field(description="Outcome of the family.")
    model: str = Field(description="Model of the family, or method of the tests.")
    term: str = Field("arm", description="Term.")
    subgroup: str = Field("all", description="Subgroup, or what effects are compared by.")
    timepoint: str | None = Field(None, description="Time point, where a family has several.")
    number: Literal["estimate", "mean_control", "mean_treatment"] = Field(
        "estimate", description="Number of the line."
    )
    adjusted: bool = Field(False, description="Whether the p-value is the adjusted one.")

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Model and outcome are those of the family, or of the tests."""
        models = place.config.models
        known: list[str]
        if self.family in models.tests:
            tests = models.tests[self.family]
            known, outcomes = list(tests.methods), tests.outcomes
        elif self.family in models.families:
            family = models.families[self.family]
            model = family.models.get(self.model)
            own = model.outcomes if model else []
            known, outcomes = list(family.models), own or family.outcomes
        else:
            return
        if self.model not in known:
            yield "model", f"unknown name '{self.model}'{suggest(self.model, known)}"
        if self.outcome not in outcomes:
            yield "outcome", f"unknown name '{self.outcome}'{suggest(self.outcome, outcomes)}"


class Answered(Section):
    """A weighted share of answers: of one arm, or of the treatment group less that of controls."""

    column: str = Field(description="Column of people.parquet.")
    among: list[str | int] = Field(min_length=1, description="Answers that count.")
    weight: WeightName = Field(description="Weight column of outcomes.yaml.")
    arm: Literal["treatment", "control", "both"] | None = Field(
        None, description="Arm whose share it is, or both together; their difference if absent."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The column is one of people, or of their answers to several choices."""
        known = [str(name) for name in SCOPES["people"](place) or ()]
        several = tuple(str(prefix) for prefix in SCOPES["prefixes"](place) or ())
        if self.column not in known and not self.column.startswith(several or ("\0",)):
            yield "column", f"unknown name '{self.column}'{suggest(self.column, known)}"


class VerdictQuantity(Section):
    """What a verdict is about, in one analysis group."""

    group: GroupName | None = Field(None, description="Analysis group; everybody if absent.")
    estimate: Estimated | None = Field(None, description="A line of estimates.")
    answer: Answered | None = Field(None, description="A weighted share of answers.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.estimate is None) == (self.answer is None):
            raise ValueError("give either estimate or answer")
        if self.estimate is not None and self.group is None:
            raise ValueError("an estimate is of a group")
        return self


class Verdict(Section):
    """One statement: a relation of one quantity, or of the first to the others."""

    section: str = Field(description="Section of the report.")
    relation: Relation = Field(
        description="significant_at and not_significant: p-value below the level, or not; positive "
        "and negative: sign; larger_than, at_least, equal_within: the first to the second; "
        "highest: the first to all others."
    )
    level: float | None = Field(
        None, ge=0, description="Level of significance, or greatest distance of what is equal."
    )
    of: list[VerdictQuantity] = Field(min_length=1, description="Quantities, the first judged.")

    @model_validator(mode="after")
    def _fits_its_relation(self) -> Self:
        compared = self.relation in COMPARED
        if compared != (len(self.of) > 1) or (self.relation != "highest" and len(self.of) > 2):
            raise ValueError(f"{self.relation} takes {'two quantities' if compared else 'one'}")
        needs_level = self.relation in (*TESTED, "equal_within")
        if needs_level != (self.level is not None):
            raise ValueError(f"{self.relation} takes {'a' if needs_level else 'no'} level")
        return self


class TextVerdicts(TableExhibit):
    """Verdicts that the text of a report states in words, held against the estimates of the run.

    Panel section, row statement, column relation; statistic verdict, 1 where it holds.
    """

    kind: Literal["text_verdicts"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    verdicts: dict[str, Verdict] = Field(min_length=1, description="Statement -> how it is judged.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """A verdict is withheld: the people of its estimates differ."""
        reason = "It tells of estimates whose people differ."
        return Counts("correlation and regression", undeclared=reason)

    def cells(self, data: Data) -> pd.DataFrame:
        """One row a statement; printed is the verdict with the numbers that it follows from."""
        cells = []
        for name, verdict in self.verdicts.items():
            found = [quantity(one, data) for one in verdict.of]
            holds = judged(verdict.relation, verdict.level, found)
            cells.append(
                cell(
                    verdict.section,
                    name,
                    verdict.relation,
                    "verdict",
                    float(holds),
                    f"{'Holds' if holds else 'Does not hold'} ({_numbers(verdict, found)})",
                    "verdict",
                    found[0].n,
                    source=joined(*(one.source for one in found)),
                )
            )
        return as_frame(cells)


class Stated:
    """A quantity as the run has it: value, p-value (missing where none is tested), n, source."""

    def __init__(self, value: float, p: float, n: int, source: str):
        self.value, self.p, self.n, self.source = value, p, n, source


def judged(relation: Relation, level: float | None, found: list[Stated]) -> bool:
    """Return whether a relation holds of quantities; nothing holds of what was not estimated."""
    first, others = found[0], found[1:]
    values = [one.value for one in found]
    if relation in TESTED:
        if np.isnan(first.p) or level is None:
            return False
        return bool(first.p < level) == (relation == "significant_at")
    if np.isnan(values).any():
        return False
    match relation:
        case "positive":
            return first.value > 0
        case "negative":
            return first.value < 0
        case "at_least":
            return first.value >= others[0].value
        case "equal_within":
            return level is not None and abs(first.value - others[0].value) <= level
    return all(first.value > other.value for other in others)


def _numbers(verdict: Verdict, found: list[Stated]) -> str:
    """Return the numbers behind a verdict in words."""
    if verdict.relation in TESTED:
        return "p " + (p if (p := p_value(found[0].p)).startswith("<") else f"= {p}")
    return " against ".join(grouped(one.value, 3) for one in found[:2])


def quantity(spec: VerdictQuantity, data: Data) -> Stated:
    """Return an estimate or a share of answers of the run."""
    if spec.estimate is not None:
        return _estimated(spec.estimate, str(spec.group), data)
    if spec.answer is None:
        raise ValueError("a quantity is an estimate or an answer")
    return _answered(spec.answer, spec.group, data)


def _estimated(spec: Estimated, group: str, data: Data) -> Stated:
    lines = data.impact(spec.family)
    wanted = {
        "group": group,
        "outcome": spec.outcome,
        "model": spec.model,
        "term": spec.term,
        "subgroup": spec.subgroup,
    } | ({"timepoint": spec.timepoint} if spec.timepoint else {})
    for column, value in wanted.items():
        lines = lines[lines[column] == value]
    source = source_of("impact", spec.family, **wanted)
    if len(lines) != 1:
        return Stated(np.nan, np.nan, 0, source)
    line = lines.iloc[0]
    p = line["p_adjusted" if spec.adjusted else "p_value"]
    return Stated(float(line[spec.number]), float(p), int(line["n"]), source)


def _answered(spec: Answered, group: str | None, data: Data) -> Stated:
    # SciPy is slow to import, and few chapters have such a table.
    from ...impact.independence import test_of_independence

    people = data.people
    if group:
        people = people[people["trial_group"].isin(data.config.trial.groups[group].trial_groups)]
    if spec.arm in CONTROL_FIRST:
        people = people[in_arm(people, spec.arm)]
    people = people[people[spec.column].notna() & people[spec.weight].notna()]
    given = people[spec.column].isin(spec.among).to_numpy(float)
    weights = people[spec.weight].to_numpy(float)
    source = source_of(
        "people",
        trial_group=trial_groups_of(data, group),
        column=[spec.column, spec.weight],
    )
    if spec.arm:
        share = np.average(given, weights=weights) if len(given) else np.nan
        return Stated(float(share), np.nan, len(people), source)
    shares = {}
    for arm in CONTROL_FIRST:
        inside = np.asarray(in_arm(people, arm))
        shares[arm] = np.average(given[inside], weights=weights[inside]) if inside.any() else np.nan
    test = test_of_independence(people["arm"].to_numpy(), given, weights, "rao_scott")
    return Stated(float(shares["treatment"] - shares["control"]), test.p_value, len(people), source)
