"""Derivation: share of events in a window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ...config.refs import Place
from ...lazy import np
from ..context import DerivationContext
from ..windows import EventStatus, EventWindow, where_known


class EventShare(EventWindow):
    """Events that count, over those of some status; missing for people without any of these."""

    kind: Literal["event_share"]
    among: list[EventStatus] = Field(min_length=1, description="Status of the events to divide by.")

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the share."""
        events = context.linked.events[self.events]
        among = self.number(events, context.day, self.among)
        counted = self.number(events, context.day, self.status)
        share = np.where(among > 0, counted / np.maximum(among, 1), np.nan)
        return where_known(events.known, share)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Events that count are among those divided by."""
        for status in self.status or self.among:
            if status not in self.among:
                yield "status", f"'{status}' is not in among"
