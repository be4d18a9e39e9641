"""From linked records to one row a person and one row a person-month."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ..arrays import occurs_in
from ..calendar import as_days
from ..config.derivations import (
    AtLeast,
    DaysUntilFirst,
    Equals,
    FromColumn,
    FromColumns,
    InTable,
    OneOf,
    Positive,
    RecordCount,
    Score,
    TransformKind,
    Unlinked,
    YearsSince,
)
from ..config.linked_derivations import LastRecord, LinkedKind
from ..config.outcomes import Outcomes
from ..config.paye import Paye
from ..config.trial import Trial
from ..linkage.link import PEOPLE
from . import instruments
from .allocation import allocation_of
from .linked import Linked, last_record, link_all, owners_of
from .months import person_months
from .samples import draw_samples
from .transforms import only_where, transform
from .weights import QUALITY, response_weights
from .windows import derive_linked

DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Derived:
    """What the stage gives: one row a person, a person-month, and two tables of aggregates.

    weights: quality of the non-response weights, one row a weight, trial group and arm.
    samples: people at each step of each sample, by trial group and arm (samples.FLOW).
    """

    people: pd.DataFrame
    months: pd.DataFrame
    weights: pd.DataFrame
    samples: pd.DataFrame


def derive_outcomes(
    trial: Trial,
    outcomes: Outcomes,
    tables: dict[str, pd.DataFrame],
    links: pd.DataFrame,
    linkable: pd.DataFrame,
    say: Callable[[str], object] = str,
    paye: Paye | None = None,
) -> Derived:
    """Return people, months, weights and samples of a trial, no identifiers, by person_id.

    `tables` holds the person table, the trial's own tables that outcomes are derived from, and
    the tables of the linked sources (Outcomes.tables). `say` is told how many records were
    reported again and left out. `paye` has the rules of charges on pay, if any is derived.
    """
    people = _people(trial, tables, links)
    ids, day = people["person_id"], as_days(people["randomised_on"])
    linked = link_all(outcomes, trial.sources, tables, links, linkable, ids, paye)
    _tell_repeated(linked, say)
    values = _values(trial, outcomes, tables, links, linkable, people, linked)
    people = pd.concat([people, pd.DataFrame(values)], axis=1)
    quality = [pd.DataFrame(columns=QUALITY)]
    for name, spec in outcomes.weights.items():
        responded = (people[spec.responded] == 1).to_numpy()
        people[name], table = response_weights(people, responded, spec, name)
        quality.append(table)
    sources = {**linked.employments, **linked.benefits}
    people = people.assign(**{f"in_{name}": found.known for name, found in sources.items()})
    samples, flow = draw_samples(people, outcomes.samples)
    return Derived(
        people=pd.concat([people, pd.DataFrame(samples)], axis=1),
        months=person_months(outcomes, ids, day, linked),
        weights=pd.concat(quality[1:] or quality, ignore_index=True),
        samples=flow,
    )


def _tell_repeated(linked: Linked, say: Callable[[str], object]) -> None:
    for name, found in linked.employments.items():
        say(f"{name}: {found.repeated:,} payments reported again, each counted once")
    for name, found in linked.benefits.items():
        say(f"{name}: {found.repeated:,} benefit spells recorded again, each counted once")
    for name, found in linked.events.items():
        say(f"{name}: {found.repeated:,} records submitted again, each counted once")


def _values(
    trial: Trial, outcomes: Outcomes, tables, links, linkable, people: pd.DataFrame, linked: Linked
) -> dict[str, object]:
    """Return covariates and outcomes by name, each in order of person_id."""
    key, day = trial.person.key, as_days(people["randomised_on"])
    rows = links[links["source"] == PEOPLE].sort_values("person_id")
    ids = rows["record_id"]

    @cache
    def answers(table: str) -> pd.DataFrame:
        return tables[table].set_index(key).reindex(ids).reset_index()

    values = {}
    for name, spec in outcomes.derived.items():
        table = getattr(spec, "table", None) or trial.person.table
        match spec:
            case InTable():
                values[name] = occurs_in(ids, tables[table][key]).astype("float64")
            case Unlinked():
                values[name] = _unlinked(linkable, spec.source, rows["person_id"])
            case RecordCount() | DaysUntilFirst():
                values[name] = _from_records(spec, tables[table], key, ids, day)
            case LastRecord():
                people_ids = people["person_id"]
                owners = owners_of(
                    trial.sources[spec.source], spec.source, links, linkable, people_ids
                )
                values[name] = last_record(spec, tables, owners, day)
            case YearsSince():
                since = as_days(answers(table)[spec.column])
                days = np.where(np.isnat(since), np.nan, (day - since).astype("float64"))
                values[name] = days / DAYS_A_YEAR
            case Score():
                values[name] = _score(spec, tables[table], table, key, ids)
            case FromColumns():
                own = answers(table)
                values |= {c: own[c] for c in own.columns if c.startswith(spec.prefix)}
            case _ if isinstance(spec, LinkedKind):
                values[name] = derive_linked(spec, day, linked)
            case _ if isinstance(spec, TransformKind):
                values[name] = transform(name, spec, {**people, **values})
            case _:
                values[name] = _from_answers(spec, answers(table))
        if inside := getattr(spec, "only_where", None):
            values[name] = only_where(name, inside, values[name], {**people, **values})
    return values


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


def _from_answers(spec, own: pd.DataFrame) -> pd.Series:
    """Return one covariate or outcome from the rows of a table, in the order of people."""
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


def _routed(spec: FromColumn | OneOf | AtLeast, values: pd.Series, own: pd.DataFrame) -> pd.Series:
    """Return 0 for people whom a question did not reach, missing where that is not known."""
    if not spec.zero_where:
        return values
    asked = own[list(spec.zero_where)]
    passed = pd.concat([asked[c].isin(stops) for c, stops in spec.zero_where.items()], axis=1)
    known = values.astype("float64").where(asked.notna().all(axis=1))
    return known.mask(passed.any(axis=1), 0.0)
