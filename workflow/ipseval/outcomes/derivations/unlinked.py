"""Derivation: whether a person is not linked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...config.refs import Ref
from ...lazy import np
from ..context import DerivationContext
from ..derivation import Derivation


class Unlinked(Derivation):
    """1 for a person without a linked record in a source, 0 for the others."""

    kind: Literal["unlinked"]
    source: Annotated[str, Ref("sources")] = Field(
        description="Linked source, as named in trial.yaml."
    )

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return who has no linked record."""
        return 1 - context.owners(self.source).linked.astype("float64")
