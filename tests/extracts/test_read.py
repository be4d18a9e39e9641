"""Files of a real trial: names, codes, dates and encodings of others, and what is refused."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ipseval.config.extracts import Extracts
from ipseval.config.run import ExtractSource
from ipseval.errors import InputError
from ipseval.extracts.read import read_tables


def column(kind: str, **more) -> dict:
    return {"type": kind, "description": f"A {kind}.", **more}


DECLARED = Extracts.model_validate(
    {
        "tables": {
            "people": {
                "description": "One row a person.",
                "key": ["id"],
                "columns": {
                    "id": column("string", unique=True, sensitivity="identifier"),
                    "born": column("date", minimum="1930-01-01", maximum="2001-12-31"),
                    "met": column("datetime", nullable=True),
                    "site": column("category", codes={"north": "North", "south": "South"}),
                    "arm": column("integer", minimum=0, maximum=1),
                    "weeks": column("integer", nullable=True, minimum=0),
                    "pay": column("number", minimum=0),
                    "agreed": column("boolean"),
                },
            }
        }
    }
)
HEADER = "id,born,met,site,arm,weeks,pay,agreed"
ROWS = [
    "P3,1980-02-29,2018-05-01T09:30:00,north,1,5,10.5,true",
    "P1,1981-02-01,,south,0,,0,no",
    "P2,1990-12-31,2018-05-02T10:00:00,north,1,7,99,Y",
]
EXPECTED = pd.DataFrame(
    {
        "id": pd.array(["P1", "P2", "P3"], dtype="str"),
        "born": pd.to_datetime(["1981-02-01", "1990-12-31", "1980-02-29"]),
        "met": pd.to_datetime([None, "2018-05-02 10:00", "2018-05-01 09:30"]),
        "site": pd.array(["south", "north", "north"], dtype="str"),
        "arm": [0, 1, 1],
        "weeks": pd.array([None, 7, 5], dtype="Int64"),
        "pay": [0.0, 99.0, 10.5],
        "agreed": [False, True, True],
    }
).astype({"born": "datetime64[us]", "met": "datetime64[us]"})


def csv(*, header: str = HEADER, rows: list[str] = ROWS) -> str:
    return "\n".join([header, *rows]) + "\n"


def edited(row: int, old: str, new: str) -> str:
    """The file with text replaced in one row, counted from 1 below the header."""
    rows = list(ROWS)
    assert old in rows[row - 1]
    rows[row - 1] = rows[row - 1].replace(old, new, 1)
    return csv(rows=rows)


@pytest.fixture
def read(tmp_path):
    """read(content, **file): the table people from a CSV file with this content."""

    def read(content: str | bytes, path: str = "people.csv", **file) -> pd.DataFrame:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / path).write_bytes(data)
        source = {
            "source": "files",
            "folder": str(tmp_path),
            "tables": {"people": {"path": path, **file}},
        }
        return read_tables(ExtractSource.model_validate(source), DECLARED)[0]["people"]

    return read


@pytest.fixture
def refusal(read, tmp_path):
    """refusal(content, **file): the lines of the message that refuses it."""

    def refusal(content: str | bytes, **file) -> list[str]:
        with pytest.raises(InputError) as caught:
            read(content, **file)
        message = str(caught.value).replace(str(tmp_path), "HAVEN")
        assert "SECRET" not in message
        return [line.strip() for line in message.splitlines()]

    return refusal


# what is read


def test_file_as_declared(read):
    pd.testing.assert_frame_equal(read(csv()), EXPECTED)


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (csv().replace("\n", "\r\n"), {}),
        (b"\xef\xbb\xbf" + csv().encode(), {}),
        (csv().encode("utf-16"), {"encoding": "utf-16"}),
        (csv().replace(",", ";"), {"separator": ";"}),
        (csv().replace(",", "\t"), {"separator": "\t"}),
        ("\n".join(f'"{line}"'.replace(",", '","') for line in csv().splitlines()), {}),
        (csv(rows=[*reversed(ROWS)]), {}),
        (csv(header=HEADER + ",remark", rows=[f"{row},SECRET" for row in ROWS]), {}),
    ],
    ids=["CRLF", "BOM", "UTF-16", "semicolon", "tab", "quotes", "order", "more columns"],
)
def test_dialects_of_csv(read, content, file):
    pd.testing.assert_frame_equal(read(content, **file), EXPECTED)


def test_names_codes_and_dates_of_others(read):
    rows = [
        "29/02/1980;01.05.2018 09h30;P3;N;T;5;10.5;true",
        "01/02/1981;;P1;S;C;;0;no",
        "31/12/1990;02.05.2018 10h00;P2;N;T;7;99;Y",
    ]
    found = read(
        csv(header="DOB;Seen;Person;Where;Group;weeks;pay;agreed", rows=rows),
        separator=";",
        columns={"born": "DOB", "met": "Seen", "id": "Person", "site": "Where", "arm": "Group"},
        codes={"site": {"N": "north", "S": "south"}, "arm": {"T": "1", "C": "0"}},
        date_format="%d/%m/%Y",
        datetime_format="%d.%m.%Y %Hh%M",
    )
    pd.testing.assert_frame_equal(found, EXPECTED)


def test_encoding(read, refusal):
    content = edited(1, "P3", "Zoë").encode("latin-1")
    assert read(content, encoding="latin-1")["id"].tolist() == ["P1", "P2", "Zoë"]
    found = refusal(content)
    assert found[0].startswith("not utf-8 text at byte ")
    assert found[1:] == [
        "file: HAVEN/people.csv",
        "table: people",
        "to do: set in the run file the encoding, often  encoding: cp1252",
    ]


def test_parquet(read, tmp_path):
    EXPECTED.sample(frac=1, random_state=1).assign(remark="x").to_parquet(
        tmp_path / "given.parquet", index=False
    )
    content = (tmp_path / "given.parquet").read_bytes()
    pd.testing.assert_frame_equal(read(content, path="people.parquet"), EXPECTED)


@pytest.mark.parametrize("value", [True, False])
def test_ways_to_say_yes_and_no(read, value):
    ways = {True: "true TRUE 1 Yes t y", False: "false False 0 NO f n"}[value].split()
    rows = [ROWS[0].replace("true", way).replace("P3", f"P{i}") for i, way in enumerate(ways)]
    assert read(csv(rows=rows))["agreed"].tolist() == [value] * len(ways)


def test_large_whole_numbers_keep_every_digit(read):
    # Through a float 9007199254740993 would become ...992, the number of somebody else.
    found = read(edited(1, ",5,", ",9007199254740993,"))
    assert found["weeks"].tolist() == [pd.NA, 7, 9007199254740993]


def test_numbers_with_leading_zeros_stay_text_in_text_columns(read):
    assert read(edited(1, "P3", "007"))["id"].tolist() == ["007", "P1", "P2"]


# what is refused


@pytest.mark.parametrize(
    ("row", "old", "new", "name", "kind", "expected"),
    [
        (3, ",99,", ",SECRET,", "pay", "number", "a number"),
        (3, ",99,", ",£99,", "pay", "number", "a number"),
        (3, ",99,", ',"1,099",', "pay", "number", "a number"),
        (3, ",7,", ",7.5,", "weeks", "integer", "a whole number"),
        (3, ",7,", ",SECRET,", "weeks", "integer", "a whole number"),
        (2, "1981-02-01", "01/02/1981", "born", "date", "format %Y-%m-%d"),
        (2, "1981-02-01", "1981-02-31", "born", "date", "format %Y-%m-%d"),
        (3, "2018-05-02T10:00:00", "2018-05-02", "met", "datetime", "format %Y-%m-%dT%H:%M:%S"),
        (2, ",no", ",SECRET", "agreed", "boolean", "true or false"),
        (2, ",no", ",2", "agreed", "boolean", "true or false"),
    ],
)
def test_value_that_cannot_be_read(refusal, row, old, new, name, kind, expected):
    found = refusal(edited(row, old, new))
    assert found[-1].startswith("to do: correct these rows, or s")
    assert "the run file" in found[-1]
    assert found[:-1] == [
        f"1 value cannot be read as {kind}",
        "file: HAVEN/people.csv",
        "table: people",
        f"column: {name}",
        f"rows: {row}",
        f"rule: type {kind}",
        f"expected: {expected}",
    ]


@pytest.mark.parametrize("text", ["inf", "-inf", "Infinity", "1e999"])
def test_infinite_numbers_are_refused(refusal, text):
    found = refusal(edited(3, ",99,", f",{text},"))
    assert "column: pay" in found
    assert "rows: 3" in found


def test_whole_number_that_no_column_can_hold(refusal):
    found = refusal(edited(1, ",5,", ",99999999999999999999,"))
    assert "column: weeks" in found
    assert "rows: 1" in found


@pytest.mark.parametrize(
    ("row", "old", "new", "name"),
    [
        (2, "P1,", ",", "id"),
        (2, "1981-02-01", "", "born"),
        (2, "south", "", "site"),
        (2, "south,0,", "south,,", "arm"),
        (2, ",0,no", ",,no", "pay"),
        (2, ",no", ",", "agreed"),
    ],
)
def test_missing_value_where_one_is_needed(refusal, row, old, new, name):
    found = refusal(edited(row, old, new))
    assert found[:6] == [
        "1 row breaks a rule",
        "file: HAVEN/people.csv",
        "table: people",
        f"column: {name}",
        f"rows: {row}",
        "rule: not missing",
    ]


def test_unknown_code(refusal):
    found = refusal(edited(2, "south", "SECRET"))
    assert {"column: site", "rows: 2", "rule: known category"} <= set(found)
    assert "expected: one of north, south" in found


def test_code_that_the_run_file_does_not_translate(refusal):
    codes = {"site": {"1": "north"}}
    rows = [row.replace("north", "1").replace("south", "2") for row in ROWS]
    found = refusal(csv(rows=rows), codes=codes)
    assert {"column: site", "rows: 2", "rule: known category"} <= set(found)


def test_key_twice(refusal):
    found = refusal(edited(3, "P2", "P3"))
    assert "rule: key is unique" in found
    assert "rows: 1, 3" in found


def test_problems_of_several_columns_are_reported_together(refusal):
    rows = [ROWS[0], ROWS[1].replace("1981-02-01", "soon"), ROWS[2].replace(",7,99,", ",x,y,")]
    found = refusal(csv(rows=rows))
    assert [line for line in found if line.startswith(("column:", "rows:"))] == [
        *("column: born", "rows: 2"),
        *("column: weeks", "rows: 3"),
        *("column: pay", "rows: 3"),
    ]


def test_problems_of_several_tables_are_reported_together(tmp_path):
    people = DECLARED.tables["people"]
    declared = Extracts(tables={"a": people, "b": people, "c": people})
    (tmp_path / "a.csv").write_text(edited(1, ",1,5", ",SECRET,5"), encoding="utf-8")
    tables = {"a": {"path": "a.csv"}, "b": {"path": "b.csv"}}
    source = {"source": "files", "folder": str(tmp_path), "tables": tables}
    with pytest.raises(InputError) as caught:
        read_tables(ExtractSource.model_validate(source), declared)
    message = str(caught.value)
    for part in ("value cannot be read as integer", "file is missing", "no file is named"):
        assert part in message
    assert "add it under 'tables' in the run file" in message


@pytest.mark.parametrize("content", ["", "\n", "\n\n"], ids=["0 bytes", "a newline", "two"])
def test_empty_file(refusal, content):
    assert refusal(content) == ["file is empty", "file: HAVEN/people.csv", "table: people"]


def test_header_without_rows(refusal):
    assert "table has no rows" in refusal(csv(rows=[]))


def test_missing_file(read, tmp_path):
    tables = {"people": {"path": "people.csv"}}
    source = {"source": "files", "folder": str(tmp_path), "tables": tables}
    with pytest.raises(InputError) as caught:
        read_tables(ExtractSource.model_validate(source), DECLARED)
    assert str(caught.value) == (
        f"file is missing\n  file: {tmp_path / 'people.csv'}\n  table: people"
    )


def test_unknown_ending(read):
    with pytest.raises(ValidationError, match="unknown kind of file; known endings: "):
        read(csv(), path="people.doc")


@pytest.mark.parametrize(
    "content",
    [edited(2, "south", "south,SECRET"), edited(2, "P1", '"P1')],
    ids=["too many fields", "open quote"],
)
def test_not_a_table(refusal, content):
    found = refusal(content)
    assert found[0].startswith("not readable as CSV: ")
    assert "file: HAVEN/people.csv" in found


def test_row_with_too_few_fields(refusal):
    found = refusal(csv(rows=[ROWS[0], "P1,1981-02-01", ROWS[2]]))
    assert found[0] == "not readable as CSV: 1 row has 2 fields and not 8"
    assert "rows: 2" in found
    assert "rule: every row has as many fields as the header" in found


def test_column_that_the_file_lacks(refusal):
    found = refusal(csv(header=HEADER.replace("born", "DOB")))
    assert "column is missing" in found
    assert "column: born" in found
    assert "to do: supply the column, or map it under 'columns' in the run file" in found


def test_wrong_separator(refusal):
    found = refusal(csv(), separator=";")
    assert found[0] == "the header is one field, which holds another separator"
    assert found[-1] == 'to do: set in the run file  separator: ","'


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "hex", "unicode_escape", "é", ""])
def test_unknown_encoding(read, encoding):
    with pytest.raises(ValidationError, match="is no encoding of text"):
        read(csv(), encoding=encoding)


def test_useless_separator(read):
    # Refused with the run file or with the file of data, but not by an error of pandas.
    with pytest.raises((InputError, ValidationError)):
        read(csv(), separator="")


@pytest.mark.parametrize("name", ["sight", "site"])
def test_codes_for_a_column_that_is_not_there(refusal, name):
    header = HEADER.replace("site", "place")
    found = refusal(csv(header=header), codes={name: {"1": "north"}})
    assert f"column: {name}" in found or any(f"'{name}'" in line for line in found)


def test_mapped_column_beside_one_that_has_the_name(refusal):
    """A file with a column `site` of its own, where `where` is mapped to it."""
    rows = [f"{row},south" for row in ROWS]
    found = refusal(csv(header=f"{HEADER},where", rows=rows), columns={"site": "where"})
    assert {"file: HAVEN/people.csv", "table: people", "column: site"} <= set(found)
    assert any(line.startswith("to do: ") and "'columns'" in line for line in found)


# what a message may say

FIELDS = {"id": 0, "born": 1, "met": 2, "site": 3, "arm": 4, "weeks": 5, "pay": 6, "agreed": 7}
# What somebody might have typed into the wrong field: a name, a number, anything.
TYPED = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -'£é", min_size=9, max_size=16).filter(
    lambda text: text.strip(" -0123456789") != ""
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([name for name in FIELDS if name != "id"]), st.integers(1, 3), TYPED)
def test_whatever_is_typed_into_a_field_is_never_in_a_message(tmp_path_factory, name, row, text):
    folder = tmp_path_factory.mktemp("typed")
    rows = [line.split(",") for line in ROWS]
    rows[row - 1][FIELDS[name]] = text
    (folder / "people.csv").write_text(
        csv(rows=[",".join(line) for line in rows]), encoding="utf-8"
    )
    source = {
        "source": "files",
        "folder": str(folder),
        "tables": {"people": {"path": "people.csv"}},
    }
    with pytest.raises(InputError) as caught:
        read_tables(ExtractSource.model_validate(source), DECLARED)
    message = str(caught.value).replace(str(folder), "")
    assert text not in message
    assert text.strip() not in message
    assert f"column: {name}" in message
    assert f"rows: {row}" in message
    assert not {"P1", "P2", "P3"} & set(message.replace(",", " ").split())
