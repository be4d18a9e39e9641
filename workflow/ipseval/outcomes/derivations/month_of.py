"""Derivation: the calendar month of a date."""

from __future__ import annotations

from typing import Literal

from ...lazy import pd
from ..context import DerivationContext
from ..transforms import OfAnother


class MonthOf(OfAnother):
    """The calendar month of a date, as text: YYYY-MM."""

    kind: Literal["month_of"]

    @property
    def gives_text(self) -> bool:
        """Whether the result is a text."""
        return True

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return the month."""
        dates = context.dates(self.of, f"{name}.of")
        months = pd.Series(dates.astype("datetime64[M]").astype(str))
        return months.mask(months == "NaT").astype("str")
