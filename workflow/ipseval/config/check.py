"""Checks what the files of a trial name in each other, so that a wrong name stops before a run."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from ..errors import InputError
from .base import suggest
from .economics import Uniform

# Columns of people.parquet that every trial has; a covariate may use them but not redefine them.
PEOPLE = ["person_id", "trial_group", "site", "area", "arm", "randomised_on", "weight"]
MEASURES = ["employed", "days_employed", "pay"]


class Names:
    """Collects names that nothing declares; `where` is the key in the file."""

    def __init__(self, paths: dict[str, Path]):
        self._paths = paths
        self.problems: list[InputError] = []

    def known(self, file: str, where: str, names: Iterable[object], known: Iterable[str]) -> None:
        """Note each name that is not among the known ones; None is no name."""
        known = list(known)
        for name in names:
            if name is not None and name not in known:
                self.say(file, where, f"unknown name '{name}'{suggest(str(name), known)}")

    def say(self, file: str, where: str, problem: str) -> None:
        """Note a problem once, however often the name is used."""
        error = InputError(problem, file=self._paths[file], rule=where)
        if str(error) not in [str(other) for other in self.problems]:
            self.problems.append(error)


def check_trial(config, paths: dict[str, Path], root: Path) -> list[InputError]:
    """Return one error for each name that one file uses and no file declares.

    `config` is a TrialConfig, `paths` its files by section, `root` the project's folder.
    """
    names = Names(paths)
    for check in (_extracts, _trial, _outcomes, _models, _economics):
        check(config, names)
    _exhibits(config, names, root)
    return names.problems


def _columns(config, table: str) -> list[str]:
    declared = config.extracts.tables.get(table)
    return list(declared.columns) if declared else []


def check_run(run, trials: dict, path: Path) -> list[InputError]:
    """Return one error for each table or column of a run file that no trial declares."""
    names = Names({"run": path})
    for trial, source in run.extracts.items():
        if trial not in trials:
            continue
        tables = trials[trial].extracts.tables
        names.known("run", f"extracts.{trial}.tables", source.tables, tables)
        for name, file in source.tables.items():
            where = f"extracts.{trial}.tables.{name}"
            if name in tables:
                names.known("run", f"{where}.columns", file.columns, tables[name].columns)
                names.known("run", f"{where}.codes", file.codes, tables[name].columns)
    return names.problems


def _extracts(config, names: Names) -> None:
    tables = config.extracts.tables
    for name, table in tables.items():
        names.known("extracts", f"tables.{name}.key", table.key, table.columns)
        for column_name, column in table.columns.items():
            where = f"tables.{name}.columns.{column_name}"
            names.known("extracts", f"{where}.not_before", [column.not_before], table.columns)
            if column.references:
                known = [f"{t}.{c}" for t, other in tables.items() for c in other.columns]
                names.known("extracts", f"{where}.references", [column.references], known)


def _trial(config, names: Names) -> None:
    tables, trial, person = config.extracts.tables, config.trial, config.trial.person
    names.known("trial", "person.table", [person.table], tables)
    columns = _columns(config, person.table)
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
        where = f"sources.{name}"
        names.known("trial", f"{where}.table", [source.table], tables)
        names.known("trial", f"{where}.column", [source.column], columns)
        given = _columns(config, source.table)
        names.known("trial", f"{where}.record_id", [source.record_id] if given else [], given)
        for step in source.passes:
            names.known("trial", f"{where}.passes.{step.name}", step.on, columns)
            names.known(
                "trial", f"{where}.passes.{step.name}", step.on.values() if given else [], given
            )
    for milestone in trial.milestones:
        if not _is_date(milestone.date):
            names.say("trial", "milestones", f"'{milestone.date}' is no date (YYYY-MM-DD)")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _outcomes(config, names: Names) -> None:
    outcomes, tables = config.outcomes, config.extracts.tables
    person = tables.get(config.trial.person.table)
    for source, spells in outcomes.spells.items():
        where = f"spells.{source}"
        names.known("outcomes", where, [source], config.trial.sources)
        names.known("outcomes", where, [spells.employments, spells.payments], tables)
        jobs, paid = _columns(config, spells.employments), _columns(config, spells.payments)
        if jobs and paid:
            names.known("outcomes", where, [spells.employment_id, spells.start, spells.end], jobs)
            used = [spells.employment_id, spells.paid_on, spells.amount]
            names.known("outcomes", where, used, paid)
    if outcomes.months:
        names.known("outcomes", "months.source", [outcomes.months.source], outcomes.spells)
    for name, spec in {**outcomes.covariates, **outcomes.outcomes}.items():
        if name in PEOPLE:
            names.say("outcomes", name, f"'{name}' is a column that every trial has already")
        if spec.kind == "in_table":
            names.known("outcomes", f"{name}.table", [spec.table], tables)
        names.known("outcomes", f"{name}.source", [getattr(spec, "source", None)], outcomes.spells)
        if person is None:
            continue
        names.known("outcomes", f"{name}.column", [getattr(spec, "column", None)], person.columns)
        if spec.kind == "columns" and not any(c.startswith(spec.prefix) for c in person.columns):
            names.say("outcomes", f"{name}.prefix", f"no column begins with '{spec.prefix}'")
        column = person.columns.get(getattr(spec, "column", None) or "")
        if spec.kind == "equals" and column is not None and column.codes:
            names.known("outcomes", f"{name}.value", [spec.value], column.codes)


def _models(config, names: Names) -> None:
    covariates = [*config.outcomes.covariates, "trial_group", "site", "area"]
    for name, family in config.models.families.items():
        where = f"families.{name}"
        if family.by_month and config.outcomes.months is None:
            names.say("models", where, "by_month needs months in outcomes.yaml")
        known = MEASURES if family.by_month else config.outcomes.outcomes
        names.known("models", f"{where}.outcomes", family.outcomes, known)
        names.known("models", f"{where}.groups", family.groups, config.trial.groups)
        for model in family.models.values():
            names.known("models", f"{where}.covariates", model.covariates, covariates)


def _economics(config, names: Names) -> None:
    economics = config.economics
    names.known("economics", "family", [economics.family], config.models.families)
    names.known("economics", "groups", economics.groups, config.trial.groups)
    names.known("economics", "not_calculated", economics.not_calculated, economics.groups)
    family = config.models.families.get(economics.family)
    if family:
        names.known("economics", "model", [economics.model], family.models)
        names.known("economics", "groups", economics.groups, family.groups)
    for name, case in economics.cases.items():
        where = f"cases.{name}"
        if family:
            used = [benefit.outcome for benefit in case.benefits.values()]
            names.known("economics", f"{where}.benefits", used, family.outcomes)
        if case.cost.ledger:
            names.known("economics", where, [case.cost.ledger], config.extracts.tables)
            columns = _columns(config, case.cost.ledger)
            if columns:
                names.known("economics", where, [case.cost.amount, "trial_group"], columns)
        valuations = [benefit.value for benefit in case.benefits.values()]
        valuations += [case.cost.per_head] if case.cost.per_head else []
        for valuation in valuations:
            spread = valuation.distribution
            if isinstance(spread, Uniform) and not spread.low <= valuation.value <= spread.high:
                problem = (
                    f"value {valuation.value:g} lies outside {spread.low:g} to {spread.high:g}"
                )
                names.say("economics", where, problem)


def _exhibits(config, names: Names, root: Path) -> None:
    exhibits = config.exhibits
    notebooks = [path.stem for path in sorted((root / "notebooks").glob("*.ipynb"))]
    listed = root / "config" / "published" / "exhibits.csv"
    published = []
    if listed.exists():
        lines = listed.read_text(encoding="utf-8").splitlines()[1:]
        published = [line.split(",", 1)[0] for line in lines]
    for name, chapter in exhibits.chapters.items():
        where = f"chapters.{name}"
        names.known("exhibits", where, chapter.exhibits, exhibits.exhibits)
        names.known("exhibits", f"{where}.notebook", [chapter.notebook], notebooks)
    for name, spec in exhibits.exhibits.items():
        where = f"exhibits.{name}"
        names.known("exhibits", f"{where}.published", [spec.published], published)
        _exhibit_estimates(config, names, where, spec)
        _exhibit_people(config, names, where, spec)
        _exhibit_returns(config, names, where, spec)


def _exhibit_estimates(config, names: Names, where: str, spec) -> None:
    """Families, models and outcomes that an exhibit shows."""
    if not hasattr(spec, "family"):
        return
    names.known("exhibits", f"{where}.family", [spec.family], config.models.families)
    family = config.models.families.get(spec.family)
    if family is None:
        return
    if spec.kind == "event_curve" and not family.by_month:
        names.say("exhibits", where, f"family '{spec.family}' is not estimated by month")
    models = [getattr(spec, "model", None), *getattr(spec, "models", [])]
    names.known("exhibits", f"{where}.models", models, family.models)
    outcomes = [getattr(spec, "outcome", None), *getattr(spec, "outcomes", [])]
    if spec.kind == "impact_table":
        outcomes = [*spec.rows, *spec.formats]
    if spec.kind == "estimates_table":
        names.known("exhibits", f"{where}.decimals", spec.outcomes, spec.decimals)
    names.known("exhibits", f"{where}.outcomes", outcomes, family.outcomes)


def _exhibit_people(config, names: Names, where: str, spec) -> None:
    """Columns of people.parquet, and tables about no person, that an exhibit shows."""
    columns = [*PEOPLE, *config.outcomes.covariates, *config.outcomes.outcomes]
    person = _columns(config, config.trial.person.table)
    prefixes = [s.prefix for s in config.outcomes.covariates.values() if s.kind == "columns"]
    if spec.kind == "balance":
        names.known("exhibits", f"{where}.covariates", spec.covariates, config.outcomes.covariates)
    if spec.kind == "crosstab":
        names.known("exhibits", f"{where}.column", [spec.column], columns)
        names.known("exhibits", f"{where}.prefix", [spec.prefix], prefixes)
        declared = config.extracts.tables[config.trial.person.table].columns if person else {}
        column = declared.get(spec.column or "")
        if column is not None and column.codes:
            names.known("exhibits", f"{where}.order", spec.order, column.codes)
    if spec.kind == "samples":
        used = [sample.column for sample in spec.samples]
        names.known("exhibits", f"{where}.samples", used, columns)
    if spec.kind == "record_counts":
        names.known("exhibits", f"{where}.table", [spec.table], config.extracts.tables)
        table = config.extracts.tables.get(spec.table)
        if table is None:
            return
        names.known("exhibits", where, [spec.row, spec.column], table.columns)
        if any(column.sensitivity != "aggregate" for column in table.columns.values()):
            problem = f"table '{spec.table}' is about people; the report reads no such extract"
            names.say("exhibits", f"{where}.table", problem)


def _exhibit_returns(config, names: Names, where: str, spec) -> None:
    """Cases of the appraisal that an exhibit shows."""
    cases = config.economics.cases
    if spec.kind == "returns_table":
        names.known("exhibits", f"{where}.rows", spec.rows, cases)
    if spec.kind == "returns_plot":
        names.known("exhibits", f"{where}.case", [spec.case], cases)
