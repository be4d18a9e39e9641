"""The report as a PDF: A4, numbered, tagged (PDF/UA-1 and PDF/A-2a), the same bytes each time."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .documents import ChapterText, Part, Shown
from .render import WHOLE
from .table_cells import pads_of

if TYPE_CHECKING:
    import pandas as pd

    from ..config.run import Run
    from .grid import Grid

TEMPLATE = Path(__file__).parent / "print" / "report.typ"
# Sizes in points: what a page of A4 has room for, upright and turned, and the padding of a cell.
UPRIGHT, TURNED, PADDING = 482.0, 728.0, 7.0
TALLEST = 600.0  # of a picture, beside a heading, its title and notes
SIZES = (8.0, 7.5, 7.0, 6.5, 6.0)
LETTER = 0.5  # of the size, on average
STANDARDS = ["ua-1", "a-2a"]


def build_pdf(
    run_name: str, run: Run, parts: list[Part], summary: pd.DataFrame, notice: str = ""
) -> bytes:
    """Return the report as PDF; `summary` is the concordance by exhibit with a total row.

    Raises RuntimeError where it would not conform to its standards.
    """
    import typst

    files = {"main.typ": TEMPLATE.read_bytes()}
    for part in parts:
        for name, one in part.exhibits.items():
            if one.svg:
                files[f"{part.name}-{name}.svg"] = one.svg.encode()
    content = {
        "run": run_name,
        "description": run.description,
        "notice": notice,
        "parts": [_part(part) for part in parts],
        "concordance": [
            {key: value if isinstance(value, str) else f"{value:,}" for key, value in row.items()}
            for row in summary.to_dict("records")
            if row["not_produced"] < row["cells"]
        ],
    }
    files["report.json"] = json.dumps(_unbroken_names(content)).encode()
    compile_files: Any = typst.compile  # Its types do not know that files may come by name.
    return compile_files(
        files,
        font_paths=[_fonts()],
        ignore_system_fonts=True,
        pdf_standards=STANDARDS,
        timestamp=0,
    )


# What is no text to be read in a line: ids, files, and texts for those who hear them.
_NO_TEXT = ("id", "file", "alt", "url", "style", "lines")


def _unbroken_names(content: Any) -> Any:
    """Return texts in which a name with a digit behind a hyphen, EQ-5D-5L, stays on one line."""
    if isinstance(content, dict):
        return {
            key: value if key in _NO_TEXT else _unbroken_names(value)
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [_unbroken_names(one) for one in content]
    if isinstance(content, str):
        return WHOLE.sub(lambda match: match[0].replace("-", "-\u2060"), content)
    return content


def _fonts() -> Path:
    """Return the folder of the fonts that figures are drawn with."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def _part(part: Part) -> dict[str, Any]:
    shown = set[str]()
    return {
        "name": part.trial.name,
        "short": part.trial.short_name,
        "description": part.trial.description,
        "source": part.trial.source,
        "synthetic": part.synthetic,
        "chapters": [_chapter(part, chapter, shown) for chapter in part.chapters],
    }


def _chapter(part: Part, chapter: ChapterText, shown: set[str]) -> dict[str, Any]:
    """Return a chapter in stretches of pages, upright or turned."""
    stretches: list[dict[str, Any]] = []
    level = 2  # of the chapter
    for block in chapter.blocks:
        turned = False
        if block["kind"] == "heading":
            # No level is left out, whatever the notebook does.
            level = max(3, min(block["level"] + 1, level + 1, 5))
            block = block | {"level": level}
        elif block["kind"] == "exhibit":
            block = _exhibit(part, part.exhibits[block["id"]], block["id"] in shown)
            shown.add(block["id"])
            turned = block.get("turned", False)
        if not stretches or stretches[-1]["turned"] != turned:
            stretches.append({"turned": turned, "blocks": []})
        stretches[-1]["blocks"].append(block)
    return {"title": chapter.title, "stretches": stretches}


def _exhibit(part: Part, one: Shown, again: bool) -> dict[str, Any]:
    card = one.card
    published = part.published(one.id)
    block = {
        "kind": "exhibit",
        "id": f"{part.name}-{one.id}",
        "form": card["form"],
        "number": part.numbers[one.id],
        "published": published,
        "title": card["title"],
    }
    if again:
        return block | {"again": True}
    return block | {
        "base": card["base"],
        "source": card["source"] + (" (synthetic)" if card["synthetic"] else ""),
        "notes": card["notes"],
        "under": "; ".join(one.grid.under) if one.grid else "",
        "synthetic": card["synthetic"],
        "missing": one.missing,
        **(_table(one.grid) if one.grid else {}),
        **(_picture(f"{part.name}-{one.id}.svg", one) if one.svg else {}),
    }


def _picture(file: str, one: Shown) -> dict[str, Any]:
    """Return a picture, and the parts of its height that stand on a page each."""
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', one.svg)
    wide, high = map(float, size.groups()) if size else (1.0, 1.0)
    natural = min(1.0, wide / UPRIGHT)  # as it was drawn, with letters as large as were meant
    most = TALLEST / (high * natural * UPRIGHT / wide)
    ends, start = [0.0], 0.0
    cuts = [*one.card.get("cuts", []), 1.0]
    for cut, after in pairwise([*cuts, 2.0]):
        if after - start > most:
            ends.append(cut)
            start = cut
    parts = [[a, b] for a, b in pairwise(ends)] if len(ends) > 2 else []
    # What cannot be cut to fit a page is made smaller.
    largest = max(b - a for a, b in parts or [[0.0, 1.0]])
    return {
        "file": file,
        "alt": one.card["alternative"],
        "parts": parts,
        "ratio": high / wide,
        "width": natural * min(1.0, most / largest),
    }


def _table(grid: Grid) -> dict[str, Any]:
    """Return a table with the size of its letters, widths of its columns, and how the page lies."""
    count = len(grid.heads[-1])
    columns = range(count)
    texts = [[text for row in grid.lines for text in row[c]] for c in columns]
    words = [any(len(text) > 24 and _WORD.search(text) for text in each) for each in texts]
    # Letters that must stand on one line, and those of the longest text.
    least = [
        max([len(w) for t in texts[c] for w in _unbroken(t, words[c])] or [1]) for c in columns
    ]
    # A head breaks between words; one that spans several columns is broader than they in no table.
    over: list[list[str]] = [[] for _ in columns]
    for level in grid.heads:
        at = 0
        for text, span in level:
            if span == 1:
                over[at].append(text)
            at += span
    least = [
        max([least[c], 4, *(_letters(w) for text in over[c] for w in text.split())])
        for c in columns
    ]
    full = [max([least[c], *map(_letters, over[c]), *map(len, texts[c])]) for c in columns]
    stub = max([_letters(name) for name in grid.names] + [6])
    stub_least = min(stub, 24)
    for turned, room in ((False, UPRIGHT), (True, TURNED)):
        for size in SIZES[: 3 if not turned else None]:
            letter = size * LETTER
            fixed = sum(n * letter + PADDING for n in least) + stub_least * letter + PADDING
            if fixed <= room or (turned and size == SIZES[-1]):
                break
        if fixed <= room:
            break
    # What is left over goes to those who would rather be wider.
    wants = [stub - stub_least, *(full[c] - least[c] for c in columns)]
    spare = max(room - fixed, 0.0)
    needed = sum(want * letter for want in wants)
    share = min(1.0, spare / needed) if needed else 0.0
    widths = [
        n * letter + PADDING + share * want * letter
        for n, want in zip([stub_least, *least], wants, strict=True)
    ]
    widths = [round(w * min(1.0, room / sum(widths)), 1) for w in widths]
    ends = [_ends([row[c] for row in grid.lines], words[c]) for c in columns]
    return {
        "turned": turned,
        "size": size,
        "widths": widths,
        "heads": [[{"text": t, "span": n} for t, n in level] for level in grid.heads],
        "left": words,
        "groups": grid.groups,
        "names": grid.names,
        "lines": [
            [ends[c][at] or [{"text": "[z]", "pad": "", "mark": "", "rest": ""}] for c in columns]
            for at in range(len(grid.lines))
        ],
    }


def _ends(column: list[list[str]], words: bool) -> list[list[dict[str, str]]]:
    """Return texts of a column so that numbers stand one above the other by their point.

    pad and rest are there unseen: what a number lacks behind its point, and a text of its marks.
    """
    split = [[_MARKED.fullmatch(text) for text in place] for place in column]
    if words:
        return [[_shown(text) for text in place] for place in column]
    pads = pads_of([[match["text"] for match in place if match] for place in split])
    widest = max((m["mark"] for place in split for m in place if m), key=len, default="")
    return [
        [
            _shown(match["text"], pad, match["mark"], widest[len(match["mark"]) :])
            for match, pad in zip(filter(None, place), some, strict=True)
        ]
        for place, some in zip(split, pads, strict=True)
    ]


def _shown(text: str, pad: str = "", mark: str = "", rest: str = "") -> dict[str, str]:
    return {"text": _whole(text), "pad": pad, "mark": mark, "rest": rest}


# A text, and its marks of significance and of low quality.
_MARKED = re.compile(r"(?P<text>.*?)(?P<mark>(?: ?(?:\*+|\+))?(?: \[u\])?)", re.DOTALL)


def _unbroken(text: str, words: bool) -> list[str]:
    """Return the parts of a text that stand on one line each."""
    return text.split() if words else _whole(text).split(" ")


def _whole(text: str) -> str:
    """Return a text that breaks before the ends of an interval, and not within or at a minus."""
    text = text.replace("\u2212", "\u2212\u2060")
    text = WHOLE.sub(lambda match: match[0].replace("-", "-\u2060"), text)
    return _ENDS.sub(lambda match: match[0].replace(" ", "\u00a0"), text)


_WORD = re.compile(r"[^\W\d]{3}")
_ENDS = re.compile(r"[(\[][^()\[\]]+ to [^()\[\]]+[)\]]")


def _letters(head: str) -> int:
    """Return how many letters of a table's body a bold head is as broad as."""
    return len(head) + 1 + sum(map(str.isupper, head)) // 2
