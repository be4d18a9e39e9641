"""Rows of two tables that agree on some fields, in Arrow: a register has millions."""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..arrays import index_in


def text_table(frame: pd.DataFrame) -> pa.Table:
    """Return a table of text columns, also where none has a value."""
    return pa.table({name: pa.array(as_texts(frame[name]), pa.string()) for name in frame})


def code_table(frame: pd.DataFrame) -> pa.Table:
    """Return a table of the codes of columns of categories, -1 missing, and numbers as they are."""
    codes = {
        name: column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column
        for name, column in frame.items()
    }
    return pa.table({n: pa.array(c.to_numpy(), mask=c.to_numpy() < 0) for n, c in codes.items()})


def as_texts(values: pd.Series) -> pd.Series:
    """Return a column of categories, or of texts, as texts."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype("str")
    # Series.astype makes a Python string of each value first.
    taken = values.cat.categories.array.take(values.cat.codes.to_numpy(), allow_fill=True)
    return pd.Series(taken, index=values.index, name=values.name)


def with_categories(values: pd.Series, kind: pd.CategoricalDtype) -> pd.Series:
    """Return texts as the categories of a kind; missing where they are none of them."""
    made = pd.Categorical.from_codes(index_in(values, kind.categories.to_series()), dtype=kind)
    return pd.Series(made, index=values.index, name=values.name)


def alike_in_categories(one: pd.DataFrame, other: pd.DataFrame, fields: Iterable[str]) -> None:
    """Make texts of two tables categories, of each field the same for both, in order of texts."""
    for field in fields:
        both = pd.concat([one[field], other[field]], ignore_index=True).astype("category").array
        one[field], other[field] = both[: len(one)], both[len(one) :]


def agreeing(table: pa.Table, other: pa.Table, rule: list[str]) -> pa.Table:
    """Return the rows of table that agree with some row of other on all fields of a rule.

    A missing value agrees with nothing.
    """
    return table.join(other.select(rule), keys=rule, join_type="left semi", use_threads=False)


def within_reach(
    table: pa.Table, other: pa.Table, rules: list[list[str]], key: str
) -> pa.ChunkedArray:
    """Return which rows of table, whose key tells them apart, agree with other on some rule."""
    found = [agreeing(table, other, rule)[key].combine_chunks() for rule in rules]
    return pc.is_in(table[key], pa.concat_arrays(found))
