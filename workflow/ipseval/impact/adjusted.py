"""Models that are adjusted for covariates, and those that take a weight as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

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


class WeightedModel(AdjustedModel):
    """A model with covariates and a weight."""

    weight: Annotated[str, Ref("weights")] | None = Field(
        None, description="Weight column of outcomes.yaml, for outcomes of a survey."
    )

    @property
    def weighted_by(self) -> str | None:
        """The weight, a column of people."""
        return self.weight
