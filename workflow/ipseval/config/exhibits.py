"""config/trials/<trial>/exhibits.yaml: chapters and exhibits of the report."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from .base import Section, suggest


class Layout(Section):
    """How tidy cells become rows and columns of a printed table."""

    rows: list[str] = Field(description="Cell fields that make the row headers.")
    columns: list[str] = Field(description="Cell fields that make the column headers.")

    @field_validator("rows", "columns")
    @classmethod
    def _are_cell_fields(cls, names: list[str]) -> list[str]:
        known = ["panel", "row", "column"]
        for name in names:
            if name not in known:
                raise ValueError(f"unknown cell field '{name}'{suggest(name, known)}")
        return names


class _Exhibit(Section):
    title: str = Field(description="Title, in own words.")
    published: str | None = Field(
        None, description="Exhibit of the published report that this one regenerates."
    )
    base: str = Field(description="Whom or what the numbers are about.")
    source: str | None = Field(None, description="Source line; the trial's own if absent.")
    notes: list[str] = Field(default_factory=list, description="Notes under the exhibit.")
    labels: dict[str, str] = Field(
        default_factory=dict, description="Key in the cells -> text as printed."
    )


class _Table(_Exhibit):
    layout: Layout = Field(description="Rows and columns.")


class ArmCounts(_Table):
    """People randomised, by trial group and arm."""

    kind: Literal["arm_counts"]
    row: str = Field(description="Key of the row.")


class Crosstab(_Table):
    """Percentages of a question's answers, by trial group and in total."""

    kind: Literal["crosstab"]
    column: str | None = Field(None, description="Column of people.parquet: one answer a person.")
    prefix: str | None = Field(None, description="Prefix of columns: several answers a person.")
    order: list[str] = Field(default_factory=list, description="Answers in printed order.")
    dash_below: int = Field(
        0, ge=0, description="Group cells with fewer people than this print a dash."
    )

    @model_validator(mode="after")
    def _one_or_several(self):
        if (self.column is None) == (self.prefix is None):
            raise ValueError("give either column or prefix")
        return self


class SurveyCrosstab(_Table):
    """Weighted percentages of a survey question, with unweighted bases and tests.

    Panel trial group and total, row answer; column all, treatment, control and p_value.
    """

    kind: Literal["survey_crosstab"]
    column: str | None = Field(None, description="Column of people.parquet: one answer a person.")
    prefix: str | None = Field(None, description="Prefix of columns: several answers a person.")
    order: list[str] = Field(
        min_length=1,
        description="Answers in printed order; others of a single choice are outside the base.",
    )
    weight: str = Field(description="Weight column of outcomes.yaml.")
    by: Literal["group", "arm"] = Field(
        description="group: trial groups side by side, tested against each other; arm: arms "
        "within each group, tested within it."
    )
    tested: list[str] = Field(
        default_factory=list,
        description="Answers with a test of their own; all_categories for the distribution.",
    )
    test: Literal["pearson", "rao_scott"] = Field(
        "rao_scott",
        description="pearson: on weighted percentages as if weights were equal; rao_scott: "
        "corrected for the weights.",
    )

    @model_validator(mode="after")
    def _one_or_several(self):
        if (self.column is None) == (self.prefix is None):
            raise ValueError("give either column or prefix")
        return self


class Measure(Section):
    """A number computed from people.parquet, or from a table of the extracts about no person."""

    measure: Literal["count", "share", "mean", "distinct", "earliest", "latest"] = Field(
        description="count: rows, or those with one of the values; share: percentage with one of "
        "the values; mean; distinct: different values; earliest and latest: dates."
    )
    table: str | None = Field(None, description="Table of the extracts; people if absent.")
    column: str | None = Field(None, description="Column measured; rows without it do not count.")
    among: list[str | int] = Field(default_factory=list, description="Values that count as 1.")
    at_most: float | None = Field(None, description="Greatest number that counts as 1.")
    where: dict[str, str | int] = Field(
        default_factory=dict, description="Column -> value that rows must have."
    )
    group: str | None = Field(None, description="Analysis group; everybody if absent.")
    arm: Literal["treatment", "control"] | None = Field(None, description="Arm; both if absent.")
    weight: str | None = Field(None, description="Weight column.")
    by_month: bool = Field(False, description="Whether a date is given as a month.")


class Claim(Measure):
    """A statement of the text, or a comparison of two measures."""

    unit: str = Field(description="Unit.")
    decimals: int = Field(0, ge=0, description="Decimals printed.")
    compared_with: Measure | None = Field(None, description="Second measure.")
    comparison: Literal["difference", "relative"] = Field(
        "difference", description="difference: first less second; relative: in percent of it."
    )


class TextClaims(_Table):
    """Numbers stated in the running text of a report."""

    kind: Literal["text_claims"]
    claims: dict[str, Claim] = Field(min_length=1, description="Statement -> how it is computed.")


class Balance(_Table):
    """Baseline means by arm with standardised differences."""

    kind: Literal["balance"]
    covariates: list[str] = Field(min_length=1, description="Covariates compared.")


class ImpactTable(_Table):
    """Impact estimates as printed in a report: effect with stars."""

    kind: Literal["impact_table"]
    family: str = Field(description="Impact family.")
    families: dict[str, str] = Field(
        default_factory=dict, description="Outcome -> its family, where that is another."
    )
    groups: list[str] = Field(
        default_factory=list,
        description="Analysis groups in printed order; the family's if absent.",
    )
    models: list[str] = Field(min_length=1, description="Models shown, in order.")
    rows: dict[str, str] = Field(description="Outcome -> key of the row.")
    column: str = Field(description="Key of the column.")
    formats: dict[str, Literal["ppt", "gbp", "sd_effect"]] = Field(
        description="Outcome -> printed form and statistic."
    )


class EstimatesTable(_Table):
    """Every estimate of a family: effect, standard error, interval, p-value, n."""

    kind: Literal["estimates_table"]
    family: str = Field(description="Impact family.")
    outcomes: list[str] = Field(min_length=1, description="Outcomes shown.")
    decimals: dict[str, int] = Field(description="Outcome -> decimals.")


class LinkageQuality(_Table):
    """People linked to each source, by group and arm."""

    kind: Literal["linkage_quality"]


class LinkagePasses(_Table):
    """People linked by each pass, by source."""

    kind: Literal["linkage_passes"]


class LinkageMethods(_Table):
    """Ways of linking against the known truth: precision, recall, F1, losses, by source."""

    kind: Literal["linkage_methods"]


class AllocationAudit(_Table):
    """Balance and predictability of the allocation list, by stratum."""

    kind: Literal["allocation_audit"]


class ReturnsTable(_Table):
    """Cost per head and return per pound spent, by analysis group."""

    kind: Literal["returns_table"]
    rows: dict[str, str] = Field(description="Case -> key of the row of its return.")
    cost_row: str = Field(description="Key of the row of the cost per head.")
    column: str = Field(description="Key of the column.")


class ValuationsTable(_Table):
    """Every declared cost and valuation with unit, price year, source and uncertainty."""

    kind: Literal["valuations_table"]


class RecruitmentCurve(_Exhibit):
    """People randomised by month, with key dates."""

    kind: Literal["recruitment_curve"]


class EventCurve(_Exhibit):
    """A monthly measure by arm, and its impact with interval."""

    kind: Literal["event_curve"]
    family: str = Field(description="Impact family estimated by month.")
    model: str = Field(description="Model shown.")
    outcome: str = Field(description="Measure of months.parquet.")


class ForestPlot(_Exhibit):
    """Estimates with intervals, one line a group and model."""

    kind: Literal["forest_plot"]
    family: str = Field(description="Impact family.")
    outcome: str = Field(description="Outcome shown.")
    models: list[str] = Field(min_length=1, description="Models shown.")


class ReturnsPlot(_Exhibit):
    """Distribution of Monte Carlo draws of the return per pound spent."""

    kind: Literal["returns_plot"]
    case: str = Field(description="Case shown.")


class MatchWeights(_Exhibit):
    """What agreement and disagreement of each field are worth in a probabilistic pass."""

    kind: Literal["match_weights"]
    model: str = Field(description="Linked source and pass: source.pass.")


class Event(Section):
    """A dated event, or a period with an end."""

    label: str = Field(description="Short text.")
    start: str = Field(description="ISO date.")
    end: str | None = Field(None, description="ISO date of the last day of a period.")


class TimeLine(_Exhibit):
    """Events and periods against time, from declared dates."""

    kind: Literal["time_line"]
    events: list[Event] = Field(min_length=1, description="Events in printed order.")


class Node(Section):
    """A box of a diagram."""

    text: str = Field(description="Text in the box.")
    at: tuple[float, float] = Field(description="Column and row, from the upper left.")


class Diagram(_Exhibit):
    """Boxes and arrows, from declared nodes and edges."""

    kind: Literal["diagram"]
    nodes: dict[str, Node] = Field(min_length=1, description="Boxes by name.")
    edges: list[tuple[str, str]] = Field(description="Arrows: from a box to a box.")

    @model_validator(mode="after")
    def _edges_join_nodes(self):
        for name in {name for edge in self.edges for name in edge}:
            if name not in self.nodes:
                raise ValueError(f"edges name an unknown node '{name}'{suggest(name, self.nodes)}")
        return self


class Sample(Section):
    """One data set of a table of samples."""

    row: str = Field(description="Key of the row of its size.")
    column: str | None = Field(
        None, description="0/1 column of people.parquet; absent: everyone randomised."
    )
    rate_row: str | None = Field(None, description="Key of the row of its response rate.")
    arms: list[Literal["treatment", "control"]] = Field(
        default_factory=lambda: ["treatment", "control"],
        description="Arms that it covers; the others print N/A.",
    )


class Samples(_Table):
    """Sizes of data sets and response rates, by trial group and arm."""

    kind: Literal["samples"]
    samples: list[Sample] = Field(min_length=1, description="Data sets in printed order.")


class RecordColumn(Section):
    """One printed column of a table of record counts."""

    panel: str = Field(description="Key of the panel.")
    column: str = Field(description="Key of the column.")


class RecordCounts(_Table):
    """Records of a table of the extracts that is about no person, counted by two of its columns."""

    kind: Literal["record_counts"]
    table: str = Field(description="Table of the extracts.")
    row: str = Field(description="Column of the table that makes the rows.")
    column: str = Field(description="Column of the table that makes the columns.")
    order: list[str] = Field(description="Rows in printed order.")
    columns: dict[str, RecordColumn] = Field(description="Value of the column -> its keys.")
    total: RecordColumn = Field(description="Keys of the total column.")
    total_row: str = Field(description="Key of the total row.")


Exhibit = Annotated[
    ArmCounts
    | Crosstab
    | SurveyCrosstab
    | TextClaims
    | Balance
    | ImpactTable
    | EstimatesTable
    | LinkageQuality
    | LinkagePasses
    | LinkageMethods
    | AllocationAudit
    | ReturnsTable
    | ValuationsTable
    | RecordCounts
    | Samples
    | RecruitmentCurve
    | TimeLine
    | Diagram
    | EventCurve
    | ForestPlot
    | ReturnsPlot
    | MatchWeights,
    Field(discriminator="kind"),
]

DRAWINGS = ("time_line", "diagram")
FIGURES = (
    "match_weights",
    "recruitment_curve",
    "event_curve",
    "forest_plot",
    "returns_plot",
    *DRAWINGS,
)


class Chapter(Section):
    """A chapter: a notebook and the exhibits it shows."""

    notebook: str = Field(description="Notebook in notebooks/, without its ending.")
    title: str = Field(description="Title in the report.")
    exhibits: list[str] = Field(min_length=1, description="Exhibits in order.")


class Exhibits(Section):
    """config/trials/<trial>/exhibits.yaml."""

    chapters: dict[str, Chapter] = Field(min_length=1, description="Chapters in order.")
    exhibits: dict[str, Exhibit] = Field(min_length=1, description="Exhibits by id.")
