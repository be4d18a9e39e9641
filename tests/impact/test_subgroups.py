"""Effects by subgroup and their joint test, against statsmodels' formula interface."""

import numpy as np
import pandas as pd
import pytest

from ipseval.impact.estimators.ols import Ols
from ipseval.impact.subgroups import JOINT, estimate_subgroup

MODEL = Ols(label="m", estimator="ols", covariance="HC1", covariates=["x"])


def people(n=300, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "arm": rng.permutation(np.arange(n) % 2),
            "kind": rng.choice(["p", "q", "r"], n),
            "flag": rng.integers(0, 2, n).astype(float),
            "x": rng.normal(size=n),
            "w": rng.uniform(0.5, 2, n),
        }
    )
    frame["y"] = frame["x"] + frame["arm"] * (frame["kind"] == "q") + rng.normal(size=n)
    return frame


def found(frame, subgroup="kind", model=MODEL):
    return pd.DataFrame(estimate_subgroup(frame, subgroup, "y", model, 0.95, "points"))


@pytest.mark.parametrize("weight", [None, "w"])
def test_effects_and_joint_test_are_those_of_one_regression(weight):
    import statsmodels.formula.api as smf

    frame = people()
    rows = found(frame, model=MODEL.model_copy(update={"weight": weight}))
    weights = frame["w"] if weight else np.ones(len(frame))
    wanted = smf.wls("y ~ C(kind) + C(kind):arm + x", frame, weights=weights).fit(cov_type="HC1")
    names = [f"C(kind)[{level}]:arm" for level in "pqr"]
    np.testing.assert_allclose(rows["estimate"][:3], wanted.params[names], rtol=1e-9)
    np.testing.assert_allclose(rows["std_error"][:3], wanted.bse[names], rtol=1e-9)
    test = wanted.f_test(f"{names[0]} = {names[1]}, {names[1]} = {names[2]}")
    joint = rows.iloc[3]
    assert joint["term"] == JOINT
    assert joint["subgroup"] == "kind"
    assert joint["statistic"] == pytest.approx(float(test.fvalue), rel=1e-9)
    assert joint["p_value"] == pytest.approx(float(test.pvalue), rel=1e-9)


def test_levels_and_people_that_cannot_be_compared_are_left_out_and_counted():
    frame = people()
    frame.loc[frame.index[:7], "kind"] = None
    frame.loc[frame.index[7:12], ["kind", "arm"]] = ["treated only", 1]
    rows = found(frame)
    assert rows["subgroup"].tolist() == ["kind=p", "kind=q", "kind=r", "kind"]
    assert (rows["dropped_n"] == 12).all()
    assert rows["n"].iloc[:3].sum() == rows["n"].iloc[3] == 288


def test_a_yes_or_no_subgroup_and_one_that_has_a_single_level():
    frame = people()
    assert found(frame, "flag")["subgroup"].tolist() == ["flag=no", "flag=yes", "flag"]
    assert found(frame.assign(kind="p")).empty
