"""Zero-inflated counts: the likelihood of statsmodels, its maximum, errors, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.count_model import ZeroInflatedNegativeBinomialP, ZeroInflatedPoisson
from statsmodels.tools.numdiff import approx_fprime, approx_hess

from ipseval.config.models import Family
from ipseval.config.trial import Group
from ipseval.errors import InputError
from ipseval.impact.counts import _log_likelihood, fit_zero_inflated
from ipseval.impact.design import build_design
from ipseval.impact.estimate import estimate_family
from ipseval.impact.settings import EstimationSettings

MEAN, NEVER, DISPERSION = np.array([2.5, 0.4, 0.02]), np.array([0.3, -0.8, 0.01]), 0.7


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Days of 4,000 people, drawn from the model itself."""
    rng = np.random.default_rng(11)
    n = 4000
    arm, age = rng.integers(0, 2, n), rng.normal(40, 12, n).round(1)
    x = np.column_stack([np.ones(n), arm, age - 40])
    mean = np.exp(x @ MEAN) * rng.gamma(1 / DISPERSION, DISPERSION, n)
    never = rng.random(n) < 1 / (1 + np.exp(-x @ NEVER))
    days = np.where(never, 0, rng.poisson(mean))
    return pd.DataFrame({"trial_group": "g", "arm": arm, "age": age - 40, "days": days})


def fit(people: pd.DataFrame, covariance: str = "HC1"):
    return fit_zero_inflated(
        people["days"].to_numpy(dtype=float), build_design(people, ["age"]), covariance
    )


def test_what_was_put_in_comes_out(people):
    found = fit(people)
    wanted = [*MEAN, *NEVER, np.log(DISPERSION)]
    assert np.abs((found.coefficients - wanted) / found.std_errors).max() < 3


def test_statsmodels_has_the_same_likelihood_and_maximum(people):
    found = fit(people, "classical")
    x, y = found.matrix, people["days"].to_numpy(dtype=float)
    reference = ZeroInflatedNegativeBinomialP(y, x, exog_infl=x, inflation="logit", p=2)
    ours = found.coefficients
    theirs = np.concatenate([ours[3:6], ours[:3], [np.exp(ours[6])]])
    assert reference.loglike(theirs) == pytest.approx(_log_likelihood(ours, y, x)[0], rel=1e-10)
    again = reference.fit(start_params=theirs, method="bfgs", disp=0, maxiter=200)
    assert again.llf == pytest.approx(reference.loglike(theirs), abs=1e-5)
    assert again.params == pytest.approx(theirs, abs=2e-3)
    assert found.std_errors[:3] == pytest.approx(again.bse[3:6], rel=0.02)
    assert found.std_errors[3:6] == pytest.approx(again.bse[:3], rel=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_counts_that_vary_no_more_than_a_poisson_have_its_maximum_whichever_arm_is_which(seed):
    rng = np.random.default_rng(seed)
    n = 400
    arm, age = rng.integers(0, 2, n), rng.normal(0, 1, n)
    # Fewer than a Poisson's: the maximum is at a dispersion of nothing.
    days = np.where(rng.random(n) < 0.4, 0.0, rng.binomial(6, 0.5, n))
    people = pd.DataFrame({"trial_group": "g", "arm": arm, "age": age, "days": days})
    found, swapped = fit(people, "classical"), fit(people.assign(arm=1 - arm), "classical")
    effect, error = found.average_marginal_effect()
    assert swapped.average_marginal_effect() == pytest.approx((-effect, error), rel=1e-6)
    assert np.isnan(found.std_errors[-1])
    x = found.matrix
    start = np.concatenate([found.coefficients[3:6], found.coefficients[:3]])
    reference = ZeroInflatedPoisson(days, x, exog_infl=x)
    theirs = reference.fit(start_params=start, disp=0).params
    assert theirs == pytest.approx(start, abs=1e-3)
    # By differences: the second derivatives of statsmodels 0.15 differ from those by 2%.
    inverse = np.linalg.inv(-approx_hess(theirs, reference.loglike))
    errors = found.std_errors[[3, 4, 5, 0, 1, 2]]
    assert np.sqrt(np.diag(inverse)) == pytest.approx(errors, rel=1e-4)


def test_scores_are_the_slopes_of_the_likelihood(people):
    y = people["days"].to_numpy(dtype=float)[:200]
    x, at = np.column_stack([np.ones(200), people["age"][:200]]), np.array([2, 0.01, 0.1, 0, -0.3])
    scores = _log_likelihood(at, y, x)[1].sum(axis=0)
    for i, step in enumerate(1e-6 * np.eye(5)):
        slope = (_log_likelihood(at + step, y, x)[0] - _log_likelihood(at - step, y, x)[0]) / 2e-6
        assert scores[i] == pytest.approx(slope, rel=1e-4, abs=1e-3)


def test_effect_is_the_change_of_the_mean_and_its_error_that_of_resampling(people):
    found = fit(people)
    value, error = found.average_marginal_effect()
    means = people.groupby("arm")["days"].mean()
    assert value == pytest.approx(means[1] - means[0], abs=0.5)
    plain = people.groupby("arm")["days"].sem().pow(2).sum() ** 0.5
    assert error == pytest.approx(plain, rel=0.2)


def test_the_error_of_the_effect_is_that_of_the_delta_method(people):
    found = fit(people)

    def effect(coefficients: np.ndarray) -> float:
        return replace(found, coefficients=coefficients).average_marginal_effect()[0]

    slopes = approx_fprime(found.coefficients, effect, centered=True)
    _, error = found.average_marginal_effect()
    assert error == pytest.approx(np.sqrt(slopes @ found.covariance @ slopes), rel=1e-6)


def test_hc1_is_hc0_times_n_over_n_less_one(people):
    ratio = fit(people).covariance / fit(people, "HC0").covariance
    assert ratio == pytest.approx(len(people) / (len(people) - 1))


def test_family_has_rows_of_the_effect_and_of_every_coefficient(people):
    model = {"label": "Zero-inflated", "estimator": "zinb", "covariance": "HC1"}
    declared = {
        "label": "F",
        "outcomes": ["days"],
        "timepoint": "12_months",
        "groups": ["g"],
        "models": {"zinb": model | {"covariates": ["age"], "coefficients": True}},
    }
    found = estimate_family(
        "t",
        "f",
        Family.model_validate(declared),
        {"g": Group(label="G", trial_groups=["g"])},
        {"days": "days"},
        people,
        None,
        EstimationSettings(0.95),
    ).set_index("term")
    assert found.loc["arm", "unit"] == "days"
    assert found.loc["arm", "n"] == len(people)
    assert found.loc["arm", "mean_control"] == pytest.approx(
        people.loc[people["arm"] == 0, "days"].mean()
    )
    assert {"log mean arm", "log odds always zero arm", "log dispersion"} <= set(found.index)


def test_counts_without_a_zero_are_refused(people):
    with pytest.raises(InputError, match="needs zeros and other counts"):
        fit(people.assign(days=1))


@pytest.mark.parametrize("moved", [-1, 0.5])
def test_what_nobody_counts_is_refused(people, moved):
    with pytest.raises(InputError, match="other values than 0, 1, 2"):
        fit(people.assign(days=people["days"] + moved))


@pytest.mark.parametrize("seed", range(5))
def test_an_answer_of_yes_or_no_has_no_maximum_whichever_arm_is_which(seed):
    """Neither more zeros nor more spread than a Poisson: the likelihood rises for ever."""
    rng = np.random.default_rng(seed)
    n = 300
    people = pd.DataFrame({"trial_group": "g", "arm": rng.integers(0, 2, n)})
    people["age"], people["days"] = rng.normal(0, 1, n), (rng.random(n) < 0.6).astype(float)
    for arm in (people["arm"], 1 - people["arm"]):
        with pytest.raises(InputError, match="no maximum"):
            fit(people.assign(arm=arm))
