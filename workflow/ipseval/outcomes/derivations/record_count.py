"""Derivation: number of a person's rows in a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ...config.refs import Place, Ref
from ...config.values import impossible_conditions
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
    above: float = Field(0.0, description="Value that the column has to exceed.")
    where: dict[AnswerColumn, list[bool | int | str]] = Field(
        default_factory=dict, description="Column -> values of the rows that count."
    )

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of rows that count, missing for who has no row."""
        records = context.table(self.table)
        keys = records[context.person.key]
        counts = records[self.column] > self.above if self.column else keys.notna()
        for column, values in self.where.items():
            counts &= records[column].isin(values)
        sums = counts.astype("float64").groupby(keys).sum()
        return sums.reindex(context.record_ids).to_numpy()

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The conditions can be met."""
        yield from impossible_conditions(columns_around(place), self.where, "where")
