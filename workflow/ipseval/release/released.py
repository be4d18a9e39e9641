"""Files of exhibits made from released cells alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..config.exhibits import Exhibit, FigureExhibit, TableExhibit
from ..files import write_csv, write_json, write_text
from ..report.render import exhibit_html, figure_svg, table_html

if TYPE_CHECKING:
    import pandas as pd

    from ..report.data import Data

WITHHELD, LEGEND = "[c]", "[c] withheld to protect confidentiality; [u] of low quality."


@dataclass(frozen=True)
class Made:
    """An exhibit as it leaves: its files, page, card, and why no picture or table is among them."""

    exhibit: str
    files: list[str]
    page: str
    card: dict
    missing: str = ""


def make_released(
    name: str, spec: Exhibit, data: Data, cells: pd.DataFrame, card: dict, folder: Path, trial: str
) -> Made:
    """Write <name>.csv, .json and .html or .svg of released cells."""
    withheld = (cells["status"] != "released").any()
    card = {k: v for k, v in card.items() if k not in ("alternative", "confidential")}
    card["notes"] = [*card["notes"], *([LEGEND] if withheld else [])]
    files, missing, body = [f"{name}.csv"], "", ""
    write_csv(folder / f"{name}.csv", cells.drop(columns="status"))
    shown = cells.drop(columns=["status", "exhibit", "data"])
    if (cells["status"] != "released").all():
        missing = "all of its cells are withheld"
    elif isinstance(spec, TableExhibit):
        body = table_html(shown, spec, data, card["synthetic"], False)
        write_text(folder / f"{name}.html", body)
        files.append(f"{name}.html")
    elif isinstance(spec, FigureExhibit) and withheld and not spec.draws_gaps:
        missing = "it cannot be drawn with numbers left out; its cells are released as CSV"
    elif isinstance(spec, FigureExhibit):
        svg, card["alternative"] = _drawn(spec, shown, data, card["synthetic"])
        write_text(folder / f"{name}.svg", svg)
        body = figure_svg(svg, card | {"exhibit": name})
        files.append(f"{name}.svg")
    write_json(folder / f"{name}.json", card)
    files.append(f"{name}.json")
    return Made(name, files, _page(card, name, body, missing, files, trial), card, missing)


def copied(name: str, source: Path, folder: Path, trial: str) -> Made:
    """Copy the files of an exhibit as they are, where nothing is controlled."""
    card = json.loads((source / f"{name}.json").read_text(encoding="utf-8"))
    files = [f"{name}.{end}" for end in ("csv", "html", "svg", "json")]
    files = [file for file in files if (source / file).exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        (folder / file).write_bytes((source / file).read_bytes())
    return Made(name, files, "", card)


def _drawn(
    spec: FigureExhibit, cells: pd.DataFrame, data: Data, synthetic: bool
) -> tuple[str, str]:
    from io import BytesIO

    from ..report.style import lay_out, mark_face

    figure, alternative = spec.draw(cells, data)
    if synthetic:
        mark_face(figure, "SYNTHETIC DATA")
    lay_out(figure)
    vector = BytesIO()
    figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
    return vector.getvalue().decode("utf-8"), alternative


def _page(card: dict, name: str, body: str, missing: str, files: list[str], trial: str) -> str:
    text = body or f"<p>Not shown: {missing}.</p>"
    shown = card | {"trial": trial, "exhibit": name, "number": card["form"].capitalize() + "."}
    links = {
        file.rsplit(".", 1)[1].upper(): f"{trial}/{file}"
        for file in files
        if not file.endswith(".json")
    }
    return exhibit_html(shown, text, links, "disclosure control", f"release/{trial}/{name}.csv")
