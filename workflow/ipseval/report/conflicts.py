"""Proofs that printed cells cannot all be right."""

import numpy as np
import pandas as pd

from ..errors import InputError

KEYS = ["panel", "row", "column", "statistic"]
FILE = "config/published/conflicts.csv"
# A p-value, coefficient or standard error that is this much off still counts as close.
TOLERANCE = 0.02


def proven_conflicts(published: pd.DataFrame, conflicts: pd.DataFrame) -> dict[tuple, str]:
    """Return (exhibit, *keys) -> why the printed cells of its set cannot all be right.

    A conflict (columns audit, proof, exhibit, panel, row, column, statistic, coefficient; one set
    of cells an audit and proof) is one of three:
    a sum of coefficients times cells that would be zero if the cells held together (exhibit
    `constant` stands for 1), or, with coefficient p throughout, percentages and bases of two
    parts with the p-value of their comparison; or, with coefficient same, one effect printed in
    several places. Each is proven here: raises InputError for a set
    whose printed values do hold within rounding.
    """
    cells = published.set_index(["exhibit", *KEYS])
    proven = {}
    for (audit, _), part in conflicts.groupby(["audit", "proof"], sort=False):
        named = part[part["exhibit"] != "constant"]
        keys = list(named[["exhibit", *KEYS]].itertuples(index=False, name=None))
        found = cells.loc[keys].reset_index()
        if (part["coefficient"] == "p").all():
            together = _p_value_holds(found)
        elif (part["coefficient"] == "same").all():
            together = len(found[["value", "stars"]].drop_duplicates()) == 1
        else:
            constant = part.loc[part["exhibit"] == "constant", "coefficient"].astype(float).sum()
            together = _sum_holds(found, named["coefficient"].astype(float).to_numpy(), constant)
        if together:
            raise InputError(
                f"the printed cells of '{audit}' hold together",
                file=FILE,
                rule="a conflict cannot be true within rounding",
                remedy="remove it, or correct its cells",
            )
        names = "; ".join(f"{k[0]} {k[1]} {k[2]} {k[3]}" for k in keys)
        for key in keys:
            proven[key] = f"audit {audit}: cannot hold together with the others of {names}"
    return proven


def _sum_holds(cells: pd.DataFrame, weights: np.ndarray, constant: float) -> bool:
    half = np.array([_half_unit(line) for line in cells.itertuples()])
    total = weights @ cells["value"].astype(float).to_numpy() + constant
    return bool(abs(total) <= np.abs(weights) @ half + 1e-9)


def _half_unit(line) -> float:
    """Return how far an exact cell may lie from its print; counts and bases are exact.

    Dates are numbers like 20181017, months like 201810; a day lies within 50 of its month's
    hundred, so that a hundredth of a date may be held against a month.
    """
    if line.statistic == "date":
        return 50.0 if len(line.value) == 8 else 0.0
    return 0.0 if line.statistic in ("count", "base") else 0.5 * 10.0 ** -int(line.decimals)


def _p_value_holds(cells: pd.DataFrame) -> bool:
    """Return whether two distributions of printed percentages can have the printed p-value.

    Pearson's statistic of two parts is a sum over answers of (a - b)^2 / (n1 a + n2 b) times n1
    n2, convex in a and b, so that its greatest value within rounding lies in a corner for each
    answer. That the percentages sum to 100 is left out, which only makes it greater; so would a
    correction for unequal weights, which divides it by a number above 1.
    """
    from scipy.stats import chi2

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
    least = chi2.sf(np.max(corners, axis=0).sum(), len(wide) - 1)
    return float(value[cells["statistic"] == "p_value"].iloc[0]) + TOLERANCE >= least
