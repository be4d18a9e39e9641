"""Average marginal effects, worked out apart from the code that is tested."""

import numpy as np


def average_effect(x: np.ndarray, beta: np.ndarray, column: int) -> float:
    """Return the average marginal effect of a dummy in a logit of x (n x k)."""
    high, low = x.copy(), x.copy()
    high[:, column], low[:, column] = 1, 0
    chance = [1 / (1 + np.exp(-at @ beta)) for at in (high, low)]
    return float((chance[0] - chance[1]).mean())
