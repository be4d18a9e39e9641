"""What the report carries besides its exhibits: their cells, and what is behind each number.

A page holds it as compressed text, read when a reader asks for it. In a release cells are the
released ones, and nothing is carried of results that no release controls.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue import path_of
from ..files import read_csv
from ..lazy import pd
from ..why import (
    ESTIMATE,
    adjusted,
    code_of,
    declared_in,
    maker_of,
    of_model,
    of_outcome,
    of_sample,
)
from .cells import read_source, same_text
from .needs import ROWS
from .proofs import TOLERANCE

if TYPE_CHECKING:
    from ..config.declared import TrialConfig
    from ..config.economics import Economics

# Columns that select rows of estimates.
KEYS = ("group", "subgroup", "outcome", "timepoint", "model", "term")


@dataclass(frozen=True, eq=False)
class TrialMade:
    """Results of one trial, read when they are asked for, and its declarations.

    checksums: of every file of results, by its name in records.
    """

    run: str
    trial: str
    folder: Path
    config: TrialConfig
    checksums: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def people(self) -> pd.DataFrame:
        """Arm and group of every randomised person."""
        return pd.read_parquet(self.folder / path_of("people"), columns=["arm", "trial_group"])

    @cache  # noqa: B019 - one instance a job
    def table(self, name: str) -> pd.DataFrame:
        """Return a result by its name in the catalogue."""
        return read_csv(self.folder / path_of(name))

    @cache  # noqa: B019 - likewise
    def estimate(self, family: str) -> pd.DataFrame:
        """Return the estimates of a family."""
        return read_csv(self.folder / path_of("impact", family), dtype={"timepoint": "str"})


def cells_in(folder: Path, exhibits: Iterable[str]) -> dict[str, str]:
    """Return the CSV files of exhibits as they stand in a folder."""
    return {name: (folder / f"{name}.csv").read_text(encoding="utf-8") for name in exhibits}


def facts_of(made: TrialMade, cells: Mapping[str, str]) -> dict[str, Any]:
    """Return what is behind the cells of a trial's exhibits, for the page to put together.

    It is what `ipseval why` says, each thing once: a cell names its parts.
    """
    used = _used(cells)
    config = made.config
    families = {
        Path(file).stem: keys
        for file, keys in used.items()
        if file.startswith("impact/") and Path(file).stem in config.models.names
    }
    groups = {name: of_sample(made, {"group": [name]})["sample"] for name in config.trial.groups}
    named = {outcome for keys in families.values() for outcome in keys.get("outcome", ())}
    named |= set(used.get(path_of("people"), {}).get("column", ()))
    return {
        "trial": made.trial,
        "run": made.run,
        "level": config.models.confidence_level if config.models else None,
        "exhibits": _exhibits(made, cells),
        "files": {file: _file(made, file) for file in used if file != "config"},
        "groups": groups,
        "outcomes": {
            name: of_outcome(made, name) for name in sorted(named & set(config.outcomes.derived))
        },
        "families": {name: _family(made, name) for name in families},
        "estimates": {name: _estimates(made, name, keys) for name, keys in families.items()},
        "economics": {
            path_of(name): _rounded(made.table(name)) for name in ROWS if path_of(name) in used
        },
        "quantities": _quantities(config.economics) if config.economics else {},
    }


def _used(cells: Mapping[str, str]) -> dict[str, dict[str, set[str]]]:
    """Return the files that cells come from, and the values of their keys."""
    used: dict[str, dict[str, set[str]]] = {}
    for source in dict.fromkeys(one for text in cells.values() for one in _sources(text)):
        for file, keys in read_source(source):
            known = used.setdefault(file, {})
            for key, values in keys.items():
                known.setdefault(key, set()).update(values)
    return used


def _sources(text: str) -> dict[str, None]:
    names, *rows = csv.reader(text.splitlines())
    place = names.index("source")
    return dict.fromkeys(row[place] for row in rows)


def _exhibits(made: TrialMade, cells: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    exhibits = made.config.exhibits.exhibits
    return {
        name: {
            "declared": declared_in(made.trial, "exhibits", "exhibits", name),
            "code": code_of(type(exhibits[name]).cells),
            "published": exhibits[name].published or "",
        }
        for name in cells
    }


def _file(made: TrialMade, file: str) -> dict[str, str]:
    """Return the rule that makes a result and the checksum of it."""
    name = f"results/{made.run}/{made.trial}/{file}"
    return {"made": maker_of(made, file)[0], "sha256": made.checksums.get(name, "")}


def _family(made: TrialMade, name: str) -> dict[str, Any]:
    models = made.config.models
    if name in models.tests:
        return {"declared": declared_in(made.trial, "models", "tests", name), "models": {}}
    family = models.families[name]
    return {
        "declared": declared_in(made.trial, "models", "families", name),
        "models": {
            key: {
                "lines": of_model(made.trial, name, key, spec),
                "adjusted": {one: adjusted(spec.adjusted_for(one)) for one in family.outcomes},
            }
            for key, spec in family.models.items()
        },
    }


def _estimates(made: TrialMade, family: str, keys: Mapping[str, set[str]]) -> str:
    """Return the estimates of a family that cells may name, as CSV."""
    table = made.estimate(family)
    for key in KEYS:
        if key in keys and key in table:
            wanted = {same_text(value) for value in keys[key]}
            table = table[table[key].map(same_text).isin(wanted)]
    return _rounded(table[[name for name in (*KEYS, *ESTIMATE) if name in table]])


def _rounded(table: pd.DataFrame) -> str:
    """Return a table as CSV, with six digits of each number."""
    return table.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _quantities(economics: Economics) -> dict[str, str]:
    """Return what each declared number of the economics is called, with its source."""
    return {name: f"{one.label}. {one.source}" for name, one in economics.quantities.items()}


def checksums_in(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the checksum of every file that some jobs recorded."""
    return {file: checksum for record in records for file, checksum in record["outputs"].items()}


def code_of_run(records: Iterable[Mapping[str, Any]]) -> str:
    """Return one hash of the code of some jobs, the same wherever and whenever they ran."""
    codes = sorted({f"{record['rule']} {record['code']}" for record in records})
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()[:16]


def compared(concordance: pd.DataFrame) -> dict[str, Any]:
    """Return the concordance as a page carries it: rows by published exhibit, and what is close."""
    names = [*CELL, "printed", "value", "reproduced", "status", "note"]
    text = concordance.astype("str").replace("nan", "")
    return {
        "columns": names,
        "exhibits": {
            str(exhibit): rows[names].to_numpy().tolist()
            for exhibit, rows in text.groupby("exhibit", sort=False)
        },
        "tolerance": {
            "coefficient": COEFFICIENT,
            "standard_error": STANDARD_ERROR,
            "p_value": P_VALUE,
        },
        "exact": EXACT,
    }


CELL = ("panel", "row", "column", "statistic")
# What concordance.py calls close, in words.
COEFFICIENT = "within a quarter of its printed standard error, with the printed sign and marks"
STANDARD_ERROR = "within 5% or one unit of the last printed decimal"
P_VALUE = f"within {TOLERANCE}, on the same side of 0.10, 0.05 and 0.01"
EXACT = "exact: the same number at the printed decimals, and for effects the same stars"
