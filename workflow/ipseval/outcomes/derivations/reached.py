"""Derivation: whether another result reaches a threshold."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...lazy import np
from ..context import DerivationContext
from ..transforms import OfAnother


class Reached(OfAnother):
    """1 where another result is at least, or at most, some number, 0 where it is not."""

    kind: Literal["reached"]
    threshold: float | None = Field(None, description="Least number that counts as 1.")
    at_most: float | None = Field(None, description="Greatest number that counts as 1.")
    missing_is: Literal[0, 1] | None = Field(
        None, description="What a missing result counts as; missing itself if absent."
    )

    @model_validator(mode="after")
    def _has_one_bound(self) -> Self:
        if (self.threshold is None) == (self.at_most is None):
            raise ValueError("give either threshold or at_most")
        return self

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return whether the number is within the bound."""
        values = context.numbers(self.of, f"{name}.of")
        reached = values >= self.threshold if self.at_most is None else values <= self.at_most
        otherwise = np.nan if self.missing_is is None else self.missing_is
        return np.where(np.isnan(values), otherwise, reached).astype("float64")
