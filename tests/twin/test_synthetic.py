"""Streams, quotas, calibration and records of synthetic people."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.calendar import add_months
from ipseval.errors import InputError
from ipseval.linkage.identifiers import is_nino
from ipseval.outcomes import spells
from ipseval.streams import Streams
from ipseval.twin import employment
from ipseval.twin.calibration import effect_weights, nudge_amounts, nudge_binary
from ipseval.twin.identifiers import synthetic_ninos, transpose_digits
from ipseval.twin.quotas import (
    assign_by_rank,
    largest_remainder,
    margin_counts,
)


def test_a_stream_depends_on_names_and_person_only():
    first = Streams(1, "hlt").uniform("recruits", "age", 100)
    Streams(1, "hlt").uniform("recruits", "other", 17)
    more = Streams(1, "hlt").uniform("recruits", "age", 1000)
    assert (more[:100] == first).all()
    for other in (Streams(2, "hlt"), Streams(1, "nsw")):
        assert (other.uniform("recruits", "age", 100) != first).all()


def test_streams_are_uniform_and_normal():
    from scipy import stats

    streams = Streams(7, "t")
    assert stats.kstest(streams.uniform("a", "b", 20_000), "uniform").pvalue > 0.001
    assert stats.kstest(streams.normal("a", "c", 20_000), "norm").pvalue > 0.001
    dice = streams.integers("a", "d", 1, 6, 60_000)
    assert stats.chisquare(np.bincount(dice)[1:]).pvalue > 0.001


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=8), st.integers(0, 500))
def test_largest_remainder_keeps_the_total_and_stays_within_one(shares, total):
    if sum(shares) <= 0:
        return
    counts = largest_remainder(shares, total)
    exact = np.array(shares) / sum(shares) * total
    assert counts.sum() == total
    assert (np.abs(counts - exact) < 1 + 1e-6).all()


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_counts_print_the_percentages_of_any_real_table(data):
    counts = np.array(
        data.draw(
            st.lists(st.lists(st.integers(0, 900), min_size=3, max_size=3), min_size=2, max_size=6)
        )
    )
    counts[0] += 1
    bases = counts.sum(axis=0)
    percent = np.floor(100 * counts / bases + 0.5)
    total = np.floor(100 * counts.sum(axis=1) / bases.sum() + 0.5)
    found = margin_counts(percent, bases, total)
    assert (found.sum(axis=0) == bases).all()
    assert (np.floor(100 * found / bases + 0.5) == percent).all()
    assert (np.floor(100 * found.sum(axis=1) / bases.sum() + 0.5) == total).all()


def test_contradictory_percentages_are_refused():
    with pytest.raises(InputError, match="no integer counts"):
        margin_counts(np.array([[60.0], [60.0]]), np.array([100]), np.array([60.0, 60.0]))


def test_ranks_fill_the_quotas_in_order_of_score():
    picked = assign_by_rank(np.array([0.9, 0.1, 0.5, 0.3]), np.array([1, 2]))
    assert picked.tolist() == [-1, 0, 1, 1]


def trial(n=900, seed=0):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.integers(0, 2, n), rng.normal(size=(n, 3))])
    return rng, x


def test_effect_weights_are_least_squares_even_with_collinear_columns():
    rng, x = trial()
    y = rng.normal(size=len(x))
    wanted = np.linalg.lstsq(x, y, rcond=None)[0][1]
    assert effect_weights(x, 1) @ y == pytest.approx(wanted, rel=1e-10)
    doubled = np.column_stack([x, x[:, 2] * 1e4, np.ones(len(x)), np.zeros(len(x))])
    assert effect_weights(doubled, 1) @ y == pytest.approx(wanted, rel=1e-8)


def test_binary_nudge_reaches_groups_and_their_pool_at_once():
    rng, x = trial()
    halves = [np.arange(450), np.arange(450, 900), np.arange(900)]
    weights = np.zeros((3, 900))
    for row, members in enumerate(halves):
        weights[row, members] = effect_weights(x[members], 1)
    low, high = np.array([0.050, -0.021, 0.0145]), np.array([0.054, -0.017, 0.0185])
    start = rng.integers(0, 2, 900)
    frozen = rng.random(900) < 0.3
    y = nudge_binary(start, weights, low, high, ~frozen)
    assert set(np.unique(y)) <= {0, 1}
    assert ((weights @ y >= low) & (weights @ y <= high)).all()
    assert (y[frozen] == start[frozen]).all()
    assert (y != start).sum() < 90


def test_unreachable_windows_are_refused():
    _, x = trial(40)
    weights = effect_weights(x, 1)[None]
    with pytest.raises(InputError, match="cannot reach"):
        nudge_binary(np.zeros(40), weights, np.array([3.0]), np.array([3.1]), np.ones(40, bool))


def test_amounts_are_moved_little_and_never_below_a_tenth():
    rng, x = trial()
    y = np.where(rng.random(900) < 0.4, 0, rng.lognormal(8, 1, 900))
    weights = effect_weights(x, 1)[None]
    new = nudge_amounts(y, weights, np.array([442.0]), y**2)
    assert weights @ new == pytest.approx([442.0], abs=1e-6)
    assert (new[y == 0] == 0).all()
    assert (new >= 0.1 * y - 1e-9).all()


def test_synthetic_numbers_are_distinct_and_could_never_be_live():
    ninos = synthetic_ninos(Streams(1, "t").uniform("a", "b", 50_000))
    values = pd.Series(ninos)
    assert values.is_unique
    assert not is_nino(values).any()
    assert is_nino(values, synthetic=True).all()


@settings(deadline=None)
@given(st.integers(0, 3_999_999), st.integers(2, 6))
def test_a_mistyped_number_is_another_number_of_the_same_form(serial, where):
    nino = np.array([f"QQ{serial // 4:06d}{'ABCD'[serial % 4]}"])
    wrong = transpose_digits(nino, np.array([where]))
    assert wrong[0] != nino[0]
    assert is_nino(pd.Series(wrong), synthetic=True).all()


@pytest.fixture(scope="module")
def workers():
    """Jobs and payments of 3,000 people with wanted outcomes."""
    n, streams = 3000, Streams(3, "t")
    rng = np.random.default_rng(0)
    history = rng.choice(
        [
            "always_been_in_paid_employment",
            "been_in_paid_employment_for_more_than_half_the_time",
            "been_in_paid_employment_for_less_than_half_the_time",
            "not_been_in_paid_employment_in_last_2_years",
        ],
        n,
    )
    day = np.datetime64("2018-05-01") + rng.integers(0, 540, n)
    people = pd.DataFrame(
        {
            "work_history": history,
            "in_work": rng.random(n) < 0.4,
            "day": day,
            "employed_13_weeks": rng.integers(0, 2, n),
        }
    )
    jobs = employment.earlier_jobs(people, streams)
    jobs = employment.add_second_jobs(jobs, n, 0.3, -jobs["start"], "earlier", streams)
    jobs, new = employment.later_jobs(people, jobs, streams)
    new = employment.add_second_jobs(new, n, 0.3, 300, "later", streams)
    jobs = pd.concat([jobs, new], ignore_index=True)
    who = jobs["person"].to_numpy()
    first = day[who] + jobs["start"].to_numpy().astype("timedelta64[D]")
    last = day[who] + np.nan_to_num(jobs["end"]).astype("timedelta64[D]")
    jobs["first_day"] = first
    jobs["last_day"] = np.where(jobs["end"].isna(), np.datetime64("NaT"), last)
    jobs["monthly_pay"] = 1234.56
    jobs["frequency"] = np.resize(list(employment.WEEKS), len(jobs))
    jobs["late_final_pay"] = who % 3 == 0
    return people, jobs, employment.pay_jobs(jobs, people, "2021-09-30")


def test_jobs_give_the_wanted_weeks(workers):
    people, jobs, _ = workers
    merged = spells.union_of_spells(jobs["person"].to_numpy(), jobs["first_day"], jobs["last_day"])
    day = people["day"].to_numpy().astype("datetime64[D]")
    days = spells.days_in_window(merged, day, add_months(day, 12))
    assert ((days >= 91) == (people["employed_13_weeks"] == 1)).all()
    assert (jobs["last_day"].isna() | (jobs["last_day"] >= jobs["first_day"])).all()


def test_nobody_out_of_work_has_a_job_in_the_four_weeks_before(workers):
    people, jobs, _ = workers
    out = ~people["in_work"].to_numpy()[jobs["person"]]
    before = jobs[out & (jobs["start"] < 0)]
    assert (before["end"] < -28).all()


def test_payments_fall_within_their_job_and_are_positive(workers):
    """But for final pay that comes late."""
    _, jobs, paid = workers
    first = jobs["first_day"].to_numpy()[paid["job"]]
    last = jobs["last_day"].fillna(pd.Timestamp("2100-01-01")).to_numpy()[paid["job"]]
    late = jobs["late_final_pay"].to_numpy()[paid["job"]]
    assert (paid["paid_on"].to_numpy() >= first).all()
    assert (paid["paid_on"].to_numpy() <= last)[~late].all()
    assert (paid["amount"] > 0).all()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(0.01, 5000)), min_size=1, max_size=40),
    st.lists(st.floats(1, 60_000), min_size=5, max_size=5),
)
def test_scaled_payments_sum_to_the_penny(rows, totals):
    person = np.array([p for p, _ in rows])
    amounts = np.array([round(a, 2) for _, a in rows])
    totals = np.round(np.array(totals), 2)
    scaled = employment.scale_to_totals(amounts, person, totals)
    for p in np.unique(person):
        assert round(scaled[person == p].sum() * 100) == round(totals[p] * 100)
