"""A table laid out from its tidy cells, for those who print it: the PDF and the workbook."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from .render import with_unit
from .table_cells import (
    NOT_APPLICABLE,
    POOR,
    counts_of,
    entries_of,
    legend_of,
    printed_text,
    units_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..config.exhibits import TableExhibit
    from .data import Data


@dataclass(frozen=True)
class Grid:
    """A table: levels of column heads, each (text, columns spanned), and rows.

    lines: places of the columns of a row, each with its texts, one under the other. names: heads of
    rows; groups: those of the blocks that rows are in, "" where they are in none. statistics: names
    of the lines of a column. under: what its symbols mean, and n where it is one.
    """

    heads: list[list[tuple[str, int]]]
    groups: list[str]
    names: list[str]
    lines: list[list[list[str]]]
    statistics: list[list[str]]
    under: list[str] = field(default_factory=list)


def grid_of(cells: pd.DataFrame, spec: TableExhibit, data: Data) -> Grid:
    """Return a table as its declaration lays it out, with the signs and units of the page."""

    text_of = partial(printed_text, spec, data)

    rows, columns = spec.layout.rows, spec.layout.columns
    row_keys = list(dict.fromkeys(cells[rows].itertuples(index=False, name=None)))
    column_keys = list(dict.fromkeys(cells[columns].itertuples(index=False, name=None)))
    below = data.low_quality_below
    entries = entries_of(cells, rows, columns, spec.dash, below)
    column_units, row_units = units_of(entries, row_keys, column_keys, spec.units_in_rows)
    counts = counts_of(entries, row_keys, column_keys)
    statistics = cells["statistic"].astype(str).tolist()
    lines: list[list[list[str]]] = []
    named: list[list[str]] = [[] for _ in column_keys]
    for row in row_keys:
        lines.append([])
        for column, names in zip(column_keys, named, strict=True):
            entry = entries.get((*row, *column))
            texts = [_plain(text) for text in entry.texts] if entry else []
            found = [statistics[place] for place in entry.places] if entry else []
            if entry and counts.apart and entry.n is not None:
                texts.append(f"n = {entry.n:,}")
                found.append("n")
            names += found[len(names) :]
            lines[-1].append(texts)
    heads = [
        [
            (text_of(key[-1]), len(list(group)))
            for key, group in groupby(column_keys, key=itemgetter(slice(level + 1)))
        ]
        for level in range(len(columns))
    ]
    heads[-1] = [
        (with_unit(text, column_units[key]), span)
        for (text, span), key in zip(heads[-1], column_keys, strict=True)
    ]
    names = [with_unit(text_of(key[-1]), row_units[key]) for key in row_keys]
    groups = [text_of(key[0]) if len(rows) > 1 else "" for key in row_keys]
    if counts.rows is not None:
        heads = [[*level, ("" if level is not heads[-1] else "n", 1)] for level in heads]
        named.append(["n"])
        for key, line in zip(row_keys, lines, strict=True):
            line.append([f"{counts.rows[key]:,}"] if key in counts.rows else [])
    if counts.columns is not None:
        names.append("n")
        groups.append("")
        known = counts.columns
        lines.append([[f"{known[key]:,}"] if key in known else [] for key in column_keys])
    shown = [text for line in lines for texts in line for text in texts]
    if any(not texts for line in lines for texts in line):
        shown.append(NOT_APPLICABLE)
    under = legend_of(shown, below)
    if counts.everywhere is not None:
        under.insert(0, f"n = {counts.everywhere:,} for every number")
    return Grid(heads, groups, names, lines, named, under)


def _plain(text: str) -> str:
    """Return what stands on the page as text."""
    return html.unescape(re.sub(r"<[^>]*>", "", text))


# What stands for a number that there is none of, where a table was not laid out for a page.
NOT_AVAILABLE = {"-": "[x]", "[.]": "[x]", "": NOT_APPLICABLE}

_NUMBER = r"([-−]?)([£$€]?)(\d[\d,]*)((?:\.\d+)?)(%?)(?: ?(ppt|sd))?"
_SINGLE = re.compile(rf"(?:n = )?[\[(]?{_NUMBER}[\])]?(?: ?(\*+|\+))?")
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

    Keys are "", "lower", "upper", "significance" and "quality".
    """
    text, space, poor = printed.rpartition(" ")
    if space and poor == POOR:
        return parts_of(text) | {"quality": POOR}
    text = NOT_AVAILABLE.get(printed.strip(), printed)
    if number := number_in(text):
        return {"": number} | ({"significance": number.stars} if number.stars else {})
    if match := _INTERVAL.fullmatch(text):
        middle = number_in(match["middle"] or "")
        low, high = (number_in(match[x] or match[y] or "") for x, y in (("a", "c"), ("b", "d")))
        if low and high and (middle or match["middle"] is None):
            return ({"": middle} if middle else {}) | {"lower": low, "upper": high}
    return {"": text}
