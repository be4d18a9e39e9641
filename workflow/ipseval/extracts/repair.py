"""Rows that break a rule whose remedy is declared: left out or mended, and always counted.

What is not declared stops the run as before, and so does a rule that repairs too many rows.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import islice

import numpy as np
import pandas as pd

from ..config.extracts import SentTwice, Table
from ..errors import InputError, InputErrors, RowNumbers, counted
from .on_disk import Stored, Writer, in_order
from .tables import (
    LEFT_OUT,
    SET_MISSING,
    broken_in_part,
    expected_by,
    in_order_of_rules,
    not_unique,
    places_sharing,
    rule_problems,
    shape_problems,
)

REPAIRS = ["table", "file", "column", "rule", "expected", "done", "rows", "row_numbers"]
# A missing value, a repeated key and a wrong type say that the file is not what is declared.
MENDABLE = ("known category", "minimum", "maximum", "finite", "whole day", "order of dates")


def repaired(
    table: pd.DataFrame | Stored, declared: Table, name: str, file: object
) -> tuple[pd.DataFrame | Stored, pd.DataFrame]:
    """Return a table with the declared repairs made, and one row a rule that made some (REPAIRS).

    Values are set missing first: a row is left out only if it then still breaks a rule. A row
    that breaks two rules is counted under the first. Raises InputErrors as validate() does for
    all other rules that are broken. Row numbers are those of the index, which is the place of a
    row in its file. A table on disk is looked at part by part, and comes in order of its key.
    """
    if isinstance(table, pd.DataFrame) and (
        problems := list(shape_problems(table, declared, name, file))
    ):
        raise InputErrors(problems)
    found = _Found()
    frame: pd.DataFrame | Stored
    if isinstance(table, pd.DataFrame):
        frame = _mended(table, declared, found)
        shared = places_sharing(frame, declared.key)
        again = not_unique(frame, declared)
        frame = frame.drop(index=found.gone) if len(found.gone) else frame
    else:
        frame = table
        if any(spec.if_broken == "set_missing" for spec in declared.columns.values()):
            writer = Writer(table.columns)
            for part in table.frames():
                writer.write_frame(_mended(part, declared, found))
            table.remove()
            frame = writer.stored()
        else:
            for part in table.frames():
                _mended(part, declared, found)
        again = not_unique(frame, declared)
        frame, shared = in_order(frame, declared.key, found.gone)
    broken = in_order_of_rules(found.broken | again, declared)
    problems = list(rule_problems(shared, broken, declared, name, file))
    mendable = in_order_of_rules(found.mended, declared)
    mendable |= in_order_of_rules(found.left_out, declared)
    for (column, rule), rows in mendable.items():
        if len(rows) > declared.repaired_at_most * len(table):
            expected = expected_by(rule, declared.columns[column])
            problems.append(_too_many(rows, declared, expected, file, name, column, rule))
    if problems:
        raise InputErrors(problems)
    made: list[list] = []
    for done, rules in ((SET_MISSING, found.mended), (LEFT_OUT, found.first_left_out)):
        for (column, rule), rows in in_order_of_rules(rules, declared).items():
            expected = expected_by(rule, declared.columns[column])
            made.append([name, file, column, rule, expected, done, rows])
    return frame, repairs_table(made)


@dataclass
class _Found:
    """What rules find in the parts of a table: (column, rule) -> rows, by what is done to them."""

    mended: dict[tuple[str, str], RowNumbers] = field(default_factory=dict)
    left_out: dict[tuple[str, str], RowNumbers] = field(default_factory=dict)
    first_left_out: dict[tuple[str, str], RowNumbers] = field(default_factory=dict)
    broken: dict[tuple[str, str], RowNumbers] = field(default_factory=dict)
    parts_gone: list[np.ndarray] = field(default_factory=list)

    @property
    def gone(self) -> np.ndarray:
        """Places of the rows left out, in order."""
        return np.concatenate(self.parts_gone or [np.array([], dtype="int64")])


def _mended(frame: pd.DataFrame, declared: Table, found: _Found) -> pd.DataFrame:
    """Return a part with values set missing, and note what else is to be done, or cannot be."""
    mended = _mendable(frame, declared, "set_missing")
    for (column, _), rows in mended.items():
        frame = frame.assign(**{column: frame[column].mask(_at(frame, rows))})
    broken = broken_in_part(frame, declared)
    left_out = {
        (column, rule): rows
        for (column, rule), rows in broken.items()
        if declared.columns[column].if_broken == "leave_out" and rule in MENDABLE
    }
    for noted, rules in (
        (found.mended, mended),
        (found.left_out, left_out),
        (found.broken, {key: rows for key, rows in broken.items() if key not in left_out}),
    ):
        for key, rows in rules.items():
            noted.setdefault(key, RowNumbers()).add(rows)
    gone: set[int] = set()
    for key, rows in left_out.items():
        found.first_left_out.setdefault(key, RowNumbers()).add(sorted({*rows} - gone))
        gone |= {*rows}
    found.parts_gone.append(np.array(sorted(gone), dtype="int64") - 1)
    return frame


def sent_once(
    parts: dict[object, pd.DataFrame], declared: Table, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of all its files without rows that two suppliers sent, and their count.

    `parts` maps each file to its rows, whose index is their place in it, as repaired() leaves it.
    """
    if declared.sent_twice is None:
        frames = list(parts.values())
        whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        return whole, repairs_table([])
    whole = pd.concat(parts, names=["file", "place"])
    repeated = _repeated(whole, declared.sent_twice, declared.key)
    made = []
    for file, rows in whole.index[repeated].to_frame(index=False).groupby("file", sort=False):
        numbers = RowNumbers(sorted(rows["place"] + 1))
        made.append(sent_twice_line(name, file, declared, numbers))
    return whole[~repeated].reset_index(drop=True), repairs_table(made)


def sent_twice_line(name: str, file: object, declared: Table, rows: RowNumbers) -> list:
    """Return the line of repairs for rows of a file that another supplier sent too."""
    if declared.sent_twice is None:
        raise ValueError(f"{name} does not declare what it is to be sent twice")
    event = ", ".join(declared.sent_twice.event)
    expected = f"one row for the same {event}"
    return [name, file, event, "sent twice", expected, LEFT_OUT, rows]


def places_sent_twice(parts: list[Stored], declared: Table) -> list[np.ndarray]:
    """Return for each part on disk the places of rows that two suppliers sent, as sent_once() does.

    Only rows that share an event with another are looked at, all of them at once: two with another
    event can share the number that stands for it here, which does no harm.
    """
    spec = declared.sent_twice
    if spec is None:
        return [np.array([], dtype="int64") for _ in parts]
    numbers = [
        np.concatenate([_event_numbers(part, spec) for part in one.frames(spec.event)])
        for one in parts
    ]
    known, times = np.unique(np.concatenate(numbers), return_counts=True)
    shared = known[times > 1]
    asked = []
    for one, own in zip(parts, numbers, strict=True):
        start, rows = 0, []
        for part in one.frames():
            rows.append(part[np.isin(own[start : start + len(part)], shared)])
            start += len(part)
        asked.append(pd.concat(rows))
    whole = pd.concat(dict(enumerate(asked)), names=["part", "place"])
    # Rows of one key keep the order of their files and places.
    whole = whole.sort_index()
    gone = whole.index[_repeated(whole, spec, declared.key)].to_frame(index=False)
    return [
        gone.loc[gone["part"] == place, "place"].to_numpy(dtype="int64")
        for place in range(len(parts))
    ]


def _event_numbers(frame: pd.DataFrame, spec: SentTwice) -> np.ndarray:
    """Return a number (n, uint64) that rows of the same event share, and few others."""
    return pd.util.hash_pandas_object(_event(frame, spec), index=False).to_numpy()


def _event(frame: pd.DataFrame, spec: SentTwice) -> pd.DataFrame:
    """Return what tells events apart; suppliers write the same number with and without spaces."""
    return frame[spec.event].apply(
        lambda c: c.str.replace(r"\W", "", regex=True) if pd.api.types.is_string_dtype(c) else c
    )


def repairs_table(made: list[list]) -> pd.DataFrame:
    """Return lines of repairs, the last item of each its row numbers, as a table (REPAIRS)."""
    made = [
        [
            *line,
            len(rows),
            " ".join(map(str, islice(rows, 10))) + (" ..." if len(rows) > 10 else ""),
        ]
        for *line, rows in made
        if len(rows)
    ]
    if not made:
        return _none().copy()
    return pd.DataFrame(made, columns=REPAIRS).astype({"rows": "int64", "file": "str"})


@cache
def _none() -> pd.DataFrame:
    """No repairs, which most files need: made once, because it takes a hundredth of a second."""
    return pd.DataFrame([], columns=REPAIRS).astype({"rows": "int64", "file": "str"})


def _mendable(frame: pd.DataFrame, declared: Table, way: str) -> dict[tuple[str, str], list[int]]:
    """Return (column, rule) -> 1-based rows of the broken rules whose declared remedy is `way`."""
    if all(column.if_broken != way for column in declared.columns.values()):
        return {}
    return {
        (column, rule): rows
        for (column, rule), rows in broken_in_part(frame, declared).items()
        if declared.columns[column].if_broken == way and rule in MENDABLE
    }


def _at(frame: pd.DataFrame, rows: list[int]) -> np.ndarray:
    return frame.index.isin(np.array(rows, dtype=int) - 1)


def _too_many(
    rows: RowNumbers,
    declared: Table,
    expected: str | None,
    file: object,
    table: str,
    column: str,
    rule: str,
) -> InputError:
    share = f"{100 * declared.repaired_at_most:g}%"
    return InputError(
        f"{counted(len(rows), 'row breaks', 'rows break')} a rule, more than slips would",
        file=file,
        table=table,
        column=column,
        rows=rows,
        rule=f"{rule}; at most {share} of rows are repaired",
        expected=expected,
        remedy="look whether the file is in another form; if these rows are just wrong, raise "
        "repaired_at_most in extracts.yaml",
    )


def _repeated(frame: pd.DataFrame, spec: SentTwice, key: list[str]) -> np.ndarray:
    """Return the rows (n, bool) of whose event another row says everything that they say."""
    frame = frame.reset_index(drop=True)
    group = _event(frame, spec).groupby(spec.event).ngroup()  # -1 where something is missing
    order = frame[key].assign(group=group, unsaid=-frame[spec.says].notna().sum(axis=1))
    order = order[(group >= 0) & group.duplicated(keep=False)]
    order = order.sort_values(["group", "unsaid", *key]).reset_index(names="place")
    kept = order.groupby("group")["place"].transform("first")
    told = order["place"] != kept
    for column in spec.says:
        own, other = (
            frame[column].take(place).reset_index(drop=True) for place in (order["place"], kept)
        )
        told &= own.isna() | (own == other).fillna(False).astype(bool)
    repeated = np.zeros(len(frame), dtype=bool)
    repeated[order.loc[told, "place"]] = True
    return repeated
