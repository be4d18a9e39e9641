"""Checks what the files of a trial name in each other, so that a wrong name stops before a run."""

from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from . import scopes  # noqa: F401 - registers the scopes of references
from .base import Section, suggest
from .check_economics import check_economics
from .check_exhibits import check_exhibits
from .declared import TRIAL_FILES, TrialConfig
from .names import Names
from .read import located
from .refs import Place, Reference, problems, references
from .run import Run


def sections_of(config: TrialConfig, root: Path) -> Iterator[tuple[Section, Place]]:
    """Yield each section of a trial that is there and its place; `root` is the project's folder."""
    for file in TRIAL_FILES:
        section = getattr(config, file)
        if section is not None:
            yield section, Place(config, root, file)


def check_trial(config: TrialConfig, paths: dict[str, Path], root: Path) -> list[InputError]:
    """Return one error for each name that one file uses and no file declares.

    `paths` are the files of the trial by section, `root` the project's folder.
    """
    found: dict[tuple[str, str], InputError] = {}
    for section, place in sections_of(config, root):
        told = [
            (ref.place, _unknown(ref)) for ref in references(section, place) if not ref.is_known
        ]
        told += problems(section, place)
        for where, text in told:
            error = InputError(text, file=located(paths[place.file], where.path), rule=where.where)
            found.setdefault((text, where.where), error)
    names = Names(paths)
    check_economics(config, names)
    check_exhibits(config, names, root)
    return [*found.values(), *names.problems]


def _unknown(reference: Reference) -> str:
    known = reference.known or ()
    return f"unknown name '{reference.name}'{suggest(reference.name, known)}"


def check_run(run: Run, trials: dict[str, TrialConfig], path: Path) -> list[InputError]:
    """Return one error for each table or column of a run file that no trial declares."""
    names = Names({"run": path})
    for trial, source in run.extracts.items():
        if trial not in trials:
            continue
        tables = trials[trial].extracts.tables
        names.known("run", f"extracts.{trial}.tables", source.tables, tables)
        for name in source.tables:
            where = f"extracts.{trial}.tables.{name}"
            for file in source.files(name) if name in tables else []:
                for key in ("columns", "codes", "constants"):
                    named = getattr(file, key)
                    names.known("run", f"{where}.{key}", named, tables[name].columns)
    return names.problems
