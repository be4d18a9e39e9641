"""Rows of cells, each of a type of its own, as columns of one type or of several side by side."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 1 << 17  # rows that are made into a table at once
# What a cell may be; a truth value is a number to Python and not to us.
KINDS = {
    "cells of truth": (bool,),
    "cells of text": (str,),
    "cells of numbers": (int, float, Decimal),
    "cells of time": (dt.date,),
}


def one_table(
    rows: Sequence[Sequence[Any]],
    names: list[str],
    wanted: list[str],
    path: Path,
    table: str,
    first: int = 0,
) -> pa.Table:
    """Return the wanted columns of rows of cells. Raises InputError for what no column can hold.

    first: rows of the file before these.
    """
    import pyarrow as pa

    made = {}
    for name in wanted:
        place = names.index(name)
        cells = [row[place] if place < len(row) else None for row in rows]
        made[name] = _column(cells, name, path, table, first)
    if not made:
        return pa.table({"": pa.nulls(len(rows))})
    return pa.table(made)


def _column(cells: list[Any], name: str, path: Path, table: str, first: int) -> pa.Array:
    """Return cells as one array; where they are of several kinds, as a struct of one each.

    So a number among text is never written out and read again in the form of the text.
    """
    import pyarrow as pa

    cells = [str(cell) if isinstance(cell, uuid.UUID) else cell for cell in cells]
    kinds = [None if cell is None or cell == "" else _kind(cell) for cell in cells]
    if unknown := [first + i + 1 for i, kind in enumerate(kinds) if kind == ""]:
        raise InputError(
            "cells are neither text, numbers, truth values nor dates",
            file=path,
            table=table,
            column=name,
            rows=unknown,
            remedy="ask for times and the like as text",
        )
    parts = {
        kind: _array(
            [cell if own == kind else None for cell, own in zip(cells, kinds, strict=True)], kind
        )
        for kind in KINDS
        if kind in kinds
    }
    if not parts:
        return pa.nulls(len(cells), "string")
    arrays = list(parts.values())
    return arrays[0] if len(arrays) == 1 else pa.StructArray.from_arrays(arrays, list(parts))


def is_mixed(values: pa.Array) -> bool:
    """Whether values are cells of several kinds."""
    import pyarrow as pa

    return pa.types.is_struct(values.type) and {*values.type.names} <= {*KINDS}


def _kind(cell: Any) -> str:
    return next((kind for kind, types in KINDS.items() if isinstance(cell, types)), "")


def _array(cells: list[Any], kind: str) -> pa.Array:
    import pyarrow as pa

    if kind == "cells of numbers":
        there = [cell for cell in cells if cell is not None]
        if all(isinstance(cell, int) and -(2**63) <= cell < 2**63 for cell in there):
            return pa.array(cells, "int64")
        if all(isinstance(cell, Decimal) and cell.is_finite() for cell in there):
            try:
                return pa.array(cells)
            except pa.ArrowInvalid:
                pass  # More digits than any number that is meant has.
        return pa.array([None if cell is None else float(cell) for cell in cells], "float64")
    if kind == "cells of time":
        days = [
            dt.datetime.combine(cell, dt.time()) if type(cell) is dt.date else cell
            for cell in cells
        ]
        zoned = any(cell is not None and cell.tzinfo is not None for cell in days)
        return pa.array(days, pa.timestamp("us", "UTC" if zoned else None))
    return pa.array(cells, "bool" if kind == "cells of truth" else "string")


def tables_of(
    batches: Iterator[Sequence[Sequence[Any]]],
    names: list[str],
    wanted: list[str],
    path: Path,
    table: str,
) -> Iterator[pa.Table]:
    """Yield tables from batches of rows of a database."""
    rows = 0
    for batch in batches:
        yield one_table(batch, names, wanted, path, table, rows)
        rows += len(batch)
