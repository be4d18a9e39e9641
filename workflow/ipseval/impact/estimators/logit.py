"""Logit of a binary outcome, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ..adjusted import Cluster, OtherArms
from ..binary import BinaryModel
from ..homogeneity import estimate_homogeneity
from ..logit import Logit, effect_influence, fit_sample

if TYPE_CHECKING:
    from ...config.models import Homogeneity
    from ...lazy import np, pd
    from ..samples import AnalysisSample


class LogitModel(BinaryModel):
    """Average marginal effect of treatment on a binary outcome, from a logit."""

    takes: ClassVar[Literal["number", "yes or no", "count"]] = "yes or no"
    refused: ClassVar[dict[str, str]] = {
        "weight": "its likelihood is not weighted; use estimator ols"
    }
    influence_with: ClassVar[tuple[str, ...]] = ("HC0", "HC1")
    by_site: ClassVar[bool] = True

    estimator: Literal["logit"] = Field(description="Logit, by maximum likelihood.")
    covariance: Literal["CR1", "CR2", "classical", "HC0", "HC1"] = Field(
        description="Covariance of the coefficients; HC1 is HC0 times N/(N-1). CR1 and CR2: by "
        "cluster, with t of one degree of freedom less than clusters, or of Satterthwaite's."
    )
    cluster: Cluster = None
    other_arms: OtherArms = "left_out"

    @property
    def compares_sites(self) -> bool:
        """Whether there is one effect of treatment to compare."""
        return self.interaction is None

    def fit(
        self, sample: AnalysisSample, name: str
    ) -> tuple[AnalysisSample, Logit, dict[str, int]]:
        """Return the people used, the logit of a sample's only outcome, and people lost by level.

        People are lost where a level of a covariate predicts the outcome perfectly.
        """
        return fit_sample(sample, name, self)

    def influence(self, sample: AnalysisSample, outcome: str) -> tuple[AnalysisSample, np.ndarray]:
        """Return the people used and their influence on the average marginal effect."""
        used, fit, _ = fit_sample(sample, outcome, self)
        return used, effect_influence(fit, used.outcomes[:, 0], self.covariance)

    def site_tests(
        self, members: pd.DataFrame, outcome: str, spec: Homogeneity
    ) -> Iterator[dict[str, object]]:
        """Yield the rows of the tests that sites have one effect."""
        return estimate_homogeneity(members, outcome, self, spec)
