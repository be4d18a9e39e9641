"""Derivation: the band of a date."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ...calendar import add_months
from ...config.refs import Ref
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
    cuts: list[dt.date] = Field(default_factory=list, description="First days of bands, in order.")
    events: list[Annotated[str, Ref("dated_events")]] = Field(
        default_factory=list,
        description="The same as events of the calendar, in order, instead of cuts.",
    )
    labels: list[str] = Field(description="Names of the bands, one more than cuts.")

    @model_validator(mode="after")
    def _has_one_label_a_band(self) -> Self:
        if bool(self.cuts) == bool(self.events):
            raise ValueError("give either cuts or events")
        refuse_bands(self.cuts or list(range(len(self.events))), self.labels)
        return self

    @property
    def gives_text(self) -> bool:
        """Whether the result is a text."""
        return True

    def derive(self, name: str, context: DerivationContext) -> pd.Series:
        """Return the label of the band."""
        dates = context.dates(self.of, f"{name}.of")
        if self.window_months:
            dates = add_months(dates, self.window_months) - DAY
        # An event of this kind is on one day for everybody.
        dated = [context.trial.calendar[event].date for event in self.events]
        cuts = np.array(self.cuts or dated, dtype="datetime64[D]").astype(np.int64)
        return bands(name, cuts, dates.astype(np.int64), np.isnat(dates), self.labels)
