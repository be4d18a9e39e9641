"""Two-stage least squares: the effect of a treatment received, with the arm as instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.models import Covariate
from ..least_squares import Effects, iv_effects
from ..linear import LinearModel

if TYPE_CHECKING:
    from ..samples import AnalysisSample


class Iv(LinearModel):
    """Effect of the treatment `received`, with the arm as instrument (two-stage least squares).

    It assumes the exclusion restriction, and is not an intention-to-treat estimate.
    """

    refused: ClassVar[dict[str, str]] = {
        "cluster": "its errors take people as independent; use ols with CR2",
        "other_arms": "one arm is the instrument of one treatment",
    }

    estimator: Literal["iv"] = Field(description="Two-stage least squares.")
    covariance: Literal["classical", "HC0", "HC1"] = Field(
        description="Covariance of the coefficients."
    )
    received: Covariate = Field(description="The treatment received, a column of people.parquet.")

    @property
    def must_be_known(self) -> list[str]:
        """Columns of people without which nobody enters the estimate."""
        return [*super().must_be_known, self.received]

    def effects(self, sample: AnalysisSample, outcome: str) -> Effects:
        """Return the effects of what was received on compliers."""
        design = self.design(sample, outcome)
        received = sample.people[self.received].to_numpy(dtype=float)
        return iv_effects(sample.outcomes, design, received, self.covariance, sample.weights)
