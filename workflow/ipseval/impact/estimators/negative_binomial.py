"""Negative binomial regression of a count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...errors import NotEstimableError
from ...lazy import np
from ..log_linear import LogLinear, LogLinearModel, fit_poisson, sandwich

if TYPE_CHECKING:
    from ..design import DesignMatrix
    from ..samples import AnalysisSample


class NegativeBinomial(LogLinearModel):
    """Effect on a count that varies more than Poisson's: variance mean + a mean^2 (NB2)."""

    estimator: Literal["negative_binomial"] = Field(description="Negative binomial regression.")

    def fit(
        self, y: np.ndarray, design: DesignMatrix, offset: np.ndarray, sample: AnalysisSample
    ) -> LogLinear:
        """Return the fitted model of counts (n); errors take the dispersion as given, as R does."""
        x = design.matrix
        beta, size = fit_negative_binomial(y, x, offset)
        mean = np.exp(x @ beta + offset)
        inverse = np.linalg.inv((x * (mean * size / (size + mean))[:, None]).T @ x)
        scores = x * ((y - mean) * size / (size + mean))[:, None]
        covariance = sandwich(scores, inverse, self.covariance, sample.clusters)
        return LogLinear(design.names, beta, covariance, x, offset)


def fit_negative_binomial(
    y: np.ndarray, x: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return coefficients and size (1 / a), by maximum likelihood, each given the other in turn.

    Raises NotEstimableError where counts vary no more than Poisson's, or nothing converges.
    """
    from scipy.optimize import brentq
    from scipy.special import psi

    beta = fit_poisson(y, x, offset)
    for _ in range(200):
        mean = np.exp(x @ beta + offset)

        def slope(log_size: float, mean: np.ndarray = mean) -> float:
            size = np.exp(log_size)
            terms = psi(size + y) - psi(size) + np.log(size) + 1
            return float((terms - np.log(size + mean) - (size + y) / (size + mean)).sum())

        ends = np.log(1e-4), np.log(1e6)
        if slope(ends[0]) <= 0 or slope(ends[1]) >= 0:
            raise NotEstimableError(
                "counts vary no more than those of Poisson's distribution",
                rule="negative_binomial: more variance than the mean",
                remedy="use estimator poisson",
            )
        size = float(np.exp(brentq(slope, *ends, xtol=1e-12)))
        weight = size / (size + mean)
        information = (x * (weight * mean)[:, None]).T @ x
        step = np.linalg.solve(information, x.T @ (weight * (y - mean)))
        beta = beta + step
        if np.abs(x @ step).max() < 1e-9:
            return beta, size
    raise NotEstimableError(
        "a negative binomial regression does not converge",
        rule="convergence in 200 iterations",
        remedy="use fewer covariates, or estimator poisson with HC1",
    )
