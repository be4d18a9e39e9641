"""config/trials/<trial>/trial.yaml: who was randomised, how groups pool, what is linked."""

from typing import Literal

from pydantic import Field

from .base import Section


class Group(Section):
    """An analysis group: one trial group, or several pooled."""

    label: str = Field(description="Name as printed in exhibits.")
    trial_groups: list[str] = Field(min_length=1, description="Trial groups that it pools.")


class PersonTable(Section):
    """The table with one row a randomised person, and the columns that every trial has."""

    table: str = Field(description="Table of the extracts.")
    key: str = Field(description="Column that identifies the person in the trial's own records.")
    arm: str = Field(description="Column of the arm: 1 treatment, 0 control.")
    randomised_at: str | None = Field(None, description="Column of the time of randomisation.")
    randomised_on: str | None = Field(
        None, description="Fixed date of randomisation, where no column holds one (YYYY-MM-DD)."
    )
    trial_group: str | None = Field(None, description="Column of the trial group.")
    site: str | None = Field(None, description="Column of the site.")
    area: str | None = Field(None, description="Column of the area within the site.")


class Pass(Section):
    """One linkage pass; passes run in the declared order, each on what is still unlinked."""

    name: str = Field(description="Name, as it appears in links.parquet.")
    method: Literal["exact"] = Field("exact", description="How records are compared.")
    on: dict[str, str] = Field(
        description="Column of the person table -> column of the source that must agree."
    )


class Source(Section):
    """An administrative source that people are linked to."""

    label: str = Field(description="Name as printed in exhibits.")
    table: str = Field(description="Table of the extracts that carries the identifiers.")
    record_id: str = Field(description="Column that identifies a record of that table.")
    identifier: Literal["nino", "nhs_number"] = Field(
        description="Identifier whose format makes a person linkable."
    )
    column: str = Field(description="Column of the person table that holds the identifier.")
    passes: list[Pass] = Field(min_length=1, description="Linkage passes in order.")


class Milestone(Section):
    """A dated event of the trial, marked on time lines."""

    date: str = Field(description="ISO date.")
    label: str = Field(description="Short text.")


class Randomisation(Section):
    """What is known of the randomisation, used to audit the allocation list."""

    strata: list[str] = Field(default_factory=list, description="Columns of the strata.")
    block_sizes: list[int] = Field(default_factory=list, description="Sizes of permuted blocks.")
    ratios: list[dict] = Field(
        default_factory=list, description="Allocation ratios by stratum and period."
    )
    eligibility: list[dict] = Field(
        default_factory=list, description="Rules of the eligibility screen, each with its reason."
    )


class Trial(Section):
    """config/trials/<trial>/trial.yaml."""

    name: str = Field(description="Full name of the trial.")
    short_name: str = Field(description="Short name, used in navigation.")
    description: str = Field(description="One paragraph for the report.")
    source: str = Field(description="Where the data come from, for the foot of exhibits.")
    currency: str = Field(description="Symbol that precedes amounts.")
    groups: dict[str, Group] = Field(description="Analysis groups in printed order.")
    person: PersonTable = Field(description="The table of randomised people.")
    randomisation: Randomisation = Field(
        default_factory=Randomisation, description="Design of the randomisation."
    )
    sources: dict[str, Source] = Field(
        default_factory=dict, description="Administrative sources to link; none is allowed."
    )
    milestones: list[Milestone] = Field(default_factory=list, description="Key dates.")
