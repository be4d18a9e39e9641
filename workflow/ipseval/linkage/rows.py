"""Rows of two tables that agree on some fields, in Arrow: a register has millions."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def text_table(frame: pd.DataFrame) -> pa.Table:
    """Return a table of text columns, also where none has a value."""
    return pa.table({name: pa.array(frame[name].astype("str"), pa.string()) for name in frame})


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


def in_order(table: pa.Table) -> pa.Array:
    """Return the positions of rows in order of all columns, missing values last."""
    return pc.sort_indices(table, sort_keys=[(name, "ascending") for name in table.column_names])
