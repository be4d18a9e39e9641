"""Quantiles that are slow to compute, read off a table of them."""

from __future__ import annotations

from collections.abc import Callable

from ..lazy import np

# Normal scores at which a table is made: from -END to END, beyond which ndtr is 0 or 1.
END, SCORES = 8.3, 8193


def read_off(quantile: Callable[[np.ndarray], np.ndarray], probabilities: np.ndarray) -> np.ndarray:
    """Return quantiles at probabilities: where there are many, between those at even normal scores,
    which is right to seven digits."""
    from scipy import special  # the workflow imports kinds of distributions, and needs no scipy

    if len(probabilities) <= SCORES:
        return quantile(probabilities)
    scores = np.linspace(-END, END, SCORES)
    return np.interp(special.ndtri(probabilities), scores, quantile(special.ndtr(scores)))
