"""Who uses a declared name: the places that name it, and the results that depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .catalogue import made_by, path_of
from .config.base import suggest
from .config.check import sections_of
from .config.declared import TrialConfig
from .config.read import located
from .config.refs import Reference, references
from .errors import InputError

# An entry of the configuration: file, section of the file, name.
Entry = tuple[str, str, str]

_COLUMN_OF_PEOPLE = (
    "people",
    "people_and_weights",
    "covariates",
    "declared_covariates",
    "outcomes",
    "derived",
    "derived_before",
    "known_before",
    "family_outcomes",
    "model_outcomes",
    "own_outcomes",
    "estimable",
)
# File and section of an entry -> targets of the references that can mean it.
MEANT_BY: dict[tuple[str, str], tuple[str, ...]] = {
    ("extracts", "tables"): ("tables",),
    ("trial", "groups"): ("groups", "family_groups", "appraised_groups"),
    ("trial", "sources"): ("sources", "spells", "benefits"),
    ("outcomes", "spells"): ("spells",),
    ("outcomes", "benefits"): ("benefits",),
    ("outcomes", "events"): ("events",),
    ("outcomes", "stays"): ("stays",),
    ("outcomes", "covariates"): _COLUMN_OF_PEOPLE,
    ("outcomes", "outcomes"): _COLUMN_OF_PEOPLE,
    ("outcomes", "weights"): ("weights", "people_and_weights"),
    ("outcomes", "samples"): ("samples",),
    ("models", "families"): ("families", "families_and_tests"),
    ("models", "tests"): ("tests", "families_and_tests"),
    ("economics", "impacts"): ("impacts",),
    ("economics", "editions"): ("editions",),
    ("economics", "values"): ("values", "quantities"),
    ("economics", "rates"): ("rates", "quantities"),
    ("economics", "benefits"): ("economic_benefits",),
    ("economics", "appraisals"): ("appraisals",),
    ("economics", "cases"): ("cases",),
    ("exhibits", "exhibits"): ("exhibits",),
    ("exhibits", "chapters"): (),
}


def entries_of(config: TrialConfig) -> list[Entry]:
    """Return what a trial declares by name."""
    return [
        (file, section, str(name))
        for file, section in MEANT_BY
        if getattr(config, file) is not None
        for name in getattr(getattr(config, file), section)
    ]


def users_of(config: TrialConfig, root: Path, entry: Entry) -> dict[Entry, list[Reference]]:
    """Return the entries that depend on an entry, directly or through others, nearest first.

    The value has the references through which each is reached.
    """
    named: dict[tuple[str, str], list[Reference]] = {}
    for section, place in sections_of(config, root):
        for reference in references(section, place):
            named.setdefault((reference.target, reference.name), []).append(reference)
    users: dict[Entry, list[Reference]] = {}
    waiting = [entry]
    while waiting:
        file, section_name, name = waiting.pop(0)
        for target in MEANT_BY.get((file, section_name), ()):
            for reference in named.get((target, name), ()):
                user = _entry_of(reference)
                if user not in users and user != entry:
                    waiting.append(user)
                users.setdefault(user, []).append(reference)
        if file == "economics":
            # Exhibits of the appraisal show all of it, and need not name its parts.
            for user in _shows_economics(config):
                if user not in users:
                    waiting.append(user)
                    users[user] = []
    users.pop(entry, None)
    return users


def _entry_of(reference: Reference) -> Entry:
    place = reference.place
    section, name = (*place.path, "", "")[:2]
    return place.file, section, name


def _shows_economics(config: TrialConfig) -> Iterator[Entry]:
    for name, spec in config.exhibits.exhibits.items():
        if spec.shows_economics:
            yield ("exhibits", "exhibits", name)


def results_of(config: TrialConfig, entries: list[Entry]) -> list[str]:
    """Return the results, relative to the trial, that entries are about, sorted."""
    results: set[str] = set()
    for file, section, name in entries:
        if section == "tables":
            results.add(path_of("extracts", name))
        elif (file, section) == ("trial", "sources"):
            results |= set(made_by("link_records").values())
        elif file == "outcomes":
            results |= set(made_by("derive_outcomes").values())
        elif file == "models":
            results.add(path_of("impact", name))
        elif file == "economics":
            # One job appraises: any of its tables may move with any entry.
            results |= set(made_by("simulate_economics").values())
            if section == "impacts":
                results |= set(made_by("estimate_joint").values())
        elif section == "exhibits":
            spec = config.exhibits.exhibits[name]
            results |= {f"report/exhibits/{name}.{end}" for end in ("csv", "json", *spec.endings)}
        elif section == "chapters":
            results.add(f"report/chapters/{name}.html")
    return sorted(results)


def uses_text(trials: dict[str, TrialConfig], root: Path, name: str) -> str:
    """Return who uses a name in each trial, as text.

    Raises InputError for a name that nothing declares, with the nearest known one.
    """
    lines: list[str] = []
    known: set[str] = set()
    for trial, config in trials.items():
        entries = entries_of(config)
        known |= {entry[2] for entry in entries}
        for entry in (e for e in entries if e[2] == name):
            lines += _told(trial, config, root, entry)
    if not lines:
        raise InputError(f"nothing declares '{name}'{suggest(name, known)}")
    return "\n".join(lines)


def _told(trial: str, config: TrialConfig, root: Path, entry: Entry) -> list[str]:
    file, section, name = entry
    users = users_of(config, root, entry)
    here = _shown(root, trial, file, (section, name))
    lines = [f"{trial}: {section}.{name} ({here})"]
    if not users:
        lines.append("  used by nothing")
    for user, through in users.items():
        places = [_shown(root, trial, r.place.file, r.place.path) for r in through]
        where = _together(places) or _shown(root, trial, user[0], user[1:])
        lines.append(f"  used by {'.'.join(part for part in user[1:] if part)} ({where})")
    lines.append("  results")
    lines += [f"    {trial}/{result}" for result in results_of(config, [entry, *users])]
    return lines


def _together(places: list[str]) -> str:
    """Return places, the lines of one file together: "a.yaml, lines 3, 5"."""
    lines: dict[str, list[str]] = {}
    for place in places:
        file, _, line = place.partition(", line ")
        lines.setdefault(file, []).append(line)
    return "; ".join(
        f"{file}, line{'s' if len(set(numbers)) > 1 else ''} {', '.join(dict.fromkeys(numbers))}"
        for file, numbers in lines.items()
    )


def _shown(root: Path, trial: str, file: str, path: tuple[str, ...]) -> str:
    text = located(root / "config" / "trials" / trial / f"{file}.yaml", path)
    return text.replace(f"{root}/", "")
