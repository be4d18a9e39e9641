"""The settings that were solved for, as the log of assumptions gives them: A12 and A59."""

import pytest

from ipseval.config.load import load_trial
from ipseval.economics.durations import present_values
from ipseval.provenance import ROOT
from ipseval.report.formats import round_half_up

ECONOMICS = load_trial(ROOT / "config" / "trials", "hlt").economics
COSTS = {"scr_iw": 2116, "scr_oow": 2416, "wmca_oow": 3893, "all_oow": 3162.218096809681}
# Impacts that are planted in the twin, unrounded: share employed, and index of EQ-5D-5L.
EMPLOYED = {"scr_iw": 0.0347809021, "wmca_oow": 0.0390009746}
INDEX = {"scr_iw": 0.0250776999, "scr_oow": 0.0248838273, "all_oow": 0.0196128104}


def financial(saving: float) -> list[str]:
    return [round_half_up(EMPLOYED[g] * saving / COSTS[g], 2) for g in EMPLOYED]


def economic(decay: float) -> list[str]:
    benefit, worth = ECONOMICS.benefits["health"], ECONOMICS.values["qaly"].value
    rate = ECONOMICS.editions[ECONOMICS.edition].discount.money
    years = benefit.horizon_years
    weight = present_values(benefit, ECONOMICS, rate, years, decay)["index"]
    return [round_half_up(INDEX[g] * worth * weight / COSTS[g], 2) for g in INDEX]


def test_the_saving_prints_both_returns_within_its_bounds_and_not_beyond():
    declared = ECONOMICS.values["saving_of_employment"]
    bounds = declared.distribution.low, declared.distribution.high
    assert all(financial(x) == ["0.02", "0.01"] for x in (declared.value, *bounds, 912.6, 1497.2))
    assert financial(912.5) != ["0.02", "0.01"] != financial(1497.4)


def test_the_decay_prints_three_returns_in_a_narrow_interval():
    wanted = ["2.32", "2.02", "1.22"]
    assert economic(ECONOMICS.rates["decay_of_health"].value) == wanted
    assert economic(0.2699) == economic(0.2704) == wanted
    assert economic(0.2690) != wanted != economic(0.2715)


@pytest.mark.parametrize(("rate", "decay"), [(0.015, 0.28)])
def test_health_at_its_own_rate_goes_with_more_decay(rate, decay):
    benefit = ECONOMICS.benefits["health"]
    solved = present_values(benefit, ECONOMICS, 0.035, 5, 0.27)["index"]
    other = present_values(benefit, ECONOMICS, rate, 5, decay)["index"]
    assert other == pytest.approx(solved, rel=0.01)
