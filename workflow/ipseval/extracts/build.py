"""Builds the extracts of one trial in one run, from whichever source the run declares."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pandas as pd

from ..config.extracts import Extracts
from ..config.run import FUNCTIONS, ExtractSource
from ..config.trial import Trial
from ..errors import InputError
from .across import obey_rules
from .on_disk import Stored
from .read import read_tables
from .repair import repaired, sent_once
from .tables import conform, validate_references

# Folder of the published numbers, one folder a source; relative to the project's folder.
PUBLISHED = Path("config/published")


@dataclass(frozen=True)
class Context:
    """What a maker or reader of extracts may use: seeds and settings, never results."""

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


def keep_calibration(name: str, source: ExtractSource, context: Context) -> Path:
    """Calibrate the synthetic people of a trial whose maker keeps them; returns the file.

    Raises InputError for a trial without synthetic people, and for one whose people are
    calibrated whenever they are made.
    """
    if source.source != "synthetic":
        raise InputError(
            f"trial '{name}' has no synthetic people to calibrate",
            rule=f"extracts.{name}.source of the run file is '{source.source}'",
        )
    maker = _imported(name, source)
    if not hasattr(maker, "calibrate"):
        raise InputError(
            f"the synthetic people of '{name}' are calibrated whenever they are made",
            remedy="run `make report`; there is nothing to keep",
        )
    return maker.calibrate(context)


def _imported(name: str, source: ExtractSource) -> ModuleType:
    """Return the module that makes or reads the tables of a trial, imported by name."""
    rule = f"extracts.{name}.module of the run file"
    if source.module is None:
        raise ValueError(f"extracts from {source.source} have no module")
    try:
        module = importlib.import_module(source.module)
    except ImportError as error:
        raise InputError(
            f"module '{source.module}' cannot be imported: {error}",
            rule=rule,
            remedy="install what is missing, or name its folder in PYTHONPATH",
        ) from error
    function = FUNCTIONS[source.source]
    if not callable(getattr(module, function, None)):
        raise InputError(f"module '{source.module}' has no function '{function}'", rule=rule)
    return module


def _made(name: str, source: ExtractSource, declared: Extracts, context: Context) -> dict:
    """Return the frames that the module of a trial makes: every declared one and no other."""
    make = getattr(_imported(name, source), FUNCTIONS[source.source])
    made = make(context)
    for problem, tables in (
        ("lacks", [table for table in declared.tables if table not in made]),
        ("has undeclared", [table for table in made if table not in (*declared.tables, "truth")]),
    ):
        if tables:
            raise InputError(
                f"what {make.__name__} returns {problem} tables: {', '.join(tables)}",
                file=source.module,
                expected=f"the tables of {context.folder / 'extracts.yaml'}",
            )
    return made


def build_tables(
    name: str, source: ExtractSource, declared: Extracts, context: Context
) -> dict[str, pd.DataFrame | Stored]:
    """Return every declared table of a trial, typed, validated and in order of its key.

    A further table `repairs` counts what declared rules left out or set missing (repair.REPAIRS).
    Synthetic people come with `truth` as well: the person's key and true numbers.

    source "files" reads the user's files; "synthetic" and "package" call `make_twin` and
    `read_package` of the module that the source names.
    Raises InputError for any value that breaks the declaration.
    """
    tables: dict[str, pd.DataFrame | Stored]
    if source.reads_files:
        tables, mendings = read_tables(source, declared, context.say)
        extra = {"repairs": mendings}
    else:
        made = _made(name, source, declared, context)
        tables, repairs, file = {}, [], source.module
        extra = {"truth": made.pop("truth")} if "truth" in made else {}
        for table_name, table in declared.tables.items():
            # Given up one by one: a frame as made and as declared need not both be kept.
            frame, mended = repaired(conform(made.pop(table_name), table), table, table_name, file)
            if isinstance(frame, Stored):
                raise TypeError("what a maker returns is held in memory")
            frame, once = sent_once({file: frame}, table, table_name)
            tables[table_name] = conform(frame, table)
            repairs += [mended, once]
        extra["repairs"] = pd.concat(repairs, ignore_index=True)
    tables, left_out = obey_rules(tables, declared, context.trial)
    if len(left_out):
        extra["repairs"] = pd.concat([extra["repairs"], left_out], ignore_index=True)
    validate_references(tables, declared, Path(name))
    return tables | extra
