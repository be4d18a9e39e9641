"""Integer counts that print given percentages, and their assignment to people by rank."""

from collections.abc import Sequence

import numpy as np

from ..errors import InputError


def largest_remainder(shares: Sequence[float] | np.ndarray, total: int) -> np.ndarray:
    """Return integers summing to total, in proportion to shares (Hamilton's method)."""
    shares = np.asarray(shares, dtype=float)
    exact = shares / shares.sum() * total
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: total - counts.sum()]] += 1
    return counts


def margin_counts(
    percent: np.ndarray,
    bases: np.ndarray,
    total_percent: np.ndarray,
    single: bool = True,
    decimals: int = 0,
    sums: list[tuple[list[int], float]] | None = None,
    aims: np.ndarray | None = None,
) -> np.ndarray:
    """Return counts of each category in each group that print the published percentages.

    Parameters
    ----------
    percent : categories x groups, as printed; NaN where nothing is printed.
    bases : groups, number answering.
    total_percent : categories, printed for all groups together; NaN where nothing is printed.
    single : whether a person gives one answer, so that columns sum to the bases.
    sums : categories (positions) and the percentage printed for them together, over all groups.
    aims : categories x groups, the percentages to be nearest to; the printed ones if absent.

    Returns categories x groups integers. Among the counts that
    print every cell it takes those nearest to the aims. Solved as an integer
    programme (HiGHS through scipy.optimize.milp). Raises InputError where no counts exist.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    categories, groups = percent.shape
    half = 0.5 * 10.0**-decimals
    rows, low, high = [], [], []

    def constrain(coefficients: np.ndarray, printed: float, base: float) -> None:
        if np.isnan(printed):
            return
        rows.append(coefficients)
        # A share on the very half is rounded up, so the upper edge is not reached.
        low.append(np.ceil(max(printed - half, 0) / 100 * base - 1e-9))
        high.append(np.ceil((printed + half) / 100 * base - 1e-9) - 1)

    cells = categories * groups
    for c in range(categories):
        for g in range(groups):
            one = np.zeros(2 * cells)
            one[c * groups + g] = 1
            constrain(one, percent[c, g], bases[g])
        whole = np.zeros(2 * cells)
        whole[c * groups : (c + 1) * groups] = 1
        constrain(whole, total_percent[c], bases.sum())
    for members, printed in sums or []:
        whole = np.zeros(2 * cells)
        for c in members:
            whole[c * groups : (c + 1) * groups] = 1
        constrain(whole, printed, bases.sum())
    for g in range(groups if single else 0):
        column = np.zeros(2 * cells)
        column[g:cells:groups] = 1
        rows.append(column)
        low.append(bases[g])
        high.append(bases[g])
    # Distance from the printed share, as slack variables above the absolute difference.
    aims = percent if aims is None else aims
    target = np.nan_to_num(aims).ravel() / 100 * np.tile(bases, categories)
    eye = np.eye(cells)
    distance = [
        LinearConstraint(np.hstack([eye, -eye]), -np.inf, target),
        LinearConstraint(np.hstack([-eye, -eye]), -np.inf, -target),
    ]
    solved = milp(
        c=np.concatenate([np.zeros(cells), np.ones(cells)]),
        constraints=[LinearConstraint(np.array(rows), low, high), *distance],
        integrality=np.concatenate([np.ones(cells), np.zeros(cells)]),
        bounds=Bounds(0, np.inf),
    )
    if not solved.success:
        raise InputError(
            "no integer counts print these percentages together",
            expected=f"{categories} categories x {groups} groups with bases {bases.tolist()}",
            remedy="the published cells contradict each other; correct a base or leave a cell out",
        )
    return np.round(solved.x[:cells]).astype(np.int64).reshape(categories, groups)


def assign_by_rank(score: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return for each person the index of a category, filling the counts in order of score.

    People beyond the counts get -1 (no answer); they are those with the highest scores, so a
    score that should not drive non-response is ranked among the answering only.
    """
    assigned = np.full(len(score), -1)
    order = np.argsort(score, kind="stable")
    assigned[order[: counts.sum()]] = np.repeat(np.arange(len(counts)), counts)
    return assigned
