"""Every declared family and test, on the small run: nothing moves that must not."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from invariance import assert_same, assert_swapped, shuffled, swapped

from ipseval.config.load import load_project
from ipseval.impact.columns import read_people
from ipseval.impact.declared import estimate_declared
from ipseval.provenance import ROOT

PROJECT = load_project(ROOT, {"run": "small"})
DECLARED = [(t, name) for t in ("hlt", "nsw") for name in PROJECT.trials[t].models.names]


@cache
def read(folder: Path, trial: str, name: str) -> tuple[dict, list[pd.DataFrame]]:
    """Return what an estimate of a trial depends on, and its tables; tests draw less often."""
    config = json.loads(json.dumps(PROJECT.trials[trial].estimates_of(name)))
    for tests in config["models"]["tests"].values():
        tests["draws"] = 99
    tables = folder / "results" / "small" / trial / "outcomes"
    others = (pd.read_parquet(tables / f"{n}.parquet") for n in ("months", "by_linkage"))
    return config, [read_people(str(tables / "people.parquet"), config["models"]), *others]


def estimates(trial: str, name: str, config: dict, tables: list[pd.DataFrame]) -> pd.DataFrame:
    return estimate_declared(trial, name, config, PROJECT.run.seed, *tables)


def received_in(config: dict) -> list[str]:
    """Return the treatments received that models of a family name."""
    models = [m for f in config["models"]["families"].values() for m in f["models"].values()]
    return sorted({model["received"] for model in models if model.get("received")})


@pytest.mark.parametrize(("trial", "name"), DECLARED, ids=[".".join(d) for d in DECLARED])
def test_rows_pseudonyms_and_names_of_arms(reference, trial, name):
    config, tables = read(reference.folder, trial, name)
    before = estimates(trial, name, config, tables)
    assert_same(estimates(trial, name, config, shuffled(*tables)), before)
    if name in PROJECT.trials[trial].models.tests:
        return  # Statistics of other allocations are not mirrored draw by draw.
    people, *others = tables
    received = received_in(config)
    # Who received what is a covariate or an outcome as well: no family has it as both.
    assert not set(received) & set(before["outcome"])
    other = swapped(people, *(n for n in received if set(people[n].dropna()) <= {0, 1}))
    if all(np.isin(people[n].dropna(), [0, 1]).all() for n in received):
        assert_swapped(estimates(trial, name, config, [other, *others]), before)
