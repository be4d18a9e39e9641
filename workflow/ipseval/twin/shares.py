"""Weighted shares of answers: chosen so that they print a table, then reached by people."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import chdtri

from ..errors import InputError
from ..impact.independence import pearson, test_of_independence

# Least share of an answer that somebody gives: a few people of a cell.
FEW = 0.0025


@dataclass(frozen=True)
class SurveyCells:
    """Parts of a survey's respondents, one a trial group and arm (K cells).

    group and arm are codes, sums those of the weights, n people.
    """

    group: np.ndarray
    arm: np.ndarray
    sums: np.ndarray
    n: np.ndarray

    @classmethod
    def of(cls, group: np.ndarray, arm: np.ndarray, weights: np.ndarray) -> "SurveyCells":
        """Return the cells of respondents; group, arm and weights hold one entry a person."""
        frame = pd.DataFrame({"group": group, "arm": arm, "w": weights})
        totals = frame.groupby(["group", "arm"], as_index=False).agg(
            sums=("w", "sum"), n=("w", "size")
        )
        return cls(**{name: totals[name].to_numpy() for name in totals})


@dataclass(frozen=True)
class Window:
    """A printed percentage: of a category, among the cells in a mask (K); NaN for a dash."""

    cells: np.ndarray
    category: int
    percent: float


@dataclass(frozen=True)
class Test:
    """A printed p-value of independence between parts of the cells and answers.

    rows: code of the part that a cell belongs to, -1 for none (K). category: one answer against
    the others, or None for the whole distribution.
    """

    rows: np.ndarray
    category: int | None
    p_value: float


def read_targets(
    tables: dict[str, pd.DataFrame],
    categories: list[str],
    groups: list[str],
    cells: SurveyCells,
    unreachable: list[str],
) -> tuple[list[Window], list[Test]]:
    """Return what published tables print of some categories.

    `tables` maps "group" or "arm", what the p-values of a table compare, to its cells: panel a
    trial group or total, row a category, column treatment, control, all or p_value. Panels in
    `unreachable` print a p-value that their percentages cannot have.
    """
    windows, tests = [], []
    for compared, table in tables.items():
        for line in table.itertuples():
            if line.row not in [*categories, "all_categories"]:
                continue
            inside = np.ones(len(cells.group), dtype=bool)
            if line.panel != "total":
                inside = cells.group == groups.index(line.panel)
            if line.statistic == "p_value":
                if line.panel in unreachable:
                    continue
                parts = np.where(inside, getattr(cells, compared), -1)
                one = None if line.row == "all_categories" else categories.index(line.row)
                tests.append(Test(parts, one, line.value))
                continue
            if line.column != "all":
                inside = inside & (cells.arm == {"control": 0, "treatment": 1}[line.column])
            windows.append(Window(inside, categories.index(line.row), line.value))
    return windows, tests


def reach_shares(
    tables: dict[str, pd.DataFrame],
    categories: list[str],
    groups: list[str],
    respondents: tuple[np.ndarray, np.ndarray, np.ndarray],
    realise: Callable[[np.ndarray], np.ndarray],
    single: bool,
    exact: bool,
    unreachable: list[str],
) -> np.ndarray:
    """Return answers (m x categories, 0/1) of respondents that print published tables.

    `respondents` are (group, arm, weights) with one entry a person, `realise` turns shares
    (cells x categories) into answers. With exact=True shares are chosen to print every
    percentage and p-value; since people come whole, the statistics are a little off what the
    shares promised, and the aims are moved by that, a few times. Else the printed shares are
    taken.
    """
    cells = SurveyCells.of(*respondents)
    windows, tests = read_targets(tables, categories, groups, cells, unreachable)
    if not exact:
        shares = printed_shares(windows, len(cells.sums), len(categories))
        return realise(shares / shares.sum(axis=1, keepdims=True) if single else shares)
    aims = np.array([_aim(test, len(categories)) for test in tests]).reshape(-1, 3)
    offset, tried = np.zeros((len(tests), 1)), []
    for _ in range(4):
        shares = _choose(windows, tests, aims - offset, cells, len(categories), single)
        answers = realise(shares)
        roots = np.array([_reached(test, answers, cells, respondents) for test in tests])
        missed = sum(_penalty(*each)[0] for each in zip(roots, tests, aims, strict=True))
        tried.append((missed, answers))
        if missed < 1e-4:
            break
        planned = np.array([_root(test, cells, shares) for test in tests])
        offset = (roots - planned)[:, None]
    return min(tried, key=lambda one: one[0])[1]


def _choose(
    windows: list[Window],
    tests: list[Test],
    aims: np.ndarray,
    cells: SurveyCells,
    categories: int,
    single: bool,
) -> np.ndarray:
    """Return shares of all answers; those of a multiple choice do not depend on each other."""
    if single:
        return choose_shares(windows, tests, aims, cells, categories, single)
    columns = []
    for k in range(categories):
        of_category = np.array([test.category == k for test in tests], dtype=bool)
        columns.append(
            choose_shares(
                [replace(window, category=0) for window in windows if window.category == k],
                [replace(test, category=0) for test in tests if test.category == k],
                aims[of_category],
                cells,
                1,
                single,
            )
        )
    return np.hstack(columns)


def choose_shares(
    windows: list[Window],
    tests: list[Test],
    aims: np.ndarray,
    cells: SurveyCells,
    categories: int,
    single: bool,
    margin: float = 0.03,
) -> np.ndarray:
    """Return shares (K x categories) that print every percentage and come near every statistic.

    Sequential quadratic programming (scipy's SLSQP): linear windows as constraints, the
    distance of the root of each test's statistic from its aim as objective, and a little weight on
    staying near the printed shares. `margin`, in points, is kept from the edges of a window for
    people who come whole. Raises InputError where the windows contradict each other.
    """
    from scipy.optimize import minimize

    start = printed_shares(windows, len(cells.sums), categories)
    rows, low, high = _edges(windows, cells, start.shape, margin)
    constraints = [
        {"type": "ineq", "fun": lambda x: rows @ x - low, "jac": lambda x: rows},
        {"type": "ineq", "fun": lambda x: high - rows @ x, "jac": lambda x: -rows},
    ]
    if single:
        whole = np.kron(np.eye(len(start)), np.ones(categories))
        constraints.append({"type": "eq", "fun": lambda x: whole @ x - 1, "jac": lambda x: whole})
    solved = minimize(
        lambda x: _distance(x.reshape(start.shape), start, tests, aims, cells),
        start.ravel(),
        jac=True,
        method="SLSQP",
        bounds=[(min(share, FEW), float(share > 0)) for share in start.ravel()],
        constraints=constraints,
        options={"maxiter": 200, "ftol": 1e-9},
    )
    outside = max(np.max(low - rows @ solved.x), np.max(rows @ solved.x - high))
    if outside > 1e-6:
        raise InputError(
            "no shares print these percentages together",
            expected=f"{len(windows)} printed percentages of {categories} answers",
            remedy="the published cells contradict each other; leave one out",
        )
    return np.clip(solved.x, 0, 1).reshape(start.shape)


def _edges(
    windows: list[Window], cells: SurveyCells, shape: tuple[int, int], margin: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (rows, low, high) of the inequalities low <= rows @ shares <= high."""
    windows = [window for window in windows if not np.isnan(window.percent)]
    rows = np.zeros((len(windows), *shape))
    for row, window in zip(rows, windows, strict=True):
        weight = np.where(window.cells, cells.sums, 0)
        row[:, window.category] = weight / weight.sum()
    percent = np.array([window.percent for window in windows])
    low = np.maximum(percent - 0.5 + np.where(percent > 0, margin, 0), 0)
    return rows.reshape(len(windows), -1), low / 100, (percent + 0.5 - margin) / 100


def _distance(
    shares: np.ndarray, start: np.ndarray, tests: list[Test], aims: np.ndarray, cells: SurveyCells
) -> tuple[float, np.ndarray]:
    """Return (squared distance of the roots of statistics from their aims, its gradient).

    Gradients by differences, over the shares that a test looks at only: most tests look at one
    answer of a few cells.
    """
    shares = np.clip(shares, 1e-5, 1)
    total = np.square(shares - start).sum()
    gradient = 2 * (shares - start)
    for test, aim in zip(tests, aims, strict=True):
        root = _root(test, cells, shares)
        penalty, slope = _penalty(root, test, aim)
        total += penalty
        touched = slice(None) if test.category is None else slice(test.category, test.category + 1)
        for k in np.flatnonzero(test.rows >= 0) if slope else []:
            for c in range(shares.shape[1])[touched]:
                moved = shares.copy()
                moved[k, c] += 1e-6
                gradient[k, c] += slope * (_root(test, cells, moved) - root) / 1e-6
    return float(total), gradient.ravel()


def printed_shares(windows: list[Window], cells: int, categories: int) -> np.ndarray:
    """Return for each cell the printed share of the narrowest window that holds it."""
    shares, size = np.full((cells, categories), np.nan), np.full((cells, categories), np.inf)
    for window in windows:
        narrower = window.cells & (window.cells.sum() < size[:, window.category])
        shares[narrower, window.category] = window.percent / 100
        size[narrower, window.category] = window.cells.sum()
    # Printed as 0 there is somebody, as a dash there is nobody.
    return np.where(np.isnan(shares), 0, np.where(shares == 0, FEW, shares))


def _root(test: Test, cells: SurveyCells, shares: np.ndarray) -> float:
    """Return the root of Pearson's statistic of a test under given shares."""
    inside = test.rows >= 0
    answers = shares[inside]
    if test.category is not None:
        share = answers[:, test.category]
        answers = np.column_stack([1 - share, share])
    parts = test.rows[inside]
    member = (parts == np.flatnonzero(np.bincount(parts))[:, None]).astype(float)
    sums = member @ (cells.sums[inside, None] * answers)
    return float(np.sqrt(pearson(sums, int(cells.n[inside].sum()))))


def _penalty(root: float, test: Test, aim: np.ndarray) -> tuple[float, float]:
    """Return (penalty of a root, its derivative): far steeper outside what may be printed.

    Printed as 0.000, any larger root will do.
    """
    low, wanted, high = aim
    outside = min(root - low, 0.0) + max(root - high, 0.0)
    gap = root - wanted
    if test.p_value == 0 and gap > 0:
        return 0.0, 0.0
    return gap**2 + 100 * outside**2, 2 * gap + 200 * outside


def _aim(test: Test, categories: int) -> np.ndarray:
    """Return roots (least, wanted, greatest) of the statistic that agree with the printed p-value.

    A p-value agrees within .02 and on the same side of .10, .05 and .01; a tenth of that is
    kept as a margin. 0.000 stands for .0002.
    """
    parts = len(np.unique(test.rows[test.rows >= 0]))
    df = (parts - 1) * ((categories if test.category is None else 2) - 1)
    p = max(test.p_value, 0.0002)
    sides = np.array([0.0, 0.01, 0.05, 0.10, 1.0])
    k = np.searchsorted(sides, p, side="right")
    highest, lowest = min(p + 0.02, sides[k]), max(p - 0.02, sides[k - 1])
    ends = np.array([highest - 0.1 * (highest - p), p, lowest + 0.1 * (p - lowest)])
    return np.sqrt(chdtri(df, ends))


def _reached(
    test: Test,
    answers: np.ndarray,
    cells: SurveyCells,
    respondents: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> float:
    """Return the root of the statistic of the answers that people gave."""
    group, arm, weights = respondents
    cell = np.empty(len(group), dtype=np.int64)
    for k in range(len(cells.sums)):
        cell[(group == cells.group[k]) & (arm == cells.arm[k])] = k
    part = test.rows[cell]
    inside = part >= 0
    given = answers.argmax(axis=1) if test.category is None else answers[:, test.category]
    result = test_of_independence(part[inside], given[inside], weights[inside], "pearson")
    return float(np.sqrt(result.statistic))


def assign_shares(score: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return a category a person, in order of score, so that weighted shares come out.

    score and weights (n), shares (C) sum to 1. People fill the categories in order; then
    people of different weight change places until no swap brings the sums nearer. A category
    with a share above 0 gets somebody.
    """
    order = np.argsort(score, kind="stable")
    middle = np.cumsum(weights[order]) - weights[order] / 2
    edges = np.cumsum(shares)[:-1] * weights.sum()
    codes = np.empty(len(score), dtype=np.int64)
    codes[order] = np.searchsorted(edges, middle, side="right")
    wanted = shares * weights.sum()
    for _ in range(100):
        error = np.bincount(codes, weights=weights, minlength=len(shares)) - wanted
        error[shares == 0] = 0
        over, under = np.argmax(error), np.argmin(error)
        if np.abs(error).max() < 1e-5 * weights.sum():
            break
        move = (error[over] - error[under]) / 2
        givers, takers = np.flatnonzero(codes == over), np.flatnonzero(codes == under)
        # Nobody comes back when a person only moves: weight 0 stands for that.
        back = np.concatenate([[0.0], weights[takers]])
        rank = np.argsort(back, kind="stable")
        near = np.searchsorted(back[rank], weights[givers] - move)
        near = np.clip(near[:, None] + [-1, 0], 0, len(back) - 1)
        miss = np.abs(weights[givers][:, None] - back[rank][near] - move)
        giver, side = np.unravel_index(np.argmin(miss), miss.shape)
        taken = rank[near[giver, side]]
        if miss[giver, side] >= move or (taken == 0 and len(givers) == 1):
            break
        codes[givers[giver]] = under
        if taken > 0:
            codes[takers[taken - 1]] = over
    return codes
