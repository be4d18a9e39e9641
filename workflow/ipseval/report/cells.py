"""Tidy cells of exhibits: one row a number, with the people behind it."""

from __future__ import annotations

from ..files import read_csv
from ..lazy import np, pd
from .formats import round_half_up

CELLS = ["panel", "row", "column", "statistic", "value", "printed", "stars", "unit", "n"]


def cell(panel, row, column, statistic, value, printed, unit, n, stars="") -> dict:
    """Return one cell; `value` is unrounded, `printed` as shown, `n` the people behind it."""
    return {
        "panel": panel,
        "row": row,
        "column": column,
        "statistic": statistic,
        "value": value,
        "printed": printed,
        "stars": stars,
        "unit": unit,
        "n": n,
    }


def as_frame(cells: list[dict]) -> pd.DataFrame:
    """Return cells as a frame; n is a whole number, missing where a cell is about no person."""
    frame = pd.DataFrame(cells, columns=CELLS)
    return frame.astype({"n": "Int64", "value": "float64"})


def read_cells(path) -> pd.DataFrame:
    """Return the cells in the CSV of an exhibit: text as text, value and n as numbers."""
    text = dict.fromkeys(["exhibit", *CELLS, "data"], "str") | {"value": "float64", "n": "Int64"}
    missing = {"value": [""], "n": [""]}
    return read_csv(path, dtype=text, keep_default_na=False, na_values=missing)


def text_cell(panel: str, row: str, column: str, statistic: str, printed: str) -> dict:
    """Return a cell of a declared text, which is about no person."""
    return cell(panel, row, column, statistic, np.nan, printed, "", pd.NA)


def share_cell(panel: str, row: str, column: str, value: float, n: int) -> dict:
    """Return a share with four decimals, empty where there is none."""
    printed = "" if np.isnan(value) else round_half_up(value, 4)
    return cell(panel, row, column, "share", value, printed, "share", n)
