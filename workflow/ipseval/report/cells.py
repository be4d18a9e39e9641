"""Tidy cells of exhibits: one row a number, with the people behind it and where it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from math import isnan
from pathlib import Path
from typing import Any

from ..catalogue import path_of
from ..files import read_csv
from ..lazy import np, pd
from .formats import MINUS, NOT_SHOWN, round_half_up

CELLS = ["panel", "row", "column", "statistic", "value", "printed", "stars", "unit", "n", "source"]

# Source of a fact that the exhibit itself declares; <id> is the exhibit, which make_exhibit knows.
DECLARED = "config: exhibits.<id>"


def cell(
    panel: str,
    row: str,
    column: str,
    statistic: str,
    value: float,
    printed: str,
    unit: str,
    n: Any,
    stars: str = "",
    *,
    source: str,
) -> dict[str, Any]:
    """Return one cell; `value` is unrounded, `printed` as shown, `n` the people behind it.

    source: where the value comes from, of source_of, or DECLARED. A number that a result lacks was
    not estimated: it prints a dash. That one is not shown is what a release says, of its own cells.
    """
    return {
        "panel": panel,
        "row": row,
        "column": column,
        "statistic": statistic,
        "value": value,
        "printed": MINUS if NOT_SHOWN in printed else printed,
        "stars": stars,
        "unit": unit,
        "n": n,
        "source": source,
    }


def source_of(result: str, item: str = "", /, **where: object) -> str:
    """Return a source: the file of a result, and the values that select its rows.

    Example: impact/health.csv: group=scr_iw outcome=eq5d5l_12m model=ols_hc1 term=arm. `result` and
    `item` are those of the catalogue. A list of values stands for any of them, written a|b; None
    and NaN select nothing. `column` names what is counted or summarised, where the file has no
    column of that name.
    """
    keys = [f"{name}={_value_text(value)}" for name, value in where.items() if _is_given(value)]
    return ": ".join([path_of(result, item), *([" ".join(keys)] if keys else [])])


def joined(*sources: str) -> str:
    """Return the source of a value that is made from several."""
    return "; ".join(dict.fromkeys(sources))


# What stands in a source: a file, and perhaps keys with one value or several.
_VALUE = r'(?:"(?:[^"\\]|\\.)*"|[\w./+-]+)'
_KEY = rf"(\w+)=({_VALUE}(?:\|{_VALUE})*)"
_KEYS = re.compile(_KEY)
_PART = re.compile(rf"([\w./-]+)(?:: ({_KEY}(?: {_KEY})*|[^;]*))?(?:; |$)")


@cache
def read_source(source: str) -> list[tuple[str, dict[str, list[str]]]]:
    """Return the files that a source names, each with its keys and their values.

    The inverse of source_of and joined. A declared fact has the file "config" and no keys. Many
    cells have the same source: all who ask get one list, which nobody may change.
    """
    files = []
    for part in _PART.finditer(source):
        keys = {name: _read_values(values) for name, values in _KEYS.findall(part[2] or "")}
        files.append((part[1], keys))
    return files


def _read_values(text: str) -> list[str]:
    if '"' not in text:
        return text.split("|")
    return [json.loads(v) if v[0] == '"' else v for v in re.findall(_VALUE, text)]


def same_text(value: object) -> str:
    """Return a value as text in which numbers are alike whether they are whole or not."""
    try:
        return f"{float(str(value)):.12g}"
    except ValueError:
        return str(value)


def _is_given(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and isnan(value))


def _value_text(value: object) -> str:
    several = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return "|".join(_quoted(str(one)) for one in several)


@cache
def _quoted(text: str) -> str:
    """Return a value as it is if it is one plain word, else in quotes."""
    return text if re.fullmatch(r"[\w./+-]+", text) else json.dumps(text, ensure_ascii=False)


def as_frame(cells: list[dict[str, Any]]) -> pd.DataFrame:
    """Return cells as a frame; n is a whole number, missing where a cell is about no person."""
    frame = pd.DataFrame(cells, columns=CELLS)
    return frame.astype({"n": "Int64", "value": "float64"})


def by_panel(cells: list[dict[str, Any]]) -> pd.DataFrame:
    """Return cells with those of a panel together, in the order in which panels come."""
    order = {one["panel"]: i for i, one in reversed(list(enumerate(cells)))}
    return as_frame(sorted(cells, key=lambda one: order[one["panel"]]))


def read_cells(path: str | Path) -> pd.DataFrame:
    """Return the cells in the CSV of an exhibit: text as text, value and n as numbers."""
    text = dict.fromkeys(["exhibit", *CELLS, "data", "solved", "assumed"], "str")
    types = text | {"value": "float64", "n": "Int64"}
    missing = {"value": [""], "n": [""]}
    return read_csv(path, dtype=types, keep_default_na=False, na_values=missing)


def text_cell(panel: str, row: str, column: str, statistic: str, printed: str) -> dict[str, Any]:
    """Return a cell of a declared text, which is about no person."""
    return cell(panel, row, column, statistic, np.nan, printed, "", pd.NA, source=DECLARED)


def share_cell(
    panel: str, row: str, column: str, value: float, n: int, *, source: str
) -> dict[str, Any]:
    """Return a share with four decimals, empty where there is none."""
    printed = "" if np.isnan(value) else round_half_up(value, 4)
    return cell(panel, row, column, "share", value, printed, "share", n, source=source)


NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def printed_ends(printed: str, value: float) -> tuple[float, float] | None:
    """Return the interval that a printed number stands for; None where none stands there.

    The number is the first of the text that is the value, rounded; a share may be printed in per
    cent. "<0.001" stands for all from 0 to there.
    """
    found = _printed(printed, value)
    return found[1:] if found else None


def printed_value(printed: str, value: float) -> float:
    """Return the number that is printed; missing where the text has none that is the value."""
    found = _printed(printed, value)
    return found[0] if found else np.nan


def as_printed(cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells with the numbers that are printed: a picture shows no more than the text."""
    values = [printed_value(p, v) for p, v in zip(cells["printed"], cells["value"], strict=True)]
    return cells.assign(value=np.array(values, dtype=float))


def _printed(printed: str, value: float) -> tuple[float, float, float] | None:
    if isnan(value):
        return None
    for match in NUMBER.finditer(printed):
        text = match[0].replace(",", "")
        if printed[: match.start()] == "<" and 0 <= value < float(text):
            return float(text) / 2, 0.0, float(text)
        decimals = len(text.partition(".")[2])
        scales = (0, 2) if printed[match.end() :].startswith("%") else (0,)
        for shift in scales:
            # Read anew with its decimals moved, so that 83% is .83 and not .8300000000000001.
            number, half = float(f"{text}e-{shift}"), 0.5 * 10.0 ** -(decimals + shift)
            for signed in (number, -number):
                if abs(signed - value) <= half * (1 + 1e-9) + 1e-12:
                    return signed, signed - half, signed + half
    return None
