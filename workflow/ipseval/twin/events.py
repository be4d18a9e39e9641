"""Numbers, waits, codes and labels of events, as transforms of uniform numbers."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..calendar import as_days


def geometric(mean: float | np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return whole numbers from 0 up with the given mean (scalar or one an element).

    A geometric number is a Poisson number whose rate varies exponentially from one element to
    the next: most have few events, some have very many.
    """
    means = np.broadcast_to(np.asarray(mean, dtype=float), uniform.shape)
    number = np.zeros(len(uniform), dtype=np.int64)
    some = means > 0
    odds = means[some] / (1 + means[some])
    number[some] = np.floor(np.log(uniform[some]) / np.log(odds))
    return number


def waits(mean: float | np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return exponential waits in whole days, with the given mean in days."""
    return np.floor(-np.asarray(mean) * np.log(uniform)).astype(np.int64)


def pick(shares: dict[str, float], uniform: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Return a code for each uniform number, in the declared shares (any positive total)."""
    bounds = np.cumsum(list(shares.values()))
    index = np.searchsorted(bounds[:-1] / bounds[-1], uniform, side="right")
    return pd.array(list(shares), dtype="str").take(index)


def labels(prefix: str, numbers: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Return labels such as C000000012: a prefix and the number in nine digits."""
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.large_string()), 9, "0")
    joined = pc.binary_join_element_wise(
        pa.scalar(prefix, pa.large_string()), digits, pa.scalar("", pa.large_string())
    )
    return pd.array(joined, dtype="str")


def day_number(dates: np.ndarray | pd.Series) -> np.ndarray:
    """Return dates as whole days from 1970-01-01; none may be missing."""
    return as_days(dates).astype(np.int64)
