"""Derivation: years from a date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ...calendar import as_days
from ...config.refs import Place, Ref
from ...config.values import DATES, other_type
from ...lazy import np
from ..answers import Answer, columns_around
from ..context import DerivationContext

DAYS_A_YEAR = 365.25


class YearsSince(Answer):
    """Years from a date to the day of randomisation: days over 365.25."""

    needs_day: ClassVar[bool] = True
    kind: Literal["years_since"]
    # The one way from an identifier to a result: people are described by their age.
    column: Annotated[str, Ref("columns", identifier=True)] = Field(
        description="Column of the date. It may be an identifier, the date of birth, since people "
        "are described by their age."
    )

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return years, missing where the date is."""
        since = as_days(context.answers(self.table)[self.column])
        days = np.where(np.isnat(since), np.nan, (context.day - since).astype("float64"))
        return days / DAYS_A_YEAR

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """The column has dates."""
        yield from super().problems(place)
        yield from other_type(columns_around(place), self.column, DATES, "column")
