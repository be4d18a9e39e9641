"""Estimators of the effect of treatment, for many outcomes on one design at once."""

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .design import TREATMENT, Design


@dataclass(frozen=True)
class Effects:
    """Effects of treatment on m outcomes: estimate and std_error (m), df (None: normal)."""

    estimate: np.ndarray
    std_error: np.ndarray
    df: int | None


def ols_effects(
    outcomes: np.ndarray, design: Design, covariance: str, weights: np.ndarray | None = None
) -> Effects:
    """Return least-squares effects on outcomes (n x m), all through one QR decomposition.

    Weights (n) are sampling weights: least squares minimises the weighted sum, and the sandwich
    takes each weighted residual squared, as Stata does for pweights.

    covariance: "classical" (homoskedastic), or HC0, HC1 (n/(n-k), Stata's robust), HC2
    (1-h) or HC3 ((1-h)^2), as defined in MacKinnon and White (1985), Journal of Econometrics
    29:305. Intervals use t with n-k degrees of freedom.
    """
    x = design.matrix
    if weights is not None:
        root = np.sqrt(weights)[:, None]
        x, outcomes = x * root, outcomes * root
    n, k = x.shape
    if n <= k:
        raise InputError(
            f"a model of {k} coefficients has {n} people",
            rule="more people than coefficients",
            remedy="use fewer covariates for this group",
        )
    q, r = np.linalg.qr(x)
    rotated = q.T @ outcomes
    estimate = np.linalg.solve(r, rotated)[TREATMENT]
    residual = outcomes - q @ rotated
    # The treatment row of (X'X)^-1 X' : everything the variance of one coefficient needs.
    row = q @ np.linalg.solve(r.T, np.eye(k)[TREATMENT])
    if covariance == "classical":
        variance = (row @ row) * (residual**2).sum(axis=0) / (n - k)
    else:
        variance = (row**2 * _residual_weight(q, covariance)) @ residual**2
    return Effects(estimate, np.sqrt(variance), n - k)


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


def logit_effects(outcomes: np.ndarray, design: Design, covariance: str) -> Effects:
    """Return average marginal effects of treatment from logits on binary outcomes (n x m).

    The effect is the mean over people of the change in probability when treatment goes from 0
    to 1, with delta-method errors. HC1 multiplies the sandwich by N/(N-1), as Stata's
    vce(robust) does for maximum likelihood; statsmodels' own HC1 is plain HC0.
    """
    from statsmodels.discrete.discrete_model import Logit

    n = len(design.matrix)
    estimates, errors = [], []
    for y in outcomes.T:
        _refuse_perfect_prediction(y, design)
        robust = "nonrobust" if covariance == "classical" else "HC0"
        fit = Logit(y, design.matrix).fit(disp=0, method="newton", maxiter=100, cov_type=robust)
        if not fit.mle_retvals["converged"]:
            raise InputError("a logit did not converge", rule="convergence in 100 iterations")
        margins = fit.get_margeff(at="overall", dummy=True)
        # Margins leave the intercept out, so treatment comes first.
        estimates.append(margins.margeff[TREATMENT - 1])
        # The delta method is linear in the covariance, so its factor passes straight through.
        factor = n / (n - 1) if covariance == "HC1" else 1
        errors.append(margins.margeff_se[TREATMENT - 1] * np.sqrt(factor))
    return Effects(np.array(estimates), np.array(errors), None)


def _refuse_perfect_prediction(y: np.ndarray, design: Design) -> None:
    """Raise InputError where one level of a binary column holds a single outcome."""
    for name, column in zip(design.names, design.matrix.T, strict=True):
        levels = np.unique(column)
        if len(levels) == 2 and any(np.ptp(y[column == level]) == 0 for level in levels):
            raise InputError(
                f"covariate '{name}' predicts a binary outcome perfectly",
                rule="every level of a dummy has both outcomes",
                remedy="leave the covariate out of the logit, or merge its rare levels",
            )
