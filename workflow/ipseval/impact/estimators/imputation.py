"""Least squares after multiple imputation of the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ...lazy import np
from ..adjusted import WeightedModel
from ..imputation import completed, pooled
from ..least_squares import ols_effects
from ..samples import samples
from ..table import described, inference

if TYPE_CHECKING:
    from ...lazy import pd
    from ..settings import EstimationSettings


class Imputation(WeightedModel):
    """Least squares after multiple imputation of the outcome by predictive mean matching."""

    estimator: Literal["imputation"] = Field(description="Least squares after multiple imputation.")
    covariance: Literal["classical", "HC0", "HC1", "HC2", "HC3"] = Field(
        description="Covariance of the coefficients within a completed data set."
    )
    imputations: int = Field(20, ge=2, le=1000, description="Number of completed data sets.")

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield one row an outcome: the effect pooled over completed data sets."""
        for i, name in enumerate(names):
            row = self._pooled(members, values[:, i], name, settings, units[name])
            yield {"outcome": name, "position": i, **row}

    def _pooled(
        self,
        members: pd.DataFrame,
        y: np.ndarray,
        outcome: str,
        settings: EstimationSettings,
        unit: str,
    ) -> dict[str, object]:
        eligible = np.ones(len(members), dtype=bool)
        if self.weight:
            eligible = members[self.weight].notna().to_numpy()
        whole = next(samples(members[eligible], np.zeros((eligible.sum(), 1)), self))
        design, y = self.design(whole, outcome), y[eligible]
        filled = completed(
            y, whole.treated, design.matrix, self.imputations, settings.streams, outcome
        )
        effects = ols_effects(filled, design, self.covariance, whole.weights)
        value, error, df = pooled(effects.estimate[0], effects.std_error[0], effects.df)
        known = ~np.isnan(y)
        return {
            **inference(value, error, df, settings.level),
            **described(filled.mean(axis=1), whole.treated, whole.counts, value, unit),
            "effect_sd": value / filled[~whole.treated].std(ddof=1),
            "dropped_n": int((~eligible).sum()),
            # People whose outcome is known, whoever was completed.
            "n": int(known.sum()),
            "n_treatment": int((known & whole.treated).sum()),
            "n_control": int((known & ~whole.treated).sum()),
        }
