"""What the names are that a declaration can use, by target (see refs.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..catalogue import ECONOMICS_TABLES
from .names import PEOPLE, measures_of
from .refs import Names, Place, scope

# Columns of people.parquet that every trial has and that may serve as covariates.
EVERY_TRIAL = ("trial_group", "site", "area")


def _table(place: Place) -> Any:
    """Return the table that `table` names around here, the person table where it is absent."""
    tables = place.config.extracts.tables
    named = place.named("table")
    return tables.get(named or place.config.trial.person.table)


def _family(place: Place) -> Any:
    return place.config.models.families.get(place.named("family"))


# extracts


@scope("tables")
def tables(place: Place) -> Names:
    """Tables of the extracts."""
    return place.config.extracts.tables


@scope("columns")
def columns(place: Place) -> Names | None:
    """Columns of the table that `table` names, of the person table where it is absent."""
    table = _table(place)
    return None if table is None else table.columns


@scope("own_columns")
def own_columns(place: Place) -> Names | None:
    """Columns of the table of the extracts inside which the place is."""
    return place.named("columns")


@scope("table.column")
def table_columns(place: Place) -> Names:
    """Columns of all tables, as table.column."""
    declared = place.config.extracts.tables
    return [f"{name}.{column}" for name, table in declared.items() for column in table.columns]


@scope("person_columns")
def person_columns(place: Place) -> Names | None:
    """Columns of the person table."""
    table = place.config.extracts.tables.get(place.config.trial.person.table)
    return None if table is None else table.columns


@scope("any_column")
def any_column(place: Place) -> Names:
    """Columns of any table."""
    tables = place.config.extracts.tables
    return dict.fromkeys(column for table in tables.values() for column in table.columns)


@scope("codes")
def codes(place: Place) -> Names | None:
    """Codes of the column that `column` names; None where it has none, and so any value."""
    table = _table(place)
    column = table.columns.get(place.named("column")) if table else None
    return column.codes if column else None


@scope("linked_tables")
def linked_tables(place: Place) -> Names | None:
    """Tables of the linked source that `source` names, or of which the place tells something."""
    source = place.config.trial.sources.get(place.named("source") or place.path[1])
    return None if source is None else source.tables


# trial


@scope("groups")
def groups(place: Place) -> Names:
    """Analysis groups."""
    return place.config.trial.groups


@scope("arms")
def arms(place: Place) -> Names:
    """Arms of the trial, by name."""
    return place.config.trial.person.arm.names


@scope("trial_groups")
def trial_groups(place: Place) -> Names | None:
    """Codes of the column of the trial group; None where it has none."""
    person = place.config.trial.person
    table = place.config.extracts.tables.get(person.table)
    column = table.columns.get(person.trial_group or "") if table else None
    return column.codes if column else None


@scope("calendar")
def calendar(place: Place) -> Names:
    """Events of the calendar."""
    return place.config.trial.calendar


@scope("dated_events")
def dated_events(place: Place) -> Names:
    """Events of the calendar that are on one day for everybody."""
    events = place.config.trial.calendar
    return [name for name, event in events.items() if event.date and not event.where]


@scope("own_strata")
def own_strata(place: Place) -> Names | None:
    """Columns of the strata of the randomisation inside which the place is."""
    return place.named("strata")


@scope("sources")
def sources(place: Place) -> Names:
    """Linked sources."""
    return place.config.trial.sources


@scope("source_fields")
def source_fields(place: Place) -> Names | None:
    """Fields of the linked source inside which the place is."""
    return place.named("fields")


@scope("source_passes")
def source_passes(place: Place) -> Names | None:
    """Passes of the linked source inside which the place is."""
    passes = place.named("passes")
    return None if passes is None else [step.name for step in passes]


@scope("probabilistic_passes")
def probabilistic_passes(place: Place) -> Names:
    """Probabilistic passes of all sources, as source.pass."""
    return [
        f"{name}.{step.name}"
        for name, source in place.config.trial.sources.items()
        for step in source.passes
        if step.method == "probabilistic"
    ]


# outcomes


def _columns_of(place: Place, name: str | None) -> Any:
    """Return the columns of a table, None if it is none."""
    table = place.config.extracts.tables.get(name or "")
    return None if table is None else table.columns


@scope("employment_columns")
def employment_columns(place: Place) -> Names | None:
    """Columns of the table of employments inside whose entry the place is."""
    return _columns_of(place, place.named("employments"))


@scope("payment_columns")
def payment_columns(place: Place) -> Names | None:
    """Columns of the table of payments inside whose entry the place is."""
    return _columns_of(place, place.named("payments"))


@scope("benefit_columns")
def benefit_columns(place: Place) -> Names | None:
    """Columns of the benefit spells of the source that `source` names."""
    spells = place.config.outcomes.benefits.get(place.named("source"))
    return None if spells is None else _columns_of(place, spells.table)


@scope("event_columns")
def event_columns(place: Place) -> Names | None:
    """Columns of the table of events inside whose entry the place is: events.<name>.tables.<x>."""
    return _columns_of(place, place.path[3])


@scope("event_status")
def event_status(place: Place) -> Names | None:
    """Status that the events named by `events` can have; None where one is of any text."""
    events = place.config.outcomes.events.get(place.named("events"))
    if events is None:
        return None
    by_table = []
    for table, spec in events.tables.items():
        columns = _columns_of(place, table) or {}
        if spec.status in columns:
            by_table.append(columns[spec.status].codes)
    return dict.fromkeys(code for codes in by_table for code in codes) if all(by_table) else None


@scope("instruments")
def scored_instruments(place: Place) -> Names:
    """Instruments that can be scored."""
    from ..outcomes.instruments import INSTRUMENTS

    return INSTRUMENTS


@scope("spells")
def spells(place: Place) -> Names:
    """Linked sources with employments."""
    return place.config.outcomes.spells


@scope("benefits")
def benefits(place: Place) -> Names:
    """Linked sources with benefits."""
    return place.config.outcomes.benefits


@scope("events")
def events(place: Place) -> Names:
    """Events of linked sources."""
    return place.config.outcomes.events


@scope("stays")
def stays(place: Place) -> Names:
    """Stays of linked sources."""
    return place.config.outcomes.stays


@scope("covariates")
def covariates(place: Place) -> Names:
    """Covariates, and the columns of every trial that may serve as one."""
    return [*place.config.outcomes.covariates, *EVERY_TRIAL]


@scope("clusters")
def clusters(place: Place) -> Names:
    """Columns of people.parquet that errors can be clustered by."""
    randomised = ["cluster"] if place.config.trial.randomisation.cluster else []
    return [*place.config.outcomes.covariates, *EVERY_TRIAL, *randomised]


@scope("declared_covariates")
def declared_covariates(place: Place) -> Names:
    """Covariates of outcomes.yaml."""
    return place.config.outcomes.covariates


@scope("outcomes")
def outcomes(place: Place) -> Names:
    """Outcomes of outcomes.yaml."""
    return place.config.outcomes.outcomes


@scope("derived")
def derived(place: Place) -> Names:
    """Covariates and outcomes."""
    return place.config.outcomes.derived


@scope("derived_before")
def derived_before(place: Place) -> list[str]:
    """Covariates and outcomes declared before the one inside which the place is.

    One of several results is no column under its own name.
    """
    derived = place.config.outcomes.derived
    names = list(derived)
    entry = place.path[1] if len(place.path) > 1 else ""
    before = names[: names.index(entry)] if entry in names else names
    return [name for name in before if derived[name].columns_begin_with is None]


@scope("known_before")
def known_before(place: Place) -> Names:
    """Results declared before, and the columns that every trial has."""
    return [*derived_before(place), *EVERY_TRIAL, "randomised_on"]


@scope("people")
def people(place: Place) -> list[str]:
    """Columns of people.parquet that are declared."""
    return [*PEOPLE, *place.config.outcomes.derived]


@scope("people_and_weights")
def people_and_weights(place: Place) -> Names:
    """Columns of people.parquet, weights among them."""
    return [*people(place), *place.config.outcomes.weights]


@scope("prefixes")
def prefixes(place: Place) -> Names:
    """What the columns of questions with several answers begin with."""
    derivations = place.config.outcomes.derived.values()
    return [spec.columns_begin_with for spec in derivations if spec.columns_begin_with is not None]


@scope("weights")
def weights(place: Place) -> Names:
    """Non-response weights."""
    return place.config.outcomes.weights


@scope("samples")
def samples(place: Place) -> Names:
    """Analysis samples."""
    return place.config.outcomes.samples


# models


@scope("families")
def families(place: Place) -> Names:
    """Families of impact models."""
    return place.config.models.families


@scope("tests")
def tests(place: Place) -> Names:
    """Sets of hypotheses tested together."""
    return place.config.models.tests


@scope("families_and_tests")
def families_and_tests(place: Place) -> Names:
    """Whatever has a CSV of estimates."""
    return place.config.models.names


@scope("models")
def models(place: Place) -> Names | None:
    """Models of the family that `family` names."""
    family = _family(place)
    return None if family is None else family.models


@scope("family_outcomes")
def family_outcomes(place: Place) -> Names | None:
    """Outcomes of the family that `family` names."""
    family = _family(place)
    return None if family is None else family.outcomes


@scope("model_outcomes")
def model_outcomes(place: Place) -> Names | None:
    """Outcomes of the family that `family` names for which its `model` is."""
    family = _family(place)
    if family is None:
        return None
    model = family.models.get(place.named("model"))
    return (model.outcomes if model else None) or family.outcomes


@scope("family_groups")
def family_groups(place: Place) -> Names | None:
    """Groups of the family that `family` names."""
    family = _family(place)
    return None if family is None else family.groups


@scope("test_methods")
def test_methods(place: Place) -> Names | None:
    """Methods of the tests that `tests` names, one or several."""
    named = place.named("tests")
    named = [named] if isinstance(named, str) else named or []
    known = place.config.models.tests
    by_test = [known[name].methods for name in named if name in known]
    return [m for m in by_test[0] if all(m in other for other in by_test)] if by_test else None


@scope("own_outcomes")
def own_outcomes(place: Place) -> Names | None:
    """Outcomes of the family inside which the place is."""
    from .models import Family

    family = place.within(Family)
    return None if family is None else family.outcomes


@scope("estimable")
def estimable(place: Place) -> Names:
    """What a family can estimate: outcomes, measures by month, or results that depend on links."""
    from .models import Family

    family = place.within(Family)
    if family is not None and family.by_month:
        return measures_of(place.config)
    if family is not None and family.by_linkage:
        return place.config.outcomes.by_linkage
    return place.config.outcomes.derived


# economics; a trial may have none


def _economics(place: Place, section: str) -> Names | None:
    economics = place.config.economics
    return None if economics is None else getattr(economics, section)


@scope("appraised_groups")
def appraised_groups(place: Place) -> Names | None:
    """Groups that are appraised."""
    return _economics(place, "groups")


@scope("cases")
def cases(place: Place) -> Names | None:
    """Cases of the appraisal."""
    return _economics(place, "cases")


@scope("appraisals")
def appraisals(place: Place) -> Names | None:
    """Appraisals."""
    return _economics(place, "appraisals")


@scope("impacts")
def impacts(place: Place) -> Names | None:
    """Impacts that benefits are made from."""
    return _economics(place, "impacts")


@scope("editions")
def editions(place: Place) -> Names | None:
    """Editions of the guidance."""
    return _economics(place, "editions")


@scope("values")
def values(place: Place) -> Names | None:
    """Unit costs and valuations."""
    return _economics(place, "values")


@scope("rates")
def rates(place: Place) -> Names | None:
    """Rates, shares and factors."""
    return _economics(place, "rates")


@scope("quantities")
def quantities(place: Place) -> Names | None:
    """Values and rates."""
    return _economics(place, "quantities")


@scope("economic_benefits")
def economic_benefits(place: Place) -> Names | None:
    """Benefits of economics.yaml."""
    return _economics(place, "benefits")


@scope("economics_tables")
def economics_tables(place: Place) -> Names:
    """Results of the economics that are tables."""
    return ECONOMICS_TABLES


@scope("ledger_categories")
def ledger_categories(place: Place) -> Names | None:
    """Codes of the column that `category` names; None where it has none."""
    table = _table(place)
    column = table.columns.get(place.named("category")) if table else None
    return (column.codes or None) if column else None


# exhibits


@scope("exhibits")
def exhibits(place: Place) -> Names:
    """Exhibits."""
    return place.config.exhibits.exhibits


@scope("notebooks")
def notebooks(place: Place) -> Names:
    """Notebooks of the project."""
    return sorted(path.stem for path in (place.root / "notebooks").glob("*.ipynb"))


@scope("published")
def published(place: Place) -> Names:
    """Exhibits of the published reports."""
    stated = [f"{name}:verdicts" for name in _published(place.root, "verdicts.csv", 1)]
    return [*_published(place.root, "exhibits.csv", 0), *dict.fromkeys(stated)]


@scope("published_sources")
def published_sources(place: Place) -> Names:
    """Sources of published numbers: reports, registry records, articles."""
    found_in = {"exhibits.csv", "text-claims.csv"}
    return sorted({name for file in found_in for name in _published(place.root, file, 1)})


def _published(root: Path, file: str, column: int) -> list[str]:
    """Return an early column, which has no commas in it, of a list of published numbers."""
    listed = root / "config" / "published" / file
    if not listed.exists():
        return []
    return [line.split(",", 2)[column] for line in listed.read_text("utf-8").splitlines()[1:]]
