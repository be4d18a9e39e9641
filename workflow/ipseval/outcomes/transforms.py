"""Results made from another result: bands, thresholds, winsorised values."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..calendar import add_months, as_days
from ..config.derivations import AboveMedian, Bands, DateBands, Reached, TransformKind, Winsorised
from ..errors import InputError
from .spells import DAY


def transform(name: str, spec: TransformKind, known: Mapping[str, object]):
    """Return a result from another one, in the order of people; missing stays missing, unless
    the result says what it counts as.

    `known` has covariates, outcomes and columns of every trial by name; medians and quantiles
    are those of everybody whose result is known. Raises InputError for a result that is no
    number, or no date where one is needed, and for a cut that leaves a band empty.
    """
    given = pd.Series(known[spec.of]).reset_index(drop=True)
    if isinstance(spec, DateBands):
        return _date_bands(name, spec, given)
    if not pd.api.types.is_numeric_dtype(given):
        raise InputError(f"'{spec.of}' is no number", rule=f"{name}.of")
    values = given.astype("float64").to_numpy()
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
            above = values > (np.median(some) if len(some) else 0)
            if spec.labels:
                return _texts(above.astype(int), missing, spec.labels)
            return np.where(missing, np.nan, above)
        case Bands():
            return _bands(name, spec.cuts, values, missing, spec.labels)


def _date_bands(name: str, spec: DateBands, given: pd.Series):
    if not pd.api.types.is_datetime64_any_dtype(given):
        raise InputError(f"'{spec.of}' is no date", rule=f"{name}.of")
    dates = as_days(given)
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
