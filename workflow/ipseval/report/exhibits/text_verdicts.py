"""Verdicts that the text of a report states in words, held against the estimates of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...config.base import Section
from ...config.exhibits import TableExhibit
from ...disclosed import Class, Counts
from ...lazy import np, pd
from ..cells import as_frame, cell, joined
from ..formats import grouped, p_value
from ..stated import Stated, VerdictQuantity, quantity

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
