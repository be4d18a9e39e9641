"""The tidy table of a family: contract, samples, pooling and inference."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ipseval.config.models import Family
from ipseval.config.trial import Group
from ipseval.errors import InputError
from ipseval.impact.estimate import estimate_family
from ipseval.impact.settings import EstimationSettings
from ipseval.impact.table import COLUMNS

GROUPS = {
    "a": Group(label="A", trial_groups=["a"]),
    "b": Group(label="B", trial_groups=["b"]),
    "all": Group(label="All", trial_groups=["a", "b"]),
}
NO_MONTHS = pd.DataFrame(columns=["person_id", "month", "employed"])


def people(n=400, effect=0.0, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "person_id": [f"{i:04x}" for i in range(n)],
            "trial_group": np.where(np.arange(n) < n / 2, "a", "b"),
            "arm": rng.permutation(np.arange(n) % 2),
            "x": rng.normal(size=n),
        }
    )
    frame["y"] = effect * frame["arm"] + frame["x"] + rng.normal(size=n)
    frame["worked"] = (frame["y"] > 0).astype(float)
    return frame


def family(**changes):
    model = {"label": "OLS", "estimator": "ols", "covariance": "HC1", "covariates": ["x"]}
    given = {
        "label": "F",
        "outcomes": ["y"],
        "timepoint": "12_months",
        "groups": ["a", "b", "all"],
        "models": {"ols": model},
    }
    return Family.model_validate(given | changes)


def estimate(frame, spec, months=NO_MONTHS):
    units = {"y": "GBP", "worked": "proportion"}
    return estimate_family("t", "f", spec, GROUPS, units, frame, months, EstimationSettings(0.95))


def test_columns_are_those_of_the_contract():
    found = estimate(people(), family())
    assert list(found.columns) == COLUMNS
    assert found["group"].tolist() == ["a", "b", "all"]
    assert found["n"].tolist() == [200, 200, 400]


def test_inference_is_that_of_t_with_n_minus_k():
    line = estimate(people(), family()).iloc[2]
    assert line["df"] == 400 - 3
    quantile = stats.t.ppf(0.975, line["df"])
    assert line["ci_high"] == pytest.approx(line["estimate"] + quantile * line["std_error"])
    wanted = 2 * stats.t.sf(abs(line["statistic"]), line["df"])
    assert line["p_value"] == pytest.approx(wanted, rel=1e-10)


def test_people_without_the_outcome_are_dropped_and_counted():
    frame = people()
    frame.loc[[3, 5, 250], "y"] = np.nan
    found = estimate(frame, family()).set_index("group")
    assert found["dropped_n"].to_dict() == {"a": 2, "b": 1, "all": 3}
    assert found.loc["all", "n"] == 397
    kept = frame.dropna()
    assert found.loc["all", "mean_control"] == pytest.approx(kept.loc[kept.arm == 0, "y"].mean())


def test_units_decide_between_points_and_standard_deviations():
    found = estimate(people(), family(outcomes=["y", "worked"])).set_index(["outcome", "group"])
    line = found.loc[("worked", "a")]
    assert line["effect_ppt"] == pytest.approx(100 * line["estimate"])
    assert np.isnan(found.loc[("y", "a"), "effect_ppt"])
    frame = people()
    control = frame[(frame.trial_group == "a") & (frame.arm == 0)]["y"]
    line = found.loc[("y", "a")]
    assert line["effect_sd"] == pytest.approx(line["estimate"] / control.std())


def test_row_order_of_people_changes_nothing():
    frame = people()
    shuffled = frame.sample(frac=1, random_state=3)
    first, second = estimate(frame, family()), estimate(shuffled, family())
    pd.testing.assert_frame_equal(first, second, rtol=1e-10)


def test_by_month_has_one_row_a_month_and_the_right_people():
    frame = people(80)
    months = pd.DataFrame(
        {
            "person_id": np.repeat(frame["person_id"], 3),
            "month": np.tile([1, 2, 3], 80),
            "employed": np.repeat(frame["worked"], 3).to_numpy(),
        }
    ).sample(frac=1, random_state=0)
    spec = family(by_month=True, outcomes=["employed"], timepoint="month", groups=["all"])
    found = estimate(frame, spec, months)
    assert found["timepoint"].tolist() == ["month_1", "month_2", "month_3"]
    whole = estimate(frame, family(outcomes=["worked"], groups=["all"])).iloc[0]
    np.testing.assert_allclose(found["estimate"], whole["estimate"], rtol=1e-12)


def test_a_group_without_an_arm_is_refused():
    frame = people()
    frame.loc[frame["trial_group"] == "a", "arm"] = 1
    with pytest.raises(InputError, match="group 'a' lacks an arm"):
        estimate(frame, family())


def test_known_effect_is_covered_at_the_nominal_rate():
    # 400 trials of 200 people, effect .5: 95% intervals cover within their binomial 99.9% limits.
    covered = 0
    for seed in range(400):
        line = estimate(people(200, 0.5, seed), family(groups=["all"])).iloc[0]
        covered += line["ci_low"] <= 0.5 <= line["ci_high"]
    assert stats.binom.ppf(0.0005, 400, 0.95) <= covered <= stats.binom.ppf(0.9995, 400, 0.95)
