"""Tables with more rows than memory should hold: kept in a file, looked at a part at a time.

What is small is a frame and stays one. Rules on rows are asked of one part after another; what is
asked of all rows at once, that keys occur once and stand in order, duckdb answers, whose sort needs
no more memory than it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..config.extracts import Column, Table
from ..files import ROW_GROUP, private_folder, write_parquet, write_parquet_parts
from .convert import ARROW, plain, to_frame

if TYPE_CHECKING:
    import duckdb

HELD = 1 << 27  # bytes of the rows of a table that are held in memory
PART = 1 << 25  # bytes of the rows that are looked at together
SORTING = "400MB"  # memory that duckdb may use
# Where a row stood in its file. No declared column has a name with a blank.
PLACE = "place in file"
_TO_COME = count()


def _new_file() -> Path:
    """Return the path of a file that nobody else can read and that goes with the process."""
    return private_folder() / f"rows-{next(_TO_COME)}.parquet"


class Writer:
    """Writes rows of a table, part by part, to a file."""

    def __init__(self, columns: dict[str, Column], in_types: dict[str, str] | None = None):
        fields = [(name, ARROW[column.type]()) for name, column in columns.items()]
        self.schema = pa.schema([*fields, (PLACE, pa.int64())])
        self.columns, self.in_types, self.path = columns, in_types, _new_file()
        self.rows = self.size = 0
        # Neither is worth its time in a file that is read once.
        self.file = pq.ParquetWriter(
            self.path, self.schema, compression="lz4", use_dictionary=False, write_statistics=False
        )

    def write(self, rows: pa.Table) -> None:
        """Write rows with the columns of the schema, in its types."""
        self.rows += rows.num_rows
        self.size += rows.nbytes
        self.file.write_table(rows.select(self.schema.names).cast(self.schema))

    def write_frame(self, frame: pd.DataFrame) -> None:
        """Write a frame whose index is the place of its rows."""
        self.write(pa.Table.from_pandas(_with_place(frame), preserve_index=False))

    def stored(self) -> Stored:
        """Return what was written. Nothing can be written after it."""
        self.file.close()
        return Stored(self.path, self.columns, self.rows, self.size, self.in_types)


def _with_place(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{PLACE: frame.index.to_numpy()})


class Stored:
    """A table in a file of Parquet, of which no more than a part is held in memory.

    in_types: the dtype of each column; None for those that any column may have while it is read.
    """

    def __init__(
        self,
        path: Path,
        columns: dict[str, Column],
        rows: int,
        size: int,
        in_types: dict[str, str] | None,
    ):
        self.path, self.columns, self.rows, self.size = path, columns, rows, size
        self.in_types = in_types

    def __len__(self) -> int:
        return self.rows

    def select(self, names: list[str]) -> Stored:
        """Return the table with these columns only."""
        columns = {name: self.columns[name] for name in names}
        return Stored(self.path, columns, self.rows, self.size, self.in_types)

    @property
    def names(self) -> list[str]:
        """Names of the columns in the file, also of those that are not declared."""
        return list(pq.read_schema(self.path).names)

    @property
    def is_result(self) -> bool:
        """Whether the file is one of the results, whose columns may be of any type."""
        return PLACE not in self.names

    @property
    def part_rows(self) -> int:
        """Rows that are looked at together."""
        return max(1, min(ROW_GROUP, int(PART * self.rows / max(self.size, 1))))

    def batches(self, names: list[str], rows: int | None = None) -> Iterator[pa.Table]:
        """Yield these columns, a part at a time."""
        size = rows or self.part_rows
        with pq.ParquetFile(self.path) as file:
            left = file.schema_arrow.empty_table().select(names)
            # One group after another: ParquetFile.iter_batches keeps what it has read before.
            for group in range(file.num_row_groups):
                read = file.read_row_group(group, names, use_threads=False)
                left = pa.concat_tables([left, read]) if len(left) else read
                while len(left) >= size:
                    yield left.slice(0, size)
                    left = left.slice(size)
            if len(left):
                yield left

    def frames(
        self, names: list[str] | None = None, rows: int | None = None
    ) -> Iterator[pd.DataFrame]:
        """Yield frames of the columns, or of some; their index is the place in the file."""
        names = [*self.columns] if names is None else names
        has_place, start = not self.is_result, 0
        for batch in self.batches([*names, PLACE] if has_place else names, rows):
            frame = to_frame(
                {name: [plain(batch[name])] for name in names},
                {name: self.columns[name] for name in names},
            )
            if self.in_types is not None:
                frame = frame.astype({name: self.in_types[name] for name in names})
            if has_place:
                frame.index = pd.Index(batch[PLACE].to_numpy())
            else:
                frame.index = pd.RangeIndex(start, start + len(frame))
            start += len(frame)
            yield frame

    def frame(self, names: list[str]) -> pd.DataFrame:
        """Return some columns of all rows at once."""
        return pd.concat(self.frames(names), ignore_index=True)

    def values(self, name: str) -> pd.Series:
        """Return the values that a column has, each once."""
        found = [frame[name].drop_duplicates() for frame in self.frames([name])]
        return pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True)

    def of_types(self, in_types: dict[str, str]) -> Stored:
        """Return the table, its columns of these types."""
        return Stored(self.path, self.columns, self.rows, self.size, in_types)

    def at_places(self, gone: np.ndarray) -> Stored:
        """Return the table without the rows at places."""
        if not len(gone):
            return self
        places = np.concatenate([part[PLACE].to_numpy() for part in self.batches([PLACE])])
        return self.without(np.isin(places, gone))

    def without(self, gone: np.ndarray) -> Stored:
        """Return the table without rows, which `gone` (n, bool) marks."""
        writer, start = Writer(self.columns, self.in_types), 0
        for frame in self.frames():
            writer.write_frame(frame[~gone[start : start + len(frame)]])
            start += len(frame)
        self.remove()
        return writer.stored()

    def remove(self) -> None:
        """Take the file away, which nobody needs any more."""
        if self.path.parent == private_folder():
            self.path.unlink(missing_ok=True)

    def write(self, path: str | Path) -> None:
        """Write the table as files.write_parquet would write its frame, to the byte."""
        write_parquet_parts(path, self.frames(rows=ROW_GROUP))


def write_table(path: str | Path, table: pd.DataFrame | Stored) -> None:
    """Write a table as Parquet."""
    if isinstance(table, Stored):
        table.write(path)
    else:
        write_parquet(path, table)


def parts(table: pd.DataFrame | Stored, names: list[str] | None = None) -> Iterator[pd.DataFrame]:
    """Yield the parts of a table: a frame is its only one."""
    if isinstance(table, Stored):
        yield from table.frames(names)
    else:
        yield table if names is None else table[names]


def selected(table: pd.DataFrame | Stored, names: list[str]) -> pd.DataFrame | Stored:
    """Return a table with some of its columns only."""
    return table.select(names) if isinstance(table, Stored) else table[names]


def held(table: pd.DataFrame | Stored, names: list[str] | None = None) -> pd.DataFrame:
    """Return all rows of a table, or of some of its columns, in memory."""
    if isinstance(table, Stored):
        return table.frame([*table.columns] if names is None else names)
    return table if names is None else table[names]


def stored(frame: pd.DataFrame, columns: dict[str, Column]) -> Stored:
    """Put a frame on disk."""
    writer = Writer(columns)
    writer.write_frame(frame)
    return writer.stored()


def of_file(path: Path, declared: Table, types: dict[str, str]) -> Stored | None:
    """Return a table of the extracts if it is too large to be held; None for others."""
    with pq.ParquetFile(path) as file:
        rows, schema = file.metadata.num_rows, file.schema_arrow
    # Text is some 20 bytes with its end; what else there is takes 8.
    size = rows * sum(20 if "string" in str(kind) else 8 for kind in schema.types)
    return None if size <= HELD else Stored(path, declared.columns, rows, size, types)


class Gathered:
    """Rows of one file as they are read: held while they are few, and on disk from then on."""

    def __init__(self, columns: dict[str, Column]):
        self.columns = columns
        self.parts: dict[str, list[pa.Array]] = {name: [] for name in columns}
        self.places: list[np.ndarray] = []
        self.size = 0
        self.writer: Writer | None = None

    def add(self, arrays: dict[str, pa.Array], places: np.ndarray) -> None:
        """Add converted rows, and their places."""
        self.size += sum(array.nbytes for array in arrays.values())
        for name, array in arrays.items():
            self.parts[name].append(array)
        self.places.append(places)
        if self.size > HELD and self.parts:
            self.writer = self.writer or Writer(self.columns)
            self._flush()

    def _flush(self) -> None:
        if self.writer is None:
            raise ValueError("nothing is on disk yet")
        # Each chunk as it came: joined, they would be held twice.
        for i, places in enumerate(self.places):
            fields = {
                name: chunks[i].cast(self.writer.schema.field(name).type)
                for name, chunks in self.parts.items()
            }
            self.writer.write(pa.table({**fields, PLACE: pa.array(places, pa.int64())}))
        self.parts = {name: [] for name in self.columns}
        self.places = []

    def table(self) -> pd.DataFrame | Stored:
        """Return all rows. Nothing can be added after it."""
        if self.writer is not None:
            return self.writer.stored()
        frame = to_frame(self.parts, self.columns)
        places = self.places or [np.array([], dtype="int64")]
        frame.index = pd.Index(np.concatenate(places))
        return frame


def joined(tables: list[Stored], gone: list[np.ndarray], key: list[str] | None) -> Stored:
    """Return the rows of several tables in order of the key, but for those at places `gone`.

    Without a key they stand as in their files, one after another, and their place is counted
    through all.
    """
    order = ['"part of table"', f'"{PLACE}"']
    if key is not None:
        order = [*(f'"{name}" nulls last' for name in key), *order]
    connection = _duckdb()
    selects = []
    for i, (table, places) in enumerate(zip(tables, gone, strict=True)):
        connection.register(f"gone_{i}", pa.table({"gone": pa.array(places, pa.int64())}))
        selects.append(
            f'select *, {i} as "part of table" from {_file(table)} '
            f'where "{PLACE}" not in (select gone from gone_{i})'
        )
    rows = connection.sql(
        f"select * from ({' union all '.join(selects)}) order by {', '.join(order)}"
    )
    size, number = sum(table.size for table in tables), sum(map(len, tables))
    part_rows = max(1, min(ROW_GROUP, int(PART * number / max(size, 1))))
    writer = Writer(tables[0].columns, tables[0].in_types)
    for batch in rows.to_arrow_reader(part_rows):
        part = pa.Table.from_batches([batch])
        if key is None:
            place = pa.array(np.arange(writer.rows, writer.rows + part.num_rows))
            part = part.drop_columns(PLACE).append_column(PLACE, place)
        writer.write(part)
    connection.close()
    return writer.stored()


def in_order(
    table: Stored, key: list[str], gone: np.ndarray | None = None
) -> tuple[Stored, np.ndarray]:
    """Return a table in order of its key without some rows, and where rows share a key (places).

    gone: places of rows that are left out; a key that they share with a row that stays is found.
    """
    left_out = pa.array([] if gone is None else gone, pa.int64())
    if stands_in_order(table, key):
        if not len(left_out):
            return table, np.array([], dtype="int64")
        found = _rewritten(table, table.batches([*table.columns, PLACE]), left_out, key)
    else:
        order = ", ".join(f'"{name}" nulls last' for name in key)
        connection = _duckdb()
        rows = connection.sql(f'select * from {_file(table)} order by {order}, "{PLACE}"')
        batches = (pa.Table.from_batches([b]) for b in rows.to_arrow_reader(table.part_rows))
        found = _rewritten(table, batches, left_out, key)
        connection.close()
    table.remove()
    return found


def _rewritten(
    table: Stored, batches: Iterator[pa.Table], left_out: pa.Array, key: list[str]
) -> tuple[Stored, np.ndarray]:
    """Write rows in order without those left out; find rows that share a key, which are next."""
    import pyarrow.compute as pc

    writer = Writer(table.columns, table.in_types)
    shared: list[np.ndarray] = []
    last = pd.DataFrame()
    for batch in batches:
        keys = batch.select([*key, PLACE]).to_pandas()
        keys = pd.concat([last, keys], ignore_index=True) if len(last) else keys
        double = keys.duplicated(key, keep=False).to_numpy()
        if double.any():
            shared.append(keys.loc[double, PLACE].to_numpy())
        last = keys.tail(1)
        if len(left_out):
            batch = batch.filter(pc.invert(pc.is_in(batch[PLACE], value_set=left_out)))
        writer.write(batch)
    found = np.unique(np.concatenate(shared)) if shared else np.array([], dtype="int64")
    return writer.stored(), found


def stands_in_order(table: Stored, key: list[str]) -> bool:
    """Return whether every row has a greater key than the one before, so that none occurs twice."""
    import pyarrow.compute as pc

    last: pa.Table | None = None
    for batch in table.batches(key):
        rows = batch if last is None else pa.concat_tables([last, batch])
        if any(column.null_count for column in rows.columns):
            return False
        greater = pa.array(np.zeros(max(rows.num_rows - 1, 0), dtype=bool))
        for name in reversed(key):
            before, after = rows[name].slice(0, rows.num_rows - 1), rows[name].slice(1)
            same = pc.and_(pc.equal(before, after), greater)
            greater = pc.or_(pc.greater(after, before), same)
        if not pc.all(greater, min_count=0).as_py():
            return False
        last = rows.slice(rows.num_rows - 1)
    return True


def places_sharing_key(table: Stored, key: list[str]) -> np.ndarray:
    """Return the places of rows that share a key."""
    if stands_in_order(table, key):
        return np.array([], dtype="int64")
    names = ", ".join(f'"{name}"' for name in key)
    found = _duckdb().sql(
        f'select "{PLACE}" from (select "{PLACE}", count(*) over (partition by {names}) as "n" '
        f'from {_file(table)}) where "n" > 1'
    )
    return np.sort(found.to_arrow_table()[PLACE].to_numpy())


def places_repeated(table: Stored, column: str) -> np.ndarray:
    """Return the places of rows whose value of a column another row has too."""
    found = _duckdb().sql(
        f'select "{PLACE}" from {_file(table)} where "{column}" in (select "{column}" from '
        f'{_file(table)} where "{column}" is not null group by 1 having count(*) > 1)'
    )
    return np.sort(found.to_arrow_table()[PLACE].to_numpy())


def places_with_key_of(table: Stored, others: list[Stored], key: list[str]) -> np.ndarray:
    """Return the places of rows whose key a row of other tables has."""
    names = ", ".join(f'"{name}"' for name in key)
    theirs = " union all ".join(f"select {names} from {_file(other)}" for other in others)
    same = " and ".join(f'mine."{name}" is not distinct from theirs."{name}"' for name in key)
    found = _duckdb().sql(
        f'select mine."{PLACE}" from {_file(table)} mine semi join ({theirs}) theirs on {same}'
    )
    return np.sort(found.to_arrow_table()[PLACE].to_numpy())


def _file(table: Stored) -> str:
    quoted = str(table.path).replace("'", "''")
    if not table.is_result:
        return f"read_parquet('{quoted}')"
    return (
        f'(select *, file_row_number as "{PLACE}" '
        f"from read_parquet('{quoted}', file_row_number = true))"
    )


def _duckdb() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": SORTING,
            "temp_directory": str(private_folder()),
            "autoinstall_known_extensions": False,
        }
    )
