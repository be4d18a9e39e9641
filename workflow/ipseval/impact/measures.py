"""Effects on a yes or no, or on a count, as differences and ratios, with delta-method errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import NotEstimableError
from ..lazy import np
from .table import inference

Measure = Literal["risk_difference", "risk_ratio", "odds_ratio"]
# Measure -> unit of its row.
UNITS = {"risk_ratio": "risk ratio", "odds_ratio": "odds ratio", "rate_ratio": "rate ratio"}


@dataclass(frozen=True)
class Means:
    """What a model expects of everybody in each arm: (treatment, control), and their covariance.

    covariance: 2 x 2. df: degrees of freedom of a contrast (2) of them; None: normal.
    """

    treatment: float
    control: float
    covariance: np.ndarray

    def contrast(self, measure: str) -> tuple[float, np.ndarray]:
        """Return an effect on the scale of its inference, and its gradient (2)."""
        t, c = self.treatment, self.control
        if measure in ("risk_difference", "difference"):
            return t - c, np.array([1.0, -1.0])
        if min(t, c) <= 0 or (measure == "odds_ratio" and max(t, c) >= 1):
            raise NotEstimableError(
                f"there is no {measure.replace('_', ' ')} where an arm has no events, or nothing "
                "else",
                rule=f"measure {measure}: events in both arms",
                remedy="use measure risk_difference, or estimator firth",
            )
        if measure == "odds_ratio":
            value = np.log(t / (1 - t)) - np.log(c / (1 - c))
            return float(value), np.array([1 / (t * (1 - t)), -1 / (c * (1 - c))])
        return float(np.log(t / c)), np.array([1 / t, -1 / c])


def effect_row(
    value: float, std_error: float, df: float | None, level: float, measure: str
) -> dict[str, object]:
    """Return estimate, error, interval, statistic and p-value of a measure.

    A ratio is given by its logarithm, from which statistic, p-value and interval come; its
    standard error is that of the delta method.
    """
    found = inference(value, std_error, df, level)
    if measure not in UNITS:
        return dict(found)
    ratio = float(np.exp(value))
    ends = {name: float(np.exp(found[name])) for name in ("ci_low", "ci_high")}
    own: dict[str, object] = {"estimate": ratio, "std_error": ratio * std_error}
    return {
        **found,
        **ends,
        **own,
        "unit": UNITS[measure],
        "effect_sd": np.nan,
        "effect_ppt": np.nan,
    }
