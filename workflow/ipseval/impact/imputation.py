"""Multiple imputation of an outcome by predictive mean matching, and Rubin's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import np

if TYPE_CHECKING:
    from ..streams import Streams

DONORS = 5


def completed(
    y: np.ndarray,
    treated: np.ndarray,
    covariates: np.ndarray,
    imputations: int,
    streams: Streams,
    name: str,
) -> np.ndarray:
    """Return y (n) completed several times (n x imputations).

    Within each arm the outcome is regressed on the covariates (n x k); parameters are drawn from
    their posterior, and a missing person gets the outcome of one of the five known people of the
    arm whose prediction is nearest (Little 1988, Journal of Business and Economic Statistics
    6:287; Rubin 1987, ch. 5.3). An arm without 30 known people more than coefficients uses the
    mean alone.
    """
    filled = np.repeat(y[:, None], imputations, axis=1)
    for arm in (False, True):
        known, missing = (~np.isnan(y)) & (treated == arm), np.isnan(y) & (treated == arm)
        if not missing.any():
            continue
        x = covariates if known.sum() > covariates.shape[1] + 30 else covariates[:, :1]
        draws = f"{name}|{arm}"
        filled[missing] = _donated(y[known], x[known], x[missing], imputations, streams, draws)
    return filled


def _donated(
    y: np.ndarray,
    known: np.ndarray,
    missing: np.ndarray,
    imputations: int,
    streams: Streams,
    name: str,
) -> np.ndarray:
    """Return outcomes of donors (people missing x imputations)."""
    inverse = np.linalg.pinv(known.T @ known)
    beta = inverse @ (known.T @ y)
    residual, df = y - known @ beta, len(y) - np.linalg.matrix_rank(known)
    chi = streams.normal("imputation", f"{name}|scale", df * imputations)
    sigma = np.sqrt((residual @ residual) / (chi.reshape(df, -1) ** 2).sum(axis=0))
    root = np.linalg.cholesky(inverse + 1e-12 * np.trace(inverse) * np.eye(len(beta)))
    normal = streams.normal("imputation", f"{name}|slope", len(beta) * imputations)
    drawn = beta[:, None] + root @ normal.reshape(len(beta), -1) * sigma
    fitted = known @ beta
    order = np.argsort(fitted, kind="stable")
    picks = streams.integers(
        "imputation", f"{name}|donor", 0, DONORS - 1, drawn.shape[1] * len(missing)
    )
    predicted = missing @ drawn
    nearest = np.searchsorted(fitted[order], predicted) - DONORS // 2 - 1
    nearest = np.clip(nearest, 0, max(len(y) - DONORS, 0))
    donor = np.minimum(nearest + picks.reshape(predicted.shape), len(y) - 1)
    return y[order][donor]


def pooled(estimate: np.ndarray, std_error: np.ndarray, df: int) -> tuple[float, float, float]:
    """Return estimate, standard error and degrees of freedom pooled over m completed data sets.

    Rubin (1987), equations 3.1.2 to 3.1.5; degrees of freedom of Barnard and Rubin (1999),
    Biometrika 86:948.
    """
    m = len(estimate)
    within, between = np.mean(std_error**2), np.var(estimate, ddof=1)
    total = within + (1 + 1 / m) * between
    missing = (1 + 1 / m) * between / total
    observed = (df + 1) / (df + 3) * df * (1 - missing)
    pooled_df = observed if missing == 0 else 1 / (missing**2 / (m - 1) + 1 / observed)
    return float(estimate.mean()), float(np.sqrt(total)), float(pooled_df)
