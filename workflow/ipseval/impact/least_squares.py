"""Least squares and two-stage least squares, for many outcomes on one design at once."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import NotEstimableError
from ..lazy import np
from .clusters import cr1_sandwich, cr2_sandwich
from .design import TREATMENT, DesignMatrix


@dataclass(frozen=True)
class Effects:
    """Effects of treatment on m outcomes, for t terms of interest.

    estimate and std_error (t x m), covariance of the terms (m x t x t), df (None: normal; of
    several terms with CR2 the least).
    """

    estimate: np.ndarray
    covariance: np.ndarray
    df: float | None

    @property
    def t_df(self) -> float:
        """Return the degrees of freedom of t; raises ValueError where the normal is used."""
        if self.df is None:
            raise ValueError("effects whose statistic is normal have no degrees of freedom")
        return self.df

    @property
    def std_error(self) -> np.ndarray:
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2)).T


def ols_effects(
    outcomes: np.ndarray,
    design: DesignMatrix,
    covariance: str,
    weights: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
) -> Effects:
    """Return least-squares effects on outcomes (n x m), all through one QR decomposition.

    Weights (n) are sampling weights: least squares minimises the weighted sum, and the sandwich
    takes each weighted residual squared, as Stata does for pweights.

    covariance: "classical" (homoskedastic), or HC0, HC1 (n/(n-k), Stata's robust), HC2
    (1-h) or HC3 ((1-h)^2), as defined in MacKinnon and White (1985), Journal of Econometrics
    29:305. Intervals use t with n-k degrees of freedom. CR1 and CR2 need the cluster of everybody
    (n); intervals use t with one degree less than clusters, or Satterthwaite's.
    """
    x = design.matrix
    if weights is not None:
        root = np.sqrt(weights)[:, None]
        x, outcomes = x * root, outcomes * root
    n, k = x.shape
    if n <= k:
        raise NotEstimableError(
            f"a model of {k} coefficients has {n} people",
            rule="more people than coefficients",
            remedy="use fewer covariates for this group",
        )
    q, r = np.linalg.qr(x)
    rotated = q.T @ outcomes
    estimate = np.linalg.solve(r, rotated)[design.of_interest]
    residual = outcomes - q @ rotated
    # The rows of (X'X)^-1 X' of interest: everything the variance of their coefficients needs.
    rows = np.linalg.solve(r, q.T)[design.of_interest]
    if clusters is not None:
        if covariance == "CR1":
            return Effects(estimate, cr1_sandwich(rows, residual, clusters, k), clusters.max())
        variance, df = cr2_sandwich(rows, residual, q, clusters)
        return Effects(estimate, variance, df.min())
    return Effects(estimate, _sandwich(rows, residual, q, covariance, n - k), n - k)


def replicate_effects(
    outcomes: np.ndarray, design: DesignMatrix, weights: np.ndarray | None, replicates: np.ndarray
) -> Effects:
    """Return least-squares effects on outcomes (n x m) with their covariance from replicate weights
    (n x r): the mean square of what the estimate with each differs from the estimate by.

    All replicates at once: X'WX and X'Wy of each are sums over people of products that they share.
    A dummy of whose people none are in a replicate has no coefficient there, and needs none.
    """
    whole = ols_effects(outcomes, design, "HC0", weights)
    x = design.matrix
    (n, k), m, r = x.shape, outcomes.shape[1], replicates.shape[1]
    squares = (x[:, :, None] * x[:, None, :]).reshape(n, k * k)
    products = (x[:, :, None] * outcomes[:, None, :]).reshape(n, k * m)
    crossed = (replicates.T @ squares).reshape(r, k, k)
    right = (replicates.T @ products).reshape(r, k, m)
    found = (np.linalg.pinv(crossed, hermitian=True) @ right)[:, design.of_interest]
    apart = found - whole.estimate  # r x t x m
    return Effects(whole.estimate, np.einsum("rtm,rsm->mts", apart, apart) / r, n - k)


def ols_influence(
    outcome: np.ndarray, design: DesignMatrix, covariance: str, counts: np.ndarray
) -> np.ndarray:
    """Return the influence of each person (n) on the coefficient of treatment.

    Residual times row of (X'WX)^-1 X'W, scaled as HC0 or HC1 is; counts (n) are the weights.
    """
    root = np.sqrt(counts)
    x = design.matrix * root[:, None]
    y = outcome * root
    n, k = x.shape
    q, r = np.linalg.qr(x)
    row = np.linalg.solve(r, q.T)[TREATMENT]
    scale = {"HC0": 1.0, "HC1": n / (n - k)}[covariance]
    return np.sqrt(scale) * row * (y - q @ (q.T @ y))


def iv_effects(
    outcomes: np.ndarray,
    design: DesignMatrix,
    received: np.ndarray,
    covariance: str,
    weights: np.ndarray | None = None,
) -> Effects:
    """Return two-stage least-squares effects of a treatment received (n), instrumented by the arm.

    The complier average causal effect where the arm moves the outcome only through what was
    received (Imbens and Angrist 1994, Econometrica 62:467). One instrument for one treatment, so
    the estimate is the ratio of two intention-to-treat effects; covariance "classical", HC0 or
    HC1 (n/(n-k), Stata's `ivregress 2sls, robust small`).

    Raises InputError where the arm does not move the treatment received.
    """
    root = np.ones(len(received)) if weights is None else np.sqrt(weights)
    z, y = design.matrix * root[:, None], outcomes * root[:, None]
    x = z.copy()
    x[:, TREATMENT] = received * root
    n, k = z.shape
    crossed = z.T @ x
    if np.linalg.cond(crossed / np.abs(crossed).max()) > 1e12:
        raise NotEstimableError(
            "the arm does not change who received the treatment",
            rule="an instrument that moves the treatment",
            remedy="correct `received` in models.yaml",
        )
    coefficients = np.linalg.solve(crossed, z.T @ y)
    residual = y - x @ coefficients
    rows = np.linalg.solve(crossed, z.T)[design.of_interest]
    if covariance == "classical":
        # Two-stage least squares through the fitted treatment: (X'PX)^-1.
        fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
        rows = np.linalg.solve(fitted.T @ fitted, fitted.T)[design.of_interest]
    variance = _sandwich(rows, residual, z, covariance, n - k)
    return Effects(coefficients[design.of_interest], variance, n - k)


def _sandwich(
    rows: np.ndarray, residual: np.ndarray, q: np.ndarray, covariance: str, df: int
) -> np.ndarray:
    """Return the covariance (m x t x t) of coefficients that are rows (t x n) times outcomes."""
    if covariance == "classical":
        return np.multiply.outer((residual**2).sum(axis=0) / df, rows @ rows.T)
    weighted = rows * _residual_weight(q, covariance)
    pairs = weighted[:, None, :] * rows[None, :, :]
    return np.moveaxis(pairs @ residual**2, -1, 0)


def _residual_weight(q: np.ndarray, covariance: str) -> np.ndarray:
    """Return what each squared residual is multiplied by; q is the orthogonal factor (n x k).

    A person with leverage 1, the only one of a dummy, is fitted exactly: there is no residual
    to inflate, and the weight is 0.
    """
    n, k = q.shape
    if covariance in ("HC0", "HC1"):
        return np.full(n, 1.0 if covariance == "HC0" else n / (n - k))
    slack = 1 - (q**2).sum(axis=1)
    power = {"HC2": 1, "HC3": 2}[covariance]
    return np.divide(1.0, slack**power, out=np.zeros(n), where=slack > 1e-10)
