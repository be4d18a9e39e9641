"""Rule: a day is before an event of the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ...lazy import np
from ..rule import EventRule

if TYPE_CHECKING:
    from ...config.trial import Trial
    from ..rule import Tables


class BeforeEvent(EventRule):
    """The day of a row is before an event of the calendar: what the event ended is not after it.

    A row whose day is missing obeys, and so does one of a person to whom the event does not happen.
    """

    kind: Literal["before_event"]

    @property
    def expected(self) -> str:
        """Return what the rule expects, in words."""
        given = " and ".join(
            f"{column} {' or '.join(map(str, values))}" for column, values in self.where.items()
        )
        return f"before {self.event}" + (f" where {given}" if given else "")

    def broken(self, tables: Tables, trial: Trial) -> np.ndarray:
        """Return rows on the day of the event or later."""
        return self.asked(tables) & (self.given(tables) >= self.days(tables, trial))
