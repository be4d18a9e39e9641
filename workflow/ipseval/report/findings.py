"""The first page of the report: what was found in each trial, how sure it is, and on what it rests.

Sentences are those of report/sentences, computed from the results of the run; in a release whose
numbers are controlled, from what is released of these (report/told.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..economics.behind import numbers_behind
from .sentences import economics, impacts
from .sentences.words import Words
from .statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from ..config.declared import TrialConfig
    from .facts import TrialMade


@dataclass(frozen=True)
class FrontLine:
    """A heading of the first page, and what is said under it."""

    heading: str
    detail: str
    sentences: list[str]


@dataclass(frozen=True)
class Front:
    """What the first page says of one trial: findings, and the cells that are reproduced."""

    found: list[FrontLine]
    reproduced: str


def found_in(made: TrialMade, labels: dict[str, str]) -> list[FrontLine]:
    """Return what was found in a trial, of results or of what is released of them."""
    words = _words(made.config, labels)
    return [*_impacts(made, words), *_returns(made, words)]


def _words(config: TrialConfig, labels: dict[str, str]) -> Words:
    def label(key: str) -> str:
        outcome = config.outcomes.derived.get(key)
        if outcome and outcome.label:
            return outcome.label
        if key in labels or key != key.lower():
            return labels.get(key, key)
        parts = re.split("/|, ", key)
        if len(parts) > 1:
            return ", ".join(map(label, parts))
        return key.replace("_", " ").capitalize()

    return Words(label, config.trial.currency, config.models.confidence_level)


def _impacts(made: TrialMade, words: Words) -> Iterator[FrontLine]:
    """Yield the effects of the declared families, of everyone in each group."""
    declared, models = made.config.exhibits.findings, made.config.models
    names = declared.families if declared else list(models.families)[:1]
    for name in names:
        rows = made.estimate(name)
        rows = rows[(rows["subgroup"] == "all") & (rows["term"] == impacts.EFFECT)]
        if declared and declared.groups:
            rows = rows[rows["group"].isin(declared.groups)]
        called = {key: model.label for key, model in models.families[name].models.items()}
        for one in impacts.by_outcome(rows, words, called):
            yield FrontLine(one.outcome, one.model, one.sentences)


def _returns(made: TrialMade, words: Words) -> Iterator[FrontLine]:
    """Yield the return for every pound of each case, and how often it is positive."""
    declared = made.config.economics
    if declared is None:
        return
    found = made.config.exhibits.findings
    name = (found and found.appraisal) or next(iter(declared.appraisals))
    summary = made.table("summary")
    rows = summary[
        summary["default"] & (summary["scenario"] == "reference") & (summary["appraisal"] == name)
    ]
    if found and found.groups:
        rows = rows[rows["group"].isin(found.groups)]
    for key, case in declared.cases.items():
        said = economics.returned(rows[rows["case"] == key], words)
        behind = {
            "appraisal": [name],
            "case": [key],
            "scenario": ["reference"],
            "column": ["return_per_pound"],
        }
        known = numbers_behind(declared, "summary", behind)
        solved = [number for number, how in known.items() if how == "solved"]
        said += economics.calibrated(solved, words)
        if said:
            yield FrontLine(
                f"Costs and returns: {case.label}", declared.appraisals[name].label, said
            )


def reproduced(sources: Iterable[str], concordance: pd.DataFrame) -> str:
    """Return how much of what some sources published is reproduced; nothing if none is."""
    source = concordance["exhibit"].astype("str").str.split(":").str[0]
    own = concordance[source.isin(list(sources))]
    if own.empty:
        return ""
    counts = own["status"].value_counts()
    number = {status: int(counts.get(status, 0)) for status in STATUSES}
    same = number["agrees"] + number["by_construction"]
    rest = [
        _told(
            number["close"], "is within the tolerance of its", "are within the tolerance of their"
        )
        + " statistic",
        _told(number["impossible"], "contradicts", "contradict") + " other published figures",
        _told(number["differs"], "differs", "differ"),
        _told(number["not_reached"], "was", "were") + " searched for but not reached",
        _told(number["not_produced"], "is", "are") + " illegible in print or not produced",
    ]
    solved = number["by_construction"]
    by = f" ({solved:,} of them by construction)" if solved else ""
    return (
        f"Of {len(own):,} published figures, {same:,} ({100 * same / len(own):.0f}%) are "
        f"reproduced to the printed digit{by}; {', '.join(rest[:-1])}, and {rest[-1]}."
    )


def _told(number: int, one: str, many: str) -> str:
    return f"{f'{number:,}' if number else 'none'} {one if number < 2 else many}"
