"""config/trials/<trial>/trial.yaml: who was randomised, how groups pool, what is linked."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from .base import Day, Fraction, Months, Name, Printed, Section, suggest
from .refs import Place, Ref
from .values import DATES, impossible_conditions, impossible_values

PersonColumn = Annotated[str, Ref("person_columns")]
# Keys and fields for linkage, of which no value reaches a result.
PersonIdentifier = Annotated[str, Ref("person_columns", identifier=True)]
SourceColumn = Annotated[str, Ref("columns")]
SourceIdentifier = Annotated[str, Ref("columns", identifier=True)]
SourceField = Annotated[str, Ref("source_fields")]

Kind = Literal["nino", "nhs_number", "name", "date", "postcode", "sex", "number", "address", "text"]


class Group(Section):
    """An analysis group: one trial group, or several pooled."""

    label: Printed = Field(description="Name as printed in exhibits.")
    trial_groups: list[Annotated[str, Ref("trial_groups")]] = Field(
        min_length=1, description="Trial groups that it pools."
    )


Code = StrictBool | StrictInt | StrictStr  # true, 1 and "1" are three different codes


class ArmRole(Section):
    """The arm: the column that has it, and the code of each of the two arms there."""

    column: PersonColumn = Field(description="Column of the person table.")
    treatment: Code = Field(description="Code of the treatment arm, as the column has it.")
    control: Code = Field(description="Code of the control arm, with which treatment is compared.")

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
    def _has_two_codes(self) -> Self:
        if str(self.treatment) == str(self.control):
            raise ValueError(f"treatment and control have the same code, {self.control!r}")
        return self

    def of(self, arm: str) -> bool | int | str:
        """Return the code of the arm of that name: treatment or control."""
        return {"treatment": self.treatment, "control": self.control}[arm]

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The column can have the two codes, and no other."""
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
        possible: range | dict[str, str] | None = column.codes
        beyond = "declares"
        low, high = column.minimum, column.maximum
        if column.type == "integer" and low is not None and high is not None:
            possible = range(int(low), int(high) + 1)
            beyond = "has a minimum and a maximum that admit"
        for arm in ("treatment", "control"):
            code = self.of(arm)
            if isinstance(possible, range) and type(code) is int and code not in possible:
                yield arm, f"column '{self.column}' cannot have the code {code}, by its bounds"
            elif column.codes and not isinstance(code, str):
                yield arm, f"codes of a category are text: write them in quotes, {arm}: '...'"
            else:
                yield from ((arm, text) for text in impossible_values(column, [code]))
        if possible is not None and len(possible) > 2:
            yield (
                "column",
                (
                    f"'{self.column}' {beyond} {len(possible)} codes; trials of more than two arms "
                    "are not supported yet"
                ),
            )


class PersonTable(Section):
    """The table with one row a randomised person, and the columns that every trial has."""

    table: Annotated[str, Ref("tables")] = Field(description="Table of the extracts.")
    key: PersonIdentifier = Field(
        description="Column that identifies the person in the trial's own records."
    )
    arm: ArmRole = Field(description="Who was randomised to what.")
    randomised_at: PersonColumn | None = Field(
        None, description="Column of the time of randomisation."
    )
    randomised_on: Day | None = Field(
        None, description="Fixed date of randomisation, where no column holds one (YYYY-MM-DD)."
    )
    trial_group: PersonColumn | None = Field(None, description="Column of the trial group.")
    site: PersonColumn | None = Field(None, description="Column of the site.")
    area: PersonColumn | None = Field(None, description="Column of the area within the site.")

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if (self.randomised_at is None) == (self.randomised_on is None):
            raise ValueError("give either randomised_at, a column, or randomised_on, a date")
        return self

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The time of randomisation is one."""
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
        """Further tables need the columns that the first one has."""
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
        """An allocation list is audited against blocks."""
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
