"""config/trials/<trial>/exhibits.yaml: chapters and exhibits of the report.

Kinds of exhibits are the modules of report/exhibits; this is what they have in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, field_validator

from ..catalogue import path_of
from ..disclosed import Class, Counts, Sum
from ..kinds import EXHIBITS
from .base import Name, Printed, Section, suggest
from .refs import Place, Ref, names_in

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ..report.data import Data
    from .declared import TrialConfig
    from .models import Family

# Names that exhibits use again and again.
FamilyName = Annotated[str, Ref("families")]
ModelName = Annotated[str, Ref("models")]
FamilyOutcome = Annotated[str, Ref("family_outcomes")]
FamilyGroup = Annotated[str, Ref("family_groups")]
GroupName = Annotated[str, Ref("groups")]
PeopleColumn = Annotated[str, Ref("people")]
CaseName = Annotated[str, Ref("cases")]
AppraisalName = Annotated[str, Ref("appraisals")]
AppraisedGroup = Annotated[str, Ref("appraised_groups")]
TestsName = Annotated[str, Ref("tests")]
TableName = Annotated[str, Ref("tables")]
TableColumn = Annotated[str, Ref("columns")]
WeightName = Annotated[str, Ref("weights")]

CELL_FIELDS = ("panel", "row", "column")


class Layout(Section):
    """How tidy cells become rows and columns of a printed table."""

    rows: list[str] = Field(description="Cell fields that make the row headers.")
    columns: list[str] = Field(description="Cell fields that make the column headers.")

    @field_validator("rows", "columns")
    @classmethod
    def _are_cell_fields(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in CELL_FIELDS:
                raise ValueError(f"unknown cell field '{name}'{suggest(name, CELL_FIELDS)}")
        return names


def default_layout(rows: list[str], columns: list[str]) -> Any:
    """Return the field `layout` of a kind of table: how it is printed where nothing is declared."""
    return Field(Layout(rows=rows, columns=columns), description="Rows and columns.")


class Exhibit(Section):
    """What every exhibit declares; a kind adds to it, and says how its cells are made."""

    # Results (names of the catalogue) that it shows, besides those that its references name.
    reads: ClassVar[tuple[str, ...]] = ()
    # Whether it shows declared facts and no data, so that it is not synthetic.
    declared: ClassVar[bool] = False
    # Whether its cells are declared from printed ones, so that they agree by construction.
    restated: ClassVar[bool] = False
    # What it shows of a family: "one_row" (one row a group, outcome and model), "by_month",
    # "subgroups", or any.
    of_family: ClassVar[str] = ""
    # The key of economics.yaml that it needs.
    of_economics: ClassVar[str] = ""
    # Of the files that show it.
    endings: ClassVar[tuple[str, ...]]
    form: ClassVar[str]
    # Class of its cells in the terms of disclosure control; without one nothing of it is released.
    disclosure: ClassVar[Class | None] = None
    # Why nothing of it can be released, where that is known: what its cells count is not declared.
    withheld: ClassVar[str] = ""
    # Whether it shows a trial of more than two arms rightly, where it shows people by arm.
    many_arms: ClassVar[bool] = False
    # Texts of keys of its own, which a code of the same name does not change.
    own_labels: ClassVar[dict[str, str]] = {}
    # Whether it draws people as points, which no policy lets out.
    draws_people: ClassVar[bool] = False
    # Whether names of its rows follow from its results (report/appraised.py).
    names_follow: ClassVar[bool] = False
    if TYPE_CHECKING:
        kind: str  # Each kind declares its own name.

    title: Printed = Field(description="Title, in own words.")
    published: Annotated[str, Ref("published")] | None = Field(
        None, description="Exhibit of the published report that this one regenerates."
    )
    base: Printed = Field(description="Whom or what the numbers are about.")
    source: Printed | None = Field(None, description="Source line; the trial's own if absent.")
    notes: list[Printed] = Field(default_factory=list, description="Notes under the exhibit.")
    labels: dict[str, Printed] = Field(
        default_factory=dict, description="Key in the cells -> text as printed."
    )

    def resolved(self, config: TrialConfig) -> Self:
        """Return it with what it shows of other declarations filled in."""
        return self

    def cells(self, data: Data) -> pd.DataFrame:
        """Return the tidy cells of the exhibit (report/cells.py), computed from results."""
        raise NotImplementedError

    def noticed(self, data: Data) -> list[str]:
        """Return notes that its results ask for."""
        return []

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Return what a cell counts, a row of its CSV; a kind about no data has nothing to add."""
        if self.disclosure is None:
            raise NotImplementedError(f"kind {self.kind} declares no class of its cells")
        return Counts(self.disclosure)

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Return wholes, each with the parts that sum to it, among what its cells count."""
        return []

    @cached_property
    def files_read(self) -> list[str]:
        """Files that it is made from, relative to the results of the trial."""
        return [
            *(path_of(name) for name in self.reads),
            *(path_of("impact", family) for family in self.estimates_read),
            *(path_of("extracts", table) for table in names_in(self, "tables")),
        ]

    @cached_property
    def estimates_read(self) -> list[str]:
        """Impact families, or tests, whose estimates it shows."""
        named = ("families", "tests", "families_and_tests")
        return [name for target in named for name in names_in(self, target)]

    @cached_property
    def shows_economics(self) -> bool:
        """Whether it shows results of the economics."""
        return any(file.startswith("economics/") for file in self.files_read)

    def coarser(self) -> Self | None:
        """Return the exhibit in longer periods, for a release in which some have few people."""
        return None

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """A trial without economics has none to show, and no exhibit shows records of people."""
        if self.shows_economics and place.config.economics is None:
            yield "the trial has no economics.yaml to show"
        elif self.of_economics and getattr(place.config.economics, self.of_economics) is None:
            yield f"economics.yaml declares no {self.of_economics}"
        by_arm = {"people", "samples", "quality", "quarantine", "allocation_audit"} & {*self.reads}
        if by_arm and not self.many_arms and not place.config.trial.person.arm.has_two:
            from ..kinds import EXHIBITS

            able = [k for k in EXHIBITS.names if EXHIBITS.declared_by(k).many_arms]  # type: ignore[attr-defined]
            yield (
                "kind",
                f"{self.kind} is of two arms, and the trial has "
                f"{len(place.config.trial.person.arm.names)}; use one of {', '.join(able)}",
            )
        for name in names_in(self, "families"):
            family = place.config.models.families.get(name)
            if family is not None and (problem := self._cannot_show(family)):
                yield "family", f"family '{name}' {problem}"
        for name in names_in(self, "tables"):
            table = place.config.extracts.tables.get(name)
            if table is not None and table.is_about_people:
                yield f"table '{name}' is about people; the report reads no such extract"

    def _cannot_show(self, family: Family) -> str:
        """Return why it cannot show a family, or nothing."""
        if self.of_family == "by_month" and not family.by_month:
            return "is not estimated by month"
        if self.of_family == "subgroups" and not family.subgroups:
            return "has no subgroups"
        if self.of_family == "one_row" and not family.has_one_row:
            return "has more than one row a group, outcome and model"
        return ""


class TableExhibit(Exhibit):
    """What every table declares as well."""

    endings: ClassVar[tuple[str, ...]] = ("html",)
    form: ClassVar[str] = "table"
    # What a dash in place of a number means, in the symbols of report/table_cells.py.
    dash: ClassVar[str] = "[x]"
    # Whether rows name units: each is of one, and columns are of several.
    units_in_rows: ClassVar[bool] = False

    layout: Layout = default_layout(rows=["panel", "row"], columns=["column"])


class FigureExhibit(Exhibit):
    """What every figure has in common: it is drawn from its own cells."""

    endings: ClassVar[tuple[str, ...]] = ("svg",)
    form: ClassVar[str] = "figure"

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Return the figure, drawn from its cells, and its text alternative."""
        raise NotImplementedError


class DeclaredChapter(Section):
    """A chapter: a notebook and the exhibits it shows."""

    notebook: Annotated[str, Ref("notebooks")] = Field(
        description="Notebook in notebooks/, without its ending."
    )
    title: Printed = Field(description="Title in the report.")
    exhibits: list[Annotated[str, Ref("exhibits")]] = Field(
        default_factory=list,
        description="Exhibits in order. A chapter without any may read all results of the trial.",
    )
    topics: dict[Annotated[str, Ref("exhibits")], Printed] = Field(
        default_factory=dict, description="Headings, by the exhibit before which each stands."
    )
    question: Printed = Field("", description="The question that the chapter answers.")
    method: Printed = Field("", description="What was done to answer it.")
    rests_on: list[Annotated[str, Field(pattern=r"^[A-Z]\d{2,3}$")]] = Field(
        default_factory=list, description="Assumptions that it rests on, by their ids in the log."
    )
    challenged_by: list[Annotated[str, Ref("exhibits")]] = Field(
        default_factory=list, description="Exhibits that show what would change the findings."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """A heading stands before an exhibit of the chapter."""
        for name in self.topics:
            if name not in self.exhibits:
                yield f"topics.{name}", f"'{name}' is not among the chapter's exhibits"


class Findings(Section):
    """What the first page of the report says of a trial."""

    families: list[FamilyName] = Field(
        min_length=1, description="Families of effects, each by its first model."
    )
    groups: list[GroupName] = Field(
        default_factory=list, description="Groups that are named; all of them if there are none."
    )
    appraisal: AppraisalName | None = Field(
        None, description="Appraisal whose returns are named; the first one if absent."
    )


class Exhibits(Section):
    """config/trials/<trial>/exhibits.yaml."""

    published: list[Annotated[str, Ref("published_sources")]] = Field(
        default_factory=list,
        description="Sources of published numbers that are about this trial; what they print is "
        "held against what the trial regenerates.",
    )
    findings: Findings | None = Field(
        None,
        description="What the first page of the report says of the trial; without it, the effects "
        "of the first family of models.yaml.",
    )
    low_quality_below: int | None = Field(
        None,
        ge=2,
        description="Shares, means and estimates based on fewer people than these are marked [u], "
        "of low quality, in tables and figures; none is where it is absent.",
    )
    chapters: dict[Name, DeclaredChapter] = Field(min_length=1, description="Chapters in order.")
    exhibits: dict[Name, Annotated[Exhibit, EXHIBITS]] = Field(
        min_length=1, description="Exhibits by id."
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """What is regenerated stands in a source that is about the trial."""
        for name, spec in self.exhibits.items():
            if spec.published and (source := spec.published.split(":")[0]) not in self.published:
                yield f"exhibits.{name}.published", f"'{source}' is not among the trial's published"
