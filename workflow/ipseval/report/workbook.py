"""The tables of the report as a workbook that follows the Analysis Function's guidance.

One table a sheet, numbers as numbers, a cover, contents and notes; the same bytes each time.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from datetime import UTC, datetime
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
# Numbers look like the texts of gptables.
NUMBERS = {"font_name": "Arial", "font_size": 12, "align": "right"}
NAMES = {"lower": "lower end of interval", "upper": "upper end of interval"}


def build_workbook(run_name: str, run: Run, parts: list[Part], notice: str = "") -> bytes:
    """Return the tables of all trials as an Excel workbook."""
    import gptables

    sheets: dict[str, Any] = {}
    formats: dict[str, dict[tuple[int, int], str]] = {}
    notes: dict[str, str] = {}
    for part in parts:
        for name, number in part.numbers.items():
            one = part.exhibits[name]
            if one.grid is None:
                continue
            label = _label(part.trial.short_name, number, sheets)
            frame, formats[label] = frame_of(one.grid)
            sheets[label] = _table(gptables, part, one, frame, f"table_{len(sheets) + 1}", notes)
    synthetic = [part.trial.name for part in parts if part.synthetic]
    intro = [run.description, *([notice] if notice else [])]
    if synthetic:
        intro.append(f"Synthetic data, none of these people exists: {', '.join(synthetic)}.")
    cover = gptables.Cover(
        title=f"Tables of the report: run {run_name}",
        intro=intro,
        about=[
            "Each sheet has one table, with its base and source above it. Notes are on the sheet "
            "Notes. Blank cells do not occur: what is missing has one of these signs.",
            *LEGEND.values(),
            "Every number stands with its source in a CSV file of the results, "
            "report/exhibits/<exhibit>.csv.",
        ],
    )
    table = pd.DataFrame(
        [[reference, _safe(text)] for text, reference in notes.items()],
        columns=["Note reference", "Note text"],
    )
    file = BytesIO()
    with warnings.catch_warnings():
        # It counts the widest text of a column of references.
        warnings.simplefilter("ignore")
        book = gptables.produce_workbook(
            file,
            sheets,
            cover=cover,
            notes_table=table if notes else None,
            contentsheet_label="Contents",
            # A label is text, whatever it begins with.
            workbook_options={
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
    for label, places in formats.items():
        _write_numbers(book, label, sheets[label], places)
    book.set_properties({"created": MADE, "title": f"Tables of the report: run {run_name}"})
    book.close()
    return file.getvalue()


def _label(short: str, number: str, taken: dict[str, Any]) -> str:
    """Return the name of a sheet: 31 letters at most, none that Excel refuses, none twice."""
    known = re.sub(r"[\[\]:*?/\\'$]", " ", short).strip()[: 30 - len(number)]
    label, count = f"{known} {number}".strip(), 1
    while label.lower() in {one.lower() for one in taken}:
        count += 1
        label = f"{known[: 28 - len(number)]}{count} {number}"
    return label


def _safe(text: str) -> str:
    """Return a text in which nothing is taken for a reference to a note."""
    return text.replace("$$", "$ $")


def _table(
    gptables: Any, part: Part, one: Shown, frame: pd.DataFrame, name: str, notes: dict[str, str]
) -> Any:
    card, published = one.card, part.published(one.id)
    references = [notes.setdefault(note, f"note {len(notes) + 1}") for note in card["notes"]]
    title = f"{part.trial.short_name}, {part.numbers[one.id]}"
    title += f" (published as {published})" if published else ""
    marks = "".join(f"$${reference}$$" for reference in references)
    known = one.grid.under if one.grid else []
    signs = [*known, *legend_of(v for v in frame.to_numpy().ravel() if isinstance(v, str))]
    faces = [
        *(["Synthetic data: none of these people exists."] if card["synthetic"] else []),
        *(["Not for release."] if card.get("confidential") else []),
    ]
    source = card["source"] + (", all of them synthetic" if card["synthetic"] else "")
    return gptables.GPTable(
        table=frame,
        table_name=name,
        title=_safe(f"{title}: {card['title']}") + marks,
        subtitles=faces,
        scope=_safe(f"Base: {card['base']}."),
        source=_safe(f"Source: {source}."),
        legend=list(dict.fromkeys(signs)),
        instructions="This worksheet contains one table."
        + (" Notes are on the worksheet Notes." if references else ""),
        index_columns={2: 0},
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
            for part in ("", "lower", "upper", "significance"):
                if not any(part in cell for cell in cells):
                    continue
                missing = "not significant" if part == "significance" else "[z]"
                values = [_spelt(cell.get(part, missing)) for cell in cells]
                if part == "significance":
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


def _write_numbers(book: Any, label: str, table: Any, places: dict[tuple[int, int], str]) -> None:
    """Give each number the format that prints it as the report does."""
    sheet = book.get_worksheet_by_name(label)
    known: dict[str, Any] = {}
    first = table.data_range[0] + 1
    for (row, column), look in places.items():
        if look not in known:
            known[look] = book.add_format(NUMBERS | {"num_format": look})
        sheet.write_number(first + row, column, float(table.table.iat[row, column]), known[look])
