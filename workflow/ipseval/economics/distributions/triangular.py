"""A number between two bounds, most likely near its value."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..bounded import Bounded


class Triangular(Bounded):
    """Triangular distribution between two bounds, with its peak at the value."""

    kind: Literal["triangular"]

    def quantiles(self, value: float, probabilities: np.ndarray) -> np.ndarray:
        u, low, high = probabilities, self.low, self.high
        peak, width = (value - low) / (high - low), high - low
        left = low + width * np.sqrt(u * peak)
        return np.where(u < peak, left, high - width * np.sqrt((1 - u) * (1 - peak)))
