"""Rows of cells, each of a type of its own, as columns of one type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.delivery import FileSource
from ..errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 1 << 17  # rows that are made into a table at once


def one_table(
    rows: Sequence[Sequence[Any]],
    names: list[str],
    wanted: list[str],
    source: FileSource,
    path: Path,
    table: str,
    first: int = 0,
) -> pa.Table:
    """Return the wanted columns of rows of cells. Raises InputError for what no column can hold.

    first: rows of the file before these.
    """
    import pyarrow as pa

    ours = {theirs: name for name, theirs in source.columns.items()}
    made = {}
    for name in wanted:
        place = names.index(name)
        cells = [row[place] if place < len(row) else None for row in rows]
        forms = source.forms(ours.get(name, name))
        made[name] = _column(cells, forms.date_format[0], name, path, table, first)
    if not made:
        return pa.table({"": pa.nulls(len(rows))})
    return pa.table(made)


def _column(
    cells: list[Any], date_format: str, name: str, path: Path, table: str, first: int
) -> pa.Array:
    import pyarrow as pa

    cells = [None if cell == "" else cell for cell in cells]
    kinds = {type(cell) for cell in cells if cell is not None}
    if not kinds <= {str, bool, int, float, Decimal, dt.date, dt.datetime}:
        known = (str, bool, int, float, Decimal, dt.date, dt.datetime)
        rows = [
            first + i + 1
            for i, cell in enumerate(cells)
            if cell is not None and type(cell) not in known
        ]
        raise InputError(
            "cells are neither text, numbers, truth values nor dates",
            file=path,
            table=table,
            column=name,
            rows=rows,
            remedy="ask for times and the like as text",
        )
    if kinds == {dt.datetime} or kinds == {dt.date, dt.datetime}:
        zone = [i for i, cell in enumerate(cells) if getattr(cell, "tzinfo", None) is not None]
        if zone:
            return pa.array(cells, pa.timestamp("us", "UTC"))
        whole = [
            dt.datetime.combine(cell, dt.time())
            if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime)
            else cell
            for cell in cells
        ]
        return pa.array(whole, pa.timestamp("us"))
    if (kinds <= {int, float} and len(kinds) == 2) or kinds == {int}:
        whole_numbers = kinds == {int} and all(
            cell is None or -(2**63) <= cell < 2**63 for cell in cells
        )
        return pa.array(cells, "int64" if whole_numbers else "float64", from_pandas=True)
    if len(kinds) <= 1:
        return pa.array(cells)
    return pa.array([_written(cell, date_format) for cell in cells], "string")


def _written(cell: Any, date_format: str) -> str | None:
    """Return a cell among others of other types as a text file would have it."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.date):
        if date_format == "serial":
            return str((dt.date(cell.year, cell.month, cell.day) - dt.date(1899, 12, 30)).days)
        return cell.strftime(date_format)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)


def tables_of(
    batches: Iterator[Sequence[Sequence[Any]]],
    names: list[str],
    wanted: list[str],
    source: FileSource,
    path: Path,
    table: str,
) -> Iterator[pa.Table]:
    """Yield tables from batches of rows of a database."""
    rows = 0
    for batch in batches:
        yield one_table(batch, names, wanted, source, path, table, rows)
        rows += len(batch)
