"""Builds the extracts of one trial in one run, from whichever source the run declares."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..config.extracts import Extracts
from ..config.run import ExtractSource
from ..config.trial import Trial
from .read import read_tables
from .tables import conform, validate, validate_references


@dataclass(frozen=True)
class Context:
    """What an adapter may use: seeds and settings, never results."""

    trial: Trial
    folder: Path
    published: Path
    seed: int
    effect: str
    scale: float
    say: Callable[[str], None] = print

    @property
    def planted(self) -> bool:
        """Whether the published effects are planted: at scale 1, and not without an effect."""
        return self.scale == 1 and self.effect == "published"


def build_tables(
    name: str, source: ExtractSource, declared: Extracts, context: Context
) -> dict[str, pd.DataFrame]:
    """Return every declared table of a trial, typed, validated and in order of its key.

    Synthetic people come with a further table `truth`: the person's key and true numbers.

    source "files" reads the user's files; "synthetic" and "package" call `make_twin` and
    `read_package` of the trial's adapter, the module of this package named like the trial.
    Raises InputError for any value that breaks the declaration.
    """
    if source.source == "files":
        tables = read_tables(source, declared)
    else:
        adapter = importlib.import_module(f"{__package__}.{name}")
        make = adapter.make_twin if source.source == "synthetic" else adapter.read_package
        made = make(context)
        truth = made.pop("truth", None)
        tables = {}
        for table_name, table in declared.tables.items():
            # Given up one by one: a frame as made and as declared need not both be kept.
            tables[table_name] = conform(made.pop(table_name), table)
            validate(tables[table_name], table, table_name, f"adapter of {name}")
    validate_references(tables, declared, Path(name))
    return tables if source.source == "files" or truth is None else tables | {"truth": truth}
