"""Comparisons of arms tested together share the allocations of all arms."""

import numpy as np
import pandas as pd
import pytest
from impact.test_designs import ARMS, UNITS, estimates, group, people

from ipseval.config.models import Models
from ipseval.impact.hypotheses import joint_tests, step_down
from ipseval.impact.randomisation import Contrast, redraw_arms
from ipseval.impact.samples import compared, members_of, samples
from ipseval.impact.settings import EstimationSettings
from ipseval.kinds import ESTIMATORS
from ipseval.streams import Streams

LOW = {"treatment": ["low"], "control": ["placebo"]}
HIGH = {"treatment": ["high"], "control": ["placebo"]}
POOLED = {"treatment": ["low", "high"], "control": ["placebo"]}
CASES = [
    (LOW, {"covariance": "HC1"}),
    (LOW, {"covariance": "classical", "covariates": ["x", "site"]}),
    (POOLED, {"covariance": "HC0", "covariates": ["x"]}),
    (LOW, {"covariance": "HC1", "covariates": ["x"], "other_arms": "modelled"}),
    (HIGH, {"covariance": "CR1", "cluster": "site", "covariates": ["x"]}),
    ({"dose": {"placebo": 0, "low": 1, "high": 4}}, {"covariance": "HC1"}),
]


@pytest.mark.parametrize(("given", "model"), CASES, ids=range(len(CASES)))
def test_under_the_allocation_that_was_it_is_the_statistic_of_the_model(given, model):
    frame = people()
    frame.loc[::11, "y"] = np.nan
    one = group(**given)
    row = estimates(frame, {"g": one}, one=model).iloc[0]
    declared = ESTIMATORS.parse({"label": "m", "estimator": "ols", **model})
    everybody = compared(frame[members_of(frame, one, "g", ARMS, others=True)], one, ARMS)
    treatment, control = one.sides(ARMS)
    value = np.zeros(3)
    value[treatment] = [one.dose[ARMS[arm]] for arm in treatment] if one.dose else 1
    there = np.isin(np.arange(3), [*treatment, *control])
    modelled = declared.keeps_other_arms
    others = tuple(np.flatnonzero(~there)) if modelled else ()
    sample = next(samples(everybody, everybody[["y"]].to_numpy(), declared))
    arms = frame.loc[sample.people.index, ["arm"]].to_numpy(np.int8)
    contrast = Contrast(value, there | modelled, others)
    found = declared.contrast_statistics(sample, "y", arms, contrast)
    assert found[0, 0] == pytest.approx(row["statistic"])


@pytest.mark.parametrize("by_cluster", [False, True])
def test_arms_keep_their_numbers_within_strata(by_cluster):
    frame = people(240).assign(stratum=lambda f: np.where(f["x"] > 0, "s", "t"))
    unit = 1
    if by_cluster:
        unit = 6
        places = np.arange(240) // unit
        frame = frame.assign(cluster=places.astype(str), arm=places % 3)
        frame["stratum"] = np.where(places < 15, "s", "t")
    shuffled = frame.sample(frac=1, random_state=1)
    arms = pd.DataFrame(redraw_arms(shuffled, 600, Streams(3, "t")), index=shuffled.index)
    for stratum, own in arms.groupby(frame["stratum"]):
        wanted = np.bincount(frame.loc[frame["stratum"] == stratum, "arm"], minlength=3)
        assert (wanted == own.apply(lambda drawn: np.bincount(drawn, minlength=3)).T).all().all()
    if by_cluster:
        kept = arms.groupby(frame["cluster"])
        assert (kept.min() == kept.max()).all().all()
    assert abs((arms == 1).mean(axis=1) - 1 / 3).max() < 0.12


def westfall_young(frame, groups, outcomes, **model):
    declared = Models.model_validate(
        {
            "groups": list(groups),
            "timepoint": "t",
            "families": {
                "f": {
                    "label": "f",
                    "outcomes": outcomes,
                    "models": {"m": {"label": "m", "estimator": "ols", **model}},
                }
            },
            "tests": {
                "t": {
                    "label": "t",
                    "hypotheses": [{"family": "f", "model": "m", "outcomes": outcomes}],
                    "together": "all",
                    "methods": ["westfall_young"],
                    "draws": 199,
                }
            },
        }
    )
    settings = EstimationSettings(0.95, Streams(1, "t|t"), arms=ARMS)
    return joint_tests("t", "t", declared, groups, UNITS, frame, [], settings)


def test_westfall_and_young_over_comparisons_is_that_of_a_loop_over_allocations():
    frame = people(90)
    groups = {"low": group(**LOW), "high": group(**HIGH)}
    found = westfall_young(frame, groups, ["y", "visits"], covariance="HC0")

    def t(arms, name, one):
        a, b = (frame.loc[arms == arm, name] for arm in (one, 0))
        return (a.mean() - b.mean()) / np.sqrt(a.var(ddof=0) / len(a) + b.var(ddof=0) / len(b))

    hypotheses = [(one, name) for one in (1, 2) for name in ("y", "visits")]
    drawn = redraw_arms(frame, 199, Streams(1, "t|t"))
    redrawn = [[t(arms, name, one) for one, name in hypotheses] for arms in drawn.T]
    observed = np.array([t(frame["arm"], name, one) for one, name in hypotheses])
    single, adjusted = step_down(observed, np.array(redrawn))
    np.testing.assert_allclose(found["p_value"], single)
    np.testing.assert_allclose(found["p_adjusted"], adjusted)
    assert found["group"].tolist() == ["low", "low", "high", "high"]


def test_what_cannot_be_estimated_is_no_hypothesis_of_the_family():
    frame = people(90).assign(works=0.0)
    groups = {"low": group(**LOW), "high": group(**HIGH)}
    found = westfall_young(frame, groups, ["y", "works"], covariance="HC1")
    alone = westfall_young(frame, groups, ["y"], covariance="HC1")
    known = found["outcome"] == "y"
    assert found.loc[~known, ["p_value", "p_adjusted"]].isna().all().all()
    np.testing.assert_allclose(found.loc[known, "p_adjusted"], alone["p_adjusted"])


def test_an_arm_of_nobody_has_a_row_that_says_so_and_the_others_are_made():
    frame = people(90).query("arm < 2")
    groups = {"low": group(**LOW), "high": group(**HIGH)}
    found = estimates(frame, groups, one={"covariance": "HC1"}).set_index("group")
    assert found.loc["high", "not_estimated"] == "group 'high' lacks an arm"
    assert found.loc["low", "estimate"] > 0
    together = westfall_young(frame, groups, ["y"], covariance="HC1").set_index("group")
    assert np.isnan(together.loc["high", "p_value"])
    assert together.loc["low", "p_adjusted"] < 0.05
