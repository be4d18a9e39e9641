"""Links people to the records of administrative sources, pass by pass."""

import hashlib
import hmac
from pathlib import Path

import pandas as pd

from ..config.trial import Source, Trial
from ..errors import InputError
from .identifiers import is_nino, standard_nino

LINKS = ["person_id", "source", "record_id", "pass", "score"]
PEOPLE = "people"  # the source name of the trial's own person table


def read_secret(path: str | None, trial: str) -> bytes:
    """Return the secret for pseudonyms: the content of a key file, or a fixed word without one.

    The trial's name goes into it, so that equal keys of two trials get different pseudonyms.

    Raises InputError if the file is missing, or holds too little to be a secret.
    """
    if path is None:
        return b"nobody needs to be protected by this|" + trial.encode()
    remedy = (
        "make one: python -c 'import secrets; print(secrets.token_hex(32))' > FILE; chmod 600 FILE"
    )
    try:
        secret = Path(path).read_bytes().strip()
    except FileNotFoundError:
        raise InputError(
            "the key file for person_id is missing", file=path, remedy=remedy
        ) from None
    if len(secret) < 32:
        raise InputError("the key file holds under 32 bytes", file=path, remedy=remedy)
    return secret + b"|" + trial.encode()


def person_ids(keys: pd.Series, secret: bytes) -> pd.Series:
    """Return pseudonyms: keyed SHA-256 of each key, 16 hexadecimal digits.

    Without the secret nobody can find a person's pseudonym by hashing all keys. Raises
    InputError if two keys collide, or a key occurs twice.
    """

    def pseudonym(key: str) -> str:
        return hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()[:16]

    ids = keys.map(pseudonym).astype("str")
    if ids.duplicated().any():
        rows = [int(i) + 1 for i in ids.duplicated(keep=False).to_numpy().nonzero()[0]]
        raise InputError(
            "a person occurs twice",
            table="people",
            rows=rows,
            rule="one row a randomised person",
            remedy="remove the repeated rows from the person table",
        )
    return ids


def link_source(
    people: pd.DataFrame, records: pd.DataFrame, source: Source, name: str, synthetic: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Link people to the records of one source.

    `people` has person_id and the columns that the passes use; `records` the source's table.
    Returns (links, linkable): links as in links.parquet; linkable with one row a person:
    person_id, source, linkable (the identifier could exist), linked, reason. A value that
    belongs to two people links neither of them: a tie is dropped, not broken.
    """
    people, records = people.copy(), records.copy()
    checks = {"nino": lambda values: is_nino(values, synthetic)}
    if source.identifier not in checks:
        raise InputError(
            f"identifier '{source.identifier}' has no check yet",
            rule=f"sources.{name}.identifier",
            expected=", ".join(checks),
        )
    if source.identifier == "nino":
        people[source.column] = standard_nino(people[source.column])
    missing = people[source.column].isna()
    linkable = checks[source.identifier](people[source.column])
    shared = linkable & people[source.column].duplicated(keep=False)
    found, waiting = [], people[linkable & ~shared]
    for step in source.passes:
        links = _exact(waiting, records, step.on, source.record_id)
        found.append(links.assign(source=name, score=1.0, **{"pass": step.name}))
        waiting = waiting[~waiting["person_id"].isin(links["person_id"])]
        records = records[~records[source.record_id].isin(links["record_id"])]
    links = pd.concat(found, ignore_index=True)[LINKS]
    links = links.sort_values(["person_id", "record_id"], ignore_index=True)
    reason = pd.Series("no record found", index=people.index, dtype="str")
    reason[~linkable] = "identifier malformed"
    reason[missing] = "identifier missing"
    reason[shared] = "identifier shared by two people"
    linked = people["person_id"].isin(links["person_id"])
    reason[linked] = "linked"
    status = pd.DataFrame(
        {
            "person_id": people["person_id"],
            "source": name,
            "linkable": linkable & ~shared,
            "linked": linked,
            "reason": reason,
        }
    )
    return links, status.sort_values("person_id", ignore_index=True)


def _exact(people, records, on: dict[str, str], record_id: str) -> pd.DataFrame:
    """Return person_id and record_id where all compared columns agree and none is missing."""
    left = people[["person_id", *on]].dropna()
    right = records[[record_id, *dict.fromkeys(on.values())]].dropna()
    left = left[~left.duplicated(list(on), keep=False)]
    right = right.rename(columns={record_id: "record_id"})
    return left.merge(right, left_on=list(on), right_on=list(on.values()))[
        ["person_id", "record_id"]
    ]


def link_trial(
    tables: dict[str, pd.DataFrame], trial: Trial, secret: bytes, synthetic: bool
) -> dict[str, pd.DataFrame]:
    """Return links, linkable and quality of a trial.

    links names every person once under the source `people` (the trial's own record), then
    every linked record of every source. A trial without sources has nothing to link; its
    quality table says so.
    """
    spec = trial.person
    people = tables[spec.table]
    people = people.assign(person_id=person_ids(people[spec.key], secret))
    own = pd.DataFrame(
        {
            "person_id": people["person_id"],
            "source": PEOPLE,
            "record_id": people[spec.key],
            "pass": "own_record",
            "score": 1.0,
        }
    ).sort_values("person_id", ignore_index=True)
    links, statuses = [own], []
    for name, source in trial.sources.items():
        linked, status = link_source(people, tables[source.table], source, name, synthetic)
        links.append(linked)
        statuses.append(status)
    empty = pd.DataFrame(
        {
            "person_id": pd.Series(dtype="str"),
            "source": pd.Series(dtype="str"),
            "linkable": pd.Series(dtype="bool"),
            "linked": pd.Series(dtype="bool"),
            "reason": pd.Series(dtype="str"),
        }
    )
    linkable = pd.concat(statuses, ignore_index=True) if statuses else empty
    return {
        "links": pd.concat(links, ignore_index=True),
        "linkable": linkable,
        "quality": quality(people, linkable, trial),
    }


def quality(people: pd.DataFrame, linkable: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """Return people, linkable and linked by source, trial group and arm; `all` sums over them."""
    spec = trial.person
    group = people[spec.trial_group] if spec.trial_group else "all"
    frame = pd.DataFrame({"person_id": people["person_id"], "arm": people[spec.arm].astype("str")})
    frame["trial_group"] = group
    columns = ["source", "arm", "trial_group", "people", "linkable", "linked", "note"]
    if linkable.empty:
        row = ["none", "all", "all", len(frame), pd.NA, pd.NA, "no source is declared to link"]
        return pd.DataFrame([row], columns=columns)
    frame = linkable.merge(frame, on="person_id")
    rows = []
    everyone = {"arm": "all", "trial_group": "all"}
    for totals in ({}, {"arm": "all"}, {"trial_group": "all"}, everyone):
        part = frame.assign(**totals)
        counts = part.groupby(["source", "arm", "trial_group"], as_index=False).agg(
            people=("linked", "size"), linkable=("linkable", "sum"), linked=("linked", "sum")
        )
        rows.append(counts)
    table = pd.concat(rows, ignore_index=True).drop_duplicates(["source", "arm", "trial_group"])
    table["note"] = ""
    return table.sort_values(["source", "trial_group", "arm"], ignore_index=True)[columns]
