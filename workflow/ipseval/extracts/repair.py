"""Rows that break a rule whose remedy is declared: left out or mended, and always counted.

What is not declared stops the run as before, and so does a rule that repairs too many rows.
"""

from functools import cache

import numpy as np
import pandas as pd

from ..config.extracts import SentTwice, Table
from ..errors import InputError, InputErrors, counted
from .tables import LEFT_OUT, SET_MISSING, broken_rules, expected_by, rule_problems, shape_problems

REPAIRS = ["table", "file", "column", "rule", "expected", "done", "rows", "row_numbers"]
# A missing value, a repeated key and a wrong type say that the file is not what is declared.
MENDABLE = ("known category", "minimum", "maximum", "finite", "whole day", "order of dates")


def repaired(
    frame: pd.DataFrame, declared: Table, name: str, file: object
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a table with the declared repairs made, and one row a rule that made some (REPAIRS).

    Values are set missing first: a row is left out only if it then still breaks a rule. A row
    that breaks two rules is counted under the first. Raises InputErrors as validate() does for
    all other rules that are broken. Row numbers are those of the index, which is the place of a
    row in its file.
    """
    if problems := list(shape_problems(frame, declared, name, file)):
        raise InputErrors(problems)
    mended = _mendable(frame, declared, "set_missing")
    for (column, _), rows in mended.items():
        frame = frame.assign(**{column: frame[column].mask(_at(frame, rows))})
    left_out = _mendable(frame, declared, "leave_out")
    problems = list(rule_problems(frame, declared, name, file, left_out))
    for (column, rule), rows in (mended | left_out).items():
        if len(rows) > declared.repaired_at_most * len(frame):
            expected = expected_by(rule, declared.columns[column])
            problems.append(_too_many(rows, declared, expected, file, name, column, rule))
    if problems:
        raise InputErrors(problems)
    made: list[list] = []
    gone: set[int] = set()
    for (column, rule), rows in mended.items():
        expected = expected_by(rule, declared.columns[column])
        made.append([name, file, column, rule, expected, SET_MISSING, rows])
    for (column, rule), rows in left_out.items():
        expected = expected_by(rule, declared.columns[column])
        made.append([name, file, column, rule, expected, LEFT_OUT, sorted({*rows} - gone)])
        gone |= {*rows}
    kept = frame.drop(index=[row - 1 for row in gone]) if gone else frame
    return kept, repairs_table(made)


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
    event = ", ".join(declared.sent_twice.event)
    made = []
    for file, rows in whole.index[repeated].to_frame(index=False).groupby("file", sort=False):
        numbers = sorted(rows["place"] + 1)
        expected = f"one row for the same {event}"
        made.append([name, file, event, "sent twice", expected, LEFT_OUT, numbers])
    return whole[~repeated].reset_index(drop=True), repairs_table(made)


def repairs_table(made: list[list]) -> pd.DataFrame:
    """Return lines of repairs, the last item of each its row numbers, as a table (REPAIRS)."""
    made = [
        [*line, len(rows), " ".join(map(str, rows[:10])) + (" ..." if len(rows) > 10 else "")]
        for *line, rows in made
        if rows
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
        for (column, rule), rows in broken_rules(frame, declared).items()
        if declared.columns[column].if_broken == way and rule in MENDABLE
    }


def _at(frame: pd.DataFrame, rows: list[int]) -> np.ndarray:
    return frame.index.isin(np.array(rows, dtype=int) - 1)


def _too_many(
    rows: list[int],
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
    # Suppliers write the same number with and without spaces.
    event = frame[spec.event].apply(
        lambda c: c.str.replace(r"\W", "", regex=True) if pd.api.types.is_string_dtype(c) else c
    )
    group = event.groupby(spec.event).ngroup()  # -1 where something is missing
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
