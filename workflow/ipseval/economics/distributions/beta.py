"""A share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ...config.distributions import Distribution
from ...config.refs import Place
from ...lazy import np
from ..quantiles import read_off


class Beta(Distribution):
    """Beta distribution with the value as its mean: a share between 0 and 1."""

    kind: Literal["beta"]
    standard_error: float = Field(gt=0, description="Standard error, a share like the value.")

    def problems(self, place: Place) -> Iterator[str]:
        value = place.named("value")
        if not 0 < value < 1:
            yield f"a beta distribution has a mean between 0 and 1, not {value:g}"
            return
        most = (value * (1 - value)) ** 0.5
        if self.standard_error >= most:
            yield (
                f"a beta distribution of mean {value:g} has a standard error below {most:.3g}, "
                f"not {self.standard_error:g}"
            )

    def quantiles(self, value: float, probabilities: np.ndarray) -> np.ndarray:
        from scipy import special

        size = value * (1 - value) / self.standard_error**2 - 1
        a, b = value * size, (1 - value) * size
        return read_off(lambda p: special.betaincinv(a, b, p), probabilities)

    def ends(self, value: float) -> tuple[float, float]:
        return 0.0, 1.0
