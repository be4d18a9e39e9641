"""Cells of a table as they stand on a page: signs, marks, what is missing, n and units."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .formats import MINUS
from .sentences.words import TRUE_MINUS

if TYPE_CHECKING:
    import pandas as pd

    from ..config.exhibits import TableExhibit
    from .data import Data

# Symbols of the Analysis Function for what is no number, in the order in which a legend has them.
LEGEND = {
    "[c]": "[c] confidential, withheld",
    "[u]": "[u] of low quality, based on fewer than {below} people",
    "[x]": "[x] not available",
    "[z]": "[z] not applicable",
    "[low]": "[low] rounds to zero but is not zero",
}
MISSING, NOT_APPLICABLE, LOW, POOR = "[x]", "[z]", "[low]", "[u]"

# Statistics that are shares or counts, for which zero says that there is none.
_COUNTED = ("percent", "count", "share")
# Statistics whose unit is not that of the outcome.
_WITHOUT_UNIT = ("p_value", "base", "count", "text", "statistic", "date")
# Statistics that are no share, mean or estimate, and whose quality is not in question.
_NOT_MARKED = (*_WITHOUT_UNIT, "standard_error", "interval", "n")
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
# A number with what stands behind its whole part: decimals, a unit, a bracket.
_TAIL = re.compile(r"(?:&lt;)?[(\[]?[−-]?[£$€]?\d[\d,]*(?P<tail>(?:\.\d+)?(?:%| ?ppt| sd)?[)\]]?)")
_POOR = re.compile(r" \[u\](?:</span>)?$|>\[u\]</span>$")
_MARK = ' <span class="stars">'
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
    cells: pd.DataFrame,
    rows: list[str],
    columns: list[str],
    dash: str = MISSING,
    low_quality_below: int | None = None,
) -> dict[tuple, Entry]:
    """Return what stands at each place of a table, by the keys of row and column.

    Cells of one place, a coefficient and its error, stand under each other. `dash` is the symbol
    of what is printed as a dash. A share, mean or estimate of fewer people than `low_quality_below`
    is marked as of low quality.
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
            poor = known and line.statistic not in _NOT_MARKED
            poor = poor and is_poor(line.n, low_quality_below)
            text = shown(str(line.printed), str(line.stars), known, poor)
        entry.texts.append(text)
        entry.places.append(place)
        if len(entry.places) == 1:
            entry.n = None if _is_missing(line.n) else int(line.n)
            entry.statistic = str(line.statistic)
            entry.unit = "" if not known or _says_unit(str(line.printed)) else str(line.unit)
        entry.words |= not known and len(str(line.printed)) > len("[low]")
        entry.long |= len(str(line.printed)) > 24
    return entries


def is_poor(n: Any, low_quality_below: int | None) -> bool:
    """Return whether a number of `n` people, where that is known, is of low quality."""
    # A share of nobody is a count, not an estimate.
    return not _is_missing(n) and 0 < int(n) < (low_quality_below or 0)


def with_quality(text: str, n: Any, low_quality_below: int | None) -> str:
    """Return what stands beside an estimate in a figure, with the mark of low quality."""
    poor = text != MISSING and is_poor(n, low_quality_below)
    return f"{text} {POOR}" if poor else text


def shown(printed: str, stars: str, is_number: bool, poor: bool = False) -> str:
    """Return a printed text as HTML: a true minus, marks apart, an interval that never breaks.

    poor: whether it is marked as of low quality.
    """
    text, mark = printed, ""
    if stars and printed.endswith(stars):
        text, mark = printed[: -len(stars)].rstrip(), stars
    text = html.escape(true_minuses(text) if is_number else text)
    if interval := _INTERVAL.match(text):
        text = (
            f'<span class="one">{interval["value"]}</span> '
            f'<span class="one">{interval["ends"]}</span>'
        )
    mark = f"{mark} {POOR}".strip() if poor else mark
    return text + (f"{_MARK}{html.escape(mark)}</span>" if mark else "")


def printed_text(spec: TableExhibit, data: Data, key: str) -> str:
    """Return the text of a key of a table: that of the exhibit, of its kind, or of the trial."""
    return spec.labels.get(key) or spec.own_labels.get(key) or data.label(key)


def aligned(entries: Sequence[Entry | None]) -> list[list[str]]:
    """Return the texts of each place of a column, its numbers one above the other by their point.

    What a number lacks behind its point is there unseen: no text that is copied or searched has it.
    """
    return [
        [padded(text, pad) for text, pad in zip(entry.texts, pads, strict=True)] if entry else []
        for entry, pads in zip(
            entries, pads_of([entry.texts if entry else [] for entry in entries]), strict=True
        )
    ]


def pads_of(column: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return what each text of a column lacks of the longest end behind the point of a number."""
    tails = [[_tail(text) for text in texts] for texts in column]
    longest = max((t for some in tails for t in some if t is not None), key=len, default="")
    return [["" if tail is None else longest[len(tail) :] for tail in some] for some in tails]


def _tail(text: str) -> str | None:
    """Return what of a number stands behind the place of its point; None of what is no number."""
    number = _TAIL.fullmatch(text.partition(_MARK)[0])
    return number["tail"] if number else None


def padded(text: str, pad: str) -> str:
    """Return a text as HTML with an unseen end."""
    if not pad:
        return text
    number, mark, stars = text.partition(_MARK)
    return f'<span data-pad="{pad}">{number}</span>{mark}{stars}'


def true_minuses(text: str) -> str:
    """Return a text with true minus signs before its numbers."""
    return _MINUS.sub(TRUE_MINUS, text)


def legend_of(texts: Iterable[str], low_quality_below: int | None = None) -> list[str]:
    """Return what the symbols among some texts, and the mark of low quality behind them, mean."""
    used = set(texts)
    if low_quality_below and any(_POOR.search(text) for text in used):
        used.add(POOR)
    return [
        meaning.format(below=low_quality_below)
        for symbol, meaning in LEGEND.items()
        if symbol in used and (symbol != POOR or low_quality_below)
    ]


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
        found = [entry for key in keys if (entry := entries.get(key))]
        units = {
            UNITS.get(entry.unit, "")
            for entry in found
            if entry.statistic not in _WITHOUT_UNIT and entry.unit
        }
        if units - {""} and any(entry.statistic == "count" for entry in found):
            return None  # A number of people beside a share has no unit of the share.
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
