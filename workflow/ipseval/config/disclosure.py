"""config/disclosure.yaml: the policies of disclosure control, and exceptions asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import Name, Printed, Section

FILE = "disclosure.yaml"


class DisclosurePolicy(Section):
    """What may leave."""

    description: Printed = Field(description="Whose rules these are.")
    control: bool = Field(
        True, description="Whether anything is withheld; no only where people are not real."
    )
    threshold: Annotated[int, Field(ge=2, le=1000)] = Field(
        10, description="Counts of people from 1 to below this are withheld."
    )
    width: Annotated[int, Field(ge=2, le=100)] = Field(
        5, description="Interval that released numbers must leave for a withheld count, at least."
    )
    full_cells: bool = Field(
        True,
        description="Whether a share that everybody of its base has is withheld: it tells the "
        "answer of each.",
    )
    differences: bool = Field(
        True,
        description="Whether counts that stand nowhere, and that released numbers alone would "
        "give, are protected as well.",
    )
    rounding: Annotated[int, Field(ge=1, le=100)] = Field(
        1, description="Counts are rounded to a multiple of this; 1: not at all."
    )
    quarters: bool = Field(
        False,
        description="Whether an exhibit by calendar month is released by quarter where a month has "
        "people, and fewer than the threshold.",
    )
    degrees_of_freedom: Annotated[int, Field(ge=0, le=1000)] = Field(
        10, description="Estimates with fewer residual degrees of freedom are withheld."
    )
    dominance: Annotated[float, Field(gt=0, le=1)] | None = Field(
        0.9,
        description="Totals and means are withheld of which the two largest of the people have "
        "more than this share; null: whatever they have.",
    )
    p_percent: Annotated[float, Field(ge=0, le=100)] = Field(
        10,
        description="Totals and means are withheld where what all but the two largest have is less "
        "than so many per cent of the largest, who could be estimated as closely by the second.",
    )
    extremes: bool = Field(False, description="Whether least and greatest values are released.")
    decide: bool = Field(
        True, description="Whether a checker decides on each output before it is packed."
    )

    @property
    def widths(self) -> tuple[float, float]:
        """Return the widths of a number at risk, and of one that is withheld to protect it.

        Rounding tells a number to within its base, so no more is asked of one that is not small.
        """
        width = float(self.width)
        return width, width if self.rounding == 1 else min(width, self.rounding - 1.0)


def _none_and_ons() -> dict[str, DisclosurePolicy]:
    """Return the policies of a project without the file: the strictest, and that of nobody."""
    nobody = "Nobody is real: nothing is withheld."
    return {
        "ons": DisclosurePolicy(description="Counts of 1 to 9 people are withheld.", quarters=True),
        "none": DisclosurePolicy(description=nobody, control=False, decide=False),
    }


class DisclosureException(Section):
    """A request to release what the policy withholds. A checker decides; the program never does."""

    trial: Name = Field(description="Trial.")
    exhibit: Name = Field(description="Exhibit.")
    panel: str | None = Field(None, description="Panel of the cells; all if absent.")
    row: str | None = Field(None, description="Row of the cells; all if absent.")
    column: str | None = Field(None, description="Column of the cells; all if absent.")
    reason: str = Field(min_length=10, description="Why they are safe and needed.")


class Disclosure(Section):
    """config/disclosure.yaml."""

    policies: dict[Name, DisclosurePolicy] = Field(
        default_factory=_none_and_ons, min_length=1, description="Policies by name."
    )
    cuts: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        300,
        description="How many cuts a trial the search for the least loss may try; counted and not "
        "timed, so that the result is the same on any machine.",
    )
    organisations: dict[Name, list[Name]] = Field(
        default_factory=dict,
        description="By trial, columns of people.parquet whose values are organisations, such as "
        "the provider or the employer of a person. In totals and means they are counted like "
        "people: as many have to contribute, and two of them may not have most of it.",
    )
    exceptions: list[DisclosureException] = Field(
        default_factory=list, description="Exceptions asked for."
    )
