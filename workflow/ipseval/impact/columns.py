"""Which columns of people a declaration can use."""

from collections.abc import Iterable, Iterator

import pandas as pd
from pyarrow.parquet import read_schema

from ..config.names import PEOPLE, REPLICATE


def read_people(path: str, config: dict) -> pd.DataFrame:
    """Return those columns of people.parquet that a declaration names, and PEOPLE.

    People have hundreds of columns, of which an estimate takes a few; selecting people from all of
    them, again and again, would cost more than the estimate.
    """
    return _read_named(path, config)


def read_family_tables(months: str, by_linkage: str, config: dict, name: str) -> list[pd.DataFrame]:
    """Return what a family takes of months.parquet and by_linkage.parquet, whose columns it names.

    A family that takes neither, and tests, get empty tables: of many people these files are the
    largest of all.
    """
    family = config["models"]["families"].get(name, {})
    keys = {"by_month": (months, "month"), "by_linkage": (by_linkage, "method")}
    return [
        _read_named(path, config, key) if family.get(wanted) else pd.DataFrame()
        for wanted, (path, key) in keys.items()
    ]


def _read_named(path: str, config: dict, *keys: str) -> pd.DataFrame:
    named = named_columns(read_schema(path).names, config)
    return pd.read_parquet(path, columns=list(dict.fromkeys([*keys, *named])))


def named_columns(known: Iterable[str], config: dict) -> list[str]:
    """Return those of the columns known that a declaration names, and PEOPLE."""
    named, known = {*PEOPLE, *_texts(config)}, list(known)
    named |= {f"sample_{name}" for name in named}
    columns = [name for name in known if name in named]
    if "replicates" in named:  # the covariance of some model
        columns += [c for c in known if REPLICATE in c and c.partition(REPLICATE)[0] in named]
    return columns


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
