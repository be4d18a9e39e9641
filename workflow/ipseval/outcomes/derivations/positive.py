"""Derivation: whether a number is above zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ...config.refs import Place
from ...config.values import NUMBERS, other_type
from ...lazy import pd
from ..answers import AnswerColumn, columns_around
from ..context import DerivationContext
from ..derivation import Derivation


class AboveZero(Derivation):
    """1 where a numeric column of the person table is above zero."""

    kind: Literal["positive"]
    column: AnswerColumn = Field(description="Column of the person table.")

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return whether the number is above zero, missing where it is."""
        numbers = context.answers(None)[self.column]
        return (numbers > 0).astype("float64").where(numbers.notna())

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The column has numbers; yes is above no."""
        yield from other_type(columns_around(place), self.column, (*NUMBERS, "boolean"), "column")
