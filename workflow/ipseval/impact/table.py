"""The tidy table of estimates: its columns, and inference for one of its rows."""

from __future__ import annotations

from collections.abc import Iterable

from ..arrays import moments
from ..lazy import np, pd

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
    "n_mean_control",
    "n_mean_treatment",
]

# Columns that follow where some row of the table has them.
FURTHER = [
    "treatment_arms",
    "control_arms",
    "population",
    "clusters",
    "icc",
    "design_effect",
    "not_estimated",
]


def tidy(rows: Iterable[dict], trial: str, family: str) -> pd.DataFrame:
    """Return rows as the table of a family; what a row does not say is missing."""
    frame = pd.DataFrame([{"subgroup": "all", "term": "arm", **row} for row in rows])
    further = [name for name in FURTHER if name in frame]
    return frame.assign(trial=trial, family=family).reindex(columns=[*COLUMNS, *further])


def inference(
    estimate: float, std_error: float, df: float | None, level: float
) -> dict[str, float]:
    """Return estimate, error, interval, statistic and two-sided p-value; df None is normal."""
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    statistic = estimate / std_error if std_error > 0 else np.nan
    tail = (1 + level) / 2
    if df is None:
        quantile, p_value = ndtri(tail), 2 * ndtr(-abs(statistic))
    else:
        quantile, p_value = stdtrit(df, tail), 2 * stdtr(df, -abs(statistic))
    return {
        "estimate": estimate,
        "std_error": std_error,
        "ci_low": estimate - quantile * std_error,
        "ci_high": estimate + quantile * std_error,
        "statistic": statistic,
        "p_value": p_value,
        "df": np.nan if df is None else df,
    }


def described(
    y: np.ndarray, treated: np.ndarray, counts: np.ndarray, estimate: float, unit: str
) -> dict[str, float | str]:
    """Return what a row says of its sample: people by arm, means, and the effect in other units.

    y, treated and counts (what each person counts for in a mean) are of length n. effect_sd is in
    standard deviations of the control group. n_mean_control and n_mean_treatment are the people
    behind the means, of whom a model may leave out some.
    """
    y, controls = np.ascontiguousarray(y), ~treated
    control, spread = moments(y[controls], counts[controls])
    arms = int(controls.sum()), int(treated.sum())
    return {
        "n": len(y),
        "n_treatment": arms[1],
        "n_control": arms[0],
        "n_mean_control": arms[0],
        "n_mean_treatment": arms[1],
        "mean_control": control,
        "mean_treatment": moments(y[treated], counts[treated])[0],
        "effect_sd": estimate / spread if spread > 0 else np.nan,
        "effect_ppt": estimate * 100 if unit == "proportion" else np.nan,
        "unit": unit,
    }
