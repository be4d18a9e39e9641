"""Checks what exhibits name in the other files of a trial."""

from collections.abc import Iterator
from pathlib import Path

from .check_comparisons import about_no_person, check_comparisons
from .check_economics import check_economics_exhibit
from .check_regressions import check_regressions
from .names import PEOPLE, Names, columns_of

# Kinds that show one row of estimates a group, outcome and model.
ONE_ROW = (
    "outcomes_table",
    "response_imbalance",
    "regression_table",
    "effects_table",
    "odds_forest",
    "margins_plot",
)


def check_exhibits(config, names: Names, root: Path) -> None:
    """Note names in exhibits.yaml that nothing declares; `root` is the project's folder."""
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
        _exhibit_inference(config, names, where, spec)
        check_regressions(config, names, where, spec)
        _exhibit_people(config, names, where, spec)
        check_economics_exhibit(config, names, where, spec)


def _exhibit_estimates(config, names: Names, where: str, spec) -> None:
    """Families, models and outcomes that an exhibit shows."""
    if not hasattr(spec, "family"):
        return
    names.known("exhibits", f"{where}.family", [spec.family], config.models.families)
    family = config.models.families.get(spec.family)
    if family is None:
        return
    for problem in _wrong_family(spec.kind, family):
        names.say("exhibits", f"{where}.family", f"family '{spec.family}' {problem}")
    models = [getattr(spec, "model", None), *getattr(spec, "models", [])]
    names.known("exhibits", f"{where}.models", models, family.models)
    outcomes = [getattr(spec, "outcome", None), *getattr(spec, "outcomes", [])]
    if spec.kind == "impact_table":
        outcomes = [name for name in spec.rows if name not in spec.families]
        names.known("exhibits", f"{where}.rows", spec.rows, config.outcomes.outcomes)
        names.known("exhibits", f"{where}.formats", spec.rows, spec.formats)
        names.known("exhibits", f"{where}.groups", spec.groups, config.trial.groups)
        names.known("exhibits", f"{where}.families", spec.families.values(), config.models.families)
    if spec.kind == "estimates_table":
        names.known("exhibits", f"{where}.decimals", spec.outcomes, spec.decimals)
        names.known("exhibits", f"{where}.groups", spec.groups, family.groups)
    names.known("exhibits", f"{where}.outcomes", outcomes, family.outcomes)


def _wrong_family(kind: str, family) -> Iterator[str]:
    """Yield why a kind of exhibit cannot show a family."""
    several = family.by_month or family.by_linkage or family.subgroups
    if kind == "event_curve" and not family.by_month:
        yield "is not estimated by month"
    if kind == "subgroup_forest" and not family.subgroups:
        yield "has no subgroups"
    if kind in ONE_ROW and several:
        yield "has more than one row a group, outcome and model"


def _exhibit_inference(config, names: Names, where: str, spec) -> None:
    """What exhibits of tests, methods and registered outcomes name."""
    families, tests = config.models.families, config.models.tests
    match spec.kind:
        case "tests_table":
            names.known("exhibits", f"{where}.tests", [spec.tests], tests)
        case "verdicts_table":
            names.known("exhibits", f"{where}.tests", spec.tests, tests)
            for name in spec.tests:
                known = tests[name].methods if name in tests else [spec.method]
                names.known("exhibits", f"{where}.method", [spec.method], known)
        case "outcome_register":
            for entry in spec.entries:
                here = f"{where}.entries.{entry.label}"
                names.known("exhibits", here, [entry.family], families)
                if entry.family in families:
                    known = families[entry.family].outcomes
                    names.known("exhibits", here, [entry.outcome], known)
        case "robustness_plot":
            names.known("exhibits", f"{where}.groups", spec.groups, config.trial.groups)
            for i, row in enumerate(spec.rows):
                _method(config, names, f"{where}.rows.{i}", row, row.outcome or spec.outcome)
            if not names.problems:
                _distinct(names, where, [row.name(config.models) for row in spec.rows])
        case "flow_diagram":
            names.known("exhibits", f"{where}.group", [spec.group], config.trial.groups)
            declared = config.outcomes.samples
            used = [*spec.samples, spec.screening]
            names.known("exhibits", f"{where}.samples", used, declared)


def _distinct(names: Names, where: str, labels: list[str]) -> None:
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        names.say("exhibits", f"{where}.rows", f"two rows are called '{label}'; give one a label")


def _method(config, names: Names, where: str, row, outcome: str) -> None:
    """Family, model and outcome of one row of a robustness plot."""
    families, tests = config.models.families, config.models.tests
    names.known("exhibits", f"{where}.family", [row.family], [*families, *tests])
    if row.family in tests:
        hypotheses = tests[row.family].hypotheses
        names.known("exhibits", f"{where}.model", [row.model], tests[row.family].methods)
        tested = [name for one in hypotheses for name in one.outcomes]
        names.known("exhibits", f"{where}.outcome", [outcome], tested)
    family = families.get(row.family)
    if family is None:
        return
    if family.by_month or family.by_linkage or family.subgroups:
        names.say("exhibits", where, f"family '{row.family}' has more than one row an outcome")
    names.known("exhibits", f"{where}.model", [row.model], family.models)
    model = family.models.get(row.model)
    known = (model.outcomes if model else []) or family.outcomes
    names.known("exhibits", f"{where}.outcome", [outcome], known)


def _exhibit_people(config, names: Names, where: str, spec) -> None:
    """Columns of people.parquet, and tables about no person, that an exhibit shows."""
    columns = [*PEOPLE, *config.outcomes.covariates, *config.outcomes.outcomes]
    person = columns_of(config, config.trial.person.table)
    prefixes = _prefixes(config)
    check_comparisons(config, names, where, spec, columns)
    if spec.kind == "survey_crosstab":
        names.known("exhibits", f"{where}.column", [spec.column], columns)
        names.known("exhibits", f"{where}.prefix", [spec.prefix], prefixes)
        names.known("exhibits", f"{where}.weight", [spec.weight], config.outcomes.weights)
        names.known("exhibits", f"{where}.tested", spec.tested, [*spec.order, "all_categories"])
        names.known("exhibits", f"{where}.order", spec.order, _answers_of(config, spec))
    if spec.kind == "text_claims":
        _text_claims(config, names, where, spec)
    if spec.kind == "balance":
        names.known("exhibits", f"{where}.covariates", spec.covariates, config.outcomes.covariates)
    if spec.kind == "crosstab":
        names.known("exhibits", f"{where}.column", [spec.column], columns)
        names.known("exhibits", f"{where}.prefix", [spec.prefix], prefixes)
        declared = config.extracts.tables[config.trial.person.table].columns if person else {}
        column = declared.get(spec.column or "")
        if column is not None and column.codes:
            names.known("exhibits", f"{where}.order", spec.order, column.codes)
    if spec.kind == "match_weights":
        models = [
            f"{name}.{step.name}"
            for name, source in config.trial.sources.items()
            for step in source.passes
            if step.method == "probabilistic"
        ]
        names.known("exhibits", f"{where}.model", [spec.model], models)
    if spec.kind == "samples":
        used = [sample.column for sample in spec.samples]
        names.known("exhibits", f"{where}.samples", used, columns)
    if spec.kind == "record_counts":
        names.known("exhibits", f"{where}.table", [spec.table], config.extracts.tables)
        table = config.extracts.tables.get(spec.table)
        if table is None:
            return
        names.known("exhibits", where, [spec.row, spec.column], table.columns)
        about_no_person(names, f"{where}.table", spec.table, table)


def _prefixes(config) -> list[str]:
    """Return what the columns of questions with several answers begin with."""
    derived = [*config.outcomes.covariates.values(), *config.outcomes.outcomes.values()]
    return [spec.prefix for spec in derived if spec.kind == "columns"]


def _answers_of(config, spec) -> list[str]:
    """Return the answers that a question of a survey may have."""
    for derived in config.outcomes.outcomes.values():
        table = config.extracts.tables.get(getattr(derived, "table", None) or "")
        if table and derived.kind == "columns" and derived.prefix == spec.prefix:
            return [c.removeprefix(spec.prefix) for c in table.columns if c.startswith(spec.prefix)]
    derived = config.outcomes.outcomes.get(spec.column or "")
    table = config.extracts.tables.get(getattr(derived, "table", None) or "")
    column = table.columns.get(derived.column) if table else None
    return list(column.codes or {}) if column else list(spec.order)


def _text_claims(config, names: Names, where: str, spec) -> None:
    """Columns, groups and weights that the statements of a text are computed from."""
    people = [*PEOPLE, *config.outcomes.covariates, *config.outcomes.outcomes]
    tables, prefixes = config.extracts.tables, tuple(_prefixes(config))
    for name, claim in spec.claims.items():
        for measure in [claim, claim.compared_with]:
            if measure is None:
                continue
            here = f"{where}.claims.{name}"
            names.known("exhibits", here, [measure.table], tables)
            columns = columns_of(config, measure.table) if measure.table else people
            used = [measure.column, *measure.where]
            if not measure.table:
                used = [c for c in used if not str(c).startswith(prefixes)]
            names.known("exhibits", here, used, columns)
            names.known("exhibits", here, [measure.group], config.trial.groups)
            names.known("exhibits", here, [measure.weight], config.outcomes.weights)
            if measure.table in tables:
                about_no_person(names, f"{here}.table", measure.table, tables[measure.table])
