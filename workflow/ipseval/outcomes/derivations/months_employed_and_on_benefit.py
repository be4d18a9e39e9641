"""Derivation: months with employment and with benefit in a window."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...config.refs import Ref
from ...lazy import np
from ..context import DerivationContext
from ..windows import EmploymentWindow, any_day, where_known


class MonthsEmployedAndOnBenefit(EmploymentWindow):
    """Number of months of the window with a day of employment and a day on benefit or more."""

    kind: Literal["months_employed_and_on_benefit"]
    benefits: Annotated[str, Ref("benefits")] = Field(
        description="Linked source of the benefits; `source` has employments."
    )

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number of months, missing where either source cannot speak."""
        linked, edges = context.linked, self.edges(context.day)
        work, claims = linked.employments[self.source], linked.benefits[self.benefits]
        both = any_day(work.employments, edges) & any_day(claims.out_of_work, edges)
        return where_known(work.known & claims.known, both.sum(axis=1))
