"""Operations on whole columns that more than one stage needs."""

from __future__ import annotations

from .lazy import np, pd


def occurs_in(values: pd.Series, known: pd.Series) -> np.ndarray:
    """Return which values occur among the known ones (n, bool); a missing value does not.

    Series.isin turns columns of text into lists of Python strings first; Arrow looks a million
    up in a few tenths of a second.
    """
    return index_in(values, known) >= 0


def index_in(values: pd.Series, known: pd.Series) -> np.ndarray:
    """Return the place of each value among the known ones (n, int), the first; -1 for none.

    A missing value has none. Of categories each is looked up once.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values.dtype, pd.CategoricalDtype):
        places = index_in(values.cat.categories.to_series(), known)
        return np.append(places, -1)[values.cat.codes]  # the code of a missing value is -1

    left, right = pa.array(values), pa.array(known)
    if left.type != right.type:
        right = right.cast(left.type)
    positions = pc.index_in(left, value_set=right, skip_nulls=True)
    return np.asarray(positions.fill_null(-1), dtype=np.int64)


def moments(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Return weighted mean and standard deviation (n/(n-1), so the usual one without weights)."""
    mean = np.average(values, weights=weights)
    n = len(values)
    variance = np.average((values - mean) ** 2, weights=weights) * n / max(n - 1, 1)
    return float(mean), float(np.sqrt(variance)) if np.ptp(values) > 0 else 0.0
