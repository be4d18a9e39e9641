"""Exhibits of regressions: coefficients, effects in per cent, odds ratios."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from ..base import Section
from .base import ExhibitBase, TableBase

MARKS = {"+": 0.10, "*": 0.05, "**": 0.01}


class RegressionRow(Section):
    """One row of a table of regressions; give one of column, dummies, omitted, margin and show."""

    column: str | dict[str, str] | None = Field(
        None,
        description="Column of the design whose coefficient is shown, for example arm, intercept, "
        "site=south or arm:above_median; or outcome -> column.",
    )
    dummies: str | None = Field(
        None, description="Covariate whose dummies are in the model: prints Yes, or No."
    )
    omitted: bool = Field(False, description="Reference level: prints zero and [.].")
    margin: tuple[Literal[0, 1], Literal[0, 1]] | None = Field(
        None, description="Predicted share at this value of arm and of the interacted column."
    )
    show: Literal["control_mean", "marginal_effect", "n"] | None = Field(
        None, description="Share of controls, average marginal effect with its error, or people."
    )
    absent: Literal["omitted", "dash"] = Field(
        "omitted",
        description="What a column that is not in the model prints: zero and [.], or a dash. One "
        "dropped because it predicts the outcome perfectly always prints zero and [.].",
    )

    @model_validator(mode="after")
    def _is_of_one_kind(self):
        given = [self.column, self.dummies, self.omitted or None, self.margin, self.show]
        if sum(value is not None for value in given) != 1:
            raise ValueError("give one of column, dummies, omitted, margin and show")
        return self


class RegressionTable(TableBase):
    """Coefficients with marks over standard errors in brackets, and what belongs to a model.

    Panel analysis group, row as declared, column outcome; statistic coefficient, standard_error,
    proportion or base.
    """

    kind: Literal["regression_table"]
    family: str = Field(description="Impact family.")
    model: str = Field(description="Model shown, with coefficients.")
    groups: dict[str, str] = Field(min_length=1, description="Analysis group -> key of the panel.")
    outcomes: dict[str, str] = Field(min_length=1, description="Outcome -> key of the column.")
    rows: dict[str, RegressionRow] = Field(min_length=1, description="Rows in printed order.")
    marks: dict[str, float] = Field(
        default_factory=lambda: dict(MARKS),
        description="Mark -> level that the p-value is below; the smallest level counts.",
    )
    decimals: int = Field(3, ge=0, description="Decimals of coefficients, errors and shares.")

    @field_validator("marks")
    @classmethod
    def _are_levels(cls, marks: dict[str, float]) -> dict[str, float]:
        if not all(0 < level < 1 for level in marks.values()):
            raise ValueError("levels of marks lie between 0 and 1")
        return marks

    @model_validator(mode="after")
    def _columns_are_of_outcomes(self):
        for name, row in self.rows.items():
            given = row.column if isinstance(row.column, dict) else self.outcomes
            if set(given) != set(self.outcomes):
                raise ValueError(f"row '{name}' needs a column for each outcome and no other")
        return self


class EffectsTable(TableBase):
    """Shares of controls, the same with the effect added, the effect, and its significance.

    Panel analysis group, row outcome; column n, control, treatment, difference and, with tests,
    significant.
    """

    kind: Literal["effects_table"]
    family: str = Field(description="Impact family of outcomes in proportions.")
    model: str = Field(description="Model shown.")
    groups: dict[str, str] = Field(min_length=1, description="Analysis group -> key of the panel.")
    outcomes: dict[str, str] = Field(min_length=1, description="Outcome -> key of the row.")
    treatment: Literal["adjusted", "raw"] = Field(
        "adjusted",
        description="adjusted: share of controls plus the effect; raw: shares of both arms as "
        "they are, and their difference.",
    )
    tests: str | None = Field(None, description="Tests that adjust p-values; no verdict if absent.")
    method: str | None = Field(None, description="Method of the tests.")
    level: float = Field(0.05, gt=0, lt=1, description="Significance level.")

    @model_validator(mode="after")
    def _tests_have_a_method(self):
        if (self.tests is None) != (self.method is None):
            raise ValueError("tests and method go together")
        return self

    @property
    def families_read(self) -> list[str]:
        """The family, and the tests, which have a CSV like a family."""
        return [self.family, *([self.tests] if self.tests else [])]


class MarginsPlot(ExhibitBase):
    """Predicted shares by arm in two subgroups, groups side by side.

    Panel analysis group, row level; column treatment, control and the ends of their intervals;
    row `interaction` has the p-value of the product with treatment.
    """

    kind: Literal["margins_plot"]
    family: str = Field(description="Impact family.")
    model: str = Field(description="Logit shown, with an interaction and coefficients.")
    outcome: str = Field(description="Outcome shown.")
    groups: list[str] = Field(
        default_factory=list, description="Analysis groups; the family's if absent."
    )
    levels: tuple[str, str] = Field(
        description="Printed names of the values 0 and 1 of the interacted column."
    )


class OddsForest(ExhibitBase):
    """Odds ratios of sites with intervals and weights, the pooled ratio, Q and I squared.

    Panel outcome, row analysis group; column odds_ratio, low, high and weight. The pooled ratio
    weighs log odds ratios by the inverse of their variance, as Q does.
    """

    kind: Literal["odds_forest"]
    family: str = Field(description="Impact family with a test of homogeneity.")
    model: str = Field(description="Logit shown, with coefficients.")
    outcome: str = Field(description="Outcome shown.")
    sites: list[str] = Field(min_length=2, description="Analysis groups, one a site, in order.")
    pooled: str = Field(description="Analysis group of all sites, which has Q and I squared.")
