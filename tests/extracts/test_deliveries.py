"""Deliveries of a dozen senders: each gives its right value, or is refused by row and rule."""

import pandas as pd
import pyarrow as pa
import pytest
from delivered import Delivery, column
from pyarrow import parquet
from pydantic import ValidationError

from ipseval.config.read import read_yaml
from ipseval.errors import InputError

ID = column("string")
DOB = column("date", nullable=True)
PAY = column("number", nullable=True)
N = column("integer", nullable=True)
C = column("category", codes={"a": "A", "b": "B", "none": "None"}, nullable=True)
B = column("boolean", nullable=True)
SIX = {"id": ID, "dob": DOB, "pay": PAY, "n": N, "c": C, "b": B}
HEADER = "id,dob,pay,n,c,b\n"


@pytest.fixture
def delivery(tmp_path):
    return Delivery(tmp_path)


# words of missing before codes


def test_a_word_that_is_a_code_is_not_missing(delivery):
    content = HEADER + "r1,1980-01-02,1,1,None,true\nr2,1980-01-02,1,1,a,true\n"
    found = delivery.read(content, SIX, codes={"c": {"None": "none"}})
    assert found["c"].tolist() == ["none", "a"]


def test_an_identifier_null_asks_what_it_means(delivery):
    content = HEADER + "NULL,1980-01-02,1,1,a,true\n"
    message = delivery.refusal(content, SIX)
    assert "1 value is a word that often stands for a missing value" in message
    assert "rows: 1\n" in message
    assert "missing: ['NULL']" in message
    assert "by_column: {id: {missing: []}}" in message
    found = delivery.read(content, SIX, by_column={"id": {"missing": []}})
    assert found["id"].tolist() == ["NULL"]
    assert "rule: not missing" in delivery.refusal(content, SIX, missing="NULL")


def test_words_that_stand_for_a_missing_value(delivery):
    content = HEADER + "r1,9999-12-31,.,-9,Not recorded,  \n"
    words = ["9999-12-31", ".", -9, "Not recorded", ""]
    found = delivery.read(content, SIX, missing=words).iloc[0]
    assert found[["dob", "pay", "n", "c", "b"]].isna().all()


def test_a_word_of_one_column_is_a_value_in_another(delivery):
    found = delivery.read(HEADER + "r1,,-9,-9,,\n", SIX, by_column={"n": {"missing": ["-9"]}})
    assert found["pay"].tolist() == [-9]
    assert found["n"].isna().all()


def test_an_undeclared_word_is_refused_with_the_line_to_write(delivery):
    message = delivery.refusal(HEADER + "r1,1980-01-02,.,.,a,true\n", SIX)
    assert message.count("missing: ['.']") == 2


@pytest.mark.parametrize("nothing", ["", None])
def test_a_code_may_stand_for_a_missing_value(delivery, nothing):
    content = HEADER + "r1,1980-01-02,1,1,9,true\n"
    assert delivery.read(content, SIX, codes={"c": {"9": nothing}})["c"].isna().all()
    content = HEADER + "r1,9999-12-31,1,1,a,true\n"
    assert delivery.read(content, SIX, codes={"dob": {"9999-12-31": nothing}})["dob"].isna().all()


def test_codes_as_numbers_and_truth_values(delivery):
    found = delivery.read(
        HEADER + "r1,,1,T,1,J\n", SIX, codes={"c": {1: "a"}, "n": {"T": 7}, "b": {"J": True}}
    )
    assert found[["c", "n", "b"]].iloc[0].tolist() == ["a", 7, True]


@pytest.mark.parametrize("key", [True, None, 1.5])
def test_codes_that_yaml_has_changed_need_quotes(delivery, key):
    with pytest.raises(ValidationError, match="quotes"):
        delivery.read(HEADER, SIX, codes={"c": {key: "a"}})


def test_codes_with_zeros_in_front_keep_them(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("codes: {010: 1:30, 10: 0, 7: -1_000}")
    assert read_yaml(path) == {"codes": {"010": "1:30", 10: 0, 7: -1000}}


# rows that are none

FOUR = {"id": column("integer"), "q1": N, "q2": N, "q3": N}


def test_a_field_too_many(delivery):
    message = delivery.refusal("id,q1,q2,q3\n1,11,12,13,\n2,21,22,23,\n", FOUR)
    assert message.startswith("not readable as CSV: 2 rows have 5 fields and not 4")
    assert "rows: 1, 2\n" in message


def test_a_field_too_few_and_one_too_many_in_one_report(delivery):
    message = delivery.refusal("id,q1,q2,q3\n1,11\n2,2,2,2\n3,3,3,3,3\n\n4,4,4\n5,5,5,5\n", FOUR)
    assert [line.strip() for line in message.splitlines() if "rows:" in line] == [
        "rows: 1",
        "rows: 4",
        "rows: 3",
    ]


def test_a_footer_is_no_person(delivery):
    content = HEADER + "r1,1980-01-02,12.5,3,a,true\nr2,1981-02-03,1,4,b,false\n(2 rows affected)\n"
    message = delivery.refusal(content, SIX)
    assert "1 row has 1 field and not 6" in message
    assert "rows: 3\n" in message
    assert "footer_rows: 1" in message
    assert delivery.read(content, SIX, footer_rows=1)["id"].tolist() == ["r1", "r2"]


CUT = "id,d,pay\nr1,2018-05-01,1000.00\nr2,2018-06-01,123"
THREE = {"id": ID, "d": column("date"), "pay": PAY}


def test_a_file_that_was_cut_is_told_and_totals_refuse_it(delivery):
    assert delivery.read(CUT, THREE)["pay"].tolist() == [1000, 123]
    assert any("no end of line" in told for told in delivery.told)
    assert "sender states" in delivery.refusal(CUT, THREE, totals={"pay": "2234.50"})
    assert "the file has 2 rows" in delivery.refusal(CUT, THREE, expected_rows=3)
    delivery.read(CUT, THREE, totals={"pay": 1123}, expected_rows=2)


def test_a_row_that_was_cut(delivery):
    assert "rows: 2\n" in delivery.refusal(CUT.removesuffix(",123"), THREE)


# quotes, characters, encodings

TWO = {"id": ID, "pay": column("number")}


def test_stray_quotes_swallow_no_rows(delivery):
    rows = ["r1,1,ok", 'r2,2,"tall 6ft', "r3,3,ok", "r4,4,ok", 'r5,5,"said so', "r6,6,ok"]
    content = "\n".join(["id,pay,remark", *rows]) + "\n"
    message = delivery.refusal(content, TWO)
    assert "text follows a quoted value, in row 2" in message
    assert "tall" not in message
    found = delivery.read(content, TWO, quote="none")
    assert found["id"].tolist() == ["r1", "r2", "r3", "r4", "r5", "r6"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (['r1,1,"x', 'r2,2,y"', "r3,3,z"], "1 quoted value spans lines and could hold whole rows"),
        (["r1,1,x", 'r2,2,6" tall'], "a quote stands inside a value, in row 2"),
        (["r1,1,x", 'r2,2,"y" z', "r3,3,"], "text follows a quoted value, in row 2"),
        (["r1,1,x", 'r2,2,"open', "r3,3,z"], "a quote is opened and not closed, in row 2"),
        (["r1,1,x", "r2,2,a\0b"], "the character NUL occurs"),
        (["r1,1,x", "r2,2,a\rb"], "a return stands inside a row"),
    ],
)
def test_quotes_and_signs_that_break_rows(delivery, rows, problem):
    message = delivery.refusal("\n".join(["id,pay,remark", *rows, ""]), TWO)
    assert problem in message
    assert f"rows: {1 if 'spans' in problem else 2}\n" in message


def test_quoted_line_breaks_that_hold_no_row(delivery):
    columns = TWO | {"remark": column("string", nullable=True)}
    content = 'id,pay,remark\nr1,1,"first line\nsecond, ""so"""\nr2,2,""\n'
    assert delivery.read(content, columns)["remark"].tolist()[0] == 'first line\nsecond, "so"'
    content = 'id,pay,remark\nr1,1,"x\nr2,2,y"\n'
    found = delivery.read(content, columns, line_breaks=True)
    assert found["remark"].tolist() == ["x\nr2,2,y"]


def test_utf8_that_is_read_as_latin(delivery):
    content = "id,pay\nZoë,1\n"
    for encoding in ("latin-1", "cp1252"):
        message = delivery.refusal(content, TWO, encoding=encoding)
        assert f"text is UTF-8, and not {encoding}" in message
    assert delivery.read(content.encode("cp1252"), TWO, encoding="cp1252")["id"].item() == "Zoë"
    assert "encoding: utf-16" in delivery.refusal(content.encode("utf-16"), TWO)


def test_a_name_that_occurs_twice(delivery):
    columns = {"id": ID, "phq9": N}
    content = "id,phq9,gad7,phq9\nr1,20,5,3\nr2,18,4,2\n"
    message = delivery.refusal(content, columns)
    assert "the header has this column 2 times" in message
    assert "names: [id, phq9, gad7, phq9_2]  with  skip_rows: 1" in message
    names = ["id", "phq9", "gad7", "phq9_2"]
    assert delivery.read(content, columns, names=names, skip_rows=1)["phq9"].tolist() == [20, 18]
    del columns["phq9"]
    assert len(delivery.read(content, columns)) == 2


# dates

DATE = {"id": ID, "d": column("date")}


def days(frame: pd.DataFrame, name: str = "d") -> list[str]:
    return frame[name].dt.strftime("%Y-%m-%d").tolist()


def test_a_date_without_its_zero_is_no_other_day(delivery):
    content = "id,d\nr0,1052018\nr1,1112018\nr2,25122018\n"
    message = delivery.refusal(content, DATE, date_format="%d%m%Y")
    assert "rows: 1, 2\n" in message
    assert "1052018" not in message


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("%d%m%Y", "01052018", "2018-05-01"),
        ("%d/%m/%Y", "1/5/2018", "2018-05-01"),
        ("%d%b%Y", "01MAY2018", "2018-05-01"),
        ("%d %B %Y", "1 may 2018", "2018-05-01"),
        ("%Y%j", "2018121", "2018-05-01"),
        ("%Y-%m-%d %I:%M %p", "2018-05-01 12:00 AM", "2018-05-01"),
        ("serial", "43221", "2018-05-01"),
        ("%d.%m.%Y", "29.02.2016", "2016-02-29"),
        ("%d/%m/%Y", " 01/05/2018 ", "2018-05-01"),
        ("days since 1960-01-01", "21305", "2018-05-01"),
        ("seconds since 1582-10-14", "13744512000", "2018-05-01"),
    ],
)
def test_formats_of_dates(delivery, form, text, day):
    assert days(delivery.read(f"id,d\nr,{text}\n", DATE, date_format=form)) == [day]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%d/%m/%Y", "01/05/18"),
        ("%d/%m/%Y", "29/02/2018"),
        ("%d/%m/%Y", "00/02/2018"),
        ("%d/%m/%Y", "01/13/2018"),
        ("%d.%m.%Y", "01/05/2018"),
        ("%Y%j", "2018366"),
        ("%d%b%Y", "01MAI2018"),
        ("serial", "45"),
    ],
)
def test_dates_of_another_form(delivery, form, text):
    assert "rows: 1\n" in delivery.refusal(f"id,d\nr,{text}\n", DATE, date_format=form)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"date_format": "mixed"}, "is no format of dates"),
        ({"date_format": "%d/%m/%y"}, "pivot: 1930"),
        ({"date_format": "%Y-%m-%dT%H:%M:%S%z"}, "time zone"),
        ({"date_format": "%Y-%m-%Q"}, "'%Q'"),
        ({"date_format": "%Y-%m"}, "no month and day"),
        ({"date_format": "%d/%m/%Y %d"}, "twice"),
        ({"datetime_format": "%d/%m/%Y %I:%M"}, "%p"),
        ({"separator": "\n"}, "one ASCII sign"),
        ({"separator": "§"}, "one ASCII sign"),
        ({"decimal": ",", "thousands": ","}, "same sign"),
        ({"decimal": ",", "separator": ","}, "same sign"),
        ({"scale": 0.01}, "by_column"),
        ({"totals": {"pay": "much"}}, "not a number"),
        ({"derive": {"pay": {"difference": ["a", "b", "c"]}}}, "two columns"),
        ({"derive": {"pay": {"sum": ["a"]}}}, "at least two"),
        ({"where": [{"column": "x", "reason": "Tests."}]}, "either is_one_of or is_none_of"),
        ({"names": ["a", "a"]}, "same name"),
        ({"sheet": "x"}, "unknown key 'sheet'"),
    ],
)
def test_options_are_checked_when_the_run_file_is_loaded(delivery, option, says):
    with pytest.raises(ValidationError, match=says):
        delivery.read("id,d\n", DATE, **option)


def test_a_folder_that_is_called_like_a_file(delivery):
    (delivery.folder / "x.csv").mkdir()
    with pytest.raises(InputError, match="is a folder, and not a file"):
        delivery.table({"path": "x.csv"}, DATE)


def test_years_of_two_digits_lie_in_declared_years(delivery):
    content = "id,d\nr1,01/02/68\nr2,01/02/70\nr3,01/02/29\nr4,01/02/30\n"
    found = delivery.read(content, DATE, date_format="%d/%m/%y", pivot=1930)
    assert days(found) == ["1968-02-01", "1970-02-01", "2029-02-01", "1930-02-01"]


def test_several_formats_and_what_fits_two(delivery):
    forms = ["%d/%m/%Y", "%Y-%m-%d"]
    found = delivery.read("id,d\nr1,01/05/2018\nr2,2018-05-02\n", DATE, date_format=forms)
    assert days(found) == ["2018-05-01", "2018-05-02"]
    message = delivery.refusal(
        "id,d\nr1,03/04/2018\nr2,13/04/2018\n", DATE, date_format=["%d/%m/%Y", "%m/%d/%Y"]
    )
    assert "rows: 1\n" in message


# numbers


@pytest.mark.parametrize(
    ("text", "options", "number"),
    [
        ("1.234,50", {"decimal": ",", "thousands": "."}, 1234.5),
        ("1 234", {"thousands": " "}, 1234),
        ("£1,234.50", {"thousands": ",", "currency": "£"}, 1234.5),
        ("-£12", {"currency": "£"}, -12),
        ("12 EUR", {"currency": "EUR"}, 12),
        ("(1,234)", {"thousands": ",", "negatives": "brackets"}, -1234),
        ("(£1)", {"currency": "£", "negatives": "brackets"}, -1),
        ("12.5-", {"negatives": "trailing"}, -12.5),
        ("+7", {}, 7),
        (" 7 ", {}, 7),
        ("5.", {}, 5),
        (".5", {}, 0.5),
        ("1e3", {}, 1000),
    ],
)
def test_numbers(delivery, text, options, number):
    found = delivery.read(f"id\tpay\nr\t{text}\n", TWO, separator="\t", **options)
    assert found["pay"].item() == number


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1,5", {}),
        ("1,23", {"thousands": ","}),
        ("12,34,567", {"thousands": ","}),
        ("1.5", {"decimal": ","}),
        ("(1)", {}),
        ("1-", {}),
        ("$1", {"currency": "£"}),
        ("-(1)", {"negatives": "brackets"}),
        ("-1-", {"negatives": "trailing"}),
        ("0x1F", {}),
        ("1_000", {}),
        ("nan", {}),
    ],
)
def test_numbers_of_another_form(delivery, text, options):
    message = delivery.refusal(f"id\tpay\nr\t{text}\n", TWO, separator="\t", **options)
    assert "1 value cannot be read as number" in message
    assert "rows: 1\n" in message


def test_pence(delivery):
    content = "id,pay,n\nr1,12345,200\nr2,100000,100\n"
    columns = TWO | {"n": N}
    scale = {"pay": {"scale": 0.01}, "n": {"scale": 0.01}}
    found = delivery.read(content, columns, by_column=scale, totals={"pay": 112345})
    assert found["pay"].tolist() == [123.45, 1000.00]
    assert found["n"].tolist() == [2, 1]
    message = delivery.refusal(content.replace("200", "250"), columns, by_column=scale)
    assert "column: n" in message


def test_digits_that_were_lost(delivery):
    found = delivery.read("id,pay\n123,1\n", TWO, by_column={"id": {"digits": 6}})
    assert found["id"].tolist() == ["000123"]


# rows and columns


def test_rows_that_do_not_belong_are_counted_with_the_reason(delivery):
    content = "id,pay,status\nr1,1,live\nt1,x,test\nr2,-1,live\n"
    where = [{"column": "status", "is_none_of": ["test"], "reason": "Test records."}]
    found = delivery.read(content, TWO, where=where)
    assert found["id"].tolist() == ["r1", "r2"]
    line = delivery.repairs.iloc[0]
    assert [line["rule"], line["done"], line["rows"], line["row_numbers"]] == [
        "Test records.",
        "left_out",
        1,
        "2",
    ]
    # Rows are named as they stand in the file.
    columns = TWO | {"pay": column("number", minimum=0)}
    assert "rows: 3\n" in delivery.refusal(content, columns, where=where)


def test_derived_columns(delivery):
    content = "id,basic,bonus,old,new\nr1,0.10,0.20,,x\nr2,5,,y,z\n"
    columns = {"id": ID, "pay": PAY, "less": PAY, "code": ID}
    derive = {
        "pay": {"sum": ["basic", "bonus"]},
        "less": {"difference": ["basic", "bonus"]},
        "code": {"first": ["old", "new"]},
    }
    found = delivery.read(content, columns, derive=derive)
    assert found["pay"].tolist()[0] == 0.3
    assert found["less"].tolist()[0] == -0.1
    assert found[["pay", "less"]].isna().iloc[1].all()
    assert found["code"].tolist() == ["x", "y"]
    message = delivery.refusal(content.replace("0.20", "many"), columns, derive=derive)
    assert "rows: 1\n" in message


def test_title_rows_and_no_header(delivery):
    content = "Payments, April\nConfidential\nid,pay\nr1,1\n"
    assert delivery.read(content, TWO, skip_rows=2)["pay"].tolist() == [1]
    found = delivery.read("r1,1\nr2,2\n", TWO, names=["id", "pay"])
    assert found["pay"].tolist() == [1, 2]
    assert "rows: 2\n" in delivery.refusal("r1,1\nr2\n", TWO, names=["id", "pay"])


# Parquet of other programs


def test_parquet_of_any_writer(delivery):
    table = pa.table(
        {
            "id": pa.array(["r1", "r2"]).dictionary_encode(),
            "dob": pa.array([17652, None], pa.int32()).cast("date32"),
            "pay": pa.array([150, None], pa.int64()).cast(pa.decimal128(25, 2)),
            "n": pa.array([1.0, None], "float64"),
            "c": pa.array([1, 2], "int64"),
            "b": pa.array([1, 0], "int8"),
        }
    )
    parquet.write_table(table, delivery.folder / "t.parquet")
    found = delivery.table({"path": "t.parquet", "codes": {"c": {"1": "a", "2": "b"}}}, SIX)
    assert days(found, "dob")[0] == "2018-05-01"
    assert found["pay"].tolist()[0] == 150
    assert found["n"].tolist() == [1, pd.NA]
    assert found["c"].tolist() == ["a", "b"]
    assert found["b"].tolist() == [True, False]


# several files for one table


def test_one_file_with_two_columns_for_two_rows(delivery):
    (delivery.folder / "wide.csv").write_text("id,first,last\n1,20,5\n2,18,4\n")
    columns = {"id": ID, "item": ID, "score": column("integer")}
    entries = [
        {"path": "wide.csv", "columns": {"score": name}, "constants": {"item": name}}
        for name in ("first", "last")
    ]
    found = delivery.table(entries, columns, key=["id", "item"])
    assert found["score"].tolist() == [20, 5, 18, 4]


def test_one_file_named_twice_by_accident(delivery):
    (delivery.folder / "a1.csv").write_text("id,pay\nr1,1\n")
    for entries in (
        [{"path": "a1.csv"}, {"path": "a1.csv"}],
        [{"path": "a1.csv"}, {"path": "a*.csv"}],
    ):
        with pytest.raises(InputError, match="named twice for one table"):
            delivery.table(entries, TWO)


def test_patterns_overlaps_and_deliveries_sent_again(delivery):
    (delivery.folder / "p1.csv").write_text("id,pay\nr1,1\nr2,2\n")
    (delivery.folder / "p2.csv").write_text("id,pay\nr2,20\nr3,3\n")
    with pytest.raises(InputError, match="replaces: true"):
        delivery.table({"path": "p*.csv"}, TWO)
    found = delivery.table({"path": "p*.csv", "replaces": True}, TWO)
    assert found["pay"].tolist() == [1, 20, 3]
    assert delivery.repairs[["rule", "rows", "row_numbers"]].iloc[0].tolist() == [
        "sent again",
        1,
        "2",
    ]
    with pytest.raises(InputError, match="no file has a name of this pattern"):
        delivery.table({"path": "q*.csv"}, TWO)


def test_patterns_find_every_delivery_and_no_file_that_is_none(delivery):
    for name in ("p1.csv", "P2.CSV", "p[3].csv"):
        (delivery.folder / name).write_text(f"id,pay\n{name},1\n")
    for name in ("~$p1.csv", "._p1.csv", ".p1.csv"):
        (delivery.folder / name).write_text("what a program left")
    found = delivery.table({"path": "p*.csv"}, TWO)
    assert found["id"].tolist() == ["P2.CSV", "p1.csv", "p[3].csv"]
    assert delivery.table({"path": "p[3].csv"}, TWO)["id"].tolist() == ["p[3].csv"]
    assert delivery.table({"path": "p[3]*.csv"}, TWO)["id"].tolist() == ["p[3].csv"]
    (delivery.folder / "p4.csv").symlink_to(delivery.folder / "p1.csv")
    with pytest.raises(InputError, match="named twice for one table"):
        delivery.table({"path": "p*.csv"}, TWO)


def test_a_copy_under_another_name_is_told(delivery):
    for name in ("a.csv", "b.csv"):
        (delivery.folder / name).write_text("id,pay\nr1,1\n")
    columns = TWO | {"sender": ID}
    entries = [{"path": f"{name}.csv", "constants": {"sender": name}} for name in "ab"]
    assert len(delivery.table(entries, columns, key=["id", "sender"])) == 2
    assert any("the same content as" in told for told in delivery.told)


def test_what_the_run_file_makes_is_no_word_for_missing(delivery):
    columns = TWO | {"sender": ID}
    derive = {"pay": {"difference": ["a", "b"]}}
    content = "id,a,b\nr1,1,10\nr2,-9,1\n"
    columns["pay"] = PAY
    found = delivery.read(
        content, columns, derive=derive, missing=[-9, "NA"], constants={"sender": "NA"}
    )
    assert found["pay"].tolist()[0] == -9
    assert found["pay"].isna().tolist() == [False, True]
    assert found["sender"].tolist() == ["NA", "NA"]


def test_blanks_around_what_where_asks_for(delivery):
    where = [{"column": "st", "is_none_of": ["TEST"], "reason": "Tests."}]
    found = delivery.read("id,pay,st\nr1,1,TEST \nr2,2,ok\n", TWO, where=where)
    assert found["id"].tolist() == ["r2"]


def test_a_total_of_no_numbers(delivery):
    assert "has no numbers" in delivery.refusal("id,pay\nr1,1\n", TWO, totals={"id": 1})


def test_every_mistake_of_a_file_in_one_report(delivery):
    content = "id,dob,pay,c,b\nr1,soon,1,z,true\nr1,,much,a,true\n"
    message = delivery.refusal(content, SIX)
    for part in ("column: dob", "column: pay", "column: n", "column: c", "key is unique"):
        assert part in message
