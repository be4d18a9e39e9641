"""Least squares after multiple imputation of the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ... import arms
from ...lazy import np
from ..adjusted import WeightedModel
from ..design import TREATMENT
from ..imputation import completed, pooled
from ..least_squares import ols_effects
from ..samples import samples
from ..table import described, inference

if TYPE_CHECKING:
    from ...lazy import pd
    from ..settings import EstimationSettings


class Imputation(WeightedModel):
    """Least squares after multiple imputation of the outcome by predictive mean matching."""

    refused: ClassVar[dict[str, str]] = {
        "cluster": "people are imputed as independent; use ols with CR2",
        "other_arms": "donors are drawn within two arms",
    }

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
        """Yield one row an outcome: the effect pooled over completed data sets.

        Another follows for each arm in which the covariates could not be used.
        """
        for i, name in enumerate(names):
            for row in self._pooled(members, values[:, i], name, settings, units[name]):
                yield {"outcome": name, "position": i, **row}

    def _pooled(
        self,
        members: pd.DataFrame,
        y: np.ndarray,
        outcome: str,
        settings: EstimationSettings,
        unit: str,
    ) -> Iterator[dict[str, object]]:
        eligible = np.ones(len(members), dtype=bool)
        for column in self.must_be_known:
            eligible = eligible & members[column].notna().to_numpy()
        whole = next(samples(members[eligible], np.zeros((eligible.sum(), 1)), self))
        design, y = self.design(whole, outcome), y[eligible]
        covariates = np.delete(design.matrix, TREATMENT, axis=1)
        done = completed(
            y,
            whole.treated,
            covariates,
            self.imputations,
            settings.streams,
            outcome,
            whole.weights,
        )
        filled = done.outcomes
        effects = ols_effects(filled, design, self.covariance, whole.weights)
        value, error, df = pooled(effects.estimate[0], effects.std_error[0], effects.t_df)
        # The people used are everybody eligible, with an outcome that is known or imputed.
        yield {
            **inference(value, error, df, settings.level),
            **described(filled.mean(axis=1), whole.treated, whole.counts, value, unit),
            "effect_sd": value / filled[~whole.treated].std(ddof=1),
            "dropped_n": int((~eligible).sum()),
        }
        for arm in done.by_the_mean:
            own, known = whole.treated == arm, ~np.isnan(y)
            named = arms.name_of(int(arm))
            yield {
                "term": f"imputed without covariates {named}",
                "n": int((own & known).sum()),
                "dropped_n": int((own & ~known).sum()),
                "unit": unit,
            }
            settings.say(
                f"{outcome}, {len(members):,} people: the {named} arm has too few known outcomes "
                f"({(own & known).sum():,}) for its covariates; imputed without them"
            )
