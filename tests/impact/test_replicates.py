"""Errors from replicate weights: those of a loop over regressions, and near the sandwich."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from ipseval.config.names import replicate
from ipseval.config.outcomes import ResponseWeight
from ipseval.errors import InputError
from ipseval.impact.columns import read_people
from ipseval.impact.estimators.ols import Ols
from ipseval.impact.samples import samples
from ipseval.outcomes.weights import replicate_weights, response_weights

R = 60
SPEC = ResponseWeight(
    responded="responded", covariates=["age"], calibrate=["skill"], replicates=R, trim=5
)


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(3)
    n = 600
    frame = pd.DataFrame(
        {
            "trial_group": "a",
            "arm": rng.integers(0, 2, n),
            "age": rng.normal(40, 10, n),
            "skill": rng.choice(["low", "high"], n),
        }
    )
    chance = 1 / (1 + np.exp(-0.08 * (frame["age"] - 40)))
    responded = (rng.random(n) < chance).to_numpy()
    frame["y"] = np.where(responded, 0.1 * frame["age"] + rng.normal(0, 1, n), np.nan)
    frame["z"] = np.where(responded, rng.normal(0, 2, n), np.nan)
    frame["w"], _ = response_weights(frame, responded, SPEC, "w")
    copies = replicate_weights(frame, responded, SPEC, "w", np.arange(n))
    return pd.concat([frame, copies], axis=1)


def effects(people, covariance):
    model = Ols(
        label="M", estimator="ols", covariance=covariance, weight="w", covariates=["age", "skill"]
    )
    sample = next(samples(people, people[["y", "z"]].to_numpy(dtype=float), model))
    return model.effects(sample, "y"), sample, model.design(sample, "y")


def test_replicates_are_a_loop_over_weighted_regressions(people):
    found, sample, design = effects(people, "replicates")
    place = design.of_interest.start
    for i in range(2):
        estimates = []
        for r in range(1, R + 1):
            weights = sample.people[replicate("w", r)].to_numpy()
            y = sample.outcomes[:, i]
            estimates.append(sm.WLS(y, design.matrix, weights=weights).fit().params[place])
        wanted = np.mean((np.array(estimates) - found.estimate[0, i]) ** 2)
        assert found.covariance[i, 0, 0] == pytest.approx(wanted, rel=1e-9)


def test_replicates_give_the_estimate_and_an_error_near_the_sandwich(people):
    found, robust = (effects(people, how)[0] for how in ("replicates", "HC1"))
    np.testing.assert_allclose(found.estimate, robust.estimate, rtol=1e-12)
    assert found.t_df == robust.t_df
    ratio = found.std_error / robust.std_error
    # Of 60 replicates an error is known to a tenth; that weights are estimated moves it little.
    assert (np.abs(np.log(ratio)) < 0.35).all()


def test_a_weight_without_replicates_is_refused_in_words(people):
    plain = people.drop(columns=[replicate("w", r) for r in range(1, R + 1)])
    with pytest.raises(InputError, match="weight 'w' has no replicates"):
        effects(plain, "replicates")


@pytest.mark.parametrize(("covariance", "columns"), [("replicates", R + 2), ("HC1", 2)])
def test_only_a_model_with_replicates_reads_them(people, tmp_path, covariance, columns):
    path = str(tmp_path / "people.parquet")
    people.assign(person_id="p").to_parquet(path)
    read = read_people(path, {"outcomes": ["y"], "weight": "w", "covariance": covariance})
    assert len([name for name in read if name in ("y", "w") or "_replicate_" in name]) == columns
