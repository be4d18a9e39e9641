"""Every estimator gives the same estimates whatever they must not depend on."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from invariance import KEYS, assert_same, assert_swapped, shuffled, swapped

from ipseval.config.models import Family, Model
from ipseval.config.trial import Group
from ipseval.errors import InputError
from ipseval.impact.estimate import estimate_family
from ipseval.impact.settings import EstimationSettings
from ipseval.kinds import ESTIMATORS
from ipseval.streams import Streams

# What an option of an estimator is given; a new one that has to be given has to be said here.
GIVEN = {
    "label": "m",
    "covariates": ["age", "area"],
    "interaction": "keen",
    "coefficients": True,
    "received": "received",
    "imputations": 5,
    "stratum": "area",
}
OUTCOMES = ["score", "count", "works"]
UNITS = {"score": "points", "count": "visits", "works": "proportion", "known": "points"}
UNITS |= {"other": "points"}
GROUPS = {
    "north": Group(label="N", trial_groups=["n"]),
    "both": Group(label="B", trial_groups=["n", "s"]),
    "south": Group(label="S", trial_groups=["s"]),
}


@cache
def people(n: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    arm = rng.permutation(np.arange(n) % 2)
    age = rng.integers(18, 60, n).astype(float)
    area = rng.choice(["a", "b", "c"], n)
    keen = rng.integers(0, 2, n).astype(float)
    pull = 0.03 * (age - 40) + 0.5 * arm + 0.3 * keen + (area == "b")
    frame = pd.DataFrame(
        {
            "person_id": [f"p{i:06d}" for i in range(n)],
            "trial_group": rng.choice(["n", "s"], n),
            "arm": arm,
            "age": age,
            "area": area,
            "keen": keen,
            "received": np.where(rng.random(n) < 0.8, arm, 1 - arm).astype(float),
            "w": rng.uniform(0.5, 2, n),
            # A score of few values, so that many people share one.
            "score": np.round(pull * 2 + rng.normal(size=n)),
            "count": rng.negative_binomial(2, 0.4, n) * (rng.random(n) < 0.7) * 1.0,
            "works": (rng.random(n) < 1 / (1 + np.exp(0.5 - pull))).astype(float),
            "known": pull + rng.normal(size=n),
            "other": rng.normal(size=n),
        }
    )
    frame.loc[rng.random(n) < 0.1, "age"] = np.nan
    frame.loc[rng.random(n) < 0.1, "area"] = None
    for name, share in (("score", 0.3), ("count", 0.2), ("works", 0.1), ("other", 0.5)):
        frame.loc[rng.random(n) < share, name] = np.nan
    return frame.astype({"area": "str", "trial_group": "str"})


def model(estimator: str, **more: object) -> Model:
    kind = ESTIMATORS.declared_by(estimator)
    given = {key: value for key, value in GIVEN.items() if key in kind.model_fields}
    # Replicates of a weight are columns that these people do not have (test_replicates.py).
    if covariances := [name for name in kind.covariances() if name != "replicates"]:
        given["covariance"] = covariances[-1]
    return kind.model_validate({"estimator": estimator, **given, **more})


def estimates(frame: pd.DataFrame, declared: Model, outcomes, groups=("north", "both")):
    family = Family.model_validate(
        {"label": "f", "outcomes": list(outcomes), "timepoint": "t", "groups": list(groups)}
        | {"models": {"m": {"label": "m", "estimator": "lee"}}}
    ).model_copy(update={"models": {"m": declared}})
    settings = EstimationSettings(0.95, Streams(1, "t|f"))
    return estimate_family("t", "f", family, GROUPS, UNITS, frame, pd.DataFrame(), settings)


@cache
def fitting(estimator: str) -> list[str]:
    """Return the outcomes that an estimator takes: a score, a count, or yes and no."""
    found = []
    for name in OUTCOMES:
        try:
            estimates(people(), model(estimator), [name])
        except (InputError, ValueError):
            continue
        found.append(name)
    assert found, f"no outcome of the test is for estimator {estimator}"
    return found


def received(estimator: str) -> list[str]:
    return ["received"] if "received" in ESTIMATORS.declared_by(estimator).model_fields else []


@pytest.mark.parametrize("estimator", ESTIMATORS.names)
def test_the_order_of_rows_and_pseudonyms_move_nothing(estimator):
    declared, outcomes = model(estimator), fitting(estimator)
    (renamed,) = shuffled(people())
    assert_same(estimates(renamed, declared, outcomes), estimates(people(), declared, outcomes))


@pytest.mark.parametrize("estimator", ESTIMATORS.names)
def test_sign_and_means_follow_the_names_of_the_arms(estimator):
    declared, outcomes = model(estimator), fitting(estimator)
    other = swapped(people(), *received(estimator))
    assert_swapped(estimates(other, declared, outcomes), estimates(people(), declared, outcomes))


@pytest.mark.parametrize("estimator", ESTIMATORS.names)
def test_an_unrelated_outcome_or_group_moves_nothing(estimator):
    declared, outcomes = model(estimator), fitting(estimator)
    more = [*reversed(outcomes), *(name for name in ("other",) if "score" in outcomes)]
    whole = estimates(people(), declared, more, ("south", "both", "north"))
    alone = [estimates(people(), declared, [name], [g]) for g in ("north", "both") for name in more]
    wanted = pd.concat(alone).set_index(KEYS).sort_index()
    found = whole[whole["group"] != "south"].set_index(KEYS).sort_index()
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "estimator",
    [name for name in ESTIMATORS.names if "weight" in ESTIMATORS.declared_by(name).model_fields],
)
def test_everybody_twice_with_half_the_weight_gives_the_same_estimate(estimator):
    declared = model(estimator, weight="w")
    twice = pd.concat([people(), people().assign(person_id=people()["person_id"] + "b")])
    found = estimates(twice.assign(w=twice["w"] / 2).reset_index(drop=True), declared, ["known"])
    wanted = estimates(people(), declared, ["known"])
    for name in ("estimate", "mean_control", "mean_treatment"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-9)
    np.testing.assert_array_equal(found["n"], 2 * wanted["n"])


def test_every_option_that_has_to_be_given_is():
    for name in ESTIMATORS.names:
        fields = ESTIMATORS.declared_by(name).model_fields
        needed = {key for key, field in fields.items() if field.is_required()}
        assert needed <= {*GIVEN, "estimator", "covariance"}, name
