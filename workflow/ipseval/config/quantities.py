"""Numbers that economics.yaml declares, and what they are used for."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import isinf
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ..kinds import DISTRIBUTIONS
from .base import Section, suggest
from .distributions import Distribution
from .refs import Place, Ref

Year = Annotated[int, Field(ge=1950, le=2100)]


@dataclass(frozen=True)
class Use:
    """What a number is used for, and the lowest and the highest value that it can have there."""

    name: str
    low: float
    high: float
    is_bounded: bool = False  # whether its distribution has to have both ends

    def problems(self, value: float) -> Iterator[str]:
        """Yield a sentence for a value outside."""
        if not self.low <= value <= self.high:
            percent = 1 < value <= 100 and self.high == 1
            hint = f"; as a fraction, {value:g}% is {value / 100:g}" if percent else ""
            ends = f"between {self.low:g} and {self.high:g}"
            yield f"{self.name} lies {ends}, not at {value:g}{hint}"


SHARE_LOST = Use("a share lost a year", 0.0, 1.0, is_bounded=True)
FACTOR_OF_COST = Use("a factor of cost", 0.0, 5.0)
EXCESS_BURDEN = Use("an excess burden", 0.0, 1.0)
OPTIMISM_BIAS = Use("an optimism bias", 0.0, 2.0)
ELASTICITY = Use("an elasticity", 0.0, 5.0)


Known = Literal["source", "assumed", "solved"]


class PublishedCell(Section):
    """A printed cell, by the columns that tell published cells apart."""

    exhibit: Annotated[str, Ref("published")] = Field(description="Published exhibit.")
    panel: str = Field(description="Its panel.")
    row: str = Field(description="Its row.")
    column: str = Field(description="Its column.")
    statistic: str = Field(description="Its statistic.")

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Exhibit, panel, row, column and statistic."""
        return self.exhibit, self.panel, self.row, self.column, self.statistic

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        lines = _lines_of(self.exhibit, place.root)
        if lines is None or self.key[1:] in lines:
            return
        for i, name in enumerate(("panel", "row", "column", "statistic"), start=1):
            known = {line[i - 1] for line in lines if line[: i - 1] == self.key[1:i]}
            if self.key[i] not in known:
                yield name, f"'{self.exhibit}' prints no such {name}{suggest(self.key[i], known)}"
                return


@cache
def _lines_of(exhibit: str, root: Path) -> set[tuple[str, ...]] | None:
    """Return panel, row, column and statistic of what an exhibit prints; None where nobody has
    its numbers."""
    lines: set[tuple[str, ...]] = set()
    for path in sorted((root / "config" / "published" / exhibit.split(":")[0]).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as text:
            for line in csv.DictReader(text):
                if line["exhibit"] == exhibit:
                    lines.add(tuple(line[key] for key in ("panel", "row", "column", "statistic")))
    return lines or None


class InEdition(Section):
    """What a declared number is in an edition of the guidance."""

    value: float = Field(description="Value in that edition.")
    price_year: Year | None = Field(
        None, description="Year whose prices it is in, where the number is an amount of money."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        from .economics import Economics

        priced = place.within(Valuation) is not None
        if priced != (self.price_year is not None):
            yield "price_year", "an amount needs one" if priced else "a rate has no price year"
        elif self.price_year is not None:
            for year in place.within(Economics).without_deflator(self.price_year):
                yield "price_year", f"no deflator for {year}"
        if priced and self.value < 0:
            yield "value", "an amount is not below 0"
        quantity: Quantity = place.within(Quantity)
        for use in place.within(Economics).uses_of(place.path[1]):
            yield from (("value", text) for text in use.problems(self.value))
        if not quantity.distribution.is_certain:
            yield "value", "a number that editions set has no uncertainty; use kind: fixed"


class Quantity(Section):
    """A declared number without a price: a rate, a share, a factor."""

    # Not Printed, like source: quantities.csv has both.
    label: str = Field(description="Name as printed.")
    value: float = Field(description="Value in the reference scenario.")
    unit: str = Field(description="Unit of the value.")
    source: str = Field(description="Publication, or the entry in the assumptions log.")
    known: Known = Field(
        "assumed",
        description="How it is known. source: the source states it; assumed: nobody does, as is "
        "taken where nothing is said; solved: it was solved from printed cells, which what is "
        "computed from it then agrees with by construction.",
    )
    solved_from: list[PublishedCell] = Field(
        default_factory=list, description="Printed cells that it was solved from."
    )
    editions: dict[Annotated[str, Ref("editions")], InEdition] = Field(
        default_factory=dict,
        description="Edition of the guidance -> what it is there; the value in all others.",
    )
    distribution: Annotated[Distribution, DISTRIBUTIONS] = Field(
        description="Uncertainty about the value."
    )

    @model_validator(mode="after")
    def _is_solved_from_something(self) -> Self:
        if (self.known == "solved") != bool(self.solved_from):
            raise ValueError("`known: solved` and solved_from go together")
        return self

    def in_edition(self, edition: str | None) -> Self:
        """Return it as it is in an edition of the guidance."""
        given = self.editions.get(edition or "")
        if given is None:
            return self
        changed: dict[str, Any] = {"value": given.value}
        if given.price_year is not None:
            changed["price_year"] = given.price_year
        return self.model_copy(update=changed)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        from .economics import Economics

        ends = dict(zip(("low", "high"), self.distribution.ends(self.value), strict=True))
        for use in place.within(Economics).uses_of(place.path[-1]):
            yield from (("value", text) for text in use.problems(self.value))
            if self.distribution.is_certain:
                continue
            for bound, end in ends.items():
                known = bound in type(self.distribution).model_fields
                key = f"distribution.{bound}" if known else "distribution"
                if not isinf(end):
                    yield from ((key, text) for text in use.problems(end))
            if use.is_bounded and any(map(isinf, ends.values())):
                yield "distribution", f"{use.name} is bounded; use beta, uniform or triangular"


class Valuation(Quantity):
    """An amount of money: a unit cost, or the unit value of an outcome."""

    value: float = Field(ge=0, description="Value in the reference scenario.")
    price_year: Year = Field(description="Year whose prices it is in.")

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        from .economics import Economics

        yield from super().problems(place)
        for year in place.within(Economics).without_deflator(self.price_year):
            yield "price_year", f"no deflator for {year}"
        low, _ = self.distribution.ends(self.value)
        if low < 0 and not isinf(low):
            yield "distribution.low", "an amount is not below 0"


class Amount(Section):
    """An amount of money at the prices of a year."""

    value: float = Field(ge=0, description="Amount, in the unit of what it replaces.")
    price_year: Year = Field(description="Year whose prices it is in.")

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        from .economics import Economics

        for year in place.within(Economics).without_deflator(self.price_year):
            yield "price_year", f"no deflator for {year}"
