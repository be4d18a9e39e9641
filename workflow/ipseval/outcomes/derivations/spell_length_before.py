"""Derivation: days on benefit before randomisation."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ...config.refs import Ref
from ...lazy import np
from ..benefits import days_on_before
from ..context import DerivationContext
from ..derivation import Derivation
from ..windows import where_known


class SpellLengthBefore(Derivation):
    """Days on out-of-work benefits without a break until the day before randomisation.

    Spells that overlap or touch are one. Missing for people on none on the day of randomisation.
    """

    kind: Literal["spell_length_before"]
    source: Annotated[str, Ref("benefits")] = Field(
        description="Linked source with benefits, as named in trial.yaml."
    )
    by_linkage: ClassVar[bool] = True

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of days."""
        claims = context.linked.benefits[self.source]
        return where_known(claims.known, days_on_before(claims.out_of_work, context.day))
