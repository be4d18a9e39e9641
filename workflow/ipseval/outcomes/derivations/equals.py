"""Derivation: whether a column has a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ...config.refs import Place, Ref
from ...config.values import impossible_values
from ...lazy import pd
from ..answers import AnswerColumn, columns_around
from ..context import DerivationContext
from ..derivation import Derivation


class EqualTo(Derivation):
    """1 where a column of the person table has a given value, 0 elsewhere."""

    kind: Literal["equals"]
    column: AnswerColumn = Field(description="Column of the person table.")
    value: Annotated[str, Ref("codes")] = Field(description="Value that counts as 1.")

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return whether the column has the value; a missing one has not."""
        return (context.answers(None)[self.column] == self.value).astype("float64")

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The value is a text, and so is what the column has."""
        column = columns_around(place).get(self.column)
        if column is not None and column.codes is None:
            for text in impossible_values(column, [self.value]):
                yield "value", f"{text}; kind one_of takes values of every type"
