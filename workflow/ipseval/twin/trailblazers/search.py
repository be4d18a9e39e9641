"""Annealing: outcomes drawn from shares, exchanged until linear cells come to what is expected."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Problem:
    """What is searched.

    states (s x o, 0/1): the combinations of o outcomes that there are; allowed (n x s, bool):
    those of each person. gram (o x n x n) and gradient (o x n): for each outcome twice the
    quadratic form of the sum of squared misses, and the slope of that sum at the state to start
    from. groups: lists of (group of each person (n), whether an outcome need not vary in it
    (groups x o, bool)).
    """

    states: np.ndarray
    allowed: np.ndarray
    gram: list[np.ndarray]
    gradient: list[np.ndarray]
    groups: list[tuple[np.ndarray, np.ndarray]]


class _Walk:
    """States on the way, with everything that tells what a change would gain."""

    def __init__(self, problem: Problem, state: np.ndarray):
        self.problem, self.state = problem, state.copy()
        self.states = problem.states.astype(float)
        self.y = np.ascontiguousarray(self.states[state].T)  # outcomes x people
        self.gradient = np.array(problem.gradient)
        self.half_diagonal = np.array([np.diag(g) / 2 for g in problem.gram])
        self.barred = np.where(problem.allowed.T, 0.0, np.inf)
        self.groups = [
            (
                cells,
                np.array([np.bincount(cells, weights=row) for row in self.y]),
                np.bincount(cells),
                ~fixed.T,
            )
            for cells, fixed in problem.groups
        ]

    def gains(self, i: int, to: int, partners: slice) -> np.ndarray:
        """Return the change of the aim if i goes to `to` and one of the partners to a state.

        States x (partners and, last, nobody).
        """
        change = self.states[to] - self.y[:, i]
        first = change @ (self.gradient[:, i] + change * self.half_diagonal[:, i])
        y = self.y[:, partners]
        slope = self.gradient[:, partners] + (1 - 2 * y) * self.half_diagonal[:, partners]
        for o in np.flatnonzero(change):
            slope[o] += change[o] * self.problem.gram[o][i, partners]
        total = np.empty((len(self.states), y.shape[1] + 1))
        total[:, :-1] = self.states @ slope
        total[:, :-1] -= (y * slope).sum(axis=0) - first
        total[:, :-1] += self.barred[:, partners]
        total[:, -1] = np.inf
        total[0, -1] = first
        place, off = divmod(i - partners.start, partners.step)
        if off == 0:
            total[:, place] = np.inf
        return total

    def keeps_variation(self, changes: list[tuple[int, int]]) -> bool:
        """Return whether every outcome still varies in the groups of those who change."""
        for cells, ones, size, varies in self.groups:
            places = [cells[person] for person, _ in changes]
            for place in places:
                after = ones[:, place].copy()
                for (person, to), person_place in zip(changes, places, strict=True):
                    if person_place == place:
                        after += self.states[to] - self.y[:, person]
                if (varies[:, place] & ((after < 1) | (after > size[place] - 1))).any():
                    return False
        return True

    def change(self, person: int, to: int) -> None:
        """Take one person to another state."""
        change = self.states[to] - self.y[:, person]
        for o in np.flatnonzero(change):
            self.gradient[o] += change[o] * self.problem.gram[o][person]
        for cells, ones, _, _ in self.groups:
            ones[:, cells[person]] += change
        self.state[person] = to
        self.y[:, person] = self.states[to]


def anneal(
    problem: Problem, state: np.ndarray, uniform: np.ndarray, hot: float, cold: float, stride: int
) -> np.ndarray:
    """Return the state of each person (n) after steps towards a small sum of squared misses.

    Each step takes one person to another state, together with the change of a partner (one in
    `stride` people, in turn, or nobody) that a draw in proportion to exp(-gain / temperature)
    picks; the temperature falls from hot to cold. uniform (steps x 3, in (0, 1)) drives it. The
    best on the way is returned.
    """
    walk, n, steps = _Walk(problem, state), len(state), len(uniform)
    noise = -np.log(-np.log(np.clip(uniform[:, 2], 1e-12, 1 - 1e-12)))
    width = len(problem.states) * (n // stride + 2)
    noise = np.concatenate([noise] * (width // max(steps, 1) + 2))
    start = (uniform[:, 2] * 1e6).astype(int) % steps
    options = [np.flatnonzero(row) for row in problem.allowed]
    people = (uniform[:, 0] * n).astype(int)
    energy = lowest = 0.0
    best, temperature, cooling = state.copy(), hot, (cold / hot) ** (1 / steps)
    for step, i in enumerate(people):
        temperature *= cooling
        to = options[i][int(uniform[step, 1] * len(options[i]))]
        if to == walk.state[i]:
            continue
        partners = slice(step % stride, n, stride)
        total = walk.gains(i, to, partners)
        size, first = total.size, start[step]
        drawn = total.ravel() - temperature * noise[first : first + size]
        choice = int(drawn.argmin())
        if drawn[choice] > -temperature * noise[first + size]:
            continue
        to_j, place = divmod(choice, total.shape[1])
        alone = place == total.shape[1] - 1
        changes = [(i, to)] if alone else [(i, to), (partners.start + place * stride, to_j)]
        if not walk.keeps_variation(changes):
            continue
        energy += total.flat[choice]
        for person, target in changes:
            walk.change(person, target)
        if energy < lowest - 1e-9:
            best, lowest = walk.state.copy(), energy
    return best
