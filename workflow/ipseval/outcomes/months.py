"""Person-months relative to randomisation: employment, pay and benefits."""

import numpy as np
import pandas as pd

from ..config.outcomes import Outcomes
from . import spells
from .benefits import benefit_by_month
from .linked import LinkedSources

EMPLOYMENT = ["employed", "days_employed", "pay"]
BENEFITS = ["on_benefit", "days_on_benefit", "benefit_amount", "employed_and_on_benefit"]


def person_months(
    outcomes: Outcomes, ids: pd.Series, day: np.ndarray, linked: LinkedSources
) -> pd.DataFrame:
    """Return one row a person and month: person_id, month and the measures, in that order.

    `ids` are person_ids, `day` their days of randomisation (datetime64[D]). Columns are those of
    EMPLOYMENT, and of BENEFITS if months name a source of benefits; missing for whom a source
    cannot speak. No rows if the trial declares no months.
    """
    if outcomes.months is None:
        columns = ["person_id", "month", *EMPLOYMENT]
        types = dict.fromkeys(columns, "float64") | {"person_id": "str", "month": "int64"}
        return pd.DataFrame({name: pd.Series(dtype=t) for name, t in types.items()})
    spec = outcomes.months
    edges = spells.months_matrix(day, spec.first, spec.last)
    months = np.arange(spec.first, spec.last + 1)
    work = linked.employments[spec.source]
    days = spells.days_by_month(work.employments, edges).astype(float)
    pay = spells.pay_by_month(work.person, work.paid_on, work.amount, edges)
    days[~work.known], pay[~work.known] = np.nan, np.nan
    measures = {"employed": _any(days), "days_employed": days, "pay": pay}
    if spec.benefits:
        claims = linked.benefits[spec.benefits]
        on = spells.days_by_month(claims.out_of_work, edges).astype(float)
        amount = benefit_by_month(claims.awards, edges)
        on[~claims.known], amount[~claims.known] = np.nan, np.nan
        # Not on the same day, as months are what both are reported by; missing if either is.
        both = _any(days) * _any(on)
        measures |= dict(zip(BENEFITS, [_any(on), on, amount, both], strict=True))
    return pd.DataFrame(
        {
            "person_id": np.repeat(ids.to_numpy(), len(months)),
            "month": np.tile(months, len(ids)),
            **{name: values.ravel() for name, values in measures.items()},
        }
    ).astype({"person_id": "str"})


def _any(days: np.ndarray) -> np.ndarray:
    """Return 1 where there is a day or more, 0 where there is none, NaN where it is missing."""
    return np.where(np.isnan(days), np.nan, days > 0)
