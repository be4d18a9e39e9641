"""Derivation: whether a column has a value."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...config.refs import Ref
from ...lazy import pd
from ..answers import AnswerColumn
from ..context import DerivationContext
from ..derivation import Derivation


class EqualTo(Derivation):
    """1 where a column of the person table has a given value, 0 elsewhere."""

    kind: Literal["equals"]
    column: AnswerColumn = Field(description="Column of the person table.")
    value: Annotated[str, Ref("codes")] = Field(description="Value that counts as 1.")

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return whether the column has the value; a missing one has not."""
        return (context.answers(None)[self.column] == self.value).astype("float64")
