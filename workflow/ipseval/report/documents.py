"""What the PDF and the workbook are made from: trials, chapters, and exhibits with their cells."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.exhibits import TableExhibit
from .cells import read_cells
from .data import Data
from .grid import Grid, grid_of
from .needs import config_from
from .prose import Block, blocks_in, text_of

if TYPE_CHECKING:
    from ..config.trial import Trial


@dataclass(frozen=True)
class Shown:
    """An exhibit: its card, and its table or picture, or why it has neither."""

    id: str
    card: dict[str, Any]
    grid: Grid | None = None
    svg: str = ""
    missing: str = ""


@dataclass(frozen=True)
class ChapterText:
    """A chapter: its title and blocks; one that shows an exhibit is {"kind": "exhibit", "id"}."""

    title: str
    blocks: list[Block]


@dataclass(frozen=True)
class Part:
    """A trial: its declaration, chapters, exhibits by id, and their numbers (Table 1)."""

    name: str
    trial: Trial
    synthetic: bool
    chapters: list[ChapterText]
    exhibits: dict[str, Shown]
    numbers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Number tables and figures in the order in which chapters show them."""
        counts = {"table": 0, "figure": 0}
        numbers: dict[str, str] = {}
        for chapter in self.chapters:
            for block in chapter.blocks:
                if block["kind"] == "exhibit" and block["id"] not in numbers:
                    form = self.exhibits[block["id"]].card["form"]
                    counts[form] += 1
                    numbers[block["id"]] = f"{form.capitalize()} {counts[form]}"
        object.__setattr__(self, "numbers", numbers)

    def published(self, exhibit: str) -> str:
        """Return the number of the published exhibit that one regenerates, or nothing."""
        card = self.exhibits[exhibit].card
        pattern = rf"{self.name}:(?:table|figure)-([a-z]?[0-9.]+)"
        match = re.fullmatch(pattern, card["published"] or "")
        return f"{card['form'].capitalize()} {match[1].upper()}" if match else ""


def exhibits_of(
    folder: Path, slices: Iterable[dict[str, Any]], synthetic: bool
) -> dict[str, Shown]:
    """Return the exhibits of a trial by id, read from its results; slices: report/needs.py."""
    shown: dict[str, Shown] = {}
    for declared in slices:
        config = config_from(declared)
        others = frozenset(declared["unlabelled"])
        data = Data(folder, config, synthetic, declared["labels"], others)
        for name, spec in config.exhibits.exhibits.items():
            if name in shown:
                continue
            files = folder / "report" / "exhibits"
            card = json.loads((files / f"{name}.json").read_text(encoding="utf-8"))
            if isinstance(spec, TableExhibit):
                grid = grid_of(read_cells(files / f"{name}.csv"), spec, data)
                shown[name] = Shown(name, card, grid=grid)
            else:
                svg = (files / f"{name}.svg").read_text(encoding="utf-8")
                shown[name] = Shown(name, card, svg=svg)
    return shown


_EXHIBIT = re.compile(r'<figure class="exhibit[^"]*" id="([^"]+)"')


def chapter_of(notebook: Path, trial: str, declared: dict[str, Any]) -> ChapterText:
    """Return an executed chapter: its prose, and exhibits where they are shown."""
    title = declared["title"]
    executed = json.loads(notebook.read_text(encoding="utf-8"))
    blocks: list[Block] = []
    for cell in executed["cells"]:
        if cell["cell_type"] == "markdown":
            blocks += blocks_in("".join(cell["source"]))
        for output in cell.get("outputs", []):
            blocks += _shown_by(output, trial)
    if blocks and blocks[0]["kind"] == "heading" and text_of(blocks[0]["runs"]) == title:
        del blocks[0]
    return ChapterText(title, blocks)


def _shown_by(output: dict[str, Any], trial: str) -> Iterator[Block]:
    """Yield what an output shows: exhibits, prose, or the text of what is neither."""
    data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
    exhibits = _EXHIBIT.findall(data.get("text/html", ""))
    if exhibits:
        for name in exhibits:
            yield {"kind": "exhibit", "id": name.removeprefix(f"{trial}-")}
    elif "text/markdown" in data:
        yield from blocks_in(data["text/markdown"])
    elif data.get("text/plain", "").startswith("<IPython."):
        # What has no text of its own: that of its HTML.
        if text := " ".join(
            html.unescape(re.sub(r"<[^>]*>", " ", data.get("text/html", ""))).split()
        ):
            yield {"kind": "paragraph", "runs": [{"text": text, "style": ""}]}
    elif text := data.get("text/plain", "") or "".join(output.get("text", "")):
        yield {"kind": "code", "text": text.rstrip("\n")}
