"""Results made from another result: bands, thresholds, winsorised values."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..calendar import add_months, as_days
from ..config.derivations import (
    AboveMedian,
    AreaUnderCurve,
    Bands,
    DateBands,
    Fall,
    MonthOf,
    Reached,
    TransformKind,
    Winsorised,
)
from ..errors import InputError
from .spells import DAY

MONTHS_A_YEAR = 12


def transform(name: str, spec: TransformKind, known: Mapping[str, object]):
    """Return a result from another one, in the order of people; missing stays missing, unless
    the result says what it counts as.

    `known` has covariates, outcomes and columns of every trial by name; medians and quantiles
    are those of everybody whose result is known. Raises InputError for a result that is no
    number, or no date where one is needed, and for a cut that leaves a band empty.
    """
    match spec:
        case Fall():
            return _fall(name, spec, known)
        case AreaUnderCurve():
            return _area(name, spec, known)
        case DateBands():
            return _date_bands(name, spec, _dates(name, spec, known))
        case MonthOf():
            months = pd.Series(_dates(name, spec, known).astype("datetime64[M]").astype(str))
            return months.mask(months == "NaT").astype("str")
    values = _numbers(name, "of", spec.of, known)
    missing = np.isnan(values)
    some = values[~missing]
    match spec:
        case Reached():
            reached = values >= spec.threshold if spec.at_most is None else values <= spec.at_most
            otherwise = np.nan if spec.missing_is is None else spec.missing_is
            return np.where(missing, otherwise, reached).astype("float64")
        case Winsorised():
            return np.minimum(values, np.quantile(some, spec.quantile)) if len(some) else values
        case AboveMedian():
            if spec.among:
                inside = _numbers(name, "among", spec.among, known) == 1
                some = values[inside & ~missing]
            cut = np.median(some) if len(some) else np.nan
            missing = missing | np.isnan(cut)
            above = values >= cut if spec.at_or_above else values > cut
            if spec.labels:
                return _texts(above.astype(int), missing, spec.labels)
            return np.where(missing, np.nan, above)
        case Bands():
            return _bands(name, spec.cuts, values, missing, spec.labels)


def only_where(name: str, column: str | None, values, known: Mapping[str, object]):
    """Return values of people for whom a 0/1 column is 1, missing for the others; all if None."""
    if column is None:
        return values
    inside = _numbers(name, "only_where", column, known) == 1
    return pd.Series(values).reset_index(drop=True).where(inside)


def _numbers(name: str, key: str, column: str, known: Mapping[str, object]) -> np.ndarray:
    given = pd.Series(known[column])
    if not pd.api.types.is_numeric_dtype(given):
        raise InputError(f"'{column}' is no number", rule=f"{name}.{key}")
    return given.astype("float64").to_numpy()


def _dates(name: str, spec: DateBands | MonthOf, known: Mapping[str, object]) -> np.ndarray:
    given = pd.Series(known[spec.of])
    if not pd.api.types.is_datetime64_any_dtype(given):
        raise InputError(f"'{spec.of}' is no date", rule=f"{name}.of")
    return as_days(given)


def _fall(name: str, spec: Fall, known: Mapping[str, object]) -> np.ndarray:
    """Return 1 where the number fell by enough, or to below the cut; missing where either is."""
    before = _numbers(name, "before", spec.before, known)
    after = _numbers(name, "after", spec.after, known)
    if spec.below is None:
        fell = before - after >= spec.at_least
    else:
        fell = (before >= spec.below) & (after < spec.below)
    return np.where(np.isnan(before) | np.isnan(after), np.nan, fell)


def _area(name: str, spec: AreaUnderCurve, known: Mapping[str, object]) -> np.ndarray:
    """Return the area under straight lines between the known numbers (n, float), over years.

    A line over a missing number is the line on which its neighbours' interpolation lies.
    """
    measured = {m / MONTHS_A_YEAR: _numbers(name, "of", c, known) for m, c in spec.of.items()}
    (at, value), *later = measured.items()
    at, area, lacks = np.full(len(value), at), np.zeros(len(value)), np.isnan(value)
    for year, number in later:
        missing = np.isnan(number)
        area += np.where(missing, 0, (year - at) * (value + number) / 2)
        at, value = np.where(missing, at, year), np.where(missing, value, number)
        lacks |= missing if not spec.interpolate else False
    return np.where(lacks | missing, np.nan, area)


def _date_bands(name: str, spec: DateBands, dates: np.ndarray):
    if spec.window_months:
        dates = add_months(dates, spec.window_months) - DAY
    missing = np.isnat(dates)
    cuts = np.array(spec.cuts, dtype="datetime64[D]").astype(np.int64)
    return _bands(name, cuts, dates.astype(np.int64), missing, spec.labels)


def _bands(name: str, cuts, values: np.ndarray, missing: np.ndarray, labels: list[str]):
    """Return the band of each value: the number of cuts at or below it."""
    band = np.searchsorted(np.asarray(cuts), values, side="right")
    known = band[~missing]
    for end in (0, len(labels) - 1):
        if len(known) and not (known == end).any():
            raise InputError(
                f"nobody is in the band '{labels[end]}': its cut lies outside the values",
                rule=f"{name}.cuts",
                remedy="move the cut, or take the band out",
            )
    return _texts(band, missing, labels)


def _texts(place: np.ndarray, missing: np.ndarray, labels: list[str]) -> pd.Series:
    """Return labels by place, missing where the value is."""
    texts = pd.Series(np.asarray(labels, dtype=object)[place], dtype="str")
    return texts.mask(missing)
