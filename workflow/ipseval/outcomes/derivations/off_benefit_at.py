"""Derivation: whether a person is off benefit on a day."""

from __future__ import annotations

from typing import Literal

from ...lazy import np
from ..benefits import off_at
from ..context import DerivationContext
from ..windows import BenefitDay, where_known


class OffBenefitAt(BenefitDay):
    """1 for people on no out-of-work benefit on a day, 0 for those on one."""

    kind: Literal["off_benefit_at"]

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return who is off benefit."""
        claims = context.linked.benefits[self.source]
        return where_known(claims.known, off_at(claims.out_of_work, self.on(context.day)))
