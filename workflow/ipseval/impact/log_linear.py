"""Regressions of counts with a logarithmic link: Poisson, and negative binomial (NB2)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ..config.models import Covariate
from ..errors import InputError, NotEstimableError
from ..lazy import np
from .adjusted import Cluster, CoefficientModel, OtherArms
from .clusters import cluster_covariance
from .counts import refuse_unless_counts
from .measures import Means, effect_row
from .samples import described_sample, samples
from .table import inference

if TYPE_CHECKING:
    from ..lazy import pd
    from .design import DesignMatrix
    from .samples import AnalysisSample
    from .settings import EstimationSettings


@dataclass(frozen=True)
class LogLinear:
    """A fitted model: mean exp(x b + offset); coefficients (k), covariance, matrix x (n x k)."""

    names: list[str]
    coefficients: np.ndarray
    covariance: np.ndarray
    matrix: np.ndarray
    offset: np.ndarray

    def means(self) -> Means:
        """Return the mean count were everybody in one arm, with its covariance."""
        found, gradients = [], []
        for arm in (1.0, 0.0):
            x = self.matrix.copy()
            x[:, 1] = arm
            mean = np.exp(x @ self.coefficients + self.offset)
            found.append(float(mean.mean()))
            gradients.append(mean @ x / len(x))
        rows = np.vstack(gradients)
        return Means(found[0], found[1], rows @ self.covariance @ rows.T)


class LogLinearModel(CoefficientModel):
    """A model of a count with a logarithmic link."""

    takes: ClassVar[Literal["number", "yes or no", "count"]] = "count"
    refused: ClassVar[dict[str, str]] = {
        "weight": "its likelihood is not weighted; use estimator ols",
        "bootstrap": "its interval is that of the delta method",
    }

    measure: Literal["difference", "rate_ratio"] = Field(
        "difference",
        description="Effect: the difference of the mean counts of everybody in either arm, or the "
        "ratio of rates, the exponential of the coefficient.",
    )
    covariance: Literal["CR1", "classical", "HC0", "HC1"] = Field(
        description="Covariance of the coefficients; HC1 is HC0 times N/(N-1), CR1 is by cluster."
    )
    cluster: Cluster = None
    other_arms: OtherArms = "left_out"
    exposure: Covariate | None = Field(
        None,
        description="Column of people with the time or number that counts are in proportion to.",
    )

    @property
    def must_be_known(self) -> list[str]:
        """Columns of people without which nobody enters the estimate."""
        return [*super().must_be_known, *([self.exposure] if self.exposure else [])]

    @abstractmethod
    def fit(
        self, y: np.ndarray, design: DesignMatrix, offset: np.ndarray, sample: AnalysisSample
    ) -> LogLinear:
        """Return the fitted model of counts (n)."""

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield the effect on each outcome, and perhaps every coefficient."""
        for sample in samples(members, values, self):
            offset = self._offset(sample)
            df = None if sample.clusters is None else float(sample.clusters.max())
            for i, y in enumerate(sample.outcomes.T):
                name = names[sample.positions[i]]
                _refuse_unless_events(y, sample.treated, sample.controls)
                fit = self.fit(y, self.design(sample, name), offset, sample)
                means = fit.means()
                if self.measure == "rate_ratio":
                    value, error = fit.coefficients[1], np.sqrt(fit.covariance[1, 1])
                else:
                    value, toward = means.contrast("difference")
                    error = np.sqrt(toward @ means.covariance @ toward)
                difference = means.treatment - means.control
                shared = {
                    "outcome": name,
                    "position": int(sample.positions[i]),
                    "dropped_n": sample.dropped,
                    "n": len(y),
                }
                yield {
                    **described_sample(sample, y, difference, units[name]),
                    **effect_row(float(value), float(error), df, settings.level, self.measure),
                    **shared,
                }
                if self.coefficients:
                    errors = np.sqrt(np.diag(fit.covariance))
                    for term, its, err in zip(fit.names, fit.coefficients, errors, strict=True):
                        row = inference(float(its), float(err), df, settings.level)
                        yield {**shared, "term": f"log mean {term}", "unit": "log", **row}

    def _offset(self, sample: AnalysisSample) -> np.ndarray:
        if self.exposure is None:
            return np.zeros(len(sample.people))
        exposure = sample.people[self.exposure].to_numpy(dtype=float)
        if (exposure <= 0).any():
            raise InputError(
                f"{int((exposure <= 0).sum()):,} people have no exposure",
                table="people",
                column=self.exposure,
                rule="exposure: above zero of everybody",
                remedy="exclude them with a sample, or correct the column",
            )
        return np.log(exposure)


def sandwich(
    scores: np.ndarray, inverse: np.ndarray, covariance: str, clusters: np.ndarray | None
) -> np.ndarray:
    """Return the covariance (k x k) of a likelihood with scores (n x k) and inverse information."""
    if covariance == "classical":
        return inverse
    if clusters is not None:
        return cluster_covariance(scores, inverse, clusters)
    n = len(scores)
    factor = n / (n - 1) if covariance == "HC1" else 1
    return factor * inverse @ (scores.T @ scores) @ inverse


def _refuse_unless_events(y: np.ndarray, treated: np.ndarray, controls: np.ndarray) -> None:
    refuse_unless_counts(y)
    for arm, inside in (("treatment", treated), ("control", controls)):
        if not y[inside].any():
            raise NotEstimableError(
                f"nobody in the {arm} arm has an event, so there is no ratio of rates",
                rule="events in both arms",
                remedy="use estimator ols",
            )


def fit_poisson(
    y: np.ndarray, x: np.ndarray, offset: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Return the coefficients of a Poisson regression, by Newton's steps.

    Raises NotEstimableError where they do not converge.
    """
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(y.sum() / np.exp(offset).sum())
    weights = np.ones(len(y)) if weights is None else weights
    for _ in range(100):
        mean = np.exp(np.clip(x @ beta + offset, -50, 50))
        step = np.linalg.solve((x * (weights * mean)[:, None]).T @ x, x.T @ (weights * (y - mean)))
        size = min(1.0, 2 / max(np.abs(x @ step).max(), 1e-12))
        beta = beta + size * step
        if np.abs(x @ step).max() < 1e-10:
            return beta
    raise NotEstimableError(
        "a regression of counts has no maximum",
        rule="convergence in 100 iterations",
        remedy="use fewer covariates for this group, or estimator ols",
    )
