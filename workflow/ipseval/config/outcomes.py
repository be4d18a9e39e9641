"""config/trials/<trial>/outcomes.yaml: covariates and outcomes, each a declared derivation."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..kinds import DERIVATIONS
from ..outcomes.derivation import Derivation, not_zero_or_one
from .base import Months as MonthCount
from .base import Name, Printed, Section
from .extracts import Column
from .leaving import Leaving
from .names import PEOPLE, replicate
from .refs import Place, Ref, all_names_in, names_in
from .trial import Source
from .values import (
    DATES,
    NUMBERS,
    impossible_conditions,
    impossible_values,
    other_order,
    other_type,
)

TableColumn = Annotated[str, Ref("columns")]
EmploymentColumn = Annotated[str, Ref("employment_columns")]
PaymentColumn = Annotated[str, Ref("payment_columns")]
EventColumn = Annotated[str, Ref("event_columns")]
# What tells records apart may be an identifier: no value of it reaches a result.
PaymentKey = Annotated[str, Ref("payment_columns", identifier=True)]
EventKey = Annotated[str, Ref("event_columns", identifier=True)]
PeopleColumn = Annotated[str, Ref("people_and_weights")]


def _columns(place: Place, name: str) -> dict[str, Column]:
    """Return the columns of a table, none if there is no such table."""
    table = place.config.extracts.tables.get(name)
    return table.columns if table else {}


IfDifferent = Annotated[
    Literal["stop", "apart", "latest"],
    Field(
        description="What becomes of records of one key that differ in the person or in the day: "
        "stop the run, since the key may not be the event's; apart, they are different events; "
        "latest, the day may have been corrected, and only those of different people are apart."
    ),
]


class ResubmittedPayments(Section):
    """How payments are reported again with other amounts."""

    key: list[PaymentKey] = Field(min_length=1, description="Columns in which reports agree.")
    latest: PaymentColumn = Field(
        description="Column whose highest value marks the report that counts."
    )
    if_different: IfDifferent = "stop"


class SpellTables(Section):
    """Where a source keeps its employments and payments."""

    employments: Annotated[str, Ref("tables")] = Field(
        description="Table of employments, one row a spell."
    )
    employment_id: Annotated[
        str, Ref("employment_columns", identifier=True), Ref("payment_columns", identifier=True)
    ] = Field(description="Key shared with the payments.")
    start: EmploymentColumn = Field(description="Column of the first day.")
    end: EmploymentColumn = Field(
        description="Column of the last day; missing while the spell is open."
    )
    payments: Annotated[str, Ref("tables")] = Field(description="Table of payments.")
    paid_on: PaymentColumn = Field(description="Column of the payment date.")
    amount: PaymentColumn = Field(description="Column of the amount.")
    payment_key: list[PaymentKey] = Field(
        default_factory=list,
        description="Columns that tell one payment from another: rows that agree in all of them "
        "are one payment, reported again. Without any, every row counts. Where the amount is among "
        "them, a row of the opposite amount takes one back.",
    )
    resubmitted: ResubmittedPayments | None = Field(
        None,
        description="How corrections are known: of the reports of a key the last one counts, "
        "before payment_key is asked.",
    )
    payments_to_month: MonthCount | None = Field(
        None,
        description="Month after randomisation before whose start a person's payments end, for "
        "the tax of a year that they do not cover; if absent, they cover every tax year.",
    )

    @property
    def payments_of_several(self) -> bool:
        """Whether payments of several people may be one, as their key lacks the employment."""
        return bool(self.payment_key) and self.employment_id not in self.payment_key

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Days are dates in their order, and amounts are numbers."""
        jobs, payments = (_columns(place, name) for name in (self.employments, self.payments))
        yield from other_type(jobs, self.start, DATES, "start")
        yield from other_type(jobs, self.end, DATES, "end")
        yield from other_order(jobs, self.start, self.end, "end")
        yield from other_type(payments, self.paid_on, DATES, "paid_on")
        yield from other_type(payments, self.amount, NUMBERS, "amount")


NoRecord = Literal["zero", "missing"]
_NO_RECORD = (
    "What people get who could be looked up and of whom no record was found: zero (they have none) "
    "or missing. Who could not be looked up is missing."
)


class BenefitTable(Section):
    """Where a source keeps its benefit spells.

    Records of a person that agree in benefit and start are one spell, recorded again. A record
    with an end is taken before one without, the later of two ends before the earlier, the higher of
    two amounts before the lower. A later spell of the same benefit ends the one before.
    """

    table: Annotated[str, Ref("linked_tables")] = Field(
        description="Table of benefit spells, one row a record."
    )
    benefit: TableColumn = Field(description="Column of the benefit.")
    start: TableColumn = Field(description="Column of the first day.")
    end: TableColumn = Field(description="Column of the last day; missing while the spell is open.")
    weekly_amount: TableColumn | None = Field(
        None, description="Column of the amount a week; if absent, no amount can be derived."
    )
    out_of_work: list[str] = Field(min_length=1, description="Benefits for people out of work.")
    paid: list[str] = Field(
        default_factory=list, description="Benefits whose amounts count; all if absent."
    )
    no_record: NoRecord = Field("zero", description=_NO_RECORD)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The benefits can occur, days are dates in their order, and the amount is a number."""
        columns = _columns(place, self.table)
        for key, values in (("out_of_work", self.out_of_work), ("paid", self.paid)):
            for text in impossible_values(columns.get(self.benefit), values):
                yield key, text
        yield from other_type(columns, self.start, DATES, "start")
        yield from other_type(columns, self.end, DATES, "end")
        yield from other_order(columns, self.start, self.end, "end")
        yield from other_type(columns, self.weekly_amount, NUMBERS, "weekly_amount")


class Resubmitted(Section):
    """How a table submits the same event again. A record without the key is an event of its own."""

    key: list[EventKey] = Field(min_length=1, description="Columns in which its records agree.")
    latest: EventColumn = Field(
        description="Column whose highest value marks the record that counts."
    )
    if_different: IfDifferent = "stop"


class EventTable(Section):
    """A table of events, one row an event or a record of it."""

    date: EventColumn = Field(description="Column of the day of the event.")
    status: EventColumn | None = Field(
        None, description="Column of the status, such as seen or not."
    )
    where: dict[EventColumn, list[str]] = Field(
        default_factory=dict, description="Column -> values of the rows that are events."
    )
    resubmitted: Resubmitted | None = Field(
        None, description="How records of the same event are known; each row is one if absent."
    )


class Events(Section):
    """Events of one sort, from one table or several of a source."""

    source: Annotated[str, Ref("sources")] = Field(
        description="Linked source, as named in trial.yaml."
    )
    tables: dict[Annotated[str, Ref("linked_tables")], EventTable] = Field(
        min_length=1, description="Table -> its columns."
    )
    no_record: NoRecord = Field("zero", description=_NO_RECORD)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Days are dates, and conditions can be met."""
        for name, spec in self.tables.items():
            columns, key = _columns(place, name), f"tables.{name}"
            yield from other_type(columns, spec.date, DATES, f"{key}.date")
            yield from impossible_conditions(columns, spec.where, f"{key}.where")


class StayTable(Section):
    """Stays, each of one episode or several that have the day of admission in common."""

    source: Annotated[str, Ref("sources")] = Field(
        description="Linked source, as named in trial.yaml."
    )
    table: Annotated[str, Ref("linked_tables")] = Field(description="Table of episodes.")
    admitted: TableColumn = Field(description="Column of the day of admission.")
    discharged: TableColumn = Field(
        description="Column of the day of discharge; last episode only."
    )
    episode_end: TableColumn = Field(description="Column of the last day of the episode.")
    where: dict[TableColumn, list[str]] = Field(
        default_factory=dict, description="Column -> values of the rows that are episodes."
    )
    no_record: NoRecord = Field("zero", description=_NO_RECORD)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Days are dates in their order, and conditions can be met."""
        columns = _columns(place, self.table)
        for key in ("admitted", "discharged", "episode_end"):
            yield from other_type(columns, getattr(self, key), DATES, key)
        yield from other_order(columns, self.admitted, self.discharged, "discharged")
        yield from other_order(columns, self.admitted, self.episode_end, "episode_end")
        # Without episodes a table has one column for the end of both.
        if self.discharged != self.episode_end:
            yield from other_order(columns, self.episode_end, self.discharged, "discharged")
        yield from impossible_conditions(columns, self.where, "where")


class SampleStep(Leaving):
    """A step at which people leave a sample: those who meet every condition."""

    reason: str = Field(description="Reason, as printed.")
    where: dict[PeopleColumn, list[bool | int | str]] = Field(
        default_factory=dict, description="Column of the people -> values of those who leave."
    )
    missing: list[PeopleColumn] = Field(
        default_factory=list, description="Columns of the people; who lacks one of them leaves."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Results that are answers as they were given can have the values."""
        derived = place.config.outcomes.derived
        for name, values in self.where.items():
            column = derived[name].answered(place) if name in derived else None
            for text in impossible_values(column, values):
                yield f"where.{name}", text


class SampleDefinition(Section):
    """Who of the randomised people an analysis is about, and why the others are not in it."""

    label: Printed = Field(description="Name as printed.")
    steps: list[SampleStep] = Field(description="Steps in order; the first that applies counts.")

    @model_validator(mode="after")
    def _names_each_reason_once(self) -> Self:
        reasons = [step.reason for step in self.steps]
        for reason in reasons:
            if reasons.count(reason) > 1:
                raise ValueError(f"reason '{reason}' is given twice")
        return self


class ResponseWeight(Section):
    """Non-response weights of one survey, from a logit within each trial group and arm."""

    responded: Annotated[str, Ref("derived")] = Field(
        description="Covariate that is 1 for respondents (kind in_table)."
    )
    covariates: list[Annotated[str, Ref("covariates")]] = Field(
        min_length=1, description="Covariates of the logit."
    )
    calibrate: list[Annotated[str, Ref("covariates")]] = Field(
        default_factory=list, description="Covariates to whose margins the weights are raked."
    )
    trim: float = Field(
        5.0, gt=1, le=1e6, description="Largest weight, in medians of the group and arm."
    )
    known_without: Annotated[str, Ref("derived")] | None = Field(
        None,
        description="Covariate that is 1 for people whose outcome is known without an answer, such "
        "as those who died. They have weight 1, and respondents stand for everybody else.",
    )
    replicates: int = Field(
        0,
        ge=0,
        le=1000,
        description="Replicate weights, for models with covariance: replicates; 200 are plenty.",
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Who responded, and of whom it is known without an answer, is 0 or 1."""
        yield from not_zero_or_one(place, self.responded, "responded")
        yield from not_zero_or_one(place, self.known_without, "known_without")


class Months(Section):
    """Months relative to randomisation: month 1 begins on the day of randomisation."""

    source: Annotated[str, Ref("spells")] = Field(
        description="Linked source, as named in trial.yaml."
    )
    benefits: Annotated[str, Ref("benefits")] | None = Field(
        None, description="Linked source of benefits, for the columns on them."
    )
    first: int = Field(
        ge=-1200, le=0, description="First month; 0 is the month before randomisation."
    )
    last: int = Field(ge=1, le=1200, description="Last month.")

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The source of benefits has amounts."""
        benefits = place.config.outcomes.benefits.get(self.benefits or "")
        if benefits is not None and not benefits.weekly_amount:
            yield "benefits", f"benefits of '{self.benefits}' have no weekly_amount"


class Outcomes(Section):
    """config/trials/<trial>/outcomes.yaml."""

    spells: dict[Annotated[str, Ref("sources")], SpellTables] = Field(
        default_factory=dict, description="Linked source -> its spell tables."
    )
    benefits: dict[Annotated[str, Ref("sources")], BenefitTable] = Field(
        default_factory=dict, description="Linked source -> its benefit spells."
    )
    events: dict[Name, Events] = Field(
        default_factory=dict, description="Name -> events of a linked source."
    )
    stays: dict[Name, StayTable] = Field(
        default_factory=dict, description="Name -> stays of a linked source."
    )
    covariates: dict[Name, Annotated[Derivation, DERIVATIONS]] = Field(
        description="Baseline covariates."
    )
    outcomes: dict[Name, Annotated[Derivation, DERIVATIONS]] = Field(
        min_length=1, description="Outcomes."
    )
    weights: dict[Name, ResponseWeight] = Field(
        default_factory=dict, description="Weight column -> non-response weights of a survey."
    )
    months: Months | None = Field(None, description="Person-months to derive, if any.")
    samples: dict[Name, SampleDefinition] = Field(
        default_factory=dict,
        description="Name -> sample. Samples describe; estimates do not use them.",
    )

    @cached_property
    def derived(self) -> dict[str, Derivation]:
        """Return covariates and outcomes by name, in the order in which they are derived."""
        return {**self.covariates, **self.outcomes}

    @property
    def kinds(self) -> list[str]:
        """Kinds of derivation that are used, sorted."""
        return sorted({spec.kind for spec in self.derived.values()})

    @cached_property
    def by_linkage(self) -> dict[str, Derivation]:
        """What depends on the method of linkage: some kinds, and what is made from them."""
        depending: dict[str, Derivation] = {}
        for name, spec in self.derived.items():
            if spec.by_linkage or not depending.keys().isdisjoint(spec.made_from):
                depending[name] = spec
        return depending

    @property
    def sources_by_linkage(self) -> list[str]:
        """Sources whose records differ in whose they are by the method of linkage."""
        named = [source for spec in self.by_linkage.values() for source in spec.sources]
        return list(dict.fromkeys([*self.spells, *self.benefits, *named]))

    @property
    def tables_by_linkage(self) -> list[str]:
        """Tables of employments, payments and benefits, which each method of linkage asks for."""
        paid = [table for one in self.spells.values() for table in (one.employments, one.payments)]
        return [*paid, *(one.table for one in self.benefits.values())]

    @cached_property
    def tables(self) -> list[str]:
        """Tables that are read, beside that of the people."""
        return names_in(self, "tables", "linked_tables")

    def columns_read(self, sources: Mapping[str, Source]) -> dict[str, set[str]]:
        """Table of a linked source -> names of the columns that something is derived from.

        These tables are the largest, and most of their columns are for linkage. One that a
        derivation reads as a table of the trial's own is not here: all of it may be read.
        """
        keys = {table: key for one in sources.values() for table, key in one.tables.items()}
        keys |= {spec.payments: spec.employment_id for spec in self.spells.values()}
        whole = {table for one in self.derived.values() for table in names_in(one, "tables")}
        named = all_names_in(self)
        return {table: {*named, key} for table, key in keys.items() if table not in whole}

    @property
    def needs_paye(self) -> bool:
        """Whether a derivation needs config/rules/paye.yaml."""
        return any(spec.needs_paye for spec in self.derived.values())

    @cached_property
    def units(self) -> dict[str, str]:
        """Outcome or covariate -> its unit."""
        return {name: spec.unit for name, spec in self.derived.items()}

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Each column has one maker, covariates are of before, and conditions are 0 or 1."""
        yield from self._made_twice(place)
        for name, spec in self.covariates.items():
            if spec.last_month is not None and spec.last_month > 0:
                yield (
                    f"covariates.{name}",
                    f"it counts what happened up to month {spec.last_month} after randomisation, "
                    "and adjusting for that takes part of the effect away; declare it under "
                    "`outcomes`, or let its months end by 0",
                )
        for section, specs in (("covariates", self.covariates), ("outcomes", self.outcomes)):
            for name, spec in specs.items():
                yield from not_zero_or_one(place, spec.only_where, f"{section}.{name}.only_where")

    def _made_twice(self, place: Place) -> Iterator[tuple[str, str]]:
        """Yield a place and a sentence for each column of people.parquet that has another maker."""
        made = {f"in_{source}": f"spells.{source}" for source in self.spells}
        made |= {f"in_{source}": f"benefits.{source}" for source in self.benefits}
        for kind in ("sample", "excluded"):
            made |= {f"{kind}_{name}": f"samples.{name}" for name in self.samples}
        if place.config.trial.randomisation.cluster:
            made["cluster"] = "randomisation.cluster of trial.yaml"
        columns = {
            f"{section}.{name}": dict.fromkeys(
                [name, *spec.columns_made(name, place.inside(section=spec))]
            )
            for section, specs in (("covariates", self.covariates), ("outcomes", self.outcomes))
            for name, spec in specs.items()
        }
        for name, weight in self.weights.items():
            copies = (replicate(name, i + 1) for i in range(weight.replicates))
            columns[f"weights.{name}"] = dict.fromkeys([name, *copies])
        for where, names in columns.items():
            for name in names:
                if name in PEOPLE:
                    yield where, f"'{name}' is a column that every trial has already"
                elif name in made:
                    yield (
                        where,
                        f"'{name}' is made by {made[name]} as well, and one would take the place "
                        "of the other; give one of the two another name or prefix",
                    )
                    break  # A prefix has many columns, and one of them says it.
                made.setdefault(name, where)
