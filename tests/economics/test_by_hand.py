"""Figures of the appraisals as declared, each worked out by hand from impacts that are given."""

import numpy as np
import pandas as pd
import pytest
from made_results import TRIALS

from ipseval.economics.acceptability import acceptability_curves
from ipseval.economics.appraise import appraise
from ipseval.economics.durations import present_values
from ipseval.economics.impacts import Impacts
from ipseval.economics.model import Analysis, default_analysis, make_model
from ipseval.streams import Streams

DEFLATED = 85.21 / 79.16  # 2018 to 2020
PAID = {"exchequer": 1800.0, "nhs": 200.0}


def model_of(trial, group, n=400, **given):
    """Return the model of a trial's appraisals of one group; impacts that are not given are 0."""
    economics = TRIALS[trial].economics
    plain = economics.model_dump(mode="json") | {"groups": [group], "not_calculated": []}
    economics = type(economics).model_validate(plain)
    estimate = np.array([given.get(name, 0.0) for name in economics.impacts])
    error = np.abs(estimate) / 2 + 1e-6
    keys = [(group, name) for name in economics.impacts]
    known = np.full(len(keys), 0.01), np.full(len(keys), 90.0)
    impacts = Impacts(keys, estimate, error, *known, np.diag(error**2))
    rows = [(group, payer, payer, 100 * x, x, 100, 200) for payer, x in PAID.items()]
    columns = ["group", "category", "payer", "amount", "per_head", "n_treatment", "n_randomised"]
    costs = pd.DataFrame(rows, columns=columns)
    return make_model(economics, impacts, costs, Streams(1, "t"), n)


def net(model, appraisal, scenario="reference", case="economic"):
    analysis = default_analysis(model.economics, appraisal, scenario)
    group = model.economics.groups[0]
    return float(model.point(analysis, group).net(model.case(case)))


def test_wellbys_follow_straight_lines_through_both_surveys():
    """SCR out of work: .285 at 12 months is no whole year of it, when it was -.017 at 4."""
    benefit = TRIALS["hlt"].economics.benefits["wellbeing"]
    economics = TRIALS["hlt"].economics
    weights = present_values(benefit, economics, 0.015, 1.0, 0.27)
    assert weights["life_satisfaction_at_4"] == pytest.approx(4 / 12 / 2 + 8 / 12 / 2)
    assert weights["life_satisfaction"] == pytest.approx(8 / 12 / 2)
    area = 4 / 12 * (0 - 0.016751) / 2 + 8 / 12 * (-0.016751 + 0.285105) / 2
    model = model_of("hlt", "scr_oow", life_satisfaction_at_4=-0.016751, life_satisfaction=0.285105)
    point = model.point(default_analysis(economics, "wellbeing", "pessimistic"), "scr_oow")
    assert point.health == pytest.approx(area)
    assert round(area, 3) == 0.087
    # From the second year on the impact at 12 months, a discounted 73% of itself each year.
    ahead = sum(0.73**k / 1.015**k for k in range(1, 5))
    point = model.point(default_analysis(economics, "wellbeing"), "scr_oow")
    assert point.health == pytest.approx(area + 0.285105 * ahead)


def test_wellbys_are_not_held_against_what_a_qaly_is_worth():
    model = model_of("hlt", "scr_iw", qalys=0.02, index=0.05, life_satisfaction=0.2)
    tables, draws = appraise(model)
    curves = acceptability_curves(model, draws)
    assert "wellbeing" not in set(curves["appraisal"])
    units = tables["cost_effectiveness"].groupby("appraisal")["unit"].unique().str.join(" ")
    assert units["wellbeing"] == "WELLBY"
    assert set(units.drop("wellbeing")) == {"QALY"}


def test_the_cost_of_a_qaly_divides_means_of_the_same_draws_everywhere():
    model = model_of("hlt", "scr_iw", qalys=0.02, index=0.05, ae_visits=-0.3)
    tables, draws = appraise(model)
    own = draws[draws["appraisal"] == "green_book"]
    by_hand = own["public_cost"].mean() / own["health"].mean()
    ratios = tables["cost_effectiveness"].set_index(["appraisal", "scenario"])
    assert ratios.loc[("green_book", "reference"), "cost_per_year"] == pytest.approx(by_hand)
    summary = tables["summary"]
    shown = summary[
        (summary["appraisal"] == "green_book")
        & (summary["scenario"] == "reference")
        & summary["default"]
    ]
    ratio = shown["public_cost_per_head"] / shown["health_per_head"]
    np.testing.assert_allclose(ratio, by_hand)
    curves = acceptability_curves(model, draws).set_index(["appraisal", "threshold"])
    at = curves.loc[("green_book", 20_000.0), "net_benefit"]
    assert at == pytest.approx(20_000 * own["health"].mean() - own["public_cost"].mean())


def test_nice_counts_the_nhs_alone_at_three_and_a_half_percent():
    given = {"qalys": 0.02, "index": 0.05, "ae_visits": -0.3, "earnings": 900.0, "tax": 90.0}
    model = model_of("hlt", "scr_iw", **given)
    point = model.point(default_analysis(model.economics, "nice"), "scr_iw")
    ahead = sum(0.73**k / 1.035**k for k in range(1, 5))
    assert point.health == pytest.approx(0.02 + 0.05 * ahead)
    visits = 0.3 * 280 * 85.21 / 100
    assert point.public_cost == pytest.approx(2000 - visits), "the NHS pays, and saves visits"
    assert point.cost == {"nhs": pytest.approx(2000)}
    # The Green Book's: 1.5% on health, the exchequer's taxes as well.
    point = model.point(default_analysis(model.economics, "green_book"), "scr_iw")
    ahead = sum(0.73**k / 1.015**k for k in range(1, 5))
    assert point.health == pytest.approx(0.02 + 0.05 * ahead)
    assert point.public_cost == pytest.approx(2000 - visits - 90)
    assert model.economics.thresholds_of("nice") == [20_000, 25_000, 30_000, 35_000]
    assert model.economics.thresholds_of("green_book") == [20_000, 30_000, 70_000]


def test_an_edition_of_the_green_book_sets_what_a_qaly_is_worth():
    model = model_of("hlt", "scr_iw", index=0.05)
    lasting = 0.05 * sum(0.73**k / 1.035**k for k in range(5))
    assert net(model, "published") == pytest.approx(lasting * 70_000 - 2000)
    of_2018 = lasting * 60_000 * DEFLATED - 2000
    assert net(model, "published", "qaly_of_2018") == pytest.approx(of_2018)


def test_a_value_set_is_carried_to_the_cost_of_a_qaly():
    given = {"qalys": 0.02, "index": 0.05, "qalys_crosswalk": 0.03, "index_crosswalk": 0.08}
    model = model_of("hlt", "scr_iw", **given)
    ahead = sum(0.73**k / 1.015**k for k in range(1, 5))
    point = model.point(
        default_analysis(model.economics, "green_book", "eq5d5l_crosswalk"), "scr_iw"
    )
    assert point.health == pytest.approx(0.03 + 0.08 * ahead)
    assert point.public_cost == pytest.approx(2000)


def test_wider_effects_one_by_one():
    """Earnings of 1,000 in the first year and 500 in ten months more; 4 in 100 more in work."""
    given = {"earnings": 1000.0, "later_earnings": 500.0, "employed": 0.04, "qalys": 0.02}
    model = model_of("hlt", "scr_iw", **given)
    earned = 1000 + 500 / 1.035
    none = net(model, "wider", "none_of_them")
    assert none == pytest.approx(net(model, "green_book"))
    assert net(model, "wider", "displacement_only") == pytest.approx(none - 0.5 * earned)
    assert net(model, "wider", "optimism_bias_only") == pytest.approx(none - 0.4 * 2000)
    costs = net(model, "wider", "travel_and_childcare_only")
    assert costs == pytest.approx(none - 0.04 * 1200)
    assert net(model, "wider", "taper_only") == pytest.approx(none), "a transfer"
    exchequer = net(model, "wider", "taper_only", "financial")
    assert exchequer == pytest.approx(net(model, "green_book", case="financial") + 0.63 * earned)
    lost = 0.5 * earned + 0.4 * 2000 + 0.04 * 1200
    assert net(model, "wider", "all_at_their_highest") == pytest.approx(none - lost)
    for name in ("displacement", "optimism_bias", "travel_and_childcare", "taper"):
        low, high = model.economics.quantities[name].distribution.ends(0.0)
        assert low == 0 < high


def test_where_the_impact_does_harm_the_optimistic_scenario_is_the_worse_one():
    """North East: 5 in 100 fewer recover. A longer and stronger effect makes it worse."""
    model = model_of("trailblazers", "north_east", recovered=-0.05)

    def by_hand(cost, utility, decay, years):
        lasting = sum((1 - decay) ** k / 1.015**k for k in range(years))
        return -0.05 * utility * 60_000 * lasting - cost / DEFLATED

    for scenario, setting in (
        ("pessimistic", (3893, 0.05, 0.6, 1)),
        ("reference", (2700, 0.11, 0.4, 3)),
        ("optimistic", (2116, 0.17, 0.2, 5)),
    ):
        assert net(model, "every_estimate", scenario) == pytest.approx(by_hand(*setting))
    tables, _ = appraise(model)
    summary = tables["summary"]
    economic = summary[(summary["case"] == "economic") & summary["default"]]
    found = economic.set_index(["appraisal", "scenario"])["as_expected"]
    worse = by_hand(2116, 0.17, 0.2, 5) < by_hand(2700, 0.11, 0.4, 3)
    assert worse
    assert not found["every_estimate", "optimistic"]
    assert found["every_estimate", "pessimistic"]


def test_evidence_that_is_not_detected_counts_for_nothing_in_the_published_appraisal():
    model = model_of("hlt", "wmca_oow", index=0.02, employed=0.039)
    undetected = Analysis("published", "reference", "detected", "independent")
    model.impacts.p_value[:] = 0.5
    assert float(model.point(undetected, "wmca_oow").net(model.case("economic"))) == -2000
