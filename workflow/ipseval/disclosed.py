"""What a cell counts: declared by each kind of exhibit, and read by disclosure control alone.

A key says which people a number counts. It is a selection of them, so the same key is the same
number wherever it stands, and what one key has more than another ties the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

# Classes of output in the terms of the SDC handbook and the statbarn ontology.
Class = Literal[
    "frequencies",
    "linear aggregation",
    "position",
    "extremes",
    "shape",
    "ratios",
    "correlation and regression",
    "survival",
    "model output",
    "no data",
]

KNOWN = "*"  # The value of a condition that anything but missing meets.
UNKNOWN = "?"  # The value of a condition that a missing value meets.
BOTH = "all"


@dataclass(frozen=True, order=True)
class Key:
    """People of some groups and an arm who meet every condition.

    table: "people", "months" (one row a person and month), or what else is counted, by its name.
    groups: trial groups; none of them named means all. arm: a code as in results, or BOTH. where:
    (column, value) pairs, in any order; KNOWN as value means that the column has one.
    """

    groups: tuple[str, ...] = ()
    arm: str = BOTH
    where: tuple[tuple[str, str], ...] = ()
    table: str = "people"

    def of(self, **where: object) -> Key:
        """Return the key with more conditions."""
        return self.met({name: str(value) for name, value in where.items()})

    def met(self, where: Mapping[str, str]) -> Key:
        """Return the key with more conditions, whatever their columns are called."""
        return replace(self, where=tuple(sorted({**dict(self.where), **where}.items())))

    def in_arm(self, code: object) -> Key:
        """Return the key of one arm, by its code; None means both."""
        return self if code is None else replace(self, arm=str(code))

    def __str__(self) -> str:
        """Return the key as text: people: groups=a|b arm=1 column=value."""
        parts = {"groups": "|".join(self.groups) or BOTH, "arm": self.arm}
        text = [f"{name}={value}" for name, value in parts.items()]
        text += [f"{_quoted(name)}={_quoted(value)}" for name, value in self.where]
        return f"{self.table}: {' '.join(text)}"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w.*+-]+", text) else json.dumps(text, ensure_ascii=False)


def key(groups: Iterable[str] | None, arm: object = None, **where: object) -> Key:
    """Return the key of people of some groups (None: all) and an arm (None: both)."""
    code = BOTH if arm is None else str(arm)
    return Key(tuple(sorted(groups or ())), code).of(**where)


TALLY, COUNTED = "tally of ", "counted"
# Why what hangs on the truth of links is withheld: it is there for synthetic people alone.
TRUTH = "how many links are right is known of synthetic people alone"


def tally(result: str, column: str, where: Mapping[str, object], *parts: str) -> Key:
    """Return the key of what a result counts in a column, in the rows that meet `where`.

    parts: columns that count some of these, each within the one before: with present=counted a key
    is part of the one without, and its number is that of the column `present`.
    """
    conditions = {name: str(value) for name, value in where.items()} | dict.fromkeys(parts, COUNTED)
    return Key(table=f"{TALLY}{result}.{column}").met(conditions)


@dataclass(frozen=True)
class Counts:
    """What disclosure control has to know of a cell.

    role: "count" and "base" show the number of `people`; "share" shows `people` among `among`;
    "difference" shows the share of the treatment group among `among`, less that of controls, both
    unadjusted; "printed_difference" is the same of the shares as printed, and leaves with both of
    them; "follows" is an estimate that stands or falls with `among`, its fit. A weighted share
    follows its base, and counts the people behind it (`people`) without showing them.
    undeclared: why what the cell counts is not declared; the cell is withheld. trait: whether what
    a share has is a trait of its people, so that a share that all of a base has tells something of
    each; that a name is well formed does not. averaged: the column whose numbers the cell sums or
    averages, which few people may dominate; of a difference, in each arm. quantile: the level of a
    quantile of `among`, .5 for a median; so many people have to lie beyond it as a count needs.
    """

    kind: Class
    role: Literal[
        "count", "base", "share", "weighted", "difference", "printed_difference", "follows", "none"
    ] = "none"
    people: Key | None = None
    among: Key | None = None
    undeclared: str = ""
    trait: bool = True
    averaged: str = ""
    quantile: float | None = None


# A whole, and parts that sum to it.
Sum = tuple[Key, list[Key]]
# The condition of having been randomised in a month.
MONTH = "month of randomisation"
