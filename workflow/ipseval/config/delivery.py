"""What a run file says about a file of a delivery: names, words, numbers, dates, rows."""

from __future__ import annotations

import codecs
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..extracts.dates import format_problem
from .base import Section

if TYPE_CHECKING:
    import pyarrow as pa


def _word(value: object) -> object:
    """Return a value of the file as text: YAML takes unquoted words for numbers and the like."""
    if isinstance(value, bool) or value is None:
        raise PydanticCustomError(
            "needs_quotes", "YAML reads this word as true, false or nothing: write it in quotes"
        )
    if isinstance(value, float):
        raise PydanticCustomError(
            "needs_quotes", "a number with decimals is written in quotes, digit by digit"
        )
    return str(value) if isinstance(value, int) else value


def _code(value: object) -> object:
    """Return a declared code as text; nothing stands for a missing value."""
    if value is None:
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else _word(value)


def _words(value: object) -> object:
    if isinstance(value, dict):
        raise PydanticCustomError(
            "by_column",
            "words of one column are given by_column: {<column>: {missing: [<word>]}}",
        )
    return _list(value)


def _any_case(part: str) -> str:
    """Return part of a pattern for names in capitals or not: P2.CSV is a delivery like p1.csv."""
    if not any(sign in part for sign in "*?"):
        return part
    return "".join(
        f"[{sign.lower()}{sign.upper()}]" if sign.isalpha() else "[[]" if sign == "[" else sign
        for sign in part
    )


def _is_a_lock(name: str) -> bool:
    """Whether a file is one that a program leaves beside those that are open."""
    return name.startswith((".", "~$"))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _encoding(name: str) -> str:
    try:
        is_text = codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        is_text = False
    if not is_text or name.replace("-", "_").lower() in _NO_ENCODINGS:
        raise ValueError(f"'{name}' is no encoding of text: write one as utf-8, cp1252 or utf-16")
    return name


# Python knows these as encodings, and they are none of files.
_NO_ENCODINGS = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf_7")
Encoding = Annotated[str, AfterValidator(_encoding)]
# What may be written is more than what is kept; the schema that editors use knows it.
Word = Annotated[str, BeforeValidator(_word, json_schema_input_type=str | int)]
# Where a file lies: one, or as many as a pattern names.
OnePath = Annotated[
    str,
    Field(
        min_length=1,
        description="File, relative to the folder of the source; ~ is your home folder.",
    ),
]
PathOrPattern = Annotated[
    str,
    Field(
        min_length=1,
        description="File, relative to the folder of the source; * and ? name several files, and ~ "
        "is your home folder.",
    ),
]
Code = Annotated[str, BeforeValidator(_code, json_schema_input_type=str | int | bool | None)]
Words = Annotated[
    tuple[Word, ...],
    BeforeValidator(_words, json_schema_input_type=str | int | list[str | int]),
]
Formats = Annotated[tuple[str, ...], BeforeValidator(_list, json_schema_input_type=str | list[str])]
Total = Annotated[str, BeforeValidator(str, json_schema_input_type=str | float)]


class Forms(Section):
    """How values are written; what is not given is as in the whole file."""

    missing: Words | None = Field(
        None,
        description="Words that stand for a missing value, in place of those of the whole file; an "
        "empty value always does. Asked before codes.",
    )
    date_format: Formats | None = Field(
        None,
        description="strptime format of dates, or a list of them: a value has to fit one. "
        "`serial`: days as Excel counts them. Not given: %Y-%m-%d.",
    )
    datetime_format: Formats | None = Field(
        None,
        description="strptime format of times, or a list of them. Not given: %Y-%m-%dT%H:%M:%S.",
    )
    pivot: int | None = Field(
        None,
        ge=1800,
        le=2100,
        description="First of the hundred years that years of two digits lie in: 1930 for 1930 to "
        "2029.",
    )
    zone: str | None = Field(
        None,
        description="Zone of the clock on the wall, for example Europe/London, where the file has "
        "times with a zone: they are turned into times there.",
    )
    trim: bool | None = Field(
        None,
        description="Whether blanks around the values of text columns are taken off; around other "
        "values they never count.",
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="Decimal sign of numbers. Not given: a point."
    )
    thousands: Literal[",", ".", " ", "'"] | None = Field(
        None, description="Separator of thousands; every group after it has three digits."
    )
    currency: str | None = Field(
        None, min_length=1, max_length=3, description="Currency sign before or after numbers."
    )
    negatives: Literal["minus", "brackets", "trailing"] | None = Field(
        None, description="How a negative number is written: -1, (1) or 1-."
    )
    scale: float | None = Field(
        None, gt=0, description="What numbers are multiplied by: 0.01 where they are in pence."
    )
    digits: int | None = Field(
        None,
        ge=1,
        le=30,
        description="Digits of numbers in a text column, or of dates that are digits: lost zeros "
        "are put back.",
    )

    @model_validator(mode="after")
    def _formats_can_be_read(self) -> Forms:
        for form in (*(self.date_format or ()), *(self.datetime_format or ())):
            # The pivot may stand in the whole file: FileSource asks again with it.
            if problem := format_problem(form, self.pivot or 1930, self.zone or "UTC"):
                raise ValueError(problem)
        if self.zone is not None and not _is_zone(self.zone):
            raise ValueError(f"'{self.zone}' is no zone: write one as Europe/London")
        if self.decimal and self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same sign")
        return self

    @property
    def given(self) -> dict[str, Any]:
        """What is given, by name."""
        return {
            name: getattr(self, name)
            for name in Forms.model_fields
            if getattr(self, name) is not None
        }


class Written(Forms):
    """How the values of one column are written: as given, and as is usual where nothing is."""

    date_format: Formats = ("%Y-%m-%d",)
    datetime_format: Formats = ("%Y-%m-%dT%H:%M:%S",)
    decimal: Literal[".", ","] = "."
    negatives: Literal["minus", "brackets", "trailing"] = "minus"


class Where(Section):
    """Rows of a file that belong to the table; the others are left out and counted."""

    column: str = Field(description="Column of the file, by its name there.")
    is_one_of: Words | None = Field(None, description="Values of rows that belong.")
    is_none_of: Words | None = Field(None, description="Values of rows that do not.")
    reason: str = Field(min_length=1, description="Why the other rows do not belong.")

    @model_validator(mode="after")
    def _one_way(self) -> Where:
        if (self.is_one_of is None) == (self.is_none_of is None):
            raise ValueError("give either is_one_of or is_none_of")
        return self


class DerivedColumn(Section):
    """A declared column made from columns of the file."""

    sum: list[str] = Field(default_factory=list, description="Columns whose sum it is.")
    difference: list[str] = Field(
        default_factory=list, description="Two columns: the first less the second."
    )
    first: list[str] = Field(
        default_factory=list, description="Columns of which it is the first that is not missing."
    )

    @model_validator(mode="after")
    def _one_way(self) -> DerivedColumn:
        given = [name for name in ("sum", "difference", "first") if getattr(self, name)]
        if len(given) != 1 or len(self.columns) < 2:
            raise ValueError("give one of sum, difference and first, with at least two columns")
        if self.difference and len(self.difference) != 2:
            raise ValueError("difference takes two columns")
        return self

    @property
    def columns(self) -> list[str]:
        """Columns of the file that it is made from."""
        return [*self.sum, *self.difference, *self.first]


class FileSource(Forms):
    """Where rows of one table lie, how columns are called there and how values are written."""

    format: str = Field(description="Kind of file; the ending of `path` says it if this does not.")
    path: str = Field(
        "", description="File, relative to the folder of the source; * and ? name several files."
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="Declared column name -> name in the file."
    )
    codes: dict[str, dict[Word, Code]] = Field(
        default_factory=dict,
        description="Column -> {value in the file -> declared code}; '' for a missing value.",
    )
    constants: dict[str, Code] = Field(
        default_factory=dict,
        description="Declared column that the file lacks -> its value in every row, for example "
        "who sent it.",
    )
    derive: dict[str, DerivedColumn] = Field(
        default_factory=dict, description="Declared column that the file lacks -> what makes it."
    )
    by_column: dict[str, Forms] = Field(
        default_factory=dict,
        description="Declared column -> how its values are written, where otherwise than in the "
        "whole file.",
    )
    where: list[Where] = Field(
        default_factory=list, description="Which rows belong to the table, where not all do."
    )
    replaces: bool = Field(
        False,
        description="Whether its rows take the place of rows with the same key in the files "
        "above it: a delivery sent again.",
    )
    expected_rows: int | None = Field(
        None, ge=0, description="Rows that the sender counted in the file, `where` aside."
    )
    totals: dict[str, Total] = Field(
        default_factory=dict,
        description="Declared column -> its sum over the file as the sender states it, in the unit "
        "of the file.",
    )

    @model_validator(mode="after")
    def _options_fit_together(self) -> FileSource:
        for name in (None, *self.by_column):
            forms = self.forms(name)
            for form in (*forms.date_format, *forms.datetime_format):
                if problem := format_problem(form, forms.pivot, forms.zone):
                    raise ValueError(problem)
            if forms.decimal == forms.thousands:
                raise ValueError("decimal and thousands are the same sign")
        if self.scale is not None:
            raise ValueError(
                f"scale is given for a column: by_column: {{<column>: {{scale: {self.scale:g}}}}}"
            )
        for column, total in self.totals.items():
            try:
                number = float(total)
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                raise ValueError(f"the total of '{column}' is not a number")
        for column in self.derive:
            if column in self.columns or column in self.constants:
                raise ValueError(f"'{column}' is derived and given in another way as well")
        return self

    def forms(self, column: str | None) -> Written:
        """Return how the values of a declared column are written."""
        own = self.by_column[column].given if column in self.by_column else {}
        return Written(**(self.given | own))

    def asks(self, column: str) -> bool:
        """Return whether usual words for missing in a column are asked about."""
        own = self.by_column.get(column)
        return (own is None or own.missing is None) and self.missing != ()

    def multiplier(self, column: str) -> Fraction | None:
        """Return what the numbers of a column are multiplied by, exactly."""
        scale = self.forms(column).scale
        return None if scale is None else Fraction(str(scale))

    @property
    def file_columns(self) -> set[str]:
        """Columns of the file that something but `columns` names."""
        made = {name for spec in self.derive.values() for name in spec.columns}
        return made | {where.column for where in self.where}

    @property
    def is_pattern(self) -> bool:
        """Whether `path` may name several files."""
        return any(sign in self.path for sign in "*?")

    def within(self, folder: str | Path) -> Path:
        """Return where the file lies, or the pattern of the files, given the source's folder."""
        return Path(folder).expanduser() / Path(self.path).expanduser()

    def paths(self, folder: Path) -> list[Path]:
        """Return the files that `path` names, sorted; those of a pattern as they are there."""
        if not self.is_pattern:
            return [self.within(folder)]
        pattern = Path(self.path).expanduser()
        # A pattern with a folder of its own is not relative to that of the source.
        start = Path(pattern.anchor) if pattern.anchor else folder.expanduser()
        parts = pattern.relative_to(pattern.anchor).parts
        found = start.glob(str(Path(*map(_any_case, parts))))
        return sorted(path for path in found if path.is_file() and not _is_a_lock(path.name))

    def inputs(self, folder: Path) -> list[Path]:
        """Return the files that a job depends on."""
        return self.paths(folder)

    def is_there(self, folder: Path) -> bool:
        """Return whether what a job depends on can be read: the file, or one of the pattern."""
        found = self.paths(folder)
        return bool(found) and all(path.is_file() for path in found)

    def opened(self, path: Path, table: str, say: Callable[[str], None]) -> Opened:
        """Return what is in a file; `say` tells what does not refuse it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Opened:
    """A file: its columns, and its rows as tables of those that are asked for, in order."""

    names: list[str]
    chunks: Callable[[list[str]], Iterator[pa.Table]]
