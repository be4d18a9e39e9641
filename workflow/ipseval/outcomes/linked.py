"""Linked records of the sources, joined to people: positions in the order of `people`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..arrays import index_in
from ..calendar import as_days
from ..errors import InputError, counted
from ..lazy import np, pd
from . import spells
from .benefits import awards_of

if TYPE_CHECKING:
    # The declarations of outcomes.yaml parse the kinds, which use this module.
    from ..config.outcomes import (
        BenefitTable,
        Events,
        Outcomes,
        Resubmitted,
        ResubmittedPayments,
        SpellTables,
        StayTable,
    )
    from ..config.trial import Source

    Tables = Mapping[str, pd.DataFrame]


# Which payments another row reports. No declared column has a name with a blank.
REPEATED = "reported again"


@dataclass(frozen=True)
class Employments:
    """Linked employments and payments of one source.

    known (n, bool): whether the source can speak about the person at all. A person whose
    identifier could exist and who has no record counts as never employed; one whose
    identifier is missing or malformed is unknown. repeated: payments left out because another
    row reports the same one. payments_to_month: as in SpellTables.
    """

    known: np.ndarray
    employments: pd.DataFrame
    person: np.ndarray
    paid_on: np.ndarray
    amount: np.ndarray
    repeated: int
    payments_to_month: int | None = None


@dataclass(frozen=True)
class BenefitRecords:
    """Linked benefit spells of one source.

    out_of_work: merged spells of out-of-work benefits (union_of_spells). awards: person, start,
    end, pence (a week) of the benefits whose amounts count. repeated: records left out because
    another one records the same spell. spells: person, start, end of each out-of-work spell, and
    records: the record of each, with all columns of the table.
    """

    known: np.ndarray
    out_of_work: pd.DataFrame
    awards: pd.DataFrame
    repeated: int
    spells: pd.DataFrame = field(default_factory=lambda: pd.DataFrame())
    records: pd.DataFrame = field(default_factory=lambda: pd.DataFrame())


@dataclass(frozen=True)
class EventRecords:
    """Linked events: person, on (datetime64[D]) and status of each, and records left out."""

    known: np.ndarray
    person: np.ndarray
    on: np.ndarray
    status: pd.Series
    repeated: int


@dataclass(frozen=True)
class StayRecords:
    """Linked episodes of stays: person, first and last day (datetime64[D]).

    discharged (n, bool): whether the episode is the last of its stay; None if all are.
    """

    known: np.ndarray
    person: np.ndarray
    first: np.ndarray
    last: np.ndarray
    discharged: np.ndarray | None = None

    @cached_property
    def days(self) -> pd.DataFrame:
        """Days in hospital, merged: both the first and the last day of a stay."""
        return spells.union_of_spells(self.person, self.first, self.last)

    @cached_property
    def stays(self) -> pd.DataFrame:
        """One row a stay, whose episodes share the day of admission: person, first, nights.

        Each day of discharge is one of a stay, so a day case and a longer stay of the same day are
        two. Episodes without one belong to the stay that ends last.
        """
        frame = pd.DataFrame({"person": self.person, "first": self.first, "last": self.last})
        day = ["person", "first"]
        longest = frame.groupby(day, as_index=False)["last"].max()
        ended = frame if self.discharged is None else frame[self.discharged]
        others = ended.drop_duplicates([*day, "last"])
        final = others.groupby(day)["last"].transform("max")
        stays = pd.concat([longest, others[others["last"] < final]], ignore_index=True)
        stays = stays.sort_values([*day, "last"], ignore_index=True)
        nights = as_days(stays["last"]) - as_days(stays["first"])
        return stays.assign(nights=nights.astype(np.int64))

    @cached_property
    def nights(self) -> pd.DataFrame:
        """Nights in hospital, merged, each by the day on which it begins."""
        some = self.last > self.first
        return spells.union_of_spells(
            self.person[some], self.first[some], self.last[some] - spells.DAY
        )


@dataclass(frozen=True)
class LinkedSources:
    """What all sources say: by source, or by the name of the events and stays."""

    employments: Mapping[str, Employments] = field(default_factory=dict)
    benefits: Mapping[str, BenefitRecords] = field(default_factory=dict)
    events: Mapping[str, EventRecords] = field(default_factory=dict)
    stays: Mapping[str, StayRecords] = field(default_factory=dict)


@dataclass(frozen=True)
class Owners:
    """Whose the records of one source are.

    known, linked (n, bool) in the order of people; record_id and person (position) of each link.
    """

    source: Source
    known: np.ndarray
    linked: np.ndarray
    record_id: pd.Series
    person: np.ndarray
    _links: dict[str, tuple[pd.Series, np.ndarray]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, table: str, records: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """Return (rows, people): the rows of a table that are linked, and to whom."""
        record_id, person = self._to(table)
        place = index_in(records, record_id)
        rows = np.flatnonzero(place >= 0)
        return rows, person[place[rows]]

    def _to(self, table: str) -> tuple[pd.Series, np.ndarray]:
        """Return record_id and person of the links to a table, worked out once."""
        if not self.source.also:
            return self.record_id, self.person
        if table not in self._links:
            # Keys of several tables may be the same number, so links say which table.
            of_table = self.record_id.str.startswith(f"{table}:").to_numpy(dtype=bool)
            record_id = self.record_id[of_table].str.slice(len(table) + 1)
            self._links[table] = record_id, self.person[of_table]
        return self._links[table]

    def speaks(self, no_record: str) -> np.ndarray:
        """Return of whom the source can speak, if nothing is found of some."""
        return self.known if no_record == "zero" else self.linked


def owners_of(
    source: Source, name: str, links: pd.DataFrame, linkable: pd.DataFrame, ids: pd.Series
) -> Owners:
    """Return whose the records of a source are; `ids` are the person_ids in order."""
    mine = links[links["source"] == name]
    status = linkable[linkable["source"] == name].set_index("person_id").loc[ids]
    return Owners(
        source=source,
        known=status["linkable"].to_numpy(dtype=bool),
        linked=status["linked"].to_numpy(dtype=bool),
        record_id=mine["record_id"].reset_index(drop=True),
        person=index_in(mine["person_id"], ids),
    )


def employments_of(spec: SpellTables, tables: Tables, owners: Owners) -> Employments:
    """Return the employments and payments of one source."""
    jobs, reports = tables[spec.employments], tables[spec.payments]
    refuse_backward(jobs, spec.start, spec.end, spec.employments, "spells")
    rows, person = owners.of(spec.employments, jobs[spec.employment_id])
    merged = spells.union_of_spells(person, jobs[spec.start].iloc[rows], jobs[spec.end].iloc[rows])
    rows, payee = owners.of(spec.employments, reports[spec.employment_id])
    reported, again = len(rows), spec.resubmitted
    if again:
        order = [again.latest, spec.amount]
        reports = latest_of(reports, again, order, spec.paid_on, rows, payee, spec.payments)
        rows, payee = owners.of(spec.employments, reports[spec.employment_id])
    counts = None
    if REPEATED in reports:
        counts = ~reports[REPEATED].to_numpy()[rows]
    elif spec.payment_key:
        counts = paid_once(reports[spec.payment_key].iloc[rows], spec.payment_key, spec.amount)
    if counts is not None:
        rows, payee = rows[counts], payee[counts]
    return Employments(
        known=owners.known,
        employments=merged,
        person=payee,
        paid_on=as_days(reports[spec.paid_on].iloc[rows]),
        amount=reports[spec.amount].iloc[rows].to_numpy(),
        repeated=reported - len(rows),
        payments_to_month=spec.payments_to_month,
    )


def with_repeated(payments: pd.DataFrame, spec: SpellTables) -> pd.DataFrame:
    """Return payments with the column REPEATED, where it does not matter whose they are.

    Nor does it where the employment is in the key: all payments of a key are one person's. They are
    the most rows of all, and each method of linkage would look for those reported again.
    """
    if spec.resubmitted or spec.employment_id not in spec.payment_key:
        return payments
    once = paid_once(payments, spec.payment_key, spec.amount)
    return payments[[spec.employment_id, spec.paid_on, spec.amount]].assign(**{REPEATED: ~once})


def benefits_of(spec: BenefitTable, tables: Tables, owners: Owners) -> BenefitRecords:
    """Return the benefit spells of one source, each recorded once."""
    records = tables[spec.table]
    refuse_backward(records, spec.start, spec.end, spec.table, "benefits")
    rows, person = owners.of(spec.table, records[owners.source.tables[spec.table]])
    records = records.iloc[rows]
    awards = awards_of(
        person,
        records[spec.benefit],
        records[spec.start],
        records[spec.end],
        records[spec.weekly_amount] if spec.weekly_amount else None,
        np.arange(len(records)),
    )
    place, awards = awards["place"].to_numpy(), awards.drop(columns="place")
    out_of_work = awards[awards["benefit"].isin(spec.out_of_work)]
    paid = awards[awards["benefit"].isin(spec.paid)] if spec.paid else awards
    return BenefitRecords(
        known=owners.speaks(spec.no_record),
        out_of_work=spells.union_of_spells(
            out_of_work["person"].to_numpy(), out_of_work["start"], out_of_work["end"]
        ),
        awards=paid,
        repeated=len(rows) - len(awards),
        spells=out_of_work[["person", "start", "end"]].reset_index(drop=True),
        records=records.iloc[place[out_of_work.index]].reset_index(drop=True),
    )


def events_of(spec: Events, tables: Tables, owners: Owners) -> EventRecords:
    """Return the events of all tables, each counted once."""
    people, days, statuses, repeated = [], [], [], 0
    for name, columns in spec.tables.items():
        record_id = owners.source.tables[name]
        once, again = tables[name], columns.resubmitted
        rows, person = owners.of(name, once[record_id])
        owner = np.full(len(once), -1)
        owner[rows] = person
        once = once.assign(owner_=owner)
        if again:
            order = [again.latest, record_id]
            once = latest_of(once, again, order, columns.date, rows, person, name)
        repeated += len(rows) - int((once["owner_"] >= 0).sum())
        # After the last record is chosen: it may say that this is no such event after all.
        once = rows_that_count(once[once["owner_"] >= 0], columns.where)
        people.append(once["owner_"].to_numpy())
        days.append(as_days(once[columns.date]))
        status = once[columns.status] if columns.status else pd.Series("", index=once.index)
        statuses.append(status.astype("str"))
    return EventRecords(
        known=owners.speaks(spec.no_record),
        person=np.concatenate(people),
        on=np.concatenate(days),
        status=pd.concat(statuses, ignore_index=True).astype("category"),
        repeated=repeated,
    )


def latest_of(
    records: pd.DataFrame,
    again: Resubmitted | ResubmittedPayments,
    order: list[str],
    date: str,
    rows: np.ndarray,
    person: np.ndarray,
    table: str,
) -> pd.DataFrame:
    """Return one record an event: the last in order of the columns `order`.

    `rows` are linked, to `person`. All records of the register take part, linked or not, and one
    whose key is missing stands for itself.

    Raises InputError for keys that a spreadsheet shortened, and where records of a key differ in
    person or date and the declaration says that this stops the run.
    """
    _refuse_shortened(records, again.key, table)
    owner = np.full(len(records), -1)
    owner[rows] = person
    frame = records[[*dict.fromkeys([*again.key, date, *order])]].assign(owner_=owner)
    whole = frame[again.key].notna().all(axis=1)
    event = [*again.key, "owner_"] if again.if_different == "latest" else [*again.key]
    if again.if_different == "apart":
        event = [*again.key, "owner_", date]
    elif again.if_different == "stop":
        _refuse_different(frame[whole], again.key, date, table)
    ordered = frame[whole].sort_values(order, kind="stable")
    kept = ordered.index[~ordered.duplicated(event, keep="last")]
    return records.loc[kept.union(frame.index[~whole])]


def _refuse_shortened(records: pd.DataFrame, key: list[str], table: str) -> None:
    for column in key:
        values = records[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(values.cat.categories.dtype)
        if not pd.api.types.is_string_dtype(values):
            continue
        short = values.str.fullmatch(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+").fillna(False)
        if short.any():
            raise InputError(
                f"{counted(int(short.sum()), 'key is', 'keys are')} in scientific notation, so "
                "that different events share one",
                table=table,
                column=column,
                rows=np.flatnonzero(short) + 1,
                rule="resubmitted.key tells events apart",
                expected="every digit of the key, as text",
                remedy="have the table exported again with this column as text",
            )


def _refuse_different(frame: pd.DataFrame, key: list[str], date: str, table: str) -> None:
    """Raise InputError where records of a key are of two people or of two days."""
    facts = [*key, "owner_", date]
    distinct = frame.loc[frame.duplicated(key, keep=False), facts].drop_duplicates()
    wrong = distinct[distinct.duplicated(key, keep=False)]
    if len(wrong):
        raise InputError(
            f"{counted(len(wrong.drop_duplicates(key)), 'key has', 'keys have')} records of "
            "different people or days",
            table=table,
            column=", ".join(key),
            rows=sorted(wrong.index + 1),
            rule="records of one key are of one person and day",
            expected="a key that tells events apart through all who send records",
            remedy="add a column to resubmitted.key in outcomes.yaml, as the provider's, or set "
            "if_different: apart (different events) or latest (the day was corrected)",
        )


def paid_once(paid: pd.DataFrame, key: list[str], amount: str) -> np.ndarray:
    """Return which rows (n, bool) are payments: one of those that agree in the key.

    Where the amount is part of the key, a row of the opposite amount takes one payment back: of
    +100, -100 and +100 one of 100 counts, of +100 and -100 none, of -100 alone -100.
    """
    if amount not in key:
        return ~paid.duplicated(key).to_numpy()
    sign = np.sign(paid[amount].to_numpy(dtype=float))
    if not (sign < 0).any():
        return ~paid.duplicated(key).to_numpy()
    whole = paid[key].assign(**{amount: paid[amount].abs()}).assign(sign_=sign)
    net = np.sign(whole.groupby(key, dropna=False)["sign_"].transform("sum").to_numpy())
    counts = (sign == net) & (sign != 0)
    first = ~whole.duplicated([*key, "sign_"]).to_numpy()
    return first & (counts | (sign == 0))


def stays_of(spec: StayTable, tables: Tables, owners: Owners) -> StayRecords:
    """Return episodes, each from the admission to its end, the last one to the discharge.

    Episodes of a stay share the day of admission, so together they cover the whole stay.
    """
    records = rows_that_count(tables[spec.table], spec.where)
    for last in (spec.discharged, spec.episode_end):
        refuse_backward(records, spec.admitted, last, spec.table, "stays")
    rows, person = owners.of(spec.table, records[owners.source.tables[spec.table]])
    records = records.iloc[rows]
    last = records[spec.discharged].fillna(records[spec.episode_end])
    return StayRecords(
        known=owners.speaks(spec.no_record),
        person=person,
        first=as_days(records[spec.admitted]),
        last=as_days(last),
        discharged=records[spec.discharged].notna().to_numpy(),
    )


def refuse_backward(records: pd.DataFrame, first: str, last: str, table: str, section: str) -> None:
    """Raise InputError if most records end before they begin: such spells have no day.

    All records of the table are asked, so that it does not depend on who is linked. A few may be
    slips, which count for nothing.
    """
    begin, end = as_days(records[first]), as_days(records[last])
    both = int((~np.isnat(begin) & ~np.isnat(end)).sum())
    backward = int((end < begin).sum())
    if 2 * backward > both:
        raise InputError(
            f"{backward:,} of {both:,} records end before they begin",
            table=table,
            column=f"{first}, {last}",
            rule=f"first and last day under `{section}` of outcomes.yaml",
            expected="records of which few, if any, end before they begin",
            remedy="exchange the two columns in outcomes.yaml if they are swapped there; otherwise "
            "have the table corrected, and declare not_before in extracts.yaml",
        )


def rows_that_count(records: pd.DataFrame, where: Mapping[str, list]) -> pd.DataFrame:
    """Return the rows that have one of the values in every column that `where` names."""
    for column, values in where.items():
        records = records[records[column].isin(values)]
    return records


class _WhenAsked(dict):
    """Makes each value when it is first asked for: few derivations read every source."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> Any:
        self[name] = self._make(name)
        return self[name]


def link_when_asked(
    outcomes: Outcomes, make: Callable[[Callable, str, Any, str], Any]
) -> LinkedSources:
    """Return what all sources say, each made when it is first asked for.

    make(maker, name, declaration, source) returns maker(declaration, tables, owners of the source).
    """

    def by_source(maker: Callable, declared: Mapping[str, Any]) -> _WhenAsked:
        return _WhenAsked(lambda name: make(maker, name, declared[name], name))

    def by_name(maker: Callable, declared: Mapping[str, Any]) -> _WhenAsked:
        return _WhenAsked(lambda name: make(maker, name, declared[name], declared[name].source))

    return LinkedSources(
        by_source(employments_of, outcomes.spells),
        by_source(benefits_of, outcomes.benefits),
        by_name(events_of, outcomes.events),
        by_name(stays_of, outcomes.stays),
    )
