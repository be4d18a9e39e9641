"""Counts with more zeros than a count has: zero-inflated negative binomial regression."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError, NotEstimableError
from ..lazy import np
from .design import DesignMatrix

STEP = 1e-5  # of the difference quotients of the scores, in units of scaled columns
# The least log dispersion: below it the counts are Poisson to rounding, and the likelihood flat.
LEAST = -12.0
# The least curvature of a maximum, as a share of the greatest; rounding alone leaves 1e-12.
FLAT = 1e-8


@dataclass(frozen=True)
class ZeroInflated:
    """A fitted model: with probability expit(x g) always zero, otherwise mean exp(x b).

    names and coefficients (2k + 1): b of the mean, g of always zero, log of the dispersion;
    covariance of all; matrix x (n x k).
    """

    names: list[str]
    coefficients: np.ndarray
    covariance: np.ndarray
    matrix: np.ndarray

    @property
    def std_errors(self) -> np.ndarray:
        """Standard errors (2k + 1), missing of a dispersion held at the least."""
        variance = np.diag(self.covariance)
        return np.sqrt(np.where(variance > 0, variance, np.nan))

    def margin(self, arm: float) -> tuple[float, np.ndarray]:
        """Return the mean count, and its gradient, were everybody in one arm."""
        from scipy.special import expit

        x, k = self.matrix.copy(), self.matrix.shape[1]
        x[:, 1] = arm
        never, mean = expit(x @ self.coefficients[k : 2 * k]), np.exp(x @ self.coefficients[:k])
        expected = (1 - never) * mean
        gradient = np.concatenate([expected @ x, -(expected * never) @ x, [0.0]]) / len(x)
        return float(expected.mean()), gradient

    def average_marginal_effect(self) -> tuple[float, float]:
        """Return the mean change when treatment goes from 0 to 1, and its delta-method error."""
        (one, up), (zero, down) = self.margin(1), self.margin(0)
        gradient = up - down
        return one - zero, float(np.sqrt(gradient @ self.covariance @ gradient))


def refuse_unless_counts(outcome: np.ndarray) -> None:
    """Raise InputError where an outcome (n) has values that nobody counts."""
    if (outcome < 0).any() or (outcome != np.round(outcome)).any():
        raise InputError(
            "an outcome of a model of counts has other values than 0, 1, 2, ...",
            rule="whole numbers from 0",
            remedy="choose another estimator for it in models.yaml, such as ols",
        )


def fit_zero_inflated(counts: np.ndarray, design: DesignMatrix, covariance: str) -> ZeroInflated:
    """Return the zero-inflated negative binomial regression of counts (n), maximum likelihood.

    Both parts have all columns of the design, the variance is mean + a mean^2 (NB2). Lambert
    (1992), Technometrics 34:1; Greene (1994). Robust errors as in a logit: HC1 is HC0 times
    N/(N-1), Stata's vce(robust). Where counts vary no more than a Poisson's the likelihood rises
    to a dispersion of nothing: it is held at exp(LEAST), and the rest are as if it were known.

    Raises InputError for what is no count, and NotEstimableError where there is no zero, nothing
    else, or no maximum.
    """
    from scipy.optimize import minimize

    refuse_unless_counts(counts)
    zero = counts == 0
    if zero.all() or not zero.any():
        raise NotEstimableError(
            "a zero-inflated model needs zeros and other counts",
            rule="zeros and counts among the people",
            remedy="use estimator ols or logit",
        )
    scale = np.abs(design.matrix).max(axis=0)
    x = design.matrix / scale
    k = x.shape[1]

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        value, scores = _log_likelihood(parameters, counts, x)
        return -value / len(x), -scores.mean(axis=0)

    start = np.zeros(2 * k + 1)
    start[0], start[k] = np.log(counts[~zero].mean()), np.log(zero.mean() / (1 - zero.mean()))
    options = {"maxiter": 2000, "gtol": 1e-7}
    best = minimize(objective, start, jac=True, method="BFGS", options=options).x
    free = slice(None)
    if best[-1] < LEAST:
        best[-1], free = LEAST, slice(-1)
    for _ in range(5):  # Newton's steps to the maximum itself
        hessian = _hessian(best, counts, x)[free, free]
        _refuse(not _is_curved(hessian))
        slopes = _log_likelihood(best, counts, x)[1].sum(axis=0)[free]
        best[free] -= np.linalg.solve(hessian, slopes)
    scores = _log_likelihood(best, counts, x)[1][:, free]
    hessian = _hessian(best, counts, x)[free, free]
    _refuse(not _is_curved(hessian) or np.abs(scores.sum(axis=0)).max() > 1e-4)
    inverse = np.linalg.inv(-hessian)
    if covariance != "classical":
        inverse = inverse @ (scores.T @ scores) @ inverse
    factor = len(x) / (len(x) - 1) if covariance == "HC1" else 1
    back = 1 / np.concatenate([scale, scale, [1.0]])
    names = [f"log mean {name}" for name in design.names]
    names += [f"log odds always zero {name}" for name in design.names] + ["log dispersion"]
    found = np.zeros((len(best), len(best)))
    found[free, free] = inverse * factor
    found *= np.outer(back, back)
    return ZeroInflated(names, best * back, found, design.matrix)


def _is_curved(hessian: np.ndarray) -> bool:
    """Return whether second derivatives are those of a maximum, and not of rounding."""
    if not np.isfinite(hessian).all():
        return False
    curvature = np.linalg.eigvalsh(-hessian)
    return bool(curvature[0] > FLAT * curvature[-1])


def _refuse(there_is_none: bool) -> None:
    if there_is_none:
        raise NotEstimableError(
            "a zero-inflated model has no maximum",
            rule="convergence",
            remedy="use fewer covariates for this group",
        )


def _log_likelihood(
    parameters: np.ndarray, y: np.ndarray, x: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the log likelihood, and the scores of each person (n x 2k + 1)."""
    from scipy.special import expit, gammaln, psi

    k = x.shape[1]
    mean = np.exp(np.clip(x @ parameters[:k], -30, 30))
    never = expit(x @ parameters[k : 2 * k])
    size = np.exp(-parameters[-1])  # 1 / dispersion
    zero = y == 0
    none = size * np.log(size / (size + mean))  # log P(0) of the count
    log_count = gammaln(y + size) - gammaln(size) - gammaln(y + 1) + none
    log_count += y * np.log(mean / (size + mean))
    no_count = np.exp(none)
    at_zero = never + (1 - never) * no_count
    value = np.where(zero, np.log(at_zero), np.log1p(-never) + log_count).sum()
    # A zero is a count with this probability; every other number is.
    counted = np.where(zero, (1 - never) * no_count / at_zero, 1.0)
    by_mean = counted * (y - mean) * size / (size + mean)
    by_never = np.where(zero, never * (1 - never) * (1 - no_count) / at_zero, -never)
    by_size = psi(y + size) - psi(size) + np.log(size / (size + mean))
    by_size += 1 - (size + y) / (size + mean)
    scores = [by_mean[:, None] * x, by_never[:, None] * x, (-size * counted * by_size)[:, None]]
    return float(value), np.hstack(scores)


def _hessian(parameters: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the second derivatives, by central differences of the scores."""
    columns = []
    for step in STEP * np.eye(len(parameters)):
        up = _log_likelihood(parameters + step, y, x)[1].sum(axis=0)
        down = _log_likelihood(parameters - step, y, x)[1].sum(axis=0)
        columns.append((up - down) / (2 * STEP))
    hessian = np.column_stack(columns)
    return (hessian + hessian.T) / 2
