"""Derivation: whether an answer is one of some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ...config.refs import Place
from ...config.values import impossible_values
from ...lazy import pd
from ..answers import RoutedAnswer, columns_around
from ..context import DerivationContext


class OneOf(RoutedAnswer):
    """1 where a column has one of some values, 0 where it has another, missing where it is."""

    kind: Literal["one_of"]
    values: list[bool | int | str] = Field(min_length=1, description="Values that count as 1.")

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return whether the answer is one of the values."""
        answers = context.answers(self.table)
        inside = answers[self.column].isin(self.values).astype("float64")
        return self.routed(inside.where(answers[self.column].notna()), answers)

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The values can be given."""
        yield from super().problems(place)
        for text in impossible_values(columns_around(place).get(self.column), self.values):
            yield "values", text
