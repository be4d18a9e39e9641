"""A database by URL: PostgreSQL, MySQL, SQL Server, Oracle or what else SQLAlchemy knows.

PostgreSQL is tested against a server. The others are not tested.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ...config.delivery import Opened
from ...errors import InputError
from ..cells import CHUNK, tables_of
from ..databases import TableSource
from ..library import library

if TYPE_CHECKING:
    from sqlalchemy import Engine

ENDINGS = ()


class DatabaseTable(TableSource):
    """A table or a query of a database, read in chunks.

    The URL holds a password: an environment variable gives it, and nothing writes it down.
    """

    format: Literal["database"] = "database"
    url_from: str = Field(
        pattern=r"^[A-Za-z_]\w*$",
        description="Environment variable with the URL, such as "
        "postgresql+psycopg://user:password@host/name.",
    )
    path: Literal[""] = Field("", description="Not given: there is no file.")

    def paths(self, folder: Path) -> list[Path]:
        """Return a name for messages in place of a file."""
        return [Path(f"${self.url_from}")]

    def inputs(self, folder: Path) -> list[Path]:
        """Return no file: a new state of the database cannot be seen before it is read."""
        return []

    def is_there(self, folder: Path) -> bool:
        """Return that no file is missed."""
        return True

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the columns and the rows."""
        sqlalchemy = library("sqlalchemy", path, table)
        engine = self._engine(sqlalchemy, path, table)
        # Without parameters a % in a query is a %.
        options = {"stream_results": True, "no_parameters": True}
        if engine.dialect.name == "postgresql":
            options["postgresql_readonly"] = True
        prepared = engine.dialect.identifier_preparer
        query = self.query.strip().rstrip(";") if self.query else None
        if query is None:
            parts = (self.table or "").split(".")
            query = "select * from " + ".".join(prepared.quote_identifier(part) for part in parts)  # noqa: S608 - of the run file

        def batches() -> Iterator[Sequence[Sequence[Any]]]:
            rows = 0
            try:
                with engine.connect() as connection:
                    streamed = connection.execution_options(**options)
                    found = streamed.exec_driver_sql(query)
                    for batch in found.partitions(CHUNK):
                        rows += len(batch)
                        yield batch
            except sqlalchemy.exc.SQLAlchemyError as error:
                raise self._refused(path, table, error) from None
            say(f"{table}: {rows:,} rows of the database at {path}, by: {query}")

        try:
            with engine.connect() as connection:
                streamed = connection.execution_options(**options)
                with streamed.exec_driver_sql(query) as found:
                    names = list(found.keys())
        except sqlalchemy.exc.SQLAlchemyError as error:
            raise self._refused(path, table, error) from None
        return Opened(names, lambda wanted: tables_of(batches(), names, wanted, path, table))

    def _engine(self, sqlalchemy: Any, path: Path, table: str) -> Engine:
        url = os.environ.get(self.url_from)
        if not url:
            raise InputError(
                f"the environment variable {self.url_from} is not set",
                file=path,
                table=table,
                rule="url_from of the run file",
                remedy=f"export {self.url_from}=postgresql+psycopg://user:password@host/name",
            )
        try:
            return sqlalchemy.create_engine(url)
        except (
            sqlalchemy.exc.ArgumentError,
            sqlalchemy.exc.NoSuchModuleError,
            ImportError,
        ) as error:
            # The text of the first holds the URL.
            why = f": {error}" if isinstance(error, ImportError) else ""
            raise InputError(
                f"the URL names no kind of database that is known, or its driver is missing{why}",
                file=path,
                table=table,
                remedy="correct the URL, or install the driver: psycopg (PostgreSQL), pymysql, "
                "pyodbc (SQL Server) or oracledb; the last two are not tested",
            ) from None

    def _refused(self, path: Path, table: str, error: Exception) -> InputError:
        """Return an error that shows neither the URL nor a value: the class says what it is."""
        is_value = type(error).__name__ == "DataError"
        said = "a value cannot be read" if is_value else "the database does not answer"
        return InputError(
            f"{said}: {type(error).__name__}",
            file=path,
            table=table,
            rule="url_from, table or query of the run file",
            remedy="cast the column to text in a query, and say in the run file what it means"
            if is_value
            else "try the query with the database's own client, as the same user",
        )
