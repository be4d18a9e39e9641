"""A table laid out from its tidy cells, for those who print it: the PDF and the workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from ..config.exhibits import TableExhibit
    from .data import Data


@dataclass(frozen=True)
class Grid:
    """A table: levels of column heads, each (text, columns spanned), and rows.

    lines: places of the columns of a row, each with its texts, one under the other. names: heads of
    rows; groups: those of the blocks that rows are in, "" where they are in none. statistics: names
    of the lines of a column.
    """

    heads: list[list[tuple[str, int]]]
    groups: list[str]
    names: list[str]
    lines: list[list[list[str]]]
    statistics: list[list[str]]


def grid_of(cells: pd.DataFrame, spec: TableExhibit, data: Data) -> Grid:
    """Return a table as its declaration lays it out."""

    def text_of(key: str) -> str:
        return spec.labels[key] if key in spec.labels else data.label(key)

    rows = list(cells[spec.layout.rows].itertuples(index=False, name=None))
    columns = list(cells[spec.layout.columns].itertuples(index=False, name=None))
    row_keys, column_keys = list(dict.fromkeys(rows)), list(dict.fromkeys(columns))
    row_at = {key: i for i, key in enumerate(row_keys)}
    column_at = {key: i for i, key in enumerate(column_keys)}
    lines: list[list[list[str]]] = [[[] for _ in column_keys] for _ in row_keys]
    named: list[list[str]] = [[] for _ in column_keys]
    for row, column, text, statistic in zip(
        rows, columns, cells["printed"], cells["statistic"], strict=True
    ):
        place, names = lines[row_at[row]][column_at[column]], named[column_at[column]]
        place.append(text)
        if len(place) > len(names):
            names.append(str(statistic))
    heads = [
        [
            (text_of(key[-1]), len(list(group)))
            for key, group in groupby(column_keys, key=itemgetter(slice(level + 1)))
        ]
        for level in range(len(spec.layout.columns))
    ]
    two = len(spec.layout.rows) > 1
    return Grid(
        heads=heads,
        groups=[text_of(key[0]) if two else "" for key in row_keys],
        names=[text_of(key[-1]) for key in row_keys],
        lines=lines,
        statistics=named,
    )


# Shorthand of the Analysis Function.
MISSING = {"-": "[x]", "−": "[x]", "[.]": "[x]", "": "[z]"}
LEGEND = {
    "[c]": "[c] withheld to protect confidentiality",
    "[u]": "[u] of low quality",
    "[x]": "[x] not available",
    "[z]": "[z] not applicable",
}

_NUMBER = r"([-−]?)([£$€]?)(\d[\d,]*)((?:\.\d+)?)(%?)(?: ?(ppt|sd))?"
_SINGLE = re.compile(rf"[\[(]?{_NUMBER}[\])]?(?: ?(\*+|\+))?")
_INTERVAL = re.compile(r"(?P<middle>.+) \((?P<a>[^()]+) to (?P<b>[^()]+)\)|(?P<c>.+) to (?P<d>.+)")


@dataclass(frozen=True)
class Number:
    """A printed number: its value, how a spreadsheet prints it alike, and its stars."""

    value: float
    format: str
    stars: str = ""


def number_in(printed: str) -> Number | None:
    """Return a printed number; None where the text is more than one, or none."""
    match = _SINGLE.fullmatch(printed.strip())
    if match is None:
        return None
    sign, symbol, whole, decimals, percent, unit, stars = match.groups()
    value = float(whole.replace(",", "") + decimals)
    value = float(f"{value!r}e-2") if percent else value
    digits = "0" + (f".{'0' * (len(decimals) - 1)}" if decimals else "")
    look = f"{'#,##' if ',' in whole or symbol else ''}{digits}{percent}"
    look = f'"{symbol}"{look}' if symbol else look
    look = f'{look}" {unit}"' if unit else look
    return Number(-value if sign else value, f"{look};-{look}", stars or "")


def parts_of(printed: str) -> dict[str, Any]:
    """Return what a text is made of: a number or text, ends of an interval, and stars.

    Keys are "", "lower", "upper" and "significance".
    """
    text = MISSING.get(printed.strip(), printed)
    if number := number_in(text):
        return {"": number} | ({"significance": number.stars} if number.stars else {})
    if match := _INTERVAL.fullmatch(text):
        middle = number_in(match["middle"] or "")
        low, high = (number_in(match[x] or match[y] or "") for x, y in (("a", "c"), ("b", "d")))
        if low and high and (middle or match["middle"] is None):
            return ({"": middle} if middle else {}) | {"lower": low, "upper": high}
    return {"": text}
