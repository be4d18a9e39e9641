"""Derivation: several columns of a table, each under its own name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from ...config.refs import Place, identifier_refused
from ...lazy import pd
from ..answers import Answer, columns_around
from ..context import DerivationContext


class FromColumns(Answer):
    """Every column of a table with a prefix: the answers to a multiple choice."""

    kind: Literal["columns"]
    prefix: str = Field(description="What the columns' names begin with.")

    @property
    def columns_begin_with(self) -> str:
        """What the names of its results begin with."""
        return self.prefix

    def columns_made(self, name: str, place: Place) -> list[str]:
        """Return the columns that begin with the prefix."""
        return [column for column in columns_around(place) if column.startswith(self.prefix)]

    def derive(self, name: str, context: DerivationContext) -> pd.DataFrame:
        """Return the columns, by their own names."""
        answers = context.answers(self.table)
        return answers[[column for column in answers.columns if column.startswith(self.prefix)]]

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """There is such a column."""
        yield from super().problems(place)
        columns = columns_around(place)
        prefixed = {name: spec for name, spec in columns.items() if name.startswith(self.prefix)}
        if columns and not prefixed:
            yield "prefix", f"no column begins with '{self.prefix}'"
        for name, column in prefixed.items():
            if column.sensitivity == "identifier":
                yield "prefix", identifier_refused(name)
