"""Bounds of the effect where the outcome of some people is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ... import arms
from ...config.models import Model
from ...lazy import np
from ..attrition import lee_bounds
from ..table import described, inference

if TYPE_CHECKING:
    from ...lazy import pd
    from ..settings import EstimationSettings


class Lee(Model):
    """Bounds of the effect for people whose outcome would be known in either arm (Lee 2009)."""

    refused: ClassVar[dict[str, str]] = {
        "covariates": "it compares trimmed means; use estimator ols or imputation",
        "baseline": "it compares trimmed means; use estimator ols or imputation",
        "weight": "it compares trimmed means; use estimator ols",
        "covariance": "its standard errors are those of proposition 3 of Lee (2009)",
        "cluster": "its errors take people as independent; use ols with CR2",
        "other_arms": "it is of two arms",
    }

    estimator: Literal["lee"] = Field(description="Trimming bounds.")

    def estimates(
        self,
        members: pd.DataFrame,
        values: np.ndarray,
        names: list[str],
        settings: EstimationSettings,
        units: dict[str, str],
    ) -> Iterator[dict[str, object]]:
        """Yield two rows an outcome: the lower and the upper bound."""
        treated = arms.treated(members)
        for i, name in enumerate(names):
            y = values[:, i]
            known = ~np.isnan(y)
            for term, (value, error) in lee_bounds(y, treated).items():
                counts = np.ones(known.sum())
                yield {
                    "outcome": name,
                    "position": i,
                    "term": term,
                    **inference(value, error, None, settings.level),
                    **described(y[known], treated[known], counts, value, units[name]),
                    "dropped_n": int((~known).sum()),
                }
