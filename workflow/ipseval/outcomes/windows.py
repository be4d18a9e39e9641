"""Outcomes from linked records in a window of months or on a day, whole arrays at a time."""

import numpy as np
import pandas as pd

from ..calendar import add_months, as_days
from ..config.linked_derivations import (
    BedDays,
    BenefitKind,
    DaysOffBenefit,
    DaysOnBenefit,
    EmployedWeeksAtLeast,
    EmploymentKind,
    EventCount,
    EventShare,
    LinkedKind,
    MonthsEmployed,
    MonthsEmployedAndOnBenefit,
    MonthsOnBenefit,
    OffBenefitAt,
    PayrollCharge,
    RemainedOffBenefit,
    SpellAt,
    SpellLengthBefore,
    StayCount,
    TotalBenefit,
    TotalPay,
    WeeksEmployed,
)
from . import spells
from .benefits import benefit_in_window, days_on_before, off_at, remained_off, spell_at
from .linked import Benefits, Employments, EventRecords, Linked, StayRecords
from .payroll import charge_in_window


def derive_linked(spec: LinkedKind, day: np.ndarray, linked: Linked) -> np.ndarray | pd.Series:
    """Return one result a person (n, float; a column of a spell as it is), missing for whom the
    source cannot speak.

    `day` is that of randomisation, datetime64[D], in the order of people.
    """
    match spec:
        case MonthsEmployedAndOnBenefit():
            work, claims = linked.employments[spec.source], linked.benefits[spec.benefits]
            edges = _edges(day, spec)
            both = _any_day(work.employments, edges) & _any_day(claims.out_of_work, edges)
            return np.where(work.known & claims.known, both.sum(axis=1), np.nan)
        case BedDays():
            stays = linked.stays[spec.stays]
            merged = stays.days if spec.count == "days" else stays.nights
            days = spells.days_in_window(merged, *_window(day, spec))
            return np.where(stays.known, days, np.nan)
        case StayCount():
            stays = linked.stays[spec.stays]
            return np.where(stays.known, _stays(spec, stays, day), np.nan)
        case EventCount() | EventShare():
            events = linked.events[spec.events]
            return np.where(events.known, _events(spec, events, day), np.nan)
        case SpellAt():
            return _at_randomisation(spec, linked.benefits[spec.source], day)
        case PayrollCharge():
            work, window = linked.employments[spec.source], _window(day, spec)
            due = charge_in_window(spec.charge, work, day, *window, linked.paye)
            return np.where(work.known, due, np.nan)
    if isinstance(spec, EmploymentKind):
        work = linked.employments[spec.source]
        return np.where(work.known, _employment(spec, work, day), np.nan)
    claims = linked.benefits[spec.source]
    return np.where(claims.known, _benefit(spec, claims, day), np.nan)


def _window(day: np.ndarray, spec) -> tuple[np.ndarray, np.ndarray]:
    return add_months(day, spec.from_month), add_months(day, spec.to_month)


def _edges(day: np.ndarray, spec) -> np.ndarray:
    """Return the first days of the months of a window, and of the one after it."""
    return spells.months_matrix(day, spec.from_month + 1, spec.to_month)


def _any_day(merged: pd.DataFrame, edges: np.ndarray) -> np.ndarray:
    """Return people x months: whether any day of the month is covered."""
    return spells.days_by_month(merged, edges) > 0


def _employment(spec: EmploymentKind, work: Employments, day: np.ndarray) -> np.ndarray:
    if isinstance(spec, MonthsEmployed):
        return _any_day(work.employments, _edges(day, spec)).sum(axis=1)
    begin, stop = _window(day, spec)
    if isinstance(spec, TotalPay):
        return spells.pay_in_window(work.person, work.paid_on, work.amount, begin, stop)
    days = spells.days_in_window(work.employments, begin, stop)
    match spec:
        case WeeksEmployed():
            return days / 7
        case EmployedWeeksAtLeast():
            return (days >= 7 * spec.weeks).astype("float64")


def _benefit(spec: BenefitKind, claims: Benefits, day: np.ndarray) -> np.ndarray:
    match spec:
        case OffBenefitAt():
            return off_at(claims.out_of_work, _day(spec, day))
        case RemainedOffBenefit():
            return remained_off(claims.out_of_work, _day(spec, day), spec.months)
        case MonthsOnBenefit():
            return _any_day(claims.out_of_work, _edges(day, spec)).sum(axis=1)
        case TotalBenefit():
            return benefit_in_window(claims.awards, *_window(day, spec))
        case SpellLengthBefore():
            return days_on_before(claims.out_of_work, day)
    begin, stop = _window(day, spec)
    days = spells.days_in_window(claims.out_of_work, begin, stop)
    match spec:
        case DaysOnBenefit():
            return days
        case DaysOffBenefit():
            return (stop - begin).astype(np.int64) - days


def _at_randomisation(spec: SpellAt, claims: Benefits, day: np.ndarray) -> pd.Series:
    """Return the column of the spell that covers the day of randomisation, or whether it is one
    of the values."""
    row = np.where(claims.known, spell_at(claims.spells, day), -1)
    found = claims.records[spec.column]
    if counted := list(spec.values):
        found = found.isin(counted).astype("float64").where(found.notna())
    return found.reindex(row).reset_index(drop=True)


def _day(spec: OffBenefitAt | RemainedOffBenefit, day: np.ndarray) -> np.ndarray:
    if spec.date is not None:
        return np.full(len(day), np.datetime64(spec.date, "D"))
    return add_months(day, spec.month)


def _stays(spec: StayCount, stays: StayRecords, day: np.ndarray) -> np.ndarray:
    """Return the number of stays of each person that begin in the window and are of the length."""
    begin, stop = _window(day, spec)
    found = stays.stays
    person, first = found["person"].to_numpy(), as_days(found["first"])
    nights = found["nights"].to_numpy()
    counts = (first >= begin[person]) & (first < stop[person]) & (nights >= spec.nights_at_least)
    if spec.nights_at_most is not None:
        counts &= nights <= spec.nights_at_most
    return np.bincount(person[counts], minlength=len(day)).astype("float64")


def _events(spec: EventCount | EventShare, events: EventRecords, day: np.ndarray) -> np.ndarray:
    """Return the number of events of each person, or the share of those that count."""
    begin, stop = _window(day, spec)
    inside = (events.on >= begin[events.person]) & (events.on < stop[events.person])

    def number(status: list[str]) -> np.ndarray:
        counts = inside & events.status.isin(status).to_numpy() if status else inside
        return np.bincount(events.person[counts], minlength=len(day)).astype("float64")

    if isinstance(spec, EventCount):
        return number(spec.status)
    among = number(spec.among)
    return np.where(among > 0, number(spec.status) / np.maximum(among, 1), np.nan)
