"""Derivation: number of events in a window."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..context import DerivationContext
from ..windows import EventWindow, where_known


class EventCount(EventWindow):
    """Number of a person's events in the window."""

    kind: Literal["event_count"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of events that count."""
        events = context.linked.events[self.events]
        return where_known(events.known, self.number(events, context.day, self.status))
