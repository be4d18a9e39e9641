"""Cells of estimates and of hypotheses that are tested, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cells import cell, source_of
from .scale import scale_of

if TYPE_CHECKING:
    import pandas as pd

    from .data import Data


def outcome_label(data: Data, outcome: str) -> str:
    """Return the printed name of an outcome."""
    return data.config.outcomes.derived[outcome].label


def source_of_line(family: str, line: Any) -> str:
    """Return the source of a line of estimates, as itertuples gives it."""
    # All people, and one time point, are what most families have and nobody needs to be told.
    subgroup = None if line.subgroup == "all" else line.subgroup
    return source_of(
        "impact",
        family,
        group=line.group,
        subgroup=subgroup,
        outcome=line.outcome,
        model=line.model,
        term=line.term,
    )


def tested_effect(
    keys: tuple[str, str], line: pd.Series, data: Data, *, source: str
) -> dict[str, Any]:
    """Return the cell of the effect whose hypothesis is tested."""
    scale = scale_of(line["unit"], data.config.trial.currency, line["std_error"])
    unit = "ppt" if line["unit"] == "proportion" and line["estimate"] == line["estimate"] else ""
    text = scale.text(line["estimate"]) + unit
    value = line["estimate"] * scale.factor
    return cell(
        *keys, "effect", scale.statistic, value, text, line["unit"], line["n"], source=source
    )
