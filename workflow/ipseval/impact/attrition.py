"""What people whose outcome is not known could do to an estimate."""

from __future__ import annotations

from ..lazy import np


def lee_bounds(y: np.ndarray, treated: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return lower_bound and upper_bound of the effect, each with its standard error.

    y (n) is missing where the outcome is not known. The arm in which more of it is known is
    trimmed from above and from below until the shares are equal; what is left bounds the effect
    on people whose outcome would be known in either arm, if the arm moves knowing it in one
    direction only. Lee (2009), Review of Economic Studies 76:1071: bounds of equation 3, errors
    of proposition 3. The trimmed mean takes a fraction of the person at the edge, so ties of a
    binary outcome need no rule.
    """
    known = ~np.isnan(y)
    share = [known[treated == arm].mean() for arm in (False, True)]
    more = bool(share[1] >= share[0])  # the arm that is trimmed
    trimmed, other = y[known & (treated == more)], y[known & (treated != more)]
    excess = 1 - share[not more] / share[more]
    n_more, n_other = (treated == more).sum(), (treated != more).sum()
    # Delta method for 1 - q0/q1, q the shares known.
    spread = (1 - excess) ** 2 * (
        (1 - share[more]) / (share[more] * n_more)
        + (1 - share[not more]) / (share[not more] * n_other)
    )
    sign = 1 if more else -1
    bounds = []
    for ordered in (np.sort(trimmed), -np.sort(-trimmed)):
        mean, variance = _kept(ordered, excess, spread)
        error = np.sqrt(variance + other.var(ddof=1) / len(other))
        bounds.append((sign * float(mean - other.mean()), float(error)))
    lower, upper = sorted(bounds)
    return {"lower_bound": lower, "upper_bound": upper}


def _kept(ordered: np.ndarray, excess: float, spread: float) -> tuple[float, float]:
    """Return mean and variance of the mean after the last `excess` of ordered values has gone.

    spread is the variance of excess as it is estimated.
    """
    n = len(ordered)
    keep = np.clip(n * (1 - excess) - np.arange(n), 0, 1)
    size = keep.sum()
    mean = keep @ ordered / size
    within = keep @ (ordered - mean) ** 2 / size
    edge = ordered[min(int(np.ceil(size)), n) - 1] - mean
    variance = (within + edge**2 * excess) / size + (edge / (1 - excess)) ** 2 * spread
    return mean, variance
