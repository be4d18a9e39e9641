"""What becomes of a published figure in the concordance, in the order in which it is counted."""

from __future__ import annotations

from ..lazy import pd

STATUSES = [
    "agrees",
    "by_construction",
    "close",
    "differs",
    "impossible",
    "not_reached",
    "not_produced",
]


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Return cells by exhibit and status, exhibits in published order, with a total row."""
    counts = pd.crosstab(table["exhibit"], table["status"]).reindex(columns=STATUSES, fill_value=0)
    counts = counts.loc[list(dict.fromkeys(table["exhibit"]))]
    counts.insert(0, "cells", counts.sum(axis=1))
    counts.loc["total"] = counts.sum()
    return counts.rename_axis(columns=None).reset_index()
