"""From linked records to one row a person and one row a person-month."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..calendar import add_months, as_days
from ..config.outcomes import (
    EmployedWeeksAtLeast,
    Equals,
    FromColumn,
    FromColumns,
    InTable,
    Outcomes,
    Positive,
    TotalPay,
    WeeksEmployed,
)
from ..config.trial import Trial
from ..linkage.link import PEOPLE
from . import spells

MONTH_COLUMNS = ["person_id", "month", "employed", "days_employed", "pay"]


@dataclass(frozen=True)
class Records:
    """Linked records of one source, people as positions in the order of `people`.

    known (n, bool): whether the source can speak about the person at all. A person whose
    identifier could exist and who has no record counts as never employed; one whose
    identifier is missing or malformed is unknown.
    """

    known: np.ndarray
    employments: pd.DataFrame
    person: np.ndarray
    paid_on: np.ndarray
    amount: np.ndarray


def derive_outcomes(
    trial: Trial,
    outcomes: Outcomes,
    tables: dict[str, pd.DataFrame],
    links: pd.DataFrame,
    linkable: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (people, months) of a trial, no identifiers, in order of person_id.

    `tables` holds the person table and the spell tables of the linked sources.
    """
    people = _people(trial, tables, links)
    own = tables[trial.person.table]
    key = trial.person.key
    rows = links[links["source"] == PEOPLE].sort_values("person_id")
    own = own.set_index(key).loc[rows["record_id"]].reset_index()
    sources = {
        name: _records(name, outcomes, tables, links, linkable, people["person_id"])
        for name in outcomes.spells
    }
    day = as_days(people["randomised_on"])
    derived = {**outcomes.covariates, **outcomes.outcomes}
    values = {}
    for name, spec in derived.items():
        if isinstance(spec, InTable):
            values[name] = own[key].isin(tables[spec.table][key]).astype("float64")
        elif isinstance(spec, FromColumns):
            values |= {c: own[c] for c in own.columns if c.startswith(spec.prefix)}
        else:
            values[name] = _derive(spec, own, day, sources)
    people = pd.concat([people, pd.DataFrame(values)], axis=1)
    for name, records in sources.items():
        people[f"in_{name}"] = records.known
    return people, _months(outcomes, people["person_id"], day, sources)


def _people(trial: Trial, tables, links) -> pd.DataFrame:
    """Return person_id, trial_group, site, area, arm, randomised_on, weight, by person_id."""
    spec = trial.person
    own = links[links["source"] == PEOPLE][["person_id", "record_id"]]
    frame = own.merge(tables[spec.table], left_on="record_id", right_on=spec.key, how="left")
    frame = frame.sort_values("person_id", ignore_index=True)

    def column(name: str | None, otherwise: str) -> pd.Series:
        return frame[name] if name else pd.Series(otherwise, index=frame.index, dtype="str")

    if spec.randomised_at:
        randomised = pd.to_datetime(frame[spec.randomised_at]).dt.normalize()
    else:
        randomised = pd.to_datetime(column(None, spec.randomised_on))
    return pd.DataFrame(
        {
            "person_id": frame["person_id"],
            "trial_group": column(spec.trial_group, "all"),
            "site": column(spec.site, "all"),
            "area": column(spec.area, "all"),
            "arm": frame[spec.arm].astype("int64"),
            "randomised_on": randomised.astype("datetime64[us]"),
            # Administrative records leave nobody out by refusal, so everybody counts once.
            "weight": 1.0,
        }
    )


def _records(name, spec: Outcomes, tables, links, linkable, ids: pd.Series) -> Records:
    """Return the employments and payments of one source, joined to people."""
    where = spec.spells[name]
    mine = links[links["source"] == name]
    position = pd.Series(np.arange(len(ids)), index=ids)
    owner = pd.Series(
        position.loc[mine["person_id"]].to_numpy(), index=mine["record_id"].to_numpy()
    )
    jobs = tables[where.employments]
    jobs = jobs[jobs[where.employment_id].isin(owner.index)]
    merged = spells.union_of_spells(
        owner.loc[jobs[where.employment_id]].to_numpy(), jobs[where.start], jobs[where.end]
    )
    paid = tables[where.payments]
    paid = paid[paid[where.employment_id].isin(owner.index)]
    status = linkable[linkable["source"] == name].set_index("person_id")
    return Records(
        known=status["linkable"].loc[ids].to_numpy(),
        employments=merged,
        person=owner.loc[paid[where.employment_id]].to_numpy(),
        paid_on=as_days(paid[where.paid_on]),
        amount=paid[where.amount].to_numpy(),
    )


def _derive(spec, own: pd.DataFrame, day: np.ndarray, sources: dict[str, Records]):
    """Return one covariate or outcome, in the order of people."""
    match spec:
        case FromColumn():
            values = own[spec.column]
            return values if spec.multiply_by == 1 else values * spec.multiply_by
        case Equals():
            return (own[spec.column] == spec.value).astype("float64")
        case Positive():
            return (own[spec.column] > 0).astype("float64").where(own[spec.column].notna())
    records = sources[spec.source]
    begin, stop = add_months(day, spec.from_month), add_months(day, spec.to_month)
    if isinstance(spec, TotalPay):
        values = spells.pay_in_window(records.person, records.paid_on, records.amount, begin, stop)
    else:
        days = spells.days_in_window(records.employments, begin, stop)
        match spec:
            case WeeksEmployed():
                values = days / 7
            case EmployedWeeksAtLeast():
                values = (days >= 7 * spec.weeks).astype("float64")
    return np.where(records.known, values, np.nan)


def _months(spec: Outcomes, ids: pd.Series, day: np.ndarray, sources) -> pd.DataFrame:
    """Return person-months; no rows if the trial declares none."""
    if spec.months is None:
        types = dict.fromkeys(MONTH_COLUMNS, "float64") | {"person_id": "str", "month": "int64"}
        return pd.DataFrame({name: pd.Series(dtype=t) for name, t in types.items()})
    records = sources[spec.months.source]
    edges = spells.months_matrix(day, spec.months.first, spec.months.last)
    days = spells.days_by_month(records.employments, edges).astype(float)
    pay = spells.pay_by_month(records.person, records.paid_on, records.amount, edges)
    days[~records.known] = np.nan
    pay[~records.known] = np.nan
    months = np.arange(spec.months.first, spec.months.last + 1)
    frame = pd.DataFrame(
        {
            "person_id": np.repeat(ids.to_numpy(), len(months)),
            "month": np.tile(months, len(ids)),
            "employed": np.where(np.isnan(days), np.nan, days > 0).ravel(),
            "days_employed": days.ravel(),
            "pay": pay.ravel(),
        }
    )
    return frame.astype({"person_id": "str"})
