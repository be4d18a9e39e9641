"""Logit of a binary outcome, penalised for small samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ..binary import BinaryModel
from ..logit import Logit, fit_firth

if TYPE_CHECKING:
    from ..samples import AnalysisSample


class Firth(BinaryModel):
    """Average marginal effect of treatment, from a logit penalised for small samples (Firth 1993).

    Nobody is left out as perfectly predicted.
    """

    takes: ClassVar[Literal["number", "yes or no", "count"]] = "yes or no"
    refused: ClassVar[dict[str, str]] = {
        "weight": "its likelihood is not weighted; use estimator ols",
        "cluster": "its errors are those of the information; use logit with CR1",
        "other_arms": "it is of two arms; use logit",
    }

    estimator: Literal["firth"] = Field(description="Logit penalised by Jeffreys' prior.")
    covariance: Literal["classical"] = Field(
        "classical", description="Inverse of the information at the estimate."
    )

    def fit(
        self, sample: AnalysisSample, name: str
    ) -> tuple[AnalysisSample, Logit, dict[str, int]]:
        """Return everybody, and the logit of a sample's only outcome; nobody is lost."""
        return sample, fit_firth(sample.outcomes[:, 0], self.design(sample, name)), {}
