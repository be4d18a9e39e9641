"""A table too large to be held is read, repaired, refused and written as one that is held."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import test_across as across
from delivered import column

from ipseval.config.extracts import Column, Extracts
from ipseval.config.run import ExtractSource
from ipseval.errors import InputError, RowNumbers
from ipseval.extracts import on_disk
from ipseval.extracts.across import obey_rules
from ipseval.extracts.on_disk import Stored, parts, write_table
from ipseval.extracts.read import read_tables
from ipseval.extracts.tables import load_tables, summary, types_of, validate_references
from ipseval.files import write_parquet

WORDS = ["b", "É", "a", "Z", "é", "zz", "Ž", "aa"]


@pytest.fixture
def few(monkeypatch):
    """few(): from now on a few rows are too many to be held, and are looked at a few at a time."""

    def few(size: int = 250) -> None:
        monkeypatch.setattr(on_disk, "HELD", 0)
        monkeypatch.setattr(on_disk, "PART", size)

    return few


def rows(n: int = 40, first: int = 0, **changed: dict[int, object]) -> list[str]:
    """Lines of a file: id in no order, word, day, later, amount and flag; `changed` by row."""
    frame = pd.DataFrame(
        {
            "id": [(i * 17 + 5) % n + first for i in range(n)],
            "word": [f"{WORDS[i % len(WORDS)]}{first + i // len(WORDS)}" for i in range(n)],
            "day": [f"2020-01-{i % 28 + 1:02d}" for i in range(n)],
            "later": [f"2020-02-{i % 28 + 1:02d}" if i % 5 else "" for i in range(n)],
            "amount": [f"{i / 4}" if i % 7 else "" for i in range(n)],
            "flag": [["yes", "no", ""][i % 3] for i in range(n)],
        }
    ).astype("object")
    for name, values in changed.items():
        for row, value in values.items():
            frame.loc[row - 1, name] = value
    return frame.to_csv(index=False).splitlines()


def declared(key: list[str] | None = None, table: dict | None = None, **more: dict) -> Extracts:
    columns = {
        "id": column("integer"),
        "word": column("string", unique=True),
        "day": column("date", minimum="2020-01-01", maximum="2020-12-31"),
        "later": column("date", nullable=True, not_before="day"),
        "amount": column("number", nullable=True, minimum=0, maximum=100),
        "flag": column("boolean", nullable=True),
    }
    columns = {name: spec | more.get(name, {}) for name, spec in columns.items()}
    spec = {"description": "One row a thing.", "key": key or ["id"], "columns": columns}
    return Extracts.model_validate({"tables": {"t": spec | (table or {})}})


def outcome(folder: Path, files: list[list[str]], extracts: Extracts, **entry: object) -> dict:
    """What reading gives: the table and repairs or the refusal, and what was said."""
    entries = []
    for i, lines in enumerate(files):
        (folder / f"t{i}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        entries.append({"path": f"t{i}.csv", **entry} | ({"replaces": True} if i == 2 else {}))
    source = ExtractSource.model_validate(
        {"source": "files", "folder": str(folder), "tables": {"t": entries}}
    )
    told: list[str] = []
    try:
        tables, repairs = read_tables(source, extracts, told.append)
    except InputError as error:
        return {"refused": str(error), "told": told}
    return {"table": tables["t"], "repairs": repairs.to_dict("records"), "told": told}


REPAIRED = {"repaired_at_most": 0.2}
TWICE = {"sent_twice": {"event": ["day", "flag"], "says": ["amount"]}, "repaired_at_most": 1}
MORE = rows(9, first=100)
AGAIN = [MORE[0], *rows(amount={4: 31.5})[3:6], "7000,new,2020-03-01,,,yes"]
DELIVERIES = {
    "in no order": ([rows()], {}, {}),
    "in order": (
        [[rows()[0], *sorted(rows()[1:], key=lambda line: int(line.split(",")[0]))]],
        {},
        {},
    ),
    "by text": ([rows()], {"key": ["word"]}, {}),
    "by a date and text": ([rows()], {"key": ["day", "word"]}, {}),
    "a key twice": ([rows(id={3: 7, 30: 7})], {}, {}),
    "a key twice of two columns": (
        [rows(day={1: "2020-01-05", 33: "2020-01-05"}, flag={1: "yes", 33: "yes"})],
        {"key": ["day", "flag"]},
        {},
    ),
    "not unique": ([rows(word={2: "twin", 39: "twin"})], {}, {}),
    "rules of rows": (
        [rows(day={4: "2019-12-31", 40: "2021-01-01"}, amount={9: -1}, word={20: ""})],
        {},
        {},
    ),
    "order of dates": ([rows(later={4: "2020-01-01", 33: "2020-01-01"})], {}, {}),
    "left out": (
        [rows(day={4: "2019-12-31", 40: "2021-01-01"}, amount={4: -1, 12: 101})],
        {
            "table": REPAIRED,
            "day": {"if_broken": "leave_out"},
            "amount": {"if_broken": "leave_out"},
        },
        {},
    ),
    "set missing": (
        [rows(amount={4: -1, 12: 101}, later={33: "2020-01-01"})],
        {
            "table": REPAIRED,
            "amount": {"if_broken": "set_missing"},
            "later": {"if_broken": "leave_out"},
        },
        {},
    ),
    "left out with a key of a row that stays": (
        [rows(day={4: "2019-12-31"}, id={4: 22, 2: 22})],
        {"table": REPAIRED, "day": {"if_broken": "leave_out"}},
        {},
    ),
    "too many repairs": (
        [rows(amount=dict.fromkeys(range(1, 20), -1))],
        {"table": REPAIRED, "amount": {"if_broken": "set_missing"}},
        {},
    ),
    "rows that do not belong": (
        [rows()],
        {},
        {"where": [{"column": "flag", "is_one_of": ["yes"], "reason": "asked"}]},
    ),
    "not read": ([rows(amount={3: "x", 38: "y"}, id={5: 22}, day={7: "2019-01-01"})], {}, {}),
    "a column lacks": ([[",".join(r.split(",")[:5]) for r in rows(id={5: 22})]], {}, {}),
    "two files": ([rows(), MORE], {}, {}),
    "a later file replaces": ([rows(), MORE, AGAIN], {}, {}),
    "files that overlap": ([rows(), AGAIN], {}, {}),
    "sent by two": ([rows(), rows(9, first=100, amount={4: "", 6: 99})], {"table": TWICE}, {}),
}


@pytest.mark.parametrize("name", DELIVERIES)
def test_as_if_it_were_held(name, tmp_path, few):
    files, options, entry = DELIVERIES[name]
    extracts = declared(**options)
    expected = outcome(tmp_path, files, extracts, **entry)
    few()
    found = outcome(tmp_path, files, extracts, **entry)
    if "table" in expected:
        table, held = found.pop("table"), expected.pop("table")
        assert isinstance(table, Stored)
        assert len(table) == len(held)
        assert len([*table.frames()]) > 1
        write_table(tmp_path / "found.parquet", table)
        write_parquet(tmp_path / "expected.parquet", held)
        made = [(tmp_path / f"{one}.parquet").read_bytes() for one in ("found", "expected")]
        assert made[0] == made[1]
    assert found == expected


def test_file_of_several_row_groups_has_the_bytes_of_one_written_at_once(tmp_path, monkeypatch):
    extracts = declared(id={}, word={"unique": False}).tables["t"]
    n = on_disk.ROW_GROUP + 10
    frame = pd.DataFrame({"id": np.arange(n), "amount": np.where(np.arange(n) % 3, 0.5, np.nan)})
    columns = {name: extracts.columns[name] for name in frame}
    stored = on_disk.stored(frame, columns)
    typed = stored.of_types({name: types_of(extracts)[name] for name in frame})
    write_table(tmp_path / "a.parquet", typed)
    write_parquet(tmp_path / "b.parquet", frame)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def kept_on_disk(frame: pd.DataFrame) -> Stored:
    kinds = {"i": "integer", "f": "number", "M": "date", "b": "boolean"}
    columns = {
        name: Column.model_validate(column(kinds.get(kind.kind, "string"), nullable=True))
        for name, kind in frame.dtypes.items()
    }
    types = {name: str(kind) for name, kind in frame.dtypes.items()}
    return on_disk.stored(frame, columns).of_types(types)


# Rule -> row and column of its table that is spoilt, and with what.
SPOILT = {
    "same": (across.SAME, "people", 2, "arm", 0),
    "after": (across.AFTER, "visits", 1, "on", pd.Timestamp("2019-06-01")),
    "treated": (across.TREATED, "visits", 2, "id", "b"),
    "billed": (across.BILLED, "bills", 0, "on", pd.Timestamp("2019-06-01")),
    "met": (across.MET, "visits", 0, "on", pd.Timestamp("2019-04-01")),
    "waited": (across.WAITED, "people", 1, "until", pd.Timestamp("2019-11-01")),
}


@pytest.mark.parametrize("if_broken", ["stop", "leave_out"])
@pytest.mark.parametrize("name", SPOILT)
def test_rules_across_tables_see_all_rows_of_the_others(name, if_broken, few):
    rule, table, row, spoilt, value = SPOILT[name]
    tables = across.tables()
    tables[table].loc[row, spoilt] = value
    declaration = across.TABLES | {"list": across.TABLES["people"]}
    extracts = Extracts.model_validate(
        {"tables": declaration, "rules": {name: rule | {"if_broken": if_broken}}}
    )

    def found(tables: dict) -> object:
        try:
            kept, repairs = obey_rules(tables, extracts, across.TRIAL)
        except InputError as error:
            return str(error)
        frames = {name: [*parts(one)] for name, one in kept.items()}
        rows = {name: pd.concat(one, ignore_index=True).to_csv() for name, one in frames.items()}
        return rows, repairs.to_dict("records")

    expected = found(tables)
    few(40)
    kept = {name: kept_on_disk(frame) for name, frame in tables.items()}
    assert len([*kept["visits"].frames()]) > 1
    assert found(kept) == expected
    assert (if_broken == "stop") == isinstance(expected, str)


def test_references_from_and_to_tables_on_disk(few):
    extracts = Extracts.model_validate(
        {
            "tables": {
                "a": {"description": "d", "key": ["id"], "columns": {"id": column("string")}},
                "b": {
                    "description": "d",
                    "key": ["of"],
                    "columns": {"of": column("string", references="a.id")},
                },
            }
        }
    )
    names = [f"n{i}" for i in range(50)]
    tables = {"a": pd.DataFrame({"id": names[:40]}), "b": pd.DataFrame({"of": names})}
    with pytest.raises(InputError) as expected:
        validate_references(tables, extracts, Path("x"))
    assert "10 rows refer" in str(expected.value)
    few()
    with pytest.raises(InputError) as found:
        validate_references({n: kept_on_disk(f) for n, f in tables.items()}, extracts, Path("x"))
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize(
    "spoil",
    [
        {},
        {"id": {3: 7, 30: 7}},
        {"word": {1: "twin", 38: "twin"}},
        {"amount": {9: -1.0, 35: -1.0}},
        {"later": {4: pd.Timestamp("2019-01-01")}},
        {"day": "text"},
        {"more": 1},
    ],
)
def test_results_on_disk_are_checked_like_those_that_are_held(spoil, tmp_path, few):
    extracts = declared()
    frame = outcome(tmp_path, [rows()], extracts)["table"]
    for name, values in spoil.items():
        if isinstance(values, dict):
            frame.loc[[*values], name] = [*values.values()]
        else:
            frame[name] = values
    write_parquet(tmp_path / "t.parquet", frame)
    repairs = pd.DataFrame({"table": [], "done": [], "rows": []})

    def found() -> str:
        try:
            return summary(load_tables(tmp_path, extracts), extracts, repairs).to_csv()
        except InputError as error:
            return str(error)

    expected = found()
    few()
    assert found() == expected
    assert ("rule" in expected) or not spoil


def test_rows_of_the_owner_alone_and_gone_when_they_are_not_needed(tmp_path, few):
    few()
    table = outcome(tmp_path, [rows()], declared())["table"]
    assert table.path.parent.stat().st_mode & 0o77 == 0
    # Of the rows as read and in order only the latter are left.
    number = int(table.path.stem.removeprefix("rows-"))
    assert not table.path.with_name(f"rows-{number - 1}.parquet").exists()
    table.remove()
    assert not table.path.exists()


def test_a_million_row_numbers_are_known_and_all_are_counted():
    numbers = RowNumbers()
    for start in range(1, 3_000_001, 500_000):
        numbers.add(np.arange(start, start + 500_000))
    assert len(numbers) == 3_000_000
    assert len([*numbers]) == 1_000_000
    error = InputError("wrong", rows=numbers)
    assert "rows: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2,999,990 more" in str(error)
