"""Logits: coefficients, margins, perfect prediction, and homogeneity across sites."""

import numpy as np
import pandas as pd
import pytest

from ipseval.config.models import Family, Homogeneity
from ipseval.config.trial import Group
from ipseval.errors import InputError
from ipseval.impact.design import build_design
from ipseval.impact.estimate import estimate_family, estimates_or_reasons
from ipseval.impact.estimators.firth import Firth
from ipseval.impact.estimators.logit import LogitModel
from ipseval.impact.homogeneity import estimate_homogeneity, heterogeneity
from ipseval.impact.hypotheses import Hypothesis, adjust
from ipseval.impact.logit import fit_firth, fit_logit
from ipseval.impact.settings import EstimationSettings

GROUPS = {"all": Group(label="All", trial_groups=["g"])}
NO_MONTHS = pd.DataFrame(columns=["person_id", "month"])
LOGIT = {"label": "m", "estimator": "logit", "covariance": "HC1", "covariates": ["x"]}


def people(n=600, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "person_id": range(n),
            "trial_group": "g",
            "arm": rng.permutation(np.arange(n) % 2),
            "x": rng.normal(size=n),
            "keen": rng.integers(0, 2, n),
            "site": rng.choice(["p", "q", "r"], n),
        }
    )
    odds = -0.5 + 0.8 * frame["x"] + 0.5 * frame["arm"] * frame["keen"]
    frame["y"] = (rng.uniform(size=n) < 1 / (1 + np.exp(-odds))).astype(float)
    return frame


def rows(frame, **model):
    family = Family.model_validate(
        {
            "label": "F",
            "outcomes": ["y"],
            "timepoint": "t",
            "groups": ["all"],
            "models": {"m": LOGIT | model},
        }
    )
    units = {"y": "proportion"}
    return estimate_family(
        "t", "f", family, GROUPS, units, frame, NO_MONTHS, EstimationSettings(0.95)
    )


def test_margins_with_an_interaction_are_mean_predictions():
    import statsmodels.formula.api as smf

    frame = people()
    found = rows(frame, interaction="keen", coefficients=True).set_index("term")
    fit = smf.logit("y ~ arm * keen + x", frame).fit(disp=0, cov_type="HC0")
    for arm in (0, 1):
        for keen in (0, 1):
            wanted = fit.predict(frame.assign(arm=arm, keen=keen)).mean()
            line = found.loc[f"margin arm={arm}, keen={keen}"]
            assert line["estimate"] == pytest.approx(wanted, rel=1e-8)
            assert 0 < line["std_error"] < 0.1
    one, zero = (fit.predict(frame.assign(arm=arm)).mean() for arm in (1, 0))
    assert found.loc["arm", "estimate"] == pytest.approx(one - zero, rel=1e-7)
    factor = np.sqrt(len(frame) / (len(frame) - 1))
    for term, name in (("arm", "arm"), ("keen", "keen"), ("arm:keen", "arm:keen"), ("x", "x")):
        line = found.loc[f"log odds {term}"]
        assert line["estimate"] == pytest.approx(fit.params[name], rel=1e-7)
        assert line["std_error"] == pytest.approx(fit.bse[name] * factor, rel=1e-7)


def test_the_error_of_a_margin_is_that_of_the_delta_method():
    frame = people()
    fit = fit_logit(frame["y"].to_numpy(), build_design(frame, ["x"]), "HC1")
    _, error = fit.margin_and_error(arm=1)
    gradient = []
    for i in range(3):
        moved = [
            type(fit)(
                **{
                    **fit.__dict__,
                    "coefficients": fit.coefficients + s * 1e-6 * (np.arange(3) == i),
                }
            )
            for s in (1, -1)
        ]
        gradient.append((moved[0].margin(arm=1)[0] - moved[1].margin(arm=1)[0]) / 2e-6)
    assert error == pytest.approx(np.sqrt(gradient @ fit.covariance @ gradient), rel=1e-6)


def test_people_of_a_perfectly_predicted_level_go_one_level_after_another():
    """Without those of level b everybody of level d has one outcome, so they go as well."""
    frame = people(200)
    frame["one"] = np.where(np.arange(200) < 12, "b", "a")
    frame["two"] = np.where((np.arange(200) >= 8) & (np.arange(200) < 20), "d", "c")
    frame.loc[:11, "y"] = 0.0
    frame.loc[12:19, "y"] = 1.0
    found = rows(frame, covariates=["x", "one", "two"], coefficients=True).set_index("term")
    line = found.loc["arm"]
    assert (line["n"], line["dropped_n"]) == (180, 20)
    assert found.loc["perfectly predicted one=b", "dropped_n"] == 12
    assert found.loc["perfectly predicted two=d", "dropped_n"] == 8
    assert "log odds one=b" not in found.index


def test_a_reference_level_without_variation_goes_too_and_the_next_is_the_reference():
    """Nobody of month 1, the reference, has the outcome; means are of everybody known."""
    import statsmodels.formula.api as smf

    frame = people(300)
    frame["month"] = np.repeat(["2017-01", "2017-02", "2017-03"], [20, 140, 140])
    frame.loc[:19, "y"] = 0.0
    found = rows(frame, covariates=["x", "month"], coefficients=True).set_index("term")
    left = frame.iloc[20:]
    wanted = smf.logit("y ~ arm + x + C(month)", left).fit(disp=0)
    line = found.loc["arm"]
    assert (line["n"], line["dropped_n"]) == (280, 20)
    assert line["mean_control"] == pytest.approx(frame.loc[frame["arm"] == 0, "y"].mean())
    controls = int((frame["arm"] == 0).sum())
    assert line["n_mean_control"] == controls > line["n_control"]
    assert line["n_mean_treatment"] == len(frame) - controls
    assert found.loc["perfectly predicted month=2017-01", "dropped_n"] == 20
    for term, name in (("intercept", "Intercept"), ("month=2017-03", "C(month)[T.2017-03]")):
        estimate = found.loc[f"log odds {term}", "estimate"]
        assert estimate == pytest.approx(wanted.params[name], rel=1e-6)


def test_treatment_that_predicts_perfectly_is_refused_but_penalised():
    frame = people(60).assign(y=lambda f: ((f["x"] > 0) & (f["arm"] == 1)).astype(float))
    design = build_design(frame, [])
    with pytest.raises(InputError, match="an arm has no events, or nothing but events"):
        fit_logit(frame["y"].to_numpy(), design, "HC1")
    fit = fit_firth(frame["y"].to_numpy(), design)
    # Two by two: Firth's estimate adds a half to every cell.
    cells = pd.crosstab(frame["arm"], frame["y"]).reindex(columns=[0.0, 1.0], fill_value=0) + 0.5
    odds = cells[1.0] / cells[0.0]
    assert fit.coefficients[1] == pytest.approx(np.log(odds[1] / odds[0]), rel=1e-8)


def test_heterogeneity_by_hand():
    """Estimates 0, 1 and 2 with errors 1, 1 and 1: mean 1, Q = 2 on 2, I squared 0."""
    q, df, p_value, share = heterogeneity([0, 1, 2], [1, 1, 1])
    assert (q, df, share) == (2, 2, 0)
    assert p_value == pytest.approx(np.exp(-1))
    assert heterogeneity([0, 4], [1, 1])[3] == pytest.approx(1 - 1 / 8)


def test_likelihood_ratio_of_sites_is_that_of_statsmodels():
    import statsmodels.formula.api as smf

    frame = people()
    model = LogitModel.model_validate(LOGIT | {"covariates": ["x", "site"]})
    spec = Homogeneity(group="all", site="site")
    found = pd.DataFrame(estimate_homogeneity(frame, "y", model, spec)).set_index("term")
    wide = smf.logit("y ~ C(site) * arm + x", frame).fit(disp=0)
    narrow = smf.logit("y ~ C(site) + arm + x", frame).fit(disp=0)
    line = found.loc["likelihood ratio"]
    assert line["statistic"] == pytest.approx(2 * (wide.llf - narrow.llf), rel=1e-6)
    assert line["df"] == 2
    alone = [
        smf.logit("y ~ arm + x", frame[frame["site"] == s]).fit(disp=0, cov_type="HC0")
        for s in "pqr"
    ]
    n = [(frame["site"] == s).sum() for s in "pqr"]
    errors = [f.bse["arm"] * np.sqrt(m / (m - 1)) for f, m in zip(alone, n, strict=True)]
    q = heterogeneity([f.params["arm"] for f in alone], errors)[0]
    assert found.loc["Cochran Q", "statistic"] == pytest.approx(q, rel=1e-6)


def separated() -> pd.DataFrame:
    """People of two sites, of whom those of one are separated by x: its logit has no maximum."""
    frame = people(200).assign(site=lambda f: np.where(f.index < 60, "p", "q"))
    apart = frame["site"] == "p"
    return frame.assign(y=frame["y"].where(~apart, (frame["x"] > 0).astype(float)))


def test_a_logit_without_a_maximum_is_reported_and_not_estimated():
    frame, told = separated(), []
    model = LogitModel.model_validate(LOGIT | {"interaction": "keen", "coefficients": True})
    for part, estimated in ((frame[frame["site"] == "p"], False), (frame, True)):
        values = part[["y"]].to_numpy()
        settings = EstimationSettings(0.95, say=told.append)
        found = list(model.estimates(part, values, ["y"], settings, {"y": "proportion"}))
        by_term = {row.get("term", "arm"): row for row in found}
        assert {"arm", "margin arm=1, keen=1", "log odds arm", "log odds arm:keen"} <= set(by_term)
        assert by_term["arm"]["n"] == len(part)
        assert by_term["arm"]["mean_control"] == part.loc[part["arm"] == 0, "y"].mean()
        for row in found:
            assert np.isfinite(row.get("estimate", np.nan)) == estimated, row
            assert np.isfinite(row.get("p_value", np.nan)) == estimated, row
    assert told == ["y: not estimated, for a logit of 60 people and 5 columns has no maximum"]


def test_a_penalised_logit_that_does_not_converge_has_a_reason_and_stops_nothing(monkeypatch):
    frame = people(60)
    moving = (0.0, np.ones(2), np.eye(2))
    monkeypatch.setattr("ipseval.impact.logit._penalised", lambda x, y, beta: moving)
    model = Firth.model_validate({"label": "m", "estimator": "firth", "covariance": "classical"})
    settings = EstimationSettings(0.95)
    (row,) = estimates_or_reasons(frame, ["y"], model, settings, {"y": "proportion"})
    assert row["not_estimated"] == "a penalised logit did not converge"
    assert row["n"] == 60


def test_sites_are_not_compared_where_one_has_no_estimate():
    spec = Homogeneity(group="all", site="site")
    found = list(estimate_homogeneity(separated(), "y", LogitModel.model_validate(LOGIT), spec))
    assert [row["term"] for row in found] == ["Cochran Q", "I squared", "likelihood ratio"]
    assert not any({"statistic", "estimate", "p_value"} & set(row) for row in found)


def test_margins_are_missing_where_the_interacted_column_predicts_perfectly():
    frame = people(300)
    frame["y"] = frame["y"].where(~((frame["arm"] == 1) & (frame["keen"] == 1)), 1.0)
    found = rows(frame, interaction="keen").set_index("term")
    margins = found[found.index.str.startswith("margin")]
    assert len(margins) == 4
    assert margins["estimate"].isna().all()
    assert np.isfinite(found.loc["arm", "estimate"])


def test_what_is_not_estimated_counts_in_no_adjustment():
    tested = [Hypothesis({"p_value": p}, None) for p in (0.01, np.nan, 0.04)]
    p_values, adjusted = adjust(tested, "hochberg")
    np.testing.assert_array_equal(p_values, [0.01, np.nan, 0.04])
    np.testing.assert_allclose(adjusted, [0.02, np.nan, 0.04])
