"""What tables of databases and of database files have in common: a table or a query."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, model_validator

from ..config.delivery import FileSource
from ..errors import InputError


class TableSource(FileSource):
    """Rows of a table, or of a query."""

    table: str | None = Field(None, description="Table, with its schema where it has one.")
    query: str | None = Field(
        None, description="Query in SQL whose rows are read, in place of a table."
    )

    @model_validator(mode="after")
    def _a_table_or_a_query(self) -> TableSource:
        if (self.table is None) == (self.query is None):
            raise ValueError("give either table or query")
        if self.table is not None and not re.fullmatch(r"[^\"'`;\[\]]+", self.table):
            raise ValueError("table is a name, with its schema before a point; or give a query")
        if self.query is not None and not re.match(r"(?is)\s*(select|with)\b", self.query):
            raise ValueError("query only reads: it begins with select or with")
        return self

    def sql(self, quote: str = '"') -> str:
        """Return the query, names quoted."""
        if self.query is not None:
            return self.query.strip().rstrip(";")
        parts = (self.table or "").split(".")
        return "select * from " + ".".join(f"{quote}{part}{quote}" for part in parts)  # noqa: S608 - of the run file

    def refused(self, program: str, path: Path, table: str, error: Exception) -> InputError:
        """Return the error for a file, table or query that a program cannot read."""
        return InputError(
            f"{program} cannot read it: {without_values(error)}",
            file=path,
            table=table,
            rule="query or table of the run file",
            remedy="correct table or query in the run file",
        )


def without_values(error: Exception) -> str:
    """Return the first line of what a database says, without what it quotes: values may be."""
    said = (str(error).splitlines() or [""])[0]
    return re.sub(r"'[^']*'?|\"[^\"]*\"?|[0-9]{3,}", "...", said)
