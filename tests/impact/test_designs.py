"""Arms, comparisons, clusters, and effects that the data do not tell."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ipseval.config.models import Family, JointTests, Models
from ipseval.config.trial import ArmRole, Group
from ipseval.impact.clusters import cr2_sandwich, intraclass_correlation
from ipseval.impact.estimate import estimate_family
from ipseval.impact.hypotheses import joint_tests
from ipseval.impact.randomisation import Allocations, redraw
from ipseval.impact.settings import EstimationSettings
from ipseval.streams import Streams

ARMS = ("placebo", "low", "high")
UNITS = {"y": "points", "works": "proportion", "visits": "visits", "none": "points"}


def people(n=300, seed=2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 3
    return pd.DataFrame(
        {
            "person_id": [f"p{i:04d}" for i in range(n)],
            "trial_group": "all",
            "arm": arm,
            "stratum": "all",
            "allocation_order": np.arange(n) + 1,
            "allocation_ratio": None,
            "site": rng.choice(["a", "b", "c", "d", "e", "f"], n),
            "y": arm + rng.normal(size=n),
            "works": (rng.random(n) < 0.3 + 0.2 * (arm > 0)).astype(float),
            "visits": rng.poisson(2, n).astype(float),
            "none": np.nan,
            "sample_treated": rng.random(n) < 0.8,
            "x": rng.normal(size=n),
        }
    )


def group(**given) -> Group:
    return Group.model_validate({"label": "g", "trial_groups": ["all"], **given})


def estimates(frame, groups, outcomes=("y",), **models):
    family = Family.model_validate(
        {
            "label": "f",
            "outcomes": list(outcomes),
            "timepoint": "t",
            "groups": list(groups),
            "models": {n: {"label": n, "estimator": "ols"} | m for n, m in models.items()},
        }
    )
    settings = EstimationSettings(0.95, Streams(1, "t|f"), arms=ARMS)
    return estimate_family("t", "f", family, groups, UNITS, frame, pd.DataFrame(), settings)


HC1 = {"covariance": "HC1"}


def test_each_comparison_is_that_of_its_arms():
    frame = people()
    groups = {
        "low": group(treatment=["low"], control=["placebo"]),
        "pooled": group(treatment=["low", "high"], control=["placebo"]),
        "high_low": group(treatment=["high"], control=["low"]),
    }
    found = estimates(frame, groups, one=HC1).set_index("group")
    means = frame.groupby("arm")["y"].mean()
    both = frame.loc[frame["arm"] > 0, "y"].mean()
    wanted = {
        "low": means[1] - means[0],
        "pooled": both - means[0],
        "high_low": means[2] - means[1],
    }
    for name, value in wanted.items():
        assert found.loc[name, "estimate"] == pytest.approx(value)
    assert found.loc["pooled", ["treatment_arms", "control_arms"]].tolist() == [
        "low|high",
        "placebo",
    ]
    assert found["n"].tolist() == [200, 300, 200]


def test_other_arms_stay_in_the_model_with_a_dummy_each():
    frame = people()
    groups = {"low": group(treatment=["low"], control=["placebo"])}
    found = estimates(frame, groups, joint=HC1 | {"other_arms": "modelled", "covariates": ["x"]})
    x = np.column_stack([np.ones(300), frame["arm"] == 1, frame["arm"] == 2, frame["x"]]).astype(
        float
    )
    coefficients, *_ = np.linalg.lstsq(x, frame["y"], rcond=None)
    residual = frame["y"] - x @ coefficients
    inverse = np.linalg.inv(x.T @ x)
    variance = 300 / 296 * inverse @ (x.T * residual.to_numpy() ** 2) @ x @ inverse
    row = found.iloc[0]
    assert row["estimate"] == pytest.approx(coefficients[1])
    assert row["std_error"] == pytest.approx(np.sqrt(variance[1, 1]))
    assert row[["n", "n_treatment", "n_control"]].tolist() == [300, 100, 100]


def test_a_trend_is_the_slope_on_the_dose():
    frame = people()
    groups = {"trend": group(dose={"placebo": 0, "low": 1, "high": 4})}
    row = estimates(frame, groups, one=HC1).iloc[0]
    slope = np.polyfit(frame["arm"].map({0: 0, 1: 1, 2: 4}), frame["y"], 1)[0]
    assert row["estimate"] == pytest.approx(slope)


def test_a_population_is_a_sample():
    frame = people()
    groups = {"treated": group(treatment=["low"], control=["placebo"], sample="treated")}
    row = estimates(frame, groups, one=HC1).iloc[0]
    inside = frame["sample_treated"] & frame["arm"].isin([0, 1])
    assert row["n"] == inside.sum()
    assert row["population"] == "treated"


def test_names_of_arms_and_their_order_move_nothing():
    frame = people()
    one = estimates(frame, {"g": group(treatment=["low"], control=["high"])}, m=HC1)
    moved = frame.assign(arm=frame["arm"].map({0: 2, 1: 0, 2: 1}))
    family = {"g": group(treatment=["placebo"], control=["low"])}
    other = estimates(moved, family, m=HC1)
    numbers = ["estimate", "std_error", "p_value", "n", "mean_control"]
    pd.testing.assert_frame_equal(one[numbers], other[numbers])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"treatment": ["low"]}, "give both treatment and control"),
        ({"treatment": ["low"], "control": ["low"]}, "compared with itself"),
        ({"dose": {"low": 1, "high": 2}}, "needs an arm of dose 0"),
        ({"dose": {"low": 0}, "treatment": ["low"], "control": ["high"]}, "give either treatment"),
    ],
)
def test_a_group_that_compares_nothing_is_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        group(**given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"control": "a"}, "give the code of treatment"),
        ({"control": "a", "arms": {"a": {"code": 1, "label": "A"}}}, "two or more"),
        (
            {"control": "z", "arms": {n: {"code": n, "label": n} for n in "ab"}},
            "control names an arm",
        ),
        (
            {"control": "a", "arms": {n: {"code": 1, "label": n} for n in "ab"}},
            "as another arm does",
        ),
    ],
)
def test_arms_that_cannot_be_told_apart_are_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        ArmRole.model_validate({"column": "arm", **given})


BAD = [
    ("constant", lambda f: f.assign(works=1.0), {}, "has the same outcome"),
    ("all missing", lambda f: f.assign(works=np.nan), {}, "not of both arms"),
    (
        "one arm missing",
        lambda f: f.assign(works=f["works"].where(f["arm"] > 0)),
        {},
        "not of both",
    ),
    (
        "one person",
        lambda f: f.assign(works=f["works"].where((f["arm"] > 0) | (f.index == 0))),
        {},
        "one person in the control arm",
    ),
    (
        "one cluster",
        lambda f: f.assign(site=f["site"].where(f["arm"] > 0, "a")),
        {"covariance": "CR1", "cluster": "site"},
        "has one cluster",
    ),
    (
        "5,000 levels",
        lambda f: f.assign(many=[f"level {i}" for i in range(len(f))]),
        {"covariates": ["many"]},
        "too many for dummies",
    ),
    (
        "no events in an arm",
        lambda f: f.assign(works=f["works"].where(f["arm"] > 0, 0.0)),
        {"estimator": "chi_square", "measure": "risk_ratio"},
        "no risk ratio",
    ),
    (
        "constant in an arm",
        lambda f: f.assign(works=f["works"].where(f["arm"] > 0, 0.0)),
        {"estimator": "standardised", "measure": "odds_ratio"},
        "an arm has no events, or nothing but events",
    ),
    (
        "a stratum without a control",
        lambda f: f.assign(site=f["site"].where(f["arm"] == 0, "x")),
        {"estimator": "mantel_haenszel", "stratum": "site"},
        "no stratum has people in both arms",
    ),
]


@pytest.mark.parametrize(("name", "change", "model", "message"), BAD, ids=[row[0] for row in BAD])
def test_what_cannot_be_had_says_why_and_the_others_are_made(name, change, model, message):
    frame = change(people())
    groups = {"low": group(treatment=["low"], control=["placebo"])}
    needs = model.get("estimator", "ols") not in ("chi_square", "mantel_haenszel")
    model = ({"covariance": "HC1"} if needs else {}) | model
    found = estimates(
        frame, groups, ("works",), bad=model, good={"covariance": "HC1"} | ({"outcomes": ["works"]})
    )
    rows = found.set_index("model")
    assert np.isnan(rows.loc["bad", "estimate"])
    assert message in rows.loc["bad", "not_estimated"]
    if name not in ("constant", "all missing", "one arm missing", "one person"):
        assert np.isfinite(rows.loc["good", "estimate"])


def test_one_outcome_that_cannot_be_had_leaves_the_other():
    groups = {"low": group(treatment=["low"], control=["placebo"])}
    found = estimates(people(), groups, ("y", "none"), one=HC1).set_index("outcome")
    assert np.isfinite(found.loc["y", "estimate"])
    assert "not of both arms" in found.loc["none", "not_estimated"]


def test_hypotheses_of_several_comparisons_are_tested_together():
    frame = people()
    groups = {name: group(treatment=[name], control=["placebo"]) for name in ("low", "high")}
    models = Models.model_validate(
        {
            "groups": list(groups),
            "timepoint": "t",
            "families": {
                "f": {
                    "label": "f",
                    "outcomes": ["y"],
                    "models": {"m": {"label": "m", "estimator": "ols", "covariance": "HC1"}},
                }
            },
            "tests": {
                "t": {
                    "label": "t",
                    "hypotheses": [{"family": "f", "model": "m", "outcomes": ["y"]}],
                    "together": "all",
                    "methods": ["hochberg"],
                }
            },
        }
    )
    settings = EstimationSettings(0.95, Streams(1, "t|t"), arms=ARMS)
    found = joint_tests("t", "t", models, groups, UNITS, frame, [], settings)
    p = found["p_value"].to_numpy()
    np.testing.assert_allclose(found["p_adjusted"], np.minimum(2 * p, p.max()))
    assert (
        JointTests.model_validate(
            {"label": "t", "groups": ["low"], "timepoint": "t", "methods": ["westfall_young"]}
            | {"hypotheses": [{"family": "f", "model": "m", "outcomes": ["y"]}]}
        ).draws
        == 10_000
    )


def test_clusters_are_redrawn_whole_within_strata():
    frame = pd.DataFrame(
        {
            "cluster": np.repeat([f"c{i}" for i in range(12)], 5),
            "stratum": np.repeat(["s", "t"], 30),
            "allocation_order": np.tile(np.arange(1, 31), 2),
            "allocation_ratio": None,
            "arm": np.repeat([1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0], 5),
        }
    )
    arms = redraw(frame, [], 400, Streams(3, "t")).all()
    by_cluster = pd.DataFrame(arms).groupby(frame["cluster"])
    assert (by_cluster.min() == by_cluster.max()).all().all()
    treated = pd.DataFrame(arms[::5]).groupby(frame["stratum"].to_numpy()[::5]).sum()
    assert (treated.loc["s"] == 2).all()
    assert (treated.loc["t"] == 3).all()
    share = arms[::5].mean(axis=1)
    assert abs(share[:6] - 2 / 6).max() < 0.1


def test_redrawn_errors_by_cluster_are_those_of_the_model():
    frame = people().query("arm < 2").assign(arm=lambda f: f["arm"])
    groups = {"low": group(treatment=["low"], control=["placebo"])}
    model = {"covariance": "CR1", "cluster": "site", "covariates": ["x"]}
    row = estimates(frame, groups, one=model).iloc[0]
    from ipseval.impact.samples import compared, members_of, samples
    from ipseval.kinds import ESTIMATORS

    declared = ESTIMATORS.parse({"label": "m", "estimator": "ols", **model})
    members = compared(frame[members_of(frame, groups["low"], "low", ARMS)], groups["low"], ARMS)
    sample = next(samples(members, members[["y"]].to_numpy(), declared))
    as_it_was = Allocations(np.packbits(members[["arm"]].to_numpy(np.int8), axis=1), 1)
    found = declared.redrawn_statistics(sample, "y", as_it_was)
    assert found[0, 0] == pytest.approx(row["statistic"])


def test_a_cluster_that_alone_tells_a_column_does_not_spoil_cr2():
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(8), 6)
    x = np.column_stack([np.ones(48), clusters % 2, clusters == 3]).astype(float)
    q, r = np.linalg.qr(x)
    rows = np.linalg.solve(r, q.T)[1:2]
    y = rng.normal(size=(48, 1))
    covariance, df = cr2_sandwich(rows, y - q @ (q.T @ y), q, clusters)
    assert np.isfinite(covariance).all()
    assert 1 < df[0] < 8


def test_the_icc_is_that_of_the_analysis_of_variance():
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(400), 10)
    y = np.repeat(rng.normal(size=400), 10) * np.sqrt(0.2) + rng.normal(size=4000) * np.sqrt(0.8)
    arm = clusters % 2
    assert intraclass_correlation(y + 3 * arm, arm, clusters) == pytest.approx(0.2, abs=0.03)
