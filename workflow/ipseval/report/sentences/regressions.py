"""Sentences about tables of regressions: rows of impact/<family>.csv."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import counted
from .words import withheld

if TYPE_CHECKING:
    import pandas as pd

PERFECT = "perfectly predicted "


def dropped(tables: int, rows: pd.DataFrame) -> list[str]:
    """Return how many models dropped observations that a level predicted perfectly.

    `rows` are the estimates of the models shown, with the columns family, group, model, outcome.
    """
    keys = ["family", "group", "model", "outcome"]
    models = len(rows[keys].drop_duplicates())
    if not models:
        return []
    start = f"{counted(tables, 'table', 'tables')} of {counted(models, 'logit', 'logits')}."
    perfect = rows[rows["term"].str.startswith(PERFECT)]
    if len(withheld(perfect)):
        return [f"{start} How many observations were predicted perfectly is withheld."]
    lost = perfect.groupby(keys)["dropped_n"].sum()
    if lost.empty:
        return [f"{start} In none of them were observations predicted perfectly."]
    most = int(lost.max())
    return [
        f"{start} In {len(lost)} of them observations predicted perfectly were dropped, "
        f"at most {counted(most, 'person', 'people')} from a model."
    ]
