"""The people of an analysis group."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from .data import Data


def trial_groups_of(data: Data, group: str | None) -> list[str] | None:
    """Return the trial groups of an analysis group, None for everybody."""
    return None if group is None else data.config.trial.groups[group].trial_groups


def trial_groups_in(data: Data, people: pd.DataFrame) -> list[str]:
    """Return the trial groups that somebody of the people is of, in declared order."""
    there = set(people["trial_group"].unique())
    return [group for group in data.config.trial.groups if group in there]


def members_of_group(data: Data, group: str | None, *columns: str | None) -> pd.DataFrame:
    """Return the people of an analysis group, or everybody: trial_group, arm and named columns.

    Columns are chosen before people: a person has a hundred, and few are asked for.
    """
    named = dict.fromkeys(["trial_group", "arm", *columns])
    people = data.people[[name for name in named if name]]
    inside = trial_groups_of(data, group)
    return people if inside is None else people[people["trial_group"].isin(inside)]
