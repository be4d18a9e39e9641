"""Derivation: days on benefit in a window."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..context import DerivationContext
from ..spells import days_in_window
from ..windows import BenefitWindow, where_known


class DaysOnBenefit(BenefitWindow):
    """Days of the window on an out-of-work benefit; overlaps count once."""

    kind: Literal["days_on_benefit"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of days."""
        claims = context.linked.benefits[self.source]
        days = days_in_window(claims.out_of_work, *self.window(context.day))
        return where_known(claims.known, days)
