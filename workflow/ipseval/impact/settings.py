"""What all estimates of a family share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..streams import Streams


@dataclass(frozen=True)
class EstimationSettings:
    """Level of the intervals, streams of random numbers, and who is told what the log shows."""

    level: float
    streams: Streams = field(default_factory=lambda: Streams(0, "impact"))
    say: Callable[[str], object] = str
