"""Cost-effectiveness and value of information: heormodel's figures, and closed forms."""

import json

import numpy as np
import pytest
from appraised import declared, impacts_of, model_of
from scipy.stats import norm

from ipseval.economics.acceptability import (
    acceptability,
    acceptability_curves,
    cost_per_year,
    frontier,
)
from ipseval.economics.appraise import appraise
from ipseval.economics.information import evppi, evsi, value_of_knowing
from ipseval.economics.uncertainty import convergence, value_of_information
from ipseval.provenance import ROOT

THRESHOLDS = np.array([0.0, 20_000.0, 30_000.0, 70_000.0])
SHEET = json.loads((ROOT / "tests/reference/economics.json").read_text())


def loss(mean, spread):
    """Return the expected value of perfect information of a normal net benefit."""
    return spread * norm.pdf(mean / spread) - abs(mean) * norm.sf(abs(mean) / spread)


@pytest.fixture(scope="module")
def draws():
    """The draws of make_economics.py."""
    rng = np.random.default_rng(2016)
    return rng.normal(0.06, 0.05, 20_000), rng.gamma(25.0, 80.0, 20_000)


def test_acceptability_frontier_and_perfect_information_are_heormodels(draws):
    health, cost = draws
    np.testing.assert_allclose(acceptability(*draws, THRESHOLDS), SHEET["acceptability"], 0, 1e-12)
    np.testing.assert_allclose(frontier(*draws, THRESHOLDS), SHEET["frontier"]["prob"], 0, 1e-12)
    found = [value_of_knowing(t * health - cost, t * health - cost)[0] for t in THRESHOLDS]
    np.testing.assert_allclose(found, SHEET["evpi"], rtol=1e-9, atol=1e-9)


def test_partial_and_sample_information_are_near_heormodels(draws):
    """Their metamodel is a spline and ours a polynomial: they agree to a Monte Carlo error."""
    health, cost = draws
    net = 30_000 * health - cost
    for name, driver in (("health", health), ("cost", cost)):
        value, error = evppi(net, driver)
        assert value == pytest.approx(SHEET["evppi"][name], abs=max(2 * error, 1))
    found = evsi(net.mean(), 30_000 * health.std(), 1260, 2000)
    assert found == pytest.approx(SHEET["evsi"], rel=0.02)


def test_linear_normal_net_benefit_has_a_closed_form():
    rng = np.random.default_rng(1)
    n, mean, slopes = 400_000, -50.0, np.array([300.0, 200.0, 100.0])
    drivers = rng.normal(size=(3, n))
    net = mean + slopes @ drivers
    value, error = value_of_knowing(net, net)
    assert value == pytest.approx(loss(mean, np.hypot.reduce(slopes)), abs=3 * error)
    for driver, slope in zip(drivers, slopes, strict=True):
        value, error = evppi(net, driver)
        assert value == pytest.approx(loss(mean, slope), abs=3 * error)
    # A trial as large as the one before halves the variance that is left; one without end is
    # perfect information; none is worth nothing.
    assert evsi(mean, 300.0, 1000, 1000) == pytest.approx(loss(mean, 300 / np.sqrt(2)))
    assert evsi(mean, 300.0, 1000, 1e12) == pytest.approx(loss(mean, 300.0))
    assert evsi(mean, 300.0, 1000, 0) == 0
    assert evppi(net, np.zeros(n)) == (0.0, 0.0)


def test_value_of_information_of_an_appraisal_has_its_closed_form():
    decision = {"appraisal": "main", "case": "economic", "population": 1000, "further_trial": [10]}
    economics = declared(
        ("decision", decision),
        ("appraisals.main.benefits", ["pay", "health"]),
        ("appraisals.main.impacts", "joint"),
    )
    covariance = np.diag(np.array([0.5, 0.03] * 3) ** 2)
    covariance[0, 1] = covariance[1, 0] = 0.5 * 0.5 * 0.03
    impacts = impacts_of(economics, [2.0, 0.01] * 3, [0.5, 0.03] * 3, covariance)
    found = value_of_information(model_of(economics, 200_000, impacts)).fillna({"driver": ""})
    own = found[found["group"] == "a"].set_index(["measure", "driver"])
    weights = np.array([100.0, 20_000.0])
    mean = weights @ [2.0, 0.01] - 500
    variance = weights @ covariance[:2, :2] @ weights
    tolerance = 3 * own.loc[("evpi", ""), "monte_carlo_error"]
    assert own.loc[("evpi", ""), "value"] == pytest.approx(
        loss(mean, np.sqrt(variance)), abs=tolerance
    )
    assert own.loc[("evppi", "all_impacts"), "value"] == pytest.approx(
        own.loc[("evpi", ""), "value"]
    )
    assert own.loc[("evppi", "all_quantities"), "value"] == 0
    # Knowing one impact tells of the other, which is correlated with it.
    moved = (covariance[:2, :2] @ weights)[0] / 0.5
    assert own.loc[("evppi", "pay"), "value"] == pytest.approx(loss(mean, moved), abs=tolerance)
    half = loss(mean, np.sqrt(variance * 10 / 16))
    assert own.loc[("evsi", "all_impacts"), "value"] == pytest.approx(half, rel=0.02)
    total = own.loc[("evpi", ""), "population_value"]
    assert total == pytest.approx(1000 * own.loc[("evpi", ""), "value"])


def test_ratio_only_where_it_has_a_meaning():
    assert cost_per_year(0.1, 2000) == (20_000, "more health at a cost")
    assert cost_per_year(-0.1, -2000) == (20_000, "less health, money saved")
    ratio, quadrant = cost_per_year(0.1, -5)
    assert np.isnan(ratio)
    assert quadrant == "dominant"
    ratio, quadrant = cost_per_year(-0.1, 5)
    assert np.isnan(ratio)
    assert quadrant == "dominated"


def test_cost_effectiveness_of_an_appraisal():
    economics = declared(("threshold", {"tabulated": [20_000, 30_000], "highest": 50_000}))
    model = model_of(economics)
    tables, draws = appraise(model)
    ratios, curves = tables["cost_effectiveness"], acceptability_curves(model, draws)
    row = ratios.set_index("group").loc["a"]
    # Costs 500 a head, of which 60 come back as tax, for a tenth of a year.
    assert row["health"] == pytest.approx(0.1, abs=0.001)
    assert row["cost_per_year"] == pytest.approx(4400, rel=0.02)
    assert curves[curves["tabulated"]].groupby("group").size().eq(2).all()
    at = curves[(curves["group"] == "a") & (curves["threshold"] == 30_000)].iloc[0]
    spread = np.hypot(30_000 * 0.03, 30 * 0.5)
    assert at["probability"] == pytest.approx(norm.cdf((3000 - 440) / spread), abs=0.005)
    assert at["net_benefit"] == pytest.approx(2560, abs=3 * spread / np.sqrt(20_000))


def test_convergence_ends_at_the_mean_of_all_draws():
    model = model_of(declared(), 5000)
    tables, draws = appraise(model)
    summary = tables["summary"]
    found = convergence(model, draws)
    last = found[found["draws"] == 5000].set_index(["group", "case"])
    net = draws["economic"] - draws["cost"]
    assert last.loc[("a", "economic"), "mean"] == pytest.approx(net[draws["group"] == "a"].mean())
    shown = summary[summary["default"]].set_index(["group", "case"])
    column = "net_present_value_monte_carlo_error"
    assert last["monte_carlo_error"].to_dict() == pytest.approx(shown[column].to_dict())
