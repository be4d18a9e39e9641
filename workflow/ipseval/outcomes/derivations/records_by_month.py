"""Derivation: number of a person's dated rows in each month since randomisation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ...calendar import as_days
from ...config.base import Day
from ...config.refs import Place, Ref
from ...config.values import DATES, other_type
from ...lazy import np, pd
from ..answers import AnswerColumn, columns_around
from ..context import DerivationContext
from ..derivation import Derivation
from ..spells import months_matrix


class RecordsByMonth(Derivation):
    """Number of a person's dated rows in each month since randomisation, a result a month.

    Month 1 begins with the day of randomisation. Missing for people without a row in the table, and
    for months that end after the last day of the records.
    """

    needs_day: ClassVar[bool] = True
    kind: Literal["records_by_month"]
    table: Annotated[str, Ref("tables")] = Field(
        description="Table of the extracts with the person's key as a column."
    )
    column: AnswerColumn = Field(description="Column of the date.")
    months: int = Field(ge=1, le=120, description="Months counted.")
    last_day: Day = Field(description="Last day of the records, ISO date.")
    prefix: str = Field(
        pattern="^[a-z][a-z0-9_]*_$",
        description="What the names of the results begin with; the number of the month follows.",
    )

    @property
    def columns_begin_with(self) -> str:
        """What the names of its results begin with."""
        return self.prefix

    @property
    def _names(self) -> list[str]:
        return [f"{self.prefix}{month}" for month in range(1, self.months + 1)]

    def columns_made(self, name: str, place: Place) -> list[str]:
        """Return one name a month."""
        return self._names

    def derive(self, name: str, context: DerivationContext) -> pd.DataFrame:
        """Return the number of rows by month."""
        records = context.table(self.table)
        person, on = context.people_of(self.table), as_days(records[self.column])
        dated = (person >= 0) & ~np.isnat(on)
        person, on = person[dated], on[dated]
        first_days = months_matrix(context.day, 1, self.months)
        # The month of a row is the number of first days on or before it.
        month = np.zeros(len(person), dtype=np.int64)
        for first in first_days.T:
            month += on >= first[person]
        shape = (len(context.day), self.months + 2)
        cells = np.bincount(person * shape[1] + month, minlength=shape[0] * shape[1])
        counts = cells.reshape(shape).astype("float64")
        has_rows = counts.any(axis=1, keepdims=True)
        seen = first_days[:, 1:] <= np.datetime64(self.last_day, "D") + np.timedelta64(1, "D")
        known = np.where(has_rows & seen, counts[:, 1:-1], np.nan)
        return pd.DataFrame(known, columns=self._names)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The column is a date."""
        yield from other_type(columns_around(place), self.column, DATES, "column")
