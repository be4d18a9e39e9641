"""Rule: a day is that of an event of the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ...lazy import np
from ..rule import EventRule

if TYPE_CHECKING:
    from ...config.trial import Trial
    from ..rule import Tables


class OnEvent(EventRule):
    """A column has the day of an event of the calendar, and is missing for all others.

    Others are rows that do not meet the conditions, and people to whom the event does not happen.
    """

    kind: Literal["on_event"]

    @property
    def expected(self) -> str:
        """Return what the rule expects, in words."""
        return f"the day of {self.event}, missing where it does not happen"

    def broken(self, tables: Tables, trial: Trial) -> np.ndarray:
        """Return rows with another day, without one, and with one too many."""
        given, days = self.given(tables), self.days(tables, trial)
        days = np.where(self.asked(tables), days, np.datetime64("NaT", "D"))
        return (given != days) & ~(np.isnat(given) & np.isnat(days))
