"""Estimates of one declared family: one tidy row a group, outcome and model."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from ..arrays import moments
from ..config.models import Family, Model
from ..config.trial import Group
from ..errors import InputError
from .design import build_design
from .estimators import Effects, logit_effects, ols_effects

COLUMNS = [
    "trial",
    "group",
    "subgroup",
    "outcome",
    "timepoint",
    "model",
    "term",
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "statistic",
    "p_value",
    "p_adjusted",
    "family",
    "n",
    "n_treatment",
    "n_control",
    "df",
    "mean_control",
    "mean_treatment",
    "effect_sd",
    "effect_ppt",
    "dropped_n",
    "unit",
]

MONTH_UNITS = {"employed": "proportion", "days_employed": "days", "pay": "GBP"}


def estimate_family(
    trial: str,
    name: str,
    family: Family,
    groups: dict[str, Group],
    units: dict[str, str],
    people: pd.DataFrame,
    months: pd.DataFrame,
    confidence_level: float,
) -> pd.DataFrame:
    """Return the intention-to-treat estimates of a family (columns COLUMNS).

    `units` maps an outcome to its unit; `months` is used by families estimated by month.
    Everyone randomised whose outcome is known counts, in the arm they were randomised to.
    """
    wide = _by_month(family, people, months) if family.by_month else None
    rows = []
    for group_name in family.groups:
        chosen = people["trial_group"].isin(groups[group_name].trial_groups)
        members = people[chosen]
        if members["arm"].nunique() < 2:
            raise InputError(
                f"group '{group_name}' lacks an arm",
                table="people",
                rule="people in both arms",
                remedy="leave the group out of models.yaml",
            )
        for outcome in family.outcomes:
            if wide is None:
                values = members[[outcome]].to_numpy(dtype=float)
                timepoints = [family.timepoint]
            else:
                values = wide[outcome][chosen.to_numpy()]
                timepoints = [f"{family.timepoint}_{m}" for m in sorted(months["month"].unique())]
            unit = (MONTH_UNITS if family.by_month else units)[outcome]
            for model_name, model in family.models.items():
                for row in _estimate(members, values, model, confidence_level, unit):
                    position = row.pop("position")
                    rows.append(
                        {
                            "trial": trial,
                            "group": group_name,
                            "subgroup": "all",
                            "outcome": outcome,
                            "timepoint": timepoints[position],
                            "model": model_name,
                            "term": "arm",
                            "p_adjusted": np.nan,
                            "family": name,
                            "unit": unit,
                            **row,
                        }
                    )
    return pd.DataFrame(rows)[COLUMNS]


def estimate_by_linkage(by_linkage: pd.DataFrame, people: pd.DataFrame, **arguments):
    """Return estimates of a family under every way of linking, named in the column subgroup.

    `by_linkage` has method, person_id and what the linked sources say; `arguments` are those of
    estimate_family.
    """
    frames = []
    for method, known in by_linkage.groupby("method", sort=False):
        known = known.drop(columns="method").set_index("person_id").loc[people["person_id"]]
        own = people.assign(**{name: known[name].to_numpy() for name in known})
        frames.append(estimate_family(people=own, **arguments).assign(subgroup=method))
    if not frames:
        raise InputError(
            "nothing was linked, so there are no ways of linking to compare",
            rule=f"families.{arguments['name']}.by_linkage",
            remedy="leave the family out of models.yaml",
        )
    return pd.concat(frames, ignore_index=True)


def _by_month(family: Family, people, months) -> dict[str, np.ndarray]:
    """Return each measure as people x months, in the order of people."""
    return {
        measure: months.pivot(index="person_id", columns="month", values=measure)
        .loc[people["person_id"]]
        .to_numpy(dtype=float)
        for measure in family.outcomes
    }


def _estimate(members, values: np.ndarray, model: Model, level: float, unit: str) -> Iterator[dict]:
    """Yield one row an outcome column; columns missing for the same people share a design."""
    known = ~np.isnan(values)
    if model.weight:
        known &= members[model.weight].notna().to_numpy()[:, None]
    patterns, which = np.unique(known, axis=1, return_inverse=True)
    for index in range(patterns.shape[1]):
        columns = np.flatnonzero(np.ravel(which) == index)
        keep = patterns[:, index]
        sample, y = members[keep], values[np.ix_(keep, columns)]
        if sample["arm"].nunique() < 2:
            raise InputError(
                f"the outcome is known of {len(sample)} people, not of both arms",
                table="people",
                rule="an outcome known of people in both arms",
                remedy="look at linkage/quality.csv: is anybody linkable?",
            )
        weights = sample[model.weight].to_numpy(dtype=float) if model.weight else None
        interacted = model.estimator == "lin"
        design = build_design(sample, model.covariates, interacted, weights)
        if model.estimator == "logit":
            effects = logit_effects(y, design, model.covariance)
        else:
            effects = ols_effects(y, design, model.covariance, weights)
        treated = sample["arm"].to_numpy() == 1
        counts = np.ones(len(sample)) if weights is None else weights
        for i, position in enumerate(columns):
            control, spread = moments(y[~treated, i], counts[~treated])
            yield {
                "position": int(position),
                **_inference(effects, i, level),
                "n": len(sample),
                "n_treatment": int(treated.sum()),
                "n_control": int((~treated).sum()),
                "df": effects.df if effects.df is not None else np.nan,
                "mean_control": control,
                "mean_treatment": moments(y[treated, i], counts[treated])[0],
                "effect_sd": effects.estimate[i] / spread if spread > 0 else np.nan,
                "effect_ppt": effects.estimate[i] * 100 if unit == "proportion" else np.nan,
                "dropped_n": int((~keep).sum()),
            }


def _inference(effects: Effects, i: int, level: float) -> dict[str, float]:
    """Return estimate, error, interval, statistic and two-sided p-value."""
    estimate, error = effects.estimate[i], effects.std_error[i]
    statistic = estimate / error if error > 0 else np.nan
    tail = (1 + level) / 2
    if effects.df is None:
        quantile, p_value = ndtri(tail), 2 * ndtr(-abs(statistic))
    else:
        quantile, p_value = stdtrit(effects.df, tail), 2 * stdtr(effects.df, -abs(statistic))
    return {
        "estimate": estimate,
        "std_error": error,
        "ci_low": estimate - quantile * error,
        "ci_high": estimate + quantile * error,
        "statistic": statistic,
        "p_value": p_value,
    }
