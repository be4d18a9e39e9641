"""Person-months relative to randomisation: employment, pay and benefits."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..config.outcomes import Months, Outcomes
from . import spells
from .benefits import benefit_by_month
from .linked import LinkedSources

PEOPLE = 10_000  # whose months are worked out together
EMPLOYMENT = ["employed", "days_employed", "pay"]
BENEFITS = ["on_benefit", "days_on_benefit", "benefit_amount", "employed_and_on_benefit"]


def person_months(
    outcomes: Outcomes, ids: pd.Series, day: np.ndarray, linked: LinkedSources
) -> Iterator[pd.DataFrame]:
    """Yield one row a person and month: person_id, month and the measures, in that order.

    Some people at a time, one part or more: a million have gigabytes of months.
    `ids` are person_ids, `day` their days of randomisation (datetime64[D]). Columns are those of
    EMPLOYMENT, and of BENEFITS if months name a source of benefits; missing for whom a source
    cannot speak. No rows if the trial declares no months.
    """
    if outcomes.months is None:
        columns = ["person_id", "month", *EMPLOYMENT]
        types = dict.fromkeys(columns, "float64") | {"person_id": "str", "month": "int64"}
        yield pd.DataFrame({name: pd.Series(dtype=t) for name, t in types.items()})
        return
    spec = outcomes.months
    months = np.arange(spec.first, spec.last + 1)
    for start in range(0, max(len(ids), 1), PEOPLE):
        mine = ids.iloc[start : start + PEOPLE].astype("str")
        measures = _measures(spec, day[start : start + PEOPLE], start, linked)
        yield pd.DataFrame(
            {
                "person_id": mine.take(np.repeat(np.arange(len(mine)), len(months))).array,
                "month": np.tile(months, len(mine)),
                **{name: values.ravel() for name, values in measures.items()},
            },
            copy=False,
        )


def _measures(
    spec: Months, day: np.ndarray, start: int, linked: LinkedSources
) -> dict[str, np.ndarray]:
    """Return the measures (people, months) of the people from `start` on, as many as days."""
    edges = spells.months_matrix(day, spec.first, spec.last)
    people = slice(start, start + len(day))
    work = linked.employments[spec.source]
    mine = _rows_of(work.person, people)
    days = spells.days_by_month(_spells_of(work.employments, people), edges).astype(float)
    pay = spells.pay_by_month(
        work.person[mine] - start, work.paid_on[mine], work.amount[mine], edges
    )
    unknown = ~work.known[people]
    days[unknown], pay[unknown] = np.nan, np.nan
    measures = {"employed": _any(days), "days_employed": days, "pay": pay}
    if spec.benefits:
        claims = linked.benefits[spec.benefits]
        out_of_work = _spells_of(claims.out_of_work, people)
        on = spells.days_by_month(out_of_work, edges).astype(float)
        amount = benefit_by_month(_spells_of(claims.awards, people), edges)
        unknown = ~claims.known[people]
        on[unknown], amount[unknown] = np.nan, np.nan
        # Not on the same day, as months are what both are reported by; missing if either is.
        both = _any(days) * _any(on)
        measures |= dict(zip(BENEFITS, [_any(on), on, amount, both], strict=True))
    return measures


def _rows_of(person: np.ndarray, people: slice) -> np.ndarray:
    return np.flatnonzero((person >= people.start) & (person < people.stop))


def _spells_of(found: pd.DataFrame, people: slice) -> pd.DataFrame:
    """Return the rows of some people, who are counted from the first of them."""
    rows = found.iloc[_rows_of(found["person"].to_numpy(), people)]
    return rows.assign(person=rows["person"] - people.start)


def _any(days: np.ndarray) -> np.ndarray:
    """Return 1 where there is a day or more, 0 where there is none, NaN where it is missing."""
    return np.where(np.isnan(days), np.nan, days > 0)
