"""Derivation: days to a person's first dated row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ...calendar import as_days
from ...config.refs import Place, Ref
from ...config.values import DATES, other_type
from ...lazy import np
from ..answers import AnswerColumn, columns_around
from ..context import DerivationContext
from ..derivation import Derivation


class DaysUntilFirst(Derivation):
    """Days from randomisation to a person's first dated row in a table of the trial's own."""

    needs_day: ClassVar[bool] = True
    kind: Literal["days_until_first"]
    table: Annotated[str, Ref("tables")] = Field(
        description="Table of the extracts with the person's key as a column."
    )
    column: AnswerColumn = Field(description="Column of the date.")

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return days, missing for who has no dated row."""
        records = context.table(self.table)
        person, on = context.people_of(self.table), as_days(records[self.column])
        dated = (person >= 0) & ~np.isnat(on)
        never = np.datetime64("9999-12-31", "D")
        first = np.full(len(context.day), never)
        np.minimum.at(first, person[dated], on[dated])
        days = (first - context.day).astype("float64")
        return np.where(first == never, np.nan, days)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The column is a date."""
        yield from other_type(columns_around(place), self.column, DATES, "column")
