"""What derivations from linked records share: windows of months, and days.

Months are counted from the day of randomisation. A window has the day on which its first month
begins and lacks the day on which it ends.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from ..calendar import add_months
from ..config.base import Months
from ..config.refs import Ref
from ..lazy import np, pd
from . import spells
from .derivation import Derivation
from .linked import EventRecords

EventStatus = Annotated[str, Ref("event_status")]


class MonthsWindow(Derivation):
    """A derivation from what happened in a window of months."""

    from_month: Months = Field(description="First month, counted from the day of randomisation.")
    to_month: Months = Field(description="Month before whose start the window ends.")

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.to_month <= self.from_month:
            raise ValueError(f"to_month {self.to_month} must be after from_month {self.from_month}")
        return self

    @property
    def months_covered(self) -> tuple[int, int]:
        """The months of the window."""
        return self.from_month, self.to_month

    def window(self, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return each person's first day of the window, and the day after its last."""
        return add_months(day, self.from_month), add_months(day, self.to_month)

    def edges(self, day: np.ndarray) -> np.ndarray:
        """Return the first days of the months of the window, and of the one after it."""
        return spells.months_matrix(day, self.from_month + 1, self.to_month)


class EmploymentWindow(MonthsWindow):
    """A derivation from employments or payments in a window."""

    source: Annotated[str, Ref("spells")] = Field(
        description="Linked source, as named in trial.yaml."
    )
    by_linkage: ClassVar[bool] = True


class BenefitWindow(MonthsWindow):
    """A derivation from benefits in a window."""

    source: Annotated[str, Ref("benefits")] = Field(
        description="Linked source, as named in trial.yaml."
    )
    by_linkage: ClassVar[bool] = True


class EventWindow(MonthsWindow):
    """A derivation from events in a window."""

    events: Annotated[str, Ref("events")] = Field(description="Events, as named under `events`.")
    status: list[EventStatus] = Field(
        default_factory=list, description="Status of the events that count; all if absent."
    )

    def number(self, events: EventRecords, day: np.ndarray, status: list[str]) -> np.ndarray:
        """Return the number of each person's events of some status in the window, all if none."""
        begin, stop = self.window(day)
        counts = (events.on >= begin[events.person]) & (events.on < stop[events.person])
        if status:
            counts = counts & events.status.isin(status).to_numpy()
        return np.bincount(events.person[counts], minlength=len(day)).astype("float64")


class StayWindow(MonthsWindow):
    """A derivation from stays in hospital in a window."""

    stays: Annotated[str, Ref("stays")] = Field(description="Stays, as named under `stays`.")


class BenefitDay(Derivation):
    """A derivation from benefits on a day."""

    source: Annotated[str, Ref("benefits")] = Field(
        description="Linked source, as named in trial.yaml."
    )
    month: Months | None = Field(
        None, description="The day so many months after that of randomisation."
    )
    date: dt.date | None = Field(None, description="The same day for everybody (YYYY-MM-DD).")
    by_linkage: ClassVar[bool] = True

    @model_validator(mode="after")
    def _names_one_day(self) -> Self:
        if (self.month is None) == (self.date is None):
            raise ValueError("give either month or date")
        return self

    @property
    def last_month(self) -> int | None:
        """Month of the day; None for a date."""
        return self.month

    def on(self, day: np.ndarray) -> np.ndarray:
        """Return the day of each person, datetime64[D]."""
        if self.date is not None:
            return np.full(len(day), np.datetime64(self.date, "D"))
        return add_months(day, self.month)


def where_known(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return values, missing for people of whom the source cannot speak."""
    return np.where(known, values, np.nan)


def any_day(merged: pd.DataFrame, edges: np.ndarray) -> np.ndarray:
    """Return people x months: whether any day of the month is covered."""
    return spells.days_by_month(merged, edges) > 0
