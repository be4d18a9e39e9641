"""Checks what the files of a trial name in each other, so that a wrong name stops before a run."""

from datetime import date
from itertools import chain
from pathlib import Path

from ..errors import InputError
from ..modules import defines, module_file
from .check_economics import check_economics
from .check_exhibits import check_exhibits
from .check_outcomes import check_outcomes
from .names import Names, columns_of, measures_of
from .run import FUNCTIONS, ExtractSource


def check_trial(config, paths: dict[str, Path], root: Path) -> list[InputError]:
    """Return one error for each name that one file uses and no file declares.

    `config` is a TrialConfig, `paths` its files by section, `root` the project's folder.
    """
    names = Names(paths)
    for check in (_extracts, _trial, check_outcomes, _models, check_economics):
        check(config, names)
    check_exhibits(config, names, root)
    return names.problems


def check_run(run, trials: dict, path: Path) -> list[InputError]:
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
                for key in ("columns", "codes", "constants"):
                    named = getattr(file, key)
                    names.known("run", f"{where}.{key}", named, tables[name].columns)
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


def _extracts(config, names: Names) -> None:
    tables = config.extracts.tables
    for name, table in tables.items():
        names.known("extracts", f"tables.{name}.key", table.key, table.columns)
        if table.sent_twice:
            named = [*table.sent_twice.event, *table.sent_twice.says]
            names.known("extracts", f"tables.{name}.sent_twice", named, table.columns)
        for column_name, column in table.columns.items():
            where = f"tables.{name}.columns.{column_name}"
            names.known("extracts", f"{where}.not_before", [column.not_before], table.columns)
            if column.references:
                known = [f"{t}.{c}" for t, other in tables.items() for c in other.columns]
                names.known("extracts", f"{where}.references", [column.references], known)


def _trial(config, names: Names) -> None:
    tables, trial, person = config.extracts.tables, config.trial, config.trial.person
    names.known("trial", "person.table", [person.table], tables)
    columns = columns_of(config, person.table)
    if not columns:
        return
    used = ["key", "arm", "randomised_at", "trial_group", "site", "area"]
    names.known("trial", "person", [getattr(person, name) for name in used], columns)
    names.known("trial", "randomisation.strata", trial.randomisation.strata, columns)
    everywhere = dict.fromkeys(column for table in tables.values() for column in table.columns)
    asked = [rule.get("column") for rule in trial.randomisation.eligibility]
    names.known("trial", "randomisation.eligibility", asked, everywhere)
    declared = tables[person.table].columns.get(person.trial_group or "")
    for name, group in trial.groups.items():
        if declared is not None and declared.codes:
            where = f"groups.{name}.trial_groups"
            names.known("trial", where, group.trial_groups, declared.codes)
    for name, source in trial.sources.items():
        _source(config, names, name, source, columns)
    for milestone in trial.milestones:
        if not _is_date(milestone.date):
            names.say("trial", "milestones", f"'{milestone.date}' is no date (YYYY-MM-DD)")


def _source(config, names: Names, name: str, source, columns: list[str]) -> None:
    """Fields, tables and passes of a source that is linked."""
    where = f"sources.{name}"
    names.known("trial", f"{where}.tables", source.tables, config.extracts.tables)
    names.known("trial", f"{where}.fields", source.fields, columns)
    for table, record_id in source.tables.items():
        given = columns_of(config, table)
        used = [record_id, source.supplier, *(field.column for field in source.fields.values())]
        names.known("trial", f"{where}.{table}", used if given else [], given)
    names.known("trial", f"{where}.identifier", [source.identifier], source.fields)
    names.known("trial", f"{where}.used", source.used, [step.name for step in source.passes])
    for step in source.passes:
        named = [*step.on, *step.compare, *chain(*step.block), *chain(*step.train)]
        names.known("trial", f"{where}.passes.{step.name}", named, source.fields)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _models(config, names: Names) -> None:
    covariates = [*config.outcomes.covariates, "trial_group", "site", "area"]
    for name, family in config.models.families.items():
        where = f"families.{name}"
        if family.by_month and config.outcomes.months is None:
            names.say("models", where, "by_month needs months in outcomes.yaml")
        known = measures_of(config) if family.by_month else config.outcomes.derived
        names.known("models", f"{where}.outcomes", family.outcomes, known)
        if family.by_linkage:
            linked = config.outcomes.by_linkage
            names.known("models", f"{where}.by_linkage", family.outcomes, linked)
        names.known("models", f"{where}.groups", family.groups, config.trial.groups)
        names.known("models", f"{where}.subgroups", family.subgroups, covariates)
        site = family.homogeneity.site if family.homogeneity else None
        names.known("models", f"{where}.homogeneity.site", [site], covariates)
        for model in family.models.values():
            names.known("models", f"{where}.covariates", model.covariates, covariates)
            names.known("models", f"{where}.weight", [model.weight], config.outcomes.weights)
            names.known("models", f"{where}.outcomes", model.outcomes, family.outcomes)
            names.known("models", f"{where}.baseline", model.baseline, family.outcomes)
            names.known("models", f"{where}.baseline", model.baseline.values(), covariates)
            known = [model.received, model.interaction]
            names.known("models", f"{where}.received", known, covariates)
    for name, tests in config.models.tests.items():
        _tests(config, names, f"tests.{name}", tests)


def _tests(config, names: Names, where: str, tests) -> None:
    """Hypotheses of families and models that can be tested together, in groups of the trial."""
    names.known("models", f"{where}.groups", tests.groups, config.trial.groups)
    named = [outcome for hypotheses in tests.hypotheses for outcome in hypotheses.outcomes]
    for outcome in {name for name in named if named.count(name) > 1}:
        names.say("models", f"{where}.hypotheses", f"outcome '{outcome}' is named twice")
    for hypotheses in tests.hypotheses:
        names.known("models", f"{where}.family", [hypotheses.family], config.models.families)
        family = config.models.families.get(hypotheses.family)
        if family is None:
            continue
        names.known("models", f"{where}.outcomes", hypotheses.outcomes, family.outcomes)
        names.known("models", f"{where}.model", [hypotheses.model], family.models)
        model = family.models.get(hypotheses.model)
        resampled = model is not None and "westfall_young" in tests.methods
        fits = not resampled or (
            model.estimator == "ols" and model.covariance in ("classical", "HC0", "HC1")
        )
        if family.by_month or family.by_linkage or family.subgroups:
            names.say("models", f"{where}.family", f"'{hypotheses.family}' has more than one row")
        if not fits:
            problem = f"model '{hypotheses.model}' is not ols with classical, HC0 or HC1"
            names.say("models", f"{where}.model", problem)
