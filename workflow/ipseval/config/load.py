"""Loads the configuration and checks it whole, so that a wrong name stops before a run."""

from pathlib import Path
from typing import Any

from ..errors import InputError, InputErrors
from .base import suggest
from .check import check_disclosure, check_run, check_trial
from .declared import OPTIONAL, TRIAL_FILES, Project, TrialConfig
from .disclosure import FILE as DISCLOSURE_FILE
from .disclosure import Disclosure
from .kept import keep_trial
from .paye import FILE as PAYE_FILE
from .paye import Paye
from .placeholders import FILE as PLACEHOLDERS_FILE
from .placeholders import Placeholders
from .read import parse_section, read_section, read_yaml, section_files
from .run import Main, Run


def load_trial(folder: Path, name: str) -> TrialConfig:
    """Return the declarations of a trial, checked for what they name in each other."""
    paths = {stem: folder / name / f"{stem}.yaml" for stem in TRIAL_FILES}
    given: dict[str, Any] = {
        s: read_section(paths[s], kind) for s, kind in TRIAL_FILES.items() if s not in OPTIONAL
    }
    for stem in OPTIONAL:
        present = any(file.exists() for file in section_files(paths[stem]))
        given[stem] = read_section(paths[stem], TRIAL_FILES[stem]) if present else None
    needed = given["outcomes"].needs_paye
    paye = read_section(folder.parents[1] / PAYE_FILE, Paye) if needed else None
    placeholders = None
    if given["trial"].sources:
        placeholders = read_section(folder.parents[1] / PLACEHOLDERS_FILE, Placeholders)
    config = TrialConfig(**given, paye=paye, placeholders=placeholders)
    problems = check_trial(config, paths, folder.parents[1])
    if problems:
        raise InputErrors(problems)
    return config


def load_project(root: Path, overrides: dict | None = None) -> Project:
    """Return the configuration under root/config; overrides are top-level keys of config.yaml.

    Raises InputError for a missing file, an unknown key (with the nearest known one), a value
    of the wrong type, or a name that nothing declares.
    """
    path = root / "config" / "config.yaml"
    data = {**read_yaml(path), **(overrides or {})}
    main = parse_section(data, Main, path)
    _refuse_own_folder(root, main, path)
    runs = root / "config" / "runs"
    if not (runs / f"{main.run}.yaml").exists():
        known = [file.stem for file in runs.glob("*.yaml")]
        raise InputError(f"unknown run '{main.run}'{suggest(main.run, known)}", file=runs)
    run = read_section(runs / f"{main.run}.yaml", Run)
    folder = root / "config" / "trials"
    known = [path.name for path in folder.iterdir() if path.is_dir()]
    for source, names in ((path, main.trials), (runs / f"{main.run}.yaml", run.extracts)):
        for name in names:
            if name not in known:
                raise InputError(f"unknown trial '{name}'{suggest(name, known)}", file=source)
    chosen = [name for name in run.trials or main.trials if name in run.extracts]
    if not chosen:
        raise InputError(
            f"run '{main.run}' has extracts for none of the trials {', '.join(main.trials)}",
            file=runs / f"{main.run}.yaml",
        )
    trials = {name: keep_trial(root, name, load_trial) for name in chosen}
    if problems := check_run(run, trials, runs / f"{main.run}.yaml"):
        raise InputErrors(problems)
    disclosure = Disclosure()
    if (root / "config" / DISCLOSURE_FILE).exists():
        disclosure = read_section(root / "config" / DISCLOSURE_FILE, Disclosure)
    if problems := check_disclosure(run, disclosure, trials, root / "config", main.run):
        raise InputErrors(problems)
    return Project(main, run, trials, disclosure)


# What a run is made from, or the project is kept in: nothing of a run may lie there.
OWN = ("workflow", "config", "notebooks", "tests", "docs", "envs", "benchmarks", ".git")


def _refuse_own_folder(root: Path, main: Main, path: Path) -> None:
    """Raise InputError where results would lie among what they are made from."""
    folder, inside = (root / main.results).resolve(), root.resolve()
    if folder.is_relative_to(inside) and folder.relative_to(inside).parts[:1] in {
        (name,) for name in OWN
    }:
        raise InputError(
            f"results would lie in {folder.relative_to(inside).parts[0]}/, which is the project's",
            file=path,
            rule="results",
            expected="a folder of their own, such as results, or one outside the project",
            remedy="name another one here, or with --results",
        )
