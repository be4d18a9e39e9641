"""Means that a regression expects of everybody in each arm, were all of them in it."""

from __future__ import annotations

from ..lazy import np
from .logit import Logit
from .measures import Means


def standardised(fit: Logit, share: float, flat: float) -> tuple[Means, np.ndarray]:
    """Return the risks in each arm by a logit, with their covariance, and their gradients (2 x k).

    G-computation over the people of the sample, whose covariates are taken as given. A level at
    which everybody has one outcome has that risk in either arm, and no error: `share` is that of
    the people in the fit, and `flat` the events of the others over everybody.
    """
    (one, up), (zero, down) = fit.margin(arm=1), fit.margin(arm=0)
    gradients = share * np.vstack([up, down])
    covariance = gradients @ fit.covariance @ gradients.T
    return Means(share * one + flat, share * zero + flat, covariance), gradients
