"""Derivation: the score of an instrument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ...config.base import suggest
from ...config.refs import Place, Ref
from ...config.values import NUMBERS
from ...lazy import pd
from .. import instruments
from ..answers import Answer, columns_around
from ..context import DerivationContext


class InstrumentScore(Answer):
    """The score of an instrument, from the answers to its items.

    Each instrument's rule and its publication are in outcomes/instruments.py.
    """

    kind: Literal["score"]
    instrument: Annotated[str, Ref("instruments")] = Field(
        description="Instrument: docs/reference/stages/outcomes.md lists them."
    )
    prefix: str = Field("", description="What stands before an item's name in the columns' names.")
    value_set: str | None = Field(None, description="Value set, for instruments that have several.")
    band: bool = Field(False, description="Give the band of the score, not the score.")

    @property
    def items(self) -> list[str]:
        """Columns of the items."""
        return [self.prefix + item for item in instruments.INSTRUMENTS[self.instrument].items]

    @property
    def gives_text(self) -> bool:
        """Whether the result is a text."""
        return self.band

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return scores, missing for who has no row.

        The rows of the table are scored as they are, so that an error names the rows of the table.
        """
        rows, table = context.table(self.table), self.table or context.person.table
        by_row = instruments.score(
            self.instrument,
            rows[self.items].astype("float64").to_numpy(),
            self.value_set,
            prefix=self.prefix,
            table=table,
        )
        if self.band:
            by_row = pd.array(instruments.band(self.instrument, by_row), dtype="str")
        place = context.answers(self.table).place
        return pd.Series(by_row).reindex(place).reset_index(drop=True)

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Items are columns of numbers; a value set and bands are given where there are some."""
        yield from super().problems(place)
        columns, instrument = columns_around(place), instruments.INSTRUMENTS.get(self.instrument)
        if instrument is None or not columns:
            return
        for item in self.items:
            if item not in columns:
                yield "prefix", f"unknown name '{item}'{suggest(item, columns)}"
            elif columns[item].type not in NUMBERS:
                yield "prefix", f"item '{item}' is not a number"
        if self.value_set and not instrument.value_sets:
            yield "value_set", f"'{self.instrument}' has no value sets"
        elif instrument.value_sets and not self.value_set:
            known = ", ".join(instrument.value_sets)
            yield "value_set", f"'{self.instrument}' needs a value set: {known}"
        elif self.value_set and self.value_set not in instrument.value_sets:
            hint = suggest(self.value_set, instrument.value_sets)
            yield "value_set", f"unknown name '{self.value_set}'{hint}"
        if self.band and not instrument.bands:
            yield "band", f"'{self.instrument}' has no bands"
