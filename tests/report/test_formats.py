"""Numbers as printed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipseval.report.formats import grouped, money, p_value, round_half_up, stars, with_stars


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (2.5, 0, "3"),
        (-1.526, 0, "-2"),
        (-0.4, 0, "0"),
        (0.0196, 2, "0.02"),
        (2.675, 2, "2.68"),
        (1e-9, 2, "0.00"),
        (12.5, 0, "13"),
        (-51.0000003, 0, "-51"),
    ],
)
def test_halves_go_away_from_zero_and_no_negative_zero(value, decimals, text):
    assert round_half_up(value, decimals) == text


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_a_number_that_needs_no_rounding_stays(whole, decimals):
    value = whole / 10**decimals
    assert float(round_half_up(value, decimals)) == value


@pytest.mark.parametrize(
    ("value", "text"), [(441.99994, "£442"), (-233.0, "-£233"), (-0.2, "£0"), (12345.6, "£12,346")]
)
def test_money(value, text):
    assert money(value, "£") == text


def test_counts_stars_and_p_values():
    assert grouped(9785) == "9,785"
    levels = [0.10, 0.05, 0.01]
    assert [stars(p, levels) for p in (0.2, 0.099, 0.05, 0.0499, 0.001, np.nan)] == [
        "",
        "*",
        "*",
        "**",
        "***",
        "",
    ]
    assert with_stars("3ppt", "*") == "3ppt *"
    assert with_stars("-2ppt", "") == "-2ppt"
    assert p_value(0.0002) == "<0.001"
    assert p_value(0.0546) == "0.055"
