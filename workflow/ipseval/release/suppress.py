"""Which numbers are withheld: those at risk, and others so that no relation gives them back.

A number at risk is protected if what is shown leaves it an interval of at least its width. Numbers
are whole, and relaxed here, so a width is asked for with a margin and then tried in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_matrix, hstack, vstack

from .system import Arrays

TOLERANCE = 1e-6
# Withheld numbers may lie so far above their truth: enough for any width, and it keeps programmes
# bounded.
REACH = 30.0
# Whole numbers are tried among so many numbers that can move, and then among more.
WHOLE = (60, 250)
# Integer programmes end after so many nodes: counted, as all effort is here, and not timed, so that
# the result is the same on any machine.
NODES = 1000
# A proof that a number is protected looks at so many numbers around it, and then at more; the
# others stay as they are. What is protected so is protected; what is not is taken for unprotected.
AROUND, AROUND_CHOICE = (60, 300), 800


@dataclass
class Suppression:
    """What is withheld (n, bool), what that costs beyond the numbers at risk, and how good it is.

    bound: no pattern costs less. unprotected: numbers at risk that nothing protects. cuts: how many
    were tried.
    """

    withheld: np.ndarray
    loss: float = 0.0
    bound: float = 0.0
    unprotected: list[int] = field(default_factory=list)
    components: int = 0
    optimal: int = 0
    cuts: int = 0

    @property
    def gap(self) -> float:
        """How much dearer than the bound it is, as a share of the loss."""
        return (self.loss - self.bound) / self.loss if self.loss > 0 else 0.0


def suppress(
    system: Arrays,
    risky: np.ndarray,
    width: float,
    cuts: int = 300,
    others: float | None = None,
) -> Suppression:
    """Return what to withhold so that each number at risk (n, bool) is protected.

    A number at risk keeps an interval of `width`, one that is withheld for another of `others`; of
    `width` too, if None. Each component is solved by cuts, of which so many are tried in all, small
    components first; where they end early, the tidied heuristic stands, with the bound that the
    cuts have reached.
    """
    widths = np.where(risky, width, width if others is None else others)
    result = Suppression(risky & system.shown)
    parts = [np.flatnonzero(system.component == c) for c in np.unique(system.component[risky])]
    for places in sorted(parts, key=len):
        part, at_risk = system.part(places), np.flatnonzero(risky[places])
        solved = _solve(part, at_risk, widths[places], cuts)
        cuts -= solved.cuts
        result.withheld[places] |= solved.withheld
        result.loss += solved.loss
        result.bound += solved.bound
        result.unprotected += [int(places[p]) for p in solved.unprotected]
        result.cuts += solved.cuts
        result.components += 1
        result.optimal += solved.optimal
    return result


def _solve(part: Arrays, at_risk: np.ndarray, widths: np.ndarray, cuts: int) -> Suppression:
    """Return what to withhold in one component.

    What is withheld to protect another must not be known to less than its width either: numbers of
    which that is so join those at risk, and the component is solved again. So many cuts may be
    tried in the search that follows.
    """
    primary = np.zeros(len(part.truth), dtype=bool)
    primary[at_risk] = part.shown[at_risk]
    asked, before = at_risk, primary
    for _ in range(5):
        first = np.zeros(len(part.truth), dtype=bool)
        first[asked] = part.shown[asked]
        pattern, lost = _solved(part, first, before | first, asked, widths)
        narrow = _narrow_others(part, pattern, asked, widths)
        if not narrow:
            break
        asked, before = np.union1d(asked, narrow), pattern
    found = Suppression(pattern, _loss(part, pattern, primary), unprotected=lost)
    if found.loss == 0.0:
        found.optimal = 1
        return found
    kept = [int(p) for p in at_risk if p not in lost]
    # Widths without a margin, so that what no cheaper pattern reaches is a bound.
    better, found.bound, found.cuts = _by_cuts(part, primary, kept, widths, cuts)
    if better is not None:
        others = _narrow_others(part, better, at_risk, widths)
        good = all(_wide(part, better, p, widths[p]) for p in kept)
        if good and not others and _loss(part, better, primary) <= found.loss + TOLERANCE:
            found.withheld, found.loss = better, _loss(part, better, primary)
        found.optimal = int(found.loss - found.bound < 1e-4 * max(found.loss, 1.0))
    found.bound = min(found.bound, found.loss)
    return found


def _loss(part: Arrays, pattern: np.ndarray, primary: np.ndarray) -> float:
    return float(part.weight[pattern & part.shown & ~primary].sum())


def _narrow_others(
    part: Arrays, pattern: np.ndarray, asked: np.ndarray, widths: np.ndarray
) -> list[int]:
    """Return numbers that are withheld for others and known to less than their width."""
    others = np.setdiff1d(np.flatnonzero(pattern & part.shown), asked)
    return [int(i) for i in others if not _wide(part, pattern, int(i), widths[i])]


def _wide(part: Arrays, withheld: np.ndarray, place: int, width: float) -> bool:
    return _wide_in_whole_numbers(part, withheld, place, width, _are_whole(part))


def _are_whole(part: Arrays) -> bool:
    """Return whether all coefficients are whole, so that whole ends seldom differ from others."""
    return bool((np.abs(part.relations.data - np.round(part.relations.data)) < TOLERANCE).all())


def _solved(
    part: Arrays, first: np.ndarray, start: np.ndarray, at_risk: np.ndarray, widths: np.ndarray
) -> tuple[np.ndarray, list[int]]:
    """Return (pattern that holds `first`, what nothing protects).

    `start` is a pattern to start from.
    """
    need = widths.copy()
    for _ in range(3):
        pattern, lost = _greedy(part, start, at_risk, need)
        kept = [int(p) for p in at_risk if p not in lost]
        pattern = _tidied(part, pattern, kept, need)
        narrow = [p for p in kept if not _wide(part, pattern, p, widths[p])]
        if not narrow:
            return pattern, lost
        need[narrow] += 1.0
        start = pattern
    # Nothing but everything is known to do.
    pattern = first | part.shown
    narrow = [p for p in kept if not _wide(part, pattern, p, widths[p])]
    return pattern, [*lost, *narrow]


def _room(part: Arrays, withheld: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how far each number may lie below and above its truth, for a reader."""
    low = np.where(withheld, part.least, part.low) - part.truth
    high = np.where(withheld, part.most, part.high) - part.truth
    return np.clip(low, -REACH - np.abs(part.truth), 0.0), np.clip(high, 0.0, REACH)


def _near(
    part: Arrays, place: int, moves: np.ndarray, most: float = np.inf
) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers and relations that are tied to a number by numbers that can move.

    At most about so many numbers, those in few relations first. Relations are all that these are
    in, so that whatever is left out of them stays as it is.
    """
    matrix, by_number = part.relations, part.transposed
    degree = np.diff(by_number.indptr)
    numbers, rows, waiting = {place}, set(), [(0, place)]
    while waiting and len(numbers) <= most:
        c = heappop(waiting)[1]
        for r in by_number.indices[by_number.indptr[c] : by_number.indptr[c + 1]]:
            if r in rows:
                continue
            rows.add(r)
            for other in matrix.indices[matrix.indptr[r] : matrix.indptr[r + 1]]:
                if other not in numbers and moves[other]:
                    numbers.add(other)
                    heappush(waiting, (int(degree[other]), other))
    found = np.array(sorted(numbers))
    if waiting:
        rows = set(np.unique(by_number[found].indices).tolist())
    return found, np.array(sorted(rows), dtype=int)


def _witness(part: Arrays, withheld: np.ndarray, place: int, need: float) -> tuple[bool, set[int]]:
    """Return (protected?, withheld numbers that its two witnesses move)."""
    low, high = _room(part, withheld)
    moves = high - low > 1e-9
    reached, used = 0.0, set[int]()
    for around in AROUND:
        numbers, rows = _near(part, place, moves, around)
        at = int(np.searchsorted(numbers, place))
        matrix = part.relations[rows][:, numbers] if len(rows) else None
        zero = np.zeros(len(rows)) if len(rows) else None
        least, most = low[numbers], high[numbers]
        least[at], most[at] = max(least[at], -need), min(most[at], need)
        reached, used = 0.0, set()
        for sign in (1.0, -1.0):
            cost = np.zeros(len(numbers))
            cost[at] = -sign
            solved = linprog(cost, A_eq=matrix, b_eq=zero, bounds=np.c_[least, most])
            if solved.x is None:
                break
            reached += abs(solved.x[at])
            value = part.truth[numbers] + solved.x
            beyond = (value > part.high[numbers] + 1e-7) | (value < part.low[numbers] - 1e-7)
            used.update(numbers[beyond].tolist())
            if reached >= need - TOLERANCE:
                return True, used
        if len(numbers) <= around:
            break
    return False, used


def _wide_in_whole_numbers(
    part: Arrays, withheld: np.ndarray, place: int, width: float, whole: bool
) -> bool:
    """Return whether a number keeps its width where all of them are whole."""
    low, high = _room(part, withheld)
    moves = high - low > 1e-9
    signed = np.isneginf(part.least)
    for around in WHOLE:
        numbers, rows = _near(part, place, moves, around)
        at = int(np.searchsorted(numbers, place))
        cost = np.zeros(len(numbers))
        cost[at] = 1.0
        constraint = None
        if len(rows):
            slack = 0.0 if whole else 1e-7
            constraint = LinearConstraint(part.relations[rows][:, numbers], -slack, slack)
        # To know of a width is enough: the search ends where it is reached.
        least, most = low[numbers], high[numbers]
        least[at], most[at] = max(least[at], -width), min(most[at], width)
        reached = 0.0
        for sign in (1.0, -1.0):
            solved = milp(
                sign * cost,
                constraints=constraint,
                bounds=Bounds(least, most),
                integrality=(~signed[numbers]).astype(int),
                options={"node_limit": NODES},
            )
            if solved.x is None:
                break
            reached += abs(solved.x[at])
            if reached >= width - TOLERANCE:
                return True
        if len(numbers) <= around:
            break
    return False


def _greedy(
    part: Arrays, first: np.ndarray, at_risk: np.ndarray, need: np.ndarray
) -> tuple[np.ndarray, list[int]]:
    """Protect one number after the other with the cheapest pair of tables, found relaxed.

    Returns the pattern, and the numbers that nothing protects.
    """
    withheld, lost = first.copy(), []
    m = part.relations.shape[0]
    for place in sorted(at_risk, key=lambda p: -part.truth[p]):
        width = need[place]
        if _witness(part, withheld, place, width)[0]:
            continue
        if not m:
            lost.append(int(place))
            continue
        movable = part.least < part.most
        numbers, rows = _near(part, int(place), movable, AROUND_CHOICE)
        local = Arrays(
            part.relations[rows][:, numbers].tocsr(),
            *(
                getattr(part, name)[numbers]
                for name in ("truth", "low", "high", "weight", "least", "most", "shown")
            ),
        )
        at = int(np.searchsorted(numbers, place))
        used = _cheapest_pair(local, withheld[numbers], at, width)
        if used is None:
            lost.append(int(place))
        else:
            withheld[numbers[used]] = True
    return withheld, lost


def _cheapest_pair(
    part: Arrays, withheld: np.ndarray, place: int, width: float
) -> np.ndarray | None:
    """Return which shown numbers move in the cheapest two tables that lie a width apart."""
    n, m = len(part.truth), part.relations.shape[0]
    low, high = _room(part, withheld)
    low_all, high_all = _room(part, np.ones(n, dtype=bool))
    free = ~part.shown | withheld
    up = np.where(free, 0.0, high_all - high)
    down = np.where(free, 0.0, low - low_all)
    price = np.maximum(part.weight, 1e-3)
    cost = np.r_[np.zeros(n), price, price, np.zeros(n), price, price]
    one = hstack([part.relations, part.relations, -part.relations])
    none = csr_matrix(one.shape)
    both = vstack([hstack([one, none]), hstack([none, one])]).tocsr()
    apart = np.zeros(6 * n)
    apart[[place, n + place]], apart[2 * n + place] = -1.0, 1.0
    apart[[3 * n + place, 4 * n + place]], apart[5 * n + place] = 1.0, -1.0
    least = np.r_[low, np.zeros(2 * n), low, np.zeros(2 * n)]
    most = np.r_[high, up, down, high, up, down]
    solved = linprog(
        cost,
        A_ub=apart[None, :],
        b_ub=[-width],
        A_eq=both,
        b_eq=np.zeros(2 * m),
        bounds=np.c_[least, most],
        method="highs",
    )
    if solved.x is None:
        return None
    x = solved.x.reshape(6, n)
    return (x[[1, 2, 4, 5]].sum(axis=0) > 1e-7) & part.shown


def _tidied(part: Arrays, withheld: np.ndarray, kept: list[int], need: np.ndarray) -> np.ndarray:
    """Show again what nobody's protection needs; only those whose witnesses use it are asked."""
    withheld, at_risk = withheld.copy(), set(kept)
    witnesses = {p: _witness(part, withheld, p, need[p])[1] for p in kept}
    secondary = [i for i in np.flatnonzero(withheld & part.shown) if i not in at_risk]
    for i in sorted(secondary, key=lambda i: -part.weight[i]):
        withheld[i] = False
        new = {}
        for place in kept:
            if i in witnesses[place]:
                good, used = _witness(part, withheld, place, need[place])
                if not good:
                    withheld[i] = True
                    break
                new[place] = used
        else:
            witnesses |= new
    return withheld


def _by_cuts(
    part: Arrays, first: np.ndarray, kept: list[int], need: np.ndarray, most: int
) -> tuple[np.ndarray | None, float, int]:
    """Return (best pattern, lower bound of the loss, cuts tried), by capacity cuts.

    The cuts are those of Fischetti and Salazar (2001). The pattern is None where `most` cuts were
    too few to find the best, or an integer programme ended early.
    """
    n = len(part.truth)
    choice = np.flatnonzero(part.shown & ~first)
    free = _room(part, np.ones(n, dtype=bool))
    shown = _room(part, first)
    withheld, cuts, bound, tried = first.copy(), [], 0.0, 0
    while True:
        added = 0
        for place in kept:
            if tried >= most:
                return None, bound, tried
            tried += 1
            cut = _cut(part, withheld, place, need[place], free, shown)
            if cut is not None:
                cuts.append(csr_matrix(cut[choice]))
                added += 1
        if not added:
            return withheld, bound, tried
        solved = milp(
            part.weight[choice],
            constraints=LinearConstraint(vstack(cuts).tocsr(), 1 - 1e-7, np.inf),
            integrality=np.ones(len(choice)),
            bounds=Bounds(0, 1),
            options={"node_limit": NODES},
        )
        if solved.mip_dual_bound is not None and np.isfinite(solved.mip_dual_bound):
            bound = max(bound, float(solved.mip_dual_bound))
        if solved.status != 0:
            return None, bound, tried
        withheld = first.copy()
        withheld[choice[solved.x > 0.5]] = True


def _cut(
    part: Arrays,
    withheld: np.ndarray,
    place: int,
    need: float,
    free: tuple[np.ndarray, np.ndarray],
    shown: tuple[np.ndarray, np.ndarray],
) -> np.ndarray | None:
    """Return a cut that a pattern breaks which leaves a number too little room, or None."""
    low, high = _room(part, withheld)
    numbers, rows = _near(part, place, high - low > 1e-9)
    matrix = part.relations[rows][:, numbers] if len(rows) else None
    at, n = int(np.searchsorted(numbers, place)), len(part.truth)
    width, fixed, gain = 0.0, 0.0, np.zeros(n)
    for sign in (1.0, -1.0):
        cost = np.zeros(len(numbers))
        cost[at] = -sign
        solved = linprog(
            cost,
            A_eq=matrix,
            b_eq=np.zeros(len(rows)) if len(rows) else None,
            bounds=np.c_[low[numbers], high[numbers]],
            method="highs",
        )
        if solved.x is None:
            return None
        width -= solved.fun
        reduced = np.zeros(n)
        reduced[place] = -sign
        if len(rows):
            reduced -= part.transposed[:, rows] @ solved.eqlin.marginals
        up, down = np.maximum(-reduced, 0.0), np.maximum(reduced, 0.0)
        fixed += float((up * shown[1] - down * shown[0]).sum())
        gain += up * (free[1] - shown[1]) - down * (free[0] - shown[0])
    if width >= need - TOLERANCE:
        return None
    missing = need - fixed
    if missing <= TOLERANCE:
        return None
    cut = np.minimum(np.maximum(gain, 0.0), missing)
    cut[cut < 1e-9] = 0.0
    return cut / missing
