"""Models that are adjusted for covariates, and those that take a weight as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from ..config.models import Covariate, Model, OwnOutcome
from ..config.refs import Ref
from .design import DesignMatrix, build_design

if TYPE_CHECKING:
    from .samples import AnalysisSample


Cluster = Annotated[
    Annotated[str, Ref("clusters")] | None,
    Field(
        description="Column of people by which errors are clustered, with covariance CR1 or CR2: "
        "what was randomised (`cluster`), or sites."
    ),
]
OtherArms = Annotated[
    Literal["left_out", "modelled"],
    Field(
        description="What becomes of arms that a group does not compare: their people are left "
        "out, or in the model with a dummy for each arm."
    ),
]


class AdjustedModel(Model):
    """A model with covariates."""

    covariates: list[Covariate] = Field(
        default_factory=list,
        description="Baseline covariates or columns of people.parquet; text becomes dummies.",
    )
    baseline: dict[OwnOutcome, Covariate] = Field(
        default_factory=dict,
        description="Outcome -> covariate that is its own value at baseline, added for it alone.",
    )
    missing_covariates: Literal["indicator", "complete_cases"] = Field(
        "indicator",
        description="What becomes of people who lack a covariate. indicator: a number is set to "
        "the mean and marked, a category has one of its own, so that everybody counts; "
        "complete_cases: they are left out, as R and Stata do.",
    )

    @model_validator(mode="after")
    def _leaves_out_by_covariates(self) -> Self:
        if self.missing_covariates == "complete_cases" and self.baseline:
            raise ValueError(
                "complete_cases takes no `baseline`: name the covariate in `covariates`, in a "
                "model of that outcome alone"
            )
        if self.missing_covariates == "complete_cases" and not self.covariates:
            raise ValueError("complete_cases has no effect without covariates")
        return self

    @property
    def must_be_known(self) -> list[str]:
        """Columns of people without which nobody enters the estimate."""
        needed = self.covariates if self.missing_covariates == "complete_cases" else []
        return list(dict.fromkeys([*super().must_be_known, *needed]))

    def adjusted_for(self, outcome: str) -> list[str]:
        """Return the covariates, and the outcome's own value at baseline."""
        baseline = self.baseline.get(outcome)
        return [*self.covariates, baseline] if baseline else self.covariates

    def design(self, sample: AnalysisSample, outcome: str) -> DesignMatrix:
        """Return the design matrix of one outcome."""
        return build_design(
            sample.people,
            self.adjusted_for(outcome),
            weights=sample.weights,
            interaction=self.interacts_with,
        )


class CoefficientModel(AdjustedModel):
    """A model with covariates, whose coefficients may have rows of their own."""

    coefficients: bool = Field(False, description="Also a row for every coefficient.")

    @property
    def gives_coefficients(self) -> bool:
        """Whether there is a row for every coefficient."""
        return self.coefficients


class WeightedModel(AdjustedModel):
    """A model with covariates and a weight."""

    weight: Annotated[str, Ref("weights")] | None = Field(
        None, description="Weight column of outcomes.yaml, for outcomes of a survey."
    )

    @property
    def weighted_by(self) -> str | None:
        """The weight, a column of people."""
        return self.weight
