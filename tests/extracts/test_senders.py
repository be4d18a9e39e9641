"""What senders do to files, made by the hundred: each is read as it was, or refused in words."""

import csv
import datetime as dt
import io
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from delivered import Delivery, column
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipseval.errors import InputError
from ipseval.extracts import tokens

COLUMNS = {
    "id": column("string"),
    "note": column("string", nullable=True),
    "pay": column("number", nullable=True),
    "n": column("integer", nullable=True),
    "day": column("date", nullable=True),
    "site": column("category", codes={"north": "N", "south": "S"}, nullable=True),
}
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CODED = {"site": {"1": "north", "2": "south"}}
# Letters, signs that are common in text, and those that are special in a text file.
TEXT = st.text(st.sampled_from("abZé '-.;|\t,\"\n"), min_size=1, max_size=6).filter(
    lambda text: text.strip() == text and text != "."  # one of the words for missing
)
ROW = st.tuples(
    st.none() | TEXT,
    st.none() | st.integers(-(10**9), 10**9).map(lambda pence: pence / 100),
    st.none() | st.integers(-(10**12), 10**12),
    st.none() | st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31)),
    st.none() | st.sampled_from(["north", "south"]),
)
ROWS = st.lists(ROW, min_size=1, max_size=6)


@pytest.fixture
def delivery(tmp_path):
    return Delivery(tmp_path)


def rows_of(frame: pd.DataFrame) -> list[tuple]:
    """The table as what was put into the file."""
    frame = frame.assign(day=frame["day"].map(lambda day: day.date(), na_action="ignore"))
    rows = frame.astype("object").where(frame.notna(), None)
    return [tuple(row) for row in rows.itertuples(index=False)]


def written(rows: list[tuple], form: dict) -> list[list[str]]:
    """Rows as text in the ways of a sender."""
    decimal, thousands = form.get("decimal", "."), form.get("thousands", "")
    missing = form.get("missing", "")

    def number(value: float | int, decimals: int) -> str:
        text = f"{abs(value):,.{decimals}f}".replace(",", "T").replace(".", decimal)
        text = form.get("currency", "") + text.replace("T", thousands)
        if value >= 0:
            return text
        ways = {"brackets": f"({text})", "trailing": f"{text}-"}
        return ways.get(form.get("negatives", ""), f"-{text}")

    made = []
    for i, (note, pay, n, day, site) in enumerate(rows):
        values = [
            note,
            None if pay is None else number(pay, 2),
            None if n is None else number(n, 0),
            None if day is None else day.strftime(form.get("date_format", "%Y-%m-%d")),
            site,
        ]
        made.append([f"r{i}", *(missing if value is None else value for value in values)])
    return made


FORMS = st.sampled_from(
    [
        {},
        {"separator": ";", "decimal": ",", "thousands": "."},
        {"separator": "|", "decimal": ",", "thousands": " ", "date_format": "%d.%m.%Y"},
        {"thousands": ",", "currency": "£", "negatives": "brackets", "date_format": "%d%m%Y"},
        {"separator": "\t", "negatives": "trailing", "missing": ".", "date_format": "%d-%b-%Y"},
        {"missing": "Not recorded", "encoding": "cp1252", "date_format": "%Y%m%d"},
        {"encoding": "utf-16", "currency": "€", "missing": "NULL"},
    ]
)


@FEW
@given(rows=ROWS, form=FORMS, ends=st.sampled_from(["\n", "\r\n"]), everywhere=st.booleans())
def test_any_table_in_any_form_is_read_as_it_was(rows, form, ends, everywhere):
    stream = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if everywhere else csv.QUOTE_MINIMAL
    separator = form.get("separator", ",")
    writer = csv.writer(stream, delimiter=separator, quoting=quoting, lineterminator=ends)
    writer.writerows([[*COLUMNS], *written(rows, form)])
    content = stream.getvalue().encode(form.get("encoding", "utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        found = Delivery(Path(folder)).read(content, COLUMNS, line_breaks=True, **form)
    assert rows_of(found) == [(f"r{i}", *row) for i, row in enumerate(rows)]


PLAIN = [[f"r{i}", f"a{i}", f"{i}.5", str(i), f"2018-05-0{i + 1}", "north"] for i in range(5)]


@FEW
@given(
    row=st.integers(0, 4),
    place=st.integers(0, 5),
    sign=st.sampled_from(['"', "\0", "\r", ",", "\n", '"x', 'x"', '""']),
    where=st.sampled_from(["before", "within", "after"]),
    asked=st.sampled_from([[*COLUMNS], ["id", "n"]]),
)
def test_a_stray_sign_never_shifts_or_loses_a_row(row, place, sign, where, asked):
    rows = [[*line] for line in PLAIN]
    cell = rows[row][place]
    half = {"before": 0, "within": 1, "after": len(cell)}[where]
    rows[row][place] = cell[:half] + sign + cell[half:]
    content = "\n".join(",".join(line) for line in [[*COLUMNS], *rows]) + "\n"
    columns = {name: COLUMNS[name] for name in asked}
    with tempfile.TemporaryDirectory() as folder:
        delivery, refused = Delivery(Path(folder)), ""
        try:
            found = delivery.read(content, columns)
        except InputError as error:
            refused = str(error).replace(folder, "")
    if refused:
        # The row is named, and nothing that it holds.
        assert "rows: " in refused
        assert cell not in refused or len(cell) == 1
        return
    # What can be read is every row, and others than this one as they were.
    expected = [line[: len(line)] for line in PLAIN]
    assert len(found) == len(expected)
    others = [i for i in range(5) if i != row]
    assert found.iloc[others]["id"].tolist() == [f"r{i}" for i in others]
    assert found.iloc[others]["n"].tolist() == others


@FEW
@given(
    block=st.integers(1, 90),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    footers=st.integers(0, 2),
    stray=st.none() | st.tuples(st.integers(0, 180), st.sampled_from('",\n\0\r')),
)
def test_how_a_file_is_cut_into_blocks_makes_no_difference(block, encoding, ends, footers, stray):
    rows = [",".join([line[0], '"é, ""x"""', *line[2:]]) for line in PLAIN]
    text = ends.join([",".join(COLUMNS), *rows, *["below"] * footers]) + ends
    if stray is not None:
        text = text[: stray[0]] + stray[1] + text[stray[0] :]
    said = []
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for size in (tokens.BLOCK, block):
            patch.setattr(tokens, "BLOCK", size)
            delivery = Delivery(Path(folder))
            try:
                found = delivery.read(
                    text.encode(encoding), COLUMNS, encoding=encoding, footer_rows=footers
                )
                said.append(found.to_csv())
            except InputError:
                said.append("refused")
    assert said[0] == said[1]
    assert stray is not None or said[0].count("é") == 5


@FEW
@given(cut=st.integers(1, 60))
def test_a_file_that_was_cut_loses_nothing_unsaid(cut):
    content = "\n".join(",".join(line) for line in [[*COLUMNS], *PLAIN]) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        delivery = Delivery(Path(folder))
        try:
            found = delivery.read(content[:-cut], COLUMNS, expected_rows=5)
        except InputError:
            return
    assert len(found) == 5
    assert any("no end of line" in told for told in delivery.told)


@FEW
@given(number=st.integers(-(10**7), 10**7).map(lambda pence: pence / 100), form=FORMS)
def test_a_number_in_another_form_is_itself_or_refused(number, form):
    """Read by the usual form, what another form writes is refused, unless both write it alike."""
    text = written([(None, number, None, None, None)], form)[0][2]
    with tempfile.TemporaryDirectory() as folder:
        delivery = Delivery(Path(folder))
        columns = {"id": COLUMNS["id"], "pay": COLUMNS["pay"]}
        try:
            found = delivery.read(f"id\tpay\nr\t{text}\n", columns, separator="\t")
        except InputError as error:
            # The line that the message shows reads it.
            _, _, line = str(error).partition("every value is a number by  ")
            ways = [
                dict(part.split(": ", 1) for part in way.split("  "))
                for way in line.split("  or by  ")
            ]
            for way in ways:
                given = {key: value.strip("'") for key, value in way.items()}
                read = delivery.read(f"id\tpay\nr\t{text}\n", columns, separator="\t", **given)
                assert abs(read["pay"].item()) in {abs(number), abs(number) * 100}
            return
    assert found["pay"].item() == number


# files that were put together


def test_a_header_in_the_middle(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "note")}
    content = "id,note\nr1,x\nid,note\nr2,y\n"
    message = delivery.refusal(content, columns)
    assert "1 row repeats the header" in message
    assert "rows: 2\n" in message
    joined = b"\xef\xbb\xbfid,note\nr1,x\n\xef\xbb\xbfid,note\nr2,y\n"
    assert "a mark of byte order" in delivery.refusal(joined, columns)


def test_a_line_below_the_header(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "note")}
    content = "id,note\n--,----\nr1,x\n"
    assert "a line below the header" in delivery.refusal(content, columns)
    found = delivery.read(content, columns, names=["id", "note"], skip_rows=2)
    assert found["id"].tolist() == ["r1"]


@pytest.mark.parametrize(
    "line", ["Total,,9", "Grand total:,,9", "Source: HMRC,,", "(2 rows affected),,", "3 rows,,"]
)
def test_a_total_or_a_note_is_no_person(delivery, line):
    columns = {name: COLUMNS[name] for name in ("id", "note", "pay")}
    content = f"id,note,pay\nr1,x,4\nr2,y,5\n{line}\n"
    message = delivery.refusal(content, columns)
    assert "the last row looks like a total or a note" in message
    assert "rows: 3\n" in message
    assert "footer_rows: 1" in message
    assert len(delivery.read(content, columns, footer_rows=1)) == 2
    assert len(delivery.read(content, columns, expected_rows=3)) == 3


def test_a_separator_that_the_header_lacks(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "pay")}
    message = delivery.refusal("id,pay\nr1,1,\nr2,2,\n", columns)
    assert "names: [id, pay, unnamed_1]" in message
    found = delivery.read(
        "id,pay\nr1,1,\nr2,2,\n", columns, skip_rows=1, names=["id", "pay", "unnamed_1"]
    )
    assert found["pay"].tolist() == [1, 2]


# encodings


@pytest.mark.parametrize(
    ("encoding", "declared", "says"),
    [
        ("cp1252", None, "encoding: cp1252"),
        ("cp1252", "latin-1", "encoding: cp1252"),
        ("utf-16", None, "encoding: utf-16"),
        ("utf-32", None, "encoding: utf-32"),
        ("utf-16-le", None, "NUL"),
        ("utf-16", "latin-1", "NUL"),
        ("utf-8", "utf-16", "encoding: utf-8"),
    ],
)
def test_another_encoding_than_is_declared(delivery, encoding, declared, says):
    columns = {name: COLUMNS[name] for name in ("id", "pay")}
    content = "id,pay\nO’Neil,1\n".encode(encoding)
    given = {} if declared is None else {"encoding": declared}
    assert says in delivery.refusal(content, columns, **given)


def test_a_file_of_another_kind(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "pay")}
    for start in (b"PK\x03\x04", b"PAR1", b"SQLite format 3\0"):
        assert "by its first bytes" in delivery.refusal(start + b"x" * 99, columns)
    message = delivery.refusal("id;pay\nr1;1\n", columns)
    assert 'separator: ";"' in message
    assert "skip_rows: 1" in delivery.refusal("sep=;\nid;pay\nr1;1\n", columns, separator=";")


# names


@pytest.mark.parametrize("theirs", ["ID", "Id", "i-d", "I D"])
def test_a_name_that_is_written_otherwise_shows_the_line(delivery, theirs):
    columns = {name: COLUMNS[name] for name in ("id", "pay")}
    message = delivery.refusal(f"{theirs},pay\nr1,1\n", columns)
    assert f"columns: {{id: '{theirs}'}}" in message
    found = delivery.table({"path": "t.csv", "columns": {"id": theirs}}, columns)
    assert found["id"].tolist() == ["r1"]


def test_blanks_around_names_and_values(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "day", "site")}
    found = delivery.read("id , day,site\nr1 , 2018-05-01, north \n", columns)
    assert found["day"].notna().all()
    assert found["site"].tolist() == ["north"]
    assert found["id"].tolist() == ["r1 "]
    found = delivery.read("id , day,site\nr1 , 2018-05-01, 1 \n", columns, trim=True, codes=CODED)
    assert found[["id", "site"]].iloc[0].tolist() == ["r1", "north"]


def test_a_file_without_a_header_shows_nobody(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "pay")}
    message = delivery.refusal("SECRET1,1\nr2,2\n", columns)
    assert "names: [...]" in message
    assert "SECRET" not in message


# words, numbers and days that stand for a missing value, by what they mean


def test_a_declared_number_or_day_is_missing_in_any_form(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "pay", "n", "day")}
    content = "id,pay,n,day\nr1,-9.00,-9,31/12/9999\nr2,-99,9,01/02/2018\n"
    found = delivery.read(content, columns, missing=[-9, "9999-12-31"], date_format="%d/%m/%Y")
    assert found.iloc[0][["pay", "n", "day"]].isna().all()
    assert found.iloc[1][["pay", "n", "day"]].notna().all()


@pytest.mark.parametrize("day", ["9999-12-31", "1900-01-01", "2999-12-31"])
def test_a_day_of_no_date_is_asked_about(delivery, day):
    columns = {name: COLUMNS[name] for name in ("id", "day")}
    content = f"id,day\nr1,{day}\nr2,2018-05-01\n"
    message = delivery.refusal(content, columns)
    assert f"missing: ['{day}']" in message
    assert delivery.read(content, columns, missing=day)["day"].isna().tolist() == [True, False]
    kept = delivery.read(content, columns, by_column={"day": {"missing": []}})
    assert kept["day"].notna().all()


def test_other_words_are_asked_about_where_some_are_declared(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "note")}
    content = "id,note\nr1,NULL\nr2,N/A \n"
    assert "missing: ['N/A']" in delivery.refusal(content, columns, missing="NULL")
    found = delivery.read(content, columns, missing=["NULL", "N/A"])
    assert found["note"].isna().all()


def test_a_word_that_is_missing_and_a_code(delivery):
    columns = {"id": COLUMNS["id"], "c": column("category", codes={"1": "O", "9": "N"})}
    columns["c"]["nullable"] = True
    content = "id,c\nr1,9\nr2,1\n"
    message = delivery.refusal(content, columns, missing=["9"])
    assert "'9' stands for a missing value in this file, and is a code of this column" in message
    kept = delivery.read(content, columns, missing=["9"], by_column={"c": {"missing": []}})
    assert kept["c"].tolist() == ["9", "1"]
    gone = delivery.read(content, columns, by_column={"c": {"missing": ["9"]}})
    assert gone["c"].isna().tolist() == [True, False]
    both = {"missing": ["x"], "codes": {"c": {"x": "1"}}}
    assert "is a code of this column" in delivery.refusal(content, columns, **both)


def test_numbers_that_a_spreadsheet_shortened(delivery):
    message = delivery.refusal("id\n1.23457E+11\n", {"id": COLUMNS["id"]})
    assert "before a spreadsheet shortened it" in message


# times with a zone, dates without their format or their zeros


def test_times_with_a_zone_are_those_of_the_clock_on_the_wall(delivery):
    columns = {"id": COLUMNS["id"], "at": column("datetime")}
    content = "id,at\nr1,2018-07-01T09:00:00Z\nr2,2018-01-01T09:00:00+02:00\n"
    form = "%Y-%m-%dT%H:%M:%S%z"
    found = delivery.read(content, columns, datetime_format=form, zone="Europe/London")
    assert found["at"].dt.hour.tolist() == [10, 7]


def test_a_zero_that_was_lost_from_a_date(delivery):
    columns = {name: COLUMNS[name] for name in ("id", "day")}
    content = "id,day\nr1,1052018\nr2,25122018\n"
    message = delivery.refusal(content, columns, date_format="%d%m%Y")
    assert "by_column: {day: {digits: 8}}" in message
    found = delivery.read(content, columns, date_format="%d%m%Y", by_column={"day": {"digits": 8}})
    assert found["day"].dt.strftime("%d%m%Y").tolist() == ["01052018", "25122018"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("01/05/18", "%d/%m/%y and %m/%d/%y"),
        ("2018-05-01 00:00:00", "date_format: '%Y-%m-%d %H:%M:%S'"),
        ("25/05/2018", "date_format: '%d/%m/%Y'"),
        ("01/05/2018", "%d/%m/%Y and %m/%d/%Y"),
    ],
)
def test_the_message_on_a_date_shows_what_fits(delivery, text, says):
    columns = {name: COLUMNS[name] for name in ("id", "day")}
    message = delivery.refusal(f"id,day\nr1,{text}\n", columns)
    assert says in message
    assert text not in message
