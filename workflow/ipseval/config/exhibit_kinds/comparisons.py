"""Exhibits that compare arms at baseline, count people by group, or show records of no person."""

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from ..base import Section
from .base import ExhibitBase, TableBase


class Compared(Section):
    """One row of a table of balance tests."""

    column: str = Field(description="Column of people.parquet.")
    category: str | None = Field(None, description="Value whose share is compared; else numbers.")
    statistic: Literal["mean", "proportion"] = Field("mean", description="What is shown.")
    unit: str = Field("points", description="Unit of a mean.")
    decimals: int = Field(2, ge=0, description="Decimals printed.")

    @model_validator(mode="after")
    def _a_category_has_a_share(self):
        if self.category is not None and self.statistic == "mean":
            raise ValueError("a category has a share: give statistic proportion")
        return self


class BalanceTests(TableBase):
    """Means and shares by arm in one sample, with the p-value of their difference, and people.

    Panel as declared, row as declared; column control, treatment and p_value.
    """

    kind: Literal["balance_tests"]
    panel: str = Field(description="Key of the panel.")
    group: str | None = Field(None, description="Analysis group; everybody if absent.")
    sample: str | None = Field(
        None, description="0/1 column of people.parquet; everybody if absent."
    )
    rows: dict[str, Compared] = Field(min_length=1, description="Rows in printed order.")
    means: Literal["unequal_variances", "equal_variances"] = Field(
        "unequal_variances", description="t-test of means: Welch's, or with one variance."
    )
    proportions: Literal["chi_squared", "unequal_variances", "equal_variances"] = Field(
        "chi_squared", description="Test of shares: Pearson's without a correction, or a t-test."
    )
    p_decimals: int = Field(2, ge=0, description="Decimals of p-values.")
    n_row: str = Field("n", description="Key of the row of people.")


class Counted(Section):
    """One row of a table of counts."""

    row: str = Field(description="Key of the row.")
    column: str | None = Field(
        None, description="0/1 column of people.parquet; absent: everyone randomised."
    )
    missing: bool = Field(False, description="Count those who are not in the sample.")
    columns: list[Literal["all", "treatment", "control"]] = Field(
        default_factory=lambda: ["treatment", "control"], description="Columns printed."
    )
    brackets: bool = Field(False, description="Print counts in brackets.")

    @model_validator(mode="after")
    def _missing_from_something(self):
        if self.missing and self.column is None:
            raise ValueError("missing needs the column of the sample")
        return self


class CountsByGroup(TableBase):
    """People in and out of samples; panel analysis group, column all, treatment or control."""

    kind: Literal["counts_by_group"]
    groups: dict[str, str] = Field(min_length=1, description="Analysis group -> key of the panel.")
    rows: list[Counted] = Field(min_length=1, description="Rows in printed order.")


class ScoresTable(TableBase):
    """Scores of items in reviews, with totals; from tables about no person.

    Panel value of `panel`, row item and total; column score, and maximum_score of the total, to
    which items without a score do not add.
    """

    kind: Literal["scores_table"]
    reviews: str = Field(description="Table of the extracts, one row a review.")
    table: str = Field(description="Table of the extracts, one row an item of a review.")
    key: str = Field(description="Column that both tables have.")
    panel: str = Field(description="Column of the reviews that makes the panels.")
    panels: list[str] = Field(min_length=1, description="Panels in printed order.")
    item: str = Field(description="Column of the items that makes the rows.")
    rows: dict[str, str] = Field(min_length=1, description="Item -> key of the row.")
    score: str = Field(description="Column of the items with the score.")
    maximum: float = Field(gt=0, description="Highest score of an item.")
    unscored: str = Field("-", description="What an item without a score prints.")
    total_row: str = Field(description="Key of the row of totals.")


class RecordProfile(TableBase):
    """Records of a table about no person, by panel, counted by each of several columns."""

    kind: Literal["record_profile"]
    table: str = Field(description="Table of the extracts.")
    panel: str = Field(description="Column of the table that makes the panels.")
    panels: list[str] = Field(min_length=1, description="Panels in printed order.")
    row: str = Field(description="Key of the row.")
    columns: dict[str, list[str]] = Field(
        min_length=1, description="Column of the table -> its values in printed order."
    )
    total_panel: str = Field("total", description="Key of the panel of all records.")


class Histogram(ExhibitBase):
    """Share of each arm by bins of a column; small counts are not shown.

    Panel arm, row bin; column share. A bin takes its lower edge in, the last one both edges.
    """

    kind: Literal["histogram"]
    column: str = Field(description="Numeric column of people.parquet.")
    group: str | None = Field(None, description="Analysis group; everybody if absent.")
    sample: str | None = Field(
        None, description="0/1 column of people.parquet; everybody if absent."
    )
    edges: list[float] = Field(min_length=3, description="Edges of the bins, ascending.")
    smallest: int = Field(
        10, ge=1, description="A bin is shown for both arms only if each has nobody or so many."
    )
    unit: str = Field(description="Unit, the label of the axis.")

    @model_validator(mode="after")
    def _edges_ascend(self):
        if any(a >= b for a, b in pairwise(self.edges)):
            raise ValueError("edges must ascend")
        return self
