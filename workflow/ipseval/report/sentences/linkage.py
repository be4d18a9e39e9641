"""Sentences about linkage: who was eligible and linked, by which keys, and how well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..formats import grouped, round_half_up
from .words import listed, share_of

if TYPE_CHECKING:
    import pandas as pd


def linked(
    quality: pd.DataFrame,
    label: Callable[[str], str],
    keys: Mapping[str, Sequence[Sequence[str]]],
) -> list[str]:
    """Return how many people were eligible and linked to each source, and the matching keys.

    `quality` has a row a source, of all arms and groups; `keys` the fields of each pass that is
    used, in order, by source.
    """
    sentences = []
    for line in quality.itertuples():
        if not line.people > 0 or line.linkable != line.linkable:
            continue
        said = [listed([_field(name) for name in fields]) for fields in keys.get(line.source, [])]
        passes = f" The matching keys, in order: {'; '.join(said)}." if said else ""
        sentences.append(
            f"**{label(line.source)}**: {share_of(line.linkable, line.people)} of the people were "
            f"eligible for linkage, and {share_of(line.linked, line.people)} were linked.{passes}"
        )
    return sentences


def against_truth(methods: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """Return precision and recall of the method used in the report, and the best one compared.

    Known truth is that of synthetic people; rows without it are not compared.
    """
    sentences = []
    for source, part in methods.dropna(subset=["f1"]).groupby("source", sort=False):
        used = part[part["method"] == "used"]
        if used.empty:
            continue
        line, best = used.iloc[0], part.loc[part["f1"].idxmax()]
        others = len(part) - 1
        if not others:
            compared = "no other method was compared"
        elif best["f1"] <= line["f1"]:
            compared = f"none of the other {others} linkage methods compared has a higher F1"
        else:
            name = str(best["method"]).replace("_", " ")
            best_of_all = _score(best["f1"])
            compared = f"the highest F1 of the methods compared is {best_of_all}, of '{name}'"
        sentences.append(
            f"Against the known truth of **{label(str(source))}**, the method used in the report "
            f"has precision {_score(line['precision'])}, recall {_score(line['recall'])} and F1 "
            f"{_score(line['f1'])} (n = {grouped(line['people'])} people linked); {compared}."
        )
    return sentences


def _score(value: float) -> str:
    return round_half_up(value, 4)


# Fields whose names are abbreviations.
FIELDS = {"nino": "National Insurance number", "nhs_number": "NHS number"}


def _field(name: str) -> str:
    return FIELDS.get(name, name.replace("_", " "))
