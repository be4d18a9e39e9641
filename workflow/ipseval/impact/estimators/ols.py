"""Least squares of the outcome on treatment and covariates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.names import REPLICATE
from ...config.refs import Place
from ...errors import InputError
from ...lazy import np
from ..adjusted import Cluster, OtherArms
from ..design import OTHER_ARM, DesignMatrix
from ..least_squares import Effects, ols_effects, ols_influence, replicate_effects
from ..linear import LinearModel
from ..randomisation import Allocations, Contrast, contrast_statistics, redrawn_statistics
from ..subgroups import estimate_subgroup

if TYPE_CHECKING:
    from ...lazy import pd
    from ..samples import AnalysisSample


Covariance = Literal["CR1", "CR2", "classical", "HC0", "HC1", "HC2", "HC3", "replicates"]


class Ols(LinearModel):
    """Least squares: the adjusted difference in means."""

    influence_with: ClassVar[tuple[str, ...]] = ("HC0", "HC1")
    redrawn_with: ClassVar[tuple[str, ...]] = ("classical", "HC0", "HC1", "CR1")
    by_subgroup: ClassVar[bool] = True
    takes_dose: ClassVar[bool] = True

    estimator: Literal["ols"] = Field(description="Least squares.")
    covariance: Covariance = Field(
        description="Covariance of the coefficients (MacKinnon and White 1985). CR1 and CR2: by "
        "cluster, with t of one degree of freedom less than clusters, or of Satterthwaite's. "
        "replicates: from the replicate weights of `weight`, which carry that it is estimated."
    )
    cluster: Cluster = None
    other_arms: OtherArms = "left_out"

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Replicates are of a weight that has some."""
        declared = place.config.outcomes.weights.get(self.weight or "")
        if self.covariance == "replicates" and not (declared and declared.replicates):
            remedy = "name a weight of outcomes.yaml that declares `replicates`, such as 200"
            yield "covariance", f"replicates need a weight that has replicates; {remedy}"

    def effects(self, sample: AnalysisSample, outcome: str) -> Effects:
        """Return the coefficients of treatment."""
        design = self.design(sample, outcome)
        people, weights = sample.people, sample.weights
        return self.fitted(sample.outcomes, design, people, weights, sample.clusters)

    def fitted(
        self,
        outcomes: np.ndarray,
        design: DesignMatrix,
        people: pd.DataFrame,
        weights: np.ndarray | None,
        clusters: np.ndarray | None = None,
    ) -> Effects:
        """Return the coefficients of interest on outcomes (n x m) of people (n)."""
        if self.covariance != "replicates":
            return ols_effects(outcomes, design, self.covariance, weights, clusters)
        copies = [name for name in people if str(name).startswith(f"{self.weight}{REPLICATE}")]
        if not copies:
            raise InputError(
                f"weight '{self.weight}' has no replicates",
                table="people",
                remedy="declare `replicates` of the weight in outcomes.yaml",
            )
        return replicate_effects(outcomes, design, weights, people[copies].to_numpy(dtype=float))

    def influence(self, sample: AnalysisSample, outcome: str) -> tuple[AnalysisSample, np.ndarray]:
        """Return the people of the sample and their influence on the coefficient of treatment."""
        design = self.design(sample, outcome)
        y = sample.outcomes[:, 0]
        return sample, ols_influence(y, design, self.covariance, sample.counts)

    def redrawn_statistics(
        self, sample: AnalysisSample, outcome: str, allocations: Allocations
    ) -> np.ndarray:
        """Return t of treatment of the outcomes under other allocations (draws x m)."""
        design = self.design(sample, outcome)
        return redrawn_statistics(sample, design, self.covariance, allocations)

    def contrast_statistics(
        self, sample: AnalysisSample, outcome: str, arms: np.ndarray, contrast: Contrast
    ) -> np.ndarray:
        """Return t of a contrast of the arms under allocations of all arms (draws x m)."""
        design = self.design(sample, outcome)
        kept = [name != "arm" and not name.startswith(OTHER_ARM) for name in design.names]
        covariates = design.matrix[:, np.array(kept)]
        return contrast_statistics(sample, covariates, self.covariance, arms, contrast)

    def subgroup_effects(
        self, members: pd.DataFrame, subgroup: str, outcome: str, level: float, unit: str
    ) -> Iterator[dict[str, object]]:
        """Yield a row a level of a subgroup, and one for the test that all have one effect."""
        return estimate_subgroup(members, subgroup, outcome, self, level, unit)
