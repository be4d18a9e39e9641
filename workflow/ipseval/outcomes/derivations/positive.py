"""Derivation: whether a number is above zero."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...lazy import pd
from ..answers import AnswerColumn
from ..context import DerivationContext
from ..derivation import Derivation


class AboveZero(Derivation):
    """1 where a numeric column of the person table is above zero."""

    kind: Literal["positive"]
    column: AnswerColumn = Field(description="Column of the person table.")

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return whether the number is above zero, missing where it is."""
        numbers = context.answers(None)[self.column]
        return (numbers > 0).astype("float64").where(numbers.notna())
