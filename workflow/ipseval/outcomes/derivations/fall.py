"""Derivation: whether a number fell."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...lazy import np
from ..context import DerivationContext
from ..derivation import Derivation
from ..transforms import KnownResult


class Fall(Derivation):
    """1 for people whose number fell by enough, or from a cut to below it, 0 for the others."""

    kind: Literal["fall"]
    before: KnownResult = Field(
        description="Covariate or outcome declared before: the first number."
    )
    after: KnownResult = Field(
        description="Covariate or outcome declared before: the later number."
    )
    at_least: float | None = Field(None, description="Least fall that counts as 1.")
    below: float | None = Field(
        None, description="Cut that the first number has to reach and the later one to be below."
    )

    @model_validator(mode="after")
    def _has_one_bound(self) -> Self:
        if (self.at_least is None) == (self.below is None):
            raise ValueError("give either at_least or below")
        return self

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return whether it fell, missing where either number is."""
        before = context.numbers(self.before, f"{name}.before")
        after = context.numbers(self.after, f"{name}.after")
        if self.below is None:
            fell = before - after >= self.at_least
        else:
            fell = (before >= self.below) & (after < self.below)
        return np.where(np.isnan(before) | np.isnan(after), np.nan, fell)
