"""Derivation: another result without its upper tail."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...lazy import np
from ..context import DerivationContext
from ..transforms import OfAnother


class Winsorised(OfAnother):
    """Another result, values above a quantile of all people set to that quantile.

    Tukey (1962), Annals of Mathematical Statistics 33:1-67, here of the upper tail only. The
    quantile interpolates between neighbours (type 7 of Hyndman and Fan 1996, American Statistician
    50:361-365).
    """

    kind: Literal["winsorised"]
    quantile: float = Field(gt=0, lt=1, description="Quantile of everybody whose result is known.")

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number, at most the quantile."""
        values = context.numbers(self.of, f"{name}.of")
        some = values[~np.isnan(values)]
        return np.minimum(values, np.quantile(some, self.quantile)) if len(some) else values
