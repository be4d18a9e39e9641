"""Dates in whole arrays: months are counted from the day of randomisation.

The events of a trial's calendar are days too: one for everybody, or one a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import InputError
from .lazy import np, pd

if TYPE_CHECKING:
    from .config.trial import Trial


def as_days(dates: object) -> np.ndarray:
    """Return dates (Series or array) as datetime64[D]; missing becomes NaT."""
    return np.asarray(dates).astype("datetime64[D]")


def add_months(dates: np.ndarray, months: object) -> np.ndarray:
    """Return dates moved by whole months, datetime64[D], shapes broadcast.

    A day that the target month lacks becomes that month's last: 31 January and one month is
    28 February (29 in a leap year), as pandas.DateOffset does. Missing stays missing.
    """
    dates = np.asarray(dates, dtype="datetime64[D]")
    shape = np.asarray(months).shape
    if dates.ndim == 0 or dates.size > len(dates) or (shape and shape[0] > 1):
        return _moved(dates, months)
    known = dates[~np.isnat(dates)]
    if not len(known) or (known.max() - known.min()).astype(int) > len(dates):
        return _moved(dates, months)
    # People are many and their days few: each day is moved once, and missing ones are the last.
    each = np.append(np.arange(known.min(), known.max() + 1), np.datetime64("NaT", "D"))
    place = np.where(np.isnat(dates), each[-2] + 1, dates) - each[0]
    moved = _moved(each.reshape(-1, *dates.shape[1:]), months)
    return moved[place.astype(np.int64).ravel()]


def _moved(dates: np.ndarray, months: object) -> np.ndarray:
    """Return every date moved by whole months."""
    month = dates.astype("datetime64[M]")
    day = (dates - month.astype("datetime64[D]")).astype(np.int64)
    target = month + np.asarray(months, dtype="timedelta64[M]")
    first = target.astype("datetime64[D]")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved = np.minimum(first + day.astype("timedelta64[D]"), last)
    return np.where(np.isnat(dates), np.datetime64("NaT", "D"), moved)


def event_days(trial: Trial, name: str, people: pd.DataFrame, randomised: np.ndarray) -> np.ndarray:
    """Return the day of an event of the calendar for each person, datetime64[D].

    `people` has the columns of the person table that the event asks for; the day is NaT for people
    to whom the event does not happen. Raises InputError for an event that is not declared.
    """
    event = trial.calendar.get(name)
    if event is None:
        raise InputError(
            f"the calendar of the trial has no event '{name}'",
            rule="calendar of trial.yaml",
            remedy=f"declare `{name}` under `calendar` of trial.yaml",
        )
    if event.date is not None:
        days = np.full(len(people), np.datetime64(event.date, "D"))
    else:
        days = add_months(randomised, event.months)
    for column, values in event.where.items():
        days = np.where(people[column].isin(values), days, np.datetime64("NaT", "D"))
    return days
