"""Sentences about people: who was randomised, how alike the arms are, who responded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...arms import CODES, CONTROL, TREATMENT
from ...lazy import pd
from ..formats import grouped, round_half_up
from .words import known, listed, share_of

if TYPE_CHECKING:
    from ...config.trial import ArmRole

# Of a standardised difference between the arms (Austin 2009, Statistics in Medicine 28:3083).
NOTICEABLE = 0.1


EVERYONE = "all"


def allocation(people: pd.DataFrame) -> pd.DataFrame:
    """Return how many people were randomised, of all and of each arm that has somebody.

    Columns: arm (its code, or EVERYONE), people, and the months of the first and last of all; these
    are empty where no day of randomisation is known.
    """
    days = people["randomised_on"]
    ends = ["", ""]
    if days.notna().any():
        ends = [f"{day:%B %Y}" for day in days.agg(["min", "max"])]
    counts = {EVERYONE: len(people)}
    counts |= {str(arm): int(n) for arm, n in people["arm"].value_counts(sort=False).items()}
    rows = [[arm, n, *ends] for arm, n in sorted(counts.items()) if n]
    return pd.DataFrame(rows, columns=["arm", "people", "first", "last"])


def randomised(allocation: pd.DataFrame, role: ArmRole | None = None) -> list[str]:
    """Return how many people were randomised, when, and to which arm; nothing if one is withheld.

    `role` has the names of the arms, where they have names of their own.
    """
    if allocation.empty or allocation["people"].isna().any():
        return []
    counts = {arm: int(n) for arm, n in zip(allocation["arm"], allocation["people"], strict=True)}
    first, last = allocation[["first", "last"]].fillna("").iloc[0]
    when = f" in {first}" if first == last else f" between {first} and {last}"
    start = f"{grouped(counts[EVERYONE])} people were randomised{when if first else ''}"
    if role is not None and role.arms:
        each = [
            f"{grouped(counts.get(str(role.names.index(arm)), 0))} to {role.label(arm)}"
            for arm in role.printed_order
        ]
        return [f"{start}: {listed(each)}."]
    of = {arm: grouped(counts.get(str(code), 0)) for arm, code in CODES.items()}
    return [f"{start}: {of[TREATMENT]} to treatment and {of[CONTROL]} to control."]


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


def response_rates(quality: pd.DataFrame) -> pd.DataFrame:
    """Return a row a weight: people, responded, trimmed, and the ends of its design effects.

    `quality` has a row a weight, trial group and arm.
    """
    found = quality.groupby("weight", sort=False).agg(
        people=("people", "sum"),
        responded=("responded", "sum"),
        trimmed=("trimmed", "sum"),
        design_low=("design_effect", "min"),
        design_high=("design_effect", "max"),
    )
    return found.reset_index()


def responses(rates: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """Return the response rate of each survey and what its weights do, a row of response_rates."""
    sentences = []
    for line in rates.itertuples():
        name = f"**{label(str(line.weight))}**"
        if not line.people > 0:
            sentences.append(f"{name}: [c], since a number of its response is withheld.")
            continue
        low, high = round_half_up(line.design_low, 2), round_half_up(line.design_high, 2)
        spread = f"of {low}" if low == high else f"from {low} to {high}"
        trimmed = "how many were trimmed is withheld"
        if known(line.trimmed):
            cut = int(line.trimmed)
            trimmed = f"{grouped(cut) if cut else 'none'} {'was' if cut < 2 else 'were'} trimmed"
        sentences.append(
            f"{name}: response rate {share_of(int(line.responded), int(line.people))}. Weights for "
            f"non-response have design effects {spread} by trial group and arm; {trimmed}."
        )
    return sentences
