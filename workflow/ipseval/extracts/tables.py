"""Declared tables: typed, validated, and refused with row numbers where they break a rule."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from ..config.extracts import Column, Extracts, Table
from ..errors import InputError, InputErrors

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
    problems = list(_shape_problems(frame, declared, name, file))
    if not problems:
        problems = list(_rule_problems(frame, declared, name, file))
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
            lost = values.notna() & ~values.isin(tables[other][other_column])
            if lost.any():
                problems.append(
                    InputError(
                        f"{int(lost.sum()):,} rows refer to no row of {other}",
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


def summary(tables: dict[str, pd.DataFrame], declared: Extracts) -> pd.DataFrame:
    """Return one row a table: rows, columns, rules checked."""
    rows = [
        {
            "table": name,
            "rows": len(tables[name]),
            "columns": len(table.columns),
            "rules_checked": sum(1 + len(_rules(column)) for column in table.columns.values()) + 1,
            "rows_refused": 0,
        }
        for name, table in declared.tables.items()
    ]
    return pd.DataFrame(rows)


def _numbers(mask: pd.Series) -> list[int]:
    return [int(position) + 1 for position in mask.to_numpy().nonzero()[0]]


def _shape_problems(frame, declared: Table, name, file) -> Iterator[InputError]:
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
    tests = {
        "string": kinds.is_string_dtype,
        "category": kinds.is_string_dtype,
        "integer": kinds.is_integer_dtype,
        "number": kinds.is_numeric_dtype,
        "boolean": kinds.is_bool_dtype,
        "date": kinds.is_datetime64_any_dtype,
        "datetime": kinds.is_datetime64_any_dtype,
    }
    if column.nullable and values.isna().all():
        return True
    return tests[column.type](values)


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
    if column.type == "date":
        rules.append(("whole day", "a date without time of day"))
    if column.not_before:
        rules.append(("order of dates", f"not before {column.not_before}"))
    return rules


def _schema(declared: Table):
    """Return the pandera schema of a table."""
    import pandera.pandas as pa

    def bound(column: Column, value):
        return pd.Timestamp(value) if column.type in ("date", "datetime") else value

    def checks(column: Column) -> Iterable[pa.Check]:
        if column.codes:
            yield pa.Check.isin(list(column.codes), error="known category")
        if column.minimum is not None:
            yield pa.Check.ge(bound(column, column.minimum), error="minimum")
        if column.maximum is not None:
            yield pa.Check.le(bound(column, column.maximum), error="maximum")
        if column.type == "date":
            yield pa.Check(lambda s: s.dt.normalize() == s, error="whole day")

    def ordered(name: str, earlier: str) -> pa.Check:
        return pa.Check(
            lambda f: f[name].isna() | f[earlier].isna() | (f[name] >= f[earlier].dt.normalize()),
            error=f"order of dates|{name}",
        )

    columns = {
        name: pa.Column(None, list(checks(column)), nullable=column.nullable, unique=column.unique)
        for name, column in declared.columns.items()
    }
    wide = [ordered(n, c.not_before) for n, c in declared.columns.items() if c.not_before]
    return pa.DataFrameSchema(columns, checks=wide)


def _rule_problems(frame, declared: Table, name, file) -> Iterator[InputError]:
    """Yield one error for each column and rule broken, from pandera's failure cases."""
    import pandera.errors

    frame = frame.reset_index(drop=True)
    duplicated = frame.duplicated(declared.key, keep=False)
    if duplicated.any():
        yield InputError(
            f"{int(duplicated.sum()):,} rows share a key with another row",
            file=file,
            table=name,
            column=", ".join(declared.key),
            rows=_numbers(duplicated),
            rule="key is unique",
            remedy="keep one row a key; if both are right, the declared key is too short",
        )
    try:
        _schema(declared).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["column", "check", "index"])
        names = {"not_nullable": "not missing", "field_uniqueness": "unique"}
        for (column, check), group in cases.groupby(["column", "check"], sort=True, dropna=False):
            rule, _, wide_column = names.get(check, check).partition("|")
            column = wide_column or column
            rows = sorted({int(index) + 1 for index in group["index"]})
            yield InputError(
                f"{len(rows):,} rows break a rule",
                file=file,
                table=name,
                column=column,
                rows=rows,
                rule=rule,
                expected=dict(_rules(declared.columns[column])).get(rule),
                remedy="correct these rows in the source and run again",
            )
