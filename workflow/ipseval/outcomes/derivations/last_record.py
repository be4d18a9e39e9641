"""Derivation: what a person's last linked record says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ...calendar import as_days
from ...config.refs import Place, Ref
from ...config.values import DATES, NUMBERS, impossible_conditions, other_type
from ...lazy import np
from ..answers import AnswerColumn, columns_around
from ..context import DerivationContext
from ..derivation import Derivation
from ..linked import rows_that_count


class LastRecord(Derivation):
    """What a person's last linked record after the day of randomisation says, or its day.

    Of several on its day the one with the highest number of the record. Missing for people
    without such a record, and for whom the source is not linked.
    """

    needs_day: ClassVar[bool] = True
    kind: Literal["last_record"]
    source: Annotated[str, Ref("sources")] = Field(
        description="Linked source, as named in trial.yaml."
    )
    table: Annotated[str, Ref("linked_tables")] = Field(
        description="Table of the source, one row a record."
    )
    date: AnswerColumn = Field(description="Column of the day of the record.")
    where: dict[AnswerColumn, list[bool | int | str]] = Field(
        default_factory=dict, description="Column -> values of the rows that are records."
    )
    column: AnswerColumn | None = Field(
        None, description="Column of a number; days since randomisation if absent."
    )
    complete: list[AnswerColumn] = Field(
        default_factory=list,
        description="Columns that the last record has to fill; missing where it does not. An "
        "earlier record does not take its place.",
    )
    until: Annotated[str, Ref("calendar")] | None = Field(
        None,
        description="Event of the calendar: of people to whom it happens, only records before its "
        "day count.",
    )
    by_linkage: ClassVar[bool] = True

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number, or days if no column is named.

        Missing where there is no such record, and where it lacks the number or a column that it
        has to fill.
        """
        owners, day = context.owners(self.source), context.day
        record_id = owners.source.tables[self.table]
        records = rows_that_count(context.table(self.table), self.where)
        rows, person = owners.of(self.table, records[record_id])
        records = records.iloc[rows].assign(person=person)
        on = as_days(records[self.date])
        # A missing day is not after any day.
        counts = on > day[person]
        if self.until:
            # Nothing is on or after a day that does not come.
            counts &= ~(on >= context.day_of(self.until)[person])
        records = records.assign(on=on)[counts]
        last = records.sort_values(["on", record_id], kind="stable").drop_duplicates(
            "person", keep="last"
        )
        person = last["person"].to_numpy()
        if self.column:
            values = last[self.column].astype("float64").to_numpy()
        else:
            values = (as_days(last["on"]) - day[person]).astype("float64")
        filled = last[self.complete].notna().all(axis=1).to_numpy(dtype=bool)
        last_values = np.full(len(day), np.nan)
        last_values[person] = np.where(filled, values, np.nan)
        return last_values

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The day is a date, the number a number, and the conditions can be met."""
        columns = columns_around(place)
        yield from other_type(columns, self.date, DATES, "date")
        yield from other_type(columns, self.column, NUMBERS, "column")
        yield from impossible_conditions(columns, self.where, "where")
