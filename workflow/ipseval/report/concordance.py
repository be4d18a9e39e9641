"""Holds regenerated exhibits against every published cell. The only reader after extracts."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from .conflicts import KEYS, MARKS_DIFFER, with_proofs
from .formats import round_half_up
from .proofs import TOLERANCE

PUBLISHED_COLUMNS = ["exhibit", *KEYS, "printed", "value", "unit", "decimals", "stars", "note"]
COLUMNS = ["exhibit", *KEYS, "printed", "value", "reproduced", "status", "note"]
STARRED = ("ppt", "gbp", "sd_effect", "coefficient")


def read_published(files: list[str]) -> pd.DataFrame:
    """Return every published cell, all columns as text, in order of files and lines."""
    if not files:
        return pd.DataFrame(columns=PUBLISHED_COLUMNS, dtype="str")
    frames = [pd.read_csv(f, dtype="str", keep_default_na=False) for f in files]
    return pd.concat(frames, ignore_index=True)


def together(exhibits: Iterable[tuple[str, pd.DataFrame, bool]]) -> dict[str, pd.DataFrame]:
    """Return published exhibit -> the cells of all exhibits that regenerate it.

    exhibits: published exhibit, cells, and whether these are declared from the printed ones.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, cells, restated in exhibits:
        parts.setdefault(name, []).append(cells.assign(restated=restated))
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def concordance(
    published: pd.DataFrame,
    produced: dict[str, pd.DataFrame],
    proofs: pd.DataFrame | None = None,
    solved: dict[tuple[str, ...], list[str]] | None = None,
    searched: dict[tuple[str, str], str] | None = None,
) -> pd.DataFrame:
    """Return one row a published cell (columns COLUMNS) with its status.

    `produced` maps a published exhibit to the cells that regenerate it (with a column restated,
    where cells may be declared from the printed ones), `proofs` comes from
    conflicts.prove_conflicts, `solved` has the printed cells (exhibit and KEYS) that declared
    numbers were solved from, with the names of these, `searched` the exhibits, each with a row or
    with "" for all of its rows, for whose cells people were searched, with the search in words.
    agrees: the value rounds to the printed text and carries the same stars; by_construction: it
    does, or is close, and is computed from a number that was solved from this very cell, or was
    itself declared from it; close: within the tolerance of its statistic; impossible: neither, and
    the printed cell contradicts others; not_reached: neither, though it was searched for; differs:
    neither; not_produced: no such cell was made.
    """
    rows, solved = [], solved or {}
    keys = ["exhibit", *KEYS]
    errors = {
        tuple(line[key] for key in keys[:-1]): line["value"]
        for line in published[published["statistic"] == "standard_error"].to_dict("records")
    }
    indexed = {name: _by_key(cells) for name, cells in produced.items()}
    for line in published.to_dict("records"):
        cell = indexed.get(line["exhibit"], {}).get(tuple(line[key] for key in KEYS))
        error = errors.get(tuple(line[key] for key in keys[:-1]), "")
        status, reproduced, note = _judge(line, cell, line["exhibit"] in produced, error)
        names = solved.get(tuple(line[key] for key in ("exhibit", *KEYS)), ())
        behind = set(str(cell.get("solved", "")).split(";")) if cell else set()
        if status in ("agrees", "close") and (own := [name for name in names if name in behind]):
            status, note = "by_construction", f"solved from this cell: {', '.join(own)}"
        elif status in ("agrees", "close") and cell and cell.get("restated"):
            status, note = "by_construction", "declared from this cell, not computed"
        kept = {key: line[key] for key in ["exhibit", *KEYS, "printed", "value"]}
        rows.append(kept | {"reproduced": reproduced, "status": status, "note": note})
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = table if proofs is None else with_proofs(table, proofs)
    return _not_reached(table, produced, searched or {})


def _not_reached(
    table: pd.DataFrame, produced: dict[str, pd.DataFrame], searched: dict[tuple[str, str], str]
) -> pd.DataFrame:
    """Return the concordance with `not_reached` for numbers that were searched for in vain."""
    values = {
        (name, *(line[key] for key in KEYS)): line["value"]
        for name in dict.fromkeys(exhibit for exhibit, _ in searched)
        for line in produced.get(name, pd.DataFrame()).to_dict("records")
    }
    status, note = table["status"].to_list(), table["note"].to_list()
    for i, line in enumerate(table.to_dict("records")):
        at = tuple(line[key] for key in ("exhibit", *KEYS))
        search = searched.get((line["exhibit"], line["row"]), searched.get((line["exhibit"], "")))
        if line["status"] == "differs" and line["value"] and search and at in values:
            off = values[at] - float(line["value"])
            told = f"; {line['note']}" if line["note"] else ""
            status[i] = "not_reached"
            note[i] = f"off by {off:+.3g} after {search}{told}"
    return table.assign(status=status, note=note)


def _by_key(cells: pd.DataFrame) -> dict[tuple, dict]:
    return {tuple(row[key] for key in KEYS): row for row in cells.to_dict("records")}


def _judge(line: dict, cell: dict | None, exhibit_made: bool, error: str) -> tuple[str, str, str]:
    """Return (status, reproduced, note) of one published cell; error: its printed error."""
    if cell is None:
        return "not_produced", "", "cell missing from the exhibit" if exhibit_made else ""
    if not line["printed"]:
        return "not_produced", "", "nothing to compare with: the printed cell is lost"
    marks = cell["stars"]
    if not line["value"]:
        printed = cell["printed"]
        same = _plain(printed) == _plain(line["printed"])
        return ("agrees" if same else "differs"), printed, "" if same else "text differs"
    value, decimals = cell["value"], int(line["decimals"])
    if np.isnan(value):
        return "differs", cell["printed"], "no number was made"
    reproduced = f"{round_half_up(value, decimals)} {marks}".strip()
    same_number = float(round_half_up(value, decimals)) == float(line["value"])
    same_stars = line["statistic"] not in STARRED or marks == line["stars"]
    near = same_number or _is_close(line, value, decimals, error)
    if near and not same_stars:
        return "differs", reproduced, MARKS_DIFFER
    if same_number:
        return "agrees", reproduced, ""
    if near:
        return "close", reproduced, "within the tolerance of its statistic"
    return "differs", reproduced, ""


def _plain(text: str) -> str:
    """Return a text without the marks of footnotes that follow it."""
    return text.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹ ").strip().casefold()


def _is_close(line: dict, value: float, decimals: int, error: str) -> bool:
    """Coefficients: a quarter of the printed error and the same sign; errors: 5% or a unit of the
    last decimal; p-values: .02, same side."""
    wanted = float(line["value"])
    if line["statistic"] == "coefficient":
        same_sign = value * wanted > 0 or wanted == 0
        return bool(error) and same_sign and abs(value - wanted) <= float(error) / 4 + 1e-12
    if line["statistic"] == "standard_error":
        return abs(value - wanted) <= max(0.05 * wanted, 10.0**-decimals) + 1e-12
    if line["statistic"] == "p_value":
        same_side = all((value < level) == (wanted < level) for level in (0.10, 0.05, 0.01))
        return same_side and abs(value - wanted) <= TOLERANCE + 1e-12
    return False
