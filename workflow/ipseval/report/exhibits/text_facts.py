"""Facts of design and governance that a report states: declared from it, and computed nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...config.base import Section
from ...config.exhibits import TableExhibit
from ...disclosed import Class
from ...lazy import np, pd
from ..cells import DECLARED, by_panel, cell
from ..formats import number_of, stated

if TYPE_CHECKING:
    from ..data import Data


class StatedFact(Section):
    """One fact, with the section of the report that states it."""

    value: str = Field(description="Number or date (2018-11, 2018-11-01), or what else is stated.")
    unit: str = Field(description="Unit; date, month and year for dates.")
    section: str = Field(description="Section of the source that states it.")
    statistic: str = Field("count", description="Statistic, as the published figure has it.")
    group: str = Field("total", description="Panel, as the published figure has it.")
    arm: str = Field("all", description="Column, as the published figure has it.")


class TextFacts(TableExhibit):
    """Facts of design and governance that a report states: declared from it, computed nowhere.

    That they agree with what is printed is by construction, and says only that nobody mistyped.
    """

    kind: Literal["text_facts"]
    disclosure: ClassVar[Class | None] = "no data"
    declared: ClassVar[bool] = True
    restated: ClassVar[bool] = True
    facts: dict[str, StatedFact] = Field(min_length=1, description="Statement -> fact.")
    left_out: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Why statements of the source are compared with nothing -> those statements.",
    )

    @model_validator(mode="after")
    def _is_not_both(self) -> Self:
        for name in (name for names in self.left_out.values() for name in names):
            if name in self.facts:
                raise ValueError(f"'{name}' is a fact, and left out as well")
        return self

    def noticed(self, data: Data) -> list[str]:
        """Return which statements are left out, and why."""
        return [f"Left out ({why}): {', '.join(names)}." for why, names in self.left_out.items()]

    def cells(self, data: Data) -> pd.DataFrame:
        """One row a statement; panel the group it is about, column the arm."""
        return by_panel([_cell(name, fact) for name, fact in self.facts.items()])


def _cell(name: str, fact: StatedFact) -> dict[str, Any]:
    keys = (fact.group, name, fact.arm, fact.statistic)
    try:
        value = number_of(fact.value)
    except ValueError:  # A season, which is no number: the words are compared.
        return cell(*keys, np.nan, fact.value, fact.unit, pd.NA, source=DECLARED)
    printed = stated(value, fact.unit, len(fact.value.partition(".")[2]))
    return cell(*keys, value, printed, fact.unit, pd.NA, source=DECLARED)
