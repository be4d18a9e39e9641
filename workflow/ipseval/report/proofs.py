"""Kinds of proof that printed cells cannot all be right: arithmetic on what is printed.

Each takes the cells of one set (a frame: the columns of a published file, and role, what the cell
is in the proof) and returns in words why they cannot hold together, or nothing where they can.
A printed number stands for all numbers that the concordance would round to it: halves go away
from zero, so that 0.05 prints as 0.1 and not as 0.0. Counts, bases and scores are exact.
"""

from math import ceil, floor
from typing import Any

import numpy as np
import pandas as pd

from .formats import round_half_up

# A p-value, coefficient or standard error that is this much off still counts as close.
TOLERANCE = 0.02
EXACT = ("count", "base", "score", "total")
MARKS = {"+": 0.10, "*": 0.05, "**": 0.01}
TINY = 1e-9
MARKED = 1.645  # z of a p-value of 0.10, two-sided


def half_unit(line: Any) -> float:
    """Return how far an exact cell may lie from its print.

    Dates are numbers like 20181017, months like 201810; a day lies within 50 of its month's
    hundred, so that a hundredth of a date may be held against a month.
    """
    if line.statistic == "date":
        return 50.0 if len(line.value) == 8 else 0.0
    return 0.0 if line.statistic in EXACT else 0.5 * 10.0 ** -int(line.decimals)


def _bounds(cells: pd.DataFrame, weights: np.ndarray) -> tuple[float, float, bool, bool]:
    """Return (lowest, highest, lowest reached, highest reached) of weights times cells."""
    value = cells["value"].astype(float).to_numpy()
    half = np.array([half_unit(line) for line in cells.itertuples()])
    # The half that is nearer to zero still rounds to the print, the other one no longer does.
    lower_half = (half == 0) | (value > 0)
    upper_half = (half == 0) | (value < 0)
    up = weights > 0
    total, reach = weights @ value, np.abs(weights) @ half
    at_lowest = np.where(up, lower_half, upper_half)
    at_highest = np.where(up, upper_half, lower_half)
    return total - reach, total + reach, bool(at_lowest.all()), bool(at_highest.all())


def _weights(cells: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, float]:
    """Return (cells but constants, their weights, sum of constants)."""
    constant = cells["exhibit"] == "constant"
    named = cells[~constant]
    return (
        named,
        named["role"].astype(float).to_numpy(),
        cells.loc[constant, "role"].astype(float).sum(),
    )


def prove_sum(cells: pd.DataFrame) -> str:
    """Roles are weights: cells times weights ought to add up to zero (`constant` stands for 1)."""
    named, weights, constant = _weights(cells)
    low, high, low_reached, high_reached = _bounds(named, weights)
    low, high = low + constant, high + constant
    above = low > TINY or (low > -TINY and not low_reached)
    below = high < -TINY or (high < TINY and not high_reached)
    if not (above or below):
        return ""
    # A touching half is said as what it is: the two prints need numbers on either side of it.
    if abs(low) < TINY or abs(high) < TINY:
        return f"off by {abs(low + high) / 2:.6g}, and no number rounds to both prints"
    middle, reach = (low + high) / 2, (high - low) / 2
    explained = f"{reach:.3g} of it at the most" if reach else "none of it"
    return f"off by {abs(middle):.6g}, and rounding explains {explained}"


def prove_at_most(cells: pd.DataFrame) -> str:
    """Roles are weights: cells times weights ought to be zero or less."""
    named, weights, constant = _weights(cells)
    low = _bounds(named, weights)[0] + constant
    return f"above the most that it can be by {low:.6g} or more" if low > TINY else ""


def prove_same(cells: pd.DataFrame) -> str:
    """One effect printed in several places: digits and stars ought to be the same."""
    prints = cells[["value", "stars"]].drop_duplicates()
    if len(prints) == 1:
        return ""
    return " and ".join(f"{line.value} {line.stars}".strip() for line in prints.itertuples())


def prove_p_value(cells: pd.DataFrame) -> str:
    """Percentages of two parts, their bases and the p-value of Pearson's test between them.

    Pearson's statistic of two parts is a sum over answers of (a - b)^2 / (n1 a + n2 b) times n1
    n2, convex in a and b, so that its greatest value within rounding lies in a corner for each
    answer. That the percentages sum to 100 is left out, which only makes it greater; so would a
    correction for unequal weights, which divides it by a number above 1.
    """
    from scipy.special import chdtrc

    value = cells["value"].astype(float)
    shares = cells.assign(value=value / 100)[cells["statistic"] == "percent"]
    wide = shares.pivot(index="row", columns="column", values="value")
    bases = cells.assign(value=value)[cells["statistic"] == "base"].set_index("column")["value"]
    (a, b), (n1, n2) = wide.to_numpy().T, bases[wide.columns]
    corners = [
        n1 * n2 * (x - y) ** 2 / (n1 * x + n2 * y)
        for x in (np.maximum(a - 0.005, 0), a + 0.005)
        for y in (np.maximum(b - 0.005, 0), b + 0.005)
    ]
    least = chdtrc(len(wide) - 1, np.max(corners, axis=0).sum())
    printed = float(value[cells["statistic"] == "p_value"].iloc[0])
    if printed + TOLERANCE >= least:
        return ""
    return f"the percentages give a p-value of {least:.2f} or more, printed is {printed:g}"


def _share_of(line: Any, count: float, base: float) -> str:
    """Return a share as the cell prints it: percent or proportion."""
    scale = 100 if line.statistic == "percent" else 1
    return round_half_up(scale * count / base, int(line.decimals))


def prove_ratio(cells: pd.DataFrame) -> str:
    """Role share ought to be the sum of the parts over the sum of the bases."""
    share = next(cells[cells["role"] == "share"].itertuples())
    part, base = (
        cells.loc[cells["role"] == r, "value"].astype(float).sum() for r in ("part", "base")
    )
    recomputed = _share_of(share, part, base)
    if float(recomputed) == float(share.value):
        return ""
    return f"{part:g} of {base:g} is {recomputed}, printed is {share.value}"


def prove_whole(cells: pd.DataFrame) -> str:
    """Role share ought to be some whole number out of the base (role base).

    With the base of a whole sample (role analysed) and its other part (role other), some of the
    base may have been left out of the share: it then has analysed less other at the least.
    """
    share = next(cells[cells["role"] == "share"].itertuples())
    most, least = _people(cells, ("share",))
    for n in range(least, most + 1):
        if any(float(_share_of(share, k, n)) == float(share.value) for k in range(n + 1)):
            return ""
    people = f"{most}" if least == most else f"{least} to {most}"
    return f"no whole number out of {people} prints as {share.value}"


def _people(cells: pd.DataFrame, shares: tuple[str, ...]) -> tuple[int, int]:
    """Return the most and the fewest people that a share is of; shares: roles that count nobody."""
    counted = cells[~cells["role"].isin(shares)]
    sums = counted.groupby("role")["value"].agg(lambda v: v.astype(int).sum())
    most = int(sums["base"])
    return most, max(1, int(sums["analysed"] - sums["other"])) if "analysed" in sums else most


def _counts(line: Any, n: int) -> list[int]:
    """Return the whole numbers out of n that print as the percentage of a cell."""
    low, high = (n * (float(line.value) + side * half_unit(line)) / 100 for side in (-1, 1))
    tried = range(max(0, floor(low)), min(n, ceil(high)) + 1)
    return [k for k in tried if float(_share_of(line, k, n)) == float(line.value)]


def prove_effect(cells: pd.DataFrame) -> str:
    """Percentages control and treatment of two arms, and the effect (a proportion) between them.

    Role base has counts that sum to the controls; analysed and other, as in prove_whole, say how
    few of them the shares may be of. The control percentage is one of whole people, and the
    treatment percentage is it plus the effect.
    """
    by_role = {line.role: line for line in cells.itertuples()}
    half = {role: half_unit(by_role[role]) for role in ("treatment", "effect")}
    treatment = float(by_role["treatment"].value)
    effect, reach = 100 * float(by_role["effect"].value), 100 * half["effect"]
    most, least = _people(cells, ("treatment", "control", "effect"))
    off = [
        treatment - 100 * k / n - effect
        for n in range(least, most + 1)
        for k in _counts(by_role["control"], n)
    ]
    nearest = min(off, key=abs, default=np.inf)
    if abs(nearest) < half["treatment"] + reach - TINY:
        return ""
    return (
        f"the treatment percentage is off by {abs(nearest):.3g} or more, and rounding explains "
        f"less than {half['treatment'] + reach:.3g} of it"
    )


def prove_unmarked(cells: pd.DataFrame) -> str:
    """An effect in standard deviations (role effect) without a mark, and the people of both arms.

    The standard error of a difference of means in standard deviations is sqrt(1/n + 1/m). Weights
    and covariates change it; twice as large stands for four times the variance, more than weights
    for non-response bring.
    """
    effect = next(cells[cells["role"] == "effect"].itertuples())
    n, m = cells.loc[cells["role"] == "base", "value"].astype(float)
    least = abs(float(effect.value)) - half_unit(effect)
    z = least / np.sqrt(1 / n + 1 / m)
    if effect.stars or z / 2 <= MARKED:
        return ""
    return (
        f"z is {z:.0f} or more, {z / 2:.0f} with twice the error, and from {MARKED} there is a mark"
    )


def prove_mark(cells: pd.DataFrame) -> str:
    """A coefficient with its mark (role coefficient) and its error (role standard_error).

    The mark ought to belong to a ratio of the two that rounding allows: + below .10, * below .05,
    ** below .01 in a normal distribution, two-sided.
    """
    from scipy.special import ndtr

    by_role = {line.role: line for line in cells.itertuples()}
    size, error = abs(float(by_role["coefficient"].value)), float(by_role["standard_error"].value)
    half = [half_unit(by_role[role]) for role in ("coefficient", "standard_error")]
    weak, strong = (size - half[0]) / (error + half[1]), (size + half[0]) / (error - half[1])
    allowed = {_mark(2 * ndtr(-max(z, 0.0))) for z in (weak, strong)}
    if by_role["coefficient"].stars in allowed:
        return ""
    marks = " or ".join(f"'{mark}'" for mark in sorted(allowed))
    printed = by_role["coefficient"].stars
    return f"z is {weak:.3f} to {strong:.3f}, which has the mark {marks}, printed is '{printed}'"


def _mark(p_value: float) -> str:
    below = [mark for mark, level in MARKS.items() if p_value < level]
    return below[-1] if below else ""


PROOFS = {
    "sum": prove_sum,
    "at_most": prove_at_most,
    "same": prove_same,
    "p_value": prove_p_value,
    "ratio": prove_ratio,
    "whole": prove_whole,
    "mark": prove_mark,
    "effect": prove_effect,
    "unmarked": prove_unmarked,
}
