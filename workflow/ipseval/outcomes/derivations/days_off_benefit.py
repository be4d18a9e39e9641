"""Derivation: days off benefit in a window."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..context import DerivationContext
from ..spells import days_in_window
from ..windows import BenefitWindow, where_known


class DaysOffBenefit(BenefitWindow):
    """Days of the window on no out-of-work benefit."""

    kind: Literal["days_off_benefit"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the days of the window less those on benefit."""
        claims, (begin, stop) = context.linked.benefits[self.source], self.window(context.day)
        days = days_in_window(claims.out_of_work, begin, stop)
        return where_known(claims.known, (stop - begin).astype(np.int64) - days)
