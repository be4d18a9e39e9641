"""Files of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from ...config.delivery import OnePath, Opened
from ..cells import CHUNK, tables_of
from ..databases import TableSource
from ..unpack import require_file

ENDINGS = (".sqlite", ".sqlite3", ".db")


class SqliteFile(TableSource):
    """A table or a query of a SQLite file, which is opened for reading only."""

    format: Literal["sqlite"] = "sqlite"
    path: OnePath

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the columns and the rows."""
        require_file(path, table)
        try:
            with closing(self._connected(path)) as connection:
                found = connection.execute(f"select * from ({self.sql()}\n) limit 0")  # noqa: S608 - of the run file
                names = [column[0] for column in found.description]
        except sqlite3.Error as error:
            raise self.refused("SQLite", path, table, error) from None

        def batches() -> Iterator[list[tuple[Any, ...]]]:
            try:
                with closing(self._connected(path)) as connection:
                    found = connection.execute(self.sql())
                    while batch := found.fetchmany(CHUNK):
                        yield batch
            except sqlite3.Error as error:
                raise self.refused("SQLite", path, table, error) from None

        return Opened(names, lambda wanted: tables_of(batches(), names, wanted, path, table))

    def _connected(self, path: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
