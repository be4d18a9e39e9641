"""Derivation: whether a person is in a table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...arrays import occurs_in
from ...config.refs import Ref
from ...lazy import np
from ..context import DerivationContext
from ..derivation import Derivation


class InTable(Derivation):
    """1 for a person with a row in a table of the trial's own records, 0 for the others."""

    kind: Literal["in_table"]
    table: Annotated[str, Ref("tables")] = Field(
        description="Table of the extracts with the person's key as a column."
    )

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return who has a row."""
        keys = context.table(self.table)[context.person.key]
        return occurs_in(context.record_ids, keys).astype("float64")
