"""Derivation: benefits received in a window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ...config.refs import Place
from ...lazy import np
from ..benefits import benefit_in_window
from ..context import DerivationContext
from ..windows import BenefitWindow, where_known


class TotalBenefit(BenefitWindow):
    """Benefits of the window: a seventh of the weekly amount for each day, all benefits added."""

    kind: Literal["total_benefit"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the sum in GBP."""
        claims = context.linked.benefits[self.source]
        return where_known(
            claims.known, benefit_in_window(claims.awards, *self.window(context.day))
        )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The source has amounts."""
        benefits = place.config.outcomes.benefits.get(self.source)
        if benefits is not None and not benefits.weekly_amount:
            yield "source", f"benefits of '{self.source}' have no weekly_amount"
