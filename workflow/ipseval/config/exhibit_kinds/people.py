"""Exhibits of people, of surveys and of records about no person."""

from typing import Literal

from pydantic import Field, model_validator

from ..base import Section
from .base import ExhibitBase, TableBase


class ArmCounts(TableBase):
    """People randomised, by trial group and arm."""

    kind: Literal["arm_counts"]
    row: str = Field(description="Key of the row.")


class RecruitmentCurve(ExhibitBase):
    """People randomised by month, with key dates."""

    kind: Literal["recruitment_curve"]


class Crosstab(TableBase):
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


class SurveyCrosstab(TableBase):
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

    measure: Literal[
        "count",
        "share",
        "mean",
        "total",
        "least",
        "greatest",
        "mode",
        "distinct",
        "earliest",
        "latest",
    ] = Field(
        description="count: rows, or those with one of the values; share: percentage with one of "
        "the values; mean, total, least, greatest and mode (the most common, of several the least) "
        "of numbers; distinct: different values; earliest and latest: dates."
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


class TextClaims(TableBase):
    """Numbers stated in the running text of a report."""

    kind: Literal["text_claims"]
    claims: dict[str, Claim] = Field(min_length=1, description="Statement -> how it is computed.")


class Balance(TableBase):
    """Baseline means by arm with standardised differences."""

    kind: Literal["balance"]
    covariates: list[str] = Field(min_length=1, description="Covariates compared.")


class AllocationAudit(TableBase):
    """Balance and predictability of the allocation list, by stratum."""

    kind: Literal["allocation_audit"]


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


class Samples(TableBase):
    """Sizes of data sets and response rates, by trial group and arm."""

    kind: Literal["samples"]
    samples: list[Sample] = Field(min_length=1, description="Data sets in printed order.")


class RecordColumn(Section):
    """One printed column of a table of record counts."""

    panel: str = Field(description="Key of the panel.")
    column: str = Field(description="Key of the column.")


class RecordCounts(TableBase):
    """Records of a table of the extracts that is about no person, counted by two of its columns."""

    kind: Literal["record_counts"]
    table: str = Field(description="Table of the extracts.")
    row: str = Field(description="Column of the table that makes the rows.")
    column: str = Field(description="Column of the table that makes the columns.")
    order: list[str] = Field(description="Rows in printed order.")
    columns: dict[str, RecordColumn] = Field(description="Value of the column -> its keys.")
    total: RecordColumn = Field(description="Keys of the total column.")
    total_row: str = Field(description="Key of the total row.")


class FlowDiagram(ExhibitBase):
    """CONSORT flow of one group: randomised, allocated, and who is analysed and why not.

    Reads outcomes/samples.csv: people by sample, trial group, arm and step.
    """

    kind: Literal["flow_diagram"]
    group: str = Field(description="Analysis group of trial.yaml.")
    samples: dict[str, str] = Field(
        min_length=1, description="Sample of outcomes.yaml -> printed name, in order."
    )
    screening: str | None = Field(
        None,
        description="Sample whose steps come before randomisation: those assessed, why others "
        "were excluded.",
    )
