"""config/trials/<trial>/trial.yaml: who was randomised, how groups pool, what is linked."""

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from .base import Printed, Section, suggest
from .refs import Place, Ref

PersonColumn = Annotated[str, Ref("person_columns")]
SourceColumn = Annotated[str, Ref("columns")]
SourceField = Annotated[str, Ref("source_fields")]

Kind = Literal["nino", "nhs_number", "name", "date", "postcode", "sex", "number", "address", "text"]


class Group(Section):
    """An analysis group: one trial group, or several pooled."""

    label: Printed = Field(description="Name as printed in exhibits.")
    trial_groups: list[Annotated[str, Ref("trial_groups")]] = Field(
        min_length=1, description="Trial groups that it pools."
    )


class PersonTable(Section):
    """The table with one row a randomised person, and the columns that every trial has."""

    table: Annotated[str, Ref("tables")] = Field(description="Table of the extracts.")
    key: PersonColumn = Field(
        description="Column that identifies the person in the trial's own records."
    )
    arm: PersonColumn = Field(description="Column of the arm: 1 treatment, 0 control.")
    randomised_at: PersonColumn | None = Field(
        None, description="Column of the time of randomisation."
    )
    randomised_on: str | None = Field(
        None, description="Fixed date of randomisation, where no column holds one (YYYY-MM-DD)."
    )
    trial_group: PersonColumn | None = Field(None, description="Column of the trial group.")
    site: PersonColumn | None = Field(None, description="Column of the site.")
    area: PersonColumn | None = Field(None, description="Column of the area within the site.")


class LinkField(Section):
    """What a person and a record of a source are compared on."""

    column: SourceColumn = Field(description="Column of the source.")
    kind: Kind = Field(
        description="Kind of value: how it is standardised, checked and compared. sex: male and "
        "female, by words or codes; number: digits, by edits; address: words and numbers, by "
        "likeness; text: equal or not."
    )


class Pass(Section):
    """One linkage pass; passes run in the declared order, each on who is still unlinked."""

    name: str = Field(description="Name, as it appears in links.parquet.")
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
    threshold: float = Field(0.95, gt=0, lt=1, description="Least probability of a link.")

    @model_validator(mode="after")
    def _has_what_its_method_needs(self):
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
    record_id: SourceColumn = Field(description="Column that identifies a record of that table.")
    also: dict[Annotated[str, Ref("tables")], str] = Field(
        default_factory=dict,
        description="Further tables with the same identifiers -> column of their record's key.",
    )
    fields: dict[PersonColumn, LinkField] = Field(
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
    sensitivity: list[float] = Field(
        default_factory=list,
        description="Further thresholds of a probabilistic pass, shown beside the one used.",
    )

    @model_validator(mode="after")
    def _has_pairs_to_learn_from(self):
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
            columns = declared[table].columns if table in declared else None
            for name in [record_id, *used] if columns else ():
                if name is not None and name not in columns:
                    yield f"also.{table}", f"unknown name '{name}'{suggest(name, columns)}"


class Milestone(Section):
    """A dated event of the trial, marked on time lines."""

    date: str = Field(description="ISO date.")
    label: Printed = Field(description="Short text.")

    @field_validator("date")
    @classmethod
    def _is_a_date(cls, text: str) -> str:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"'{text}' is no date (YYYY-MM-DD)") from None
        return text


class Randomisation(Section):
    """What is known of the randomisation, used to audit the allocation list."""

    strata: list[PersonColumn] = Field(default_factory=list, description="Columns of the strata.")
    block_sizes: list[int] = Field(default_factory=list, description="Sizes of permuted blocks.")
    ratios: list[dict] = Field(
        default_factory=list, description="Allocation ratios by stratum and period."
    )
    eligibility: list[dict] = Field(
        default_factory=list, description="Rules of the eligibility screen, each with its reason."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Rules of the screen ask for columns of some table."""
        tables = place.config.extracts.tables.values()
        known = dict.fromkeys(column for table in tables for column in table.columns)
        for rule in self.eligibility:
            name = rule.get("column")
            if name is not None and name not in known:
                yield "eligibility", f"unknown name '{name}'{suggest(name, known)}"


class Trial(Section):
    """config/trials/<trial>/trial.yaml."""

    name: Printed = Field(description="Full name of the trial.")
    short_name: Printed = Field(description="Short name, used in navigation.")
    description: Printed = Field(description="One paragraph for the report.")
    source: Printed = Field(description="Where the data come from, for the foot of exhibits.")
    currency: Printed = Field(description="Symbol that precedes amounts.")
    groups: dict[str, Group] = Field(description="Analysis groups in printed order.")
    person: PersonTable = Field(description="The table of randomised people.")
    randomisation: Randomisation = Field(
        default_factory=Randomisation, description="Design of the randomisation."
    )
    sources: dict[str, Source] = Field(
        default_factory=dict, description="Administrative sources to link; none is allowed."
    )
    milestones: list[Milestone] = Field(default_factory=list, description="Key dates.")
