"""Cells of hypotheses that are tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cells import cell
from .scale import scale_of

if TYPE_CHECKING:
    import pandas as pd

    from .data import Data


def outcome_label(data: Data, outcome: str) -> str:
    """Return the printed name of an outcome."""
    return data.config.outcomes.derived[outcome].label


def tested_effect(keys: tuple[str, str], line: pd.Series, data: Data) -> dict:
    """Return the cell of the effect whose hypothesis is tested."""
    scale = scale_of(line["unit"], data.config.trial.currency)
    text = scale.text(line["estimate"]) + ("ppt" if line["unit"] == "proportion" else "")
    value = line["estimate"] * scale.factor
    return cell(*keys, "effect", scale.statistic, value, text, line["unit"], line["n"])
