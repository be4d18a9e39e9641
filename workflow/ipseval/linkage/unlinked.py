"""Who has no record in a source although one that may be theirs is known.

A linkable person without a record was not employed, or on no benefit (A17). Unlinked is only who
has a candidate whose identifier differs: a person of some source that a pass found without it.
"""

from collections.abc import Mapping

import pandas as pd

from ..config.trial import Trial
from .passes import NOT_FOUND, LinkedSource

# The links used, with unlinked people unknown instead of without a record.
UNLINKED_MISSING = "unlinked_missing"


def doubted_elsewhere(done: Mapping[str, LinkedSource], trial: Trial) -> dict[str, set[str]]:
    """Return, by source, the people linked by a number that is a stranger's elsewhere.

    A source with little but the number, such as that of benefits, may not tell a stranger's record
    from one with a slip in the date of birth; another with the same identifier does. Nor is whoever
    has no record under such a number a person without one.
    """
    doubted = {}
    for name, linked in done.items():
        identifier = trial.sources[name].identifier
        vetoed = {
            person
            for other, each in done.items()
            if other != name and trial.sources[other].identifier == identifier
            for person in each.vetoed["person_id"]
        }
        mine = vetoed & set(linked.status.loc[linked.status["linkable"], "person_id"])
        if mine:
            doubted[name] = mine
    return doubted


def unlinked_people(done: list[LinkedSource], trial: Trial) -> pd.DataFrame:
    """Return person_id and source of people who are unlinked.

    They are linkable in the source and no record agrees with them, while any pass of any source
    with the same identifier, also one that is not used, found them another number.
    """
    found = []
    for linked in done:
        identifier = trial.sources[linked.name].identifier
        alike = [x.candidates for x in done if trial.sources[x.name].identifier == identifier]
        candidates = pd.concat(alike).merge(linked.numbers, on="person_id", suffixes=("", "_own"))
        other = candidates.loc[candidates["number"] != candidates["number_own"], "person_id"]
        status = linked.status
        mine = status["linkable"] & (status["reason"] == NOT_FOUND)
        mine &= status["person_id"].isin(other)
        found.append(status.loc[mine, ["person_id", "source"]])
    nobody = pd.DataFrame({"person_id": [], "source": []}, dtype="str")
    return pd.concat(found, ignore_index=True) if found else nobody


def without_unlinked(methods: pd.DataFrame, unlinked: pd.DataFrame) -> pd.DataFrame:
    """Return the links used of one source as a method that knows nothing of unlinked people."""
    used = methods[methods["method"] == "used"]
    here = unlinked.loc[unlinked["source"].isin(used["source"].cat.categories), "person_id"]
    return used[~used["person_id"].isin(here)].assign(method=UNLINKED_MISSING)
