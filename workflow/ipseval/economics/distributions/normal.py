"""A number that was estimated with a standard error."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...config.distributions import Distribution
from ...lazy import np


class Normal(Distribution):
    """Normal distribution about the value."""

    kind: Literal["normal"]
    standard_error: float = Field(gt=0, description="Standard error, in the unit of the value.")

    def quantiles(self, value: float, probabilities: np.ndarray) -> np.ndarray:
        from scipy import special

        return value + self.standard_error * special.ndtri(probabilities)

    def ends(self, value: float) -> tuple[float, float]:
        return float("-inf"), float("inf")
