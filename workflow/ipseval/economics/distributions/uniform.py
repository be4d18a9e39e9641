"""A number between two bounds, all of them as likely."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..bounded import Bounded


class Uniform(Bounded):
    """Uniform distribution between two bounds, the value between them."""

    kind: Literal["uniform"]

    def quantiles(self, value: float, probabilities: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * probabilities
