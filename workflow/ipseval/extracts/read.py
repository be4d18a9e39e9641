"""Reads the files of a real trial into the declared tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ..config.delivery import FileSource, Where
from ..config.extracts import Column, Extracts, Table
from ..config.run import ExtractSource
from ..errors import InputError, InputErrors, counted
from .convert import PROPOSED, Converted, Rule, as_text, convert, is_text, plain, to_frame
from .convert import without_missing_words as without_missing
from .dates import fitting
from .deliveries import Part, combined, files_of
from .repair import repaired, repairs_table
from .tables import LEFT_OUT, conform, shape_problems, validate

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
)
Say = Callable[[str], None]


def _silent(text: str) -> None:
    """Tell nobody."""


def read_tables(
    source: ExtractSource, declared: Extracts, say: Say = _silent
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return every declared table from the files of a source, and the repairs made (REPAIRS).

    Raises InputErrors that together name every problem of every file.
    """
    tables, repairs, problems = {}, [repairs_table([])], []
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
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one table from its files, typed, repaired, validated and sorted, and the repairs.

    at_most: how many rows of each file are read, for a look at them; all if None.
    """
    parts, repairs, problems = [], [], []
    for label, path, file in files_of(folder, files, name):
        try:
            frame, left_out = read_file(path, file, declared, name, say, at_most)
            frame, made = repaired(frame, declared, name, path)
            parts.append(Part(label, frame, file.replaces))
            repairs += [left_out, made]
        except InputError as error:
            problems.append(error)
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    frame, made = combined(parts, declared, name)
    if len(parts) > 1:
        together = ", ".join(part.label for part in parts)
        try:
            validate(frame, declared, name, f"{together} (rows counted through all)")
        except InputErrors as error:
            raise InputErrors([*error.problems, *_on_overlap(error, name)]) from None
    return conform(frame, declared), pd.concat([*repairs, made], ignore_index=True)


def _on_overlap(error: InputErrors, name: str) -> Iterator[InputError]:
    if any("share" in problem.problem for problem in error.problems):
        yield InputError(
            "files of one table hold rows with the same key",
            table=name,
            remedy="if a later file is the same delivery sent again, list it below the earlier and "
            "set there in the run file  replaces: true",
        )


@dataclass
class _Reading:
    """What is known of one column of a file while its chunks are read."""

    rule: Rule
    parts: list[pa.Array] = field(default_factory=list)
    unread: list[np.ndarray] = field(default_factory=list)
    worded: list[np.ndarray] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    proposed: set[str] = field(default_factory=set)
    expected: str = ""
    sample: pd.Series | None = None
    total: float = 0.0
    from_numbers: bool = False


def read_file(
    path: Path,
    source: FileSource,
    declared: Table,
    name: str,
    say: Say = _silent,
    at_most: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
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
    places: list[np.ndarray] = []
    left_out: dict[int, list[np.ndarray]] = {i: [] for i in range(len(source.where))}
    rows = 0
    for chunk in opened.chunks(asked):
        if at_most is not None:
            chunk = chunk.slice(0, at_most - rows)
        kept = _belongs(chunk, source, rows, left_out)
        for column, reading in columns.items():
            _take(reading, _values_of(column, chunk, wanted, source), kept, rows)
        places.append(np.flatnonzero(kept) + rows)
        rows += chunk.num_rows
        if at_most is not None and rows >= at_most:
            break
    problems = [*_count_problems(rows, columns, source, path, name, at_most)]
    problems += _reading_problems(columns, declared, source, path, name)
    for reading in columns.values():
        if reading.from_numbers:
            say(f"{path}: a text column is stored as numbers; zeros in front would be lost")
            break
    bad = {column for column, reading in columns.items() if reading.unread or reading.worded}
    frame = to_frame(
        {column: reading.parts for column, reading in columns.items()}, declared.columns
    )
    frame.index = pd.Index(np.concatenate(places) if places else np.array([], dtype="int64"))
    if problems or any(column not in frame for column in declared.columns):
        problems += _further(frame, declared, bad, name, path)
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    made = [
        [name, path, where.column, where.reason, _belonging(where), LEFT_OUT, numbers]
        for i, where in enumerate(source.where)
        if (numbers := (np.concatenate(left_out[i] or [np.array([], int)]) + 1).tolist())
    ]
    for line in made:
        say(f"{path}: {counted(len(line[-1]), 'row does', 'rows do')} not belong: {line[3]}")
    return frame, repairs_table(made)


def _belonging(where: Where) -> str:
    if where.is_one_of is not None:
        return f"{where.column} is one of {len(where.is_one_of)} declared values"
    return f"{where.column} is none of {len(where.is_none_of or ())} declared values"


def _rule_of(column: str, spec: Column, source: FileSource) -> Rule:
    codes = dict(source.codes.get(column, {}))
    is_totalled = column in source.totals
    return Rule(
        spec,
        source.forms(column),
        codes,
        source.multiplier(column),
        is_totalled,
        source.asks(column),
    )


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
                f"names: [{', '.join(_told_apart(names))}]  with  skip_rows: 1",
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


def _told_apart(names: list[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def _belongs(
    chunk: pa.Table, source: FileSource, rows: int, left_out: dict[int, list[np.ndarray]]
) -> np.ndarray:
    """Return which rows of a chunk belong to the table, and note the others."""
    import pyarrow.compute as pc

    kept = np.ones(chunk.num_rows, dtype=bool)
    for i, where in enumerate(source.where):
        text = as_text(plain(chunk[where.column]))
        text = without_missing(pc.utf8_trim_whitespace(text), source.forms(None)).fill_null("")
        words = pa.array(where.is_one_of or where.is_none_of or (), "string")
        found = np.asarray(pc.is_in(text, value_set=words))
        gone = kept & (~found if where.is_one_of is not None else found)
        left_out[i].append(np.flatnonzero(gone) + rows)
        kept &= ~gone
    return kept


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
        if any(pa.types.is_struct(value.type) for value in values):
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


def _take(reading: _Reading, values: pa.Array, kept: np.ndarray, rows: int) -> None:
    """Convert one chunk of a column."""
    found = convert(values, reading.rule)
    spec = reading.rule.column
    if found.unscaled is not None:
        reading.total += float(found.unscaled.sum())
    if spec.type == "string" and not pa.types.is_null(values.type):
        is_mixed = pa.types.is_struct(values.type)
        from_numbers = "number" in values.type.names if is_mixed else not is_text(values)
        reading.from_numbers |= from_numbers and not reading.rule.codes
    if (found.unread & kept).any():
        reading.unread.append(np.flatnonzero(found.unread & kept) + rows)
        reading.expected = found.expected
        _note(reading, values, found)
    if found.words and (found.worded & kept).any():
        reading.worded.append(np.flatnonzero(found.worded & kept) + rows)
        reading.words |= {*found.words}
    whole = bool(kept.all())
    reading.parts.append(found.array if whole else found.array.filter(pa.array(kept)))


def _note(reading: _Reading, values: pa.Array, found: Converted) -> None:
    """Note what a message may propose: words of a fixed list, and values to try formats on."""
    if pa.types.is_struct(values.type):
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
        if reading.unread:
            rows = (np.concatenate(reading.unread) + 1).tolist()
            yield InputError(
                f"{counted(len(rows), 'value', 'values')} cannot be read as {kind}",
                file=path,
                table=name,
                column=column,
                rows=rows,
                rule=f"type {kind}",
                expected=reading.expected,
                remedy="correct these rows, or set date_format, datetime_format or codes in "
                "the run file" + _way_out(column, reading, kind),
            )
        if reading.worded:
            rows = (np.concatenate(reading.worded) + 1).tolist()
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
            text += f", so set  date_format: '{fit[0]}'" if kind == "date" else ""
    return text


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


def _further(
    frame: pd.DataFrame, declared: Table, bad: set[str], name: str, path: Path
) -> list[InputError]:
    """Return what else is wrong: columns that are missing, and rules of the others."""
    absent = {column for column in declared.columns if column not in frame.columns}
    whole = declared.model_copy(
        update={"columns": {c: s for c, s in declared.columns.items() if c not in bad}}
    )
    problems = list(shape_problems(frame.drop(columns=sorted(bad)), whole, name, path))
    out = bad | absent
    kept = {
        column: spec.model_copy(update={"not_before": None} if spec.not_before in out else {})
        for column, spec in declared.columns.items()
        if column not in out
    }
    if not kept or frame.empty:
        return problems
    # Without its whole key nothing can be said of rows that share it; all columns stand for it.
    key = declared.key if set(declared.key) <= kept.keys() else list(kept)
    part = declared.model_copy(update={"columns": kept, "key": key})
    try:
        repaired(frame[list(kept)], part, name, path)
    except InputErrors as error:
        told = error.problems
        if key != declared.key:
            told = [problem for problem in told if "share" not in problem.problem]
        problems += told
    return problems
