"""Text files of fixed width: a field is where its columns of characters are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from ...config.delivery import Encoding, FileSource, Opened, PathOrPattern
from ...errors import InputError, counted
from ..tokens import FOOTER, Dialect, TextFile
from ..unpack import opener

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = (".fwf", ".fwf.gz")


class FixedWidthFile(FileSource):
    """A text file of fixed width, without separators; spaces around values do not count."""

    format: Literal["fixed"] = "fixed"
    path: PathOrPattern
    fields: dict[str, tuple[int, int]] = Field(
        min_length=1,
        description="Name -> first and last character of the field, counted from 1 as codebooks "
        "do.",
    )
    trimmed: bool = Field(
        False,
        description="Whether blanks at the ends of lines were taken off: what is not there is "
        "missing.",
    )
    encoding: Encoding = Field("utf-8", description="Text encoding.")
    skip_rows: int = Field(0, ge=0, description="Lines above the table.")
    footer_rows: int = Field(0, ge=0, le=1000, description="Lines below the table.")
    member: str = Field("", description="File inside a .zip, where it holds several.")

    @model_validator(mode="after")
    def _fields_are_places(self) -> FixedWidthFile:
        for name, (first, last) in self.fields.items():
            if not 1 <= first <= last:
                raise ValueError(f"field '{name}' has no first and last character")
        ordered = sorted(self.fields.items(), key=lambda field: field[1])
        for (one, (_, last)), (other, (first, _)) in pairwise(ordered):
            if first <= last:
                raise ValueError(f"fields '{one}' and '{other}' share characters")
        return self

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the fields and the rows, as text."""
        dialect = Dialect(
            separator="\x1f",
            quote=None,
            encoding=self.encoding,
            skip_rows=self.skip_rows,
            footer_rows=self.footer_rows,
            names=("line",),
        )
        file = TextFile(opener(path, table, self.member), dialect, path, table, say)
        return Opened(list(self.fields), lambda wanted: self._rows(file, wanted))

    def _rows(self, file: TextFile, wanted: list[str]) -> Iterator[pa.Table]:
        import pyarrow as pa
        import pyarrow.compute as pc

        end = max(last for _, last in self.fields.values())
        rows, short, tabs, last = 0, list[int](), list[int](), ""
        for chunk in file.chunks(["line"], ["line"]):
            lines = chunk["line"].combine_chunks()
            lengths = pc.utf8_length(lines).to_numpy(zero_copy_only=False)
            short += [rows + i + 1 for i in (lengths < end).nonzero()[0] if not self.trimmed]
            tabs += [
                rows + i + 1
                for i in pc.match_substring(lines, "\t").to_numpy(zero_copy_only=False).nonzero()[0]
            ]
            last = lines[-1].as_py() if len(lines) else last
            rows += len(lines)
            yield pa.table(
                {
                    name: pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(lines, first - 1, last))
                    for name, (first, last) in self.fields.items()
                    if name in wanted
                }
            )
        if tabs:
            raise InputError(
                f"{counted(len(tabs), 'line has', 'lines have')} tabs, which a file of fixed "
                "width does not have",
                file=file.path,
                table=file.table,
                rows=tabs,
                remedy='ask for the file without tabs, or read it as CSV  separator: "\\t"',
            )
        if FOOTER.search(last) and self.expected_rows != rows:
            raise InputError(
                "the last line looks like a total or a note, and not like a row of the table",
                file=file.path,
                table=file.table,
                rows=[rows],
                remedy=f"set in the run file  footer_rows: {self.footer_rows + 1}  or, where it is "
                f"one of the table, expected_rows: {rows}",
            )
        if short:
            raise InputError(
                f"{counted(len(short), 'line is', 'lines are')} shorter than the fields",
                file=file.path,
                table=file.table,
                rows=short,
                expected=f"{end} characters",
                remedy="ask for the file again if it was cut; else correct fields, or where blanks "
                "at the ends of lines were left out set in the run file  trimmed: true",
            )
