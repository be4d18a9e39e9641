"""Employments and payments of people whose weeks in work over the first year are given.

Offsets are days from the day of randomisation (0). An employment covers its first and its last
day; last day NaN means that it goes on beyond the horizon of the extract.
"""

import numpy as np
import pandas as pd

from ..calendar import add_months, as_days
from ..streams import Streams

WEEKS_13 = 91
OPEN = np.nan
# Pay frequency as in RTI -> weeks of a period; 0 stands for a calendar month.
WEEKS = {"W1": 1, "W2": 2, "W4": 4, "M1": 0}
FRIDAY = 1  # 2 January 1970, in days since the first


def earlier_jobs(people: pd.DataFrame, streams: Streams) -> pd.DataFrame:
    """Return at most one job a person that began before randomisation.

    Columns person (position in people), start, end (NaN for those in work, whose job goes on).
    `people` has work_history (published categories) and in_work.
    """
    n = len(people)
    history = people["work_history"].fillna("").to_numpy()
    in_work = people["in_work"].to_numpy()
    always = history == "always_been_in_paid_employment"
    more = history == "been_in_paid_employment_for_more_than_half_the_time"
    less = history == "been_in_paid_employment_for_less_than_half_the_time"
    length = streams.integers("employments", "prior_length", 20, 364, n)
    length = np.where(more, streams.integers("employments", "prior_long", 366, 640, n), length)
    # The gap since the last job keeps job and gap within the two years that were asked about.
    room = np.clip(730 - length, 31, 330)
    gap = streams.integers("employments", "prior_gap", 29, room, n)
    gap = np.where(always, streams.integers("employments", "recent_gap", 29, 45, n), gap)
    start = -(gap + length)
    start = np.where(in_work, -length, start)
    tenure = streams.integers("employments", "tenure", 760, 3600, n)
    start = np.where(always, -tenure, start)
    jobs = pd.DataFrame(
        {"person": np.arange(n), "start": start, "end": np.where(in_work, OPEN, -gap)}
    )
    return jobs[always | more | less].reset_index(drop=True)


def later_jobs(
    people: pd.DataFrame, jobs: pd.DataFrame, streams: Streams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (earlier jobs with their ends, jobs that begin after randomisation).

    `people` has employed_13_weeks (0/1). Whoever has 1 is given 91 days or more of employment
    in the first 365, whoever has 0 at most 90.
    """
    n = len(people)
    employed = people["employed_13_weeks"].to_numpy() == 1
    u = {name: streams.uniform("employments", name, n) for name in ("stay", "kind", "length")}
    # Jobs that run at randomisation go on, or end early enough for 90 days, late enough for 91.
    running = np.zeros(n, dtype=bool)
    running[jobs.loc[jobs["end"].isna(), "person"]] = True
    ends_late = streams.integers("employments", "ends_late", WEEKS_13 - 1, 640, n)
    ends_early = streams.integers("employments", "ends_early", 0, WEEKS_13 - 3, n)
    end = np.where(employed, np.where(u["stay"] < 0.7, OPEN, ends_late), ends_early)
    jobs = jobs.assign(end=jobs["end"].where(jobs["end"].notna(), end[jobs["person"]]))

    newly_employed = employed & ~running
    soon = streams.integers("employments", "soon", 0, 270, n)
    lasting = WEEKS_13 + np.floor(u["length"] ** 2 * 480)
    # A short job ends within 90 days, or begins so late that the year holds no more of it.
    short = ~employed & ~running & (u["kind"] < 0.3)
    any_day = streams.integers("employments", "any_day", 0, 364, n)
    brief = streams.integers("employments", "brief", 3, WEEKS_13 - 1, n)
    late = any_day >= 276
    second_year = ~employed & ~short & (u["kind"] > 0.88)
    start = np.select(
        [newly_employed, short, second_year],
        [soon, any_day, streams.integers("employments", "second_year", 366, 640, n)],
        default=-1,
    )
    long_end = np.where(u["stay"] < 0.5, OPEN, start + lasting)
    last = np.where(short & ~late, start + brief - 1, long_end)
    new = pd.DataFrame({"person": np.arange(n), "start": start, "end": last})
    return jobs, new[start >= 0].reset_index(drop=True)


def add_second_jobs(
    jobs: pd.DataFrame,
    n: int,
    share: float,
    open_span: int | pd.Series,
    name: str,
    streams: Streams,
) -> pd.DataFrame:
    """Return jobs, marked main 1, and some that run inside one of them, marked main 0.

    Overlaps leave the days in employment as they are. `open_span` (scalar, or one a job) is
    the number of days, from its start, of an open job that a second one may lie in.
    """
    jobs = jobs.assign(main=1, span=np.where(jobs["end"].isna(), open_span, 0))
    picked = jobs.drop_duplicates("person")
    picked = picked[streams.chance("employments", f"second_{name}", share, n)[picked["person"]]]
    who = picked["person"].to_numpy()
    span = np.where(picked["end"].isna(), picked["span"], picked["end"] - picked["start"])
    early = streams.uniform("employments", f"second_start_{name}", n)[who]
    late = streams.uniform("employments", f"second_end_{name}", n)[who]
    start = picked["start"] + np.floor(early * span / 2)
    second = picked.assign(start=start, end=start + np.floor(late * span / 2), main=0)
    return pd.concat([jobs, second], ignore_index=True).drop(columns="span")


def pay_jobs(jobs: pd.DataFrame, people: pd.DataFrame, last_day: str) -> pd.DataFrame:
    """Return payments: job (position), person, paid_on, amount in GBP, pence exact.

    A job is paid at the end of each pay period for its days in it, the last time on its own
    last day or, if late_final_pay, at the end of that period all the same. Payments cover the
    24 months before and the 22 months after randomisation. `jobs` has first_day, last_day
    (NaT if open), monthly_pay, frequency and late_final_pay; `people` the day of randomisation.
    """
    person = jobs["person"].to_numpy(dtype=np.int32)
    day = as_days(people["day"])[person]
    begin = np.maximum(as_days(jobs["first_day"]), add_months(day, -24)).astype(np.int64)
    horizon = np.minimum(add_months(day, 22), np.datetime64(last_day) + 1).astype(np.int64) - 1
    ends = as_days(jobs["last_day"])
    ends = np.where(np.isnat(ends), np.iinfo(np.int32).max, ends.astype(np.int64))
    weeks = jobs["frequency"].map(WEEKS).to_numpy(dtype=np.int64)
    # Whoever is paid every other or every fourth week has a first week like any other person.
    week = np.where(weeks > 0, person % np.maximum(weeks, 1), 0)
    first = _period(begin, weeks, week)
    count = np.maximum(_period(np.minimum(ends, horizon), weeks, week) - first + 1, 0)
    # There are a score of payments for each job, so these arrays are as narrow as can be.
    job = np.repeat(np.arange(len(jobs), dtype=np.int32), count)
    step = np.arange(len(job)) - np.repeat(np.cumsum(count) - count, count)
    period = (first[job] + step).astype(np.int32)
    begin, ends, horizon = (x.astype(np.int32)[job] for x in (begin, ends, horizon))
    weeks, week = weeks.astype(np.int32)[job], week.astype(np.int32)[job]
    period_end = _last_day_of(period, weeks, week)
    last = np.minimum(period_end, ends)
    days = last - np.maximum(_last_day_of(period - 1, weeks, week) + 1, begin) + 1
    paid_on = np.where(jobs["late_final_pay"].to_numpy()[job], period_end, last)
    kept = (paid_on <= horizon) & (days > 0)
    job, days, paid_on = job[kept], days[kept], paid_on[kept]
    return pd.DataFrame(
        {
            "job": job,
            "person": person[job],
            "paid_on": paid_on.astype("datetime64[D]"),
            "amount": np.round(jobs["monthly_pay"].to_numpy()[job] * days / 30.4375, 2),
        }
    )


def _period(days: np.ndarray, weeks: np.ndarray, week: np.ndarray) -> np.ndarray:
    """Return the number of the pay period that each day (days since 1970) falls into.

    Months are numbered from 1970 on where `weeks` is 0. Otherwise a period ends on a Friday and
    has that many weeks, the first of them counted from `week`.
    """
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    length = 7 * np.maximum(weeks, 1)
    return np.where(weeks > 0, -((FRIDAY + 7 * week - days) // length), months)


def _last_day_of(period: np.ndarray, weeks: np.ndarray, week: np.ndarray) -> np.ndarray:
    """Return the last day (days since 1970) of each pay period numbered by `_period`."""
    months = np.arange(1, 12 * 80, dtype="timedelta64[M]") + np.datetime64("1970-01")
    month_ends = months.astype("datetime64[D]").astype(np.int32) - 1
    monthly = weeks == 0
    last = FRIDAY + 7 * (week + weeks * period)
    last[monthly] = month_ends[period[monthly]]
    return last


def scale_to_totals(amounts: np.ndarray, person: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Return amounts in whole pence that sum to each person's total, in proportion as before.

    Shapes: amounts and person m, totals one a person. The pence left over by rounding go to a
    person's last payment.
    """
    old = np.bincount(person, weights=amounts, minlength=len(totals))
    factor = np.divide(totals, old, out=np.ones_like(totals), where=old > 0)
    pence = np.round(amounts * factor[person] * 100).astype(np.int64)
    wanted = np.round(totals * 100).astype(np.int64)
    gap = wanted - np.bincount(person, weights=pence, minlength=len(totals)).astype(np.int64)
    last = np.full(len(totals), -1)
    last[person] = np.arange(len(person))
    has = last >= 0
    pence[last[has]] += gap[has]
    return pence / 100
