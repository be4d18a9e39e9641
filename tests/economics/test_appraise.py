"""Appraisal: hand-worked examples, distributions of draws, rule of evidence, clear refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ipseval.config.economics import Economics
from ipseval.config.load import parse_section
from ipseval.config.trial import Group
from ipseval.economics.appraise import appraise, valuations_table
from ipseval.errors import InputError
from ipseval.streams import Streams

GROUPS = {
    "a": Group(label="A", trial_groups=["a"]),
    "b": Group(label="B", trial_groups=["b"]),
    "all": Group(label="All", trial_groups=["a", "b"]),
}
PEOPLE = pd.DataFrame({"trial_group": ["a"] * 6 + ["b"] * 4, "arm": [1, 1, 1, 0, 0, 0, 1, 0, 1, 0]})
LEDGER = pd.DataFrame({"trial_group": ["a", "a", "b"], "amount": [900.0, 600.0, 400.0]})
IMPACTS = pd.DataFrame(
    {
        "group": ["a", "b", "all"],
        "outcome": "y",
        "model": "ols",
        "family": "f",
        "estimate": [2.0, 1.0, 1.5],
        "std_error": [0.5, 1.0, 0.4],
        "p_value": [0.001, 0.3, 0.04],
    }
)


def declared(**changes):
    value = {
        "value": 100,
        "unit": "GBP",
        "price_year": 2020,
        "source": "s",
        "distribution": {"kind": "fixed"},
    }
    benefit = {"label": "B", "outcome": "y", "value": value | changes.pop("value", {})}
    benefit |= changes.pop("benefit", {})
    case = {
        "label": "C",
        "cost": {"ledger": "ledger", "amount": "amount"},
        "benefits": {"b": benefit},
    }
    given = {
        "family": "f",
        "model": "ols",
        "groups": ["a", "b", "all"],
        "price_year": 2020,
        "discount_rate": 0.0,
        "detection_level": 0.05,
        "cases": {"financial": case | changes.pop("case", {})},
    }
    return parse_section(given | changes, Economics, "economics.yaml")


def run(economics, draws=20_000, ledger=LEDGER, seed=1):
    return appraise(
        economics, GROUPS, IMPACTS, PEOPLE, {"ledger": ledger}, Streams(seed, "t"), draws
    )


def summary(economics, **options):
    return run(economics, **options).summary.set_index("group")


def test_cost_and_return_by_hand():
    found = summary(declared())
    assert found["cost_per_head"].to_dict() == {"a": 500.0, "b": 200.0, "all": 380.0}
    assert found["n_treatment"].to_dict() == {"a": 3, "b": 2, "all": 5}
    assert found.loc["a", "benefit_per_head"] == 200
    assert found.loc["a", "return_per_pound"] == 0.4
    assert found.loc["a", "net_present_value"] == -300


def test_only_detected_impacts_count_unless_every_estimate_does():
    found = summary(declared())
    assert found.loc["b", "return_per_pound"] == 0
    assert found.loc["b", "detected"] == ""
    assert found.loc["b", "return_ci_high"] == 0
    every = summary(declared(detection_level=None))
    assert every.loc["b", "return_per_pound"] == 0.5
    assert every.loc["b", "return_ci_low"] < 0 < every.loc["b", "return_ci_high"]


def test_draws_have_the_distribution_of_the_estimate():
    draws = run(declared()).draws.query("group == 'a'")
    standard = (draws["benefit"] / 100 - 2.0) / 0.5
    assert stats.kstest(standard, "norm").pvalue > 0.001
    found = summary(declared()).loc["a"]
    wanted = stats.norm.ppf([0.025, 0.975], 0.4, 0.1)
    assert [found["return_ci_low"], found["return_ci_high"]] == pytest.approx(wanted, abs=0.005)
    assert found["monte_carlo_error"] == pytest.approx(0.1 / np.sqrt(20_000), rel=0.03)


@pytest.mark.parametrize(
    ("distribution", "wanted"),
    [
        ({"kind": "uniform", "low": 80, "high": 120}, stats.uniform(80, 40)),
        ({"kind": "normal", "standard_error": 7}, stats.norm(100, 7)),
    ],
)
def test_valuations_are_drawn_from_their_distribution(distribution, wanted):
    economics = declared(value={"distribution": distribution}, detection_level=None)
    draws = run(economics).draws
    fixed = run(declared(detection_level=None)).draws
    worth = draws["benefit"] / (fixed["benefit"] / 100)
    for group in ("a", "all"):
        assert stats.kstest(worth[draws["group"] == group], wanted.cdf).pvalue > 0.001
    # Common random numbers: the same draw of the valuation serves all groups.
    by_group = [worth[draws["group"] == g].to_numpy() for g in ("a", "all")]
    np.testing.assert_allclose(by_group[0], by_group[1], rtol=1e-9)


def test_discounting_and_decay_by_hand():
    economics = declared(benefit={"years": 3, "decay": 0.2}, discount_rate=0.035)
    wanted = 200 * (1 + 0.8 / 1.035 + 0.64 / 1.035**2)
    assert summary(economics).loc["a", "benefit_per_head"] == pytest.approx(wanted, rel=1e-12)


def test_price_years_are_converted_by_the_deflator():
    economics = declared(value={"price_year": 2018}, deflator={2018: 80, 2020: 84})
    assert summary(economics).loc["a", "benefit_per_head"] == pytest.approx(210)


def test_cost_per_head_where_there_is_no_ledger():
    per_head = {
        "value": 1000,
        "unit": "GBP",
        "price_year": 2020,
        "source": "s",
        "distribution": {"kind": "uniform", "low": 900, "high": 1100},
    }
    economics = declared(case={"cost": {"per_head": per_head}})
    assert summary(economics).loc["a", "return_per_pound"] == 0.2
    draws = run(economics).draws
    assert draws["cost"].between(900, 1100).all()
    assert len(valuations_table(economics)) == 2


def test_same_seed_same_draws_and_prefix_of_more():
    first, again = run(declared(), draws=1000).draws, run(declared(), draws=1000).draws
    pd.testing.assert_frame_equal(first, again)
    more = run(declared(), draws=2000).draws.query("draw <= 1000").reset_index(drop=True)
    pd.testing.assert_frame_equal(first, more)
    assert (run(declared(), draws=1000, seed=2).draws["benefit"] != first["benefit"]).any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"discount_rate": 3.5}, "less than 0.3"),
        ({"value": {"price_year": None}}, "valid integer"),
        ({"value": {"price_year": 2018}}, "no deflator for 2018, 2020"),
        ({"value": {"distribution": {"kind": "uniform", "low": 5, "high": 1}}}, "must be below"),
        ({"value": {"distribution": {"kind": "normal", "standard_error": -1}}}, "greater than 0"),
        ({"case": {"cost": {"ledger": "ledger"}}}, "ledger and amount go together"),
        ({"detection_levl": 0.1}, "did you mean 'detection_level'"),
    ],
)
def test_impossible_declarations_are_refused_with_file_and_key(changes, message):
    with pytest.raises(InputError, match=message) as caught:
        declared(**changes)
    assert "economics.yaml" in str(caught.value)


def test_a_ledger_without_costs_is_refused():
    with pytest.raises(InputError, match="books nothing"):
        run(declared(), ledger=LEDGER[LEDGER["trial_group"] == "a"])


def test_a_benefit_may_come_from_another_family():
    other = IMPACTS.assign(family="g", estimate=3 * IMPACTS["estimate"])
    impacts = pd.concat([IMPACTS, other], ignore_index=True)
    economics = declared()
    plain = economics.model_dump()
    for case in plain["cases"].values():
        for benefit in case["benefits"].values():
            benefit["family"] = "g"
    moved = Economics.model_validate(plain)
    assert moved.families == ["f", "g"]
    found = [
        appraise(e, GROUPS, impacts, PEOPLE, {"ledger": LEDGER}, Streams(1, "t"), 1000).summary
        for e in (economics, moved)
    ]
    own, others = (frame.set_index("group").loc["a", "benefit_per_head"] for frame in found)
    assert others == pytest.approx(3 * own)
    assert own > 0
