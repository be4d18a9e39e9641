"""config/trials/<trial>/outcomes.yaml: covariates and outcomes, each a declared derivation."""

from itertools import chain
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import Section
from .derivations import OwnKind, TransformKind
from .linked_derivations import LastRecord, LinkedKind, SpellKind

Derivation = Annotated[
    OwnKind | LinkedKind | LastRecord | TransformKind, Field(discriminator="kind")
]


class SpellTables(Section):
    """Where a source keeps its employments and payments."""

    employments: str = Field(description="Table of employments, one row a spell.")
    employment_id: str = Field(description="Key shared with the payments.")
    start: str = Field(description="Column of the first day.")
    end: str = Field(description="Column of the last day; missing while the spell is open.")
    payments: str = Field(description="Table of payments.")
    paid_on: str = Field(description="Column of the payment date.")
    amount: str = Field(description="Column of the amount.")
    payment_key: list[str] = Field(
        default_factory=list,
        description="Columns that tell one payment from another: rows that agree in all of them "
        "are one payment, reported again. Without any, every row counts.",
    )
    payments_to_month: int | None = Field(
        None,
        description="Month after randomisation before whose start a person's payments end, for "
        "the tax of a year that they do not cover; if absent, they cover every tax year.",
    )


NoRecord = Literal["zero", "missing"]
_NO_RECORD = (
    "What people get who could be looked up and of whom no record was found: zero (they have none) "
    "or missing. Who could not be looked up is missing."
)


class BenefitTable(Section):
    """Where a source keeps its benefit spells.

    Records of a person that agree in benefit and start are one spell, recorded again. A record
    with an end is taken before one without, the later of two ends before the earlier, the higher of
    two amounts before the lower.
    """

    table: str = Field(description="Table of benefit spells, one row a record.")
    benefit: str = Field(description="Column of the benefit.")
    start: str = Field(description="Column of the first day.")
    end: str = Field(description="Column of the last day; missing while the spell is open.")
    weekly_amount: str | None = Field(
        None, description="Column of the amount a week; if absent, no amount can be derived."
    )
    out_of_work: list[str] = Field(min_length=1, description="Benefits for people out of work.")
    paid: list[str] = Field(
        default_factory=list, description="Benefits whose amounts count; all if absent."
    )
    no_record: NoRecord = Field("zero", description=_NO_RECORD)


class Resubmitted(Section):
    """How a table submits the same event again."""

    key: list[str] = Field(min_length=1, description="Columns in which its records agree.")
    latest: str = Field(description="Column whose highest value marks the record that counts.")


class EventTable(Section):
    """A table of events, one row an event or a record of it."""

    date: str = Field(description="Column of the day of the event.")
    status: str | None = Field(None, description="Column of the status, such as seen or not.")
    where: dict[str, list[str]] = Field(
        default_factory=dict, description="Column -> values of the rows that are events."
    )
    resubmitted: Resubmitted | None = Field(
        None, description="How records of the same event are known; each row is one if absent."
    )


class Events(Section):
    """Events of one sort, from one table or several of a source."""

    source: str = Field(description="Linked source, as named in trial.yaml.")
    tables: dict[str, EventTable] = Field(min_length=1, description="Table -> its columns.")
    no_record: NoRecord = Field("zero", description=_NO_RECORD)


class Stays(Section):
    """Stays, each of one episode or several that have the day of admission in common."""

    source: str = Field(description="Linked source, as named in trial.yaml.")
    table: str = Field(description="Table of episodes.")
    admitted: str = Field(description="Column of the day of admission.")
    discharged: str = Field(description="Column of the day of discharge; last episode only.")
    episode_end: str = Field(description="Column of the last day of the episode.")
    where: dict[str, list[str]] = Field(
        default_factory=dict, description="Column -> values of the rows that are episodes."
    )
    no_record: NoRecord = Field("zero", description=_NO_RECORD)


class SampleStep(Section):
    """A step at which people leave a sample: those who meet every condition."""

    reason: str = Field(description="Reason, as printed.")
    where: dict[str, list[bool | int | str]] = Field(
        default_factory=dict, description="Column of the people -> values of those who leave."
    )
    missing: list[str] = Field(
        default_factory=list, description="Columns of the people; who lacks one of them leaves."
    )

    @model_validator(mode="after")
    def _has_a_condition(self):
        if not self.where and not self.missing:
            raise ValueError("give where or missing")
        return self


class Sample(Section):
    """Who of the randomised people an analysis is about, and why the others are not in it."""

    label: str = Field(description="Name as printed.")
    steps: list[SampleStep] = Field(description="Steps in order; the first that applies counts.")

    @model_validator(mode="after")
    def _names_each_reason_once(self):
        reasons = [step.reason for step in self.steps]
        for reason in reasons:
            if reasons.count(reason) > 1:
                raise ValueError(f"reason '{reason}' is given twice")
        return self


class ResponseWeight(Section):
    """Non-response weights of one survey, from a logit within each trial group and arm."""

    responded: str = Field(description="Covariate that is 1 for respondents (kind in_table).")
    covariates: list[str] = Field(min_length=1, description="Covariates of the logit.")
    calibrate: list[str] = Field(
        default_factory=list, description="Covariates to whose margins the weights are raked."
    )
    trim: float = Field(5.0, gt=1, description="Largest weight, in medians of the group and arm.")


class Months(Section):
    """Months relative to randomisation: month 1 begins on the day of randomisation."""

    source: str = Field(description="Linked source, as named in trial.yaml.")
    benefits: str | None = Field(
        None, description="Linked source of benefits, for the columns on them."
    )
    first: int = Field(le=0, description="First month; 0 is the month before randomisation.")
    last: int = Field(ge=1, description="Last month.")


class Outcomes(Section):
    """config/trials/<trial>/outcomes.yaml."""

    spells: dict[str, SpellTables] = Field(
        default_factory=dict, description="Linked source -> its spell tables."
    )
    benefits: dict[str, BenefitTable] = Field(
        default_factory=dict, description="Linked source -> its benefit spells."
    )
    events: dict[str, Events] = Field(
        default_factory=dict, description="Name -> events of a linked source."
    )
    stays: dict[str, Stays] = Field(
        default_factory=dict, description="Name -> stays of a linked source."
    )
    covariates: dict[str, Derivation] = Field(description="Baseline covariates.")
    outcomes: dict[str, Derivation] = Field(min_length=1, description="Outcomes.")
    weights: dict[str, ResponseWeight] = Field(
        default_factory=dict, description="Weight column -> non-response weights of a survey."
    )
    months: Months | None = Field(None, description="Person-months to derive, if any.")
    samples: dict[str, Sample] = Field(
        default_factory=dict,
        description="Name -> sample. Samples describe; estimates do not use them.",
    )

    @property
    def derived(self) -> dict[str, Derivation]:
        """Return covariates and outcomes by name, in the order in which they are derived."""
        return {**self.covariates, **self.outcomes}

    @property
    def by_linkage(self) -> dict[str, Derivation]:
        """Return what depends on the way of linking: spells, last records, what is made of them."""
        found = {}
        for name, spec in self.derived.items():
            named = chain(*spec.made_from.values()) if isinstance(spec, TransformKind) else ()
            if isinstance(spec, SpellKind | LastRecord) or not found.keys().isdisjoint(named):
                found[name] = spec
        return found

    @property
    def tables(self) -> list[str]:
        """Return the tables that derivations read, beside that of the people."""
        names = [t for spec in self.spells.values() for t in (spec.employments, spec.payments)]
        names += [spec.table for spec in self.benefits.values()]
        names += [table for spec in self.events.values() for table in spec.tables]
        names += [spec.table for spec in self.stays.values()]
        own = [getattr(spec, "table", None) for spec in self.derived.values()]
        return list(dict.fromkeys([*names, *(table for table in own if table)]))

    @property
    def units(self) -> dict[str, str]:
        """Outcome or covariate -> its unit."""
        return {name: spec.unit for name, spec in self.derived.items()}
