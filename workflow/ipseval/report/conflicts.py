"""Audited findings about the published numbers, with a proof where the cells can give one."""

from collections import Counter
from typing import Any

import pandas as pd

from ..errors import InputError
from .proofs import PROOFS
from .statuses import STATUSES

KEYS = ["panel", "row", "column", "statistic"]
FILE = "config/published/conflicts.csv"
MARKS_DIFFER = "marks differ"
AUDIT = ["id", "exhibit", "severity", "finding", "printed", "recomputed"]
COLUMNS = [*AUDIT, "shown", "proof", "cells", *STATUSES]


def of_sources(
    audit: pd.DataFrame, conflicts: pd.DataFrame, sources: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the findings about some published sources, and the sets of cells in them alone."""
    audit = audit[audit["exhibit"].str.split(":").str[0].isin(sources)]
    elsewhere = ~conflicts["exhibit"].str.split(":").str[0].isin([*sources, "constant"])
    elsewhere |= ~conflicts["audit"].isin(audit["id"])
    sets = [conflicts["audit"], conflicts["set"]]
    return audit, conflicts[~elsewhere.groupby(sets).transform("any")]


def prove_conflicts(published: pd.DataFrame, conflicts: pd.DataFrame) -> pd.DataFrame:
    """Return one row a set: audit, set, proof (kind), why (in words), keys (list of cells).

    published has every published cell, all columns as text. conflicts (columns audit, set, proof,
    convention, exhibit, panel, row, column, statistic, role) names the cells of each set, what kind
    of proof it is (PROOFS), under which convention (in words, on the first cell), and what each
    cell is in it; exhibit `constant` stands for a number that is no cell. A set without a proof
    says what cells a finding is about. Raises InputError for a cell that does not exist, a kind
    that does not exist, a proof without a convention, and a set whose printed values do hold
    together within rounding.
    """
    cells = _cells_of(conflicts, published)
    names = list(conflicts[["exhibit", *KEYS]].itertuples(index=False, name=None))
    kinds, conventions = conflicts["proof"].to_list(), conflicts["convention"].to_list()
    rows = []
    for (audit, number), places in conflicts.groupby(["audit", "set"], sort=False).indices.items():
        kind, convention = kinds[places[0]], conventions[places[0]]
        keys = [names[place] for place in places if names[place][0] != "constant"]
        if not kind:
            rows.append({"audit": audit, "set": number, "proof": "", "why": "", "keys": keys})
            continue
        if kind not in PROOFS:
            raise InputError(
                f"unknown kind of proof '{kind}' for '{audit}'",
                file=FILE,
                column="proof",
                expected=", ".join(PROOFS),
            )
        if not convention:
            raise InputError(
                f"a proof of '{audit}' names no convention",
                file=FILE,
                column="convention",
                expected="what is taken for granted, such as: the total is the sum of its rows",
            )
        why = PROOFS[kind](cells.iloc[places].reset_index(drop=True))
        if not why:
            raise InputError(
                f"the printed cells of '{audit}' are consistent",
                file=FILE,
                rule="a conflict cannot be true within rounding",
                remedy="remove it, or correct its cells",
            )
        why = f"{why}, if {convention}"
        rows.append({"audit": audit, "set": number, "proof": kind, "why": why, "keys": keys})
    return pd.DataFrame(rows, columns=["audit", "set", "proof", "why", "keys"])


def _cells_of(conflicts: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Return (published columns and role) of each row of conflicts; a constant has only its key."""
    cells = published.set_index(["exhibit", *KEYS])
    keys = list(conflicts[["exhibit", *KEYS]].itertuples(index=False, name=None))
    known = set(cells.index)
    for audit, key in zip(conflicts["audit"], keys, strict=True):
        if key[0] != "constant" and key not in known:
            raise InputError(
                f"a cell of '{audit}' is not published",
                file=FILE,
                expected=f"exhibit, panel, row, column and statistic; not {' '.join(key)}",
            )
    return cells.reindex(keys).reset_index().assign(role=conflicts["role"].to_numpy())


def with_proofs(table: pd.DataFrame, proofs: pd.DataFrame) -> pd.DataFrame:
    """Return the concordance with `impossible` for cells that a proof leaves no other way.

    That is a cell which differs, in a set of which no other cell does: once the others are as
    printed, it cannot be. A mark says nothing about numbers, so a proof about marks excuses none,
    but a cell of which nothing differs but the mark.
    """
    table = table.reset_index(drop=True)
    before = table["status"].to_list()
    status, note = list(before), table["note"].to_list()
    place = {tuple(key): i for i, key in enumerate(table[["exhibit", *KEYS]].to_numpy())}
    for line in proofs[proofs["proof"] != ""].itertuples():
        places = {key: place[key] for key in line.keys if key in place}
        differs = [key for key, i in places.items() if before[i] == "differs"]
        for key, i in places.items():
            others = [other for other in line.keys if other != key]
            alone = note[i] == MARKS_DIFFER if line.proof == "mark" else differs == [key]
            if alone and status[i] == "differs":
                status[i], note[i] = "impossible", _reason(line.audit, line.why, others)
    return table.assign(status=status, note=note)


def _reason(audit: str, why: str, others: list[tuple], most: int = 4) -> str:
    """Return the note of an impossible cell; others are those that it cannot hold with."""
    names = [" ".join([k[0], *(word for word in k[1:4])]) for k in others[:most]]
    names += [f"{len(others) - most} more"] if len(others) > most else []
    return f"audit {audit}: {why}" + (f"; held against {'; '.join(names)}" if names else "")


def claims_as_cells(claims: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Return statements of the text as cells, but for those that a published file has already.

    claims has columns id, source, value, unit, group and arm, all as text; a score is in points,
    everything else a statistic named as its unit.
    """
    numbers = claims[pd.to_numeric(claims["value"], errors="coerce").notna()]
    claim_cells = pd.DataFrame(
        {
            "exhibit": numbers["source"] + ":text-claims",
            "panel": numbers["group"],
            "row": numbers["id"],
            "column": numbers["arm"].replace("", "all"),
            "statistic": numbers["unit"].replace("points", "score"),
            "printed": numbers["value"],
            "value": numbers["value"],
            "unit": numbers["unit"],
            "decimals": numbers["value"]
            .str.extract(r"\.(\d+)$")[0]
            .fillna("")
            .str.len()
            .astype(str),
            "stars": "",
        }
    )
    return claim_cells[~claim_cells["row"].isin(published["row"])]


def verdicts_as_cells(verdicts: pd.DataFrame, sources: list[str]) -> pd.DataFrame:
    """Return verdicts in words of some sources as cells: 1, which says that the statement holds.

    verdicts has columns id, source, section, statement, estimates, relation, level, all as text.
    """
    verdicts = verdicts[verdicts["source"].isin(sources)]
    return pd.DataFrame(
        {
            "exhibit": verdicts["source"] + ":verdicts",
            "panel": verdicts["section"],
            "row": verdicts["id"],
            "column": verdicts["relation"],
            "statistic": "verdict",
            "printed": verdicts["statement"],
            "value": "1",
            "unit": "verdict",
            "decimals": "0",
            "stars": "",
        }
    )


def audited(audit: pd.DataFrame, proofs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return one row an audited finding (columns COLUMNS): proven, or listed as read.

    table is the concordance; the counts say how the cells of a finding came out. One about words,
    definitions or lost cells has no arithmetic: it is listed with what the audit says.
    """
    status = {tuple(line[:5]): line[5] for line in table[["exhibit", *KEYS, "status"]].to_numpy()}
    sets: dict[str, list[Any]] = {}
    for one in proofs.itertuples():
        sets.setdefault(one.audit, []).append(one)
    rows = []
    for line in audit.to_dict("records"):
        own = sets.get(line["id"], [])
        keys = dict.fromkeys(key for one in own for key in one.keys)
        proven = [f"{one.proof}: {one.why}" for one in own if one.proof]
        counts = Counter(status.get(key, "") for key in keys)
        rows.append(
            {name: line[name] for name in AUDIT}
            | {
                "shown": "proven" if proven else "listed",
                "proof": "; ".join(proven) or line["note"],
                "cells": len(keys),
            }
            | {name: counts[name] for name in STATUSES}
        )
    return pd.DataFrame(rows, columns=COLUMNS)
