"""The tables of the report as a workbook that follows the Analysis Function's guidance.

One table a sheet, numbers as numbers, a cover, contents and notes; the same bytes each time.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..lazy import pd
from .grid import Grid, Number, parts_of
from .table_cells import LEGEND, legend_of

if TYPE_CHECKING:
    from ..config.run import Run
    from .documents import Part, Shown

# A workbook carries a time of its making: always this one.
MADE = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
# Sheets of tables look like those that gptables makes, which would take eight times as long.
FONT = {"font_name": "Arial", "font_size": 12}
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "face": {"font_size": 14},
    "text": {},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "name": {"text_wrap": True},
    "word": {"text_wrap": True},
}
# What stands beside a number that has no mark.
MISSING = {"significance": "not significant", "quality": "not marked"}
NAMES = {"lower": "lower end of interval", "upper": "upper end of interval"}


@dataclass(frozen=True)
class Sheet:
    """A table as a sheet: what stands above it, and the table with the formats of its numbers."""

    title: str
    faces: list[str]
    about: list[str]
    frame: pd.DataFrame
    formats: dict[tuple[int, int], str]


def build_workbook(run_name: str, run: Run, parts: list[Part], notice: str = "") -> bytes:
    """Return the tables of all trials as an Excel workbook."""
    import gptables

    sheets: dict[str, Sheet] = {}
    notes: dict[str, int] = {}
    for part in parts:
        for name, number in part.numbers.items():
            if grid := part.exhibits[name].grid:
                label = _label(part.trial.short_name, number, sheets)
                sheets[label] = _sheet(part, part.exhibits[name], grid, notes)
    synthetic = [part.trial.name for part in parts if part.synthetic]
    intro = [run.description, *([notice] if notice else [])]
    if synthetic:
        intro.append(f"Synthetic data, none of these people exists: {', '.join(synthetic)}.")
    cover = gptables.Cover(
        title=f"Tables of the report: run {run_name}",
        intro=[_safe(text) for text in intro if text],
        about=[
            "Each sheet has one table, with its base and source above it. Notes are on the sheet "
            "Notes. Blank cells do not occur: what is missing has one of these signs.",
            *(text.format(below="a declared number of") for text in LEGEND.values()),
            "Every number stands with its source in a CSV file of the results, "
            "report/exhibits/<exhibit>.csv.",
        ],
    )
    links = [[{label: f"internal:'{label}'!A1"}, _safe(s.title)] for label, s in sheets.items()]
    first = {"Contents": _list_of(gptables, "Contents", ["Sheet", "Table"], links)}
    if notes:
        rows = [[f"Note {number}", _safe(text)] for text, number in notes.items()]
        first["Notes"] = _list_of(gptables, "Notes", ["Note", "Text"], rows)
    file = BytesIO()
    with warnings.catch_warnings():
        # It says that it was given no notes; they are a sheet of ours.
        warnings.simplefilter("ignore")
        book = gptables.produce_workbook(
            file,
            first,
            cover=cover,
            contentsheet_label=None,
            # A label is text, whatever it begins with.
            workbook_options={
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
    look = cache(lambda name: book.add_format(FONT | LOOKS[name]))
    digits = cache(lambda form: book.add_format(FONT | {"align": "right", "num_format": form}))
    for place, (label, sheet) in enumerate(sheets.items(), 1):
        target = book.add_worksheet(label, gridlines="hide_all")
        _write(target, f"table_{place}", sheet, look, digits)
    book.set_properties({"created": MADE, "title": f"Tables of the report: run {run_name}"})
    book.close()
    return file.getvalue()


def _label(short: str, number: str, taken: Collection[str]) -> str:
    """Return the name of a sheet: 31 letters at most, none that Excel refuses, none twice."""
    known = re.sub(r"[\[\]:*?/\\'$]", " ", short).strip()[: 30 - len(number)]
    label, count = f"{known} {number}".strip(), 1
    while label.lower() in {one.lower() for one in taken}:
        count += 1
        label = f"{known[: 28 - len(number)]}{count} {number}"
    return label


def _safe(text: str) -> str:
    """Return a text in which gptables sees no reference to a note and no link."""
    return text.replace("$$", "$ $").replace("](", "] (")


def _list_of(gptables: Any, title: str, columns: list[str], rows: list[list[Any]]) -> Any:
    """Return a sheet that lists tables or notes."""
    return gptables.GPTable(
        table=pd.DataFrame(rows, columns=columns),
        table_name=f"{title.lower()}_of_workbook",
        title=title,
        instructions="This worksheet contains one table.",
        index_columns={2: 0},
    )


def _sheet(part: Part, one: Shown, grid: Grid, notes: dict[str, int]) -> Sheet:
    """Return a table as a sheet; its notes get the numbers that they have on the sheet of notes."""
    card, published = one.card, part.published(one.id)
    numbers = [notes.setdefault(note, len(notes) + 1) for note in card["notes"]]
    title = f"{part.trial.short_name}, {part.numbers[one.id]}"
    title += f" (published as {published})" if published else ""
    marks = "".join(f" [note {number}]" for number in numbers)
    frame, formats = frame_of(grid)
    signs = [*grid.under, *legend_of(v for v in frame.to_numpy().ravel() if isinstance(v, str))]
    source = card["source"] + (" (synthetic)" if card["synthetic"] else "")
    return Sheet(
        title=f"{title}: {card['title']}{marks}",
        faces=[
            *(["Synthetic data: none of these people exists."] if card["synthetic"] else []),
            *(["Not for release."] if card.get("confidential") else []),
        ],
        about=[
            "This worksheet contains one table."
            + (" Notes are on the worksheet Notes." if numbers else ""),
            *dict.fromkeys(signs),
            f"Source: {source}.",
            f"Base: {card['base']}.",
        ],
        frame=frame,
        formats=formats,
    )


def _write(sheet: Any, name: str, given: Sheet, look: Any, digits: Any) -> None:
    """Write a sheet: what it is, then the table, marked as one."""
    row = 0
    for text, style in (
        (given.title, "title"),
        *((text, "face") for text in given.faces),
        *((text, "text") for text in given.about),
    ):
        sheet.write_string(row, 0, text, look(style))
        row += 1
    frame, heads = given.frame, list(given.frame.columns)
    values = [frame[head].tolist() for head in heads]
    for c, column in enumerate(values):
        for r, value in enumerate(column):
            if (r, c) in given.formats:
                sheet.write_number(row + 1 + r, c, value, digits(given.formats[r, c]))
            else:
                sheet.write_string(row + 1 + r, c, value, look("word" if c else "name"))
        longest = max([len(str(value)) for value in column] + [len(w) for w in heads[c].split()])
        sheet.set_column(c, c, min(60, longest * 1.2 + 2))
    columns = [{"header": head, "header_format": look("head")} for head in heads]
    sheet.add_table(
        row,
        0,
        row + len(frame),
        len(heads) - 1,
        {"columns": columns, "style": None, "autofilter": False, "name": name},
    )


def frame_of(grid: Grid) -> tuple[pd.DataFrame, dict[tuple[int, int], str]]:
    """Return a table with one number or text a cell, and the formats of numbers by place.

    A column is parted where a cell holds more than one: an estimate, its error, the ends of its
    interval, and its significance.
    """
    columns: list[tuple[str, list[Any]]] = []
    if any(grid.groups):
        columns.append(("Group", [_spelt(name) for name in grid.groups]))
    columns.append(("Row", [_spelt(name) for name in grid.names]))
    for c, head in enumerate(_joined_heads(grid)):
        for line, statistic in enumerate(grid.statistics[c]):
            cells = [parts_of(r[c][line]) if line < len(r[c]) else {"": "[z]"} for r in grid.lines]
            for part in ("", "lower", "upper", "significance", "quality"):
                if not any(part in cell for cell in cells):
                    continue
                values = [_spelt(cell.get(part, MISSING.get(part, "[z]"))) for cell in cells]
                if part in MISSING:
                    known = [isinstance(cell.get(""), Number) for cell in cells]
                    values = [v if k else "[z]" for v, k in zip(values, known, strict=True)]
                name = statistic.replace("_", " ") if line else ""
                heads = filter(None, [head, name, NAMES.get(part, part)])
                columns.append((": ".join(heads), values))
    formats: dict[tuple[int, int], str] = {}
    for c, (_, values) in enumerate(columns):
        for r, value in enumerate(values):
            if isinstance(value, Number):
                formats[r, c] = value.format
                values[r] = value.value
    titles = _unique([name or "Value" for name, _ in columns])
    data = {head: pd.Series(v, dtype=object) for head, (_, v) in zip(titles, columns, strict=True)}
    return pd.DataFrame(data), formats


def _spelt(value: Any) -> Any:
    """Return a text of signs alone in words, as a screen reader needs it; others as they are."""
    if not isinstance(value, str) or re.search("[A-Za-z0-9]", value):
        return value
    text = value.strip()
    if not text:
        return "[z]"
    if set(text) == {"*"}:
        return "1 star" if len(text) == 1 else f"{len(text)} stars"
    return "plus sign" if text == "+" else f"text: {text}"


def _joined_heads(grid: Grid) -> list[str]:
    """Return the heads of columns, those of all levels in one."""
    joined: list[list[str]] = [[] for _ in grid.heads[-1]]
    for level in grid.heads:
        at = 0
        for text, span in level:
            for column in joined[at : at + span]:
                column.append(text)
            at += span
    return [": ".join(filter(None, column)) for column in joined]


def _unique(heads: list[str]) -> list[str]:
    """Return heads none of which stands twice, in capitals or not: Excel refuses that."""
    seen: Counter[str] = Counter()
    result = []
    for head in heads:
        seen[head.lower()] += 1
        count = seen[head.lower()]
        result.append(f"{head} ({count})" if count > 1 else head)
    return result
