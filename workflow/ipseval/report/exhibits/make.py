"""Makes one exhibit: tidy CSV, what a person looks at, and a card that says what it is."""

from io import BytesIO
from pathlib import Path

import pandas as pd

from ...config.exhibits import DECLARED
from ...config.exhibits import FIGURES as FIGURE_KINDS
from ...files import write_atomically, write_csv, write_json, write_text
from ..data import Data
from ..render import table_html
from .tables import TABLES


def make_exhibit(name: str, spec, data: Data, folder: Path) -> pd.DataFrame:
    """Write <name>.csv, .json and .html (tables) or .svg and .png (figures); return the cells.

    The card (JSON) holds title, base, source, notes and, for a figure, a text alternative.
    """
    # Exhibits of the design show declared facts, not people.
    declared = spec.kind in DECLARED
    synthetic = data.synthetic and not declared
    card = {
        "exhibit": name,
        "kind": spec.kind,
        "title": spec.title,
        "base": spec.base,
        "source": spec.source or data.config.trial.source,
        "notes": spec.notes,
        "published": spec.published,
        "synthetic": synthetic,
        "form": "figure" if spec.kind in FIGURE_KINDS else "table",
    }
    if spec.kind in FIGURE_KINDS:
        cells, card["alternative"] = _figure(name, spec, data, folder, synthetic)
    else:
        cells = TABLES[spec.kind](spec, data)
        write_text(folder / f"{name}.html", table_html(cells, spec, data, synthetic))
    write_json(folder / f"{name}.json", card)
    tidy = cells.copy()
    tidy.insert(0, "exhibit", name)
    tidy["data"] = "declared" if declared else "synthetic" if synthetic else "real"
    write_csv(folder / f"{name}.csv", tidy)
    return cells


def _figure(name: str, spec, data: Data, folder: Path, synthetic: bool) -> tuple[pd.DataFrame, str]:
    """Write a figure as SVG and PNG without a date or a version in them."""
    from .figures import FIGURES
    from .style import lay_out, mark_synthetic

    make_cells, draw = FIGURES[spec.kind]
    cells = make_cells(spec, data)
    figure, alternative = draw(cells, spec, data)
    if synthetic:
        mark_synthetic(figure)
    lay_out(figure)
    vector, raster = BytesIO(), BytesIO()
    figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(raster, format="png", dpi="figure", metadata={"Software": None})
    write_text(folder / f"{name}.svg", vector.getvalue().decode("utf-8"))
    write_atomically(folder / f"{name}.png", lambda p: p.write_bytes(raster.getvalue()))
    return cells, alternative
