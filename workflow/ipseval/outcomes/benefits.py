"""Benefit spells: what was recorded, who was on benefit, and what was paid.

Conventions: those of `spells`. A spell covers its first and its last day; an open one goes on.
Records of a person that agree in benefit and start are one spell, recorded again.
"""

from __future__ import annotations

from ..calendar import add_months, as_days
from ..lazy import np, pd
from . import spells
from .spells import DAY

FOREVER = "9999-12-31"
WEEK = 7


def awards_of(
    person: np.ndarray,
    benefit: object,
    start: object,
    end: object,
    weekly_amount: object,
    place: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return each spell once: person, benefit, start, end, paid_until (datetime64), pence.

    `weekly_amount` is GBP, or None where there is none to know (pence are missing). With `place`,
    a number a record, the column `place` tells which record was taken.

    Of records that agree in person, benefit and start, one with an end is taken before one
    without, which was made before the spell ended; then the one with the later end, then the
    higher amount. end of an open spell is the last day of 9999. A later spell of the same
    benefit takes the place of the one before, so amounts are paid until the day before it
    (paid_until). pence is the weekly amount. Rows in order of person, benefit and start.
    """
    end = as_days(end)
    rows = pd.DataFrame(
        {
            "person": person,
            "benefit": np.asarray(benefit, dtype=object),
            "start": as_days(start).astype(np.int64),
            "open": np.isnat(end),
            "end": np.where(np.isnat(end), np.datetime64(FOREVER), end).astype(np.int64),
            "pence": np.nan,
        }
    )
    if weekly_amount is not None:
        rows["pence"] = np.round(np.asarray(weekly_amount, dtype=float) * 100)
    if place is not None:
        rows["place"] = place
    key = ["person", "benefit", "start"]
    rows = rows.sort_values(
        [*key, "open", "end", "pence"], ascending=[True] * 4 + [False] * 2, ignore_index=True
    )
    rows = rows.drop_duplicates(key, ignore_index=True)
    following = rows.groupby(["person", "benefit"])["start"].shift(-1).to_numpy()
    until = np.fmin(rows["end"].to_numpy(), following - 1).astype(np.int64)
    awards = pd.DataFrame(
        {
            "person": rows["person"],
            "benefit": rows["benefit"],
            "start": rows["start"].to_numpy().astype("datetime64[D]"),
            # Whole seconds, as the last day of 9999 does not fit into nanoseconds.
            "end": rows["end"].to_numpy().astype("datetime64[D]").astype("datetime64[s]"),
            "paid_until": until.astype("datetime64[D]").astype("datetime64[s]"),
            "pence": rows["pence"],
        }
    )
    return awards if place is None else awards.assign(place=rows["place"])


def benefit_in_window(awards: pd.DataFrame, begin: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Return the benefits of [begin, stop) for each person, GBP: a seventh of a week a day.

    Whole pence times whole days are added, so that the sum does not depend on the order.
    """
    person = awards["person"].to_numpy()
    first = np.maximum(as_days(awards["start"]), begin[person])
    last = np.minimum(as_days(awards["paid_until"]), stop[person] - DAY)
    days = np.maximum((last - first).astype(np.int64) + 1, 0)
    paid = np.bincount(person, weights=days * awards["pence"].to_numpy(), minlength=len(begin))
    return paid / (100 * WEEK)


def benefit_by_month(awards: pd.DataFrame, edges: np.ndarray) -> np.ndarray:
    """Return the benefits of each month, GBP, people x months; edges from months_matrix."""
    months = range(edges.shape[1] - 1)
    return np.stack(
        [benefit_in_window(awards, edges[:, m], edges[:, m + 1]) for m in months], axis=1
    )


def spell_at(spells_: pd.DataFrame, day: np.ndarray) -> np.ndarray:
    """Return the row of the spell that covers each person's day (n, int), -1 where none does.

    `spells_` has person, start and end (datetime64). Of several the one that began last, of these
    the one that ends last, then the first row.
    """
    person = spells_["person"].to_numpy(dtype=np.int64)
    start, end = as_days(spells_["start"]), spells_["end"].to_numpy().astype("datetime64[D]")
    covers = np.flatnonzero((start <= day[person]) & (end >= day[person]))
    order = covers[np.lexsort((-covers, end[covers], start[covers]))]
    covering = np.full(len(day), -1)
    # The last assignment to a place stays.
    covering[person[order]] = order
    return covering


def days_on_before(out_of_work: pd.DataFrame, day: np.ndarray) -> np.ndarray:
    """Return days on benefit without a break before each person's day, NaN if on none that day."""
    row = spell_at(out_of_work, day)
    start = as_days(out_of_work["start"])
    days = np.full(len(day), np.nan)
    days[row >= 0] = (day[row >= 0] - start[row[row >= 0]]).astype(np.int64)
    return days


def off_at(out_of_work: pd.DataFrame, day: np.ndarray) -> np.ndarray:
    """Return 1 for people on no out-of-work benefit on a day, one a person, else 0."""
    return 1.0 - spells.days_in_window(out_of_work, day, day + DAY)


def remained_off(out_of_work: pd.DataFrame, day: np.ndarray, months: int) -> np.ndarray:
    """Return 1 for people off benefit from `months` before a day up to it, NaN if on at the day."""
    since = spells.days_in_window(out_of_work, add_months(day, -months), day + DAY)
    return np.where(off_at(out_of_work, day) == 1, (since == 0).astype(float), np.nan)
