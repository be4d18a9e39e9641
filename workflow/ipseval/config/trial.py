"""config/trials/<trial>/trial.yaml: who was randomised, how groups pool, what is linked."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from .base import Day, Fraction, Months, Name, Printed, Section, suggest
from .leaving import Leaving
from .refs import Place, Ref, all_names_in
from .values import DATES, impossible_conditions, impossible_values

PersonColumn = Annotated[str, Ref("person_columns")]
# Keys and fields for linkage, of which no value reaches a result.
PersonIdentifier = Annotated[str, Ref("person_columns", identifier=True)]
SourceColumn = Annotated[str, Ref("columns")]
SourceIdentifier = Annotated[str, Ref("columns", identifier=True)]
SourceField = Annotated[str, Ref("source_fields")]

Kind = Literal["nino", "nhs_number", "name", "date", "postcode", "sex", "number", "address", "text"]
# Of what kind a field is whose values tell people apart: of a text nobody can say what it is.
TELL_APART = ("nino", "nhs_number", "number", "text")

ArmName = Annotated[str, Ref("arms")]


class Group(Section):
    """An analysis group: which people are analysed, and which of their arms are compared.

    Without treatment and control it compares the two arms of a trial of two. In a trial of more
    every comparison is a group: an arm with control, several arms pooled, or a trend over doses.
    """

    label: Printed = Field(description="Name as printed in exhibits.")
    trial_groups: list[Annotated[str, Ref("trial_groups")]] = Field(
        min_length=1, description="Trial groups that it pools."
    )
    treatment: list[ArmName] = Field(
        default_factory=list, description="Arms that are compared with `control`, pooled."
    )
    control: list[ArmName] = Field(
        default_factory=list, description="Arms that they are compared with, pooled."
    )
    dose: dict[ArmName, float] = Field(
        default_factory=dict,
        description="Arm -> its dose, in place of treatment and control: the effect is that of one "
        "unit more (a trend), with estimator ols.",
    )
    sample: Annotated[str, Ref("samples")] | None = Field(
        None,
        description="Sample of outcomes.yaml whose people alone are analysed, such as those "
        "treated per protocol; everybody randomised if absent.",
    )

    @model_validator(mode="after")
    def _compares_arms(self) -> Self:
        if bool(self.treatment) != bool(self.control):
            raise ValueError("give both treatment and control, the arms that are compared")
        if twice := sorted({*self.treatment} & {*self.control}):
            raise ValueError(f"arm '{twice[0]}' is compared with itself")
        if self.dose and self.treatment:
            raise ValueError("give either treatment and control, or the dose of each arm")
        if self.dose and (0 not in self.dose.values() or len({*self.dose.values()}) < 2):
            raise ValueError("a trend needs an arm of dose 0, and one of another")
        if any(dose < 0 for dose in self.dose.values()):
            raise ValueError("a dose is not below 0")
        return self

    @property
    def is_declared(self) -> bool:
        """Whether it says which arms it compares."""
        return bool(self.treatment or self.dose)

    def sides(self, arms: Sequence[str]) -> tuple[list[int], list[int]]:
        """Return the arms compared, treatment and control, by their places in `arms`."""
        if self.dose:
            treatment = [arm for arm, dose in self.dose.items() if dose > 0]
            control = [arm for arm, dose in self.dose.items() if dose == 0]
        else:
            treatment, control = self.treatment or list(arms[1:]), self.control or list(arms[:1])
        return [arms.index(arm) for arm in treatment], [arms.index(arm) for arm in control]

    def problems(self, place: Place) -> Iterator[str]:
        """Of more than two arms, somebody has to say which are compared."""
        names = place.config.trial.person.arm.names
        if len(names) > 2 and not self.is_declared:
            yield (
                f"the trial has {len(names)} arms, and the group does not say which it compares; "
                f"write for example treatment: [{names[1]}] and control: [{names[0]}]"
            )


Code = StrictBool | StrictInt | StrictStr  # true, 1 and "1" are three different codes


class DeclaredArm(Section):
    """An arm: its code in the data, and its name as printed."""

    code: Code = Field(description="Code of the arm, as the column has it.")
    label: Printed = Field(description="Name as printed in exhibits.")


class ArmRole(Section):
    """The arm: the column that has it, and the code of each arm there.

    Either the codes of two arms, called treatment and control, or `arms`: two or more by names of
    their own, of which `control` names one.
    """

    column: PersonColumn = Field(description="Column of the person table.")
    treatment: Code | None = Field(
        None, description="Code of the treatment arm, as the column has it; not with `arms`."
    )
    control: Code = Field(
        description="Code of the control arm, with which treatment is compared; with `arms` its "
        "name there."
    )
    arms: dict[Name, DeclaredArm] = Field(
        default_factory=dict, description="Arms by name, two or more, in printed order."
    )

    @model_validator(mode="before")
    @classmethod
    def _names_its_codes(cls, given: Any) -> Any:
        if isinstance(given, str):
            raise ValueError(
                "says which column holds the arm, and not which code is which arm; write, with "
                f"the codes of your file, arm: {{column: {given}, treatment: 1, control: 0}}"
            )
        return given

    @model_validator(mode="after")
    def _has_arms(self) -> Self:
        if not self.arms:
            if self.treatment is None:
                raise ValueError("give the code of treatment, or `arms`: each arm with its code")
            if str(self.treatment) == str(self.control):
                raise ValueError(f"treatment and control have the same code, {self.control!r}")
            return self
        if self.treatment is not None:
            raise ValueError("give either treatment, the code of one arm, or `arms`")
        if str(self.control) not in self.arms:
            known = suggest(str(self.control), self.arms)
            raise ValueError(
                f"control names an arm of `arms`; unknown name '{self.control}'{known}"
            )
        if len(self.arms) < 2:
            raise ValueError("`arms` has one arm; a trial has two or more")
        codes = [str(arm.code) for arm in self.arms.values()]
        for name, arm in self.arms.items():
            if codes.count(str(arm.code)) > 1:
                raise ValueError(f"arm '{name}' has the code {arm.code!r}, as another arm does")
        return self

    @property
    def names(self) -> list[str]:
        """Names of the arms, control first; results have the place of an arm in this list."""
        if not self.arms:
            return ["control", "treatment"]
        control = str(self.control)
        return [control, *(name for name in self.arms if name != control)]

    @property
    def printed_order(self) -> list[str]:
        """Names of the arms as tables print them: as declared, or treatment first."""
        return list(self.arms) or ["treatment", "control"]

    @property
    def has_two(self) -> bool:
        """Whether it is a trial of two arms."""
        return len(self.names) == 2

    def of(self, arm: str) -> bool | int | str:
        """Return the code of the arm of that name, as the column has it."""
        if self.arms:
            return self.arms[arm].code
        code = {"treatment": self.treatment, "control": self.control}[arm]
        if code is None:
            raise ValueError("an arm without a code")
        return code

    def label(self, arm: str) -> str:
        """Return the name of an arm as printed."""
        return self.arms[arm].label if self.arms else arm.capitalize()

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The column can have the codes of the arms, and no other."""
        table = place.config.extracts.tables.get(place.config.trial.person.table)
        column = table.columns.get(self.column) if table else None
        if column is None:
            return
        kinds = ("category", "string", "integer", "boolean")
        if column.type not in kinds:
            yield (
                "column",
                (
                    f"'{self.column}' is a column of type {column.type}; an arm is of type "
                    f"{', '.join(kinds[:-1])} or {kinds[-1]}"
                ),
            )
            return
        possible: Collection[object] | None = column.codes
        beyond = "declares"
        low, high = column.minimum, column.maximum
        if column.type == "integer" and low is not None and high is not None:
            possible = range(int(low), int(high) + 1)
            beyond = "has a minimum and a maximum that admit"
        for arm in self.printed_order:
            key, code = f"arms.{arm}" if self.arms else arm, self.of(arm)
            if isinstance(possible, range) and type(code) is int and code not in possible:
                yield key, f"column '{self.column}' cannot have the code {code}, by its bounds"
            elif column.codes and not isinstance(code, str):
                yield key, f"codes of a category are text: write them in quotes, {arm}: '...'"
            else:
                yield from ((key, text) for text in impossible_values(column, [code]))
        if possible is not None:
            rules = place.config.trial.person.never_randomised
            never = {value for rule in rules for value in rule.where.get(self.column, ())}
            possible = [code for code in possible if code not in never]
        if possible is not None and len(possible) > len(self.names):
            yield (
                "column",
                (
                    f"'{self.column}' {beyond} {len(possible)} codes; a trial of more than two "
                    "arms declares each under `arms`, and rows that were never randomised are "
                    "those of person.never_randomised"
                ),
            )


class NeverRandomised(Leaving):
    """A rule for rows of the person table that are about nobody randomised.

    They are left out of every result but the flow of people, where they are counted.
    """

    reason: str = Field(min_length=1, description="Reason, as printed in the flow of people.")
    where: dict[PersonColumn, list[StrictBool | StrictInt | StrictStr]] = Field(
        default_factory=dict, description="Column -> values of the rows that it is about."
    )
    missing: list[PersonColumn] = Field(
        default_factory=list, description="Columns; a row that lacks a value in one is left out."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The columns can have the values."""
        table = place.config.extracts.tables.get(place.config.trial.person.table)
        yield from impossible_conditions(table.columns if table else {}, self.where, "where")


class PersonTable(Section):
    """The table with one row a randomised person, and the columns that every trial has."""

    table: Annotated[str, Ref("tables")] = Field(description="Table of the extracts.")
    key: PersonIdentifier = Field(
        description="Column that identifies the person in the trial's own records."
    )
    arm: ArmRole = Field(description="Who was randomised to what.")
    never_randomised: list[NeverRandomised] = Field(
        default_factory=list,
        description="Rows of the table that are about nobody randomised, with the reason; the "
        "first that applies counts.",
    )
    randomised_at: PersonColumn | None = Field(
        None, description="Column of the time of randomisation."
    )
    randomised_on: Day | None = Field(
        None,
        description="Fixed date of randomisation, where no column holds one (YYYY-MM-DD). Without "
        "either the day is not known, and nothing that depends on it can be derived.",
    )
    trial_group: PersonColumn | None = Field(None, description="Column of the trial group.")
    site: PersonColumn | None = Field(None, description="Column of the site.")
    area: PersonColumn | None = Field(None, description="Column of the area within the site.")

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if self.randomised_at is not None and self.randomised_on is not None:
            raise ValueError("give either randomised_at, a column, or randomised_on, a date")
        reasons = [rule.reason for rule in self.never_randomised]
        for reason in reasons:
            if reasons.count(reason) > 1:
                raise ValueError(f"never_randomised gives the reason '{reason}' twice")
        return self

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The time of randomisation is one, and is there where something depends on it."""
        if self.randomised_at is None and self.randomised_on is None:
            config = place.config
            dated = [
                name
                for name, one in config.outcomes.derived.items()
                if one.needs_day or "randomised_on" in one.made_from
            ]
            for what, names in (
                ("linked sources", config.trial.sources),
                ("the calendar", config.trial.calendar),
                ("rules across tables", config.extracts.rules),
                ("block_sizes", config.trial.randomisation.block_sizes),
                ("covariates or outcomes by day", dated),
            ):
                if names:
                    yield (
                        "",
                        f"{what} depend on the day of randomisation; give randomised_at, its "
                        "column, or randomised_on, a date",
                    )
        table = place.config.extracts.tables.get(self.table)
        column = table.columns.get(self.randomised_at or "") if table else None
        if column is not None and column.type not in DATES:
            yield (
                "randomised_at",
                f"'{self.randomised_at}' is a column of type {column.type}, not date or datetime",
            )


class LinkField(Section):
    """What a person and a record of a source are compared on."""

    column: SourceIdentifier = Field(description="Column of the source.")
    kind: Kind = Field(
        description="Kind of value: how it is standardised, checked and compared. sex: male and "
        "female, by words or codes; number: digits, by edits; address: words and numbers, by "
        "likeness; text: equal or not."
    )


class Pass(Section):
    """One linkage pass; passes run in the declared order, each on who is still unlinked."""

    name: Name = Field(description="Name, as it appears in links.parquet.")
    method: Literal["exact", "probabilistic"] = Field(
        "exact",
        description="exact: all fields agree; probabilistic: Fellegi and Sunter's model (Splink).",
    )
    on: list[SourceField] = Field(
        default_factory=list, description="Fields that must agree (method exact)."
    )
    compare: list[SourceField] = Field(
        default_factory=list, description="Fields compared (method probabilistic)."
    )
    block: list[list[SourceField]] = Field(
        default_factory=list,
        description="Sets of fields; pairs that agree on one of them are compared.",
    )
    train: list[list[SourceField]] = Field(
        default_factory=list,
        description="Sets of fields; m is estimated on pairs that agree on each, in turn.",
    )
    threshold: Fraction = Field(0.95, description="Least probability of a link.")

    @model_validator(mode="after")
    def _has_what_its_method_needs(self) -> Self:
        if self.method == "exact" and (not self.on or self.compare or self.block or self.train):
            raise ValueError("an exact pass takes `on`, and not compare, block or train")
        if self.method == "probabilistic" and (
            self.on or not (self.compare and self.block and len(self.train) > 1)
        ):
            raise ValueError(
                "a probabilistic pass takes compare, block and two sets of fields or more in train"
            )
        return self


class Source(Section):
    """An administrative source that people are linked to."""

    label: Printed = Field(description="Name as printed in exhibits.")
    table: Annotated[str, Ref("tables")] = Field(
        description="Table of the extracts that carries the identifiers."
    )
    record_id: SourceIdentifier = Field(
        description="Column that identifies a record of that table."
    )
    also: dict[Annotated[str, Ref("tables")], str] = Field(
        default_factory=dict,
        description="Further tables with the same identifiers -> column of their record's key.",
    )
    fields: dict[PersonIdentifier, LinkField] = Field(
        min_length=1, description="Column of the person table -> field of the source."
    )
    identifier: SourceField = Field(
        description="Field whose values tell the people of the source apart; on synthetic runs "
        "it is the known truth."
    )
    passes: list[Pass] = Field(min_length=1, description="Linkage passes in order.")
    supplier: SourceColumn | None = Field(
        None,
        description="Column that names who sent a record, where several send records of the same "
        "people; whoever has records of two is counted.",
    )
    well_formed_at_least: float = Field(
        0.8,
        ge=0,
        le=1,
        description="Least share of the identifiers given, of people and in each table, that are "
        "well formed and no placeholder; below it the run stops. Of fewer than 20 "
        "only if none is.",
    )
    used: list[Annotated[str, Ref("source_passes")]] = Field(
        default_factory=list,
        description="Passes whose links outcomes are derived from; all if absent.",
    )
    sensitivity: list[Fraction] = Field(
        default_factory=list,
        description="Further thresholds of a probabilistic pass, shown beside the one used.",
    )

    @model_validator(mode="after")
    def _has_pairs_to_learn_from(self) -> Self:
        exact = [set(step.on) for step in self.passes if step.method == "exact"]
        for step in self.passes:
            given = {*step.compare, *chain(*step.block), *chain(*step.train)}
            if step.method == "probabilistic" and not any(on <= given for on in exact):
                raise ValueError(
                    f"pass '{step.name}' learns how common matches are from an exact pass on its "
                    "fields, and there is none"
                )
        return self

    @property
    def tables(self) -> dict[str, str]:
        """Return table -> column of the record's key."""
        return {self.table: self.record_id, **self.also}

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The identifier is one, and further tables need the columns that the first one has."""
        identifier = self.fields.get(self.identifier)
        if identifier is not None and identifier.kind not in TELL_APART:
            yield (
                "identifier",
                f"'{self.identifier}' is of kind {identifier.kind}, and several people may share "
                f"one; name a field of kind {', '.join(TELL_APART[:-1])} or {TELL_APART[-1]}, "
                "of which everybody has another value",
            )
        declared = place.config.extracts.tables
        used = [self.supplier, *(field.column for field in self.fields.values())]
        for table, record_id in self.also.items():
            columns = declared[table].columns if table in declared else {}
            for name in [record_id, *used] if columns else ():
                if name is not None and name not in columns:
                    yield f"also.{table}", f"unknown name '{name}'{suggest(name, columns)}"


class CalendarEvent(Section):
    """An event that changed the trial: a day for everybody, or for each person one of their own.

    Rules of the extracts and derivations of outcomes name it.
    """

    label: Printed = Field(description="Short text.")
    date: Day | None = Field(None, description="The same day for everybody (YYYY-MM-DD).")
    months: Months | None = Field(
        None, ge=0, description="The day so many months after that of randomisation."
    )
    where: dict[PersonColumn, list[StrictBool | StrictInt | StrictStr]] = Field(
        default_factory=dict,
        description="Column of the person table -> values of the people to whom it happens; "
        "everybody if absent.",
    )

    @model_validator(mode="after")
    def _names_one_day(self) -> Self:
        if (self.date is None) == (self.months is None):
            raise ValueError("give either date or months")
        return self

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """It happens to somebody."""
        table = place.config.extracts.tables.get(place.config.trial.person.table)
        yield from impossible_conditions(table.columns if table else {}, self.where, "where")


class Milestone(Section):
    """A dated event of the trial, marked on time lines."""

    date: Day = Field(description="ISO date.")
    label: Printed = Field(description="Short text.")


Parts = Annotated[int, Field(ge=1, le=100)]


class AllocationRatio(Section):
    """Parts allocated to treatment and to control, where and while it applied."""

    treatment: Parts = Field(description="Parts to treatment.")
    control: Parts = Field(description="Parts to control.")
    where: dict[Annotated[str, Ref("own_strata")], bool | int | str] = Field(
        default_factory=dict, description="Column of the strata -> value where it applied."
    )
    start: Day | None = Field(None, description="First day of it; open if absent.")
    end: Day | None = Field(None, description="Last day of it; open if absent.")

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"end {self.end} is before start {self.start}")
        return self


class ScreenRule(Section):
    """A rule of the eligibility screen; a missing answer fails it."""

    name: Name = Field(description="Name of the rule.")
    column: Annotated[str, Ref("any_column")] = Field(description="Column of the answer.")
    operator: Literal["eq", "ne", "ge", "gt", "le", "lt", "in", "is_true"] = Field(
        description="How the answer is compared with `value`; is_true needs none."
    )
    value: bool | int | float | str | list[bool | int | float | str] | None = Field(
        None, description="What it is compared with; a list for `in`."
    )
    site: str | None = Field(None, description="Site that alone has the rule.")
    reason: str = Field(description="Reason given to who fails it.")

    @model_validator(mode="after")
    def _has_what_it_compares_with(self) -> Self:
        if (self.value is None) != (self.operator == "is_true"):
            raise ValueError("give a value, unless the operator is is_true")
        if isinstance(self.value, list) != (self.operator == "in"):
            raise ValueError("operator `in` takes a list of values, and no other does")
        return self


class Randomisation(Section):
    """What is known of the randomisation: for the audit of the allocation list, and for inference
    that draws other allocations.

    With strata and block sizes these are permuted blocks; with strata alone as many people of each
    stratum are drawn into treatment as were allocated to it.
    """

    strata: list[PersonColumn] = Field(default_factory=list, description="Columns of the strata.")
    cluster: PersonColumn | None = Field(
        None,
        description="Column of the cluster, where whole clusters were randomised and not people; "
        "people.parquet then has it as `cluster`.",
    )
    block_sizes: list[Annotated[int, Field(ge=2, le=1000)]] = Field(
        default_factory=list, description="Sizes of permuted blocks, each as likely."
    )
    ratios: list[AllocationRatio] = Field(
        default_factory=list,
        description="Allocation ratios by stratum and period; the last that matches applies, 1:1 "
        "where none does.",
    )
    eligibility: list[ScreenRule] = Field(
        default_factory=list, description="Rules of the eligibility screen, each with its reason."
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.block_sizes and not self.strata:
            raise ValueError("block_sizes need strata: the columns within which blocks were filled")
        if self.ratios and not self.block_sizes:
            raise ValueError(
                "ratios have no effect without block_sizes: the numbers allocated are kept"
            )
        for parts in self._parts():
            odd = [size for size in self.block_sizes if size % sum(parts)]
            if odd:
                raise ValueError(
                    f"block size {odd[0]} is no multiple of {sum(parts)}, as the ratio "
                    f"{parts[0]}:{parts[1]} can apply"
                )
        return self

    def _parts(self) -> list[tuple[int, int]]:
        """Return the ratios that can apply: 1:1 too, unless one replaces it for everybody."""
        ratios = [(1, 1), *((ratio.treatment, ratio.control) for ratio in self.ratios)]
        always = 0
        for i, ratio in enumerate(self.ratios, start=1):
            if not (ratio.where or ratio.start or ratio.end):
                always = i
        return ratios[always:]

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """An allocation list is audited against blocks, and these are of people and two arms."""
        if self.block_sizes and not place.config.trial.person.arm.has_two:
            yield (
                "block_sizes",
                "permuted blocks are drawn for two arms alone; leave block_sizes out: as many of "
                "each stratum are drawn into each arm as were allocated to it",
            )
        if self.block_sizes and self.cluster:
            yield "block_sizes", "permuted blocks are of people, and clusters were randomised"
        if "allocation" in place.config.extracts.tables and not self.block_sizes:
            yield "block_sizes", "the table 'allocation' is audited against them; declare them"


class Trial(Section):
    """config/trials/<trial>/trial.yaml."""

    name: Printed = Field(description="Full name of the trial.")
    short_name: Printed = Field(description="Short name, used in navigation.")
    description: Printed = Field(description="One paragraph for the report.")
    source: Printed = Field(description="Where the data come from, for the foot of exhibits.")
    currency: Printed = Field(description="Symbol that precedes amounts.")
    groups: dict[Name, Group] = Field(description="Analysis groups in printed order.")
    person: PersonTable = Field(description="The table of randomised people.")
    randomisation: Randomisation = Field(
        default_factory=Randomisation, description="Design of the randomisation."
    )
    sources: dict[Name, Source] = Field(
        default_factory=dict, description="Administrative sources to link; none is allowed."
    )
    calendar: dict[Name, CalendarEvent] = Field(
        default_factory=dict, description="Events that extracts obey and analyses can use."
    )
    milestones: list[Milestone] = Field(
        default_factory=list, description="Key dates, marked on figures."
    )

    @property
    def columns_linked(self) -> dict[str, set[str]]:
        """Table -> names of the columns that linkage reads; of the people's, all named here."""
        read = {self.person.table: set(all_names_in(self))}
        for source in self.sources.values():
            sent_by = [source.supplier] if source.supplier else []
            used = [*sent_by, *(field.column for field in source.fields.values())]
            for table, record_id in source.tables.items():
                read.setdefault(table, set()).update([record_id, *used])
        return read
