"""What distributions between two bounds share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from ..config.distributions import Distribution
from ..config.refs import Place


class Bounded(Distribution):
    """A distribution between two bounds, with the value between them."""

    low: float = Field(description="Lower bound, in the unit of the value.")
    high: float = Field(description="Upper bound, in the unit of the value.")

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low} must be below high {self.high}")
        return self

    def problems(self, place: Place) -> Iterator[str]:
        value = place.named("value")
        if not self.low <= value <= self.high:
            yield f"value {value:g} lies outside {self.low:g} to {self.high:g}"

    def ends(self, value: float) -> tuple[float, float]:
        return self.low, self.high
