"""Cells of a table as they stand on a page: signs, marks, what is missing, n and units."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .formats import MINUS
from .sentences.words import TRUE_MINUS

if TYPE_CHECKING:
    import pandas as pd

# Symbols of the Analysis Function for what is no number, in the order in which a legend has them.
LEGEND = {
    "[c]": "[c] confidential, withheld",
    "[u]": "[u] of low reliability",
    "[x]": "[x] not available",
    "[z]": "[z] not applicable",
    "[low]": "[low] rounds to zero and is not zero",
}
MISSING, NOT_APPLICABLE, LOW = "[x]", "[z]", "[low]"

# Statistics that are shares or counts, for which zero says that there is none.
_COUNTED = ("percent", "count", "share")
# Statistics whose unit is not that of the outcome.
_WITHOUT_UNIT = ("p_value", "base", "count", "text", "statistic", "date")
# Statistics by which a table says itself how many people are behind its numbers.
_COUNTS = ("base", "n", "count")
UNITS = {
    "percent": "%",
    "GBP": "£",
    "USD": "$",
    "log_odds": "log odds",
    "index": "index",
    **{name: name for name in ("points", "weeks", "days", "months", "years", "appointments")},
    **{name: name for name in ("visits", "sessions", "seconds", "minutes", "hours", "kg", "g")},
    **{name: name for name in ("km", "m", "cm", "mm", "kg/m²", "mmHg", "kPa", "mmol/l", "mg/dl")},
}

_MINUS = re.compile(r"(?<![\w)\]])-(?=[£$€]?[\d.])")
_INTERVAL = re.compile(r"^(?P<value>.*?) (?P<ends>\([^()]+ to [^()]+\)|\[[^\[\]]+ to [^\[\]]+\])$")
_ZERO = re.compile(r"^[£$€]?0(?:\.0+)?%?$")


@dataclass
class Entry:
    """What stands at one place: texts under each other, and the rows of the CSV they come from."""

    texts: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    n: int | None = None
    # Statistic and unit of the first number, and whether it prints its unit.
    statistic: str = ""
    unit: str = ""
    words: bool = False
    long: bool = False


def entries_of(
    cells: pd.DataFrame, rows: list[str], columns: list[str], dash: str = MISSING
) -> dict[tuple, Entry]:
    """Return what stands at each place of a table, by the keys of row and column.

    Cells of one place, a coefficient and its error, stand under each other. `dash` is the symbol
    of what is printed as a dash.
    """
    entries: dict[tuple, Entry] = {}
    keys = zip(
        cells[rows].itertuples(index=False, name=None),
        cells[columns].itertuples(index=False, name=None),
        strict=True,
    )
    for place, ((row, column), line) in enumerate(
        zip(keys, cells.itertuples(index=False), strict=True)
    ):
        entry = entries.setdefault((*row, *column), Entry())
        known = line.value == line.value
        counted = line.statistic in _COUNTED
        if line.printed == MINUS:
            text = dash
        elif counted and line.value > 0 and _ZERO.match(line.printed):
            text = LOW
        else:
            text = shown(str(line.printed), str(line.stars), known)
        entry.texts.append(text)
        entry.places.append(place)
        if len(entry.places) == 1:
            entry.n = None if _is_missing(line.n) else int(line.n)
            entry.statistic = str(line.statistic)
            entry.unit = "" if not known or _says_unit(str(line.printed)) else str(line.unit)
        entry.words |= not known and len(str(line.printed)) > len("[low]")
        entry.long |= len(str(line.printed)) > 24
    return entries


def shown(printed: str, stars: str, is_number: bool) -> str:
    """Return a printed text as HTML: a true minus, marks apart, an interval that never breaks."""
    text, mark = printed, ""
    if stars and printed.endswith(stars):
        text, mark = printed[: -len(stars)].rstrip(), stars
    text = html.escape(true_minuses(text) if is_number else text)
    if interval := _INTERVAL.match(text):
        text = (
            f'<span class="one">{interval["value"]}</span> '
            f'<span class="one">{interval["ends"]}</span>'
        )
    return text + (f' <span class="stars">{html.escape(mark)}</span>' if mark else "")


def true_minuses(text: str) -> str:
    """Return a text with true minus signs before its numbers."""
    return _MINUS.sub(TRUE_MINUS, text)


def legend_of(texts: Iterable[str]) -> list[str]:
    """Return what the symbols among some texts mean."""
    used = set(texts)
    return [meaning for symbol, meaning in LEGEND.items() if symbol in used]


def units_of(
    entries: Mapping[tuple, Entry],
    rows: list[tuple],
    columns: list[tuple],
    in_rows: bool = False,
) -> tuple[dict[tuple, str], dict[tuple, str]]:
    """Return the unit that the head of each column and of each row has to name.

    A column of one unit names it; where units differ within columns, rows of one unit do, and so
    they do with `in_rows`.
    """

    def one(keys: Iterable[tuple]) -> str | None:
        """Return the one unit of some places, nothing where none has one, None where they vary."""
        units = {
            UNITS.get(entry.unit, "")
            for key in keys
            if (entry := entries.get(key)) and entry.statistic not in _WITHOUT_UNIT and entry.unit
        }
        return next(iter(units), "") if len(units) < 2 else None

    by_column = {column: one((*row, *column) for row in rows) for column in columns}
    if not in_rows and all(unit is not None for unit in by_column.values()):
        return {key: unit or "" for key, unit in by_column.items()}, dict.fromkeys(rows, "")
    by_row = {row: one((*row, *column) for column in columns) or "" for row in rows}
    return dict.fromkeys(columns, ""), by_row


@dataclass(frozen=True)
class PlacesOfN:
    """Where a table says how many people are behind its numbers.

    everywhere: in a line under it; rows: in a column; columns: in a row; apart: in each cell.
    """

    everywhere: int | None = None
    rows: dict[tuple, int] | None = None
    columns: dict[tuple, int] | None = None
    apart: bool = False


def counts_of(entries: Mapping[tuple, Entry], rows: list[tuple], columns: list[tuple]) -> PlacesOfN:
    """Return where the table says n: in the fewest places that say it of every number."""
    known = {key: entry.n for key, entry in entries.items() if entry.n is not None}
    says_itself = any(entry.statistic in _COUNTS for entry in entries.values())
    if not known or says_itself:
        return PlacesOfN()
    if len(set(known.values())) == 1:
        return PlacesOfN(everywhere=next(iter(known.values())))

    def by(keys: list[tuple], at_row: bool) -> dict[tuple, int] | None:
        found: dict[tuple, int] = {}
        for key in keys:
            places = [(*key, *c) for c in columns] if at_row else [(*r, *key) for r in rows]
            counts = {known[place] for place in places if place in known}
            if len(counts) > 1:
                return None
            if counts:
                found[key] = counts.pop()
        return found

    if (of_rows := by(rows, at_row=True)) is not None:
        return PlacesOfN(rows=of_rows)
    if (of_columns := by(columns, at_row=False)) is not None:
        return PlacesOfN(columns=of_columns)
    return PlacesOfN(apart=True)


def _says_unit(printed: str) -> bool:
    return bool(re.search(r"[£$€%]|[A-Za-z]{2}", printed))


def _is_missing(n: Any) -> bool:
    return str(n) in ("None", "nan", "<NA>")
