"""Text files with a separator: CSV and its relatives, also packed with gzip or zip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ...config.delivery import Encoding, FileSource, Opened, PathOrPattern
from ..tokens import Dialect, TextFile
from ..unpack import opener

ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz", ".tsv", ".tsv.gz", ".tab", ".zip")


class CsvFile(FileSource):
    """A text file with one row a line and a separator between fields.

    Every row has to have as many fields as the header. Quotes are those of RFC 4180.
    """

    format: Literal["csv"] = "csv"
    path: PathOrPattern
    encoding: Encoding = Field("utf-8", description="Text encoding.")
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description="Field separator; a comma, and a tab for .tsv and .tab."
    )
    quote: Literal['"', "'", "none"] = Field(
        '"', description="Quote around values; none where the file quotes no value."
    )
    skip_rows: int = Field(0, ge=0, description="Title lines above the header.")
    footer_rows: int = Field(0, ge=0, le=1000, description="Lines below the table.")
    names: tuple[str, ...] = Field(
        (), description="Names of all fields in order, for a file without a header."
    )
    line_breaks: bool = Field(
        False,
        description="Whether quoted values may hold line breaks with as many separators as a row.",
    )
    member: str = Field("", description="File inside a .zip, where it holds several.")

    @model_validator(mode="after")
    def _is_a_dialect(self) -> CsvFile:
        sign = self.separator
        if sign is not None and (not sign.isascii() or sign in "\r\n\0\"'" or sign.isalnum()):
            raise ValueError(
                "separator is one ASCII sign that is no letter, digit, quote or line break, for "
                "example separator: ';'"
            )
        if self.decimal == sign and sign is not None:
            raise ValueError("decimal and separator are the same sign")
        if len({*self.names}) < len(self.names):
            raise ValueError("two fields have the same name under names")
        return self

    @property
    def dialect(self) -> Dialect:
        """How the fields are told apart."""
        stem = self.path.lower().removesuffix(".gz")
        return Dialect(
            separator=self.separator or ("\t" if stem.endswith((".tsv", ".tab")) else ","),
            quote=None if self.quote == "none" else self.quote,
            encoding=self.encoding,
            skip_rows=self.skip_rows,
            footer_rows=self.footer_rows,
            names=self.names,
            line_breaks=self.line_breaks,
        )

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return the columns and the rows, as text."""
        file = TextFile(opener(path, table, self.member), self.dialect, path, table, say)
        names = file.header()
        others = [sign for sign in (";", "\t", "|", ",") if len(names) == 1 and sign in names[0]]
        if others and not self.names:
            shown = others[0].replace("\t", "\\t")
            raise file.refused(
                "the header is one field, which holds another separator",
                remedy=f'set in the run file  separator: "{shown}"',
            )
        return Opened(names, lambda wanted: file.chunks(names, wanted))
