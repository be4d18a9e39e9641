"""Zero-inflated negative binomial regression of a count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ..adjusted import CoefficientModel
from ..counts import fit_zero_inflated
from ..samples import samples
from ..table import described, inference

if TYPE_CHECKING:
    from ...lazy import np, pd
    from ..settings import EstimationSettings


class Zinb(CoefficientModel):
    """Effect on the mean of a count with many zeros (zero-inflated negative binomial)."""

    takes: ClassVar[Literal["number", "yes or no", "count"]] = "count"
    refused: ClassVar[dict[str, str]] = {
        "weight": "its likelihood is not weighted; use estimator ols",
        "cluster": "its errors take people as independent; use negative_binomial with CR1",
        "other_arms": "it is of two arms; use negative_binomial",
    }

    estimator: Literal["zinb"] = Field(description="Zero-inflated negative binomial regression.")
    covariance: Literal["classical", "HC0", "HC1"] = Field(
        description="Covariance of the coefficients; HC1 is HC0 times N/(N-1)."
    )

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield the effect on the mean count, and perhaps every coefficient, of each outcome."""
        for sample in samples(members, values, self):
            for i, y in enumerate(sample.outcomes.T):
                name = names[sample.positions[i]]
                fit = fit_zero_inflated(y, self.design(sample, name), self.covariance)
                shared = {
                    "outcome": name,
                    "position": int(sample.positions[i]),
                    "n": len(y),
                    "dropped_n": sample.dropped,
                }
                value, error = fit.average_marginal_effect()
                means = described(y, sample.treated, sample.counts, value, units[name])
                yield means | shared | inference(value, error, None, settings.level)
                if not self.coefficients:
                    continue
                for term, its, err in zip(fit.names, fit.coefficients, fit.std_errors, strict=True):
                    row = inference(float(its), float(err), None, settings.level)
                    yield shared | {"term": term, "unit": "log", **row}
