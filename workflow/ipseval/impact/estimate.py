"""Estimates of one declared family: one tidy row a group, outcome and model."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit

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
        design = build_design(sample, model.covariates, interacted=model.estimator == "lin")
        fit = logit_effects if model.estimator == "logit" else ols_effects
        effects = fit(y, design, model.covariance)
        treated = sample["arm"].to_numpy() == 1
        for i, position in enumerate(columns):
            control = y[~treated, i]
            yield {
                "position": int(position),
                **_inference(effects, i, level),
                "n": len(sample),
                "n_treatment": int(treated.sum()),
                "n_control": int((~treated).sum()),
                "df": effects.df if effects.df is not None else np.nan,
                "mean_control": control.mean(),
                "mean_treatment": y[treated, i].mean(),
                "effect_sd": effects.estimate[i] / control.std(ddof=1)
                if np.ptp(control) > 0
                else np.nan,
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
