"""Derivation: whether a number that was answered reaches a threshold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ...config.refs import Place
from ...config.values import NUMBERS, other_type
from ...lazy import pd
from ..answers import RoutedAnswer, columns_around
from ..context import DerivationContext


class AtLeast(RoutedAnswer):
    """1 where a number reaches a threshold, 0 where it does not, missing where it is missing."""

    kind: Literal["at_least"]
    threshold: float = Field(description="Least number that counts as 1.")

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return whether the number reaches the threshold."""
        answers = context.answers(self.table)
        numbers = answers[self.column].astype("float64")
        reached = (numbers >= self.threshold).astype("float64")
        return self.routed(reached.where(numbers.notna()), answers)

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The column has numbers."""
        yield from super().problems(place)
        yield from other_type(columns_around(place), self.column, NUMBERS, "column")
