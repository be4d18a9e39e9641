"""Derivation: months with employment in a window."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..context import DerivationContext
from ..windows import EmploymentWindow, any_day, where_known


class MonthsEmployed(EmploymentWindow):
    """Number of months of the window with a day of employment or more; 0 or 1 for one month."""

    kind: Literal["months_employed"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of months."""
        work = context.linked.employments[self.source]
        months = any_day(work.employments, self.edges(context.day)).sum(axis=1)
        return where_known(work.known, months)
