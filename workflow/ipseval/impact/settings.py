"""What all estimates of a family share."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..streams import Streams


@dataclass(frozen=True)
class EstimationSettings:
    """Level of the intervals, and streams of random numbers."""

    level: float
    streams: Streams = field(default_factory=lambda: Streams(0, "impact"))
