"""Derivation: months on benefit in a window."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..context import DerivationContext
from ..windows import BenefitWindow, any_day, where_known


class MonthsOnBenefit(BenefitWindow):
    """Number of months of the window with a day or more on an out-of-work benefit."""

    kind: Literal["months_on_benefit"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of months."""
        claims = context.linked.benefits[self.source]
        months = any_day(claims.out_of_work, self.edges(context.day)).sum(axis=1)
        return where_known(claims.known, months)
