"""Bias and coverage of every estimator over 500 trials whose effects are known.

    PYTHONPATH=workflow .venv/bin/python tests/reference/make_coverage.py

writes coverage.json: for each estimator the true effect, the mean estimate, its Monte Carlo
error, the spread of estimates beside the mean standard error, the share of 95% intervals that
cover the truth, and the estimates of the first replicates, by which a test sees that the stored
study is that of today's code.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from ipseval.config.models import Model
from ipseval.config.outcomes import ResponseWeight
from ipseval.impact.estimators.lee import Lee
from ipseval.impact.estimators.ols import Ols
from ipseval.impact.settings import EstimationSettings
from ipseval.impact.subgroups import estimate_subgroup
from ipseval.kinds import ESTIMATORS
from ipseval.outcomes.weights import response_weights
from ipseval.streams import Streams

REPLICATES, PEOPLE, SEED, FIRST = 500, 400, 2016, 3
X = {"covariates": ["trial_group", "x"]}
MODELS = {
    "ols unadjusted HC1": ("score", {"estimator": "ols", "covariance": "HC1"}),
    "ols adjusted HC1": ("score", {"estimator": "ols", "covariance": "HC1", **X}),
    "ols adjusted HC2": ("score", {"estimator": "ols", "covariance": "HC2", **X}),
    "lin HC2": ("score", {"estimator": "lin", "covariance": "HC2", **X}),
    "logit HC1": ("binary", {"estimator": "logit", "covariance": "HC1", **X}),
    "linear probability HC1": ("binary", {"estimator": "ols", "covariance": "HC1", **X}),
    "iv HC1": ("attended", {"estimator": "iv", "covariance": "HC1", "received": "met", **X}),
    "survey weighted HC1": (
        "survey",
        {"estimator": "ols", "covariance": "HC1", "weight": "w", **X},
    ),
    "survey unweighted HC1": ("survey", {"estimator": "ols", "covariance": "HC1"}),
    "imputation": ("survey", {"estimator": "imputation", "covariance": "HC1", **X}),
}
RESPONSE = ResponseWeight(responded="responded", covariates=["x"], calibrate=[], trim=20)


def trial(replicate: int) -> pd.DataFrame:
    """Return people of one trial, in two groups of blocks of two, with outcomes and answers."""
    rng = np.random.default_rng([SEED, replicate])
    n = PEOPLE
    x, b = rng.normal(size=n), np.arange(n) >= n // 2
    first = rng.integers(0, 2, n // 2)
    arm = np.column_stack([first, 1 - first]).ravel()
    noise = rng.normal(size=n) * (1 + 0.5 * arm)
    base = 1 + x + 0.5 * b
    met = (arm == 1) & (rng.uniform(size=n) < expit(0.5 + 0.5 * x))
    score = base + (0.4 + 0.3 * x) * arm + noise
    responded = rng.uniform(size=n) < expit(0.3 + 0.6 * x)
    # Who responds in the control group would in the treatment group too, but not the reverse.
    answers = rng.uniform(size=n) < 0.7 + 0.1 * arm
    people = pd.DataFrame(
        {
            "trial_group": np.where(b, "b", "a"),
            "arm": arm,
            "x": x,
            "group": pd.Categorical(np.where(b, "b", "a")),
            "met": met.astype(float),
            "responded": responded.astype(float),
            "score": score,
            "binary": (rng.uniform(size=n) < expit(-0.3 + 0.8 * x + 0.5 * arm)).astype(float),
            "attended": base + 0.6 * met + noise,
            "survey": np.where(responded, score, np.nan),
            "by_group": base + np.where(b, 0.6, 0.2) * arm + noise,
            "bounded": np.where(answers, base + 0.5 * arm + noise, np.nan),
        }
    )
    people["w"], _ = response_weights(people, responded, RESPONSE, "w")
    return people


def truths() -> dict[str, float]:
    """Return the effects that the estimators are after."""
    node, weight = np.polynomial.hermite_e.hermegauss(80)
    gap = expit(-0.3 + 0.8 * node + 0.5) - expit(-0.3 + 0.8 * node)
    binary = float(gap @ weight / weight.sum())
    outcomes = {"score": 0.4, "survey": 0.4, "binary": binary, "attended": 0.6}
    found = {name: outcomes[outcome] for name, (outcome, _) in MODELS.items()}
    return found | {"subgroup a": 0.2, "subgroup b": 0.6, "lee": 0.5}


def estimates(replicate: int) -> dict[str, tuple[float, float, float, float]]:
    """Return estimate, standard error and interval of every estimator in one trial."""
    people = trial(replicate)
    settings = EstimationSettings(0.95, Streams(SEED, str(replicate)))
    found = {}
    for name, (outcome, given) in MODELS.items():
        found[name] = _one(people, outcome, ESTIMATORS.parse({"label": name, **given}), settings)
    model = Ols(label="s", estimator="ols", covariance="HC1", covariates=["x"])
    for row in estimate_subgroup(people, "group", "by_group", model, 0.95, "points"):
        if row["subgroup"] != "group":
            found[f"subgroup {row['subgroup'][-1]}"] = _figures(row)
    lee = Lee(label="lee", estimator="lee")
    lower, upper = _rows(people, "bounded", lee, settings)
    middle = (lower["estimate"] + upper["estimate"]) / 2
    found["lee"] = (middle, lower["std_error"], lower["ci_low"], upper["ci_high"])
    return found


def _rows(people, outcome: str, model: Model, settings: EstimationSettings) -> list[dict]:
    values, units = people[[outcome]].to_numpy(dtype=float), {outcome: "points"}
    return list(model.estimates(people, values, [outcome], settings, units))


def _one(people, outcome: str, model: Model, settings: EstimationSettings):
    (row,) = _rows(people, outcome, model, settings)
    return _figures(row)


def _figures(row: dict) -> tuple[float, float, float, float]:
    return row["estimate"], row["std_error"], row["ci_low"], row["ci_high"]


def study() -> dict:
    runs = [estimates(replicate) for replicate in range(REPLICATES)]
    found = {}
    for name, truth in truths().items():
        values = np.array([run[name] for run in runs])
        value, error, low, high = values.T
        found[name] = {
            "truth": truth,
            "mean": value.mean(),
            "monte_carlo_error": value.std(ddof=1) / np.sqrt(REPLICATES),
            "spread": value.std(ddof=1),
            "mean_std_error": error.mean(),
            "coverage": float(((low <= truth) & (truth <= high)).mean()),
            "first": values[:FIRST].tolist(),
        }
    return {"replicates": REPLICATES, "people": PEOPLE, "seed": SEED, "estimators": found}


if __name__ == "__main__":
    path = Path(__file__).parent / "coverage.json"
    path.write_text(json.dumps(study(), indent=1) + "\n", encoding="utf-8")
