"""A number between two bounds, all of them as likely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from ...config.distributions import Distribution
from ...config.refs import Place
from ...lazy import np


class Uniform(Distribution):
    """Uniform distribution between two bounds, the value between them."""

    kind: Literal["uniform"]
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

    def quantiles(self, value: float, probabilities: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * probabilities

    def ends(self, value: float) -> tuple[float, float]:
        return self.low, self.high
