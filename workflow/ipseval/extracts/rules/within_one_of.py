"""Rule: a row belongs to one of the rows of another table that meet conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ...arrays import occurs_in
from ...config.base import suggest
from ...config.refs import Place, Ref
from ...lazy import np
from ..rule import OtherTableRule

if TYPE_CHECKING:
    from ...config.trial import Trial
    from ..rule import Tables


class WithinOneOf(OtherTableRule):
    """A row belongs to one of the rows of another table that meet conditions, by the key."""

    kind: Literal["within_one_of"]
    rows_of: Annotated[str, Ref("tables")] = Field(description="The other table.")
    where: dict[str, list[bool | int | str]] = Field(
        min_length=1, description="Column of the other table -> values of the rows that count."
    )

    @property
    def other(self) -> str:
        """Return the table that rows have to belong to."""
        return self.rows_of

    @property
    def of(self) -> str:
        """Return the key."""
        return self.key

    @property
    def expected(self) -> str:
        """Return what the rule expects, in words."""
        given = " and ".join(
            f"{column} {' or '.join(map(str, values))}" for column, values in self.where.items()
        )
        return f"a {self.key} of {self.rows_of} with {given}"

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Conditions are on columns of the other table."""
        yield from super().problems(place)
        other = place.config.extracts.tables.get(self.rows_of)
        columns = other.columns if other else {}
        for column in self.where if other else ():
            if column not in columns:
                yield (
                    f"where.{column}",
                    f"unknown name '{column}'{suggest(column, columns)}",
                )

    def broken(self, tables: Tables, trial: Trial) -> np.ndarray:
        """Return rows whose key no such row has."""
        mine, other = tables[self.table], tables[self.rows_of]
        for column, values in self.where.items():
            other = other[other[column].isin(values)]
        keys, known = mine[self.key], other[self.key]
        lost = keys.isna().to_numpy() & known.isna().any()  # missing in both is the same
        return ~(occurs_in(keys, known) | lost)
