"""Logits as the calibration needs them: fits, sandwiches, margins and perfect prediction."""

from dataclasses import dataclass

import numpy as np

STEPS, CLOSE_ENOUGH = 60, 1e-9


@dataclass(frozen=True)
class Fit:
    """Estimates of one logit on n people and k columns.

    beta (k), covariance (k x k, robust, times n/(n-1) as Stata does), bread (k x k, inverse of
    the information), probability (n).
    """

    beta: np.ndarray
    covariance: np.ndarray
    bread: np.ndarray
    probability: np.ndarray


def expit(x: np.ndarray) -> np.ndarray:
    """Return the logistic function."""
    return 1 / (1 + np.exp(-np.clip(x, -35, 35)))


def maximise(x: np.ndarray, y: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Return coefficients (k) that maximise the likelihood, by Newton's method."""
    beta = np.zeros(x.shape[1]) if start is None else start.copy()
    for _ in range(STEPS):
        p = expit(x @ beta)
        score = x.T @ (y - p)
        information = (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.solve(information + 1e-10 * np.eye(len(beta)), score)
        # Long steps leave the region where the quadratic is a fair copy of the likelihood.
        beta = beta + step / max(1.0, np.abs(step).max() / 4)
        if np.abs(score).max() < CLOSE_ENOUGH * len(y):
            break
    return beta


def fit(x: np.ndarray, y: np.ndarray, start: np.ndarray | None = None) -> Fit:
    """Return the fit of y (n, outcomes or their probabilities) on x (n x k)."""
    beta = maximise(x, y, start=start)
    p = expit(x @ beta)
    bread = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
    # (y - p)**2 where y is 0 or 1, and its expectation where y is a probability.
    meat = (x * (y - 2 * y * p + p**2)[:, None]).T @ x
    n = len(y)
    return Fit(beta, bread @ meat @ bread * n / (n - 1), bread, p)


def kept(y: np.ndarray, levels: np.ndarray, dummies: np.ndarray) -> np.ndarray:
    """Return who stays (n, bool) once perfectly predicted people are left out.

    levels (n) are the levels of the categorical time variable, all of them, so that a reference
    level without variation goes too; dummies (n x d) are 0/1 columns of which only the 1s can
    predict.
    """
    keep = np.ones(len(y), dtype=bool)
    while True:
        groups = [levels == level for level in np.unique(levels[keep])]
        groups += [dummies[:, d] == 1 for d in range(dummies.shape[1])]
        lost = np.zeros(len(y), dtype=bool)
        for group in groups:
            inside = group & keep
            if inside.any() and np.ptp(y[inside]) == 0:
                lost |= inside
        if not lost.any():
            return keep
        keep &= ~lost
