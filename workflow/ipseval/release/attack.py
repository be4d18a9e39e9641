"""What a reader of the released files can work out of what is withheld.

It shares no code with the suppressor, and knows no truth: released cells, what they count, and how
groups and arms nest. Each count is a variable within the interval that its released form leaves,
rounding included, each declared sum an equation; linear programmes bound what is withheld.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

# Components of fewer variables than these are solved in whole numbers.
WHOLE_BELOW = 200
EPSILON = 1e-6


@dataclass
class Puzzle:
    """Variables with what is known of each, and equations: sums of coefficient times variable."""

    names: dict[str, int] = field(default_factory=dict)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    equations: set[tuple[tuple[int, float], ...]] = field(default_factory=set)

    def variable(self, name: str, whole: bool = True) -> int:
        """Return a variable by name; a count is whole and not negative."""
        if name not in self.names:
            self.names[name] = len(self.names)
            self.low.append(0.0 if whole else -np.inf)
            self.high.append(np.inf)
            self.whole.append(whole)
        return self.names[name]

    def learn(self, name: str, low: float, high: float, whole: bool = True) -> None:
        """Take in that a variable lies in an interval."""
        i = self.variable(name, whole)
        self.low[i], self.high[i] = max(self.low[i], low), min(self.high[i], high)

    def equate(self, terms: list[tuple[str, float]]) -> None:
        """Take in that variables times coefficients sum to zero."""
        row = tuple(sorted((self.variable(name), factor) for name, factor in terms))
        self.equations.add(row)

    def matrix(self) -> csr_matrix:
        """Return the equations as a matrix."""
        rows = sorted(self.equations)
        entries = [(i, j, v) for i, row in enumerate(rows) for j, v in row]
        shape = (len(rows), len(self.names))
        if not entries:
            return csr_matrix(shape)
        i, j, v = zip(*entries, strict=True)
        return csr_matrix((v, (i, j)), shape=shape)


def by_hand(puzzle: Puzzle, rounds: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds by filling in one equation after the other, as with pencil and paper."""
    matrix = puzzle.matrix().tocoo()
    low, high = np.array(puzzle.low, dtype=float), np.array(puzzle.high, dtype=float)
    whole = np.array(puzzle.whole, dtype=bool)
    r, c, v, m = matrix.row, matrix.col, matrix.data, matrix.shape[0]
    for _ in range(rounds):
        small = np.where(v > 0, v * low[c], v * high[c])
        large = np.where(v > 0, v * high[c], v * low[c])
        new_low, new_high = low.copy(), high.copy()
        # All of the equation but the variable itself.
        rest_small = _others(small, r, m)
        rest_large = _others(large, r, m)
        ends = np.stack([-rest_large / v, -rest_small / v])
        np.maximum.at(new_low, c, ends.min(axis=0))
        np.minimum.at(new_high, c, ends.max(axis=0))
        new_low = np.where(whole, np.ceil(new_low - EPSILON), new_low)
        new_high = np.where(whole, np.floor(new_high + EPSILON), new_high)
        same = np.array_equal(new_low, low) and np.array_equal(new_high, high)
        low, high = new_low, new_high
        if same:
            break
    return low, high


def _others(values: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Return, for each entry, the sum of the other entries of its row; infinite where one is."""
    finite = np.isfinite(values)
    total = np.bincount(rows, weights=np.where(finite, values, 0.0), minlength=count)
    endless = np.bincount(rows, weights=~finite, minlength=count)
    rest = total[rows] - np.where(finite, values, 0.0)
    sign = np.sign(np.where(finite, 0.0, values))
    direction = np.zeros(count)
    direction[rows[~finite]] = sign[~finite]
    left = endless[rows] - ~finite
    return np.where(left > 0, np.inf * np.where(direction[rows] == 0, 1, direction[rows]), rest)


def bounds_of(
    puzzle: Puzzle, targets: list[str], seconds: float = 5.0
) -> dict[str, tuple[float, float]]:
    """Return the interval of each target that the released numbers leave."""
    matrix = puzzle.matrix()
    by_column = matrix.T.tocsr()
    low, high = by_hand(puzzle)
    # Released numbers that contradict each other would prove anything.
    if (low > high + EPSILON).any():
        bad = [name for name, i in puzzle.names.items() if low[i] > high[i] + EPSILON][:3]
        raise ValueError(f"released numbers contradict each other: {', '.join(bad)}")
    whole = np.array(puzzle.whole, dtype=int)
    moves = high - low > 1e-9
    found = {}
    for name in targets:
        target = puzzle.names[name]
        if not moves[target]:
            found[name] = (low[target], high[target])
            continue
        columns, rows = _reach(matrix, by_column, target, moves)
        rest = np.where(moves, 0.0, low)
        right = -(matrix[rows] @ rest)
        kinds = whole[columns] if len(columns) < WHOLE_BELOW else np.zeros(len(columns), dtype=int)
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(columns))
            cost[np.searchsorted(columns, target)] = sign
            solved = milp(
                cost,
                constraints=LinearConstraint(
                    matrix[rows][:, columns], right - EPSILON, right + EPSILON
                )
                if len(rows)
                else None,
                bounds=Bounds(low[columns], high[columns]),
                integrality=kinds,
                options={"time_limit": seconds},
            )
            if solved.status == 3:  # unbounded
                ends.append(-sign * np.inf)
            elif solved.status == 2:
                raise ValueError(f"released numbers contradict each other around {name}")
            else:
                # Where time is up, the bound of the search is an outer one.
                reached = solved.mip_dual_bound if kinds.any() else solved.fun
                ends.append(sign * reached)
        found[name] = (
            float(max(np.ceil(ends[0] - 1e-4), low[target])),
            float(min(np.floor(ends[1] + 1e-4), high[target])),
        )
    return found


def _reach(
    matrix: csr_matrix, by_column: csr_matrix, target: int, moves: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the variables and equations that are tied to a target."""
    columns, rows, queue = {target}, set(), [target]
    while queue:
        column = queue.pop()
        for row in by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]]:
            if row not in rows:
                rows.add(row)
                tied = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
                new = [c for c in tied if moves[c] and c not in columns]
                columns.update(new)
                queue += new
    return np.array(sorted(columns)), np.array(sorted(rows), dtype=int)
