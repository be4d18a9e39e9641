"""From linked records to one row a person and one row a person-month."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ..arrays import occurs_in
from ..calendar import add_months, as_days
from ..config.outcomes import (
    AtLeast,
    DaysUntilFirst,
    EmployedWeeksAtLeast,
    Equals,
    FromColumn,
    FromColumns,
    InTable,
    OneOf,
    Outcomes,
    Positive,
    RecordCount,
    Score,
    TotalPay,
    Unlinked,
    WeeksEmployed,
)
from ..config.trial import Trial
from ..linkage.link import PEOPLE
from . import instruments, spells
from .allocation import allocation_of
from .weights import QUALITY, response_weights

MONTH_COLUMNS = ["person_id", "month", "employed", "days_employed", "pay"]


@dataclass(frozen=True)
class Records:
    """Linked records of one source, people as positions in the order of `people`.

    known (n, bool): whether the source can speak about the person at all. A person whose
    identifier could exist and who has no record counts as never employed; one whose
    identifier is missing or malformed is unknown. repeated: payments left out because another
    row reports the same one.
    """

    known: np.ndarray
    employments: pd.DataFrame
    person: np.ndarray
    paid_on: np.ndarray
    amount: np.ndarray
    repeated: int


def derive_outcomes(
    trial: Trial,
    outcomes: Outcomes,
    tables: dict[str, pd.DataFrame],
    links: pd.DataFrame,
    linkable: pd.DataFrame,
    say: Callable[[str], object] = str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (people, months, weights) of a trial, no identifiers, in order of person_id.

    `tables` holds the person table, the trial's own tables that outcomes are derived from, and
    the spell tables of the linked sources. `weights` is the quality of the non-response
    weights, one row a weight, trial group and arm. `say` is told how many payments were
    reported again and left out.
    """
    people = _people(trial, tables, links)
    sources = {
        name: _records(name, outcomes, tables, links, linkable, people["person_id"])
        for name in outcomes.spells
    }
    for name, records in sources.items():
        say(f"{name}: {records.repeated:,} payments reported again, each counted once")
    day = as_days(people["randomised_on"])
    values = _values(trial, outcomes, tables, links, linkable, day, sources)
    people = pd.concat([people, pd.DataFrame(values)], axis=1)
    quality = [pd.DataFrame(columns=QUALITY)]
    for name, spec in outcomes.weights.items():
        responded = (people[spec.responded] == 1).to_numpy()
        people[name], table = response_weights(people, responded, spec, name)
        quality.append(table)
    for name, records in sources.items():
        people[f"in_{name}"] = records.known
    months = _months(outcomes, people["person_id"], day, sources)
    return people, months, pd.concat(quality[1:] or quality, ignore_index=True)


def _values(
    trial: Trial, outcomes: Outcomes, tables, links, linkable, day: np.ndarray, sources
) -> dict[str, object]:
    """Return covariates and outcomes by name, each in order of person_id."""
    key = trial.person.key
    rows = links[links["source"] == PEOPLE].sort_values("person_id")
    ids = rows["record_id"]

    @cache
    def answers(table: str) -> pd.DataFrame:
        return tables[table].set_index(key).reindex(ids).reset_index()

    values = {}
    for name, spec in {**outcomes.covariates, **outcomes.outcomes}.items():
        table = getattr(spec, "table", None) or trial.person.table
        match spec:
            case InTable():
                values[name] = ids.isin(tables[table][key]).astype("float64").to_numpy()
            case Unlinked():
                values[name] = _unlinked(linkable, spec.source, rows["person_id"])
            case RecordCount() | DaysUntilFirst():
                values[name] = _from_records(spec, tables[table], key, ids, day)
            case Score():
                values[name] = _score(spec, tables[table], table, key, ids)
            case FromColumns():
                own = answers(table)
                values |= {c: own[c] for c in own.columns if c.startswith(spec.prefix)}
            case _:
                values[name] = _derive(spec, answers(table), day, sources)
    return values


def derive_by_linkage(
    outcomes: Outcomes,
    tables: dict[str, pd.DataFrame],
    methods: pd.DataFrame,
    people: pd.DataFrame,
) -> pd.DataFrame:
    """Return what linked sources say about people under each way of linking.

    Columns method, person_id, and every covariate and outcome derived from a source with spells.
    `methods` comes from the linkage stage: a person that a way of linking could have linked and
    has no record counts as never employed, one that it does not name is unknown. No rows if
    nothing is linked.
    """
    day, ids = as_days(people["randomised_on"]), people["person_id"]
    derived = {**outcomes.covariates, **outcomes.outcomes}
    windows = TotalPay | WeeksEmployed | EmployedWeeksAtLeast
    derived = {name: spec for name, spec in derived.items() if isinstance(spec, windows)}
    frames = [pd.DataFrame(columns=["method", "person_id", *derived])]
    for method, links in methods.groupby("method", sort=False):
        sources = {}
        for name in outcomes.spells:
            mine = links[links["source"] == name]
            linkable = pd.DataFrame({"person_id": ids, "source": name})
            linkable["linkable"] = ids.isin(mine["person_id"]).to_numpy()
            made = mine[mine["record_id"].notna()]
            if len(mine):
                sources[name] = _records(name, outcomes, tables, made, linkable, ids)
        if len(sources) == len(outcomes.spells) and derived:
            values = {name: _derive(spec, people, day, sources) for name, spec in derived.items()}
            frames.append(pd.DataFrame({"method": method, "person_id": ids, **values}))
    return pd.concat(frames[1:] or frames, ignore_index=True)


def _unlinked(linkable: pd.DataFrame, source: str, ids: pd.Series) -> np.ndarray:
    """Return 1 for people without a linked record, in the order of ids."""
    linked = linkable[linkable["source"] == source].set_index("person_id")["linked"]
    return 1 - linked.loc[ids].to_numpy(dtype="float64")


def _from_records(
    spec: RecordCount | DaysUntilFirst, records: pd.DataFrame, key: str, ids: pd.Series, day
) -> np.ndarray:
    """Return a number a person from a table with many rows a person, NaN for who has no row."""
    if isinstance(spec, RecordCount):
        counts = records[spec.column] > spec.above if spec.column else records[key].notna()
        return counts.astype("float64").groupby(records[key]).sum().reindex(ids).to_numpy()
    first = records.groupby(key)[spec.column].min().reindex(ids)
    days = (as_days(first) - day).astype("float64")
    return np.where(first.isna(), np.nan, days)


def _score(spec: Score, answers: pd.DataFrame, table: str, key: str, ids: pd.Series) -> pd.Series:
    """Return scores in the order of ids, missing for who has no row.

    The rows of the table are scored as they are, so that an error names the rows of the table.
    """
    columns = [spec.prefix + item for item in instruments.INSTRUMENTS[spec.instrument].items]
    items = answers[columns].astype("float64").to_numpy()
    found = instruments.score(
        spec.instrument, items, spec.value_set, prefix=spec.prefix, table=table
    )
    if spec.band:
        found = pd.array(instruments.band(spec.instrument, found), dtype="str")
    return pd.Series(found, index=answers[key]).reindex(ids).reset_index(drop=True)


def _people(trial: Trial, tables, links) -> pd.DataFrame:
    """Return what every trial has of its people, by person_id."""
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
    found = pd.DataFrame(
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
    at = frame[spec.randomised_at] if spec.randomised_at else randomised
    return pd.concat([found, allocation_of(trial, frame, at)], axis=1)


def _records(name, spec: Outcomes, tables, links, linkable, ids: pd.Series) -> Records:
    """Return the employments and payments of one source, joined to people."""
    where = spec.spells[name]
    mine = links[links["source"] == name]
    position = pd.Series(np.arange(len(ids)), index=ids)
    owner = pd.Series(
        position.loc[mine["person_id"]].to_numpy(), index=mine["record_id"].to_numpy()
    )
    jobs = tables[where.employments]
    jobs = jobs[occurs_in(jobs[where.employment_id], mine["record_id"])]
    merged = spells.union_of_spells(
        owner.loc[jobs[where.employment_id]].to_numpy(), jobs[where.start], jobs[where.end]
    )
    paid = tables[where.payments]
    paid = paid[occurs_in(paid[where.employment_id], mine["record_id"])]
    linked = len(paid)
    if where.payment_key:
        paid = paid.drop_duplicates(where.payment_key)
    status = linkable[linkable["source"] == name].set_index("person_id")
    return Records(
        known=status["linkable"].loc[ids].to_numpy(),
        employments=merged,
        person=owner.loc[paid[where.employment_id]].to_numpy(),
        paid_on=as_days(paid[where.paid_on]),
        amount=paid[where.amount].to_numpy(),
        repeated=linked - len(paid),
    )


def _derive(spec, own: pd.DataFrame, day: np.ndarray, sources: dict[str, Records]):
    """Return one covariate or outcome, in the order of people."""
    match spec:
        case FromColumn():
            values = own[spec.column]
            values = values if spec.multiply_by == 1 else values * spec.multiply_by
            return _routed(spec, values, own)
        case OneOf():
            inside = own[spec.column].isin(spec.values).astype("float64")
            return _routed(spec, inside.where(own[spec.column].notna()), own)
        case AtLeast():
            numbers = own[spec.column].astype("float64")
            reached = (numbers >= spec.threshold).astype("float64")
            return _routed(spec, reached.where(numbers.notna()), own)
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


def _routed(spec: FromColumn | OneOf | AtLeast, values: pd.Series, own: pd.DataFrame) -> pd.Series:
    """Return 0 for people whom a question did not reach, missing where that is not known."""
    if not spec.zero_where:
        return values
    asked = own[list(spec.zero_where)]
    passed = pd.concat([asked[c].isin(stops) for c, stops in spec.zero_where.items()], axis=1)
    known = values.astype("float64").where(asked.notna().all(axis=1))
    return known.mask(passed.any(axis=1), 0.0)


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
