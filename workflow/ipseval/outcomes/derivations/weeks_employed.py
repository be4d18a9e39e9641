"""Derivation: weeks of employment in a window."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..context import DerivationContext
from ..spells import days_in_window
from ..windows import EmploymentWindow, where_known


class WeeksEmployed(EmploymentWindow):
    """Days with at least one employment in the window, over 7; overlaps count once."""

    kind: Literal["weeks_employed"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return weeks, also parts of one."""
        work = context.linked.employments[self.source]
        return where_known(
            work.known, days_in_window(work.employments, *self.window(context.day)) / 7
        )
