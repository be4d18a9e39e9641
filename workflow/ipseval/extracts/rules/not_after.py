"""Rule: a day is not after a day that another table has for the same key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ...config.refs import Place, Ref
from ...config.values import impossible_conditions
from ...lazy import np
from ..rule import CrossRule, OtherColumn

if TYPE_CHECKING:
    from ..rule import Tables


class NotAfter(CrossRule):
    """A day is not after a day that another table has for the same key.

    Of several days of a key the first counts. A row whose key the other table lacks obeys.
    """

    kind: Literal["not_after"]
    column: Annotated[str, Ref("columns", identifier=True)] = Field(
        description="Column of the table, a date."
    )
    day: OtherColumn = Field(description="table.column of the last day, a date.")
    where: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Column of the other table -> values of the rows that count; all if absent.",
    )

    @property
    def other(self) -> str:
        """Return the table of the last days."""
        return self.day.split(".")[0]

    @property
    def of(self) -> str:
        """Return the column of the days."""
        return self.column

    @property
    def expected(self) -> str:
        """Return what the rule expects, in words."""
        return f"not after {self.day} of the same {self.key}"

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Conditions can be met."""
        yield from super().problems(place)
        other = place.config.extracts.tables.get(self.other)
        yield from impossible_conditions(other.columns if other else {}, self.where, "where")

    def broken(self, tables: Tables) -> np.ndarray:
        """Return rows whose day is later."""
        mine, other = tables[self.table], tables[self.other]
        for column, values in self.where.items():
            other = other[other[column].isin(values)]
        last = other.groupby(self.key)[self.day.split(".")[1]].min()
        # Whole days, because a contact on the day itself is possible.
        # Taken by reindex: map gives numbers where nobody has a last day.
        limit = last.dt.normalize().reindex(mine[self.key]).to_numpy()
        return mine[self.column].dt.normalize().to_numpy() > limit
