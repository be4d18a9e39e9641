"""config/trials/<trial>/models.yaml: families of impact models."""

from typing import Literal

from pydantic import Field, model_validator

from .base import Section


class Model(Section):
    """One estimator of the intention-to-treat effect."""

    label: str = Field(description="Name as printed.")
    estimator: Literal["ols", "lin", "logit"] = Field(
        description="ols: least squares; lin: covariates centred and interacted with treatment "
        "(Lin 2013); logit: average marginal effect of treatment."
    )
    covariance: Literal["classical", "HC0", "HC1", "HC2", "HC3"] = Field(
        description="Covariance of the coefficients; for a logit HC1 is HC0 times N/(N-1)."
    )
    covariates: list[str] = Field(
        default_factory=list,
        description="Baseline covariates or columns of people.parquet; text becomes dummies.",
    )

    weight: str | None = Field(
        None, description="Weight column of outcomes.yaml, for outcomes of a survey."
    )

    @model_validator(mode="after")
    def _logit_has_no_leverage_correction(self):
        if self.estimator == "logit" and self.covariance in ("HC2", "HC3"):
            raise ValueError("a logit takes covariance classical, HC0 or HC1")
        if self.estimator == "logit" and self.weight:
            raise ValueError("a logit takes no weight yet; use ols, the linear probability model")
        if self.estimator == "lin" and not self.covariates:
            raise ValueError("estimator lin needs covariates to interact")
        return self


class Family(Section):
    """Outcomes estimated together; one job and one CSV."""

    label: str = Field(description="Name as printed.")
    outcomes: list[str] = Field(
        min_length=1, description="Outcomes, or measures of months.parquet where by_month."
    )
    by_month: bool = Field(False, description="Estimate for every month of months.parquet.")
    by_linkage: bool = Field(
        False, description="Estimate under every way of linking; it is the subgroup of the rows."
    )
    timepoint: str = Field(description="Time point of the outcomes, for example 12_months.")
    groups: list[str] = Field(min_length=1, description="Analysis groups of trial.yaml.")
    models: dict[str, Model] = Field(min_length=1, description="Models by name.")


class Models(Section):
    """config/trials/<trial>/models.yaml."""

    confidence_level: float = Field(0.95, gt=0, lt=1, description="Level of intervals.")
    star_levels: list[float] = Field(
        default_factory=lambda: [0.10, 0.05, 0.01],
        description="P-values below which one, two and three stars are printed.",
    )
    families: dict[str, Family] = Field(min_length=1, description="Families by name.")
