"""Tidy cells of exhibits: one row a number, with the people behind it."""

import pandas as pd

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
    return pd.read_csv(path, dtype=text, keep_default_na=False, na_values=missing)
