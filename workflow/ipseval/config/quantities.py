"""Numbers that economics.yaml declares, and what they are used for."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf
from typing import Annotated

from pydantic import Field

from ..kinds import DISTRIBUTIONS
from .base import Section
from .distributions import Distribution
from .refs import Place

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
ELASTICITY = Use("an elasticity", 0.0, 5.0)


class Quantity(Section):
    """A declared number without a price: a rate, a share, a factor."""

    # Not Printed, like source: quantities.csv has both.
    label: str = Field(description="Name as printed.")
    value: float = Field(description="Value in the reference scenario.")
    unit: str = Field(description="Unit of the value.")
    source: str = Field(description="Publication, or the entry in the assumptions log.")
    distribution: Annotated[Distribution, DISTRIBUTIONS] = Field(
        description="Uncertainty about the value."
    )

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
