"""What statements of a text are about: a number of one estimate, or a weighted share of answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from ..arms import CONTROL_FIRST, in_arm
from ..config.base import Section, suggest
from ..config.exhibits import GroupName, WeightName
from ..config.refs import SCOPES, Place, Ref
from ..lazy import np
from .cells import source_of
from .groups import members_of_group, trial_groups_of

if TYPE_CHECKING:
    from .data import Data


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
        yield from place.config.models.unknown_in_line(self.family, self.model, self.outcome)


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


class Stated:
    """A quantity as the run has it: value, p-value (missing where none is tested), n, source."""

    def __init__(self, value: float, p: float, n: int, source: str):
        self.value, self.p, self.n, self.source = value, p, n, source


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
    from ..impact.independence import test_of_independence

    people = members_of_group(data, group, spec.column, spec.weight)
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
