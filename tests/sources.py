"""Reads the sources of cells back: which rows of which result they select."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd

from ipseval.catalogue import path_of
from ipseval.report.data import Data

# A file, and perhaps keys with one value or several; values that are no plain word are quoted.
VALUE = r'(?:"(?:[^"\\]|\\.)*"|[\w./+-]+)'
KEY = rf"(\w+)=({VALUE}(?:\|{VALUE})*)"
RESULT = re.compile(rf"([\w./-]+)(?:: ({KEY}(?: {KEY})*))?(?:; |$)")
DECLARED = re.compile(r"(config: [\w.<>-]+|config: normal distribution at [\d.]+)(?:; |$)")


class Sources:
    """Sources of the cells of one trial; `read` returns a result by its file."""

    def __init__(self, read: Callable[[str], pd.DataFrame]):
        self._table = cache(read)
        self._texts = cache(lambda file, column: self._table(file)[column].map(_text))
        self.rows = cache(self._rows)

    def _rows(self, source: str) -> dict[str, int]:
        """Return file -> number of rows that a source selects there; a declaration is one row."""
        found, at = {}, 0
        while at < len(source):
            declared = DECLARED.match(source, at)
            part = declared or RESULT.match(source, at)
            assert part, f"cannot be read: {source[at:]}"
            found[part[1]] = 1 if declared else self._selected(part[1], part[2] or "")
            at = part.end()
        assert found, "a cell without a source"
        return found

    def _selected(self, file: str, keys: str) -> int:
        table = self._table(file)
        rows = pd.Series(True, index=table.index)
        for name, values in re.findall(KEY, keys):
            wanted = [json.loads(v) if v[0] == '"' else v for v in re.findall(VALUE, values)]
            if name == "column" and name not in table.columns:
                assert set(wanted) <= set(table.columns), f"{file} has no column {wanted}"
            else:
                rows &= self._texts(file, name).isin([_text(value) for value in wanted])
        return int(rows.sum())


def in_folder(folder: Path) -> Sources:
    """Return the reader of sources that name files below a trial's folder of results."""
    return Sources(lambda file: _read(folder / file))


def in_data(data: Data) -> Sources:
    """Return the reader of sources that name what hand-made results have."""

    def read(file: str) -> pd.DataFrame:
        stage, name = Path(file).parts[0], Path(file).stem
        if stage == "impact":
            return data.impact(name)
        if stage == "extracts" and file.endswith(".parquet"):
            return data.records(name)
        return data.people if file == path_of("people") else data.table(name)

    return Sources(read)


def _text(value: object) -> str:
    """Return a value as text, numbers alike whether they are whole or not."""
    try:
        return f"{float(str(value)):.12g}"
    except ValueError:
        return str(value)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    models = json.loads(path.read_text(encoding="utf-8"))
    return pd.DataFrame(
        {"pass": name, "output_column_name": one["output_column_name"]} | level
        for name, model in models.items()
        for one in model["comparisons"]
        for level in one["comparison_levels"]
    )
