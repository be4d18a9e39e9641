"""Risk difference, risk ratio or odds ratio, standardised over the covariates of everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...lazy import np
from ..adjusted import AdjustedModel, Cluster, OtherArms
from ..logit import fit_sample
from ..measures import Measure, effect_row
from ..resampled import bootstrap_interval
from ..samples import described_sample, samples
from ..standardised import standardised

if TYPE_CHECKING:
    from ...lazy import pd
    from ..settings import EstimationSettings


class Standardised(AdjustedModel):
    """Marginal effect on a yes or no by standardisation of a logit (g-computation).

    Without covariates these are the effects of the two by two table.
    """

    takes: ClassVar[Literal["number", "yes or no", "count"]] = "yes or no"
    refused: ClassVar[dict[str, str]] = {
        "weight": "its likelihood is not weighted; use estimator ols"
    }

    estimator: Literal["standardised"] = Field(description="Standardisation of a logit.")
    measure: Measure = Field(
        "risk_difference",
        description="Effect. Intervals of ratios are made on their logarithm.",
    )
    covariance: Literal["CR1", "CR2", "classical", "HC0", "HC1"] = Field(
        description="Covariance of the logit, for the delta method; HC1 is HC0 times N/(N-1)."
    )
    cluster: Cluster = None
    other_arms: OtherArms = "left_out"
    bootstrap: int | None = Field(
        None,
        ge=199,
        le=100_000,
        description="Draws for an interval by the bootstrap (percentiles of people, or clusters, "
        "drawn by arm), in place of the delta method.",
    )

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield the effect on each outcome; means by arm are those observed."""
        for sample in samples(members, values, self):
            everybody = np.ones(len(sample.people), dtype=bool)
            for i, y in enumerate(sample.outcomes.T):
                name = names[sample.positions[i]]
                used, fit, _ = fit_sample(sample.part(everybody, i), name, self)
                share = len(used.people) / len(y)
                flat = (y.sum() - used.outcomes.sum()) / len(y)
                means, gradients = standardised(fit, share, flat)
                value, toward = means.contrast(self.measure)
                error = float(np.sqrt(toward @ means.covariance @ toward))
                row = effect_row(
                    value, error, fit.df(toward @ gradients), settings.level, self.measure
                )
                if self.bootstrap:
                    row |= bootstrap_interval(
                        used, fit, (share, flat), self.measure, self.bootstrap, settings, name
                    )
                yield {
                    "outcome": name,
                    "position": int(sample.positions[i]),
                    **described_sample(sample, y, means.treatment - means.control, units[name]),
                    **row,
                    "dropped_n": sample.dropped,
                }
