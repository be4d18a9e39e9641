"""Builds the extracts of one trial in one run, from whichever source the run declares."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..config.extracts import Extracts
from ..config.run import ExtractSource
from ..config.trial import Trial
from ..errors import InputError
from .read import read_tables
from .repair import repaired, sent_once
from .tables import conform, validate_references


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


def keep_calibration(name: str, context: Context) -> Path:
    """Calibrate the synthetic people of a trial whose adapter keeps them; returns the file.

    Raises InputError for a trial whose people are calibrated whenever they are made.
    """
    adapter = importlib.import_module(f"{__package__}.{name}")
    if not hasattr(adapter, "calibrate"):
        raise InputError(
            f"the synthetic people of '{name}' are calibrated whenever they are made",
            remedy="run `make report`; there is nothing to keep",
        )
    return adapter.calibrate(context)


def build_tables(
    name: str, source: ExtractSource, declared: Extracts, context: Context
) -> dict[str, pd.DataFrame]:
    """Return every declared table of a trial, typed, validated and in order of its key.

    A further table `repairs` counts what declared rules left out or set missing (repair.REPAIRS).
    Synthetic people come with `truth` as well: the person's key and true numbers.

    source "files" reads the user's files; "synthetic" and "package" call `make_twin` and
    `read_package` of the trial's adapter, the module of this package named like the trial.
    Raises InputError for any value that breaks the declaration.
    """
    if source.source == "files":
        tables, repairs = read_tables(source, declared)
        extra = {"repairs": repairs}
    else:
        adapter = importlib.import_module(f"{__package__}.{name}")
        make = adapter.make_twin if source.source == "synthetic" else adapter.read_package
        made = make(context)
        tables, repairs, file = {}, [], f"adapter of {name}"
        extra = {"truth": made.pop("truth")} if "truth" in made else {}
        for table_name, table in declared.tables.items():
            # Given up one by one: a frame as made and as declared need not both be kept.
            frame, mended = repaired(conform(made.pop(table_name), table), table, table_name, file)
            frame, once = sent_once({file: frame}, table, table_name)
            tables[table_name] = conform(frame, table)
            repairs += [mended, once]
        extra["repairs"] = pd.concat(repairs, ignore_index=True)
    validate_references(tables, declared, Path(name))
    return tables | extra
