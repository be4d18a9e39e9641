"""CSV, tokenised strictly: what is no table is refused by row, before a value is read.

Neither pandas nor duckdb refuses all of it: pandas drops the first field of a row that has one too
many, and duckdb, also with strict_mode, a field that is empty and one too many, the rows after a
quote that nobody closes, and NUL. So the bytes are looked at here, a block at a time, and Arrow
reads what has passed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..errors import InputError, counted
from ..lazy import np

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 1 << 24  # bytes that are read at once
LONGEST = 1 << 26  # bytes of the longest row
NEWLINE, RETURN = 10, 13


# How the line below a table begins, or ends, in what programs and people write.
FOOTER = re.compile(
    r"^\W*(grand\s+|sub-?)?totals?\b|^\W*(sum|end of|source:|notes?:)\W|"
    r"\brows?\W+(affected|selected|returned|processed)\b|^\W*\d[\d,.]*\W+(rows?|records?)\b",
    re.IGNORECASE,
)
_NO_TEXT = {
    b"PK\x03\x04": "a workbook or a zip",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"\x1f\x8b": "packed with gzip",
    b"PAR1": "Parquet",
    b"SQLite format 3": "a SQLite file",
    b"$FL2": "an SPSS file",
}


@dataclass(frozen=True)
class Dialect:
    """How the fields of a text file are told apart."""

    separator: str = ","
    quote: str | None = '"'
    encoding: str = "utf-8"
    skip_rows: int = 0
    footer_rows: int = 0
    names: tuple[str, ...] = ()  # of a file without a header
    line_breaks: bool = False


class TextFile:
    """A text file of one table, read in blocks of whole rows.

    open_file returns the bytes, from the beginning each time. path and table are for messages.
    """

    def __init__(
        self,
        open_file: Callable[[], BinaryIO],
        dialect: Dialect,
        path: Path,
        table: str,
        say: Callable[[str], None],
    ):
        self.open_file, self.dialect = open_file, dialect
        self.path, self.table, self.say = path, table, say

    def refused(
        self, problem: str, rows: list[int] | None = None, remedy: str | None = None
    ) -> InputError:
        """Return the error that refuses the file."""
        return InputError(problem, file=self.path, table=self.table, rows=rows or [], remedy=remedy)

    def not_csv(self, problem: str, rows: list[int], rule: str, remedy: str) -> InputError:
        """Return the error for rows that are no rows of a table."""
        return InputError(
            f"not readable as CSV: {problem}",
            file=self.path,
            table=self.table,
            rows=rows,
            rule=rule,
            remedy=remedy,
        )

    def blocks(self, size: int) -> Iterator[tuple[bytes, bool]]:
        """Yield the text as UTF-8 with newlines, and whether it is the last block.

        The title rows are left out. Raises InputError for what is not text in the encoding.
        """
        decoder = codecs.getincrementaldecoder(self.dialect.encoding)("strict")
        is_utf8 = codecs.lookup(self.dialect.encoding).name in ("utf-8", "ascii", "utf-8-sig")
        doubt = _Doubt(self) if _one_byte(self.dialect.encoding) else None
        left, place, held = self.dialect.skip_rows, 0, b""
        returns: bool | None = None
        with self.open_file() as stream:
            block = stream.read(size)
            for sign, meant in _NO_TEXT.items():
                if block.startswith(sign):
                    raise self.refused(
                        f"no text, but {meant} by its first bytes",
                        remedy="give the file its own ending, or set format in the run file",
                    )
            if is_utf8 and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                bits = 32 if block.startswith(codecs.BOM_UTF32_LE) else 16
                raise self.refused(
                    f"text is UTF-{bits}", remedy=f"set in the run file  encoding: utf-{bits}"
                )
            while True:
                following = stream.read(size) if block else b""
                try:
                    text = decoder.decode(block, final=not following)
                except UnicodeError as error:
                    likely = "cp1252" if is_utf8 else "utf-8"
                    start = error.start if isinstance(error, UnicodeDecodeError) else 0
                    raise self.refused(
                        f"not {self.dialect.encoding} text at byte {place + start:,}",
                        remedy=f"set in the run file the encoding, often  encoding: {likely}",
                    ) from None
                if doubt is not None:
                    doubt.look(block, not following)
                if place == 0:
                    text = text.removeprefix("\ufeff")
                place += len(block)
                data = text.encode("utf-8")
                data, held = held + data, b""
                if returns is None:  # files of old Macintosh programs end rows by return alone
                    if b"\n" in data:
                        returns = False
                    elif b"\r" in (data[:-1] if following else data):
                        returns = True
                    elif data.endswith(b"\r"):  # what follows it decides
                        data, held = data[:-1], b"\r"
                if place == len(block) and data.startswith(b"sep=") and not self.dialect.skip_rows:
                    raise self.refused(
                        "the first line is Excel's note of the separator",
                        remedy="set in the run file  skip_rows: 1  and the separator that it names",
                    )
                if returns:
                    data = data.replace(b"\r", b"\n")
                while left and data:
                    _, newline, data = data.partition(b"\n")
                    left -= bool(newline) or not following
                yield data, not following
                if not following:
                    return
                block = following

    def rows_of_bytes(self, size: int) -> Iterator[tuple[bytes, _Structure]]:
        """Yield blocks of whole rows, the header included, with their structure; checked."""
        carry, first_row = b"", 0 if self.dialect.names else -1
        for block, is_last in self._held_back(size):
            data = carry + block if carry else block
            structure = _Structure(data, self.dialect, is_last)
            if problem := structure.quote_problem():
                text, offset = problem
                row = structure.row_at(offset) + first_row + 1
                where = "the header" if row == 0 else f"row {row:,}"
                raise self.not_csv(
                    f"{text}, in {where}",
                    [row] if row > 0 else [],
                    "a quoted value is quoted as a whole, and a quote in it is doubled",
                    "correct the row in the source; where the file quotes no value, set in the "
                    "run file  quote: none",
                )
            carry = data[structure.end :]
            if len(carry) > LONGEST:
                raise self.not_csv(
                    f"row {structure.row_at(len(data)) + first_row + 1:,} does not end",
                    [],
                    f"a row has at most {LONGEST:,} bytes",
                    "look for a quote that is opened and not closed",
                )
            if structure.end:
                if (at := data.find(0, 0, structure.end)) >= 0:
                    row = structure.row_at(at) + first_row + 1
                    raise self.not_csv(
                        "the character NUL occurs",
                        [max(row, 1)],
                        "text holds no NUL",
                        "ask for the file again, or set encoding (a file in UTF-16 has NUL)",
                    )
                if (at := data.find(b"\n\xef\xbb\xbf", 0, structure.end)) >= 0:
                    row = structure.row_at(at + 1) + first_row + 1
                    raise self.not_csv(
                        "a row begins with a mark of byte order, as where files were joined",
                        [max(row, 1)],
                        "one file has one table",
                        "ask for the files one by one, and list them in the run file",
                    )
                if (lone := structure.lone_return(data)) is not None:
                    row = structure.row_at(lone) + first_row + 1
                    raise self.not_csv(
                        "a return stands inside a row",
                        [max(row, 1)],
                        "rows end with a newline, or with a return and a newline",
                        "ask for the file again, or quote the value",
                    )
                yield data[: structure.end], structure
                first_row += structure.rows

    def _held_back(self, size: int) -> Iterator[tuple[bytes, bool]]:
        """Yield the blocks without the rows below the table."""
        if not self.dialect.footer_rows:
            yield from self.blocks(size)
            return
        held = b""
        for block, is_last in self.blocks(size):
            held += block
            lines = held.rstrip(b"\r\n") if is_last else held
            cut = len(lines)
            for _ in range(self.dialect.footer_rows):
                cut = lines.rfind(b"\n", 0, cut)
                if cut < 0:
                    break
            ready, held = (b"", held) if cut < 0 else (held[: cut + 1], held[cut + 1 :])
            yield ready, is_last

    def header(self) -> list[str]:
        """Return the names of the fields. Raises InputError for a file without any."""
        if self.dialect.names:
            return list(self.dialect.names)
        for data, structure in self.rows_of_bytes(1 << 16):
            line = structure.first_line(data)
            if line is not None:
                return self._fields(line)
        raise self.refused("file is empty")

    def _fields(self, line: bytes) -> list[str]:
        import csv
        import io

        reader = csv.reader(
            io.StringIO(line.decode("utf-8"), newline=""),
            delimiter=self.dialect.separator,
            quotechar=self.dialect.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.dialect.quote else csv.QUOTE_NONE,
        )
        # Blanks around a name are nobody's meaning.
        return [name.strip() for name in next(reader)]

    def chunks(self, names: list[str], wanted: list[str]) -> Iterator[pa.Table]:
        """Yield the wanted columns as text, every row checked. Raises InputError.

        What is wrong with the fields of rows is told for the whole file at once.
        """
        wrong: dict[int, list[int]] = {}
        broken: list[int] = []
        rows, has_header, cut = 0, not self.dialect.names, False
        for data, structure in self.rows_of_bytes(BLOCK):
            line = structure.first_line(data) if has_header else None
            counts, suspicious = structure.fields(len(names))
            if line is not None:
                counts, suspicious, has_header = counts[1:], suspicious[1:], False
            for found in np.unique(counts[counts != len(names)]):
                at = np.flatnonzero(counts == found) + rows + 1
                wrong.setdefault(int(found), []).extend(at.tolist())
            if not self.dialect.line_breaks:
                broken += (np.flatnonzero(suspicious) + rows + 1).tolist()
            cut = structure.is_cut
            if not wrong and not broken:
                start = structure.after_first if line is not None else 0
                part = self._parsed(data[start:], names, wanted)
                if part.num_rows != len(counts):
                    raise self.not_csv(
                        f"{len(counts):,} rows are counted and {part.num_rows:,} read",
                        [],
                        "both agree",
                        "tell the maintainers of ipseval",
                    )
                yield part
            rows += len(counts)
        if has_header:
            raise self.refused("file is empty")
        self._refuse(wrong, broken, names, rows)
        if cut:
            self.say(
                f"{self.path}: the last row has no end of line, as in a file that was cut; all its "
                "fields are there. expected_rows and totals in the run file would tell"
            )

    def _refuse(
        self, wrong: dict[int, list[int]], broken: list[int], names: list[str], rows: int
    ) -> None:
        from ..errors import InputErrors

        problems, fields = [], len(names)
        expected = f"{fields} fields, as in the " + ("names" if self.dialect.names else "header")
        for found, at in wrong.items():
            last = at[-1] == rows and rows - at[0] == len(at) - 1 and found != fields
            remedy = "correct these rows in the source; a value with a separator has to be quoted"
            if len(at) == rows and found > fields and names:
                more = [f"unnamed_{i + 1}" for i in range(found - fields)]
                remedy = (
                    "if the rows end with fields that the header does not name, name all in the "
                    f"run file  skip_rows: {self.dialect.skip_rows + (not self.dialect.names)}  "
                    f"names: [{', '.join([*names, *more])}]"
                )
            elif last and len(at) <= 5 and len(at) < rows:
                remedy = (
                    "if the file was cut, ask for it again; if this is not a row of the table, "
                    "set in "
                    f"the run file  footer_rows: {len(at)}"
                )
            problems.append(
                InputError(
                    f"not readable as CSV: {counted(len(at), 'row has', 'rows have')} "
                    f"{counted(found, 'field', 'fields')} and not {fields}",
                    file=self.path,
                    table=self.table,
                    rows=at,
                    rule="every row has as many fields as the header",
                    expected=expected,
                    remedy=remedy,
                )
            )
        if broken:
            problems.append(
                self.not_csv(
                    f"{counted(len(broken), 'quoted value spans', 'quoted values span')} lines and "
                    "could hold whole rows",
                    broken,
                    "a quote that nobody closed must not swallow rows",
                    "correct the quotes in the source; if values do hold such lines, set in the "
                    "run file  line_breaks: true",
                )
            )
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise InputErrors(problems)

    def _parsed(self, data: bytes, names: list[str], wanted: list[str]) -> pa.Table:
        """Return checked rows as Arrow reads them; an empty field is missing."""
        import pyarrow as pa
        from pyarrow import csv

        place = {str(names.index(name)): name for name in wanted}
        if not data.strip(b"\r\n"):
            return pa.table({name: pa.array([], "string") for name in wanted})
        # Arrow makes no table without columns, and one is needed to count the rows.
        places = list(place) or ["0"]
        found = csv.read_csv(
            pa.py_buffer(data),
            read_options=csv.ReadOptions(
                use_threads=False,
                block_size=len(data) + 1,
                column_names=[str(i) for i in range(len(names))],
            ),
            parse_options=csv.ParseOptions(
                delimiter=self.dialect.separator,
                quote_char=self.dialect.quote or False,
                newlines_in_values=True,
            ),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                include_columns=places,
                column_types=dict.fromkeys(places, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        return found.rename_columns([place.get(i, names[int(i)]) for i in found.column_names])


class _Structure:
    """Where the rows, fields and quotes of a block are."""

    def __init__(self, data: bytes, dialect: Dialect, is_last: bool):
        self.is_last, self.size = is_last, len(data)
        self.bytes = np.frombuffer(data, dtype=np.uint8)
        self.separator = ord(dialect.separator)
        self.quotes = (
            np.flatnonzero(self.bytes == ord(dialect.quote)) if dialect.quote else np.array([], int)
        )
        newlines = np.flatnonzero(self.bytes == NEWLINE)
        inside = self._inside(newlines)
        self.broken, newlines = newlines[inside], newlines[~inside]
        # A row without an end counts at the end of the file.
        self.is_cut = bool(
            is_last and self.size and (not len(newlines) or newlines[-1] < self.size - 1)
        )
        if self.is_cut:
            newlines = np.append(newlines, self.size)
        self.ends = newlines
        self.end = min(int(newlines[-1]) + 1, self.size) if len(newlines) else 0
        starts = np.concatenate([[0], newlines[:-1] + 1]) if len(newlines) else newlines
        lengths = newlines - starts
        returned = np.zeros(len(newlines), dtype=bool)
        returned[lengths == 1] = self.bytes[starts[lengths == 1]] == RETURN
        self.filled = (lengths > 0) & ~returned
        self.starts = starts

    @property
    def rows(self) -> int:
        """Rows that are not blank."""
        return int(self.filled.sum())

    def _inside(self, places: np.ndarray) -> np.ndarray:
        """Return which places are inside a quoted value."""
        if not len(self.quotes):
            return np.zeros(len(places), dtype=bool)
        return np.searchsorted(self.quotes, places) % 2 == 1

    def row_at(self, offset: int) -> int:
        """Return how many rows that are not blank end before a place."""
        return int(self.filled[self.ends < offset].sum())

    def lone_return(self, data: bytes) -> int | None:
        """Return the place of the first return that ends no row; None if there is none."""
        if RETURN not in data:
            return None
        returns = np.flatnonzero(self.bytes[: self.end] == RETURN)
        following = np.where(
            returns + 1 < self.size, self.bytes[np.minimum(returns + 1, self.size - 1)], NEWLINE
        )
        lone = returns[(following != NEWLINE) & ~self._inside(returns)]
        return int(lone[0]) if len(lone) else None

    def quote_problem(self) -> tuple[str, int] | None:
        """Return the first quote that is wrong: what is wrong, and its place."""
        quotes = self.quotes
        problems = []
        opening, closing = quotes[::2], quotes[1::2]
        before = np.where(opening > 0, self.bytes[opening - 1], NEWLINE)
        doubled = np.zeros(len(opening), dtype=bool)
        doubled[1:] = opening[1:] == closing[: len(opening) - 1] + 1
        edges = (self.separator, NEWLINE, RETURN)
        bad = opening[~np.isin(before, edges) & ~doubled]
        problems += [("a quote stands inside a value", int(bad[0]))] if len(bad) else []
        after = np.full(len(closing), NEWLINE)
        within = closing + 1 < self.size
        after[within] = self.bytes[closing[within] + 1]
        followed = np.zeros(len(closing), dtype=bool)
        pairs = min(len(closing), len(opening) - 1)
        followed[:pairs] = doubled[1 : pairs + 1]
        bad = closing[~np.isin(after, edges) & ~followed]
        problems += [("text follows a quoted value", int(bad[0]))] if len(bad) else []
        if self.is_last and len(quotes) % 2:
            values = opening[~doubled]
            problems.append(("a quote is opened and not closed", int(values[-1])))
        return min(problems, key=lambda problem: problem[1]) if problems else None

    def fields(self, expected: int) -> tuple[np.ndarray, np.ndarray]:
        """Return, for each row that is not blank: its fields, and whether a value may hold rows."""
        separators = np.flatnonzero(self.bytes[: self.end] == self.separator)
        inside = self._inside(separators)
        plain, quoted = separators[~inside], separators[inside]
        bounds = np.searchsorted(plain, np.concatenate([[0], self.ends]))
        counts = np.diff(bounds) + 1
        suspicious = np.zeros(len(counts), dtype=bool)
        if len(self.broken):
            opening = np.ones(len(self.quotes), dtype=bool)
            opening[1::2] = False
            opening[2::2] &= self.quotes[2::2] != self.quotes[1:-1:2] + 1
            value = np.cumsum(opening)
            of_break = value[np.searchsorted(self.quotes, self.broken) - 1]
            of_separator = value[np.searchsorted(self.quotes, quoted) - 1]
            held = np.bincount(of_separator, minlength=int(value[-1]) + 1)
            doubtful = self.broken[held[of_break] >= expected - 1]
            rows = np.searchsorted(self.ends, doubtful)
            suspicious[rows[rows < len(suspicious)]] = True
        return counts[self.filled], suspicious[self.filled]

    def first_line(self, data: bytes) -> bytes | None:
        """Return the first row that is not blank, without its end."""
        found = np.flatnonzero(self.filled)
        if not len(found):
            return None
        return data[self.starts[found[0]] : self.ends[found[0]]].removesuffix(b"\r")

    @property
    def after_first(self) -> int:
        """Place after the first row that is not blank."""
        return min(int(self.ends[np.flatnonzero(self.filled)[0]]) + 1, self.size)


class _Doubt:
    """Whether text that is read byte by byte is in another encoding, which such a one takes too."""

    def __init__(self, file: TextFile):
        self.file, self.fits, self.letters = file, True, 0
        self.is_latin = codecs.lookup(file.dialect.encoding).name.startswith("iso8859")
        self.controls = False
        self.decoder = codecs.getincrementaldecoder("utf-8")("strict")

    def look(self, block: bytes, is_last: bool) -> None:
        """Look at a block; at the last raises InputError for a file in another encoding."""
        self.controls |= self.is_latin and len(block.translate(None, _CONTROLS)) < len(block)
        if self.fits:
            try:
                text = self.decoder.decode(block, final=is_last)
                self.letters += len(block) if not text.isascii() else 0
            except UnicodeDecodeError:
                self.fits = False
        if is_last and self.fits and self.letters:
            raise self.file.refused(
                f"text is UTF-8, and not {self.file.dialect.encoding}",
                remedy="set in the run file  encoding: utf-8",
            )
        if is_last and self.controls:
            raise self.file.refused(
                f"text has signs that are none in {self.file.dialect.encoding}",
                remedy="set in the run file  encoding: cp1252",
            )


# What Latin-1 has for control signs are quotes, dashes and the sign of the euro in Windows.
_CONTROLS = bytes(range(0x80, 0xA0))


def _one_byte(encoding: str) -> bool:
    name = codecs.lookup(encoding).name
    return name.startswith(("iso8859", "cp125", "latin", "cp437", "cp850", "mac"))
