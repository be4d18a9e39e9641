"""Effects in the levels of a subgroup, by interaction with treatment, and their joint test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..lazy import np, pd
from .design import build_design
from .samples import AnalysisSample, samples
from .table import described, inference

if TYPE_CHECKING:
    from .estimators.ols import Ols

JOINT = "equal effects"


def estimate_subgroup(
    members: pd.DataFrame, subgroup: str, outcome: str, model: Ols, level: float, unit: str
) -> Iterator[dict[str, object]]:
    """Yield a row a level of a subgroup, then one for the test that all levels have one effect.

    One regression holds everybody: treatment by level, the levels, and the covariates. The joint
    test is the F test of equal coefficients with the model's covariance. Levels without people
    in both arms are left out, and so are people whose subgroup is not known; both are counted in
    dropped_n. With fewer than two levels left there is nothing to compare, and no row.
    """
    whole = next(samples(members, members[[outcome]].to_numpy(dtype=float), model))
    by = _levels(whole, subgroup)
    inside = by.notna().to_numpy()
    levels = list(by.cat.categories)
    if len(levels) < 2:
        return
    people, y = whole.people[inside], whole.outcomes[inside]
    weights = None if whole.weights is None else whole.weights[inside]
    covariates = [name for name in model.adjusted_for(outcome) if name != subgroup]
    design = build_design(people, covariates, weights=weights, by=by[inside])
    clusters = (
        None
        if whole.clusters is None
        else np.unique(whole.clusters[inside], return_inverse=True)[1]
    )
    effects = model.fitted(y, design, people, weights, clusters)
    lost = len(members) - len(people)
    treated, counts = whole.treated[inside], whole.counts[inside]
    for i, name in enumerate(levels):
        at = (by[inside] == name).to_numpy()
        value = float(effects.estimate[i, 0])
        yield {
            "subgroup": f"{subgroup}={name}",
            **inference(value, float(effects.std_error[i, 0]), effects.df, level),
            **described(y[at, 0], treated[at], counts[at], value, unit),
            "dropped_n": lost,
        }
    statistic, p_value = equal_effects(effects.estimate[:, 0], effects.covariance[0], effects.t_df)
    yield {
        "subgroup": subgroup,
        "term": JOINT,
        "statistic": statistic,
        "p_value": p_value,
        "df": effects.df,
        "n": len(people),
        "n_treatment": int(treated.sum()),
        "n_control": int((~treated).sum()),
        "dropped_n": lost,
        "unit": unit,
    }


def equal_effects(estimate: np.ndarray, covariance: np.ndarray, df: float) -> tuple[float, float]:
    """Return F and p-value of the test that t coefficients are equal (t-1 and df)."""
    from scipy.special import fdtrc

    contrast = np.eye(len(estimate))[1:] - np.eye(len(estimate))[:1]
    gap = contrast @ estimate
    numerator = len(gap)
    statistic = gap @ np.linalg.solve(contrast @ covariance @ contrast.T, gap) / numerator
    return float(statistic), float(fdtrc(numerator, df, statistic))


def _levels(sample: AnalysisSample, subgroup: str) -> pd.Series:
    """Return the level of each person as categories, those that lack an arm as missing."""
    values = sample.people[subgroup]
    if pd.api.types.is_numeric_dtype(values):
        values = values.map({0: "no", 1: "yes"})
    both = sample.people.groupby(values)["arm"].nunique()
    return values.where(values.isin(both.index[both == 2])).astype("category")
