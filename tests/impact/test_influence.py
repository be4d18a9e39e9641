"""How estimates vary together: their own variances, re-sampling of people, and refusals."""

import numpy as np
import pandas as pd
import pytest

from ipseval.config.load import load_trial
from ipseval.config.models import Models
from ipseval.config.trial import Group
from ipseval.errors import InputError
from ipseval.impact.estimate import estimate_family
from ipseval.impact.influence import COLUMNS, joint_covariance
from ipseval.impact.settings import EstimationSettings
from ipseval.provenance import ROOT

GROUPS = {
    "a": Group(label="A", trial_groups=["a"]),
    "both": Group(label="Both", trial_groups=["a", "b"]),
}
NO_MONTHS = pd.DataFrame({"person_id": [], "month": []})
OLS = {"label": "m", "estimator": "ols", "covariance": "HC1", "covariates": ["x"]}
FAMILY = {"label": "F", "timepoint": "t", "groups": ["a", "both"]}
MODELS = Models.model_validate(
    {
        "families": {
            "f": FAMILY
            | {
                "outcomes": ["y", "part", "rest", "works"],
                "models": {
                    "ols": OLS,
                    "hc0": OLS | {"covariance": "HC0"},
                    "weighted": OLS | {"weight": "w"},
                    "logit": OLS | {"estimator": "logit"},
                    "hc2": OLS | {"covariance": "HC2"},
                },
            }
        }
    }
)


def people(n=600, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, arm = rng.normal(size=n), rng.integers(0, 2, n)
    part = x + arm + rng.normal(size=n) * (1 + arm)
    rest = rng.normal(size=n) - 0.5 * part
    frame = pd.DataFrame(
        {
            "trial_group": np.where(rng.uniform(size=n) < 0.5, "a", "b"),
            "arm": arm,
            "x": x,
            "part": part,
            "rest": rest,
            "y": part + rest,
            "works": (part + rng.normal(size=n) > 1).astype(float),
            "w": rng.uniform(0.5, 2, n),
        }
    )
    frame.loc[frame.index[::7], "works"] = np.nan
    return frame


def square(found: pd.DataFrame) -> pd.DataFrame:
    """Return pairs as a symmetric matrix."""
    one = found.assign(
        i=found["group"] + "." + found["impact"],
        j=found["other_group"] + "." + found["other_impact"],
    )
    wide = one.pivot(index="i", columns="j", values="covariance")
    return wide.fillna(wide.T)


def impacts(**named):
    return {name: ("f", *how) for name, how in named.items()}


def test_the_variance_of_an_estimate_is_its_squared_standard_error():
    frame = people()
    how = {
        "hc1": ("ols", "y"),
        "hc0": ("hc0", "y"),
        "weighted": ("weighted", "part"),
        "effect": ("logit", "works"),
    }
    found = joint_covariance(MODELS, GROUPS, impacts(**how), ["a", "both"], frame)
    assert list(found) == COLUMNS
    assert len(found) == 8 * 9 / 2
    own = found[
        (found["group"] == found["other_group"]) & (found["impact"] == found["other_impact"])
    ]
    errors = own.set_index(["group", "impact"])["covariance"] ** 0.5
    family = MODELS.families["f"]
    for name, (model, outcome) in how.items():
        one = family.model_copy(
            update={"outcomes": [outcome], "models": {model: family.models[model]}}
        )
        units = dict.fromkeys(["y", "part", "rest", "works"], "points")
        wanted = estimate_family(
            "t", "f", one, GROUPS, units, frame, NO_MONTHS, EstimationSettings(0.95)
        )
        wanted = wanted[wanted["term"] == "arm"].set_index("group")["std_error"]
        for group in GROUPS:
            assert errors[group, name] == pytest.approx(wanted[group], rel=1e-9), (group, name)


def test_a_total_varies_as_its_parts_do_together():
    how = impacts(y=("hc0", "y"), part=("hc0", "part"), rest=("hc0", "rest"))
    found = square(joint_covariance(MODELS, GROUPS, how, ["a"], people()))
    parts = ["a.part", "a.rest"]
    assert found.loc["a.y", "a.y"] == pytest.approx(found.loc[parts, parts].to_numpy().sum())
    assert found.loc["a.y", "a.part"] == pytest.approx(found.loc["a.part", parts].sum())
    assert found.loc["a.part", "a.rest"] < 0


def test_groups_share_their_people_and_re_sampling_agrees():
    frame = people(400)
    how = impacts(y=("hc0", "y"), part=("hc0", "part"))
    given = joint_covariance(MODELS, GROUPS, how, ["a", "both"], frame)
    shared = given.set_index(["group", "impact", "other_group", "other_impact"])["n_both"]
    assert shared["both", "y", "a", "y"] == (frame["trial_group"] == "a").sum()
    found = square(given)
    rng, drawn = np.random.default_rng(2), []
    for _ in range(3000):
        sample = frame.iloc[rng.integers(0, len(frame), len(frame))]
        row = {}
        for group, spec in GROUPS.items():
            own = sample[sample["trial_group"].isin(spec.trial_groups)]
            design = np.column_stack([np.ones(len(own)), own["arm"], own["x"]])
            fit = np.linalg.lstsq(design, own[["y", "part"]].to_numpy(), rcond=None)[0][1]
            row |= {f"{group}.y": fit[0], f"{group}.part": fit[1]}
        drawn.append(row)
    wanted = pd.DataFrame(drawn).cov().loc[found.index, found.columns]
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    np.testing.assert_allclose(found / scale, wanted / scale, atol=0.06)


def test_an_estimator_without_an_influence_function_is_refused():
    with pytest.raises(InputError, match=r"model 'f\.hc2' has no influence function here"):
        joint_covariance(MODELS, GROUPS, impacts(y=("hc2", "y")), ["a"], people())


def test_every_appraisal_takes_impacts_that_have_one():
    for trial in ("hlt", "nsw", "trailblazers"):
        config = load_trial(ROOT / "config" / "trials", trial)
        for impact in config.economics.impacts.values():
            model = config.models.families[impact.family].models[impact.model]
            assert (model.estimator, model.covariance) in {("ols", "HC1"), ("logit", "HC1")}
