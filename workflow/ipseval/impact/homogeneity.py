"""Whether the effect is the same at every site, before sites are pooled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..lazy import np, pd
from .design import INTERACTION, build_design
from .logit import Logit, NoMaximumError, fit_logit, fit_sample
from .samples import AnalysisSample, samples

if TYPE_CHECKING:
    from ..config.models import Homogeneity
    from .estimators.logit import LogitModel


def estimate_homogeneity(
    members: pd.DataFrame, outcome: str, model: LogitModel, spec: Homogeneity
) -> Iterator[dict[str, object]]:
    """Yield rows Cochran Q, I squared and likelihood ratio for the sites of a pooled group.

    Q weighs each site's log odds ratio by the inverse of its variance (Cochran 1954, Biometrics
    10:101), I squared is the share of the variation between sites beyond chance (Higgins and
    Thompson 2002, Statistics in Medicine 21:1539); the likelihood ratio compares the pooled logit
    with one that has an effect for each site.
    """
    from scipy.special import chdtrc

    terms = ("Cochran Q", "I squared", "likelihood ratio")
    values = members[[outcome]].to_numpy(dtype=float)
    (pooled,) = samples(members, values, model)
    shared = {"n": len(pooled.people), "dropped_n": pooled.dropped, "unit": "log odds"}
    try:
        fits = [fit_sample(part, outcome, model)[1] for part in _by_site(pooled, spec.site)]
        statistic, ratio_df = _likelihood_ratio(pooled, outcome, model, spec.site)
    except NoMaximumError:
        # A site without an estimate leaves nothing to compare; its own row is reported as such.
        yield from (shared | {"term": term} for term in terms)
        return
    q, df, p_value, share = heterogeneity(
        [fit.coefficients[1] for fit in fits], [fit.std_errors[1] for fit in fits]
    )
    yield shared | {"term": terms[0], "statistic": q, "df": df, "p_value": p_value}
    yield shared | {"term": terms[1], "estimate": share, "unit": "proportion"}
    yield shared | {
        "term": terms[2],
        "statistic": statistic,
        "df": ratio_df,
        "p_value": float(chdtrc(ratio_df, statistic)),
    }


def heterogeneity(
    estimates: Sequence[float], std_errors: Sequence[float]
) -> tuple[float, int, float, float]:
    """Return Q, its degrees of freedom and p-value, and I squared (0 to 1)."""
    from scipy.special import chdtrc

    weight = 1 / np.square(std_errors)
    centre = np.average(estimates, weights=weight)
    q, df = float(weight @ (np.asarray(estimates) - centre) ** 2), len(weight) - 1
    return q, df, float(chdtrc(df, q)), max(0.0, 1 - df / q) if q > 0 else 0.0


def _by_site(sample: AnalysisSample, site: str) -> list[AnalysisSample]:
    estimates = []
    for _, rows in sample.people.groupby(site, sort=True).indices.items():
        people = sample.people.iloc[rows]
        estimates.append(AnalysisSample(people, sample.outcomes[rows], sample.positions, None, 0))
    return estimates


def _likelihood_ratio(
    sample: AnalysisSample, outcome: str, model: LogitModel, site: str
) -> tuple[float, int]:
    """Return the statistic and its degrees of freedom, on the people of the pooled logit."""
    used, narrow, _ = fit_sample(sample, outcome, model)
    people, y = used.people, used.outcomes[:, 0]
    by = people[site].astype("category")
    covariates = [name for name in model.adjusted_for(outcome) if name != site]
    wide = fit_logit(y, build_design(people, covariates, by=by), model.covariance)
    sites = sum(name.startswith(INTERACTION) for name in wide.names)
    return 2 * (_log_likelihood(wide, y) - _log_likelihood(narrow, y)), sites - 1


def _log_likelihood(fit: Logit, y: np.ndarray) -> float:
    score = fit.matrix @ fit.coefficients
    return float((y[fit.used] * score - np.logaddexp(0, score)).sum())
