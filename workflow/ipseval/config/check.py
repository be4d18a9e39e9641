"""Checks what the files of a trial name in each other, so that a wrong name stops before a run."""

from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from ..modules import defines, module_file
from . import scopes  # noqa: F401 - registers the scopes of references
from .base import Section, suggest
from .declared import TRIAL_FILES, TrialConfig
from .disclosure import Disclosure
from .names import PEOPLE, Names
from .read import located
from .refs import Place, Reference, identifier_refused, problems, references
from .run import FUNCTIONS, ExtractSource, Run


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
    errors: dict[tuple[str, str], InputError] = {}
    for section, place in sections_of(config, root):
        for where, text in problems_of(section, place):
            error = InputError(text, file=located(paths[place.file], where.path), rule=where.where)
            errors.setdefault((text, where.where), error)
    return list(errors.values())


def problems_of(section: Section, place: Place) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong in a section that parses: names that nothing declares, and the rest."""
    for ref in references(section, place):
        if not ref.is_known:
            yield ref.place, _unknown(ref)
        elif ref.is_leak:
            yield ref.place, identifier_refused(ref.name)
    yield from problems(section, place)


def _unknown(reference: Reference) -> str:
    known = reference.known or ()
    return f"unknown name '{reference.name}'{suggest(reference.name, known)}"


def check_run(run: Run, trials: dict[str, TrialConfig], path: Path) -> list[InputError]:
    """Return one error for each name in a run file that nothing declares.

    Tables and columns are those of the trial; modules have to be there, with their function.
    """
    names = Names({"run": path})
    for trial, source in run.extracts.items():
        if trial not in trials:
            continue
        if problem := _module_problem(source):
            names.say("run", f"extracts.{trial}.module", problem)
        tables = trials[trial].extracts.tables
        names.known("run", f"extracts.{trial}.tables", source.tables, tables)
        for name in source.tables:
            where = f"extracts.{trial}.tables.{name}"
            for file in source.files(name) if name in tables else []:
                for key in ("columns", "codes", "constants", "derive", "by_column", "totals"):
                    named = getattr(file, key)
                    names.known("run", f"{where}.{key}", named, tables[name].columns)
    return names.problems


def check_disclosure(
    run: Run, disclosure: Disclosure, trials: dict[str, TrialConfig], folder: Path, name: str
) -> list[InputError]:
    """Return one error for a policy that there is not, or that lets real people out uncontrolled,
    and for each name that nothing declares; of trials of other runs nothing but the name is asked.
    """
    file, given = folder / "runs" / f"{name}.yaml", folder / "disclosure.yaml"
    if run.policy not in disclosure.policies:
        hint = suggest(run.policy, disclosure.policies)
        return [InputError(f"unknown policy '{run.policy}'{hint}", file=file, rule="disclosure")]
    if run.is_of_real_people and not disclosure.policies[run.policy].control:
        return [
            InputError(
                f"policy '{run.policy}' controls nothing, and people of this run are real",
                file=file,
                rule="disclosure",
                expected="a policy with control, such as ons",
                remedy="name another policy in the run file",
            )
        ]
    names, declared = Names({"disclosure": given}), [p.name for p in (folder / "trials").iterdir()]
    asked = [one.trial for one in disclosure.exceptions]
    names.known("disclosure", "exceptions.trial", asked, declared)
    names.known("disclosure", "organisations", disclosure.organisations, declared)
    for i, one in enumerate(disclosure.exceptions):
        if one.trial in trials:
            exhibits = trials[one.trial].exhibits.exhibits
            names.known("disclosure", f"exceptions.{i}.exhibit", [one.exhibit], exhibits)
    for trial, columns in disclosure.organisations.items():
        if trial in trials:
            people = [*PEOPLE, *trials[trial].outcomes.derived]
            names.known("disclosure", f"organisations.{trial}", columns, people)
    return names.problems


def _module_problem(source: ExtractSource) -> str | None:
    """Return why the tables of a source cannot be made by its module; None if it has none."""
    if source.module is None:
        return None
    file = module_file(source.module)
    if file is None:
        return (
            f"module '{source.module}' is not found; correct its name, install it, or name its "
            "folder in the environment variable PYTHONPATH"
        )
    function = FUNCTIONS[source.source]
    try:
        there = defines(file, function)
    except SyntaxError as error:
        return f"module '{source.module}' is not valid Python: line {error.lineno} of {file}"
    return None if there else f"module '{source.module}' has no function '{function}': {file}"
