"""Checks what outcomes.yaml names: sources, tables, columns, codes, other results."""

from ..outcomes.instruments import INSTRUMENTS
from .derivations import TransformKind
from .linked_derivations import BenefitKind, EmploymentKind, ServiceKind
from .names import PEOPLE, Names, columns_of


def check_outcomes(config, names: Names) -> None:
    """Note each name in outcomes.yaml that nothing declares; `config` is a TrialConfig."""
    _spells(config, names)
    _benefits(config, names)
    _services(config, names)
    outcomes = config.outcomes
    if outcomes.months:
        names.known("outcomes", "months.source", [outcomes.months.source], outcomes.spells)
        names.known("outcomes", "months.benefits", [outcomes.months.benefits], outcomes.benefits)
        _has_amounts(config, names, "months.benefits", outcomes.months.benefits)
    before = []
    for name, spec in outcomes.derived.items():
        if name in PEOPLE:
            names.say("outcomes", name, f"'{name}' is a column that every trial has already")
        if isinstance(spec, EmploymentKind | BenefitKind | ServiceKind):
            _linked(config, names, name, spec)
        elif isinstance(spec, TransformKind):
            known = [*before, "trial_group", "site", "area", "randomised_on"]
            for key, named in spec.made_from.items():
                names.known("outcomes", f"{name}.{key}", named, known)
        elif spec.kind == "last_record":
            _last_record(config, names, name, spec)
        elif spec.kind == "months_employed_and_on_benefit":
            names.known("outcomes", f"{name}.source", [spec.source], outcomes.spells)
            names.known("outcomes", f"{name}.benefits", [spec.benefits], outcomes.benefits)
        elif spec.kind == "unlinked":
            names.known("outcomes", f"{name}.source", [spec.source], config.trial.sources)
        else:
            _of_table(config, names, name, spec)
        names.known("outcomes", f"{name}.only_where", [getattr(spec, "only_where", None)], before)
        before.append(name)
    _weights(config, names)
    _samples(config, names)


def _spells(config, names: Names) -> None:
    """Tables and columns of employments and payments."""
    for source, spells in config.outcomes.spells.items():
        where = f"spells.{source}"
        names.known("outcomes", where, [source], config.trial.sources)
        tables = config.extracts.tables
        names.known("outcomes", where, [spells.employments, spells.payments], tables)
        jobs, paid = columns_of(config, spells.employments), columns_of(config, spells.payments)
        if jobs and paid:
            names.known("outcomes", where, [spells.employment_id, spells.start, spells.end], jobs)
            used = [spells.employment_id, spells.paid_on, spells.amount]
            names.known("outcomes", where, used, paid)
            names.known("outcomes", f"{where}.payment_key", spells.payment_key, paid)


def _benefits(config, names: Names) -> None:
    """Tables, columns and codes of benefits."""
    for source, spec in config.outcomes.benefits.items():
        where = f"benefits.{source}"
        columns = _linked_table(config, names, where, source, spec.table)
        if columns:
            used = [spec.benefit, spec.start, spec.end, spec.weekly_amount]
            names.known("outcomes", where, used, columns)
            for key in ("out_of_work", "paid"):
                _possible(names, f"{where}.{key}", columns.get(spec.benefit), getattr(spec, key))


def _services(config, names: Names) -> None:
    """Tables, columns and codes of events and stays."""
    for name, events in config.outcomes.events.items():
        for table, spec in events.tables.items():
            where = f"events.{name}.tables.{table}"
            columns = _linked_table(config, names, where, events.source, table)
            if columns:
                again = spec.resubmitted
                used = [spec.date, spec.status, *([*again.key, again.latest] if again else [])]
                names.known("outcomes", where, used, columns)
                _where(names, f"{where}.where", columns, spec.where)
    for name, stays in config.outcomes.stays.items():
        where = f"stays.{name}"
        columns = _linked_table(config, names, where, stays.source, stays.table)
        if columns:
            names.known(
                "outcomes", where, [stays.admitted, stays.discharged, stays.episode_end], columns
            )
            _where(names, f"{where}.where", columns, stays.where)


def _linked_table(config, names: Names, where: str, source: str, table: str) -> dict:
    """Return the columns of a table that a source links, none where there is no such table."""
    sources, tables = config.trial.sources, config.extracts.tables
    names.known("outcomes", where, [source], sources)
    names.known("outcomes", where, [table], sources[source].tables if source in sources else tables)
    return tables[table].columns if table in tables else {}


def _where(names: Names, where: str, columns: dict, conditions: dict) -> None:
    names.known("outcomes", where, conditions, columns)
    for column, values in conditions.items():
        _possible(names, f"{where}.{column}", columns.get(column), values)


def _linked(config, names: Names, name: str, spec) -> None:
    """Sources, events, stays and status that a derivation from linked records names."""
    outcomes, tables = config.outcomes, config.extracts.tables
    if isinstance(spec, EmploymentKind):
        names.known("outcomes", f"{name}.source", [spec.source], outcomes.spells)
    elif isinstance(spec, BenefitKind):
        names.known("outcomes", f"{name}.source", [spec.source], outcomes.benefits)
        if spec.kind == "total_benefit":
            _has_amounts(config, names, f"{name}.source", spec.source)
        if spec.kind == "spell_at" and spec.source in outcomes.benefits:
            columns = getattr(tables.get(outcomes.benefits[spec.source].table), "columns", {})
            names.known("outcomes", f"{name}.column", [spec.column], columns)
            _possible(names, f"{name}.values", columns.get(spec.column), spec.values)
    elif spec.kind in ("bed_days", "stay_count"):
        names.known("outcomes", f"{name}.stays", [spec.stays], outcomes.stays)
    else:
        names.known("outcomes", f"{name}.events", [spec.events], outcomes.events)
        events = outcomes.events.get(spec.events)
        if events is None:
            return
        coded = [
            tables[table].columns[columns.status].codes
            for table, columns in events.tables.items()
            if table in tables and columns.status in tables[table].columns
        ]
        # A column without codes can have any status.
        if all(coded):
            known = dict.fromkeys(code for codes in coded for code in codes)
            used = [*spec.status, *getattr(spec, "among", [])]
            names.known("outcomes", f"{name}.status", used, known)
        if spec.kind == "event_share":
            for status in set(spec.status or spec.among) - set(spec.among):
                names.say("outcomes", f"{name}.status", f"'{status}' is not in among")


def _has_amounts(config, names: Names, where: str, source: str | None) -> None:
    benefits = config.outcomes.benefits.get(source)
    if benefits and not benefits.weekly_amount:
        names.say("outcomes", where, f"benefits of '{source}' have no weekly_amount")


def _last_record(config, names: Names, name: str, spec) -> None:
    """Table, columns and answers of a derivation from a person's last linked record."""
    columns = _linked_table(config, names, name, spec.source, spec.table)
    if not columns:
        return
    for key, used in (("date", [spec.date]), ("column", [spec.column])):
        names.known("outcomes", f"{name}.{key}", used, columns)
    names.known("outcomes", f"{name}.complete", spec.complete, columns)
    _where(names, f"{name}.where", columns, spec.where)
    dated, number = columns.get(spec.date), columns.get(spec.column)
    if dated is not None and dated.type not in ("date", "datetime"):
        names.say("outcomes", f"{name}.date", f"'{spec.date}' is no date")
    if number is not None and number.type not in ("integer", "number"):
        names.say("outcomes", f"{name}.column", f"'{spec.column}' is no number")


def _of_table(config, names: Names, name: str, spec) -> None:
    """Table, columns and answers that a derivation from the trial's own records names."""
    tables, table = config.extracts.tables, getattr(spec, "table", None)
    names.known("outcomes", f"{name}.table", [table], tables)
    asked = tables.get(table or config.trial.person.table)
    if asked is None:
        return
    many = spec.kind in ("in_table", "record_count", "days_until_first")
    if not many and table and asked.key != [config.trial.person.key]:
        names.say("outcomes", f"{name}.table", f"'{table}' has not one row a person")
    names.known("outcomes", f"{name}.column", [getattr(spec, "column", None)], asked.columns)
    if spec.kind == "columns" and not any(c.startswith(spec.prefix) for c in asked.columns):
        names.say("outcomes", f"{name}.prefix", f"no column begins with '{spec.prefix}'")
    _answers(names, name, spec, asked.columns)


def _weights(config, names: Names) -> None:
    outcomes = config.outcomes
    for name, spec in outcomes.weights.items():
        where = f"weights.{name}"
        if name in PEOPLE or name in outcomes.derived:
            names.say("outcomes", where, f"'{name}' is the name of another column")
        names.known("outcomes", where, [spec.responded], outcomes.derived)
        used = [*spec.covariates, *spec.calibrate]
        names.known("outcomes", where, used, [*outcomes.covariates, "trial_group", "site", "area"])


def _samples(config, names: Names) -> None:
    """Columns that samples name, and values of those whose codes are declared."""
    outcomes, tables = config.outcomes, config.extracts.tables
    known = [*PEOPLE, *outcomes.derived, *outcomes.weights]
    for name, sample in outcomes.samples.items():
        for step in sample.steps:
            where = f"samples.{name}"
            names.known("outcomes", where, [*step.where, *step.missing], known)
            for column, values in step.where.items():
                spec = outcomes.derived.get(column)
                if getattr(spec, "kind", None) == "column":
                    table = tables.get(spec.table or config.trial.person.table)
                    answers = table.columns.get(spec.column) if table else None
                    _possible(names, f"{where}.{column}", answers, values)


def _answers(names: Names, name: str, spec, columns: dict) -> None:
    """Answers that a derivation names, and the items of a score."""
    column = columns.get(getattr(spec, "column", None))
    if spec.kind == "equals" and column is not None and column.codes:
        names.known("outcomes", f"{name}.value", [spec.value], column.codes)
    if spec.kind == "one_of":
        _possible(names, f"{name}.values", column, spec.values)
    zero_where = getattr(spec, "zero_where", {})
    if (
        spec.kind == "years_since"
        and column is not None
        and column.type not in ("date", "datetime")
    ):
        names.say("outcomes", f"{name}.column", f"'{spec.column}' is no date")
    number = spec.kind == "at_least" or (spec.kind == "column" and zero_where)
    if number and column is not None and column.type not in ("integer", "number"):
        names.say("outcomes", f"{name}.column", f"'{spec.column}' is no number")
    for routing, stops in zero_where.items():
        names.known("outcomes", f"{name}.zero_where", [routing], columns)
        _possible(names, f"{name}.zero_where.{routing}", columns.get(routing), stops)
    if spec.kind == "score":
        _score(names, name, spec, columns)


def _possible(names: Names, where: str, column, values: list) -> None:
    """Values that a column can have: one of another type would silently match nothing."""
    if column is None:
        return
    if column.codes:
        names.known("outcomes", where, values, column.codes)
        return
    fitting = {"boolean": bool, "integer": int, "number": int}.get(column.type, str)
    for value in values:
        if type(value) is not fitting:
            names.say("outcomes", where, f"'{value}' is no value of a column of type {column.type}")


def _score(names: Names, name: str, spec, columns: dict) -> None:
    """Instrument, items, value set and bands of a score."""
    names.known("outcomes", f"{name}.instrument", [spec.instrument], INSTRUMENTS)
    instrument = INSTRUMENTS.get(spec.instrument)
    if instrument is None:
        return
    items = [spec.prefix + item for item in instrument.items]
    names.known("outcomes", f"{name}.prefix", items, columns)
    for item in items:
        if item in columns and columns[item].type not in ("integer", "number"):
            names.say("outcomes", f"{name}.prefix", f"item '{item}' is no number")
    where = f"{name}.value_set"
    if spec.value_set and not instrument.value_sets:
        names.say("outcomes", where, f"'{spec.instrument}' has no value sets")
    elif instrument.value_sets and not spec.value_set:
        known = ", ".join(instrument.value_sets)
        names.say("outcomes", where, f"'{spec.instrument}' needs a value set: {known}")
    else:
        names.known("outcomes", where, [spec.value_set], instrument.value_sets)
    if spec.band and not instrument.bands:
        names.say("outcomes", f"{name}.band", f"'{spec.instrument}' has no bands")
