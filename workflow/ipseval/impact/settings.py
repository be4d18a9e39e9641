"""What all estimates of a family share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..arms import CODES
from ..streams import Streams


@dataclass(frozen=True)
class EstimationSettings:
    """Level of the intervals, streams of random numbers, and who is told what the log shows.

    arms: names of the arms of the trial, control first.
    """

    level: float
    streams: Streams = field(default_factory=lambda: Streams(0, "impact"))
    say: Callable[[str], object] = str
    arms: tuple[str, ...] = tuple(CODES)
