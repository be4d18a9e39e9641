"""Derivation: the band of a date."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import Field, model_validator

from ...calendar import add_months
from ...lazy import np, pd
from ..context import DerivationContext
from ..spells import DAY
from ..transforms import OfAnother, bands, refuse_bands


class DateBands(OfAnother):
    """Bands of a date, as text: a band begins with its cut."""

    kind: Literal["date_bands"]
    window_months: int = Field(
        0,
        ge=0,
        le=1200,
        description="Band the last day of the window of so many months that begins on the date; "
        "0: the date itself.",
    )
    cuts: list[dt.date] = Field(min_length=1, description="First days of bands, in order.")
    labels: list[str] = Field(description="Names of the bands, one more than cuts.")

    @model_validator(mode="after")
    def _has_one_label_a_band(self) -> Self:
        refuse_bands(self.cuts, self.labels)
        return self

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return the label of the band."""
        dates = context.dates(self.of, f"{name}.of")
        if self.window_months:
            dates = add_months(dates, self.window_months) - DAY
        cuts = np.array(self.cuts, dtype="datetime64[D]").astype(np.int64)
        return bands(name, cuts, dates.astype(np.int64), np.isnat(dates), self.labels)
