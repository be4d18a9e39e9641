"""Derivation: days off benefit in a window."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...config.refs import Ref
from ...lazy import np
from ..context import DerivationContext
from ..spells import days_in_window
from ..windows import BenefitWindow, where_known


class DaysOffBenefit(BenefitWindow):
    """Days of the window on no out-of-work benefit."""

    kind: Literal["days_off_benefit"]
    until: Annotated[str, Ref("calendar")] | None = Field(
        None,
        description="Event of the calendar: for people to whom it happens, the window ends the day "
        "before it, if it has not ended by then.",
    )

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the days of the window less those on benefit."""
        claims, (begin, stop) = context.linked.benefits[self.source], self.window(context.day)
        if self.until:
            stop = np.fmax(np.fmin(stop, context.day_of(self.until)), begin)
        days = days_in_window(claims.out_of_work, begin, stop)
        return where_known(claims.known, (stop - begin).astype(np.int64) - days)
