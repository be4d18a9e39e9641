"""The accounts of the providers."""

import numpy as np
import pandas as pd

from ...calendar import as_days
from ..published import Published
from ..quotas import largest_remainder
from .settings import GROUPS, HltSettings
from .settings.costs import Ledger, Level, Spending


def book_costs(
    people: pd.DataFrame, cases: pd.DataFrame, settings: HltSettings, published: Published
) -> pd.DataFrame:
    """Return a ledger that adds up to the published cost per recruit to treatment, in pence.

    One row a quarter and role or other cost, of a trial group or, without one, of a site. What a
    site books is a whole number of pence for each of its recruits to treatment, so that sharing it
    among them gives the published costs. Time is booked in whole hours at a rate in pence; what
    rounding hours down leaves over goes to the other costs. `cases` as from `provider.support`.
    """
    spec = settings.ledger
    quarters = pd.date_range(spec.first_quarter, periods=spec.quarters + 1, freq="QS")
    edges, frames = as_days(quarters), []
    common = sum(line.share for line in _lines(spec, "site").values()) / 100
    for site in dict.fromkeys(settings.sites.values()):
        groups = [group for group in GROUPS if settings.sites[group] == site]
        treated = {
            g: int(((people["trial_group"] == g) & (people["arm"] == 1)).sum()) for g in groups
        }
        pence = {g: round(100 * _per_head(published, g) * treated[g]) for g in groups}
        each = int(common * sum(pence.values()) / sum(treated.values()))
        days = _case_days(cases[cases["trial_group"].isin(groups)], edges)
        rows = _book(each * sum(treated.values()), spec, "site", days, quarters[:-1])
        frames.append(rows.assign(site=site, trial_group=None))
        for group in groups:
            days = _case_days(cases[cases["trial_group"] == group], edges)
            caseload_pence = pence[group] - each * treated[group]
            rows = _book(caseload_pence, spec, "caseload", days, quarters[:-1])
            frames.append(rows.assign(site=site, trial_group=group))
    ledger = pd.concat(frames, ignore_index=True)
    return ledger.assign(entry_id=np.arange(1, len(ledger) + 1))


def _per_head(published: Published, group: str) -> float:
    return published.value("table-2-02", group, "cost_per_recruit_to_treatment_group", "treatment")


def _lines(spec: Ledger, level: Level) -> dict[str, Spending]:
    """Return the lines that are booked at a level, roles first."""
    lines = {**spec.staff, **spec.other}
    return {name: line for name, line in lines.items() if line.booked_to == level}


def _case_days(cases: pd.DataFrame, edges: np.ndarray) -> np.ndarray:
    """Return days that cases are open, in each period between two edges (datetime64[D])."""
    opened, closed = (as_days(cases[name]).astype(int) for name in ("opened_on", "closed_on"))
    before = [np.clip(edge - opened, 0, closed - opened).sum() for edge in edges.astype(int)]
    return np.diff(before)


def _book(
    pence: int, spec: Ledger, level: Level, days: np.ndarray, quarters: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return the bookings of a trial group or site, which add up to `pence`; none of them is zero.

    days: open case-days by quarter, which the time of specialists follows.
    """
    timing = _timings(spec, days)
    years = (quarters.year - (quarters.month < 4)).to_numpy()
    awards = (1 + spec.pay_award) ** (years - years[0])
    lines, frames = _lines(spec, level), []
    total = sum(line.share for line in lines.values())
    for role, line in spec.staff.items():
        if line.booked_to != level:
            continue
        rates = np.round(line.rate * 100 * awards).astype(np.int64)
        share = timing[line.timing]
        hours = np.floor(pence * line.share / total * share / (share @ rates)).astype(np.int64)
        frames.append(
            pd.DataFrame(
                {
                    "quarter": quarters,
                    "category": line.category,
                    "role": role,
                    "hours": hours,
                    "hourly_rate": rates / 100,
                    "pence": hours * rates,
                }
            )
        )
    left = pence - sum(int(frame["pence"].sum()) for frame in frames)
    others = {name: line for name, line in lines.items() if name in spec.other}
    shares = np.array([line.share * timing[line.timing] for line in others.values()])
    other = pd.DataFrame(
        {
            "quarter": np.tile(quarters, len(others)),
            "category": np.repeat(list(others), len(quarters)),
            "pence": largest_remainder(shares.ravel(), left),
        }
    )
    rows = pd.concat([*frames, other], ignore_index=True)
    rows = rows[rows["pence"] > 0].reset_index(drop=True)
    hours = rows["hours"].astype("Int64")
    return rows.assign(hours=hours, amount=rows["pence"] / 100)


def _timings(spec: Ledger, days: np.ndarray) -> dict[str, np.ndarray]:
    """Return the share of each quarter, by timing; shares add up to 1."""
    number = np.arange(1, spec.quarters + 1)
    # Specialists are in post before their caseloads fill, so half of it is next quarter's.
    ahead = days + np.append(days[1:], 0)
    weights = {
        "caseload": ahead,
        "delivery": number >= spec.delivery_from,
        "set_up": number <= spec.set_up_quarters,
    }
    return {name: weight / weight.sum() for name, weight in weights.items()}
