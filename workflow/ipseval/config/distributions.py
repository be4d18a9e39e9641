"""What every kind of distribution of a declared number gives; kinds: economics/distributions."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from .base import Section

if TYPE_CHECKING:
    import numpy as np


class Distribution(Section):
    """Uncertainty about a declared number, which is the centre of its distribution."""

    kind: str

    # Whether the number has no uncertainty, so that nothing is drawn for it.
    is_certain: ClassVar[bool] = False

    @abstractmethod
    def quantiles(self, value: float, probabilities: np.ndarray) -> np.ndarray:
        """Return the quantiles of the distribution about a value; same shape."""

    @abstractmethod
    def ends(self, value: float) -> tuple[float, float]:
        """Return the lowest and the highest number that can be drawn; infinite where none is."""
