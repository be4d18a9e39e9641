"""Parquet and Arrow files of any writer: types by what they mean, not by how they are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...config.delivery import FileSource, Opened, PathOrPattern
from ...errors import InputError
from ..unpack import require_file

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile as Reader

ENDINGS = (".parquet", ".pq", ".arrow", ".feather", ".ipc")


class ParquetFile(FileSource):
    """A file of Parquet or Arrow (also called Feather)."""

    format: Literal["parquet"] = "parquet"
    path: PathOrPattern

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the columns and the rows, as the file holds them."""
        import pyarrow

        require_file(path, table)
        try:
            if path.suffix.lower() in (".arrow", ".feather", ".ipc"):
                from pyarrow import feather

                whole = feather.read_table(path)
                return Opened(whole.column_names, lambda wanted: iter([whole.select(wanted)]))
            from pyarrow import parquet

            file = parquet.ParquetFile(path)
        except (pyarrow.ArrowInvalid, OSError):
            raise self._damaged(path, table) from None
        return Opened(file.schema_arrow.names, lambda wanted: self._rows(file, wanted, path, table))

    def _rows(self, file: Reader, wanted: list[str], path: Path, table: str) -> Iterator[pa.Table]:
        import pyarrow

        try:
            for batch in file.iter_batches(batch_size=1 << 18, columns=wanted):
                yield pyarrow.Table.from_batches([batch])
        except (pyarrow.ArrowInvalid, OSError):
            raise self._damaged(path, table) from None

    def _damaged(self, path: Path, table: str) -> InputError:
        return InputError(
            "file is truncated or not Parquet",
            file=path,
            table=table,
            remedy="restore the file, or ask for it again",
        )
