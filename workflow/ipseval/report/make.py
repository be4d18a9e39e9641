"""Makes one exhibit: tidy CSV, what a person looks at, and a card that says what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..config.exhibits import CELL_FIELDS, Exhibit, FigureExhibit, TableExhibit
from ..errors import InputError
from ..files import write_bytes, write_csv, write_json, write_text
from .cells import DECLARED, as_printed
from .data import Data
from .marks import MARKS, marked
from .render import table_html
from .table_cells import legend_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def make_exhibit(
    name: str,
    spec: Exhibit,
    data: Data,
    folder: Path,
    confidential: bool = False,
    png: bool = False,
) -> pd.DataFrame:
    """Write <name>.csv, .json and .html (tables) or .svg (figures; .png too); return the cells.

    The card (JSON) holds title, base, source, notes and, for a figure, a text alternative. Notes
    that results of people ask for are listed as `noticed` too: no release has them.
    `confidential` (people are real and not published) says on its face that it is not for release.
    """
    # Exhibits of the design show declared facts, not people.
    synthetic = data.synthetic and not spec.declared
    confidential = confidential and not spec.declared
    card: dict[str, Any] = {
        "exhibit": name,
        "kind": spec.kind,
        "title": spec.title,
        "base": spec.base,
        "source": spec.source or data.config.trial.source,
        "published": spec.published,
        "synthetic": synthetic,
        "form": spec.form,
    }
    if confidential:
        card["confidential"] = True
    cells = spec.cells(data)
    noticed = spec.noticed(data)
    card["notes"] = [*spec.notes, *noticed]
    tidy = cells.copy()
    if spec.shows_economics:
        tidy, notes = marked(cells, data.economics)
        card["notes"] += notes
    elif noticed:
        card["noticed"] = noticed
    if isinstance(spec, FigureExhibit):
        face = "SYNTHETIC DATA" if synthetic else "NOT FOR RELEASE" if confidential else ""
        # What is drawn is what is printed, so that no picture tells more than the text.
        picture, card["alternative"] = drawn(spec, as_printed(cells), data, face)
        write_text(folder / f"{name}.svg", picture.svg)
        card["notes"] += symbols_in(picture, data)
        if picture.cuts:
            card["cuts"] = picture.cuts
        if png:
            card["png"] = True
            raster = BytesIO()
            picture.figure.savefig(raster, format="png", dpi="figure", metadata={"Software": None})
            write_bytes(folder / f"{name}.png", raster.getvalue())
    elif isinstance(spec, TableExhibit):
        refuse_unless_identified(cells, spec, name)
        write_text(folder / f"{name}.html", table_html(cells, spec, data, synthetic, confidential))
    else:
        raise TypeError(f"{type(spec).__name__} is neither a table nor a figure")
    write_json(folder / f"{name}.json", card)
    tidy.insert(0, "exhibit", name)
    tidy["data"] = "declared" if spec.declared else "synthetic" if synthetic else "real"
    declared_source = DECLARED.replace("<id>", name)
    tidy["source"] = tidy.pop("source").str.replace(DECLARED, declared_source, regex=False)
    if spec.shows_economics:  # what it rests on, last
        tidy = tidy.assign(**{how: tidy.pop(how) for how in MARKS})
    write_csv(folder / f"{name}.csv", tidy)
    return cells


def refuse_unless_identified(cells: pd.DataFrame, spec: TableExhibit, name: str) -> None:
    """Raise InputError where cells of several keys would stand in one place of a table."""
    place = [*spec.layout.rows, *spec.layout.columns]
    keys = cells[list(CELL_FIELDS)].drop_duplicates()
    if (several := keys.duplicated(place)).any():
        left_out = [field for field in CELL_FIELDS if field not in place]
        raise InputError(
            f"the layout puts {int(several.sum()) + 1:,} cells or more in places that they share",
            file="exhibits.yaml",
            rule=f"exhibits.{name}.layout: rows and columns that tell every cell apart",
            expected=f"{' and '.join(left_out)} among its rows or columns",
            remedy=f"write layout: {{rows: [{', '.join([*left_out, *spec.layout.rows])}], "
            f"columns: [{', '.join(spec.layout.columns)}]}}",
        )


@dataclass(frozen=True)
class Picture:
    """A figure that is laid out and written as SVG, without a date or a version in it.

    cuts: places from the top, as parts of its height, where it may be cut for paper.
    """

    figure: Figure
    svg: str
    cuts: list[float]


def drawn(spec: FigureExhibit, cells: pd.DataFrame, data: Data, face: str) -> tuple[Picture, str]:
    """Return a picture of cells, `face` written on it, and its text alternative."""
    from .style import CUTS, lay_out, mark_face

    figure, alternative = spec.draw(cells, data.labelled(spec.own_labels | spec.labels))
    if face:
        mark_face(figure, face)
    lay_out(figure)
    vector = BytesIO()
    figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
    cuts = [float(f"{cut:.4f}") for cut in getattr(figure, CUTS, [])]
    return Picture(figure, rounded(vector.getvalue().decode("utf-8")), cuts), alternative


def symbols_in(picture: Picture, data: Data) -> list[str]:
    """Return a note on what the symbols in a picture mean, if there are any."""
    lines = {unescape(line) for line in _WRITTEN.findall(picture.svg)}
    meanings = legend_of(lines, data.low_quality_below)
    return [f"Symbols: {'; '.join(meanings)}."] if meanings else []


# A line of text in an SVG.
_WRITTEN = re.compile(r"<(?:text|tspan)\b[^>]*>([^<]*)<")


def rounded(svg: str) -> str:
    """Return an SVG with places to a hundredth of a point, a third shorter and the same to the eye.

    Scales keep their digits, since letters are drawn large and made small.
    """
    return _PLACES.sub(lambda match: _LONG.sub(_shorter, match[0]), svg)


_PLACES = re.compile(r'(?:\b(?:d|x|y|x1|x2|y1|y2|points)="[^"]*"|translate\([^)]*\))')
_LONG = re.compile(r"-?\d+\.\d{3,}(?!\d*e)")


def _shorter(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
