"""A cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ...config.distributions import Distribution
from ...config.refs import Place
from ...lazy import np
from ..quantiles import read_off


class Gamma(Distribution):
    """Gamma distribution with the value as its mean: a cost, which is never negative."""

    kind: Literal["gamma"]
    standard_error: float = Field(gt=0, description="Standard error, in the unit of the value.")

    def problems(self, place: Place) -> Iterator[str]:
        value = place.named("value")
        if value <= 0:
            yield f"a gamma distribution has a mean above 0, not {value:g}"

    def quantiles(self, value: float, probabilities: np.ndarray) -> np.ndarray:
        from scipy import special

        shape, scale = (value / self.standard_error) ** 2, self.standard_error**2 / value
        return read_off(lambda p: special.gammaincinv(shape, p) * scale, probabilities)

    def ends(self, value: float) -> tuple[float, float]:
        return 0.0, float("inf")
