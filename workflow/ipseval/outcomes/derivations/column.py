"""Derivation: a column of a table, as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ...config.extracts import Column
from ...config.refs import Place
from ...config.values import NUMBERS, other_type
from ...lazy import pd
from ..answers import RoutedAnswer, columns_around
from ..context import DerivationContext


class FromColumn(RoutedAnswer):
    """A column of a table with one row a person, optionally rescaled."""

    kind: Literal["column"]
    multiply_by: float = Field(1.0, description="Factor applied to a number.")

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return the column, times the factor."""
        answers = context.answers(self.table)
        values = answers[self.column]
        values = values if self.multiply_by == 1 else values * self.multiply_by
        return self.routed(values, answers)

    def answered(self, place: Place) -> Column | None:
        """Return the column itself, unless its numbers are rescaled."""
        config = place.config
        table = config.extracts.tables.get(self.table or config.trial.person.table)
        return table.columns.get(self.column) if table and self.multiply_by == 1 else None

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """A route that gives 0 gives it to a number, and a factor is of a number."""
        yield from super().problems(place)
        if self.zero_where or self.multiply_by != 1:
            yield from other_type(columns_around(place), self.column, NUMBERS, "column")
