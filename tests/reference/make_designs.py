"""Bias, coverage and size of the estimators of designs, by simulation with a known truth.

    PYTHONPATH=workflow .venv/bin/python tests/reference/make_designs.py

writes designs.json: 500 replicates of each of four designs, and the first replicates whole, with
which a test compares today's code. Clusters of unequal size that were randomised, one event in
ten, three arms, and an allocation of one to three within strata.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from ipseval.config.trial import Group
from ipseval.errors import InputError
from ipseval.impact.samples import compared, members_of
from ipseval.impact.settings import EstimationSettings
from ipseval.kinds import ESTIMATORS

HERE = Path(__file__).parent
SEED, REPLICATES, FIRST = 21, 500, 2
ARMS = ("control", "one", "two")
TWO = Group(label="g", trial_groups=["all"], treatment=["one"], control=["control"])


def _frame(arm: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"trial_group": "all", "arm": arm, **columns})


def clusters(rng: np.random.Generator) -> pd.DataFrame:
    """24 clusters of 5 to 60 people, a third of them treated; ICC .05, effect .3."""
    sizes = rng.integers(5, 61, 24)
    cluster = np.repeat(np.arange(24), sizes)
    arm = (rng.permutation(24) < 8).astype(int)[cluster]
    shared = rng.normal(size=24)[cluster] * np.sqrt(0.05)
    y = 0.3 * arm + shared + rng.normal(size=len(arm)) * np.sqrt(0.95)
    return _frame(arm, y=y, cluster=cluster.astype(str))


def events(rng: np.random.Generator) -> pd.DataFrame:
    """600 people; risks .13 and .07, averaged over a covariate on which they depend."""
    x = rng.integers(0, 2, 600).astype(float)
    arm = rng.permutation(np.arange(600) % 2)
    risk = np.where(arm == 1, 0.07, 0.13) + np.where(x == 1, 1, -1) * np.where(arm == 1, 0.03, 0.05)
    return _frame(arm, works=(rng.random(600) < risk).astype(float), x=x)


def three_arms(rng: np.random.Generator) -> pd.DataFrame:
    """300 people in three arms, spread that differs between them, effect of the first .4."""
    arm = rng.permutation(np.repeat([0, 1, 2], [150, 60, 90]))
    x = rng.normal(size=300)
    y = 0.4 * (arm == 1) + 0.9 * (arm == 2) + x + rng.normal(size=300) * np.array([1, 2, 1.5])[arm]
    return _frame(arm, y=y, x=x)


def strata(rng: np.random.Generator) -> pd.DataFrame:
    """Eight strata, one person in four treated within each; risk .3 and .4, and .2 more in half."""
    stratum = np.repeat(np.arange(8), 60)
    arm = np.concatenate([rng.permutation(np.arange(60) % 4 == 0) for _ in range(8)]).astype(int)
    risk = 0.3 + 0.1 * arm + 0.2 * (stratum % 2)
    works = (rng.random(480) < risk).astype(float)
    visits = rng.negative_binomial(2, 2 / (2 + np.exp(0.4 + 0.3 * arm))).astype(float)
    return _frame(arm, works=works, visits=visits, stratum=stratum.astype(str))


OLS = {"estimator": "ols"}
RISK = {"estimator": "standardised", "covariance": "HC0"}
# Name -> design, outcome, unit, model and truth, of ratios on their logarithm.
STUDIED = {
    "clusters CR2": (
        clusters, "y", "points", OLS | {"covariance": "CR2", "cluster": "cluster"}, 0.3,
    ),
    "clusters HC1, which takes people as independent": (
        clusters, "y", "points", OLS | {"covariance": "HC1"}, 0.3,
    ),
    "events difference": (events, "works", "proportion", RISK | {"covariates": ["x"]}, -0.06),
    "events log ratio": (
        events, "works", "proportion", RISK | {"covariates": ["x"], "measure": "risk_ratio"},
        np.log(0.07 / 0.13),
    ),
    "events log odds ratio": (
        events, "works", "proportion", RISK | {"measure": "odds_ratio"},
        np.log(0.07 / 0.93 / (0.13 / 0.87)),
    ),
    "three arms HC2": (
        three_arms, "y", "points",
        OLS | {"covariance": "HC2", "other_arms": "modelled", "covariates": ["x"]}, 0.4,
    ),
    "strata Mantel-Haenszel": (
        strata, "works", "proportion",
        {"estimator": "mantel_haenszel", "stratum": "stratum"}, 0.1,
    ),
    "counts log rate ratio": (
        strata, "visits", "visits",
        {"estimator": "negative_binomial", "covariance": "classical", "measure": "rate_ratio"}, 0.3,
    ),
}  # fmt: skip


def estimates(replicate: int) -> dict[str, list[float]]:
    """Return name -> estimate, standard error and ends of the interval of one replicate."""
    found = {}
    drawn: dict[str, pd.DataFrame] = {}
    for name, (design, outcome, unit, model, _) in STUDIED.items():
        if design.__name__ not in drawn:
            drawn[design.__name__] = design(np.random.default_rng([SEED, replicate]))
        declared = ESTIMATORS.parse({"label": "m", **model})
        people = drawn[design.__name__]
        chosen = members_of(people, TWO, "g", ARMS, declared.keeps_other_arms)
        members = compared(people[chosen], TWO, ARMS)
        settings, values = EstimationSettings(0.95, arms=ARMS), members[[outcome]].to_numpy(float)
        try:
            row = next(
                iter(declared.estimates(members, values, [outcome], settings, {outcome: unit}))
            )
        except InputError:
            found[name] = [float("nan")] * 4
            continue
        numbers = [float(row[key]) for key in ("estimate", "std_error", "ci_low", "ci_high")]
        if str(row["unit"]).endswith("ratio"):
            error = numbers[1] / numbers[0]
            numbers = [float(np.log(numbers[0])), error, *(float(np.log(v)) for v in numbers[2:])]
        found[name] = numbers
    return found


def study() -> dict:
    """Return what 500 replicates say of each estimator."""
    drawn = [estimates(replicate) for replicate in range(REPLICATES)]
    said = {}
    for name, (*_, truth) in STUDIED.items():
        rows = np.array([one[name] for one in drawn])
        rows = rows[~np.isnan(rows[:, 0])]
        value, error, low, high = rows.T
        # The share of intervals without 0 had there been no effect: moved by the truth.
        size = ((low - truth > 0) | (high - truth < 0)).mean()
        said[name] = {
            "truth": float(truth),
            "estimated": len(rows),
            "mean": float(value.mean()),
            "monte_carlo_error": float(value.std(ddof=1) / np.sqrt(len(rows))),
            "spread": float(value.std(ddof=1)),
            "mean_std_error": float(error.mean()),
            "coverage": float(((low <= truth) & (truth <= high)).mean()),
            "size": float(size),
            "first": [one[name] for one in drawn[:FIRST]],
        }
    return {"seed": SEED, "replicates": REPLICATES, "estimators": said}


if __name__ == "__main__":
    text = json.dumps(study(), indent=1) + "\n"
    (HERE / "designs.json").write_text(text, encoding="utf-8")
