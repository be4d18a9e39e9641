"""Derivation: what a person's first dated row says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ...config.extracts import Column
from ...config.refs import Place, Ref
from ...config.values import DATES, other_type
from ...lazy import pd
from ..answers import AnswerColumn, columns_around
from ..context import DerivationContext
from ..derivation import Derivation


class FirstRecord(Derivation):
    """What a person's first dated row in a table of the trial's own records says.

    Of several on its day it is the first value in order. Missing for people without such a row.
    """

    kind: Literal["first_record"]
    table: Annotated[str, Ref("tables")] = Field(
        description="Table of the extracts with the person's key as a column."
    )
    date: AnswerColumn = Field(description="Column of the day of the row.")
    column: AnswerColumn = Field(description="Column of the value.")

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return the value of the first row."""
        records = context.table(self.table)[[self.date, self.column]]
        records = records.assign(person=context.people_of(self.table))
        records = records[records[self.date].notna() & (records["person"] >= 0)]
        records = records.sort_values([self.date, self.column])
        first = records.drop_duplicates("person").set_index("person")[self.column]
        return first.reindex(range(len(context.day))).reset_index(drop=True)

    def answered(self, place: Place) -> Column | None:
        """Return the column of the value."""
        table = place.config.extracts.tables.get(self.table)
        return table.columns.get(self.column) if table else None

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The day is a date."""
        yield from other_type(columns_around(place), self.date, DATES, "date")
