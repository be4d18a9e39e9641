"""Derivation: a column of the benefit spell on the day of randomisation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ...config.refs import Place, Ref
from ...config.values import impossible_values
from ...lazy import np, pd
from ..benefits import spell_at
from ..context import DerivationContext
from ..derivation import Derivation


class SpellAt(Derivation):
    """A column of the spell on an out-of-work benefit that covers the day of randomisation.

    Of several such spells the one that began last, of these the one that ends last; missing where
    there is none.
    """

    kind: Literal["spell_at"]
    source: Annotated[str, Ref("benefits")] = Field(
        description="Linked source with benefits, as named in trial.yaml."
    )
    column: Annotated[str, Ref("benefit_columns")] = Field(
        description="Column of the table of benefit spells."
    )
    values: list[bool | int | str] = Field(
        default_factory=list,
        description="Values that count as 1, others as 0; the value itself if absent.",
    )
    by_linkage: ClassVar[bool] = True

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return the column of the spell, or whether it is one of the values."""
        claims = context.linked.benefits[self.source]
        row = np.where(claims.known, spell_at(claims.spells, context.day), -1)
        values = claims.records[self.column]
        if self.values:
            values = values.isin(self.values).astype("float64").where(values.notna())
        return values.reindex(row).reset_index(drop=True)

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """The values can occur."""
        spells = place.config.outcomes.benefits.get(self.source)
        table = place.config.extracts.tables.get(spells.table) if spells else None
        column = table.columns.get(self.column) if table else None
        for text in impossible_values(column, self.values):
            yield "values", text
