"""Dates in whole arrays: months are counted from the day of randomisation, not by calendar."""

from __future__ import annotations

from .lazy import np


def as_days(dates: object) -> np.ndarray:
    """Return dates (Series or array) as datetime64[D]; missing becomes NaT."""
    return np.asarray(dates).astype("datetime64[D]")


def add_months(dates: np.ndarray, months: object) -> np.ndarray:
    """Return dates moved by whole months, datetime64[D], shapes broadcast.

    A day that the target month lacks becomes that month's last: 31 January and one month is
    28 February (29 in a leap year), as pandas.DateOffset does. Missing stays missing.
    """
    dates = np.asarray(dates, dtype="datetime64[D]")
    month = dates.astype("datetime64[M]")
    day = (dates - month.astype("datetime64[D]")).astype(np.int64)
    target = month + np.asarray(months, dtype="timedelta64[M]")
    first = target.astype("datetime64[D]")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved = np.minimum(first + day.astype("timedelta64[D]"), last)
    return np.where(np.isnat(dates), np.datetime64("NaT", "D"), moved)
