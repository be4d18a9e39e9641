"""Results made from other results: bands, thresholds, medians, winsorised values."""

import numpy as np
import pandas as pd
import pytest
from helpers import result_of

from ipseval.config.outcomes import Outcomes
from ipseval.errors import InputError


def spec(kind, **fields):
    declared = {"kind": kind, "of": "x", "label": "l", "unit": "u", **fields}
    return Outcomes.model_validate({"covariates": {}, "outcomes": {"y": declared}}).outcomes["y"]


def made(kind, values, **fields):
    found = pd.Series(result_of(spec(kind, **fields), {"x": values}))
    return [None if pd.isna(v) else v for v in found]


def test_a_band_begins_with_its_cut():
    bands = {"cuts": [10, 20], "labels": ["low", "middle", "high"]}
    values = [9.99, 10, 19.99, 20, np.nan]
    assert made("bands", values, **bands) == ["low", "middle", "middle", "high", None]


def test_whole_numbers_with_missing_values_are_numbers():
    values = pd.array([1, None, 3], dtype="Int64")
    assert made("bands", values, cuts=[2], labels=["a", "b"]) == ["a", None, "b"]


@pytest.mark.parametrize(("cuts", "band"), [([0, 5], "a"), ([5, 11], "c")])
def test_a_cut_outside_the_values_is_refused(cuts, band):
    with pytest.raises(InputError, match=f"nobody is in the band '{band}'"):
        made("bands", [1.0, 10.0], cuts=cuts, labels=["a", "b", "c"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cuts": [2, 1], "labels": ["a", "b", "c"]}, "cuts have to ascend"),
        ({"cuts": [1, 1], "labels": ["a", "b", "c"]}, "cuts have to ascend"),
        ({"cuts": [1], "labels": ["a"]}, "1 cuts make 2 bands"),
    ],
)
def test_bands_that_cannot_be(fields, message):
    with pytest.raises(ValueError, match=message):
        spec("bands", **fields)


def test_a_person_at_the_median_is_not_above_it():
    assert made("above_median", [1.0, 2, 2, 3, np.nan]) == [0, 0, 0, 1, None]
    labels = {"labels": ["low", "high"]}
    assert made("above_median", [1.0, 2, 3, 4, np.nan], **labels) == ["low"] * 2 + ["high"] * 2 + [
        None
    ]


def test_threshold_and_winsorised():
    assert made("reached", [0.0, 0.5, 1, np.nan], threshold=1) == [0, 0, 1, None]
    values = [float(v) for v in range(101)] + [None]
    cut = made("winsorised", pd.Series(values), quantile=0.99)
    assert cut == [*values[:99], 99, 99, None]


def area(interpolate, *rows):
    """Return the area under an index at months 0, 4 and 12 of people, one row each."""
    of = {0: "x", 4: "y", 12: "z"}
    declared = spec("area_under_curve", of=of, interpolate=interpolate)
    columns = zip(*rows, strict=True)
    found = result_of(declared, dict(zip("xyz", map(np.array, columns), strict=True)))
    return [None if np.isnan(v) else pytest.approx(v) for v in found]


def test_area_under_straight_lines_over_years():
    people = [(1.0, 1.0, 1.0), (0.0, 0.6, 0.9), (-0.2, 0.4, -0.2), (0.5, 0.5, 0.0)]
    wanted = [1, 4 / 12 * 0.3 + 8 / 12 * 0.75, 0.1, 4 / 12 * 0.5 + 8 / 12 * 0.25]
    assert area(True, *people) == wanted
    assert area(False, *people) == wanted


def test_only_a_number_in_the_middle_is_interpolated():
    people = [(0.2, np.nan, 0.8), (np.nan, 0.5, 0.8), (0.2, 0.5, np.nan), (np.nan, np.nan, np.nan)]
    assert area(True, *people) == [0.5, None, None, None]
    assert area(False, *people) == [None] * 4


def test_two_missing_numbers_lie_on_one_line():
    declared = spec("area_under_curve", of={0: "a", 3: "b", 6: "c", 12: "d"}, interpolate=True)
    values = {"a": [0.0, 0.0], "b": [np.nan, np.nan], "c": [np.nan, 0.8], "d": [1.0, 0.4]}
    wanted = [0.5, 0.5 * 0.4 + 0.5 * 0.6]
    assert result_of(declared, values).tolist() == pytest.approx(wanted)


def test_death_is_zero_and_not_missing():
    """On a line to 0 on the day of death, and 0 from then on, whoever was asked before."""
    of = {0: "x", 4: "y", 12: "z"}
    declared = spec("area_under_curve", of=of, interpolate=False, zero_from="died")
    months = np.array([6.0, 2.0, 0.0, 30.0, np.nan, 8.0])
    values = {
        "x": [1.0, 0.8, 0.6, 1.0, 1.0, np.nan],
        "y": [0.5, np.nan, np.nan, 1.0, np.nan, 0.5],
        "z": [np.nan, np.nan, np.nan, 1.0, 1.0, np.nan],
        "died": months * 365.25 / 12,
    }
    found = result_of(declared, {name: np.array(column) for name, column in values.items()})
    wanted = [
        4 / 12 * 0.75 + 2 / 12 * 0.25,  # after the first survey
        2 / 12 * 0.4,  # before it: nobody could be asked
        0.0,  # on the day of randomisation
        1.0,  # long after
        np.nan,  # alive, and not asked at 4 months
        np.nan,  # dead, but the index at the start is not known
    ]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("of", "message"),
    [({4: "x", 0: "y"}, "months of `of` have to ascend"), ({0: "x"}, "at least 2")],
)
def test_curves_that_cannot_be(of, message):
    with pytest.raises(ValueError, match=message):
        spec("area_under_curve", of=of, interpolate=True)


def test_nobody_known():
    nothing = [np.nan, np.nan]
    assert made("above_median", nothing) == [None, None]
    assert made("above_median", nothing, labels=["a", "b"]) == [None, None]
    assert made("winsorised", nothing, quantile=0.9) == [None, None]
    assert made("bands", nothing, cuts=[1], labels=["a", "b"]) == [None, None]


def test_the_cohort_is_by_the_last_day_of_the_window():
    """Randomised on 23 March 2019: the twelve months end on 22 March 2020."""
    days = pd.Series(pd.to_datetime(["2019-03-22", "2019-03-23", "2019-03-24", None]))
    cut = {"cuts": ["2020-03-23"], "labels": ["before", "into"]}
    assert made("date_bands", days, window_months=12, **cut) == ["before", "before", "into", None]
    cut["cuts"] = ["2019-03-23"]
    assert made("date_bands", days, **cut) == ["before", "into", "into", None]


def test_text_is_no_number_and_a_number_no_date():
    with pytest.raises(InputError, match="'x' is not a number"):
        made("winsorised", pd.Series(["a"]), quantile=0.9)
    with pytest.raises(InputError, match="'x' is not a date"):
        made("date_bands", [1.0], cuts=["2020-01-01"], labels=["a", "b"])
