"""What a reader of the released files can work out of what is withheld.

It shares no code with the suppressor, and knows no truth: released cells, what they count, and how
groups and arms nest. Each count is a variable within the interval that its released form leaves,
rounding included, each declared sum an equation; linear programmes bound what is withheld.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

# Components of fewer variables than these are solved in whole numbers.
WHOLE_BELOW = 200
EPSILON = 1e-6
# An integer programme ends after so many nodes: the same bound on any machine.
NODES = 5000
# How many variables around a target are looked at first.
NEAR = 250


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
        row: dict[int, float] = {}
        for name, factor in terms:
            place = self.variable(name)
            row[place] = row.get(place, 0.0) + factor
        # A variable that stands on both sides says nothing of itself.
        if left := tuple(sorted((i, factor) for i, factor in row.items() if factor)):
            self.equations.add(left)

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
    puzzle: Puzzle, targets: list[str], enough: float = np.inf
) -> dict[str, tuple[float, float]]:
    """Return the interval of each target that the released numbers leave.

    Where the numbers around a target alone show that its interval is at least `enough` wide, that
    inner interval is returned.
    """
    matrix = puzzle.matrix()
    by_column = matrix.T.tocsr()
    low, high = by_hand(puzzle)
    # Released numbers that contradict each other would prove anything.
    if (low > high + EPSILON).any():
        bad = [name for name, i in puzzle.names.items() if low[i] > high[i] + EPSILON][:3]
        raise ValueError(f"released numbers contradict each other: {', '.join(bad)}")
    whole = np.array(puzzle.whole, dtype=int)
    moves = high - low > 1e-9
    start = None
    found = {}
    for name in targets:
        target = puzzle.names[name]
        if not moves[target]:
            found[name] = (float(low[target]), float(high[target]))
            continue
        columns, rows = _reach(matrix, by_column, target, moves)
        if len(columns) >= WHOLE_BELOW and np.isfinite(enough):
            if start is None:
                start = _some_solution(matrix, low, high)
            inner = _around(matrix, by_column, target, moves, low, high, start)
            if inner[1] - inner[0] >= enough:
                found[name] = inner
                continue
        kinds = whole[columns] if len(columns) < WHOLE_BELOW else np.zeros(len(columns), dtype=int)
        right = -(matrix[rows] @ np.where(moves, 0.0, low))
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(columns))
            cost[np.searchsorted(columns, target)] = sign
            reached = None
            for integrality in [kinds, 0 * kinds] if kinds.any() else [kinds]:
                solved = milp(
                    cost,
                    constraints=_equal(matrix[rows][:, columns], right),
                    bounds=Bounds(low[columns], high[columns]),
                    integrality=integrality,
                    options={"node_limit": NODES},
                )
                # Where the nodes are up, the bound of the search is an outer one; without a bound,
                # that of the relaxed programme is.
                reached = solved.mip_dual_bound if integrality.any() else solved.fun
                if reached is not None and np.isfinite(reached):
                    break
                if solved.status == 2:
                    raise ValueError(f"released numbers contradict each other around {name}")
            endless = reached is None or not np.isfinite(reached)
            ends.append(-sign * np.inf if endless else sign * float(reached or 0.0))
        found[name] = (
            float(max(np.ceil(ends[0] - 1e-4), low[target])),
            float(min(np.floor(ends[1] + 1e-4), high[target])),
        )
    return found


def _equal(matrix: csr_matrix, right: np.ndarray) -> LinearConstraint | None:
    if not matrix.shape[0]:
        return None
    return LinearConstraint(matrix, right - EPSILON, right + EPSILON)


def _some_solution(matrix: csr_matrix, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return numbers that fit everything released, if not those that are true."""
    solved = milp(
        np.zeros(matrix.shape[1]),
        constraints=_equal(matrix, np.zeros(matrix.shape[0])),
        bounds=Bounds(low, high),
    )
    if solved.x is None:
        raise ValueError("released numbers contradict each other")
    return solved.x


def _around(
    matrix: csr_matrix,
    by_column: csr_matrix,
    target: int,
    moves: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    start: np.ndarray,
) -> tuple[float, float]:
    """Return an inner interval of a target: what it can be if numbers far from it stay put."""
    columns, frontier = [target], [target]
    inside = {target}
    while frontier and len(columns) < NEAR:
        # Variables of few equations first: hubs reach everywhere.
        frontier.sort(key=lambda c: by_column.indptr[c + 1] - by_column.indptr[c], reverse=True)
        column = frontier.pop()
        for row in by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]]:
            for other in matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]:
                if moves[other] and other not in inside:
                    inside.add(other)
                    columns.append(other)
                    frontier.append(other)
    chosen = np.array(sorted(columns))
    rows = np.unique(by_column[chosen].indices)
    part = matrix[rows][:, chosen]
    right = part @ start[chosen]
    cost = np.zeros(len(chosen))
    cost[np.searchsorted(chosen, target)] = 1.0
    ends = []
    for sign in (1.0, -1.0):
        solved = milp(
            sign * cost,
            constraints=_equal(part, right),
            bounds=Bounds(low[chosen], high[chosen]),
        )
        unbounded = -sign * np.inf if solved.status == 3 else start[target]
        ends.append(sign * solved.fun if solved.fun is not None else unbounded)
    return float(np.ceil(ends[0] - 1e-4)), float(np.floor(ends[1] + 1e-4))


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


# From released files to a puzzle.

_WORD = re.compile(r'("(?:[^"\\\\]|\\\\.)*"|[^\s=]+)=("(?:[^"\\\\]|\\\\.)*"|[^\s=]+)')


@dataclass(frozen=True)
class Selection:
    """People that a cell counts, as its declaration names them."""

    table: str
    groups: frozenset[str]
    arm: str
    conditions: frozenset[tuple[str, str]]


def read_selection(text: str, groups: list[str]) -> Selection:
    """Return a selection from its text."""
    table, _, rest = text.partition(": ")
    words = [(_plain(name), _plain(value)) for name, value in _WORD.findall(rest)]
    given = dict(words[:2])
    named = groups if given["groups"] == "all" else given["groups"].split("|")
    inside = frozenset(named) if table == "people" else frozenset()
    return Selection(table, inside, given["arm"], frozenset(words[2:]))


def _plain(word: str) -> str:
    return json.loads(word) if word.startswith('"') else word


@dataclass
class Released:
    """A release as its reader has it: a puzzle, and names of its numbers.

    shown: stands in some cell. withheld: in none but such as are withheld. hidden: has no cell, and
    is no number that is known beforehand.
    """

    puzzle: Puzzle
    shown: list[str]
    withheld: list[str]
    hidden: list[str]


def read_release(
    folder: Path, rounding: int = 1, earlier: dict[str, tuple[float, float]] | None = None
) -> Released:
    """Return the puzzle of one trial from its released files.

    declared/counts.csv says what each cell counts, relations.json beside it how groups, arms and
    parts sum, and <exhibit>.csv what is shown. `earlier` is
    what earlier releases have told, by key.
    """
    declared = json.loads((folder / "declared" / "relations.json").read_text(encoding="utf-8"))
    groups, arms = declared["groups"], declared["arms"]
    puzzle, where, gone, seen = Puzzle(), {}, [], []
    shown: dict[str, list[dict[str, str]]] = {}

    def name_of(text: str) -> str:
        if text not in where:
            where[text] = read_selection(text, groups)
            puzzle.variable(text)
        return text

    differences, printed_differences = [], []
    shares: dict[str, tuple[float, float]] = {}
    for row in _rows(folder / "declared" / "counts.csv"):
        if row["exhibit"] not in shown:
            shown[row["exhibit"]] = list(_rows(folder / f"{row['exhibit']}.csv"))
        cell = shown[row["exhibit"]][int(row["place"])]
        role, own, base = row["role"], row["people"], row["among"]
        for text in (own, base):
            if text and role != "weighted":
                name_of(text)
        if base and role == "weighted":
            name_of(base)
        if cell["printed"] == "[c]":
            if own and role in ("count", "base", "share"):
                gone.append(own)
            continue
        if base and cell["n"]:
            puzzle.learn(base, *_rounded(float(cell["n"]), rounding))
            seen.append(base)
        if own and role in ("count", "base") and cell["value"]:
            puzzle.learn(own, *_rounded(float(cell["value"]), rounding))
            seen.append(own)
        elif own and role == "share" and cell["value"] and cell["n"]:
            low, high = _ends(cell)
            puzzle.learn(own, *_counted(low, high, float(cell["n"]), rounding))
            shares[own] = low, high
            seen.append(own)
        elif own and role == "difference" and cell["value"]:
            differences.append((own, base, *_ends(cell)))
        elif own and role == "printed_difference" and cell["value"]:
            printed_differences.append((own, base, sum(_ends(cell)) / 2))
    for own, base, difference in printed_differences:
        _equate_printed(puzzle, own, base, arms, difference, shares)
    for name, (low, high) in (earlier or {}).items():
        if name in puzzle.names:
            puzzle.learn(name, low, high)
    _equate_selections(puzzle, where, groups, arms)
    for whole, parts in declared["sums"]:
        puzzle.equate([(whole, -1.0), *((part, 1.0) for part in parts)])
    if differences:
        # A base that stands nowhere may follow from others.
        known = np.stack(by_hand(puzzle))
    for own, base, low, high in differences:
        _equate_difference(puzzle, own, base, arms, (low, high), known)
    # What earlier releases told to the last digit is out.
    exact = {n for n, i in puzzle.names.items() if puzzle.low[i] == puzzle.high[i]}
    withheld = set(gone) - set(seen) - exact
    hidden = set(puzzle.names) - set(seen) - exact - withheld
    return Released(puzzle, sorted(set(seen)), sorted(withheld), sorted(hidden))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rounded(number: float, base: int) -> tuple[float, float]:
    return max(number - base // 2, 0.0), number + (base - 1) // 2


def _counted(low: float, high: float, n: float, base: int) -> tuple[float, float]:
    """Return the interval of a count by its share, as printed, and the base as released.

    A rounded count is a multiple as the base is, and the share that of the one in the other.
    """
    least, most = np.ceil(low * n / base - 1e-6), np.floor(high * n / base + 1e-6)
    return _rounded(base * least, base)[0], _rounded(base * most, base)[1]


def _ends(cell: dict[str, str]) -> tuple[float, float]:
    """Return the interval of a printed share: half a unit of its last decimal each way."""
    value = float(cell["value"])
    numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", cell["printed"])
    text = next(t for t in numbers if abs(float(t.replace(",", "")) - abs(value)) < 1e-9)
    half = 0.5 * 10.0 ** -len(text.partition(".")[2])
    scale = 100.0 if cell["statistic"] in ("percent", "ppt") else 1.0
    return (value - half) / scale, (value + half) / scale


def _text(one: Selection, groups: list[str], arm: str | None = None, of: Any = None) -> str:
    """Return the text of a selection with another arm or other groups."""
    inside = sorted(one.groups if of is None else of)
    named = "|".join(inside) if inside else "all"
    quoted = [f"{_word(name)}={_word(value)}" for name, value in sorted(one.conditions)]
    return f"{one.table}: " + " ".join([f"groups={named}", f"arm={arm or one.arm}", *quoted])


def _word(text: str) -> str:
    return text if re.fullmatch(r"[\w.*+-]+", text) else json.dumps(text, ensure_ascii=False)


def _equate_selections(
    puzzle: Puzzle, where: dict[str, Selection], groups: list[str], arms: list[str]
) -> None:
    """Tie selections of people: groups and arms sum up, and who meets more is part of who less."""
    kinds: dict[tuple[str, frozenset[tuple[str, str]]], list[Selection]] = {}
    for one in where.values():
        kinds.setdefault((one.table, one.conditions), []).append(one)
    kinds.setdefault(("people", frozenset()), [])
    inside = _nested(list(kinds))
    # What is asked of a part can be asked of the whole.
    for _ in range(3):
        for part, wholes in inside.items():
            for whole in wholes:
                known = {(o.groups, o.arm) for o in kinds[whole]}
                for one in kinds[part]:
                    if (one.groups, one.arm) not in known:
                        kinds[whole].append(Selection(whole[0], one.groups, one.arm, whole[1]))
                        known.add((one.groups, one.arm))
    for (table, _), several in kinds.items():
        if table == "people" and several:
            _equate_groups(puzzle, several, groups, arms)
    for part, wholes in inside.items():
        for whole in wholes:
            for one in kinds[part]:
                other = Selection(whole[0], one.groups, one.arm, whole[1])
                a, b = _text(other, groups), _text(one, groups)
                puzzle.equate([(a, -1.0), (b, 1.0), (f"{a} without {b}", 1.0)])


def _equate_groups(
    puzzle: Puzzle, several: list[Selection], groups: list[str], arms: list[str]
) -> None:
    sets = {one.groups for one in several}
    codes = {one.arm for one in several}
    if len(sets) > 1:
        sets |= {frozenset([g]) for own in sets for g in own}
    if len(codes) > 1:
        codes = {"all", *arms}
    example = several[0]
    # Sorted, as sets are everywhere here: what is found must not hang on an order that changes.
    for own in sorted(sets, key=sorted):
        for arm in sorted(codes):
            if len(own) > 1 and len(sets) > 1:
                parts = [(_text(example, groups, arm, [g]), 1.0) for g in sorted(own)]
                puzzle.equate([(_text(example, groups, arm, own), -1.0), *parts])
        if len(codes) > 1:
            parts = [(_text(example, groups, arm, own), 1.0) for arm in arms]
            puzzle.equate([(_text(example, groups, "all", own), -1.0), *parts])


Kind = tuple[str, frozenset[tuple[str, str]]]


def _nested(kinds: list[Kind]) -> dict[Kind, list[Kind]]:
    """Return, for each kind of selection, the closest kinds that hold all of its people."""
    known = set(kinds)
    found: dict[Kind, list[Kind]] = {}
    for table, conditions in kinds:
        # Each condition may be dropped, or asked only to have some value.
        options = [
            [None, (c, "*"), (c, v)] if v != "*" else [None, (c, "*")]
            for c, v in sorted(conditions)
        ]
        above = set()
        for choice in _choices(options):
            other = (table, frozenset(pair for pair in choice if pair))
            if other in known and other[1] != conditions:
                above.add(other)
        found[(table, conditions)] = [
            one
            for one in sorted(above, key=lambda kind: (kind[0], sorted(kind[1])))
            if not any(_holds(one, other) for other in above if other != one)
        ]
    return found


def _choices(options: list[list[Any]]) -> list[list[Any]]:
    found: list[list[Any]] = [[]]
    for several in options:
        found = [[*before, one] for before in found for one in several]
    return found


def _holds(outer: Kind, inner: Kind) -> bool:
    own = dict(inner[1])
    return all(own.get(c) == v or (c in own and v == "*") for c, v in outer[1])


def _equate_difference(
    puzzle: Puzzle,
    own: str,
    base: str,
    arms: list[str],
    ends: tuple[float, float],
    known: np.ndarray,
) -> None:
    """Tie the counts of two arms by the difference of their shares, where bases are known.

    ends: of the difference. known: bounds of the numbers (2 x n), as far as they were worked out.
    """
    counts = [own.replace("arm=all", f"arm={arm}", 1) for arm in arms]
    names = [base.replace("arm=all", f"arm={arm}", 1) for arm in arms]
    sizes = [
        known[:, puzzle.names[n]] for n in names if puzzle.names.get(n, np.inf) < known.shape[1]
    ]
    exact = [float(low) for low, high in sizes if low == high and low > 0]
    if len(exact) < len(arms):
        return
    name = f"difference of {own}"
    puzzle.learn(name, ends[0] * exact[1], ends[1] * exact[1], whole=False)
    puzzle.equate([(counts[1], 1.0), (counts[0], -exact[1] / exact[0]), (name, -1.0)])


def _equate_printed(
    puzzle: Puzzle,
    own: str,
    base: str,
    arms: list[str],
    difference: float,
    shares: dict[str, tuple[float, float]],
) -> None:
    """Take in the share of an arm that is withheld, as printed: that of the other tells it."""
    counts, sizes = (
        [text.replace("arm=all", f"arm={arm}", 1) for arm in arms] for text in (own, base)
    )
    most = puzzle.high[puzzle.variable(base)]
    for mine, other, sign in ((0, 1, -1.0), (1, 0, 1.0)):
        if counts[mine] in shares or counts[other] not in shares:
            continue
        low, high = (end + sign * difference for end in shares[counts[other]])
        # The base of the arm may follow from others alone, so that it is a variable too.
        name, half = f"rounding of {counts[mine]}", (high - low) / 2 * most
        puzzle.learn(name, -half, half, whole=False)
        share = (low + high) / 2
        puzzle.equate([(counts[mine], 1.0), (sizes[mine], -share), (name, -1.0)])


@dataclass(frozen=True)
class Attacked:
    """What an attack found: how wide intervals are, and which are too narrow."""

    withheld: int
    hidden: int
    narrowest: float
    narrow: dict[str, tuple[float, float]]
    bounds: dict[str, tuple[float, float]]


def released_intervals(folder: Path, rounding: int = 1) -> dict[str, tuple[float, float]]:
    """Return what the files of a trial tell of each number that they show."""
    puzzle = read_release(folder, rounding).puzzle
    return {
        name: (puzzle.low[i], puzzle.high[i])
        for name, i in puzzle.names.items()
        if np.isfinite(puzzle.high[i]) and puzzle.whole[i]
    }


def attack(
    folder: Path,
    width: float,
    threshold: int,
    rounding: int = 1,
    earlier: dict[str, tuple[float, float]] | None = None,
    differences: bool = True,
) -> Attacked:
    """Return what the released files of a trial give away of what is withheld.

    A number may not stand in a cell where it must be of fewer people than the threshold, and of
    somebody; nor may, where `differences` count, one that stands nowhere be known to be such to
    less than the width. A withheld number may not be known to less than the width at all.
    """
    released = read_release(folder, rounding, earlier)
    low, high = by_hand(released.puzzle)
    places = released.puzzle.names
    doubtful = [
        name
        for name in released.hidden
        if differences
        and released.puzzle.whole[places[name]]
        and low[places[name]] < threshold
        and high[places[name]] >= 1
    ]
    bounds = bounds_of(released.puzzle, [*released.withheld, *doubtful], enough=width)
    stands = {n: (low[places[n]], high[places[n]]) for n in released.shown}
    narrow = {n: ends for n, ends in stands.items() if ends[0] >= 1 and ends[1] < threshold}
    for name, (least, most) in bounds.items():
        withheld = name in set(released.withheld)
        small = least >= 1 and most < threshold
        # Rounded, a number that cannot be small would have been told to within the base.
        asked = width if rounding == 1 or least < threshold else min(width, rounding - 1)
        if not most - least >= asked and (withheld or small):
            narrow[name] = (least, most)
    widths = [bounds[name][1] - bounds[name][0] for name in released.withheld]
    return Attacked(
        len(released.withheld), len(doubtful), min(widths, default=np.inf), narrow, bounds
    )
