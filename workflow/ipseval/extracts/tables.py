"""Declared tables: typed, validated, and refused with row numbers where they break a rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..arrays import occurs_in
from ..config.extracts import Column, Extracts, Table
from ..errors import InputError, InputErrors, counted

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


def conform(frame: pd.DataFrame, declared: Table) -> pd.DataFrame:
    """Return the declared columns in declared order and type, rows in order of the key.

    For frames made by code; a file that people made goes through `read.read_table`, which
    names the rows that do not convert.
    """
    types = {name: dtype_of(column) for name, column in declared.columns.items()}
    frame = frame[list(declared.columns)].astype(types)
    return frame.sort_values(declared.key, kind="stable", ignore_index=True)


def validate(frame: pd.DataFrame, declared: Table, name: str, file: object = None) -> None:
    """Check one table against its declaration.

    Raises InputErrors with one entry for each column and rule that is broken, with 1-based row
    numbers and never a value.
    """
    frame = frame.reset_index(drop=True)
    problems = list(shape_problems(frame, declared, name, file))
    if not problems:
        problems = list(rule_problems(frame, declared, name, file))
    if problems:
        raise InputErrors(problems)


def validate_references(tables: dict[str, pd.DataFrame], declared: Extracts, folder: Path) -> None:
    """Check that values of a referring column occur in the column referred to."""
    problems = []
    for name, table in declared.tables.items():
        for column_name, column in table.columns.items():
            if not column.references:
                continue
            other, other_column = column.references.split(".")
            values = tables[name][column_name]
            lost = values.notna() & ~occurs_in(values, tables[other][other_column])
            if lost.any():
                problems.append(
                    InputError(
                        f"{counted(int(lost.sum()), 'row refers', 'rows refer')} "
                        f"to no row of {other}",
                        file=folder / f"{name}.parquet",
                        table=name,
                        column=column_name,
                        rows=_numbers(lost),
                        rule=f"references {column.references}",
                        remedy=f"complete {other} or leave these rows out of {name}",
                    )
                )
    if problems:
        raise InputErrors(problems)


def read_parquet(path: Path, table: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Return a table of the extracts; an unreadable file is an InputError."""
    import pyarrow

    remedy = "restore the file, or delete it and run again so that it is made anew"
    try:
        return pd.read_parquet(path, columns=columns)
    except FileNotFoundError:
        raise InputError("file is missing", file=path, table=table, remedy=remedy) from None
    except (pyarrow.ArrowInvalid, OSError):
        size = path.stat().st_size
        problem = "file is empty" if size == 0 else "file is truncated or not Parquet"
        raise InputError(problem, file=path, table=table, remedy=remedy) from None


def load_tables(folder: Path, declared: Extracts) -> dict[str, pd.DataFrame]:
    """Return every declared table from a folder of Parquet, all of them validated."""
    tables, problems = {}, []
    for name, table in declared.tables.items():
        path = folder / f"{name}.parquet"
        try:
            tables[name] = read_parquet(path, name)
            validate(tables[name], table, name, path)
        except InputError as error:
            problems.append(error)
    if problems:
        raise InputErrors(problems)
    validate_references(tables, declared, folder)
    return tables


def summary(
    tables: dict[str, pd.DataFrame], declared: Extracts, repairs: pd.DataFrame
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
        name: pa.Column(None, list(checks(column)), nullable=column.nullable, unique=column.unique)
        for name, column in declared.columns.items()
    }
    return pa.DataFrameSchema(columns)


def rule_problems(
    frame: pd.DataFrame,
    declared: Table,
    name: str,
    file: object,
    repaired: Collection[tuple[str, str]] = (),
) -> Iterator[InputError]:
    """Yield one error for each column and rule broken, but for those that are repaired."""
    duplicated = frame.duplicated(declared.key, keep=False)
    if duplicated.any():
        yield InputError(
            f"{counted(int(duplicated.sum()), 'row shares', 'rows share')} a key with another row",
            file=file,
            table=name,
            column=", ".join(declared.key),
            rows=_numbers(duplicated),
            rule="key is unique",
            remedy="keep one row a key; if both are right, the declared key is too short",
        )
    for (column, rule), rows in broken_rules(frame, declared).items():
        if rule == "unique" and declared.key == [column]:
            continue  # the key says it already
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


def broken_rules(frame: pd.DataFrame, declared: Table) -> dict[tuple[str, str], list[int]]:
    """Return (column, rule) -> 1-based rows, from pandera's failure cases and order of dates."""
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
        names = {"not_nullable": "not missing", "field_uniqueness": "unique"}
        for (column, check), group in cases.groupby(["column", "check"], sort=True):
            rows = sorted({int(index) + 1 for index in group["index"]})
            broken[column, names.get(check, check)] = rows
    for column, spec in declared.columns.items():
        if spec.not_before:
            late = frame[column] < frame[spec.not_before].dt.normalize()
            if late.any():
                broken[column, "order of dates"] = _numbers(late)
    return broken
