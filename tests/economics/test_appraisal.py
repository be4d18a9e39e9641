"""Appraisal: hand-worked examples, distributions of draws, rule of evidence, who gains."""

import numpy as np
import pandas as pd
import pytest
from appraised import (
    ERRORS,
    ESTIMATES,
    FIXED,
    GROUPS,
    LEDGER,
    PEOPLE,
    amount,
    declared,
    impacts_of,
    model_of,
    quantity,
)
from scipy import stats

from ipseval.config.economics import PARTIES
from ipseval.economics.appraise import appraise
from ipseval.economics.costs import costs_by_category
from ipseval.economics.durations import present_values
from ipseval.economics.impacts import read_impacts
from ipseval.economics.model import REFERENCE, Analysis
from ipseval.economics.quantities import values_of
from ipseval.economics.sensitivity import one_at_a_time, tornado, uncertain_of

MAIN = Analysis("main", REFERENCE, "every", "independent")


def summary(economics, **options):
    found = appraise(model_of(economics, **options))[0]["summary"]
    return found[found["default"]].set_index(["scenario", "case", "group"]).sort_index()


def test_costs_and_returns_by_hand():
    found = summary(declared())
    cost = found.loc[(REFERENCE, "economic"), "cost_per_head"]
    assert cost.to_dict() == {"a": 500.0, "b": 200.0, "all": 380.0}
    # Pay 2 x 100, of which 0.3 is a transfer; health 0.1 x 20,000.
    row = found.loc[(REFERENCE, "economic", "a")]
    assert row["benefit_per_head"] == pytest.approx(2200)
    assert row["return_per_pound"] == pytest.approx(4.4)
    assert row["net_present_value"] == pytest.approx(1700)
    assert row["public_cost_per_head"] == pytest.approx(440, rel=1e-3)  # a mean of draws
    assert row["benefit_cost_ratio"] == pytest.approx((140 + 2000) / 440)
    row = found.loc[(REFERENCE, "financial", "a")]
    assert row["return_per_pound"] == pytest.approx(0.12)
    assert np.isnan(row["benefit_cost_ratio"])


def test_only_detected_impacts_count_unless_every_estimate_does():
    economics = declared()
    p_value = [0.001, 0.2, 0.3, 0.3, 0.04, 0.001]
    impacts = impacts_of(economics, ESTIMATES, ERRORS, p_value=p_value)
    found = appraise(model_of(economics, impacts=impacts))[0]["summary"]
    chosen = (found["case"] == "economic") & (found["impacts"] == "independent")
    found = found[chosen].set_index(["evidence", "group"])
    assert found["counted"].to_dict() == {
        ("detected", "a"): "pay",
        ("detected", "b"): np.nan if found["counted"].isna().any() else "",
        ("detected", "all"): "pay;index",
        ("every", "a"): "pay;index",
        ("every", "b"): "pay;index",
        ("every", "all"): "pay;index",
    }
    assert found.loc[("detected", "a"), "return_per_pound"] == pytest.approx(0.4)
    none = found.loc[("detected", "b")]
    assert none["return_per_pound"] == none["return_per_pound_ci_high"] == 0
    every = found.loc[("every", "b")]
    assert every["return_per_pound_ci_low"] < every["return_per_pound"] == pytest.approx(5.5)


def test_draws_have_the_distribution_of_the_estimates():
    model = model_of(declared(("appraisals.main.benefits", ["pay"])))
    tables, draws = appraise(model)
    found = tables["summary"]
    own = draws[draws["group"] == "a"]
    assert stats.kstest((own["economic"] / 100 - 2.0) / 0.5, "norm").pvalue > 0.001
    row = found[found["default"] & (found["case"] == "economic")].set_index("group").loc["a"]
    wanted = stats.norm.ppf([0.025, 0.975], 0.4, 0.1)
    ends = [row["return_per_pound_ci_low"], row["return_per_pound_ci_high"]]
    assert ends == pytest.approx(wanted, abs=0.005)
    error = 0.1 / np.sqrt(20_000)
    assert row["return_per_pound_monte_carlo_error"] == pytest.approx(error, rel=0.03)


@pytest.mark.parametrize("dependence", ["joint", "independent"])
def test_an_edit_to_one_group_leaves_the_draws_of_the_others_alone(dependence):
    economics = declared()
    errors, edited = np.array(ERRORS), np.array(ERRORS)
    edited[-2:] *= 3  # of the last group
    shape = np.random.default_rng(4).normal(size=(6, 6))
    shape /= np.sqrt((shape**2).sum(axis=1, keepdims=True))
    related = shape @ shape.T
    before, after = (
        model_of(
            economics, 500, impacts_of(economics, ESTIMATES, own, related * np.outer(own, own))
        )
        for own in (errors, edited)
    )
    *others, last = economics.groups
    for group in others:
        for name, draws in before.drawn_impacts(group, dependence).items():
            np.testing.assert_array_equal(draws, after.drawn_impacts(group, dependence)[name])
    moved = before.drawn_impacts(last, dependence), after.drawn_impacts(last, dependence)
    assert any((moved[0][name] != moved[1][name]).any() for name in moved[0])


def test_joint_draws_have_the_covariance_of_the_estimates_also_where_it_is_singular():
    economics = declared()
    errors = np.array(ERRORS)
    shape = np.random.default_rng(3).normal(size=(6, 4))  # of rank 4: totals of parts
    covariance = shape @ shape.T
    scale = errors / np.sqrt(np.diag(covariance))
    covariance *= np.outer(scale, scale)
    impacts = impacts_of(economics, ESTIMATES, ERRORS, covariance)
    model = model_of(economics, 200_000, impacts)
    for group in economics.groups:
        own = list(impacts.places(group).values())
        drawn = np.vstack(list(model.drawn_impacts(group, "joint").values()))
        scale = np.outer(errors[own], errors[own])
        wanted = covariance[np.ix_(own, own)] / scale
        np.testing.assert_allclose(np.cov(drawn) / scale, wanted, atol=0.012)
    alone = np.vstack(list(model.drawn_impacts("a", "independent").values()))
    with pytest.raises(ValueError, match="cannot be drawn 'together'"):
        model.drawn_impacts("a", "together")
    assert abs(np.corrcoef(alone)[0, 1]) < 0.01
    np.testing.assert_allclose(alone.std(axis=1), errors[:2], rtol=0.01)


def test_common_random_numbers_serve_groups_and_scenarios():
    uniform = {"kind": "uniform", "low": 80, "high": 120}
    economics = declared(
        ("values.worth.distribution", uniform),
        ("appraisals.main.benefits", ["pay"]),
        ("scenarios", {"steep": {"label": "S", "discount": {"money": 0.07}}}),
    )
    impacts = impacts_of(economics, ESTIMATES, [1e-12] * 6)
    tables, draws = appraise(model_of(economics, impacts=impacts))
    found = tables["summary"]
    wide = draws.pivot(index="draw", columns="group", values="economic")
    np.testing.assert_allclose(wide["a"] / 2.0, wide["all"] / 1.5, rtol=1e-9)
    ends = found[found["default"] & (found["group"] == "a")].set_index(["case", "scenario"])
    ends = ends.loc["economic", "return_per_pound_ci_low"]
    assert ends[REFERENCE] == ends["steep"]  # the first twelve months are not discounted


def test_same_seed_same_draws_and_prefix_of_more():
    first, again = (appraise(model_of(declared(), 1000))[1] for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    more = appraise(model_of(declared(), 2000))[1]
    more = more[more["draw"] <= 1000].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, more)
    assert not first.equals(appraise(model_of(declared(), 1000, seed=2))[1])


def test_transfers_sum_to_zero_over_parties_and_totals_add_up():
    weights = {"income": "low", "reference_income": "high", "elasticity": "e"}
    edits = [
        ("rates.burden", quantity(0.2)),
        ("rates.e", quantity(0.0)),
        ("values.low", amount(10_000)),
        ("values.high", amount(20_000)),
        ("appraisals.main.excess_burden", "burden"),
        ("appraisals.main.distributional", weights),
    ]
    parties = appraise(model_of(declared(*edits)))[0]["parties"]
    own = parties[parties["group"] == "a"].set_index("item")
    assert own.loc["tax", list(PARTIES)].to_list() == pytest.approx([-60, 60, 0, 0, 0])
    assert own.loc["tax", "society"] == 0
    assert own.loc["programme", "exchequer"] == -500
    # A fifth of what the public pays beside what it gets back.
    assert own.loc["excess_burden", "others"] == pytest.approx(-0.2 * 440)
    parts = own.drop("total")[[*PARTIES, "society"]].sum()
    assert own.loc["total", [*PARTIES, "society"]].to_dict() == pytest.approx(parts.to_dict())
    # With an elasticity of 1 a participant's pound weighs twice, and health as it did.
    weighed = declared(*edits, ("rates.e.value", 1.0))
    own = appraise(model_of(weighed))[0]["parties"].query("group == 'a'").set_index("item")
    assert own.loc["pay", "participant"] == pytest.approx(400)
    assert own.loc["tax", ["participant", "exchequer"]].to_list() == pytest.approx([-120, 60])
    assert own.loc["health", "participant"] == pytest.approx(2000)


def test_discounting_decay_and_projection_by_hand():
    edits = [
        ("impacts.later", {"family": "f", "model": "ols", "outcome": "pay_later"}),
        (
            "benefits.pay.flows",
            [
                {"impact": "pay", "to_month": 12},
                {"impact": "later", "from_month": 12, "to_month": 22},
            ],
        ),
        ("benefits.pay.horizon_years", 4),
        ("benefits.pay.decay", "decay"),
    ]
    economics = declared(*edits)
    found = present_values(economics.benefits["pay"], economics, 0.035, 4, 0.2)
    # The first flow is not discounted; the second is its ten months of the second year. It goes on
    # at 12/10 of itself a year: two months of year two, then years three and four; a year of decay
    # ends ten months into the third year and ten months into the fourth.
    later = 1.2 / 12
    ahead = 0.8 * later * (2 / 1.035 + 10 / 1.035**2)
    ahead += 0.64 * later * (2 / 1.035**2 + 10 / 1.035**3)
    ahead += 0.512 * later * (2 / 1.035**3)
    assert found["pay"] == 1
    assert found["later"] == pytest.approx(1 / 1.035 + ahead, rel=1e-12)
    drawn = present_values(economics.benefits["pay"], economics, 0.035, 4, np.array([0.2, 0.0]))
    assert drawn["later"][0] == pytest.approx(found["later"], rel=1e-12)


def test_a_level_is_worth_so_much_a_year_and_may_be_what_continues():
    index = {"impact": "index", "to_month": 12}
    economics = declared(
        ("benefits.health.horizon_years", 3),
        ("benefits.health.decay", "decay"),
        ("impacts.years", {"family": "f", "model": "ols", "outcome": "years"}),
        (
            "benefits.area",
            {
                "label": "A",
                "kind": "qaly",
                "flows": [{"impact": "years", "to_month": 12}],
                "continued_by": "index",
                "unit_value": ["qaly"],
                "gains": {"participant": 1},
                "horizon_years": 3,
                "decay": "decay",
            },
        ),
    )
    assert economics.benefits["health"].flows[0].model_dump(exclude_none=True) == index | {
        "straight": False,
        "from_month": 0,
    }
    ahead = 0.8 / 1.015 + 0.64 / 1.015**2
    found = present_values(economics.benefits["health"], economics, 0.015, 3, 0.2)
    assert found["index"] == pytest.approx(1 + ahead, rel=1e-12)
    found = present_values(economics.benefits["area"], economics, 0.015, 3, 0.2)
    assert found["years"] == pytest.approx(1)
    assert found["index"] == pytest.approx(ahead, rel=1e-12)


def test_scenarios_change_what_they_set():
    economics = declared(
        ("benefits.health.decay", "decay"),
        ("scenarios", {"low": {"label": "L", "set": {"qaly": 10_000}}}),
        (
            "appraisals.main.scenarios",
            {"long": {"label": "N", "horizon_years": {"health": 2}, "discount": {"health": 0.1}}},
        ),
    )
    found = (
        summary(economics).xs("economic", level="case")["benefit_per_head"].xs("a", level="group")
    )
    assert found[REFERENCE] == pytest.approx(200 + 2000)
    assert found["low"] == pytest.approx(200 + 1000)
    assert found["long"] == pytest.approx(200 + 2000 * (1 + 0.8 / 1.1))


def test_a_cost_per_head_is_drawn_where_there_is_no_ledger():
    per_head = amount(1000, {"kind": "uniform", "low": 900, "high": 1100})
    economics = declared(("values.head", per_head), ("cost", {"per_head": "head"}))
    model = model_of(economics, ledger=None)
    tables, draws = appraise(model)
    found = tables["summary"]
    assert found["cost_per_head"].eq(1000).all()
    assert draws["cost"].between(900, 1100).all()
    assert draws["cost"].std() == pytest.approx(200 / np.sqrt(12), rel=0.02)


def _tornado(model, case):
    """Return the rows of a case by driver."""
    found = pd.DataFrame(one_at_a_time(model, MAIN, "a"))
    return found[found["case"] == case].set_index("driver")


def test_a_tornado_by_hand():
    economics = declared(
        ("values.worth.distribution", {"kind": "uniform", "low": 80, "high": 120}),
        ("rates.tax.distribution", {"kind": "uniform", "low": 0.2, "high": 0.4}),
        ("rates.factor", quantity(1, {"kind": "triangular", "low": 0.5, "high": 1.5})),
        ("cost.uncertainty", "factor"),
    )
    assert uncertain_of(economics, MAIN) == ["worth", "tax", "factor"]
    model = model_of(economics)
    assert model.counted(MAIN, "a") == ["pay", "index"]
    found = _tornado(model, "economic")
    assert found["net"].eq(1700).all()
    half = 1.959964
    assert found.loc["pay", "net_at_low"] == pytest.approx(1700 - half * 0.5 * 100)
    assert found.loc["pay", "swing"] == pytest.approx(2 * half * 0.5 * 100)
    assert found.loc["index", "break_even"] == pytest.approx((500 - 200) / 20_000)
    assert found.loc["factor", "break_even"] == pytest.approx(4.4)
    # Tax is a transfer: it moves nothing. No worth above zero makes the value nothing.
    assert found.loc["tax", "swing"] == 0
    assert found.loc[["tax", "worth"], "break_even"].isna().all()
    assert found["swing"].is_monotonic_decreasing
    # What is certain has no swing, and breaks even somewhere all the same.
    assert found.loc["qaly", ["swing", "low", "high"]].to_list() == [0, 20_000, 20_000]
    assert found.loc["qaly", "break_even"] == pytest.approx((500 - 200) / 0.1)
    assert len(tornado(model)) == 6 * 2 * 3


def test_a_break_even_of_a_rate_of_decay_is_searched_for():
    economics = declared(
        ("benefits.health.decay", "decay"),
        ("benefits.health.horizon_years", 5),
        ("rates.decay.distribution", {"kind": "uniform", "low": 0.0, "high": 0.9}),
        ("values.qaly.value", 2_000),
        ("appraisals.main.benefits", ["health"]),
    )
    found = _tornado(model_of(economics), "economic")
    rate = found.loc["decay", "break_even"]
    weights = present_values(economics.benefits["health"], economics, 0.015, 5, rate)
    assert 0.1 * 2000 * weights["index"] == pytest.approx(500)


def test_fixed_numbers_have_no_draws():
    assert FIXED == {"kind": "fixed"}
    assert model_of(declared(), 100).draws.quantities == {}


def test_amounts_of_money_are_deflated_to_the_price_year():
    """The deflator of the year of the results is 84, that of 2018 is 80."""
    economics = declared(
        ("impacts.pay.price_year", 2018),
        ("benefits.pay.unit_value", []),
        ("benefits.tax.unit_value", ["tax"]),
        ("cost.ledger.price_year", 2018),
        ("scenarios.dear", {"label": "D", "set": {"qaly": {"value": 40_000, "price_year": 2018}}}),
    )
    estimates = pd.DataFrame(
        {
            "family": "f",
            "group": np.repeat(["a", "b", "all"], 2),
            "model": "ols",
            "outcome": ["pay", "index"] * 3,
            "term": "arm",
            "estimate": ESTIMATES,
            "std_error": ERRORS,
            "p_value": 0.001,
            "n": 6,
        }
    )
    keys = list(zip(estimates["group"], estimates["outcome"], strict=True))
    joint = pd.DataFrame(
        [
            {
                "group": one[0],
                "impact": one[1],
                "other_group": two[0],
                "other_impact": two[1],
                "covariance": ERRORS[i] ** 2 if i == j else 0.01,
            }
            for i, one in enumerate(keys)
            for j, two in enumerate(keys)
        ]
    )
    impacts = read_impacts(economics, estimates, joint)
    assert impacts.of("a") == pytest.approx({"pay": 2.0 * 1.05, "index": 0.1})
    assert impacts.std_error[:2] == pytest.approx([0.5 * 1.05, 0.03])
    assert impacts.covariance[0, :3] == pytest.approx([0.25 * 1.05**2, 0.01 * 1.05, 0.01 * 1.05**2])
    costs = costs_by_category(economics, GROUPS, PEOPLE, LEDGER, values_of(economics))
    assert costs.loc[costs["group"] == "a", "per_head"].sum() == pytest.approx(500 * 1.05)
    dear = values_of(economics, economics.scenarios["dear"])
    assert dear["qaly"] == pytest.approx(42_000)


def test_a_flow_counts_when_the_impact_that_decides_for_it_is_detected():
    flow = {"impact": "pay", "to_month": 12, "detected_by": "index"}
    economics = declared(("benefits.pay.flows", [flow]), ("appraisals.main.evidence", "detected"))
    p_value = [0.5, 0.001, 0.001, 0.5, 0.5, 0.5]
    model = model_of(economics, impacts=impacts_of(economics, ESTIMATES, ERRORS, None, p_value))
    analysis = Analysis("main", REFERENCE, "detected", "independent")
    assert model.counted(analysis, "a") == ["pay", "index"]
    # The tax is on pay, which counts for it by itself; pay is worth something where health is.
    assert model.counted(analysis, "b") == ["pay"]
    assert model.counted(analysis, "all") == []
    gains = model.point(analysis, "a")
    assert gains.items["pay"].amount == pytest.approx(200)
    assert gains.items["tax"].amount == 0
    assert model.point(analysis, "b").items["pay"].amount == 0


def test_a_case_bears_what_its_parties_pay():
    economics = declared(
        ("cost.ledger.payers", {"overheads": "employer"}),
        ("cases.financial.parties", ["exchequer", "nhs"]),
    )
    rows = summary(economics).xs("a", level="group").xs(REFERENCE, level="scenario")
    # 1,500 for three people, 600 of it borne by employers; tax of 30% on 200.
    assert rows.loc["financial", "net_present_value"] == pytest.approx(60 - 300)
    assert rows.loc["economic", "net_present_value"] == pytest.approx(1700)
    assert rows.loc["economic", "public_cost_per_head"] == pytest.approx(300 - 60, rel=0.01)
    assert rows.loc["financial", "cost_per_head"] == pytest.approx(500)


def test_a_ratio_is_kept_where_a_rare_draw_saves_money_and_says_how_likely_that_is():
    economics = declared(
        ("rates.tax.value", 1.0),
        ("benefits.tax.gains", {"participant": -1, "exchequer": 1}),
    )
    # Taxes of 200 with a standard error of 100 against a cost of 500: saved in one draw in 740.
    estimates = [2.0, *ESTIMATES[1:]]
    impacts = impacts_of(economics, estimates, [1.0, *ERRORS[1:]])
    found = appraise(model_of(economics, impacts=impacts))[0]["summary"]
    row = found[(found["group"] == "a") & (found["case"] == "economic") & found["default"]].iloc[0]
    assert row["benefit_cost_ratio"] == pytest.approx(2000 / 300)
    assert row["probability_public_saving"] == pytest.approx(stats.norm.sf(3), abs=0.001)
    assert np.isnan(row["benefit_cost_ratio_ci_low"])
    assert row["probability_benefit_cost_ratio_above_one"] == pytest.approx(
        row["probability_return_above_one"]
    )
