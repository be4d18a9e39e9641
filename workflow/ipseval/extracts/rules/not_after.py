"""Rule: a day is not after a day that another table has for the same key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ...config.refs import Place, Ref
from ...config.values import impossible_conditions
from ...lazy import np, pd
from ..rule import OtherColumn, OtherTableRule

if TYPE_CHECKING:
    from ...config.trial import Trial
    from ..rule import Tables


class NotAfter(OtherTableRule):
    """A day is not after a day that another table has for the same key.

    Of several days of a key the first counts. A row whose key the other table lacks obeys. Where
    the two tables have no key in common, `through` names one that has the keys of both: keys are
    then compared in capitals without spaces and hyphens.
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
    through: OtherColumn | None = Field(
        None,
        description="table.column of the other table's key, in a table that has this key as well; "
        "the key of both if absent.",
    )

    @property
    def other(self) -> str:
        """Return the table of the last days."""
        return self.day.split(".")[0]

    @property
    def joined_with(self) -> str:
        """Return the table that has the keys of both, or the other table."""
        return self.through.split(".")[0] if self.through else self.other

    @property
    def of(self) -> str:
        """Return the column of the days."""
        return self.column

    @property
    def expected(self) -> str:
        """Return what the rule expects, in words."""
        return f"not after {self.day} of the same {self.key}"

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Conditions can be met, and the other table has its key."""
        yield from super().problems(place)
        other = place.config.extracts.tables.get(self.other)
        theirs = self.through.split(".")[-1] if self.through else None
        if other is not None and theirs is not None and theirs not in other.columns:
            yield "through", f"'{self.other}' has no column '{theirs}'"
        yield from impossible_conditions(other.columns if other else {}, self.where, "where")

    def broken(self, tables: Tables, trial: Trial) -> np.ndarray:
        """Return rows whose day is later."""
        mine, other = tables[self.table], tables[self.other]
        for column, values in self.where.items():
            other = other[other[column].isin(values)]
        day = self.day.split(".")[1]
        keys = mine[self.key]
        if self.through:
            table, theirs = self.through.split(".")
            both = tables[table][[self.key, theirs]].dropna()
            other = other[[theirs, day]].merge(both, on=theirs)
            other = other.assign(**{self.key: _plain(other[self.key])})
            keys = _plain(keys)
        last = other.groupby(self.key)[day].min()
        # Whole days, because a contact on the day itself is possible.
        # Taken by reindex: map gives numbers where nobody has a last day.
        limit = last.dt.normalize().reindex(keys).to_numpy()
        return mine[self.column].dt.normalize().to_numpy() > limit


def _plain(keys: pd.Series) -> pd.Series:
    """Return keys in capitals without spaces and hyphens."""
    return keys.astype("str").str.upper().str.replace("[ -]", "", regex=True)
