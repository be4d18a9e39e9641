"""Reads the files of a real trial into the declared tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ..config.delivery import FileSource, Where
from ..config.extracts import Column, Extracts, Table
from ..config.run import ExtractSource
from ..errors import InputError, InputErrors, RowNumbers, counted
from . import on_disk
from .cells import is_mixed
from .convert import PROPOSED, Converted, Rule, as_text, convert, is_text, plain
from .convert import without_missing_words as without_missing
from .dates import fitting
from .deliveries import FileRows, combined, copies, files_of
from .on_disk import Stored
from .repair import repaired, repairs_table
from .tables import LEFT_OUT, shape_problems
from .tokens import FOOTER

DATES = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y%m%d",
    "%d%m%Y",
    "%d-%b-%Y",
    "%d%b%Y",
    "%d %B %Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%b-%y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d%b%Y:%H:%M:%S",
)
Say = Callable[[str], None]


def _silent(text: str) -> None:
    """Tell nobody."""


def read_tables(
    source: ExtractSource, declared: Extracts, say: Say = _silent
) -> tuple[dict[str, pd.DataFrame | Stored], pd.DataFrame]:
    """Return every declared table from the files of a source, and the repairs made (REPAIRS).

    Raises InputErrors that together name every problem of every file.
    """
    tables: dict[str, pd.DataFrame | Stored] = {}
    repairs, problems = [repairs_table([])], []
    for name, table in declared.tables.items():
        if name not in source.tables:
            problems.append(no_file(name, table))
            continue
        try:
            tables[name], made = read_table(
                Path(source.folder).expanduser(), source.files(name), table, name, say
            )
            repairs.append(made)
        except InputError as error:
            problems.append(error)
    if problems:
        raise InputErrors(problems)
    return tables, pd.concat(repairs, ignore_index=True)


def no_file(name: str, table: Table) -> InputError:
    """Return the error for a table that the run file names no file of."""
    return InputError(
        "no file is named for this table",
        table=name,
        expected=table.description,
        remedy=f"add it under 'tables' in the run file, for example  {name}: {{path: {name}.csv}}",
    )


def read_table(
    folder: Path,
    files: list[FileSource],
    declared: Table,
    name: str,
    say: Say = _silent,
    at_most: int | None = None,
) -> tuple[pd.DataFrame | Stored, pd.DataFrame]:
    """Return one table from its files, typed, repaired, validated and sorted, and the repairs.

    What is too large to be held is on disk.
    at_most: how many rows of each file are read, for a look at them; all if None.
    """
    repairs, problems = [], []
    parts: list[FileRows] = []
    named = files_of(folder, files, name)
    for one, other in copies(named):
        say(f"{other}: the same content as {one}; is it another sender's?")
    for label, path, file in named:
        try:
            rows, left_out = read_file(path, file, declared, name, say, at_most)
            rows, made = repaired(rows, declared, name, path)
            parts.append(FileRows(label, rows, file.replaces))
            parts = _at_most_held(parts, declared)
            repairs += [left_out, made]
        except InputError as error:
            problems.append(error)
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    table, made = combined(parts, declared, name)
    return table, pd.concat([*repairs, made], ignore_index=True)


def _at_most_held(parts: list[FileRows], declared: Table) -> list[FileRows]:
    """Return the rows of files, on disk if together they are too many to be held."""
    held = [part.frame for part in parts if isinstance(part.frame, pd.DataFrame)]
    if sum(frame.memory_usage(deep=True).sum() for frame in held) <= on_disk.HELD:
        return parts
    return [
        replace(part, frame=on_disk.stored(part.frame, declared.columns))
        if isinstance(part.frame, pd.DataFrame)
        else part
        for part in parts
    ]


@dataclass
class _Reading:
    """What is known of one column of a file while its chunks are read."""

    rule: Rule
    unread: RowNumbers = field(default_factory=RowNumbers)
    worded: RowNumbers = field(default_factory=RowNumbers)
    words: set[str] = field(default_factory=set)
    proposed: set[str] = field(default_factory=set)
    expected: str = ""
    sample: pd.Series | None = None
    total: float = 0.0
    from_numbers: bool = False
    padded: bool = False


def read_file(
    path: Path,
    source: FileSource,
    declared: Table,
    name: str,
    say: Say = _silent,
    at_most: int | None = None,
) -> tuple[pd.DataFrame | Stored, pd.DataFrame]:
    """Return the declared columns of one file in their types, and rows that do not belong.

    The index is the place of a row in the file, from 0. Raises InputErrors.
    """
    opened = source.opened(path, name, say)
    _check_names(opened.names, source, declared, path, name)
    given = {
        column: source.columns.get(column, column)
        for column in declared.columns
        if column not in source.constants and column not in source.derive
    }
    wanted = {ours: theirs for ours, theirs in given.items() if theirs in opened.names}
    asked = list(dict.fromkeys([*wanted.values(), *sorted(source.file_columns)]))
    columns = {
        column: _Reading(_rule_of(column, spec, source))
        for column, spec in declared.columns.items()
        if column in wanted or column in source.constants or column in source.derive
    }
    last: pa.Table | None = None
    repeated = RowNumbers()
    problems_of_form: list[InputError] = []
    gathered = on_disk.Gathered({column: declared.columns[column] for column in columns})
    left_out = {i: RowNumbers() for i in range(len(source.where))}
    rows = 0
    for chunk in opened.chunks(asked):
        if at_most is not None:
            chunk = chunk.slice(0, at_most - rows)
        kept = _belongs(chunk, source, rows, left_out)
        if rows == 0 and _is_a_line(chunk, asked):
            problems_of_form.append(
                InputError(
                    "the first row is a line below the header, and not a row of the table",
                    file=path,
                    table=name,
                    rows=[1],
                    rule="every row is one of the table",
                    remedy="ask for the file without it, or name the fields in the run file  "
                    "names: [...]  with  skip_rows: 2",
                )
            )
        repeated.add(np.flatnonzero(_repeats_names(chunk, asked) & kept) + rows + 1)
        if len(kept):
            last = chunk.slice(len(kept) - 1).select(asked) if kept[-1] else None
        arrays = {
            column: _taken(reading, _values_of(column, chunk, wanted, source), kept, rows)
            for column, reading in columns.items()
        }
        gathered.add(arrays, np.flatnonzero(kept) + rows)
        rows += chunk.num_rows
        if at_most is not None and rows >= at_most:
            break
    problems = problems_of_form
    problems += _count_problems(rows, columns, source, path, name, at_most)
    if len(repeated):
        problems.append(
            InputError(
                f"{counted(len(repeated), 'row repeats', 'rows repeat')} the header",
                file=path,
                table=name,
                rows=repeated,
                rule="a file has one header",
                remedy="ask for the files one by one, or leave these rows out of the file",
            )
        )
    if last is not None and (at_most is None or rows < at_most):
        problems += _footer_problems(last, rows, source, path, name)
    problems += _reading_problems(columns, declared, source, path, name)
    for reading in columns.values():
        if reading.from_numbers:
            say(f"{path}: a text column is stored as numbers; zeros in front would be lost")
            break
    if padded := [column for column, reading in columns.items() if reading.padded]:
        say(
            f"{path}: blanks around text of {', '.join(padded)} are kept; trim: true takes them off"
        )
    bad = {
        column for column, reading in columns.items() if len(reading.unread) or len(reading.worded)
    }
    table = gathered.table()
    if problems or any(column not in columns for column in declared.columns):
        problems += _absent({*columns}, declared, opened.names, source, path, name)
        problems += _further(table, declared, bad, {*columns}, name, path)
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    made = []
    for i, where in enumerate(source.where):
        if len(gone := left_out[i]):
            made.append([name, path, where.column, where.reason, _belonging(where), LEFT_OUT, gone])
            said = f"{counted(len(gone), 'row does', 'rows do')} not belong: {where.reason}"
            say(f"{path}: {said}")
    return table, repairs_table(made)


def _belonging(where: Where) -> str:
    if where.is_one_of is not None:
        return f"{where.column} is one of {len(where.is_one_of)} declared values"
    return f"{where.column} is none of {len(where.is_none_of or ())} declared values"


def _rule_of(column: str, spec: Column, source: FileSource) -> Rule:
    codes = dict(source.codes.get(column, {}))
    is_totalled = column in source.totals
    forms, asks = source.forms(column), source.asks(column)
    if column in source.constants or column in source.derive:
        # Words for missing are those of the file: a difference may well be -9.
        forms = forms.model_copy(update={"missing": ()})
        asks &= column not in source.constants
    return Rule(spec, forms, codes, source.multiplier(column), is_totalled, asks)


def _check_names(
    names: list[str], source: FileSource, declared: Table, path: Path, table: str
) -> None:
    """Raise InputErrors for names that are twice there, or given for columns that are not."""
    problems = []

    def refuse(problem: str, column: str, rule: str | None, remedy: str) -> None:
        problems.append(
            InputError(problem, file=path, table=table, column=column, rule=rule, remedy=remedy)
        )

    asked = {source.columns.get(column, column) for column in declared.columns}
    for theirs in sorted({name for name in names if names.count(name) > 1}):
        if theirs in asked | source.file_columns:
            refuse(
                f"the header has this column {names.count(theirs)} times",
                theirs,
                "a column that is read occurs once",
                "say which is meant: name all fields in order in the run file  "
                f"names: [{', '.join(_told_apart(names))}]  with  skip_rows: "
                f"{getattr(source, 'skip_rows', 0) + 1}"
                if hasattr(source, "names")
                else "write in the run file a query that gives every column a name of its own",
            )
    for ours, theirs in source.columns.items():
        if ours != theirs and ours in names and theirs in names and ours in declared.columns:
            refuse(
                "two columns of the file claim the same name",
                ours,
                "one column of the file for each declared column",
                "map one of them under 'columns' in the run file, and rename the other",
            )
    present = {ours for ours in declared.columns if source.columns.get(ours, ours) in names}
    for column in source.constants:
        if column in present:
            refuse(
                "a constant is given for a column that the file has",
                column,
                None,
                "leave it out under 'constants' in the run file",
            )
    made = present | {*source.constants} | {*source.derive}
    for key in ("codes", "by_column", "totals"):
        for column in getattr(source, key):
            if column not in made:
                refuse(
                    f"{key} are given for a column that the file lacks",
                    column,
                    None,
                    f"correct its name under '{key}' or 'columns' in the run file",
                )
    for column, word in _contradictions(source, declared):
        refuse(
            f"'{word}' stands for a missing value in this file, and is a code of this column",
            column,
            "words for missing are asked before codes",
            f"say which it is: by_column: {{{column}: {{missing: []}}}}  where it is the code, or "
            f"by_column: {{{column}: {{missing: ['{word}']}}}}  where it is missing",
        )
    for column in source.totals:
        if column in made and declared.columns[column].type not in ("number", "integer"):
            refuse(
                "a total is given for a column that has no numbers", column, None, "leave it out"
            )
    for column in sorted(source.file_columns):
        if column not in names:
            refuse(
                "the file lacks a column that the run file names",
                column,
                "columns under 'where' and 'derive' are those of the file",
                "correct its name under 'where' or 'derive' in the run file",
            )
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)


def _contradictions(source: FileSource, declared: Table) -> Iterator[tuple[str, str]]:
    """Yield columns and words that the run file, or it and the declaration, give two meanings."""
    for column, spec in declared.columns.items():
        is_own = column in source.by_column and source.by_column[column].missing is not None
        meant = {theirs for theirs, ours in source.codes.get(column, {}).items() if ours}
        if not is_own and column not in source.codes:
            meant |= {*(spec.codes or ())}
        for word in source.forms(column).missing or ():
            if word.strip() in meant:
                yield column, word


def _told_apart(names: list[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def _belongs(
    chunk: pa.Table, source: FileSource, rows: int, left_out: dict[int, RowNumbers]
) -> np.ndarray:
    """Return which rows of a chunk belong to the table, and note the others."""
    import pyarrow.compute as pc

    kept = np.ones(chunk.num_rows, dtype=bool)
    for i, where in enumerate(source.where):
        text = _readable(chunk[where.column])
        text = without_missing(pc.utf8_trim_whitespace(text), source.forms(None)).fill_null("")
        words = pa.array(where.is_one_of or where.is_none_of or (), "string")
        found = np.asarray(pc.is_in(text, value_set=words))
        gone = kept & (~found if where.is_one_of is not None else found)
        left_out[i].add(np.flatnonzero(gone) + rows + 1)
        kept &= ~gone
    return kept


def _readable(values: pa.ChunkedArray) -> pa.Array:
    """Return values as text; what can be none, such as lists, as nothing."""
    try:
        return as_text(plain(values))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.nulls(len(values), "string")


def _values_of(
    column: str, chunk: pa.Table, wanted: dict[str, str], source: FileSource
) -> pa.Array:
    """Return the values of a declared column, of the file or as the run file makes them."""
    if column in wanted:
        return plain(chunk[wanted[column]])
    if column in source.constants:
        return pa.repeat(pa.scalar(source.constants[column], "string"), chunk.num_rows)
    return _derived(column, chunk, source)


def _derived(column: str, chunk: pa.Table, source: FileSource) -> pa.Array:
    import pyarrow.compute as pc

    spec, forms = source.derive[column], source.forms(column)
    values = [plain(chunk[name]) for name in spec.columns]
    if spec.first:
        if any(is_mixed(value) for value in values):
            values = [as_text(value) for value in values]
        values = [without_missing(value, forms) for value in values]
        kinds = {value.type for value in values if not pa.types.is_null(value.type)}
        if len(kinds) > 1:
            values = [as_text(value) for value in values]
        return pc.coalesce(*values)
    number = Column(type="number", description="", nullable=True)
    read = [convert(value, Rule(number, forms, {})) for value in values]
    unread = np.logical_or.reduce([one.unread for one in read])
    first, *rest = [np.asarray(one.array.fill_null(np.nan), dtype="float64") for one in read]
    total = first - rest[0] if spec.difference else sum(rest, first)
    # Decimals of money are not binary; what they add up to is, to a millionth.
    total = np.round(total, 6)
    made = pa.array(np.where(unread, np.nan, total), from_pandas=True)
    if not unread.any():
        return made
    # A part that is no number is no number here either, and so refused by its row.
    return pc.if_else(pa.array(unread), pa.scalar("?", "string"), as_text(made))


def _taken(reading: _Reading, values: pa.Array, kept: np.ndarray, rows: int) -> pa.Array:
    """Return one chunk of a column, converted, and note what is said of it."""
    found = convert(values, reading.rule)
    reading.padded |= found.padded
    spec = reading.rule.column
    if found.unscaled is not None:
        reading.total += float(found.unscaled.sum())
    if spec.type == "string" and not pa.types.is_null(values.type):
        kinds = [field.type for field in values.type] if is_mixed(values) else [values.type]
        from_numbers = any(
            pa.types.is_integer(k) or pa.types.is_floating(k) or pa.types.is_decimal(k)
            for k in kinds
        )
        reading.from_numbers |= from_numbers and not reading.rule.codes
    if (found.unread & kept).any():
        reading.unread.add(np.flatnonzero(found.unread & kept) + rows + 1)
        reading.expected = found.expected
        _note(reading, values, found)
    if found.words and (found.worded & kept).any():
        reading.worded.add(np.flatnonzero(found.worded & kept) + rows + 1)
        reading.words |= {*found.words}
    whole = bool(kept.all())
    return found.array if whole else found.array.filter(pa.array(kept))


def _note(reading: _Reading, values: pa.Array, found: Converted) -> None:
    """Note what a message may propose: words of a fixed list, and values to try formats on."""
    if is_mixed(values):
        values = as_text(values)
    if not pa.types.is_string(values.type):
        return
    bad = {*values.filter(pa.array(found.unread)).unique().to_pylist()}
    reading.proposed |= bad & {*PROPOSED}
    if reading.sample is None:
        reading.sample = values.to_pandas()


def _reading_problems(
    columns: dict[str, _Reading], declared: Table, source: FileSource, path: Path, name: str
) -> Iterator[InputError]:
    """Yield one error for each column with values that are not of its type.

    They are never repaired: where dates are in another form, that is a whole file, not a slip.
    """
    for column, reading in columns.items():
        kind = reading.rule.column.type
        if len(rows := reading.unread):
            yield InputError(
                f"{counted(len(rows), 'value', 'values')} cannot be read as {kind}",
                file=path,
                table=name,
                column=column,
                rows=rows,
                rule=f"type {kind}",
                expected=reading.expected,
                remedy=f"correct these rows, or {_SAID[kind]}" + _way_out(column, reading, kind),
            )
        if len(rows := reading.worded):
            words = ", ".join(f"'{word}'" for word in sorted(reading.words))
            yield InputError(
                f"{counted(len(rows), 'value is a word', 'values are words')} that often "
                f"{'stands' if len(rows) == 1 else 'stand'} for a missing value",
                file=path,
                table=name,
                column=column,
                rows=rows,
                rule="the run file says which words stand for a missing value",
                expected="a value, or nothing",
                remedy=f"set for this file  missing: [{words}]  or, where it is a value, "
                f"by_column: {{{column}: {{missing: []}}}}",
            )


# Type -> what the run file may say about its values.
_SAID = {
    "string": "ask for the column as text",
    "category": "ask for the column as text",
    "integer": "say in the run file how numbers are written, or set codes",
    "number": "say in the run file how numbers are written, or set codes",
    "boolean": "set codes in the run file",
    "date": "set date_format or codes in the run file",
    "datetime": "set datetime_format or codes in the run file",
}


def _way_out(column: str, reading: _Reading, kind: str) -> str:
    """Return further lines for the run file that would help, in words; often none."""
    text = ""
    if reading.proposed:
        words = ", ".join(f"'{word}'" for word in sorted(reading.proposed))
        text += f"; if it stands for a missing value  missing: [{words}]"
    if kind in ("date", "datetime") and reading.sample is not None and not reading.proposed:
        fit = fitting(without_missing_sample(reading), DATES)
        text += f"; every value fits {' and '.join(fit)}" if fit else ""
        if len(fit) == 1:
            text += f", so set  {kind}_format: '{fit[0]}'"
            if "%y" in fit[0] and reading.rule.forms.pivot is None:
                text += "  and the hundred years they lie in, for example  pivot: 1930"
        if kind == "date" and (digits := _lost_zeros(reading)):
            text += (
                f"; if zeros in front were lost, set  by_column: {{{column}: {{digits: {digits}}}}}"
            )
    if kind in ("number", "integer") and reading.sample is not None and not reading.proposed:
        ways = [_line(forms) for forms in _forms_that_fit(reading)]
        text += f"; every value is a number by  {'  or by  '.join(ways)}" if ways else ""
    return text


def _lost_zeros(reading: _Reading) -> int | None:
    """Return the digits of dates without separators that are read once their zeros are back."""
    if reading.rule.forms.digits:
        return None
    for digits in (8, 6):
        forms = reading.rule.forms.model_copy(update={"digits": digits})
        values = pa.array(reading.sample, "string", from_pandas=True)
        found = convert(values, replace(reading.rule, forms=forms))
        if not found.unread.any():
            return digits
    return None


def _forms_that_fit(reading: _Reading) -> list[dict[str, str]]:
    """Return in which ways, of the fewest options, all values are numbers; three at most."""
    values = pa.array(reading.sample, "string", from_pandas=True).unique()
    fits: list[dict[str, str]] = []
    for made in product((None, ","), (None, ",", ".", " "), _SIGNS, (None, "brackets", "trailing")):
        keys = ("decimal", "thousands", "currency", "negatives")
        given = {key: value for key, value in zip(keys, made, strict=True) if value is not None}
        if not given or given.get("decimal", ".") == given.get("thousands"):
            continue
        if fits and len(given) > len(fits[0]):
            continue
        forms = reading.rule.forms.model_copy(update=given)
        if convert(values, replace(reading.rule, forms=forms)).unread.any():
            continue
        fits = [*(one for one in fits if len(one) <= len(given)), given]
    return [one for one in fits if len(one) == min(map(len, fits))][:3]


_SIGNS = (None, "£", "€", "$")


def _line(given: dict[str, str]) -> str:
    """Return options as the run file has them."""
    return "  ".join(f"{key}: '{value}'" for key, value in given.items())


def without_missing_sample(reading: _Reading) -> pd.Series:
    """Return the values that a format may be tried on."""
    values = pa.array(reading.sample, "string", from_pandas=True)
    return without_missing(values, reading.rule.forms).to_pandas()


def _count_problems(
    rows: int,
    columns: dict[str, _Reading],
    source: FileSource,
    path: Path,
    name: str,
    at_most: int | None,
) -> Iterator[InputError]:
    """Yield what differs from the rows and totals that the sender states."""
    if at_most is not None and rows >= at_most:
        return  # A look at some rows says nothing about all of them.
    ask = "ask the sender for the whole file, or correct the number in the run file"
    if source.expected_rows is not None and rows != source.expected_rows:
        yield InputError(
            f"the file has {counted(rows, 'row', 'rows')}",
            file=path,
            table=name,
            rule="expected_rows of the run file",
            expected=counted(source.expected_rows, "row", "rows"),
            remedy=ask,
        )
    for column, stated in source.totals.items():
        decimals = len(stated.partition(".")[2])
        if column in columns and abs(columns[column].total - float(stated)) >= 0.5 * 10**-decimals:
            yield InputError(
                "the column does not add up to the total that the sender states",
                file=path,
                table=name,
                column=column,
                rule="totals of the run file",
                expected=stated,
                remedy=ask,
            )


def _repeats_names(chunk: pa.Table, asked: list[str]) -> np.ndarray:
    """Return which rows are the header again, as where files were joined."""
    import pyarrow.compute as pc

    found = np.full(chunk.num_rows, bool(asked))
    for name in asked:
        values = plain(chunk[name])
        if not (is_text(values) or is_mixed(values)):
            return np.zeros(chunk.num_rows, dtype=bool)
        same = pc.equal(pc.utf8_trim_whitespace(as_text(values)), name).fill_null(False)
        found &= np.asarray(same)
        if not found.any():
            break
    return found


def _is_a_line(chunk: pa.Table, asked: list[str]) -> bool:
    """Return whether the first row underlines the header, as database clients do."""
    if not chunk.num_rows or not asked:
        return False
    first = chunk.slice(0, 1)
    cells = [_readable(first[column])[0].as_py() for column in asked]
    return all(cell is not None and re.fullmatch(r"\s*[-=+|]{2,}\s*", cell) for cell in cells)


def _footer_problems(
    last: pa.Table, rows: int, source: FileSource, path: Path, name: str
) -> Iterator[InputError]:
    """Yield an error for a last row that is a total or a note: it would be a person."""
    if not hasattr(source, "footer_rows") or source.expected_rows == rows:
        return
    cells = [_readable(last[column])[0].as_py() for column in last.column_names]
    there = [cell.strip() for cell in cells if cell is not None and cell.strip()]
    is_note = len(there) == 1 and len(cells) > 2 and " " in there[0]
    if is_note or any(FOOTER.search(cell) for cell in there[:1]):
        yield InputError(
            "the last row looks like a total or a note, and not like a row of the table",
            file=path,
            table=name,
            rows=[rows],
            rule="every row is one of the table",
            remedy=f"set in the run file  footer_rows: {source.footer_rows + 1}  or, where it is "
            f"one of the table, expected_rows: {rows}",
        )


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _absent(
    there: set[str],
    declared: Table,
    names: list[str],
    source: FileSource,
    path: Path,
    table: str,
) -> Iterator[InputError]:
    """Yield one error for each declared column that is not there, with the line that may help."""
    absent = [column for column in declared.columns if column not in there]
    for column in absent:
        spec, theirs = declared.columns[column], source.columns.get(column, column)
        like = [name for name in names if _bare(name) in (_bare(theirs), _bare(column))]
        remedy = "supply the column, or map it under 'columns' in the run file"
        if len(like) == 1:
            remedy = f"if it is meant, set in the run file  columns: {{{column}: '{like[0]}'}}"
        elif len(absent) == len(declared.columns) and hasattr(source, "names"):
            remedy += "; if the file has no header, name its fields in order  names: [...]"
        yield InputError(
            "column is missing",
            file=path,
            table=table,
            column=column if theirs == column else f"{column} ('{theirs}' in the file)",
            rule="every declared column is present",
            expected=f"{spec.type}: {spec.description}",
            remedy=remedy,
        )


def _further(
    table: pd.DataFrame | Stored,
    declared: Table,
    bad: set[str],
    there: set[str],
    name: str,
    path: Path,
) -> list[InputError]:
    """Return what else is wrong: rules of the columns that are there and can be read."""
    absent = {column for column in declared.columns if column not in there}
    whole = declared.model_copy(
        update={"columns": {c: s for c, s in declared.columns.items() if c not in bad | absent}}
    )
    problems: list[InputError] = []
    if isinstance(table, pd.DataFrame):
        problems += shape_problems(table.drop(columns=sorted(bad)), whole, name, path)
    out = bad | absent
    kept = {
        column: spec.model_copy(update={"not_before": None} if spec.not_before in out else {})
        for column, spec in declared.columns.items()
        if column not in out
    }
    if not kept or not len(table):
        return problems
    # Without its whole key nothing can be said of rows that share it; all columns stand for it.
    key = declared.key if set(declared.key) <= kept.keys() else list(kept)
    part = declared.model_copy(update={"columns": kept, "key": key})
    try:
        repaired(on_disk.selected(table, list(kept)), part, name, path)
    except InputErrors as error:
        told = error.problems
        if key != declared.key:
            told = [problem for problem in told if "share" not in problem.problem]
        problems += told
    return problems
