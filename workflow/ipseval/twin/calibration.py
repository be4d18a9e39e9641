"""Nudges people until a least-squares estimator gives a wanted effect.

An estimate of least squares is linear in the outcome: effect = w'y with weights w that depend
on the design alone. So a set of wanted effects, of groups and of pooled groups, is a set of
linear equations in the outcomes of people.
"""

import numpy as np

from ..errors import InputError


def effect_weights(design: np.ndarray, position: int) -> np.ndarray:
    """Return w with effect = w @ y, for the coefficient at a position of a design (n x k).

    Columns may be collinear, as strata nested in groups are: the coefficient has to be
    estimable, the others need not be.
    """
    scale = np.sqrt((design**2).mean(axis=0))
    scale[scale == 0] = 1
    return np.linalg.pinv(design / scale, rcond=1e-10)[position] / scale[position]


def nudge_binary(
    y: np.ndarray, weights: np.ndarray, low: np.ndarray, high: np.ndarray, may_flip: np.ndarray
) -> np.ndarray:
    """Return y (n, 0/1) with few people flipped so that low <= W y <= high.

    Greedy: each step flips the person that brings the estimates nearest to the middles of
    their windows, in half-widths; once no single flip helps, the best pair among some
    candidates, since two flips move an estimate by less than one does.

    Raises InputError if the windows are not all reached.
    """
    y = y.astype(float).copy()
    half = (high - low) / 2
    scaled = (weights / half[:, None]).T
    norms = (scaled**2).sum(axis=1)
    gap = y @ scaled - (high + low) / 2 / half
    candidates = np.flatnonzero(may_flip)
    stride = max(len(candidates) // 500, 1)
    for step in range(3000):
        if np.abs(gap).max() <= 0.9:
            return y.astype(int)
        sign = 1 - 2 * y
        change = 2 * sign * (scaled @ gap) + norms
        best = candidates[np.argmin(change[candidates])]
        chosen = [best]
        if change[best] >= 0:
            some = candidates[step % stride :: stride]
            moves = scaled[some] * sign[some, None]
            pairs = change[some][:, None] + change[some][None, :] + 2 * moves @ moves.T
            np.fill_diagonal(pairs, np.inf)
            first, second = np.unravel_index(np.argmin(pairs), pairs.shape)
            if pairs[first, second] >= 0:
                continue
            chosen = [some[first], some[second]]
        gap = gap + sign[chosen] @ scaled[chosen]
        y[chosen] = 1 - y[chosen]
    raise InputError(
        "the twin cannot reach the wanted effects of a binary outcome",
        expected=f"windows {low.round(4).tolist()} to {high.round(4).tolist()}",
        remedy="widen a window, or change the rates in twin.yaml",
    )


def nudge_amounts(
    y: np.ndarray, weights: np.ndarray, wanted: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """Return amounts y (n) changed as little as possible so that W y = wanted.

    The change minimises the sum of squares over `variance`: people with variance 0 keep their
    amount. Amounts stay above a tenth of what they were; the equations are solved again among
    the rest until they hold (projection onto the bounded set, a few rounds).

    Raises InputError if the equations do not hold in the end.
    """
    new = y.astype(float).copy()
    free = variance > 0
    for _ in range(50):
        gap = wanted - weights @ new
        if np.abs(gap).max() < 1e-9 * max(1.0, np.abs(wanted).max()):
            return new
        scaled = weights * np.where(free, variance, 0.0)
        new = new + scaled.T @ np.linalg.solve(scaled @ weights.T, gap)
        floor = 0.1 * y
        below = new < floor
        new = np.where(below, floor, new)
        free &= ~below
    raise InputError(
        "the twin cannot reach the wanted effects of an amount",
        expected=f"effects {wanted.round(2).tolist()}",
        remedy="raise the share of people with an amount in twin.yaml",
    )
