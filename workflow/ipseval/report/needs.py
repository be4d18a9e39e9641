"""Which results, kinds and declarations the exhibits of a chapter are made from."""

from collections.abc import Iterable
from typing import Any

from ..catalogue import path_of
from ..config.declared import TRIAL_FILES, TrialConfig
from ..config.exhibits import Exhibit, Exhibits
from ..kinds import EXHIBITS
from .labels import (
    declared_labels,
    economics_labels,
    labels_of,
    outcomes_with_texts_of,
    printed_names,
)


def shown_in(exhibits: Exhibits, chapter: str) -> dict[str, Exhibit]:
    """Return the exhibits of a chapter by id, in order."""
    return {name: exhibits.exhibits[name] for name in exhibits.chapters[chapter].exhibits}


def files_read(exhibits: Exhibits, chapter: str) -> list[str]:
    """Return the result files, relative to the trial, that a chapter's exhibits read.

    Those of a chapter without exhibits are in read_by_page.
    """
    return sorted({f for spec in shown_in(exhibits, chapter).values() for f in spec.files_read})


def files_written(exhibits: Exhibits, chapter: str, png: bool = False) -> list[str]:
    """Return the files, relative to report/exhibits, that a chapter's exhibits are saved in.

    png: whether figures are saved as PNG too.
    """
    return [
        f"{name}.{end}"
        for name, spec in shown_in(exhibits, chapter).items()
        for end in (
            "csv",
            "json",
            *spec.endings,
            *(["png"] if png and "svg" in spec.endings else []),
        )
    ]


def modules_of(exhibits: Exhibits, chapter: str) -> list[str]:
    """Return the modules, below ipseval, of the kinds of a chapter's exhibits."""
    kinds = {spec.kind for spec in shown_in(exhibits, chapter).values()}
    return [EXHIBITS.module(kind) for kind in sorted(kinds)]


def config_slice(config: TrialConfig, chapter: str) -> dict[str, Any]:
    """Return the declarations that a chapter's exhibits depend on, as plain data.

    A chapter without economics leaves economics out, so that an edited valuation does not make
    it anew, and texts that it does not print are left empty.
    """
    exhibits = {
        name: spec.resolved(config) for name, spec in shown_in(config.exhibits, chapter).items()
    }
    families = [family for spec in exhibits.values() for family in spec.estimates_read]
    labels, others = labels_of(config, exhibits.values())
    sections = {
        "trial": config.trial.model_dump(mode="json"),
        "outcomes": outcomes_with_texts_of(config, printed_names(config, exhibits.values())),
    }
    if families:
        sections["models"] = config.models.only(*families).model_dump(mode="json")
    if config.economics and any(spec.shows_economics for spec in exhibits.values()):
        sections["economics"] = config.economics.model_dump(mode="json")
    if not exhibits:  # It may be about anything.
        return site_slice(config) | {
            "titles": _titles(config, chapter),
            "chapter": {
                "low_quality_below": config.exhibits.low_quality_below,
                "chapters": {chapter: config.exhibits.chapters[chapter].model_dump(mode="json")},
                "exhibits": config.exhibits.model_dump(mode="json")["exhibits"],
            },
        }
    return {
        "sections": sections,
        "labels": labels,
        "unlabelled": sorted(others),
        "titles": _titles(config, chapter),
        "chapter": {
            "low_quality_below": config.exhibits.low_quality_below,
            "chapters": {chapter: config.exhibits.chapters[chapter].model_dump(mode="json")},
            "exhibits": {name: spec.model_dump(mode="json") for name, spec in exhibits.items()},
        },
    }


def _titles(config: TrialConfig, chapter: str) -> dict[str, list[str]]:
    """Return chapter and title of the exhibits that a chapter refers to."""
    declared = config.exhibits
    places = {name: key for key, one in declared.chapters.items() for name in one.exhibits}
    return {
        name: [places[name], declared.exhibits[name].title]
        for name in declared.chapters[chapter].challenged_by
        if name in places
    }


def site_slice(config: TrialConfig) -> dict[str, Any]:
    """Return the declarations that the page of a report depends on, as plain data."""
    names = ("trial", "outcomes", "models", "economics")
    declared = {name: getattr(config, name) for name in names}
    return {
        "sections": {n: spec.model_dump(mode="json") for n, spec in declared.items() if spec},
        "labels": declared_labels(config) | economics_labels(config),
        "unlabelled": [],
        "chapter": config.exhibits.model_dump(mode="json"),
    }


# The first model that estimates an outcome.
FIRST = "first"


def families_told(config: TrialConfig, telling: Iterable[str]) -> dict[str, set[str]]:
    """Return the families that prose tells of, each with its models: by name, or FIRST.

    telling: chapters whose prose tells of the families of effects that their exhibits show.
    """
    declared, families = config.exhibits, config.models.families if config.models else {}
    placed = {name for chapter in declared.chapters.values() for name in chapter.exhibits}
    found: dict[str, set[str]] = {}
    for name in placed:
        spec: Any = declared.exhibits[name]
        if spec.kind == "outcomes_table":
            found.setdefault(spec.family, set()).add(spec.model)
        elif spec.kind == "regression_table":
            found.setdefault(spec.family, set())
    first = declared.findings.families if declared.findings else list(families)[:1]
    own = [
        family
        for chapter in telling
        for name in declared.chapters[chapter].exhibits
        for family in declared.exhibits[name].estimates_read
    ]
    for family in (*first, *own):
        if family in families and not families[family].by_month:
            found.setdefault(family, set()).add(FIRST)
    return {name: found[name] for name in families if name in found}


# Results of the economics of which rows are carried; others are curves, of which the cell says all.
ROWS = ("summary", "parties", "costs", "unit_costs", "quantities", "information")


def read_by_page(config: TrialConfig) -> list[str]:
    """Return the results of a trial that its part of the page is made from, relative to it."""
    tables = dict.fromkeys([config.trial.person.table, *config.outcomes.tables])
    return [
        path_of("people"),
        path_of("quality"),
        *(path_of("impact", family) for family in config.models.names),
        *(path_of(name) for name in ROWS if config.economics),
        *(path_of("extracts", table) for table in tables),
    ]


def config_from(parts: dict[str, Any]) -> TrialConfig:
    """Return the declarations in a slice; those left out are None."""
    given: dict[str, Any] = {
        name: TRIAL_FILES[name].model_validate(plain) for name, plain in parts["sections"].items()
    }
    given["exhibits"] = Exhibits.model_validate(parts["chapter"])
    every: dict[str, Any] = {name: given.get(name) for name in TRIAL_FILES}
    return TrialConfig(**every)
