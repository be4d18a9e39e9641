"""Non-response weights: exact margins, known chances, limits, and bad input."""

import numpy as np
import pandas as pd
import pytest

from ipseval.config.outcomes import ResponseWeight
from ipseval.errors import InputError
from ipseval.outcomes.weights import replicate_weights, response_weights

SPEC = ResponseWeight(
    responded="responded", covariates=["age", "skill"], calibrate=["skill"], trim=5
)


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(5)
    n = 12_000
    people = pd.DataFrame(
        {
            "trial_group": np.where(rng.random(n) < 0.5, "a", "b"),
            "arm": rng.integers(0, 2, n),
            "age": rng.normal(40, 10, n),
            "skill": pd.array(rng.choice(["low", "mid", "high", None], n), dtype="str"),
        }
    )
    chance = 1 / (1 + np.exp(-(0.06 * (people["age"] - 45) + (people["skill"] == "high"))))
    return people, rng.random(n) < chance.to_numpy()


def test_weights_of_a_cell_sum_to_its_people_and_to_its_margins(survey):
    people, responded = survey
    weights, quality = response_weights(people, responded, SPEC, "w")
    assert np.isnan(weights[~responded]).all()
    assert (weights[responded] > 0).all()
    skill = people["skill"].fillna("missing")
    keys = [people["trial_group"], people["arm"], skill]
    wanted = people.groupby(keys).size()
    reached = pd.Series(weights).groupby(keys).sum()
    np.testing.assert_allclose(reached, wanted.reindex(reached.index), rtol=1e-9)
    assert quality["people"].sum() == len(people)
    assert quality["responded"].sum() == responded.sum()


def test_weights_undo_the_bias_of_response(survey):
    """Older people respond more: the weighted mean age is that of everybody again."""
    people, responded = survey
    weights, _ = response_weights(people, responded, SPEC, "w")
    age = people["age"].to_numpy()
    plain = age[responded].mean()
    weighted = np.average(age[responded], weights=weights[responded])
    assert plain - age.mean() > 2
    assert abs(weighted - age.mean()) < 0.25


def test_design_effect_is_kishs(survey):
    people, responded = survey
    weights, quality = response_weights(people, responded, SPEC, "w")
    inside = responded & (people["trial_group"] == "a") & (people["arm"] == 1)
    w = weights[inside.to_numpy()]
    row = quality[(quality["trial_group"] == "a") & (quality["arm"] == 1)].iloc[0]
    assert row["design_effect"] == pytest.approx(len(w) * (w**2).sum() / w.sum() ** 2, rel=1e-12)
    assert row["largest"] == w.max()


def test_large_weights_are_cut_and_counted(survey):
    people, responded = survey
    tight = SPEC.model_copy(update={"trim": 1.3, "calibrate": []})
    weights, quality = response_weights(people, responded, tight, "w")
    assert quality["trimmed"].min() > 50
    assert (quality["largest"] / quality["median"]).max() < 1.3 + 1e-9
    assert np.nansum(weights) == pytest.approx(len(people))


def test_order_of_people_does_not_matter(survey):
    people, responded = survey
    weights, _ = response_weights(people, responded, SPEC, "w")
    order = np.random.default_rng(1).permutation(len(people))
    shuffled, _ = response_weights(people.iloc[order], responded[order], SPEC, "w")
    np.testing.assert_allclose(shuffled, weights[order], rtol=1e-9)


def test_a_rare_level_that_all_or_none_answered_does_no_harm(survey):
    people, responded = survey
    people = people.assign(skill=people["skill"].where(people.index > 5, "rare"))
    weights, _ = response_weights(people, responded, SPEC, "w")
    assert np.isfinite(weights[responded]).all()


def test_a_cell_without_respondents_is_refused(survey):
    people, responded = survey
    nobody = responded & (people["trial_group"] == "a").to_numpy()
    with pytest.raises(InputError, match="nobody of b in the control arm responded"):
        response_weights(people, nobody, SPEC, "w")


REPLICATED = SPEC.model_copy(update={"replicates": 8})


def small(survey, n=1500):
    people, responded = survey
    return people.iloc[:n].reset_index(drop=True), responded[:n]


def test_replicates_do_not_depend_on_the_order_of_people(survey):
    people, responded = small(survey)
    number = np.arange(len(people))
    copies = replicate_weights(people, responded, REPLICATED, "w", number)
    assert next(iter(copies)) == "w_replicate_001"
    order = np.random.default_rng(1).permutation(len(people))
    again = replicate_weights(
        people.iloc[order].reset_index(drop=True), responded[order], REPLICATED, "w", number[order]
    )
    np.testing.assert_allclose(again.to_numpy(), copies.to_numpy()[order], rtol=1e-6)


def test_each_replicate_is_estimated_anew_and_stands_for_everybody(survey):
    people, responded = small(survey)
    copies = replicate_weights(people, responded, REPLICATED, "w", np.arange(len(people)))
    sums = copies.groupby([people["trial_group"], people["arm"]]).sum()
    sizes = people.groupby(["trial_group", "arm"]).size()
    np.testing.assert_allclose(sums, np.tile(sizes.to_numpy()[:, None], 8), rtol=1e-9)
    weights, _ = response_weights(people, responded, SPEC, "w")
    mean = copies[responded].mean(axis=1)
    assert np.corrcoef(mean, weights[responded])[0, 1] > 0.6  # of 8 replicates
    assert copies[~responded].isna().all(axis=None)


def test_people_known_without_an_answer_count_for_themselves(survey):
    people, responded = small(survey)
    people = people.assign(died=0.0)
    dead = np.flatnonzero(~responded)[:5]
    people.loc[dead, "died"] = 1.0
    spec = REPLICATED.model_copy(update={"known_without": "died", "replicates": 3})
    weights, quality = response_weights(people, responded, spec, "w")
    assert (weights[dead] == 1).all()
    assert quality["people"].sum() == len(people) - 5
    assert weights[responded].sum() == pytest.approx(len(people) - 5)
    copies = replicate_weights(people, responded, spec, "w", np.arange(len(people)))
    assert copies.iloc[dead].notna().all(axis=None)


def test_a_replicate_in_which_everybody_counts_once_is_the_weight(survey, monkeypatch):
    people, responded = small(survey)
    monkeypatch.setattr(np, "bincount", _once(np.bincount))
    copies = replicate_weights(people, responded, REPLICATED, "w", np.arange(len(people)))
    weights, _ = response_weights(people, responded, SPEC, "w")
    sizes = people.groupby(["trial_group", "arm"])["age"].transform("size")
    np.testing.assert_allclose(copies["w_replicate_001"], weights * sizes / (sizes - 1), rtol=1e-6)


def _once(bincount):
    """Return bincount, but that of people drawn counts each of them once."""

    def counted(drawn, weights=None, minlength=0):
        if weights is None and minlength == len(drawn) + 1:
            return np.ones(minlength)
        return bincount(drawn, weights=weights, minlength=minlength)

    return counted
