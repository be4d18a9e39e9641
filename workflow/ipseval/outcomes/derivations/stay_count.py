"""Derivation: number of stays in hospital."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...calendar import as_days
from ...lazy import np
from ..context import DerivationContext
from ..windows import StayWindow, where_known


class StayCount(StayWindow):
    """Number of a person's admissions to hospital in the window, perhaps by length of the stay.

    The whole stay counts, also nights after the window. Episodes with the same day of admission
    are one stay.
    """

    kind: Literal["stay_count"]
    nights_at_least: int = Field(
        0, ge=0, le=36_525, description="Fewest nights of a stay that counts; a day case has none."
    )
    nights_at_most: int | None = Field(
        None,
        ge=0,
        le=36_525,
        description="Most nights of a stay that counts; any number if absent.",
    )

    @model_validator(mode="after")
    def _has_some_length(self) -> Self:
        if self.nights_at_most is not None and self.nights_at_most < self.nights_at_least:
            raise ValueError(
                f"nights_at_most {self.nights_at_most} is below nights_at_least "
                f"{self.nights_at_least}"
            )
        return self

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of stays that begin in the window and are of the length."""
        linked, (begin, stop) = context.linked.stays[self.stays], self.window(context.day)
        stays = linked.stays
        person, first = stays["person"].to_numpy(), as_days(stays["first"])
        nights = stays["nights"].to_numpy()
        counts = (first >= begin[person]) & (first < stop[person])
        counts &= nights >= self.nights_at_least
        if self.nights_at_most is not None:
            counts &= nights <= self.nights_at_most
        number = np.bincount(person[counts], minlength=len(begin)).astype("float64")
        return where_known(linked.known, number)
