"""Declared tables: typed, validated, and refused with row numbers where they break a rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..arrays import occurs_in
from ..config.extracts import Column, Extracts, Table
from ..errors import InputError, InputErrors, RowNumbers, counted
from .on_disk import Stored, of_file, parts, places_repeated, places_sharing_key

if TYPE_CHECKING:  # Half a second that who only reads tables need not wait for.
    import pandera.pandas as pa

LEFT_OUT, SET_MISSING = "left_out", "set_missing"  # what is done to a row or value

# Declared type -> pandas dtype, without and with missing values.
DTYPES = {
    "string": ("str", "str"),
    "category": ("str", "str"),
    "integer": ("int64", "Int64"),
    "number": ("float64", "float64"),
    "boolean": ("bool", "boolean"),
    "date": ("datetime64[us]", "datetime64[us]"),
    "datetime": ("datetime64[us]", "datetime64[us]"),
}


def dtype_of(column: Column) -> str:
    """Return the pandas dtype of a declared column."""
    return DTYPES[column.type][column.nullable]


def types_of(declared: Table) -> dict[str, str]:
    """Return the pandas dtype of each declared column."""
    return {name: dtype_of(column) for name, column in declared.columns.items()}


def conform(frame: pd.DataFrame, declared: Table) -> pd.DataFrame:
    """Return the declared columns in declared order and type, rows in order of the key.

    For frames made by code; a file that people made goes through `read.read_table`, which
    names the rows that do not convert.
    """
    frame = frame[list(declared.columns)].astype(types_of(declared))
    return frame.sort_values(declared.key, kind="stable", ignore_index=True)


def validate(table: pd.DataFrame | Stored, declared: Table, name: str, file: object = None) -> None:
    """Check one table against its declaration.

    Raises InputErrors with one entry for each column and rule that is broken, with 1-based row
    numbers and never a value.
    """
    if isinstance(table, pd.DataFrame):
        table = table.reset_index(drop=True)
    problems = list(shape_problems(_one_part(table), declared, name, file))
    if not problems:
        shared = places_sharing(table, declared.key)
        broken = broken_rules(table, declared)
        problems = list(rule_problems(shared, broken, declared, name, file))
    if problems:
        raise InputErrors(problems)


def _one_part(table: pd.DataFrame | Stored) -> pd.DataFrame:
    """Return a part of a table, which shows its columns and their types."""
    if isinstance(table, pd.DataFrame):
        return table
    if table.is_result:
        return next(table.batches(table.names)).to_pandas()
    return next(table.frames())


def validate_references(
    tables: Mapping[str, pd.DataFrame | Stored], declared: Extracts, folder: Path
) -> None:
    """Check that values of a referring column occur in the column referred to."""
    problems = []
    for name, table in declared.tables.items():
        for column_name, column in table.columns.items():
            if not column.references:
                continue
            other, other_column = column.references.split(".")
            known = tables[other]
            known = known.values(other_column) if isinstance(known, Stored) else known[other_column]
            rows, seen = RowNumbers(), 0
            for part in parts(tables[name], [column_name]):
                values = part[column_name]
                lost = values.notna().to_numpy() & ~occurs_in(values, known)
                rows.add(np.flatnonzero(lost) + seen + 1)
                seen += len(part)
            if len(rows):
                problems.append(
                    InputError(
                        f"{counted(len(rows), 'row refers', 'rows refer')} to no row of {other}",
                        file=folder / f"{name}.parquet",
                        table=name,
                        column=column_name,
                        rows=rows,
                        rule=f"references {column.references}",
                        remedy=f"complete {other} or leave these rows out of {name}",
                    )
                )
    if problems:
        raise InputErrors(problems)


def read_parquet(
    path: Path, table: str, among: Collection[str] | None = None, repeated: Collection[str] = ()
) -> pd.DataFrame:
    """Return a table of the extracts, or those of its columns that are `among` some names.

    Columns that are `repeated` have few values for their rows, and are categories. An unreadable
    file is an InputError.
    """
    import pyarrow.parquet as pq

    with _readable(path, table):
        names = [name for name in pq.read_schema(path).names if among is None or name in among]
        again = [name for name in names if name in repeated]
        return pd.read_parquet(path, columns=names, read_dictionary=again)


class TablesOnDisk(Mapping[str, pd.DataFrame]):
    """Tables of the extracts by name, each read anew whenever it is asked for, and not held.

    Of a table only columns that are among some names are read. A file that is missing or no
    Parquet is an InputError when its table is asked for.
    """

    def __init__(self, paths: Iterable[Path], columns: Mapping[str, Collection[str]]) -> None:
        self._paths = {path.stem: path for path in paths}
        self._columns = columns

    def __getitem__(self, name: str) -> pd.DataFrame:
        return read_parquet(self._paths[name], name, self._columns[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def opened_parquet(path: Path, name: str, declared: Table) -> pd.DataFrame | Stored:
    """Return a table of the extracts, in its file if it is too large to be held."""
    with _readable(path, name):
        large = of_file(path, declared, types_of(declared))
        return pd.read_parquet(path) if large is None else large


@contextmanager
def _readable(path: Path, table: str) -> Iterator[None]:
    """Raise InputError for a file that is missing or no Parquet."""
    import pyarrow

    remedy = "restore the file, or delete it and run again so that it is made anew"
    try:
        yield
    except FileNotFoundError:
        raise InputError("file is missing", file=path, table=table, remedy=remedy) from None
    except (pyarrow.ArrowInvalid, OSError):
        size = path.stat().st_size
        problem = "file is empty" if size == 0 else "file is truncated or not Parquet"
        raise InputError(problem, file=path, table=table, remedy=remedy) from None


def load_tables(folder: Path, declared: Extracts) -> dict[str, pd.DataFrame | Stored]:
    """Return every declared table from a folder of Parquet, all of them validated.

    What is too large to be held stays in its file.
    """
    tables: dict[str, pd.DataFrame | Stored] = {}
    problems = []
    for name, table in declared.tables.items():
        path = folder / f"{name}.parquet"
        try:
            tables[name] = opened_parquet(path, name, table)
            validate(tables[name], table, name, path)
        except InputError as error:
            problems.append(error)
    if problems:
        raise InputErrors(problems)
    validate_references(tables, declared, folder)
    return tables


def summary(
    tables: Mapping[str, pd.DataFrame | Stored], declared: Extracts, repairs: pd.DataFrame
) -> pd.DataFrame:
    """Return one row a table: rows, columns, rules checked, rows left out, values set missing.

    `repairs` is what `repair.repaired` counted. A row that breaks two rules is left out once.
    """
    done = repairs.groupby(["table", "done"])["rows"].sum()
    rows = [
        {
            "table": name,
            "rows": len(tables[name]),
            "columns": len(table.columns),
            "rules_checked": sum(1 + len(_rules(column)) for column in table.columns.values()) + 1,
            "rows_refused": int(done.get((name, LEFT_OUT), 0)),
            "values_set_missing": int(done.get((name, SET_MISSING), 0)),
        }
        for name, table in declared.tables.items()
    ]
    return pd.DataFrame(rows)


def _numbers(mask: pd.Series) -> list[int]:
    """Return 1-based numbers of rows, which the index counts from 0."""
    return [int(place) + 1 for place in mask.index[mask.to_numpy(dtype=bool)]]


def shape_problems(
    frame: pd.DataFrame, declared: Table, name: str, file: object
) -> Iterator[InputError]:
    """Yield missing columns, unknown columns, wrong types and forbidden emptiness."""
    for column_name, column in declared.columns.items():
        if column_name not in frame.columns:
            yield InputError(
                "column is missing",
                file=file,
                table=name,
                column=column_name,
                rule="every declared column is present",
                expected=f"{column.type}: {column.description}",
                remedy="supply the column, or map it under 'columns' in the run file",
            )
        elif not _type_fits(frame[column_name], column):
            yield InputError(
                f"column holds {frame[column_name].dtype} values",
                file=file,
                table=name,
                column=column_name,
                rule=f"type {column.type}",
                expected=dtype_of(column),
                remedy="convert the column before it is read",
            )
    for column_name in frame.columns.difference(list(declared.columns)):
        yield InputError(
            "column is not declared",
            file=file,
            table=name,
            column=column_name,
            rule="only declared columns are kept",
            remedy="declare it in extracts.yaml or leave it out",
        )
    if frame.empty and not declared.may_be_empty:
        yield InputError("table has no rows", file=file, table=name, rule="at least one row")


def _type_fits(values: pd.Series, column: Column) -> bool:
    kinds = pd.api.types
    if column.nullable and values.isna().all():
        return True
    match column.type:
        case "string" | "category":
            return kinds.is_string_dtype(values)
        case "integer":
            return kinds.is_integer_dtype(values)
        case "number":
            return kinds.is_integer_dtype(values) or kinds.is_float_dtype(values)
        case "boolean":
            return kinds.is_bool_dtype(values)
        case _:  # times with a zone would have to be turned into the trial's local ones first
            return kinds.is_datetime64_dtype(values)


def _rules(column: Column) -> list[tuple[str, str]]:
    """Return the rules of a column as (name, what is expected)."""
    rules = []
    if not column.nullable:
        rules.append(("not missing", "a value in every row"))
    if column.unique:
        rules.append(("unique", "each value once"))
    if column.codes:
        rules.append(("known category", "one of " + ", ".join(column.codes)))
    if column.minimum is not None:
        rules.append(("minimum", f"at least {column.minimum}"))
    if column.maximum is not None:
        rules.append(("maximum", f"at most {column.maximum}"))
    if column.type == "number":
        rules.append(("finite", "a number that is not infinite"))
    if column.type == "date":
        rules.append(("whole day", "a date without time of day"))
    if column.not_before:
        rules.append(("order of dates", f"not before {column.not_before}"))
    return rules


def _schema(declared: Table) -> pa.DataFrameSchema:
    """Return the pandera schema of a table."""
    import pandera.pandas as pa

    def bound(column: Column, value: float | str) -> float | str | pd.Timestamp:
        return pd.Timestamp(value) if column.type in ("date", "datetime") else value

    def checks(column: Column) -> Iterable[pa.Check]:
        if column.codes:
            yield pa.Check.isin(list(column.codes), error="known category")
        if column.minimum is not None:
            yield pa.Check.ge(bound(column, column.minimum), error="minimum")
        if column.maximum is not None:
            yield pa.Check.le(bound(column, column.maximum), error="maximum")
        if column.type == "number":
            yield pa.Check(lambda s: np.isfinite(s.astype("float64")), error="finite")
        if column.type == "date":
            yield pa.Check(lambda s: s.dt.normalize() == s, error="whole day")

    columns = {
        name: pa.Column(None, list(checks(column)), nullable=column.nullable)
        for name, column in declared.columns.items()
    }
    return pa.DataFrameSchema(columns)


def places_sharing(table: pd.DataFrame | Stored, key: list[str]) -> np.ndarray:
    """Return the places of rows that share a key, from 0."""
    if isinstance(table, Stored):
        return places_sharing_key(table, key)
    return table.index.to_numpy()[table.duplicated(key, keep=False).to_numpy()]


def rule_problems(
    shared: np.ndarray,
    broken: Mapping[tuple[str, str], RowNumbers],
    declared: Table,
    name: str,
    file: object,
    repaired: Collection[tuple[str, str]] = (),
) -> Iterator[InputError]:
    """Yield one error for each column and rule broken, but for those that are repaired.

    shared: places of rows that share a key. broken: as broken_rules returns it.
    """
    if len(shared):
        yield InputError(
            f"{counted(len(shared), 'row shares', 'rows share')} a key with another row",
            file=file,
            table=name,
            column=", ".join(declared.key),
            rows=RowNumbers(shared + 1),
            rule="key is unique",
            remedy="keep one row a key; if both are right, the declared key is too short",
        )
    for (column, rule), rows in broken.items():
        if (column, rule) in repaired:
            continue
        yield InputError(
            f"{counted(len(rows), 'row breaks', 'rows break')} a rule",
            file=file,
            table=name,
            column=column,
            rows=rows,
            rule=rule,
            expected=expected_by(rule, declared.columns[column]),
            remedy="correct these rows in the source and run again",
        )


def expected_by(rule: str, column: Column) -> str | None:
    """Return what a rule of a column expects, in words."""
    return dict(_rules(column)).get(rule)


def broken_rules(
    table: pd.DataFrame | Stored, declared: Table
) -> dict[tuple[str, str], RowNumbers]:
    """Return (column, rule) -> 1-based rows, by column and rule, order of dates last."""
    found: dict[tuple[str, str], RowNumbers] = {}
    for part in parts(table):
        for rule, rows in broken_in_part(part, declared).items():
            found.setdefault(rule, RowNumbers()).add(rows)
    return in_order_of_rules(found | not_unique(table, declared), declared)


def not_unique(table: pd.DataFrame | Stored, declared: Table) -> dict[tuple[str, str], RowNumbers]:
    """Return the rows whose value of a column that is unique occurs again.

    A column that is the key by itself is not asked: its rows are told as those that share a key.
    """
    found = {}
    for column, spec in declared.columns.items():
        if not spec.unique or declared.key == [column]:
            continue
        if isinstance(table, Stored):
            places = places_repeated(table, column)
        else:
            values = table[column]
            again = values.duplicated(keep=False).to_numpy() & values.notna().to_numpy()
            places = table.index.to_numpy()[again]
        if len(places):
            found[column, "unique"] = RowNumbers(places + 1)
    return found


def in_order_of_rules(
    found: dict[tuple[str, str], RowNumbers], declared: Table
) -> dict[tuple[str, str], RowNumbers]:
    """Return broken rules in the order in which they are told."""
    columns = list(declared.columns)

    def place(broken: tuple[str, str]) -> tuple[bool, object, str]:
        column, rule = broken
        is_order = rule == "order of dates"
        return is_order, columns.index(column) if is_order else column, _PANDERA.get(rule, rule)

    return {broken: found[broken] for broken in sorted(found, key=place)}


# Rule -> its name in pandera, where that is another.
_PANDERA = {"not missing": "not_nullable", "unique": "field_uniqueness"}


def broken_in_part(frame: pd.DataFrame, declared: Table) -> dict[tuple[str, str], list[int]]:
    """Return (column, rule) -> 1-based rows, from pandera's failure cases and order of dates.

    What is asked of one row after another; whether values are unique is not.
    """
    import pandera.errors

    # A column without any answer may come in any type; rules need the declared one.
    empty = [n for n, c in declared.columns.items() if c.nullable and frame[n].isna().all()]
    types = {n: dtype_of(declared.columns[n]) for n in empty}
    frame = frame.assign(**{n: pd.Series(np.nan, frame.index).astype(types[n]) for n in empty})
    broken = {}
    try:
        _schema(declared).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["column", "check", "index"])
        names = {theirs: ours for ours, theirs in _PANDERA.items()}
        for (column, check), group in cases.groupby(["column", "check"], sort=True):
            rows = sorted({int(index) + 1 for index in group["index"]})
            broken[column, names.get(check, check)] = rows
    for column, spec in declared.columns.items():
        if spec.not_before:
            late = frame[column] < frame[spec.not_before].dt.normalize()
            if late.any():
                broken[column, "order of dates"] = _numbers(late)
    return broken
