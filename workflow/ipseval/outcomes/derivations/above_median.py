"""Derivation: whether another result is above its median."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from ...config.refs import Place
from ...lazy import np, pd
from ..context import DerivationContext
from ..derivation import not_zero_or_one
from ..transforms import KnownResult, OfAnother, texts


class AboveMedian(OfAnother):
    """1 above the median of everybody whose result is known, 0 at it and below."""

    kind: Literal["above_median"]
    at_or_above: bool = Field(False, description="Whether the median itself counts as above.")
    among: KnownResult | None = Field(
        None,
        description="0/1 covariate or outcome declared before: the median is that of people for "
        "whom it is 1. The others are compared with it as well.",
    )
    labels: list[str] = Field(
        default_factory=list,
        description="Two texts to give instead of 0 and 1: at the median or below, above it.",
    )

    @model_validator(mode="after")
    def _has_two_labels(self) -> Self:
        if len(self.labels) not in (0, 2):
            raise ValueError(f"labels needs two texts, not {len(self.labels)}")
        return self

    @property
    def gives_text(self) -> bool:
        """Whether the result is a text."""
        return bool(self.labels)

    def derive(self, name: str, context: DerivationContext) -> np.ndarray | pd.Series:
        """Return whether the number is above the median, as 0 and 1 or as a text."""
        values = context.numbers(self.of, f"{name}.of")
        missing = np.isnan(values)
        counts = ~missing
        if self.among:
            counts &= context.numbers(self.among, f"{name}.among") == 1
        cut = np.median(values[counts]) if counts.any() else np.nan
        missing |= np.isnan(cut)
        above = values >= cut if self.at_or_above else values > cut
        if self.labels:
            return texts(above.astype(int), missing, self.labels)
        return np.where(missing, np.nan, above)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """Who the median is of is 0 or 1."""
        yield from not_zero_or_one(place, self.among, "among")
