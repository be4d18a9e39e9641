"""Least squares of the outcome on treatment and covariates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ..least_squares import Effects, ols_effects, ols_influence
from ..linear import LinearModel
from ..randomisation import redrawn_statistics
from ..subgroups import estimate_subgroup

if TYPE_CHECKING:
    from ...lazy import np, pd
    from ..samples import AnalysisSample


class Ols(LinearModel):
    """Least squares: the adjusted difference in means."""

    influence_with: ClassVar[tuple[str, ...]] = ("HC0", "HC1")
    redrawn_with: ClassVar[tuple[str, ...]] = ("classical", "HC0", "HC1")
    by_subgroup: ClassVar[bool] = True

    estimator: Literal["ols"] = Field(description="Least squares.")
    covariance: Literal["classical", "HC0", "HC1", "HC2", "HC3"] = Field(
        description="Covariance of the coefficients (MacKinnon and White 1985)."
    )

    def effects(self, sample: AnalysisSample, outcome: str) -> Effects:
        """Return the coefficients of treatment."""
        design = self.design(sample, outcome)
        return ols_effects(sample.outcomes, design, self.covariance, sample.weights)

    def influence(self, sample: AnalysisSample, outcome: str) -> tuple[AnalysisSample, np.ndarray]:
        """Return the people of the sample and their influence on the coefficient of treatment."""
        design = self.design(sample, outcome)
        y = sample.outcomes[:, 0]
        return sample, ols_influence(y, design, self.covariance, sample.counts)

    def redrawn_statistics(
        self, sample: AnalysisSample, outcome: str, arms: np.ndarray
    ) -> np.ndarray:
        """Return t of treatment of the outcomes under other allocations (draws x m)."""
        return redrawn_statistics(sample, self.design(sample, outcome), self.covariance, arms)

    def subgroup_effects(
        self, members: pd.DataFrame, subgroup: str, outcome: str, level: float, unit: str
    ) -> Iterator[dict[str, object]]:
        """Yield a row a level of a subgroup, and one for the test that all have one effect."""
        return estimate_subgroup(members, subgroup, outcome, self, level, unit)
