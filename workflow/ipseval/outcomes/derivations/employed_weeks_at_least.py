"""Derivation: whether weeks of employment reach a threshold."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...lazy import np
from ..context import DerivationContext
from ..spells import days_in_window
from ..windows import EmploymentWindow, where_known


class EmployedWeeksAtLeast(EmploymentWindow):
    """1 where the weeks employed in the window reach a threshold."""

    kind: Literal["employed_weeks_at_least"]
    weeks: int = Field(ge=1, le=5300, description="Threshold in weeks.")

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return whether there are seven days of employment for each week of the threshold."""
        work = context.linked.employments[self.source]
        days = days_in_window(work.employments, *self.window(context.day))
        return where_known(work.known, (days >= 7 * self.weeks).astype("float64"))
