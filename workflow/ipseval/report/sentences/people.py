"""Sentences about people: who was randomised, how alike the arms are, who responded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...arms import CODES, CONTROL, TREATMENT
from ..formats import grouped, round_half_up
from .words import listed, share_of

if TYPE_CHECKING:
    import pandas as pd

    from ...config.trial import ArmRole

# Of a standardised difference between the arms (Austin 2009, Statistics in Medicine 28:3083).
NOTICEABLE = 0.1


def randomised(people: pd.DataFrame, role: ArmRole | None = None) -> list[str]:
    """Return how many people were randomised, when, and to which arm.

    `role` has the names of the arms, where they have names of their own. When is left out where no
    day of randomisation is known.
    """
    if people.empty:
        return []
    when = "" if people["randomised_on"].isna().all() else f" {_when(people['randomised_on'])}"
    if role is not None and role.arms:
        each = [
            f"{grouped((people['arm'] == role.names.index(arm)).sum())} to {role.label(arm)}"
            for arm in role.printed_order
        ]
        return [f"{grouped(len(people))} people were randomised{when}: {listed(each)}."]
    counts = {arm: int((people["arm"] == code).sum()) for arm, code in CODES.items()}
    return [
        f"{grouped(len(people))} people were randomised{when}: {grouped(counts[TREATMENT])} to "
        f"treatment and {grouped(counts[CONTROL])} to control."
    ]


def _when(days: pd.Series) -> str:
    first, last = (f"{day:%B %Y}" for day in days.agg(["min", "max"]))
    return f"in {first}" if first == last else f"between {first} and {last}"


def balance(cells: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """Return the largest standardised difference between the arms, and how many are noticeable."""
    gaps = cells[(cells["column"] == "standardised_difference") & cells["value"].notna()]
    if gaps.empty:
        return []
    sizes = gaps["value"].abs()

    def name(panel: str, row: str) -> str:
        """Return what a comparison is of: a covariate, or one of its categories."""
        of = label(panel)
        return of if row == "mean" else f"{of}: {label(row)}"

    largest = gaps.loc[sizes.idxmax()]
    size = round_half_up(sizes.max(), 3)
    over = gaps[sizes > NOTICEABLE]
    each = [
        f"{name(line.panel, line.row)} ({round_half_up(abs(line.value), 3)})"
        for line in over.itertuples()
    ]
    of = name(largest["panel"], largest["row"])
    if len(gaps) == 1:
        return [f"The standardised difference between the arms at baseline is {size} for {of}."]
    start = f"Standardised differences between the arms at baseline are at most {size} ({of})"
    if not each:
        return [f"{start}; none of {len(gaps)} is above {NOTICEABLE:g}."]
    verb = "is" if len(each) == 1 else "are"
    return [f"{start}; {len(each)} of {len(gaps)} {verb} above {NOTICEABLE:g}: {listed(each)}."]


def responses(quality: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """Return the response rate of each survey and what its weights do; rows are of one weight."""
    sentences = []
    for weight, part in quality.groupby("weight", sort=False):
        rate = share_of(int(part["responded"].sum()), int(part["people"].sum()))
        low, high = (round_half_up(v, 2) for v in part["design_effect"].agg(["min", "max"]))
        spread = f"of {low}" if low == high else f"from {low} to {high}"
        cut = int(part["trimmed"].sum())
        trimmed = (
            f"{grouped(cut)} {'was' if cut == 1 else 'were'} trimmed" if cut else "none was trimmed"
        )
        sentences.append(
            f"**{label(str(weight))}**: response rate {rate}. Weights for non-response have design "
            f"effects {spread} by trial group and arm; {trimmed}."
        )
    return sentences
