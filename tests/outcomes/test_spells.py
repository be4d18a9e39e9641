"""Spells and payments to windows, checked day by day against plain Python."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.calendar import add_months
from ipseval.outcomes import spells

DAYS = st.dates(date(2018, 1, 1), date(2021, 12, 31))


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


@settings(deadline=None)
@given(DAYS, st.integers(-36, 36))
def test_add_months_agrees_with_pandas(day, months):
    wanted = pd.Timestamp(day) + pd.DateOffset(months=months)
    assert add_months(days(day), months)[0] == np.datetime64(wanted, "D")


@pytest.mark.parametrize(
    ("day", "months", "wanted"),
    [
        ("2019-01-31", 1, "2019-02-28"),
        ("2020-01-31", 1, "2020-02-29"),
        ("2020-02-29", 12, "2021-02-28"),
        ("2019-10-31", -8, "2019-02-28"),
        ("NaT", 3, "NaT"),
    ],
)
def test_add_months_at_month_ends_and_leap_days(day, months, wanted):
    found = add_months(days(day), months)
    assert str(found[0]) == wanted


@st.composite
def histories(draw):
    """A few people with overlapping, touching and open spells."""
    people = draw(st.integers(1, 3))
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, people - 1), DAYS, st.none() | st.integers(0, 400)), max_size=8
        )
    )
    randomised = [draw(DAYS) for _ in range(people)]
    return randomised, [(p, s, None if k is None else s + timedelta(k)) for p, s, k in rows]


def covered(history, person, first, stop):
    """Days with any employment in [first, stop), by walking through the days."""
    total, day = 0, first
    while day < stop:
        total += any(p == person and s <= day and (e is None or day <= e) for p, s, e in history)
        day += timedelta(1)
    return total


@settings(deadline=None)
@given(histories(), st.integers(-3, 0), st.integers(1, 4))
def test_days_in_window_counts_each_day_once(case, first, last):
    randomised, history = case
    person = np.array([p for p, _, _ in history], dtype=int)
    start = np.array([s for _, s, _ in history], dtype="datetime64[D]")
    end = np.array([e if e else "NaT" for _, _, e in history], dtype="datetime64[D]")
    day = np.array(randomised, dtype="datetime64[D]")
    begin, stop = add_months(day, first), add_months(day, last)
    merged = spells.union_of_spells(person, start, end)
    found = spells.days_in_window(merged, begin, stop)
    wanted = [covered(history, i, begin[i].item(), stop[i].item()) for i in range(len(day))]
    assert found.tolist() == wanted
    months = spells.days_by_month(merged, spells.months_matrix(day, first + 1, last))
    assert months.sum(axis=1).tolist() == wanted


@settings(deadline=None)
@given(histories(), st.randoms())
def test_union_does_not_depend_on_the_order_of_rows(case, random):
    _, history = case
    shuffled = history.copy()
    random.shuffle(shuffled)

    def union(rows):
        return spells.union_of_spells(
            np.array([p for p, _, _ in rows], dtype=int),
            np.array([s for _, s, _ in rows], dtype="datetime64[D]"),
            np.array([e if e else "NaT" for _, _, e in rows], dtype="datetime64[D]"),
        )

    pd.testing.assert_frame_equal(union(history), union(shuffled))


def test_union_merges_overlap_and_touch_but_not_a_gap():
    merged = spells.union_of_spells(
        np.array([0, 0, 0, 0]),
        days("2019-01-01", "2019-01-05", "2019-01-11", "2019-01-22"),
        days("2019-01-08", "2019-01-10", "2019-01-20", "NaT"),
    )
    assert merged["start"].dt.strftime("%d").tolist() == ["01", "22"]
    assert merged["end"].iloc[0] == pd.Timestamp("2019-01-20")


def test_a_short_spell_inside_a_long_one_does_not_end_it():
    merged = spells.union_of_spells(
        np.array([0, 0, 0]),
        days("2019-01-01", "2019-01-02", "2019-02-01"),
        days("2019-03-01", "2019-01-03", "2019-02-02"),
    )
    assert len(merged) == 1


def test_day_of_randomisation_counts_and_anniversary_does_not():
    randomised = days("2019-03-31")
    begin, stop = add_months(randomised, 0), add_months(randomised, 12)
    one_day = [
        spells.days_in_window(spells.union_of_spells(np.array([0]), days(d), days(d)), begin, stop)[
            0
        ]
        for d in ("2019-03-30", "2019-03-31", "2020-03-30", "2020-03-31")
    ]
    assert one_day == [0, 1, 1, 0]


def test_leap_year_window_has_366_days():
    randomised = days("2019-06-01")
    open_spell = spells.union_of_spells(np.array([0]), days("2010-01-01"), days("NaT"))
    stop = add_months(randomised, 12)
    assert spells.days_in_window(open_spell, randomised, stop)[0] == 366


def test_pay_follows_the_payment_date_to_the_penny():
    randomised = days("2019-01-31")
    person = np.zeros(4, dtype=int)
    paid_on = days("2019-01-30", "2019-01-31", "2019-02-28", "2020-01-31")
    amount = np.array([1.0, 0.1, 0.2, 100.0])
    total = spells.pay_in_window(person, paid_on, amount, randomised, add_months(randomised, 12))
    assert total[0] == 0.3
    edges = spells.months_matrix(randomised, 0, 12)
    by_month = spells.pay_by_month(person, paid_on, amount, edges)[0]
    # Month 1 runs from 31 January to 27 February; the payment of the 28th is in month 2.
    assert by_month[:3].tolist() == [1.0, 0.1, 0.2]
    assert by_month.sum() == pytest.approx(1.3)


def test_no_spells_at_all():
    empty = spells.union_of_spells(np.array([], dtype=int), days(), days())
    day = days("2019-01-01")
    assert spells.days_in_window(empty, day, add_months(day, 12)).tolist() == [0]
