"""Instruments: published values, a second computation, missing items and answers out of range."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ipseval.errors import InputErrors
from ipseval.outcomes.instruments import INSTRUMENTS, band, score

NAN = np.nan
CHOICES = [(n, v) for n, i in INSTRUMENTS.items() for v in i.value_sets or [None]]
HIGHER_IS_BETTER = {"swemwbs", "gse10", "jsse9", "imi_value7", "life_satisfaction"}
SUMS = [
    ("gad7", 7, 0, 3, 1),
    ("phq8", 8, 0, 3, 1),
    ("phq9", 9, 0, 3, 1),
    ("gse10", 10, 1, 4, 2),
    ("imi_value7", 7, 1, 7, 1),
]


def of_state(state: str, value_set: str | None = None, instrument: str = "eq5d5l") -> float:
    return score(instrument, [[int(level) for level in state]], value_set)[0]


def every_state(levels: int) -> np.ndarray:
    return np.array(list(product(range(1, levels + 1), repeat=5)), dtype=float)


@pytest.mark.parametrize(
    ("state", "index"),
    [
        ("11111", 1),
        ("21111", 0.877),
        ("12111", 0.846),
        ("11211", 0.906),
        ("11121", 0.837),
        ("11112", 0.879),
        ("22222", 0.592),
        ("33333", 0.516),
        ("44444", 0.036),
        ("55555", -0.594),
    ],
)
def test_crosswalk_meets_the_published_table(state, index):
    assert of_state(state, "crosswalk_2012") == pytest.approx(index, abs=0.0006)


@pytest.mark.parametrize(
    ("value_set", "state", "index"),
    [
        ("england_2018", "11111", 1),
        ("england_2018", "21345", 1 - 0.058 - 0.063 - 0.276 - 0.289),
        ("england_2018", "53142", 1 - 0.274 - 0.080 - 0.276 - 0.078),
        ("england_2018", "55555", -0.285),
        ("uk_2026", "11111", 1),
        ("uk_2026", "21345", 1 - 0.032 - 0.086 - 0.371 - 0.391),
        ("uk_2026", "55555", -0.567),
    ],
)
def test_value_sets_take_a_decrement_a_dimension_off_1(value_set, state, index):
    assert of_state(state, value_set) == pytest.approx(index, abs=1e-12)


@pytest.mark.parametrize(
    ("state", "index"),
    [
        ("11111", 1),
        ("11211", 1 - 0.081 - 0.036),
        ("22222", 1 - 0.081 - 0.403),
        ("11113", 1 - 0.081 - 0.236 - 0.269),
        ("11332", 1 - 0.081 - 0.094 - 0.386 - 0.071 - 0.269),
        ("33333", -0.594),
    ],
)
def test_uk_tariff_of_three_levels(state, index):
    assert of_state(state, instrument="eq5d3l") == pytest.approx(index, abs=1e-12)


def test_crosswalk_is_the_mean_tariff_over_all_states_of_three_levels():
    """Every state of 3 levels, its tariff and its chance, each added up in turn."""
    tariff = {}
    for state in product((1, 2, 3), repeat=5):
        index = 1.0
        for level, two, three in zip(
            state,
            (0.069, 0.104, 0.036, 0.123, 0.071),
            (0.314, 0.214, 0.094, 0.386, 0.236),
            strict=True,
        ):
            index -= {1: 0, 2: two, 3: three}[level]
        index -= 0.081 if max(state) > 1 else 0
        index -= 0.269 if max(state) == 3 else 0
        tariff[state] = index
    one_at_2 = (0.1777, 0.1669, 0.1994, 0.1993, 0.2066)
    three_at_4 = (0.0721, 0.2432, 0.3284, 0.3994, 0.4908)

    def chance(dimension: int, five: int, three: int) -> float:
        if five == 2:
            return {1: one_at_2[dimension], 2: 1 - one_at_2[dimension], 3: 0}[three]
        if five == 4:
            return {1: 0, 2: 1 - three_at_4[dimension], 3: three_at_4[dimension]}[three]
        return float(three == (five + 1) / 2)

    states = every_state(5)[::31]
    expected = []
    for five in states:
        total = 0.0
        for three, index in tariff.items():
            weight = 1.0
            for dimension in range(5):
                weight *= chance(dimension, int(five[dimension]), three[dimension])
            total += weight * index
        expected.append(total)
    assert score("eq5d5l", states, "crosswalk_2012") == pytest.approx(expected, abs=1e-12)


def test_crosswalk_of_levels_1_3_5_is_the_tariff_of_1_2_3():
    three = every_state(3)
    assert score("eq5d5l", 2 * three - 1, "crosswalk_2012") == pytest.approx(score("eq5d3l", three))


@pytest.mark.parametrize("value_set", INSTRUMENTS["eq5d5l"].value_sets)
def test_each_level_of_each_dimension_lowers_the_index(value_set):
    found = score("eq5d5l", every_state(5), value_set).reshape(5, 5, 5, 5, 5)
    for dimension in range(5):
        assert (np.diff(found, axis=dimension) < 0).all()
    assert found.max() == 1


METRIC = {
    7: 7.00, 8: 9.51, 9: 11.25, 10: 12.40, 11: 13.33, 12: 14.08, 13: 14.75, 14: 15.32,
    15: 15.84, 16: 16.36, 17: 16.88, 18: 17.43, 19: 17.98, 20: 18.59, 21: 19.25, 22: 19.98,
    23: 20.73, 24: 21.54, 25: 22.35, 26: 23.21, 27: 24.11, 28: 25.03, 29: 26.02, 30: 27.03,
    31: 28.13, 32: 29.31, 33: 30.70, 34: 32.55, 35: 35.00,
}  # fmt: skip


@pytest.mark.parametrize(("raw", "metric"), METRIC.items())
def test_swemwbs_converts_every_sum(raw, metric):
    whole, rest = divmod(raw, 7)
    answers = [whole + 1] * rest + [whole] * (7 - rest)
    assert sum(answers) == raw
    assert score("swemwbs", [answers, answers[::-1]]).tolist() == [metric, metric]


@st.composite
def answered(draw, name: str):
    spec = INSTRUMENTS[name]
    codes = st.integers(spec.lowest, spec.highest).map(float)
    return draw(arrays(float, (draw(st.integers(1, 4)), len(spec.items)), elements=codes))


@pytest.mark.parametrize(("name", "value_set"), CHOICES)
@given(data=st.data())
def test_a_higher_answer_never_turns_the_score_round(name, value_set, data):
    spec, items = INSTRUMENTS[name], data.draw(answered(name))
    item = data.draw(st.integers(0, len(spec.items) - 1))
    more = items.copy()
    more[:, item] = np.minimum(more[:, item] + 1, spec.highest)
    change = score(name, more, value_set) - score(name, items, value_set)
    down = name.startswith("eq5d")
    assert ((-change if down else change) >= 0).all()
    if name != "msk_bothered":
        assert (change != 0)[items[:, item] < spec.highest].all()


@pytest.mark.parametrize(("name", "value_set"), CHOICES)
@given(data=st.data())
def test_people_are_scored_one_by_one(name, value_set, data):
    """Order of people is kept, nobody's score depends on another, and the answers stay."""
    items = data.draw(answered(name))
    before = items.copy()
    found = score(name, items, value_set)
    alone = [score(name, row[None], value_set)[0] for row in items]
    assert found.tolist() == alone
    assert (items == before).all()
    assert score(name, items[:0], value_set).shape == (0,)


@pytest.mark.parametrize(
    ("name", "value_set", "least", "greatest"),
    [
        ("eq5d5l", "england_2018", -0.285, 1),
        ("eq5d5l", "uk_2026", -0.567, 1),
        ("eq5d5l", "crosswalk_2012", -0.594, 1),
        ("eq5d3l", None, -0.594, 1),
        ("swemwbs", None, 7, 35),
        ("gad7", None, 0, 21),
        ("phq8", None, 0, 24),
        ("phq9", None, 0, 27),
        ("gse10", None, 10, 40),
        ("jsse9", None, 1, 5),
        ("imi_value7", None, 7, 49),
        ("msk_bothered", None, 0, 1),
        ("life_satisfaction", None, 0, 10),
    ],
)
def test_ranges_of_the_scores(name, value_set, least, greatest):
    spec = INSTRUMENTS[name]
    ends = np.array([[spec.lowest] * len(spec.items), [spec.highest] * len(spec.items)])
    assert sorted(score(name, ends, value_set)) == pytest.approx([least, greatest])
    text = " ".join(spec.rule.__doc__.split())
    assert f"{least:g} to {greatest:g}" in text


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_states_unit_direction_and_missing_items(name):
    text = " ".join(INSTRUMENTS[name].rule.__doc__.split())
    assert "nit: " in text
    better = "Higher" if name in HIGHER_IS_BETTER or name.startswith("eq5d") else "Lower"
    assert f"{better} is better" in text
    assert "issing" in text or "if they are at least 7" in text or "to be answered" in text


@pytest.mark.parametrize(("name", "value_set"), [c for c in CHOICES if "eq5d" in c[0]])
def test_an_index_needs_every_item(name, value_set):
    people = np.full((6, 5), 2.0)
    people[np.arange(5), np.arange(5)] = NAN
    assert np.isnan(score(name, people, value_set)).tolist() == [True] * 5 + [False]


def test_swemwbs_needs_every_item():
    people = np.full((8, 7), 3.0)
    people[np.arange(7), np.arange(7)] = NAN
    assert np.isnan(score("swemwbs", people)).tolist() == [True] * 7 + [False]


@pytest.mark.parametrize(("name", "items", "low", "high", "spare"), SUMS)
def test_sums_are_scaled_up_from_enough_items(name, items, low, high, spare):
    for missing in range(items + 1):
        answers = np.full(items, float(high))
        answers[0] = low
        answers[items - missing :] = NAN
        found = score(name, answers[None])[0]
        if missing > spare:
            assert np.isnan(found)
        else:
            assert found == pytest.approx(np.nanmean(answers) * items)


def test_sums_of_hand_made_people():
    people = [[0, 1, 2, 3, 0, 1, 2], [NAN, 1, 2, 3, 0, 1, 2], [3, 3, 3, NAN, NAN, 3, 3]]
    assert score("gad7", people)[:2].tolist() == [9, 10.5]
    assert np.isnan(score("gad7", people)[2])
    assert score("phq8", [[3, 3, 3, 3, 3, 3, 3, NAN]]).tolist() == [24]
    assert score("gse10", [[NAN, NAN, *[2] * 4, *[3] * 4]]).tolist() == [25]


def test_jsse_is_the_mean_of_seven_items_or_more():
    people = [
        [1, 2, 3, 4, 5, 1, 2, 3, 4],
        [1, 2, 3, 4, 5, 1, 5, NAN, NAN],
        [5, 5, 5, 5, 5, 5, NAN, NAN, NAN],
        [NAN] * 9,
    ]
    found = score("jsse9", people)
    assert found[:2].tolist() == [pytest.approx(25 / 9), 3]
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ((0, 0), 0),
        ((2, 2), 0),
        ((3, 0), 1),
        ((0, 4), 1),
        ((4, 3), 1),
        ((3, NAN), 1),
        ((NAN, 4), 1),
        ((2, NAN), NAN),
        ((NAN, 0), NAN),
        ((NAN, NAN), NAN),
    ],
)
def test_bothered_very_much_by_either(answers, wanted):
    assert score("msk_bothered", [answers])[0] == pytest.approx(wanted, nan_ok=True)


def test_life_satisfaction_is_the_answer():
    assert score("life_satisfaction", [[0], [7], [NAN]]) == pytest.approx([0, 7, NAN], nan_ok=True)


@pytest.mark.parametrize(("name", "value_set"), CHOICES)
@pytest.mark.parametrize("beyond", ["low", "high", "between", "infinite"])
def test_answers_that_there_are_not_are_refused_by_column_and_row(name, value_set, beyond):
    spec = INSTRUMENTS[name]
    codes = {"low": spec.lowest - 1, "high": spec.highest + 1, "between": spec.lowest + 0.37}
    people = np.full((5, len(spec.items)), float(spec.lowest))
    people[[1, 4], -1] = codes.get(beyond, np.inf)
    people[0, :] = NAN
    with pytest.raises(InputErrors) as caught:
        score(name, people, value_set, prefix="q_", table="survey")
    (problem,) = caught.value.problems
    text = str(problem)
    assert problem.rows == [2, 5]
    assert "2 rows have an answer" in text
    assert f"column: q_{spec.items[-1]}\n" in text
    assert "table: survey" in text
    assert f"from {spec.lowest} to {spec.highest}" in text
    assert "0.37" not in text
    assert "1.37" not in text


def test_every_column_out_of_range_is_named():
    with pytest.raises(InputErrors) as caught:
        score("gad7", [[4, 0, 0, 0, 0, 0, 0], [0, 0, -9, 0, 0, 0, 0]], prefix="gad7_")
    assert [(p.rows, "gad7_1" in str(p)) for p in caught.value.problems] == [
        ([1], True),
        ([2], False),
    ]
    assert "-9" not in str(caught.value)


def test_bands():
    scores = [0, 4, 4.9, 5, 9.8, 10, 14, 15, 19, 20, 21, NAN]
    assert band("gad7", scores).tolist() == [
        *["minimal"] * 3, *["mild"] * 2, *["moderate"] * 2, *["severe"] * 4, None
    ]  # fmt: skip
    depression = [
        *["minimal"] * 3, *["mild"] * 2, *["moderate"] * 2,
        *["moderately_severe"] * 2, *["severe"] * 2, None,
    ]  # fmt: skip
    assert band("phq8", scores).tolist() == depression
    assert band("phq9", scores).tolist() == depression
