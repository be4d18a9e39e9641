"""Derivation: the band of a number."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ...lazy import np, pd
from ..context import DerivationContext
from ..transforms import OfAnother, bands, refuse_bands


class Bands(OfAnother):
    """Bands of a number, as text: a band begins with its cut."""

    kind: Literal["bands"]
    cuts: list[float] = Field(min_length=1, description="First values of bands, in order.")
    labels: list[str] = Field(description="Names of the bands, one more than cuts.")

    @model_validator(mode="after")
    def _has_one_label_a_band(self) -> Self:
        refuse_bands(self.cuts, self.labels)
        return self

    @property
    def gives_text(self) -> bool:
        """Whether the result is a text."""
        return True

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return the label of the band."""
        values = context.numbers(self.of, f"{name}.of")
        return bands(name, self.cuts, values, np.isnan(values), self.labels)
