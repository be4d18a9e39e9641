"""A number without uncertainty."""

from __future__ import annotations

from typing import ClassVar, Literal

from ...config.distributions import Distribution
from ...lazy import np


class Fixed(Distribution):
    """No uncertainty."""

    kind: Literal["fixed"]
    is_certain: ClassVar[bool] = True

    def quantiles(self, value: float, probabilities: np.ndarray) -> np.ndarray:
        return np.full(len(probabilities), value)

    def ends(self, value: float) -> tuple[float, float]:
        return value, value
