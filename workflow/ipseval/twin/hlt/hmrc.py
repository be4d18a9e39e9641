"""Employments and payments as employers report them to HMRC."""

import numpy as np
import pandas as pd

from ...calendar import as_days
from ...streams import Streams
from .identifiers import vary_names, vary_postcodes
from .settings import HltSettings

# A payroll is changed so many days after a job began, or later, and before it ends.
SETTLED, REMAINING = 60, 30


def as_reported(
    people: pd.DataFrame,
    jobs: pd.DataFrame,
    payments: pd.DataFrame,
    settings: HltSettings,
    streams: Streams,
) -> dict[str, pd.DataFrame]:
    """Return employments and payments as employers report them, in no order of people."""
    jobs, job = _change_payroll(jobs, payments, settings, streams)
    again = streams.chance("payments", "resubmitted", settings.records.resubmitted, len(job))
    rows = np.concatenate([np.arange(len(job)), np.flatnonzero(again)]).astype(np.int32)
    employments = _employments(people, jobs, settings, streams)
    place = np.empty(len(jobs), dtype=np.int32)
    place[employments["job"]] = np.arange(len(jobs), dtype=np.int32)
    return {
        "employments": employments,
        "payments": _payments(employments, payments, place, job, rows),
    }


def _change_payroll(
    jobs: pd.DataFrame, payments: pd.DataFrame, settings: HltSettings, streams: Streams
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return (jobs, job of each payment) with some jobs reported again after a change of payroll.

    The new record has the job's own dates, the old one is closed up to 45 days after the change:
    together they cover what the job covers. Payments after the change belong to the new record.
    """
    m, share = len(jobs), settings.records.payroll_changed
    first = as_days(jobs["first_day"])
    last = as_days(jobs["last_day"])
    last = np.where(np.isnat(last), np.datetime64(settings.records.last_day), last)
    room = (last - first).astype(np.int64) - SETTLED - REMAINING
    changed = streams.chance("employments", "payroll_changed", share, m) & (room > REMAINING)
    wait = SETTLED + np.floor(streams.uniform("employments", "payroll_day", m) * room)
    when = first + wait.astype("timedelta64[D]")
    lag = streams.integers("employments", "payroll_lag", 0, 45, m).astype("timedelta64[D]")
    closed = np.where(changed, np.minimum(when + lag, last), as_days(jobs["last_day"]))
    both = pd.concat([jobs.assign(last_day=closed), jobs[changed]], ignore_index=True)
    second = np.full(m, -1, dtype=np.int32)
    second[changed] = np.arange(m, len(both), dtype=np.int32)
    job = payments["job"].to_numpy()
    moved = changed[job] & (as_days(payments["paid_on"]) > when[job])
    return both, np.where(moved, second[job], job)


def _employments(
    people: pd.DataFrame, jobs: pd.DataFrame, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return one row a record of a job, `job` being its position in `jobs`."""
    who = jobs["person"].to_numpy()
    gender = people["gender"].map({"male": "M", "female": "F"}).to_numpy()
    hours = np.digitize(jobs["monthly_pay"], [420, 780, 1000])
    true_first, true_last, sex = (
        people[name].to_numpy()[who] for name in ("first_name", "last_name", "sex")
    )
    postcode, area = people["postcode"].to_numpy()[who], people["area"].to_numpy()[who]
    damage, table = settings.records, "employments"
    first, last = vary_names(true_first, true_last, sex, damage.names, streams, table)
    reported = pd.DataFrame(
        {
            "nino": people["true_nino"].to_numpy()[who],
            "date_of_birth": people["date_of_birth"].to_numpy()[who],
            "first_name": first,
            "last_name": last,
            "postcode": vary_postcodes(postcode, area, damage.postcode, settings, streams, table),
            "gender": pd.array(gender[who], dtype="str"),
            "start_date": jobs["first_day"],
            "leaving_date": jobs["last_day"],
            "pay_frequency": jobs["frequency"],
            "hours_band": np.array(list("ABCD"))[hours],
            "job": np.arange(len(jobs)),
        }
    ).sort_values(["start_date", "nino", "job"], kind="stable", ignore_index=True)
    reported["employment_id"] = [f"E{i:08d}" for i in range(1, len(reported) + 1)]
    reported["payroll_id"] = [f"P{i * 7919 % 99991:05d}" for i in range(len(reported))]
    return reported


def _payments(
    employments: pd.DataFrame,
    payments: pd.DataFrame,
    place: np.ndarray,
    job: np.ndarray,
    rows: np.ndarray,
) -> pd.DataFrame:
    """Return `rows` of the payments in order of date; `place` is each job's row in employments."""
    employment, paid_on = place[job[rows]], as_days(payments["paid_on"])[rows]
    # One key of day and record sorts millions of rows twice as fast as two keys do.
    order = np.argsort(paid_on.astype(np.int64) * 2**32 + employment, kind="stable")
    employment, paid_on = employment[order], paid_on[order]
    month = (paid_on - 5).astype("datetime64[M]").astype(np.int32) % 12 + 1
    return pd.DataFrame(
        {
            "payment_id": np.arange(1, len(rows) + 1, dtype=np.int32),
            "employment_id": employments["employment_id"].astype("str").array.take(employment),
            "nino": employments["nino"].astype("str").array.take(employment),
            "payment_date": paid_on,
            # Small integers: a column of twenty million rows takes 20 MB, not 160.
            "month_number": ((month - 4) % 12 + 1).astype(np.int8),
            "periods_covered": np.ones(len(rows), dtype=np.int8),
            "taxable_pay": payments["amount"].to_numpy()[rows[order]],
        }
    )
