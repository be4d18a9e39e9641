"""Pearson's chi-squared test of a yes or no by arm, with the difference of the two risks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.models import Model
from ...lazy import np
from ..measures import Means, Measure, effect_row
from ..samples import described_sample, samples

if TYPE_CHECKING:
    from ...lazy import pd
    from ..settings import EstimationSettings


class ChiSquare(Model):
    """Effect on a yes or no from the two by two table, with the test that trials print beside it.

    The interval is Wald's, of a ratio on its logarithm; the p-value is the test's, and the
    statistic is the root of chi-squared with the sign of the effect.
    """

    takes: ClassVar[Literal["number", "yes or no", "count"]] = "yes or no"
    refused: ClassVar[dict[str, str]] = {
        "covariates": "it is of the two by two table; use estimator standardised",
        "baseline": "it is of the two by two table; use estimator standardised",
        "weight": "it counts people; use estimator ols",
        "covariance": "its variance is that of two binomials",
        "cluster": "it takes people as independent; use estimator standardised with CR1",
        "other_arms": "it is of two arms",
    }

    estimator: Literal["chi_square"] = Field(description="Chi-squared test of two arms.")
    measure: Measure = Field("risk_difference", description="Effect beside the test.")
    test: Literal["pearson", "yates", "fisher"] = Field(
        "pearson",
        description="Test: Pearson's without correction, with Yates's correction for continuity, "
        "or Fisher's exact test, which has no statistic.",
    )

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield one row an outcome, with the statistic and the p-value of the test."""
        for sample in samples(members, values, self):
            for i, y in enumerate(sample.outcomes.T):
                name = names[sample.positions[i]]
                counts = _two_by_two(y, sample.treated, name)
                sizes = counts.sum(axis=1)
                risks = counts[:, 1] / sizes
                variances = np.diag(risks * (1 - risks) / sizes)
                means = Means(float(risks[0]), float(risks[1]), variances)
                value, toward = means.contrast(self.measure)
                error = float(np.sqrt(toward @ means.covariance @ toward))
                row = effect_row(value, error, None, settings.level, self.measure)
                difference = float(risks[0] - risks[1])
                yield {
                    "outcome": name,
                    "position": int(sample.positions[i]),
                    **described_sample(sample, y, difference, units[name]),
                    **row,
                    **self._tested(counts),
                    "dropped_n": sample.dropped,
                }

    def _tested(self, counts: np.ndarray) -> dict[str, float]:
        from scipy.stats import chi2_contingency, fisher_exact

        nothing = {"statistic": np.nan, "p_value": np.nan, "df": np.nan}
        if (counts.sum(axis=0) == 0).any():
            return nothing  # everybody has the same outcome, and there is nothing to test
        if self.test == "fisher":
            return nothing | {"p_value": float(fisher_exact(counts).pvalue)}
        found = chi2_contingency(counts, correction=self.test == "yates")
        sign = np.sign(counts[0, 1] * counts[1].sum() - counts[1, 1] * counts[0].sum())
        root = float(sign * np.sqrt(found.statistic))
        return {"statistic": root, "p_value": float(found.pvalue), "df": np.nan}


def _two_by_two(y: np.ndarray, treated: np.ndarray, name: str) -> np.ndarray:
    """Return people without and with the outcome (columns) in treatment and control (rows)."""
    from ..logit import refuse_unless_yes_or_no

    refuse_unless_yes_or_no(y)
    return np.array([[(y[arm] == 0).sum(), (y[arm] == 1).sum()] for arm in (treated, ~treated)])
