"""The published numbers as targets of a twin. Only twins and the concordance read them."""

from pathlib import Path

import numpy as np
import pandas as pd


class Published:
    """Published cells of one source, looked up by table and keys."""

    def __init__(self, folder: Path):
        self._folder = folder

    def table(self, name: str) -> pd.DataFrame:
        """Return the cells of a table; `value` is numeric, NaN where the cell has no number."""
        frame = pd.read_csv(self._folder / f"{name}.csv", dtype="str", keep_default_na=False)
        return frame.assign(value=pd.to_numeric(frame["value"], errors="coerce"))

    def value(self, name: str, panel: str, row: str, column: str) -> float:
        """Return one number; raises KeyError if the cell does not exist."""
        frame = self.table(name)
        values = frame.query("panel == @panel and row == @row and column == @column")["value"]
        if len(values) != 1:
            raise KeyError((name, panel, row, column))
        return float(values.iloc[0])

    def margins(
        self, name: str, groups: list[str]
    ) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
        """Return (categories, percent, bases, total_percent) of a table of percentages.

        Shapes: percent categories x groups, bases groups, total_percent categories.
        """
        frame = self.table(name)
        wide = frame.pivot_table(
            index="row", columns="panel", values="value", sort=False, dropna=False
        )
        wide = wide.reindex(columns=[*groups, "total"])
        shares = wide.drop(index="base")
        bases = wide.loc["base", groups].to_numpy().astype(np.int64)
        return list(shares.index), shares[groups].to_numpy(), bases, shares["total"].to_numpy()
