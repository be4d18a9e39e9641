"""Poisson regression of a count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...lazy import np
from ..log_linear import LogLinear, LogLinearModel, fit_poisson, sandwich

if TYPE_CHECKING:
    from ..design import DesignMatrix
    from ..samples import AnalysisSample


class Poisson(LogLinearModel):
    """Effect on a count by Poisson regression.

    With robust errors counts need not be of Poisson's distribution.
    """

    estimator: Literal["poisson"] = Field(description="Poisson regression.")

    def fit(
        self, y: np.ndarray, design: DesignMatrix, offset: np.ndarray, sample: AnalysisSample
    ) -> LogLinear:
        """Return the fitted model of counts (n)."""
        x = design.matrix
        beta = fit_poisson(y, x, offset)
        mean = np.exp(x @ beta + offset)
        inverse = np.linalg.inv((x * mean[:, None]).T @ x)
        scores = x * (y - mean)[:, None]
        covariance = sandwich(scores, inverse, self.covariance, sample.clusters)
        return LogLinear(design.names, beta, covariance, x, offset)
