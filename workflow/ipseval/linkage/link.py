"""Links people to the records of administrative sources, pass by pass."""

import hmac
from collections.abc import Callable, Collection, Mapping

import pandas as pd

from ..arms import randomised
from ..config.placeholders import Placeholders
from ..config.trial import Source, Trial
from ..errors import InputError
from ..memory import give_back
from .health import health_table, refuse_unfit
from .identifiers import NO_PLACEHOLDERS
from .passes import REVIEW, LinkedSource, link_source
from .quality import (
    CALIBRATION,
    MEASURED,
    PASSES,
    QUARANTINE,
    calibration,
    members,
    method_quality,
    pass_quality,
    quarantined,
    records_right,
    source_quality,
    true_pairs,
)
from .rows import as_texts
from .unlinked import doubted_elsewhere, unlinked_people, without_unlinked

PEOPLE = "people"  # the source name of the trial's own person table


def person_ids(keys: pd.Series, secret: bytes, table: str = PEOPLE) -> pd.Series:
    """Return pseudonyms: keyed SHA-256 of each key, 16 hexadecimal digits.

    Without the secret nobody can find a person's pseudonym by hashing all keys. Raises
    InputError if two keys collide, or a key occurs twice.
    """

    def pseudonym(key: str) -> str:
        return hmac.digest(secret, key.encode(), "sha256").hex()[:16]

    ids = keys.map(pseudonym).astype("str")
    if ids.duplicated().any():
        rows = [int(i) + 1 for i in ids.duplicated(keep=False).to_numpy().nonzero()[0]]
        raise InputError(
            "a person occurs twice",
            table=table,
            column=keys.name,
            rows=rows,
            rule="one row a randomised person",
            remedy="remove the repeated rows from the person table",
        )
    return ids


def link_trial(
    tables: Mapping[str, pd.DataFrame],
    trial: Trial,
    secret: bytes,
    synthetic: bool,
    truth: pd.DataFrame | None = None,
    say: Callable[[str], object] = str,
    threads: int = 1,
    placeholders: Placeholders = NO_PLACEHOLDERS,
) -> dict:
    """Return links, linkable, methods, quality, passes, identifiers and models of a trial.

    links names every person once under the source `people` (the trial's own record), then
    every record that is used of every source. A trial without sources has nothing to link; its
    quality table says so. A source's tables are asked for when its turn comes, and not held: a
    mapping may read them. `truth` (synthetic people only) has the person's key and, named like
    a source's identifier, the number that is really the person's.

    methods holds what other ways of linking would have given: person_id, source, record_id and
    method, for the sensitivity of estimates. models has the settings and learned parameters of
    each probabilistic pass. identifiers says how many of each table's are given and well formed,
    quarantine counts the links that other evidence vetoes, and review shows them masked.

    Raises InputErrors if, of a source, fewer than the declared share are well formed.
    """
    spec = trial.person
    people = tables[spec.table]
    people = people[randomised(people, spec)]
    people = people.assign(person_id=person_ids(people[spec.key], secret, spec.table))
    people = people.sort_values("person_id", ignore_index=True)
    people = people.astype({"person_id": "category"})
    own = pd.DataFrame(
        {
            "person_id": people["person_id"],
            "source": PEOPLE,
            "record_id": people[spec.key].astype("str"),
            "pass": "own_record",
            "score": 1.0,
        }
    )
    known = people[["person_id", spec.key]]
    known = known.merge(truth, on=spec.key, how="left") if truth is not None else None
    done, links, statuses, methods, passes, measured = [], [own], [], [], [], []
    scores, held, counts = [], [], []
    models: dict[str, dict] = {}

    scored: dict[str, dict] = {name: {} for name in trial.sources}

    def link(name: str, doubted: Collection[str] = ()) -> LinkedSource:
        return link_source(
            people,
            tables,
            trial.sources[name],
            name,
            synthetic,
            threads,
            placeholders,
            spec.table,
            doubted,
            scored[name],
        )

    by_source: dict[str, LinkedSource] = {}
    for name, source in trial.sources.items():
        by_source[name] = link(name)
        give_back()  # what one source takes most of is not what the next one does
        refuse_unfit(by_source[name].health, source, name)
    for name, doubted in doubted_elsewhere(by_source, trial).items():
        del by_source[name]
        by_source[name] = link(name, doubted)
    scored.clear()

    # Without a source nobody asks for arms.
    who = members(people, trial) if trial.sources else people

    def note(name: str, source: Source, linked: LinkedSource) -> None:
        say(f"{name}: {linked.status['linked'].sum():,} of {len(people):,} people linked")
        for step, model in linked.models.items():
            if "not_estimated" in model:
                say(f"{step}: links nobody, {model['not_estimated']}")
        done.append(linked)
        links.append(linked.links)
        statuses.append(linked.status)
        methods.append(linked.methods)
        truth = true_pairs(linked.owners, source, known) if known is not None else None
        passes.append(pass_quality(linked, source, truth))
        measured.append(method_quality(linked, truth))
        models.update(linked.models)
        scores.append(calibration(linked, source, truth))
        held.append(quarantined(linked, source, who, truth))
        if truth is not None:
            counts.append(records_right(linked, truth))
        say(f"{name}: {len(linked.vetoed):,} links vetoed by other evidence")

    for name, source in trial.sources.items():
        note(name, source, by_source.pop(name))
    linkable = pd.concat(statuses, ignore_index=True) if statuses else _nobody()
    unlinked = unlinked_people(done, trial)
    methods += [without_unlinked(each, unlinked) for each in methods]
    found = linkable[["person_id", "source"]].merge(unlinked.assign(unlinked=True), how="left")
    linkable["unlinked"] = found["unlinked"].notna()
    reviews = [each.review.assign(source=each.name) for each in done]
    quality = source_quality(who, linkable, done, counts)
    health = health_table({each.name: each.health for each in done})
    # Links as texts come last: they are large, and what they are made of is not needed any more.
    done.clear()
    by_method = _in_texts(methods, ["person_id", "source", "record_id", "method"])
    every = pd.concat(links, ignore_index=True)
    return {
        "links": every.assign(person_id=as_texts(every["person_id"])),
        "linkable": linkable.assign(person_id=as_texts(linkable["person_id"])),
        "links_by_method": by_method,
        "quality": quality,
        "passes": _together(passes, PASSES),
        "identifiers": health,
        "calibration": _together(scores, CALIBRATION),
        "quarantine": _together(held, QUARANTINE),
        "review": _together(reviews, [*REVIEW, "source"])[["source", *REVIEW]],
        "methods": _together(measured, MEASURED),
        "match_models": models,
    }


def _nobody() -> pd.DataFrame:
    types = {"person_id": "str", "source": "str", "linkable": "bool", "linked": "bool"}
    types |= {"reason": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _in_texts(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Return frames of categories as one of texts, column by column; the list is emptied."""
    made = {
        column: pd.concat([as_texts(frame[column]) for frame in frames], ignore_index=True)
        for column in (columns if frames else ())
    }
    frames.clear()
    return pd.DataFrame(made, columns=columns, copy=False)


def _together(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
