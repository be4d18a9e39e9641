"""Derivation: number of a person's rows in a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ...config.refs import Place, Ref
from ...config.values import NUMBERS, impossible_conditions, other_type
from ...lazy import np
from ..answers import AnswerColumn, columns_around
from ..context import DerivationContext
from ..derivation import Derivation


class RecordCount(Derivation):
    """Number of a person's rows in a table of the trial's own records; missing if there is none."""

    kind: Literal["record_count"]
    table: Annotated[str, Ref("tables")] = Field(
        description="Table of the extracts with the person's key as a column."
    )
    column: AnswerColumn | None = Field(None, description="Column that says which rows count.")
    above: float | None = Field(
        None, description="Value that the column has to exceed; 0 if absent."
    )
    where: dict[AnswerColumn, list[bool | int | str]] = Field(
        default_factory=dict, description="Column -> values of the rows that count."
    )

    @model_validator(mode="after")
    def _has_what_exceeds(self) -> Self:
        if self.above is not None and self.column is None:
            raise ValueError(
                f"above {self.above:g} is asked of no column; name the `column` that has to exceed "
                "it, or leave `above` out"
            )
        return self

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of rows that count, missing for who has no row."""
        records = context.table(self.table)
        person, n = context.people_of(self.table), len(context.day)
        mine = person >= 0
        counts = mine.copy()
        if self.column:
            counts &= (records[self.column] > (self.above or 0)).to_numpy(
                dtype=bool, na_value=False
            )
        for column, values in self.where.items():
            counts &= records[column].isin(values).to_numpy(dtype=bool)
        number = np.bincount(person[counts], minlength=n)
        has_rows = np.bincount(person[mine], minlength=n) > 0
        return np.where(has_rows, number, np.nan)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The column has numbers, or yes and no, and the conditions can be met."""
        types = (*NUMBERS, "boolean") if self.above is None else NUMBERS
        yield from other_type(columns_around(place), self.column, types, "column")
        yield from impossible_conditions(columns_around(place), self.where, "where")
