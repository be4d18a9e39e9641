"""Exhibits of a trial made from released cells alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.exhibits import Exhibit, FigureExhibit, TableExhibit
from ..files import write_csv, write_json, write_text
from ..report.cells import CELLS, as_printed, read_cells
from ..report.data import Data
from ..report.grid import grid_of
from ..report.make import drawn
from ..report.needs import config_from, shown_in
from ..report.render import exhibit_html, figure_svg, table_html

if TYPE_CHECKING:
    import pandas as pd

LEGEND = "[c] withheld to protect confidentiality."

COARSER = "In longer periods than in the report, since some of its periods have few people."
ALL_WITHHELD = "all of its cells are withheld"


@dataclass(frozen=True)
class Made:
    """An exhibit as it leaves: its files, page, card, and why no picture or table is among them."""

    exhibit: str
    files: list[str]
    page: str
    card: dict
    missing: str = ""
    grid: dict[str, Any] | None = None


def made_of_trial(
    source: Path,
    trial: str,
    chapters: dict[str, dict[str, Any]],
    cells: dict[str, pd.DataFrame],
    coarser: frozenset[str],
    synthetic: bool,
    as_is: bool,
    folder: Path,
) -> Iterator[Made]:
    """Yield the exhibits of a trial, made in a folder from released cells.

    source: results of the trial. chapters: slices of the declarations. coarser: exhibits in longer
    periods than in the report. as_is: whether the picture
    of an exhibit of which nothing is withheld may be that of the report.
    """
    done = set[str]()
    for declared in chapters.values():
        config = config_from(declared)
        data = Data(
            source, config, synthetic, declared["labels"], frozenset(declared["unlabelled"])
        )
        for name, spec in shown_in(config.exhibits, *config.exhibits.chapters).items():
            if name not in done:
                done.add(name)
                spec = (spec.coarser() or spec) if name in coarser else spec
                yield _made(name, spec, data, cells[name], as_is, folder, trial, name in coarser)


def copied(name: str, source: Path, folder: Path) -> Made:
    """Copy the files of an exhibit as they are, where nothing is controlled."""
    card = json.loads((source / f"{name}.json").read_text(encoding="utf-8"))
    files = [f"{name}.{end}" for end in ("csv", "html", "svg", "json")]
    files = [file for file in files if (source / file).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file).write_bytes((source / file).read_bytes())
    return Made(name, files, "", card)


def _made(
    name: str,
    spec: Exhibit,
    data: Data,
    cells: pd.DataFrame,
    as_is: bool,
    folder: Path,
    trial: str,
    is_coarser: bool,
) -> Made:
    """Write <name>.csv, .json and .html or .svg of released cells."""
    files = data.folder / "report" / "exhibits"
    card = json.loads((files / f"{name}.json").read_text(encoding="utf-8"))
    withheld = cells["status"] != "released"
    card.pop("confidential", None)
    noticed = card.pop("noticed", [])  # they may say how many people there are
    card["notes"] = [
        *(note for note in card["notes"] if note not in noticed),
        *([LEGEND] if withheld.any() else []),
        *([COARSER] if is_coarser else []),
    ]
    if spec.names_follow and withheld.any():
        card["notes"] = _notes_by_setting(card["notes"], spec, data)
    made, missing, body, grid = [f"{name}.csv"], "", "", None
    write_csv(folder / f"{name}.csv", cells.drop(columns="status"))
    shown = cells.drop(columns=["status", "exhibit", "data"])
    if withheld.all():
        missing = card["missing"] = ALL_WITHHELD
        card.pop("alternative", None)
    elif isinstance(spec, TableExhibit):
        grid = asdict(grid_of(shown, spec, data))
        body = table_html(shown, spec, data, card["synthetic"], False)
        write_text(folder / f"{name}.html", body)
        made.append(f"{name}.html")
    elif isinstance(spec, FigureExhibit):
        if as_is and _is_whole(shown, read_cells(files / f"{name}.csv")):
            svg = (files / f"{name}.svg").read_text(encoding="utf-8")
        else:
            face = "SYNTHETIC DATA" if card["synthetic"] else ""
            figure, card["alternative"] = drawn(spec, shown, data, face)
            svg = figure.svg
        write_text(folder / f"{name}.svg", svg)
        body = figure_svg(svg, card | {"exhibit": name, "trial": trial})
        made.append(f"{name}.svg")
    write_json(folder / f"{name}.json", card)
    made.append(f"{name}.json")
    return Made(name, made, _page(card, name, body, missing, made, trial), card, missing, grid)


def _notes_by_setting(notes: list[str], spec: Exhibit, data: Data) -> list[str]:
    """Return notes without those that tell of results, and with what stands in their place."""
    told = spec.noticed(data)
    with data.named_by_setting():
        instead = spec.noticed(data)
    return [note for note in notes if note not in told] + instead


def _is_whole(released: pd.DataFrame, cells: pd.DataFrame) -> bool:
    """Return whether released cells are those that the report's picture shows."""
    return released[CELLS].equals(as_printed(cells)[CELLS])


def _page(card: dict, name: str, body: str, missing: str, files: list[str], trial: str) -> str:
    text = body or f"<p>Not shown: {missing}.</p>"
    shown = card | {"trial": trial, "exhibit": name, "number": card["form"].capitalize() + "."}
    links = {
        file.rsplit(".", 1)[1].upper(): f"{trial}/{file}"
        for file in files
        if not file.endswith(".json")
    }
    return exhibit_html(shown, text, links, "disclosure control", f"release/{trial}/{name}.csv")
