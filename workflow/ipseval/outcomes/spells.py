"""Spells and payments to windows and months, whole arrays at a time.

Conventions: a spell covers its first and its last day; an open spell (no last day) goes on to
the end of the window. Windows are counted in months from the day of randomisation: [0, 12) has
that day and lacks its first anniversary. Days covered by several spells count once.
"""

from __future__ import annotations

from ..calendar import add_months, as_days
from ..lazy import np, pd

DAY = 1  # Added to datetime64[D], which all dates here are.


def union_of_spells(person: np.ndarray, start: object, end: object) -> pd.DataFrame:
    """Return spells merged where they overlap or touch: person, start, end (datetime64[D]).

    `person` are integer positions, `end` may be missing (open, returned as the last day of
    9999). Rows in order of person and start.
    """
    start, end = as_days(start), as_days(end)
    forever = np.datetime64("9999-12-31")
    end = np.where(np.isnat(end), forever, end)
    order = np.lexsort((end, start, person))
    person, start, end = np.asarray(person)[order], start[order], end[order]
    if len(person) == 0:
        return pd.DataFrame({"person": person, "start": start, "end": end})
    # The running maximum of ends within a person, in one pass over all people: each person
    # is lifted above the one before.
    day = end.astype(np.int64)
    lift = person.astype(np.int64) * (forever.astype(np.int64) * 4)
    reach = np.maximum.accumulate(day + lift) - lift
    new = np.ones(len(person), dtype=bool)
    new[1:] = (person[1:] != person[:-1]) | (start[1:].astype(np.int64) > reach[:-1] + 1)
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(person)) - 1
    return pd.DataFrame(
        {
            "person": person[first],
            "start": start[first],
            "end": reach[last].astype("datetime64[D]"),
        }
    )


def days_in_window(spells: pd.DataFrame, begin: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return days covered in [begin, stop) for each person.

    `spells` are disjoint (from union_of_spells); begin and stop are datetime64[D], one a person.
    """
    person = spells["person"].to_numpy()
    first = np.maximum(as_days(spells["start"]), begin[person])
    last = np.minimum(_days(spells["end"]), stop[person] - DAY)
    days = np.maximum((last - first).astype(np.int64) + 1, 0)
    return np.bincount(person, weights=days, minlength=len(begin)).astype(np.int64)


def pay_in_window(
    person: np.ndarray, paid_on: object, amount: object, begin: np.ndarray, stop: np.ndarray
) -> np.ndarray:
    """Return the sum of amounts paid in [begin, stop) for each person, in whole pence."""
    person, paid_on = np.asarray(person), as_days(paid_on)
    inside = (paid_on >= begin[person]) & (paid_on < stop[person])
    pence = np.round(np.asarray(amount)[inside] * 100)
    return np.bincount(person[inside], weights=pence, minlength=len(begin)) / 100


def months_matrix(day: np.ndarray, first: int, last: int) -> np.ndarray:
    """Return the first days of months first..last+1, people x (months + 1).

    Month 1 begins on the day of randomisation, month 0 is the one before.
    """
    return add_months(day[:, None], np.arange(first - 1, last + 1)[None, :])


def days_by_month(spells: pd.DataFrame, edges: np.ndarray) -> np.ndarray:
    """Return days covered in each month, people x months; edges from months_matrix."""
    months = edges.shape[1] - 1
    covered = np.zeros((edges.shape[0], months), dtype=np.int64)
    person = spells["person"].to_numpy()
    start, end = as_days(spells["start"]), _days(spells["end"])
    # One pass a month: months are few and people many.
    for month in range(months):
        first = np.maximum(start, edges[person, month])
        last = np.minimum(end, edges[person, month + 1] - DAY)
        days = np.maximum((last - first).astype(np.int64) + 1, 0)
        covered[:, month] = np.bincount(person, weights=days, minlength=edges.shape[0])
    return covered


def pay_by_month(
    person: np.ndarray, paid_on: object, amount: object, edges: np.ndarray
) -> np.ndarray:
    """Return amounts paid in each month, people x months, in whole pence."""
    person, paid_on = np.asarray(person), as_days(paid_on)
    months = edges.shape[1] - 1
    # The month of a payment is the number of edges on or before it.
    month = np.zeros(len(person), dtype=np.int64) - 1
    for edge in range(months + 1):
        month += paid_on >= edges[person, edge]
    inside = (month >= 0) & (month < months)
    flat = person[inside] * months + month[inside]
    pence = np.round(np.asarray(amount)[inside] * 100)
    total = np.bincount(flat, weights=pence, minlength=edges.shape[0] * months)
    return total.reshape(edges.shape[0], months) / 100


def _days(dates: object) -> np.ndarray:
    # The last day of 9999 does not fit into nanoseconds, so it must not pass through them.
    return np.asarray(dates).astype("datetime64[D]")
