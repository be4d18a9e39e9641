"""Benefit spells: recorded once, counted day by day, paid by the day."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from helpers import result_of
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.calendar import add_months
from ipseval.config.outcomes import Outcomes
from ipseval.outcomes import months
from ipseval.outcomes.benefits import awards_of, benefit_by_month, benefit_in_window
from ipseval.outcomes.linked import BenefitRecords, Employments, LinkedSources
from ipseval.outcomes.months import BENEFITS, person_months
from ipseval.outcomes.spells import months_matrix, union_of_spells

OUT_OF_WORK = ["JSA", "UC"]
NAMES = {"label": "l", "unit": "u", "source": "dwp"}


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


def benefits(rows, people=1, known=None) -> BenefitRecords:
    """Return linked benefits of rows of person, benefit, start, end (or None), weekly amount."""
    person, benefit, start, end, weekly = zip(*rows, strict=True) if rows else ((),) * 5
    awards = awards_of(
        np.array(person, dtype=np.int64),
        list(benefit),
        days(*start),
        days(*("NaT" if e is None else e for e in end)),
        list(weekly),
    )
    own = awards[awards["benefit"].isin(OUT_OF_WORK)]
    merged = union_of_spells(own["person"].to_numpy(dtype=np.int64), own["start"], own["end"])
    known = np.ones(people, dtype=bool) if known is None else np.array(known)
    return BenefitRecords(known, merged, awards, len(rows) - len(awards))


def derived(kind, rows, day="2019-01-31", people=1, known=None, **fields):
    """Return one derivation of people who were all randomised on a day, as a list."""
    spec = {"covariates": {}, "outcomes": {"x": {"kind": kind, **NAMES, **fields}}}
    spec = Outcomes.model_validate(spec).outcomes["x"]
    linked = LinkedSources(benefits={"dwp": benefits(rows, people, known)})
    return result_of(spec, day=days(*[day] * people), linked=linked).tolist()


YEAR = {"from_month": 0, "to_month": 12}


@pytest.mark.parametrize(
    ("start", "end", "on"),
    [
        ("2018-01-01", "2019-01-30", 0),  # ended on the day before randomisation
        ("2018-01-01", "2019-01-31", 1),  # the last day is covered
        ("2020-01-30", None, 1),  # the last day of the window
        ("2020-01-31", None, 0),  # the first anniversary
        ("2018-01-01", None, 365),  # open
        ("2019-02-28", "2019-02-28", 1),
    ],
)
def test_first_and_last_day_of_spell_and_window(start, end, on):
    rows = [(0, "JSA", start, end, 70)]
    assert derived("days_on_benefit", rows, **YEAR) == [on]
    assert derived("days_off_benefit", rows, **YEAR) == [365 - on]


def test_a_window_with_a_leap_day_has_366_days():
    rows = [(0, "JSA", "2018-01-01", None, 70)]
    assert derived("days_on_benefit", rows, day="2019-06-01", **YEAR) == [366]
    assert derived("days_off_benefit", [], day="2019-06-01", **YEAR) == [366]


def test_overlaps_count_once_in_days_and_add_up_in_amounts():
    rows = [
        (0, "JSA", "2019-02-01", "2019-02-14", 70),
        (0, "UC", "2019-02-08", "2019-02-21", 140),
        (0, "ICA", "2019-02-01", "2019-02-07", 35),  # not for people out of work
    ]
    assert derived("days_on_benefit", rows, **YEAR) == [21]
    assert derived("total_benefit", rows, **YEAR) == [140 + 280 + 35]


def test_a_spell_recorded_again_counts_once():
    once = [(0, "JSA", "2019-02-01", "2019-02-14", 70)]
    assert derived("total_benefit", once * 3, **YEAR) == [140]
    assert benefits(once * 3).repeated == 2
    other_person = [*once, (1, *once[0][1:])]
    assert derived("total_benefit", other_person, people=2, **YEAR) == [140, 140]


def test_of_conflicting_records_an_end_beats_none_then_the_later_then_the_higher_amount():
    start = "2019-02-01"
    rows = [
        (0, "JSA", start, None, 700),
        (0, "JSA", start, "2019-02-07", 7000),
        (0, "JSA", start, "2019-02-14", 70),
        (0, "JSA", start, "2019-02-14", 77),
    ]
    for order in (rows, rows[::-1], [rows[2], rows[0], rows[3], rows[1]]):
        assert derived("days_on_benefit", order, **YEAR) == [14]
        assert derived("total_benefit", order, **YEAR) == [154]


def test_a_later_spell_of_the_same_benefit_takes_the_place_of_the_one_before():
    rows = [(0, "UC", "2019-02-01", None, 70), (0, "UC", "2019-02-15", "2019-02-21", 140)]
    assert derived("total_benefit", rows, **YEAR) == [140 + 140]
    # Days and money agree: the open spell ends on the day before, and the later one on its last.
    assert derived("days_on_benefit", rows, **YEAR) == [14 + 7]


def test_months_are_counted_from_the_day_of_randomisation():
    """Month 1 runs from 31 January to 27 February, month 2 from 28 February to 30 March."""
    rows = [(0, "UC", "2019-02-27", "2019-02-28", 70)]
    assert derived("months_on_benefit", rows, **YEAR) == [2]
    assert derived("months_on_benefit", rows, from_month=1, to_month=2) == [1]
    assert derived("months_on_benefit", [(0, "UC", "2010-01-01", None, 1)], **YEAR) == [12]


def test_before_randomisation():
    rows = [(0, "UC", "2018-01-31", "2019-01-31", 70)]
    assert derived("days_on_benefit", rows, from_month=-12, to_month=0) == [365]


def test_off_benefit_on_a_day_and_remaining_off():
    rows = [(0, "UC", "2019-01-01", "2019-02-27", 70), (1, "UC", "2019-01-01", None, 70)]
    at = {"people": 2, "month": 7}  # 31 August 2019
    assert derived("off_benefit_at", rows, **at) == [1, 0]
    assert derived("remained_off_benefit", rows, months=6, **at)[0] == 1
    assert np.isnan(derived("remained_off_benefit", rows, months=6, **at)[1])
    one_day_less = [(0, "UC", "2019-01-01", "2019-02-28", 70)]
    assert derived("remained_off_benefit", one_day_less, months=6, month=7) == [0]
    assert derived("off_benefit_at", rows, people=2, date="2019-02-27") == [0, 0]
    assert derived("off_benefit_at", rows, people=2, date="2019-02-28") == [1, 0]


def test_who_cannot_be_looked_up_is_missing_and_who_has_no_record_is_never_on_benefit():
    for kind, none in (("days_on_benefit", 0), ("days_off_benefit", 365), ("total_benefit", 0)):
        found = derived(kind, [], people=2, known=[True, False], **YEAR)
        assert found[0] == none
        assert np.isnan(found[1])


HISTORY = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["JSA", "UC", "ICA"]),
        st.dates(date(2018, 1, 1), date(2020, 12, 31)),
        st.none() | st.integers(0, 500),
        st.integers(1, 20_000),
    ),
    max_size=8,
)


def by_hand(history, person, first, stop):
    """Return (days on, pence times days) of a person by walking through the days."""
    spells = {}
    for p, benefit, start, length, pence in history:
        if p == person:
            end = date.max if length is None else start + timedelta(length)
            best = (length is not None, end, pence)
            spells[benefit, start] = max(best, spells.get((benefit, start), (False, date.min, 0)))
    on, paid, day = 0, 0, first
    while day < stop:
        # Of each benefit the spell that began last counts, if it still runs, for days and for pay.
        last = {b: max(s for n, s in spells if n == b and s <= day) for b, s in spells if s <= day}
        now = {b: spells[b, s][2] for b, s in last.items() if day <= spells[b, s][1]}
        on += any(b in OUT_OF_WORK for b in now)
        paid += sum(now.values())
        day += timedelta(1)
    return on, paid


@settings(deadline=None, max_examples=60)
@given(HISTORY, st.dates(date(2018, 6, 1), date(2020, 3, 31)), st.integers(-3, 0), st.randoms())
def test_windows_and_months_agree_with_a_walk_through_the_days(history, day, first, random):
    def rows(given):
        return [
            (p, b, str(s), None if k is None else str(s + timedelta(k)), pence / 100)
            for p, b, s, k, pence in given
        ]

    shuffled = history.copy()
    random.shuffle(shuffled)
    found, other = benefits(rows(history), 2), benefits(rows(shuffled), 2)
    pd.testing.assert_frame_equal(found.awards, other.awards)
    start = days(day, day)
    begin, stop = add_months(start, first), add_months(start, 4)
    wanted = [by_hand(history, i, begin[0].item(), stop[0].item()) for i in range(2)]
    window = {"people": 2, "day": str(day), "from_month": first, "to_month": 4}
    on = derived("days_on_benefit", rows(history), **window)
    off = derived("days_off_benefit", rows(history), **window)
    assert on == [w[0] for w in wanted]
    assert (np.add(on, off) == (stop - begin).astype(int)).all()
    paid = benefit_in_window(found.awards, begin, stop)
    assert paid.tolist() == [w[1] / 700 for w in wanted]
    edges = months_matrix(start, first + 1, 4)
    assert benefit_by_month(found.awards, edges).sum(axis=1) == pytest.approx(paid)


@pytest.mark.parametrize("together", [1, 2, 50_000])
def test_person_months_join_work_and_benefits(together, monkeypatch):
    """Three people: both known, no benefits known, no work known; however many at a time."""
    monkeypatch.setattr(months, "PEOPLE", together)
    work = Employments(
        known=np.array([True, True, False]),
        employments=union_of_spells(
            np.array([0, 1]), days("2019-02-01", "2019-02-01"), days("2019-02-10", "2019-02-10")
        ),
        person=np.array([0]),
        paid_on=days("2019-02-10"),
        amount=np.array([100.0]),
        repeated=0,
    )
    rows = [(p, "UC", "2019-02-20", "2019-03-06", 70) for p in (0, 2)]
    linked = LinkedSources({"tax": work}, {"dwp": benefits(rows, 3, [True, False, True])})
    spec = Outcomes.model_validate(
        {
            "covariates": {},
            "outcomes": {
                "x": {"kind": "equals", "column": "c", "value": "v", "label": "l", "unit": "u"}
            },
            "months": {"source": "tax", "benefits": "dwp", "first": 0, "last": 2},
        }
    )
    parts = person_months(spec, pd.Series(["a", "b", "c"]), days(*["2019-01-31"] * 3), linked)
    found = pd.concat(parts, ignore_index=True)
    found = found[found["month"] > 0]
    assert found.columns.tolist()[-4:] == BENEFITS
    assert found["employed"].fillna(-1).tolist() == [1, 0, 1, 0, -1, -1]
    # 20 to 27 February are in month 1 (8 days), 28 February to 6 March in month 2 (7 days).
    assert found["days_on_benefit"].fillna(-1).tolist() == [8, 7, -1, -1, 8, 7]
    assert found["benefit_amount"].fillna(-1).tolist() == [80, 70, -1, -1, 80, 70]
    assert found["employed_and_on_benefit"].fillna(-1).tolist() == [1, 0, -1, -1, -1, -1]
    both = Outcomes.model_validate(
        {
            "covariates": {},
            "outcomes": {
                "x": {
                    "kind": "months_employed_and_on_benefit",
                    **NAMES,
                    "source": "tax",
                    "benefits": "dwp",
                    **YEAR,
                },
                "y": {
                    "kind": "months_employed",
                    **NAMES,
                    "source": "tax",
                    "from_month": 1,
                    "to_month": 2,
                },
            },
        }
    ).outcomes
    start = days(*["2019-01-31"] * 3)
    for name, wanted in (("x", [1, -1, -1]), ("y", [0, 0, -1])):
        found = result_of(both[name], day=start, linked=linked)
        assert np.nan_to_num(found, nan=-1).tolist() == wanted
