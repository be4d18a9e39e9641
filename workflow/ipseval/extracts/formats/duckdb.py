"""Files of DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...config.delivery import OnePath, Opened
from ..cells import CHUNK
from ..databases import TableSource
from ..unpack import require_file

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = (".duckdb", ".ddb")


class DuckdbFile(TableSource):
    """A table or a query of a DuckDB file, which is opened for reading only."""

    format: Literal["duckdb"] = "duckdb"
    path: OnePath

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the columns and the rows."""
        require_file(path, table)
        reader = self._asked(path, table, f"select * from ({self.sql()}\n) limit 0")  # noqa: S608 - of the run file
        names = reader.schema.names

        def chunks(wanted: list[str]) -> Iterator[pa.Table]:
            import duckdb
            import pyarrow as pa

            try:
                for batch in self._asked(path, table, self.sql()):
                    yield pa.Table.from_batches([batch])
            except (duckdb.Error, pa.ArrowException, OSError) as error:
                raise self.refused("DuckDB", path, table, error) from None

        return Opened(names, chunks)

    def _asked(self, path: Path, table: str, query: str) -> Any:
        """Return an Arrow reader of a query. Raises InputError."""
        import duckdb

        try:
            connection = duckdb.connect(str(path), read_only=True)
            return connection.sql(query).to_arrow_reader(CHUNK)
        except duckdb.Error as error:
            raise self.refused("DuckDB", path, table, error) from None
