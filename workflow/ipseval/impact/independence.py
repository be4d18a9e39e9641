"""Tests of independence for weighted percentages."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import chdtrc, fdtrc


@dataclass(frozen=True)
class Independence:
    """A test: statistic, its degrees of freedom (df2 None: chi-squared) and p-value."""

    statistic: float
    df1: float
    df2: float | None
    p_value: float


def test_of_independence(
    rows: np.ndarray, columns: np.ndarray, weights: np.ndarray, method: str
) -> Independence:
    """Return the test of two classifications of respondents; one entry a respondent, none missing.

    method "pearson": Pearson's on weighted proportions and the number of respondents, as
    statistical packages give it for weights that average to one. It takes no account of how
    unequal the weights are. method "rao_scott": the second-order correction for that, see
    `rao_scott`. NaN where a classification has one level only.
    """
    row_codes, column_codes = (np.unique(v, return_inverse=True)[1] for v in (rows, columns))
    shape = row_codes.max(initial=0) + 1, column_codes.max(initial=0) + 1
    if min(shape) < 2:
        return Independence(np.nan, np.nan, None, np.nan)
    weights = np.asarray(weights, dtype=float)
    cells = row_codes * shape[1] + column_codes
    sums, squares = (
        np.bincount(cells, weights=w, minlength=shape[0] * shape[1]).reshape(shape)
        for w in (weights, weights**2)
    )
    if method == "rao_scott":
        return rao_scott(sums, squares, len(weights))
    statistic = pearson(sums, len(weights))
    df = (shape[0] - 1) * (shape[1] - 1)
    return Independence(statistic, df, None, float(chdtrc(df, statistic)))


def pearson(sums: np.ndarray, n: int) -> float:
    """Return Pearson's statistic of weighted sums (rows x columns) of n respondents."""
    p = sums / sums.sum()
    fitted = np.outer(p.sum(axis=1), p.sum(axis=0))
    return float(n * ((p - fitted) ** 2 / fitted).sum())


def rao_scott(sums: np.ndarray, squares: np.ndarray, n: int) -> Independence:
    """Return Pearson's test corrected for the weights, from sums of them and of their squares.

    sums and squares: rows x columns; n: respondents. The statistic is Pearson's over the mean
    generalised design effect, held against F(df1, df2) with Satterthwaite's degrees of freedom
    (Rao and Scott 1984, Annals of Statistics 12:46; Thomas and Rao 1987, Journal of the
    American Statistical Association 82:630; the default of Stata's svy: tabulate and of R's
    svychisq). Every respondent is a sampling unit.
    """
    flat, share = sums.ravel() / sums.sum(), squares.ravel() / sums.sum() ** 2
    # Covariance of the weighted proportions by linearisation, each person a sampling unit.
    design = (
        n
        / (n - 1)
        * (
            np.diag(share)
            - np.outer(share, flat)
            - np.outer(flat, share)
            + share.sum() * np.outer(flat, flat)
        )
    )
    simple = (np.diag(flat) - np.outer(flat, flat)) / n
    scaled = _interactions(*sums.shape) / np.where(flat > 0, flat, 1)[:, None]
    delta = np.linalg.solve(scaled.T @ simple @ scaled, scaled.T @ design @ scaled)
    trace = np.trace(delta)
    df1 = trace**2 / (delta * delta.T).sum()
    df2 = (n - 1) * df1
    statistic = pearson(sums, n) / trace
    return Independence(statistic, df1, df2, float(fdtrc(df1, df2, statistic)))


@cache
def _interactions(rows: int, columns: int) -> np.ndarray:
    """Return an orthonormal basis of the interactions of a table, cells x (r-1)(c-1)."""

    def without_mean(k: int) -> np.ndarray:
        return np.linalg.qr(np.column_stack([np.ones(k), np.eye(k)[:, 1:]]))[0][:, 1:]

    return np.kron(without_mean(rows), without_mean(columns))
