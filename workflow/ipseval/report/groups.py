"""The people of an analysis group."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from .data import Data


def members_of_group(data: Data, group: str | None) -> pd.DataFrame:
    """Return the people of an analysis group, or everybody."""
    if group is None:
        return data.people
    inside = data.config.trial.groups[group].trial_groups
    return data.people[data.people["trial_group"].isin(inside)]
