"""Reads the files of a real trial into the declared tables."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..config.extracts import Column, Extracts, Table
from ..config.run import ExtractSource, FileSource
from ..errors import InputError, InputErrors, counted
from .repair import repaired, repairs_table, sent_once
from .tables import conform, dtype_of, read_parquet, validate

DATES = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y%m%d",
    "%d-%b-%Y",
    "%d %B %Y",
)
TRUE, FALSE = {"true", "1", "yes", "t", "y"}, {"false", "0", "no", "f", "n"}


def read_tables(
    source: ExtractSource, declared: Extracts
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return every declared table from the files of a source, and the repairs made (REPAIRS).

    Raises InputErrors that together name every problem of every file.
    """
    tables, repairs, problems = {}, [repairs_table([])], []
    for name, table in declared.tables.items():
        if name not in source.tables:
            problems.append(
                InputError(
                    "no file is named for this table",
                    table=name,
                    expected=table.description,
                    remedy="add it under 'tables' in the run file",
                )
            )
            continue
        try:
            tables[name], made = read_table(Path(source.folder), source.files(name), table, name)
            repairs.append(made)
        except InputError as error:
            problems.append(error)
    if problems:
        raise InputErrors(problems)
    return tables, pd.concat(repairs, ignore_index=True)


def read_table(
    folder: Path, files: list[FileSource], declared: Table, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one table from its files, typed, repaired, validated and sorted, and the repairs."""
    parts: dict[object, pd.DataFrame] = {}
    repairs, problems = [], []
    for file in files:
        try:
            frame = _read_file(folder, file, declared, name)
            path = file.within(folder)
            parts[path], made = repaired(frame, declared, name, path)
            repairs.append(made)
        except InputError as error:
            problems.append(error)
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    frame, made = sent_once(parts, declared, name)
    if len(parts) > 1:
        together = ", ".join(str(path) for path in parts)
        validate(frame, declared, name, f"{together} (rows counted through all)")
    return conform(frame, declared), pd.concat([*repairs, made], ignore_index=True)


def _read_file(folder: Path, source: FileSource, declared: Table, name: str) -> pd.DataFrame:
    """Return one file: read, columns renamed, constants added, codes translated, and typed."""
    path = source.within(folder)
    frame = _read(path, source, name)
    frame = frame.rename(columns={given: ours for ours, given in source.columns.items()})
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        raise InputError(
            "two columns of the file claim the same name",
            file=path,
            table=name,
            column=", ".join(twice),
            rule="one column of the file for each declared column",
            remedy="map one of them under 'columns' in the run file, and rename the other",
        )
    for column, value in source.constants.items():
        if column in frame.columns:
            raise InputError(
                "a constant is given for a column that the file has",
                file=path,
                table=name,
                column=column,
                remedy="leave it out under 'constants' in the run file",
            )
        frame[column] = pd.Series(value, frame.index, dtype="str")
    frame = frame[[column for column in declared.columns if column in frame.columns]]
    for column, codes in source.codes.items():
        if column not in frame.columns:
            raise InputError(
                "codes are given for a column that the file lacks",
                file=path,
                table=name,
                column=column,
                remedy="correct its name under 'codes' or 'columns' in the run file",
            )
        frame[column] = frame[column].map(lambda value, codes=codes: codes.get(value, value))
    return _typed_frame(frame, declared, source, path, name)


def _typed_frame(
    frame: pd.DataFrame, declared: Table, source: FileSource, path: Path, name: str
) -> pd.DataFrame:
    """Return the columns in their declared types; what does not convert stops the run.

    It is never repaired: where dates are in another form, that is a whole file, not a slip.
    """
    problems = []
    for column_name, column in declared.columns.items():
        if column_name not in frame.columns:
            continue  # repaired() reports it
        try:
            frame[column_name] = _typed(frame[column_name], column, source)
        except _Unreadable as error:
            problems.append(
                InputError(
                    f"{counted(len(error.rows), 'value', 'values')} cannot be read "
                    f"as {column.type}",
                    file=path,
                    table=name,
                    column=column_name,
                    rows=error.rows,
                    rule=f"type {column.type}",
                    expected=error.expected,
                    remedy="correct these rows, or set date_format, datetime_format or codes in "
                    "the run file" + _fitting(frame[column_name], column.type),
                )
            )
    if problems:
        raise InputErrors(problems)
    return frame


def _fitting(values: pd.Series, kind: str) -> str:
    """Return which usual forms of dates fit every value of a column, in words; often none."""
    if kind != "date":
        return ""
    known = values.dropna()
    fit = [f for f in DATES if pd.to_datetime(known, format=f, errors="coerce").notna().all()]
    return f"; every value fits {' and '.join(fit)}" if fit else ""


class _Unreadable(Exception):
    def __init__(self, bad: pd.Series, expected: str):
        self.rows = [int(i) + 1 for i in bad.to_numpy().nonzero()[0]]
        self.expected = expected


def _read(path: Path, source: FileSource, name: str) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return read_parquet(path, name)
    if path.suffix != ".csv":
        raise InputError("unknown kind of file", file=path, table=name, expected=".csv, .parquet")
    if not path.exists():
        raise InputError("file is missing", file=path, table=name)
    try:
        return pd.read_csv(
            path, sep=source.separator, encoding=source.encoding, dtype="str", keep_default_na=True
        )
    except pd.errors.EmptyDataError:
        raise InputError("file is empty", file=path, table=name) from None
    except LookupError:
        raise InputError(
            f"unknown encoding '{source.encoding}'",
            file=path,
            table=name,
            remedy="set encoding in the run file",
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"not {source.encoding} text at byte {error.start:,}",
            file=path,
            table=name,
            remedy="set encoding in the run file",
        ) from None
    except pd.errors.ParserError as error:
        raise InputError(f"not readable as CSV: {error}", file=path, table=name) from None


def _typed(values: pd.Series, column: Column, source: FileSource) -> pd.Series:
    """Return values in the declared type; raises _Unreadable for those that do not convert.

    Whole numbers and truth values keep missing ones in a nullable type, whether or not they may
    be missing: repaired() names the rows.
    """
    missing = values.isna()
    if values.dtype != "str":
        return values
    match column.type:
        case "date" | "datetime":
            form = source.date_format if column.type == "date" else source.datetime_format
            typed = pd.to_datetime(values, format=form, errors="coerce")
            expected = f"format {form}"
        case "integer":
            typed, expected = _whole_numbers(values), "a whole number"
        case "number":
            typed = pd.to_numeric(values, errors="coerce").astype("float64")
            typed, expected = typed.where(np.isfinite(typed)), "a number"
        case "boolean":
            ways = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
            typed = values.str.lower().map(ways).astype("boolean")
            expected = "true or false"
        case _:
            return values
    if (bad := typed.isna() & ~missing).any():
        raise _Unreadable(bad, expected)
    return typed.astype(dtype_of(column.model_copy(update={"nullable": True})))


def _whole_numbers(values: pd.Series) -> pd.Series:
    """Return text as Int64 without passing through floats, missing where it is no whole number."""
    whole = values.str.fullmatch(r"\s*[+-]?\d{1,18}(\.0*)?\s*").fillna(False).astype(bool)
    digits = values.where(whole).str.replace(r"\..*", "", regex=True)
    numbers = [pd.NA if pd.isna(text) else int(text) for text in digits]
    return pd.Series(numbers, index=values.index, dtype="Int64")
