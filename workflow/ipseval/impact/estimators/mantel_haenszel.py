"""Risk difference, risk ratio or odds ratio pooled over strata, after Mantel and Haenszel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.models import Covariate, Model
from ...errors import NotEstimableError
from ...lazy import np, pd
from ..logit import refuse_unless_yes_or_no
from ..measures import Measure, effect_row
from ..samples import described_sample, samples

if TYPE_CHECKING:
    from ..settings import EstimationSettings


class MantelHaenszel(Model):
    """Common effect on a yes or no over strata, such as the sites of a trial.

    Variances are those of Greenland and Robins (1985), Biometrics 41:55, for the difference and
    the ratio of risks, and of Robins, Breslow and Greenland (1986), Biometrics 42:311, for the
    odds ratio.
    """

    takes: ClassVar[Literal["number", "yes or no", "count"]] = "yes or no"
    refused: ClassVar[dict[str, str]] = {
        "covariates": "it is stratified: name a category in `stratum`, or use standardised",
        "baseline": "it is stratified; use estimator standardised",
        "weight": "it counts people; use estimator ols",
        "covariance": "its variance is that of binomials within strata",
        "cluster": "it takes people as independent; use estimator standardised with CR1",
        "other_arms": "it is of two arms",
    }

    estimator: Literal["mantel_haenszel"] = Field(description="Mantel and Haenszel's estimator.")
    stratum: Covariate | None = Field(
        None, description="Column of people with the strata; all are one stratum if absent."
    )
    measure: Measure = Field("risk_difference", description="Effect that strata have in common.")

    @property
    def must_be_known(self) -> list[str]:
        """Columns of people without which nobody enters the estimate."""
        return [self.stratum] if self.stratum else []

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield one row an outcome. A stratum that lacks an arm tells nothing and is left out."""
        for sample in samples(members, values, self):
            strata = np.zeros(len(sample.people), dtype=int)
            if self.stratum:
                strata = pd.factorize(sample.people[self.stratum], sort=True)[0]
            for i, y in enumerate(sample.outcomes.T):
                refuse_unless_yes_or_no(y)
                name, treated = names[sample.positions[i]], sample.treated
                counts = stratified(y, treated, strata)
                both = (counts.sum(axis=2) > 0).all(axis=1)
                if not both.any():
                    raise NotEstimableError(
                        "no stratum has people in both arms",
                        table="people",
                        column=self.stratum,
                        rule="strata within which arms are compared",
                        remedy="merge strata, or use another estimator",
                    )
                if lost := int((~both).sum()):
                    settings.say(f"{name}: {lost} strata lack an arm and are left out")
                inside = both[strata]
                value, error = pooled_effect(counts[both], self.measure)
                difference = pooled_effect(counts[both], "risk_difference")[0]
                used = sample.part(inside, i)
                yield {
                    "outcome": name,
                    "position": int(sample.positions[i]),
                    **described_sample(used, used.outcomes[:, 0], difference, units[name]),
                    **effect_row(value, error, None, settings.level, self.measure),
                    "dropped_n": used.dropped,
                }


def stratified(y: np.ndarray, treated: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Return people by stratum, arm (treatment, control) and outcome (1, 0): s x 2 x 2."""
    cells = 4 * strata + 2 * (~treated) + (y == 0)
    return np.bincount(cells, minlength=4 * (strata.max() + 1)).reshape(-1, 2, 2).astype(float)


def pooled_effect(counts: np.ndarray, measure: str) -> tuple[float, float]:
    """Return the common effect and its standard error, of ratios on the log scale.

    Raises NotEstimableError where a ratio has no events to be made of.
    """
    (a, b), (c, d) = counts.transpose(1, 2, 0)  # with and without the outcome, by arm
    m1, m0 = a + b, c + d
    n = m1 + m0
    if measure == "risk_difference":
        weight = m1 * m0 / n
        value = (weight * (a / m1 - c / m0)).sum() / weight.sum()
        variance = ((a * b * m0**3 + c * d * m1**3) / (m1 * m0 * n**2)).sum() / weight.sum() ** 2
        return float(value), float(np.sqrt(variance))
    if measure == "risk_ratio":
        top, bottom = (a * m0 / n).sum(), (c * m1 / n).sum()
        _refuse_without_events(top, bottom)
        variance = ((m1 * m0 * (a + c) - a * c * n) / n**2).sum() / (top * bottom)
        return float(np.log(top / bottom)), float(np.sqrt(variance))
    r, s = a * d / n, b * c / n
    _refuse_without_events(r.sum(), s.sum())
    p, q = (a + d) / n, (b + c) / n
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    return float(np.log(r.sum() / s.sum())), float(np.sqrt(variance))


def _refuse_without_events(top: float, bottom: float) -> None:
    if top <= 0 or bottom <= 0:
        raise NotEstimableError(
            "there is no ratio where an arm has no events, or nothing else",
            rule="events in both arms of some stratum",
            remedy="use measure risk_difference, or estimator firth",
        )
