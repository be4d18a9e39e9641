"""Bootstrap of standardised effects: every draw is a column of weights, fitted together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NotEstimableError
from ..lazy import np
from .design import INTERACTION

if TYPE_CHECKING:
    from .logit import Logit
    from .samples import AnalysisSample
    from .settings import EstimationSettings


def drawn_counts(
    strata: np.ndarray, clusters: np.ndarray | None, draws: int, uniform: np.ndarray
) -> np.ndarray:
    """Return how often each person (n) is in each draw (n x draws).

    Units, people or whole clusters, are drawn with replacement within strata (n, the arms), as
    many as there are. uniform: (units x draws) numbers in (0, 1).
    """
    n = len(strata)
    unit = np.arange(n) if clusters is None else clusters
    of = np.zeros(unit.max() + 1, dtype=int)
    of[unit] = strata
    counts = np.zeros((len(of), draws))
    for stratum in np.unique(of):
        own = np.flatnonzero(of == stratum)
        picked = own[(uniform[own] * len(own)).astype(int)]
        for j in range(draws):
            counts[:, j] += np.bincount(picked[:, j], minlength=len(of))
    return counts[unit]


def fitted_coefficients(
    x: np.ndarray, y: np.ndarray, counts: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Return the coefficients (draws x k) of logits of y (n) on x (n x k), weighted by each draw.

    Newton's steps of all draws at once. NaN where a draw has no maximum.
    """
    from scipy.special import expit

    k = x.shape[1]
    beta = np.tile(start, (counts.shape[1], 1))
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), k * k)
    for _ in range(30):
        p = expit(x @ beta.T)  # n x draws
        score = (counts * (y[:, None] - p)).T @ x
        information = ((counts * p * (1 - p)).T @ products).reshape(-1, k, k)
        bad = np.linalg.cond(information) > 1e12
        information[bad] = np.eye(k)
        step = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        step[bad] = np.nan
        beta = beta + np.clip(step, -5, 5)
        if not np.nanmax(np.abs(step), initial=0.0) > 1e-9:
            return beta
    moving = np.abs(step).max(axis=1) > 1e-6
    beta[moving] = np.nan
    return beta


def bootstrap_interval(
    sample: AnalysisSample,
    fit: Logit,
    rest: tuple[float, float],
    measure: str,
    draws: int,
    settings: EstimationSettings,
    name: str,
) -> dict[str, float]:
    """Return the standard error and the percentile interval of an effect, and no statistic.

    `rest` says which share of everybody is in the fit, and which risk the others add, as
    standardised() takes them.

    Raises NotEstimableError where more than one draw in twenty has no estimate.
    """
    from scipy.special import expit

    x, y = fit.matrix, sample.outcomes[:, 0]
    arm = sample.people["arm"].to_numpy()
    units = len(y) if sample.clusters is None else int(sample.clusters.max()) + 1
    clusters = sample.clusters
    mixed = (
        clusters is not None and len(np.unique(np.column_stack([clusters, arm]), axis=0)) > units
    )
    uniform = settings.streams.uniform("bootstrap", name, units * draws).reshape(units, draws)
    # Sites that have people of several arms are drawn among all sites.
    strata = np.zeros(len(y), dtype=int) if mixed else arm
    counts = drawn_counts(strata, clusters, draws, uniform)
    beta = fitted_coefficients(x, y, counts, fit.coefficients)

    def risk(code: float) -> np.ndarray:
        changed = x.copy()
        changed[:, fit.names.index("arm")] = code
        for place, term in enumerate(fit.names):
            if term.startswith(INTERACTION):
                changed[:, place] = code * x[:, fit.names.index(term.removeprefix(INTERACTION))]
        share, flat = rest
        return share * (counts * expit(changed @ beta.T)).sum(axis=0) / counts.sum(axis=0) + flat

    one, zero = risk(1.0), risk(0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "risk_difference": one - zero,
            "risk_ratio": one / zero,
            "odds_ratio": one / (1 - one) / (zero / (1 - zero)),
        }[measure]
    good = np.isfinite(found)
    if good.mean() < 0.95:
        raise NotEstimableError(
            f"{(~good).sum():,} of {draws:,} draws of the bootstrap have no estimate",
            rule="bootstrap: an estimate in 95% of the draws",
            remedy="use fewer covariates, or the delta method: leave `bootstrap` out",
        )
    tail = (1 - settings.level) / 2
    low, high = np.quantile(found[good], [tail, 1 - tail])
    return {
        "std_error": float(found[good].std(ddof=1)),
        "ci_low": float(low),
        "ci_high": float(high),
    }
