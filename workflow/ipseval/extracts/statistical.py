"""Files of SAS, SPSS and Stata, read in chunks by pyreadstat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from ..config.delivery import FileSource, Opened, PathOrPattern
from ..errors import InputError, counted
from .library import library
from .unpack import require_file

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

CHUNK = 1 << 16  # rows that are read at once


class StatisticalFile(FileSource):
    """What files of SAS, SPSS and Stata have in common.

    Values that the file itself declares missing are missing. Dates are dates by their format.
    """

    path: PathOrPattern
    encoding: str | None = Field(
        None, description="Text encoding, where the file names a wrong one or none."
    )
    value_labels: bool = Field(
        False, description="Whether values that have labels are read as their labels."
    )

    def reader(self, pyreadstat: Any, path: Path) -> Callable[..., Any]:
        """Return the function of pyreadstat for the file."""
        raise NotImplementedError

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the columns and the rows."""
        pyreadstat = library("pyreadstat", path, table)
        require_file(path, table)
        read = self.reader(pyreadstat, path)
        options = {} if self.encoding is None else {"encoding": self.encoding}
        meta = self._tried(path, table, read, metadataonly=True, **options)[1]
        labels = meta.variable_value_labels if self.value_labels else {}

        def chunks(wanted: list[str]) -> Iterator[pa.Table]:
            import pyarrow as pa

            given, offset = list(wanted) or meta.column_names[:1], 0
            while True:
                frame, _ = self._tried(
                    path,
                    table,
                    read,
                    usecols=given,
                    row_offset=offset,
                    row_limit=CHUNK,
                    **options,
                )
                if offset == 0 or len(frame):
                    columns = {name: _array(frame[name], labels.get(name)) for name in given}
                    yield pa.table(columns)
                offset += len(frame)
                if len(frame) < CHUNK:
                    break
            if meta.number_rows is not None and offset != meta.number_rows:
                raise InputError(
                    f"the file says that it has {counted(meta.number_rows, 'row', 'rows')}, and "
                    f"{counted(offset, 'is', 'are')} there",
                    file=path,
                    table=table,
                    remedy="ask for the file again: it was cut",
                )

        return Opened(list(meta.column_names), chunks)

    def _tried(
        self, path: Path, table: str, read: Callable[..., Any], **options: Any
    ) -> tuple[pd.DataFrame, Any]:
        """Return what pyreadstat reads. Raises InputError for what it cannot."""
        import pyreadstat

        try:
            return read(str(path), **options)
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError):
            raise InputError(
                f"file is truncated, or not of the kind {self.format}, or in another encoding",
                file=path,
                table=table,
                remedy="ask for the file again, or set in the run file  encoding: windows-1252",
            ) from None


def _array(values: pd.Series, labels: dict | None) -> pa.Array:
    """Return a column as Arrow has it; empty text is missing."""
    import pyarrow as pa

    if labels:
        values = values.map(lambda value: labels.get(value, value))
        if values.dtype == object or str(values.dtype) == "str":
            values = values.map(_plain_text, na_action="ignore")
            return pa.array(values, "string", from_pandas=True)
    return pa.array(values, from_pandas=True)


def _plain_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
