"""Estimators against values that other packages, and hand calculations, stored beforehand.

reference/make_twin.py made the values; it says how, and with which packages.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipseval.impact.attrition import lee_bounds
from ipseval.impact.design import build_design
from ipseval.impact.hypotheses import Hypothesis, adjust
from ipseval.impact.least_squares import iv_effects, ols_effects
from ipseval.impact.logit import fit_firth, fit_logit

FOLDER = Path(__file__).parents[1] / "reference"
WANTED = json.loads((FOLDER / "twin.json").read_text())
COVARIATES = ["trial_group", "age", "female"]


@pytest.fixture(scope="module")
def people():
    return pd.read_csv(FOLDER / "twin_extract.csv")


def known(people, *columns):
    return people.dropna(subset=list(columns))


@pytest.mark.parametrize("name", sorted(WANTED["ols"]))
def test_least_squares(people, name):
    outcome, covariance = name.rsplit(" ", 1)
    own = known(people, outcome)
    found = ols_effects(own[[outcome]].to_numpy(), build_design(own, COVARIATES), covariance)
    given = [found.estimate[0, 0], found.std_error[0, 0]]
    assert given == pytest.approx(WANTED["ols"][name], rel=1e-8)


def test_weighted_least_squares(people):
    own = known(people, "swemwbs_12m", "weight_12m")
    weights = own["weight_12m"].to_numpy()
    design = build_design(own, COVARIATES, weights=weights)
    found = ols_effects(own[["swemwbs_12m"]].to_numpy(), design, "HC1", weights)
    given = [found.estimate[0, 0], found.std_error[0, 0]]
    assert given == pytest.approx(WANTED["weighted"]["swemwbs_12m HC1"], rel=1e-8)


@pytest.mark.parametrize("name", sorted(WANTED["iv"]))
def test_two_stage_least_squares(people, name):
    outcome, covariance = name.rsplit(" ", 1)
    own = known(people, outcome)
    received = own["met_specialist"].to_numpy(dtype=float)
    design = build_design(own, COVARIATES)
    found = iv_effects(own[[outcome]].to_numpy(), design, received, covariance)
    given = [found.estimate[0, 0], found.std_error[0, 0]]
    assert given == pytest.approx(WANTED["iv"][name], rel=1e-8)


def test_logit_with_a_perfectly_predicted_category(people):
    own, wanted = known(people, "employed_13_weeks_12m"), WANTED["logit"]
    y = own["employed_13_weeks_12m"].to_numpy()
    own = own.assign(rare=((y == 0) & (own["age"] > 55)).astype(float))
    found = fit_logit(y, build_design(own, [*COVARIATES, "rare"]), "HC1")
    assert found.used.sum() == wanted["n"]
    assert found.dropped == {"rare": wanted["dropped"]}
    assert [n.split("=")[0] for n in found.names] == ["intercept", "arm", *COVARIATES]
    np.testing.assert_allclose(found.coefficients, wanted["coefficients"], rtol=1e-8)
    np.testing.assert_allclose(found.std_errors, wanted["std_errors"], rtol=1e-8)
    value, error = found.average_marginal_effect()
    assert value == pytest.approx(wanted["effect"], rel=1e-8)
    # The stored error has a gradient by differences.
    assert error == pytest.approx(wanted["effect_std_error"], rel=1e-8)


def test_penalised_logit(people):
    own, wanted = known(people, "employed_13_weeks_12m"), WANTED["firth"]
    y = own["employed_13_weeks_12m"].to_numpy()
    own = own.assign(rare=((y == 0) & (own["age"] > 55)).astype(float))
    found = fit_firth(y, build_design(own, [*COVARIATES, "rare"]))
    assert found.used.all()
    np.testing.assert_allclose(found.coefficients, wanted["coefficients"], rtol=1e-7)
    np.testing.assert_allclose(found.std_errors, wanted["std_errors"], rtol=1e-7)


def test_lee_bounds(people):
    y, treated = people["swemwbs_12m"].to_numpy(), people["arm"].to_numpy() == 1
    found = lee_bounds(y, treated)
    for term in ("lower_bound", "upper_bound"):
        assert found[term] == pytest.approx(WANTED["lee"][term], rel=1e-8)
    # The other arm is trimmed when the arms change places, and the bounds change sign.
    mirrored = lee_bounds(y, ~treated)
    assert mirrored["lower_bound"][0] == pytest.approx(-found["upper_bound"][0], rel=1e-12)
    assert mirrored["upper_bound"][1] == pytest.approx(found["lower_bound"][1], rel=1e-12)


@pytest.mark.parametrize("method", ["hochberg", "benjamini_hochberg"])
def test_adjusted_p_values(method):
    tested = [Hypothesis({"p_value": p}, None) for p in WANTED["adjusted"]["p_values"]]
    np.testing.assert_allclose(adjust(tested, method)[1], WANTED["adjusted"][method], rtol=1e-8)
