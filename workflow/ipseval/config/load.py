"""Reads the configuration, checks it whole and says where a mistake is."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeVar

import yaml
from pydantic import ValidationError

from ..errors import InputError, InputErrors
from .base import Section, suggest
from .check import check_run, check_trial
from .economics import Economics
from .exhibits import Exhibits
from .extracts import Extracts
from .models import Models
from .outcomes import Outcomes
from .paye import FILE as PAYE_FILE
from .paye import Paye
from .run import Main, Run
from .trial import Trial

T = TypeVar("T", bound=Section)

# The files of a trial and what each must hold.
TRIAL_FILES: dict[str, type[Section]] = {
    "trial": Trial,
    "extracts": Extracts,
    "outcomes": Outcomes,
    "models": Models,
    "economics": Economics,
    "exhibits": Exhibits,
}
OPTIONAL = ("economics",)


@dataclass(frozen=True)
class TrialConfig:
    """The six declarations of one trial, and the rules of the state that they use."""

    trial: Trial
    extracts: Extracts
    outcomes: Outcomes
    models: Models
    economics: Economics | None  # None: costs and benefits of the trial are not appraised
    exhibits: Exhibits
    paye: Paye | None = None  # None: no outcome is a charge on pay

    def estimates_of(self, name: str) -> dict:
        """Return, as plain data, what the estimates of a family or of tests depend on."""
        return {
            "models": self.models.only(name).model_dump(mode="json"),
            "groups": self.trial.model_dump(mode="json")["groups"],
            "units": self.outcomes.units,
            "block_sizes": self.trial.randomisation.block_sizes,
        }

    def appraised_impacts(self) -> dict:
        """Return, as plain data, what the covariance of the appraised impacts depends on."""
        impacts = self.economics.impacts
        return {
            "models": self.models.only(*self.economics.families).model_dump(mode="json"),
            "groups": self.trial.model_dump(mode="json")["groups"],
            "appraised": self.economics.groups,
            "impacts": {name: (i.family, i.model, i.outcome) for name, i in impacts.items()},
        }


@dataclass(frozen=True)
class Project:
    """The whole configuration of one run."""

    main: Main
    run: Run
    trials: dict[str, TrialConfig]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """A safe loader that refuses a key given twice, of which YAML would let the last win.

    Dates stay text: sections that take a date say in which form.
    """

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag.endswith(":merge"):
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.constructor.ConstructorError(
                    None, None, f"key '{key}' is given twice (line {line})"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict:
    """Return the mapping in a YAML file; raises InputError if it is none."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - safe
    except FileNotFoundError:
        raise InputError("configuration file is missing", file=path) from None
    except yaml.YAMLError as error:
        raise InputError(f"not valid YAML: {error}", file=path) from None
    if not isinstance(data, dict):
        raise InputError("expected keys and values", file=path)
    return data


def section_files(path: Path) -> list[Path]:
    """Return the files of a section: X.yaml, or every file of the folder X where that is missing.

    A long section is kept in a folder; extracts/hmrc.yaml holds some tables of `extracts`.
    """
    folder = path.with_suffix("")
    return [path] if path.exists() or not folder.is_dir() else sorted(folder.glob("*.yaml"))


def read_section(path: Path, kind: type[T]) -> T:
    """Return the typed content of a YAML file, or of a folder of files named like it.

    Raises InputError naming file and key, also for a name that two files of a folder give.
    """
    data: dict = {}
    origin: dict[tuple, Path] = {}
    for file in section_files(path):
        for key, value in read_yaml(file).items():
            names = list(value) if isinstance(value, dict) and key in data else []
            if key in data and (not names or set(names) & set(data[key])):
                twice = next((name for name in names if name in data[key]), key)
                raise InputError(f"'{twice}' is given in another file as well", file=file)
            data[key] = data[key] | value if names else value
            origin |= {(key,): file} if key not in origin else {}
            origin |= {(key, name): file for name in value} if isinstance(value, dict) else {}
    return parse_section(data, kind, path, origin)


def parse_section(
    data: dict, kind: type[T], path: object, origin: dict[tuple, Path] | None = None
) -> T:
    """Return data as a section; raises InputErrors with one entry a mistake.

    `origin` maps the first one or two keys of a mistake to the file that has them.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        origin = origin or {}
        problems = [
            InputError(
                _message(detail["msg"]),
                file=origin.get(detail["loc"][:2], origin.get(detail["loc"][:1], path)),
                column=None,
                rule=".".join(str(part) for part in detail["loc"]) or "top level",
                remedy="correct the key named above; docs/reference/configuration.md lists all",
            )
            for detail in error.errors()
        ]
        raise InputErrors(problems) from None


def load_trial(folder: Path, name: str) -> TrialConfig:
    """Return the declarations of a trial, checked for what they name in each other."""
    paths = {stem: folder / name / f"{stem}.yaml" for stem in TRIAL_FILES}
    given = {
        s: read_section(paths[s], kind) for s, kind in TRIAL_FILES.items() if s not in OPTIONAL
    }
    for stem in OPTIONAL:
        present = any(file.exists() for file in section_files(paths[stem]))
        given[stem] = read_section(paths[stem], TRIAL_FILES[stem]) if present else None
    charged = any(s.kind == "payroll_charge" for s in given["outcomes"].derived.values())
    paye = read_section(folder.parents[1] / PAYE_FILE, Paye) if charged else None
    config = TrialConfig(**given, paye=paye)
    shown = {s: path if path.exists() else path.with_suffix("") for s, path in paths.items()}
    problems = check_trial(config, shown, folder.parents[1])
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
    chosen = [name for name in main.trials if name in run.extracts]
    if not chosen:
        raise InputError(
            f"run '{main.run}' has extracts for none of the trials {', '.join(main.trials)}",
            file=runs / f"{main.run}.yaml",
        )
    trials = {name: load_trial(folder, name) for name in chosen}
    if problems := check_run(run, trials, runs / f"{main.run}.yaml"):
        raise InputErrors(problems)
    return Project(main, run, trials)


def _message(text: str) -> str:
    return text.removeprefix("Value error, ")
