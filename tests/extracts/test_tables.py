"""Tables against their declaration: what is accepted, what is refused, and in which words."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipseval.config.extracts import Column, Extracts, Table
from ipseval.errors import InputError, InputErrors
from ipseval.extracts.repair import repairs_table
from ipseval.extracts.tables import (
    LEFT_OUT,
    SET_MISSING,
    conform,
    dtype_of,
    load_tables,
    read_parquet,
    summary,
    validate,
    validate_references,
)

N = 6


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
                    "left": column("date", nullable=True, not_before="met"),
                    "site": column("category", codes={"north": "North", "south": "South"}),
                    "arm": column("integer", minimum=0, maximum=1),
                    "weeks": column("integer", nullable=True, minimum=0),
                    "pay": column("number", minimum=0, maximum=100_000),
                    "agreed": column("boolean"),
                },
            },
            "visits": {
                "description": "One row a visit.",
                "key": ["person", "number"],
                "may_be_empty": True,
                "columns": {
                    "person": column("string", references="people.id"),
                    "number": column("integer"),
                    "host": column("string", nullable=True, references="people.id"),
                },
            },
        }
    }
)
PEOPLE = DECLARED.tables["people"]


def people() -> pd.DataFrame:
    """Six people who break no rule; three of them have missing answers."""
    return pd.DataFrame(
        {
            "id": pd.array([f"SECRET{i}" for i in range(N)], dtype="str"),
            "born": pd.date_range("1960-05-01", periods=N, freq="YS").astype("datetime64[us]"),
            "met": pd.to_datetime(["2019-03-01 09:30"] * 3 + [None] * 3).astype("datetime64[us]"),
            # The first left on the day of the meeting, before its hour.
            "left": pd.to_datetime(["2019-03-01", "2020-01-01"] + [None] * 4).astype(
                "datetime64[us]"
            ),
            "site": pd.array(["north", "south"] * 3, dtype="str"),
            "arm": np.array([0, 1] * 3),
            "weeks": pd.array([1, None, 3] * 2, dtype="Int64"),
            "pay": [0.0, 10.5, 20, 30, 40, 100_000],
            "agreed": [True, False] * 3,
        }
    )


def visits() -> pd.DataFrame:
    ids = people()["id"]
    host = pd.array([None, ids[1], ids[1]], dtype="str")
    frame = pd.DataFrame({"person": ids[[0, 0, 2]].to_numpy(), "number": [1, 2, 1], "host": host})
    return frame.astype({"person": "str"})


def with_values(name: str, rows: list[int], value) -> pd.DataFrame:
    """People with values replaced; rows are counted from 1, as in messages."""
    frame = people()
    frame.loc[[row - 1 for row in rows], name] = value
    return frame


def refusal(frame: pd.DataFrame, declared: Table = PEOPLE) -> InputErrors:
    with pytest.raises(InputErrors) as caught:
        validate(frame, declared, "people", "people.parquet")
    assert "SECRET" not in str(caught.value)
    return caught.value


def lines(error: Exception) -> list[str]:
    return [line.strip() for line in str(error).splitlines()]


# types


@pytest.mark.parametrize(
    ("kind", "nullable", "dtype"),
    [
        ("string", False, "str"),
        ("category", True, "str"),
        ("integer", False, "int64"),
        ("integer", True, "Int64"),
        ("number", True, "float64"),
        ("boolean", False, "bool"),
        ("boolean", True, "boolean"),
        ("date", False, "datetime64[us]"),
        ("datetime", True, "datetime64[us]"),
    ],
)
def test_dtype_of_a_declared_type(kind, nullable, dtype):
    codes = {"codes": {"a": "A"}} if kind == "category" else {}
    assert dtype_of(Column.model_validate(column(kind, nullable=nullable, **codes))) == dtype


def test_conform_gives_declared_columns_types_and_order():
    mixed = people().sample(frac=1, random_state=3)
    mixed = mixed[list(reversed(mixed.columns))].assign(remark="left out")
    mixed = mixed.astype({"arm": "float64", "born": "datetime64[ns]", "weeks": "float64"})
    pd.testing.assert_frame_equal(conform(mixed, PEOPLE), people())


def test_conform_sorts_by_the_whole_key():
    shuffled = visits().iloc[[2, 1, 0]]
    found = conform(shuffled, DECLARED.tables["visits"])
    assert found["number"].tolist() == [1, 2, 1]
    assert found.index.tolist() == [0, 1, 2]


def test_good_table_is_accepted():
    validate(people(), PEOPLE, "people")
    validate(visits(), DECLARED.tables["visits"], "visits")


def test_bounds_are_inside():
    frame = people()
    frame.loc[0, "born"] = pd.Timestamp("1930-01-01")
    frame.loc[1, "born"] = pd.Timestamp("2001-12-31")
    validate(frame, PEOPLE, "people")


@pytest.mark.parametrize("dtype", ["datetime64[s]", "datetime64[ms]", "datetime64[ns]"])
def test_unit_of_dates_does_not_matter(dtype):
    validate(people().astype({"born": dtype}), PEOPLE, "people")


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA], ids=["None", "NaN", "NA"])
@pytest.mark.parametrize("name", ["met", "left", "weeks"])
def test_column_without_any_answer_may_have_any_type(name, nothing):
    validate(people().assign(**{name: nothing}), PEOPLE, "people")


# shape


@pytest.mark.parametrize("name", list(PEOPLE.columns))
def test_every_column_is_needed(name):
    error = refusal(people().drop(columns=name))
    assert lines(error) == [
        "column is missing",
        "file: people.parquet",
        "table: people",
        f"column: {name}",
        "rule: every declared column is present",
        f"expected: {PEOPLE.columns[name].type}: A {PEOPLE.columns[name].type}.",
        "to do: supply the column, or map it under 'columns' in the run file",
    ]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("id", range(N)),
        ("id", [True, False] * 3),
        ("site", range(N)),
        ("born", ["1960-05-01"] * N),
        ("born", range(N)),
        ("met", ["2019-03-01T09:30:00"] * N),
        ("arm", ["0"] * N),
        ("arm", [0.0, 0.5] * 3),
        ("arm", [True, False] * 3),
        ("pay", ["1"] * N),
        ("pay", [True, False] * 3),
        ("pay", [1j] * N),
        ("agreed", [0, 1] * 3),
        ("agreed", ["true"] * N),
    ],
)
def test_wrong_type(name, wrong):
    error = refusal(people().assign(**{name: list(wrong)}))
    assert len(error.problems) == 1
    assert f"column: {name}" in lines(error)
    assert f"rule: type {PEOPLE.columns[name].type}" in lines(error)
    assert f"expected: {dtype_of(PEOPLE.columns[name])}" in lines(error)


@pytest.mark.parametrize("name", ["born", "met"])
def test_times_with_a_zone_are_refused(name):
    frame = people()
    error = refusal(frame.assign(**{name: frame[name].dt.tz_localize("Europe/London")}))
    assert f"column: {name}" in lines(error)
    assert f"rule: type {PEOPLE.columns[name].type}" in lines(error)


def test_column_that_nobody_declared():
    error = refusal(people().assign(nickname="SECRET"))
    assert "column is not declared" in lines(error)
    assert "column: nickname" in lines(error)


def test_empty_table():
    assert "table has no rows" in lines(refusal(people().iloc[:0]))
    validate(visits().iloc[:0], DECLARED.tables["visits"], "visits")


def test_problems_of_shape_are_reported_together_and_before_values():
    frame = with_values("pay", [2], -1).drop(columns=["born", "agreed"]).assign(arm="x", extra=1)
    error = refusal(frame)
    found = {(p.problem, *re.findall(r"column: (\w+)", str(p))) for p in error.problems}
    assert found == {
        ("column is missing", "born"),
        ("column is missing", "agreed"),
        ("column holds str values", "arm"),
        ("column is not declared", "extra"),
    }


# values


@pytest.mark.parametrize(
    ("name", "value", "rule", "expected"),
    [
        ("born", pd.NaT, "not missing", "a value in every row"),
        ("pay", np.nan, "not missing", "a value in every row"),
        ("born", pd.Timestamp("1929-12-31"), "minimum", "at least 1930-01-01"),
        ("born", pd.Timestamp("1900-01-01"), "minimum", "at least 1930-01-01"),
        ("born", pd.Timestamp("2002-01-01"), "maximum", "at most 2001-12-31"),
        ("born", pd.Timestamp("1980-01-01 00:00:01"), "whole day", "a date without time of day"),
        ("site", "SECRET", "known category", "one of north, south"),
        ("site", "North", "known category", "one of north, south"),
        ("arm", 2, "maximum", "at most 1"),
        ("arm", -1, "minimum", "at least 0"),
        ("weeks", -1, "minimum", "at least 0"),
        ("pay", -0.01, "minimum", "at least 0"),
        ("pay", 100_000.01, "maximum", "at most 100000"),
    ],
)
def test_broken_rule_is_named_with_its_rows(name, value, rule, expected):
    error = refusal(with_values(name, [2, 5], value))
    assert len(error.problems) == 1, str(error)
    assert error.rows == [2, 5]
    found = lines(error)
    assert found[:6] == [
        "2 rows break a rule",
        "file: people.parquet",
        "table: people",
        f"column: {name}",
        "rows: 2, 5",
        f"rule: {rule}",
    ]
    assert any(re.fullmatch(rf"expected: {re.escape(expected)}(\.0)?", line) for line in found)
    assert found[-1].startswith("to do: ")


def test_missing_key():
    error = refusal(with_values("id", [4], None))
    assert {"column: id", "rows: 4", "rule: not missing"} <= set(lines(error))
    assert error.rows == [4]


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_numbers_are_refused_whatever_the_bounds(value):
    unbounded = Table.model_validate(
        {
            "description": "-",
            "key": ["id"],
            "columns": {"id": column("string"), "x": column("number")},
        }
    )
    frame = pd.DataFrame({"id": ["a", "b", "c"], "x": [1.0, value, 2.0]})
    assert refusal(frame, unbounded).rows == [2]


def test_order_of_dates_counts_days_and_is_reported_once():
    frame = with_values("left", [2], pd.Timestamp("2019-02-28"))
    error = refusal(frame)
    assert len(error.problems) == 1, str(error)
    assert error.rows == [2]
    assert {"column: left", "rule: order of dates", "expected: not before met"} <= set(lines(error))


def test_order_of_dates_where_columns_have_missing_values():
    # Nothing but the dates takes part: rows with other answers missing are counted as well.
    frame = with_values("left", [1, 2, 3], pd.Timestamp("2018-01-01"))
    assert refusal(frame).rows == [1, 2, 3]


def test_key_of_one_column():
    error = refusal(with_values("id", [4], "SECRET1"))
    assert "rule: key is unique" in lines(error)
    assert set(error.rows) == {2, 4}


def test_key_of_two_columns():
    frame = pd.concat([visits(), visits().iloc[[1]]], ignore_index=True)
    with pytest.raises(InputErrors) as caught:
        validate(frame, DECLARED.tables["visits"], "visits")
    assert "column: person, number" in lines(caught.value)
    assert caught.value.rows == [2, 4]


def test_rows_are_positions_whatever_the_index():
    frame = with_values("pay", [3], -1).set_index(pd.Index([9, 9, 7, 7, 5, 5]))
    assert refusal(frame).rows == [3]


def test_rules_of_several_columns_are_reported_together():
    frame = with_values("pay", [3], -1)
    frame.loc[3, "site"] = "east"
    frame.loc[4, "born"] = pd.Timestamp("1900-01-01")
    frame.loc[[0, 1], "id"] = "SECRET9"
    error = refusal(frame)
    named = {
        re.search(r"column: (\w+)", str(problem))[1]: problem.rows for problem in error.problems
    }
    assert named == {"id": [1, 2], "born": [5], "pay": [3], "site": [4]}


def test_many_rows_are_cut():
    rows = 3000
    frame = pd.concat([people()] * (rows // N), ignore_index=True)
    frame["id"] = pd.array([f"SECRET{i}" for i in range(rows)], dtype="str")
    frame["arm"] = 7
    error = refusal(frame)
    assert "rows: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2,990 more" in lines(error)
    assert error.rows == list(range(1, rows + 1))
    assert len(str(error)) < 500


# references


def test_references_are_checked_and_missing_ones_are_allowed():
    tables = {"people": people(), "visits": visits()}
    validate_references(tables, DECLARED, Path("extracts"))
    tables["visits"].loc[1, "person"] = "SECRET99"
    tables["visits"].loc[2, "host"] = "SECRET98"
    with pytest.raises(InputErrors) as caught:
        validate_references(tables, DECLARED, Path("extracts"))
    message = str(caught.value)
    assert "SECRET" not in message
    assert [problem.rows for problem in caught.value.problems] == [[2], [3]]
    assert "file: extracts/visits.parquet" in message
    assert "rule: references people.id" in message
    assert "1 row refers to no row of people" in message


# files


@pytest.fixture
def folder(tmp_path):
    people().to_parquet(tmp_path / "people.parquet", index=False)
    visits().to_parquet(tmp_path / "visits.parquet", index=False)
    return tmp_path


def test_load_tables_returns_what_was_written(folder):
    tables = load_tables(folder, DECLARED)
    pd.testing.assert_frame_equal(tables["people"], people())
    pd.testing.assert_frame_equal(tables["visits"], visits())


def test_load_tables_reports_all_files_together(folder):
    with_values("arm", [1], 5).to_parquet(folder / "people.parquet", index=False)
    (folder / "visits.parquet").write_bytes(b"")
    with pytest.raises(InputErrors) as caught:
        load_tables(folder, DECLARED)
    message = str(caught.value)
    assert "rows: 1\n" in message
    assert "file is empty" in message
    assert re.findall(r"table: (\w+)", message) == ["people", "visits"]


def test_load_tables_checks_references(folder):
    lost = visits().assign(person="SECRET77", number=[1, 2, 3])
    lost.to_parquet(folder / "visits.parquet", index=False)
    with pytest.raises(InputErrors, match=r"rule: references people\.id") as caught:
        load_tables(folder, DECLARED)
    assert "SECRET" not in str(caught.value)
    assert caught.value.rows == [1, 2, 3]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "file is missing"),
        (b"", "file is empty"),
        (b"PAR1", "file is truncated or not Parquet"),
        (b"id,born\nSECRET,1\n", "file is truncated or not Parquet"),
    ],
    ids=["missing", "empty", "stub", "CSV"],
)
def test_unreadable_file(tmp_path, content, problem):
    path = tmp_path / "people.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_parquet(path, "people")
    assert lines(caught.value) == [
        problem,
        f"file: {path}",
        "table: people",
        "to do: restore the file, or delete it and run again so that it is made anew",
    ]


def test_any_cut_of_a_file_is_noticed(folder):
    path = folder / "people.parquet"
    whole = path.read_bytes()
    for length in range(0, len(whole), len(whole) // 25):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"truncated|empty"):
            read_parquet(path, "people")


def test_read_parquet_takes_columns(folder):
    assert list(read_parquet(folder / "people.parquet", "people", ["arm", "id"])) == ["id", "arm"]


def test_summary_counts_rows_columns_and_rules():
    made = [["visits", "v.csv", "host", "minimum", "", LEFT_OUT, [2, 3]]]
    made += [["visits", "v.csv", "number", "minimum", "", SET_MISSING, [1]]]
    tables = {"people": people(), "visits": visits()}
    found = summary(tables, DECLARED, repairs_table(made)).set_index("table")
    assert found["rows"].to_dict() == {"people": N, "visits": 3}
    assert found["columns"].to_dict() == {"people": 9, "visits": 3}
    assert found["rules_checked"].gt(found["columns"]).all()
    assert found["rows_refused"].to_dict() == {"people": 0, "visits": 2}
    assert found["values_set_missing"].to_dict() == {"people": 0, "visits": 1}


# what a message may say

DAYS = st.dates(pd.Timestamp("1700-01-01").date(), pd.Timestamp("1899-12-31").date())
# Long enough not to occur in a message, or in a temporary path, by chance.
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=20)
BROKEN = st.one_of(
    st.tuples(st.just("site"), WORDS),
    st.tuples(st.just("arm"), st.integers(10**8, 10**12)),
    st.tuples(st.just("weeks"), st.integers(-(10**12), -(10**8))),
    st.tuples(st.just("pay"), st.floats(1e8, 1e15)),
    st.tuples(st.just("born"), DAYS.map(pd.Timestamp)),
    st.tuples(st.just("left"), DAYS.map(pd.Timestamp)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BROKEN, min_size=1, max_size=3), st.integers(1, 3))
def test_no_broken_value_is_ever_in_a_message(broken, row):
    frame = people()
    for name, value in broken:
        frame.loc[row - 1, name] = value
    error = refusal(frame)
    assert set(error.rows) == {row}
    for _, value in broken:
        for text in {
            str(value),
            repr(value),
            f"{value:,}" if isinstance(value, int) else str(value),
        }:
            assert text not in str(error)
        if isinstance(value, pd.Timestamp):
            assert value.date().isoformat() not in str(error)


@settings(max_examples=20, deadline=None)
@given(st.lists(WORDS, min_size=N, max_size=N))
def test_no_identifier_is_ever_in_a_message(names):
    """Neither of a row that is right nor of one that is wrong: here keys twice over."""
    frame = people().assign(id=pd.array(names, dtype="str"), pay=-1.0)
    doubled = pd.concat([frame, frame], ignore_index=True)
    message = str(refusal(doubled))
    assert not any(name in message for name in names)
