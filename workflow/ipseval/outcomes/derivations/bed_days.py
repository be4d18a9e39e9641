"""Derivation: days or nights in hospital."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...lazy import np
from ..context import DerivationContext
from ..spells import days_in_window
from ..windows import StayWindow, where_known


class BedDays(StayWindow):
    """Days or nights of the window in hospital; overlaps count once."""

    kind: Literal["bed_days"]
    count: Literal["days", "nights"] = Field(
        description="days: first and last day count, a day case is one day; nights: a night is of "
        "the day on which it begins, a day case has none."
    )

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of days or nights."""
        stays = context.linked.stays[self.stays]
        merged = stays.days if self.count == "days" else stays.nights
        return where_known(stays.known, days_in_window(merged, *self.window(context.day)))
