"""Least squares with covariates centred and interacted with treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.models import Covariate
from ..design import DesignMatrix, build_design
from ..least_squares import Effects, ols_effects
from ..linear import LinearModel

if TYPE_CHECKING:
    from ..samples import AnalysisSample


class Lin(LinearModel):
    """Least squares with covariates centred and interacted with treatment (Lin 2013)."""

    refused: ClassVar[dict[str, str]] = {
        "cluster": "its errors take people as independent; use ols with CR2",
        "other_arms": "covariates are interacted with one treatment; use ols",
    }

    estimator: Literal["lin"] = Field(
        description="Least squares with covariates centred and interacted with treatment."
    )
    covariance: Literal["classical", "HC0", "HC1", "HC2", "HC3"] = Field(
        description="Covariance of the coefficients (MacKinnon and White 1985)."
    )
    covariates: list[Covariate] = Field(
        min_length=1,
        description="Baseline covariates or columns of people.parquet, which are interacted; text "
        "becomes dummies.",
    )

    def design(self, sample: AnalysisSample, outcome: str) -> DesignMatrix:
        """Return the design matrix of one outcome, every covariate interacted with treatment."""
        covariates = self.adjusted_for(outcome)
        return build_design(sample.people, covariates, interacted=True, weights=sample.weights)

    def effects(self, sample: AnalysisSample, outcome: str) -> Effects:
        """Return the coefficients of treatment, which are average effects."""
        design = self.design(sample, outcome)
        return ols_effects(sample.outcomes, design, self.covariance, sample.weights)
