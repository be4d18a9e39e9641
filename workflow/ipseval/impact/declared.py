"""Estimates of one family, or of hypotheses tested together, as models.yaml declares them."""

from collections.abc import Iterator

import pandas as pd
from pyarrow.parquet import read_schema

from ..config.models import Models
from ..config.trial import Group
from ..streams import Streams
from .estimate import Setting, estimate_by_linkage, estimate_family
from .hypotheses import joint_tests

# Columns of people that estimates use without naming them.
KEYS = {
    "person_id",
    "trial_group",
    "site",
    "area",
    "arm",
    "randomised_on",
    "stratum",
    "allocation_order",
    "allocation_ratio",
}


def read_people(path: str, config: dict) -> pd.DataFrame:
    """Return those columns of people.parquet that a declaration names, and KEYS.

    People have hundreds of columns, of which an estimate takes a few; selecting people from all of
    them, again and again, would cost more than the estimate.
    """
    named = KEYS | set(_texts(config))
    return pd.read_parquet(path, columns=[c for c in read_schema(path).names if c in named])


def _texts(declared: object) -> Iterator[str]:
    """Yield every text in plain data, keys included."""
    if isinstance(declared, str):
        yield declared
    elif isinstance(declared, dict):
        yield from _texts(list(declared))
        yield from _texts(list(declared.values()))
    elif isinstance(declared, list | tuple):
        for part in declared:
            yield from _texts(part)


def estimate_declared(
    trial: str,
    name: str,
    config: dict,
    seed: int,
    people: pd.DataFrame,
    months: pd.DataFrame,
    by_linkage: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table (columns of impact/table.py) of the family or the tests called `name`.

    `config` has models (models.yaml, as far as the name needs it), groups, units of outcomes and
    block_sizes of the randomisation; the tables are those of the outcomes stage.
    """
    models = Models.model_validate(config["models"])
    groups = {key: Group.model_validate(group) for key, group in config["groups"].items()}
    setting = Setting(models.confidence_level, Streams(seed, f"{trial}|{name}"))
    if name in models.tests:
        return joint_tests(
            trial, name, models, groups, config["units"], people, config["block_sizes"], setting
        )
    family = models.families[name]
    arguments = {
        "trial": trial,
        "name": name,
        "family": family,
        "groups": groups,
        "units": config["units"],
        "people": people,
        "months": months,
        "setting": setting,
    }
    if family.by_linkage:
        return estimate_by_linkage(by_linkage, **arguments)
    return estimate_family(**arguments)
