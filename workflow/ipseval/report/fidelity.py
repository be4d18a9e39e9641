"""The IPS-25 fidelity scale: how well a service is put into practice as Individual Placement and
Support (IPS) means it, scored by reviewers on 25 items."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FidelityScale:
    """A scale of items: how many, their lowest and highest score, and bands of the total.

    bands: name -> least total, in order.
    """

    items: int
    lowest: int
    highest: int
    bands: dict[str, int]

    @property
    def maximum(self) -> int:
        """Highest total."""
        return self.items * self.highest

    def band(self, total: float) -> str:
        """Return the name of the band of a total, which need not be whole; it is not rounded."""
        return [name for name, least in self.bands.items() if total >= least][-1]


IPS25 = FidelityScale(25, 1, 5, {"Not IPS": 0, "Fair": 74, "Good": 100, "Exemplary": 115})
