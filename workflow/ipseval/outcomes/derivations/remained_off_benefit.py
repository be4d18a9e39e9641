"""Derivation: whether a person has remained off benefit."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...lazy import np
from ..benefits import remained_off
from ..context import DerivationContext
from ..windows import BenefitDay, where_known


class RemainedOffBenefit(BenefitDay):
    """Of people off benefit on a day, 1 for those off it for some months; missing for others."""

    kind: Literal["remained_off_benefit"]
    months: int = Field(
        ge=1, le=1200, description="Months up to the day in which nothing was claimed."
    )

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return who has claimed nothing for so many months up to the day."""
        claims = context.linked.benefits[self.source]
        off = remained_off(claims.out_of_work, self.on(context.day), self.months)
        return where_known(claims.known, off)
