"""Annealing: people's outcomes, taken together, whose linear cells come near their targets."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Problem:
    """What is searched.

    states (s x o): the combinations of o binary outcomes that a person can have at all; allowed
    (n x s): those of each person. rows: o matrices (cells x n) and residual: o vectors, in units
    of tolerance. cells (n): groups in which an outcome has to vary, unless it is fixed there;
    fixed (groups x o, bool).
    """

    states: np.ndarray
    allowed: np.ndarray
    rows: list[np.ndarray]
    residual: list[np.ndarray]
    cells: np.ndarray
    fixed: np.ndarray


class _Walk:
    """States on the way, with everything that tells what a change would gain."""

    def __init__(self, problem: Problem, state: np.ndarray):
        self.problem, self.state = problem, state.copy()
        self.gram = [2 * (r.T @ r) for r in problem.rows]
        pairs = zip(problem.rows, problem.residual, strict=True)
        self.gradient = np.array([2 * (r.T @ m) for r, m in pairs])
        self.own = np.array([np.diag(g) / 2 for g in self.gram])
        y = problem.states[state].T.astype(float)  # outcomes x people
        self.sign = 1 - 2 * y
        flips = problem.states[None, :, :] != problem.states[state][:, None, :]
        # Outcome x state x person: what going to a state would flip.
        self.flips = np.ascontiguousarray(flips.astype(float).transpose(2, 1, 0))
        self.barred = np.where(problem.allowed.T, 0.0, np.inf)
        self.size = np.bincount(problem.cells)
        self.ones = np.array(
            [np.bincount(problem.cells, weights=row, minlength=len(self.size)) for row in y]
        )
        self.free = ~problem.fixed.T & (self.size > 1)[None, :]

    def gains(self, i: int, to: int) -> np.ndarray:
        """Return by state and partner the change of the aim if i goes to `to` as well.

        The column of i itself holds the change without a partner.
        """
        moved = self.flips[:, to, i]
        alone = self.sign * self.gradient + self.own
        first = moved @ alone[:, i]
        for o in np.flatnonzero(moved):
            alone[o] += self.sign[o, i] * self.sign[o] * self.gram[o][i]
        total = np.einsum("osn,on->sn", self.flips, alone) + self.barred + first
        total[:, i] = first
        return total

    def keeps_variation(self, changes: list[tuple[int, int]]) -> bool:
        """Return whether every outcome still varies in the cells of those who change."""
        places = self.problem.cells[[p for p, _ in changes]]
        after = self.ones[:, places].copy()
        for a, place in enumerate(places):
            for q, s in changes:
                if self.problem.cells[q] == place:
                    after[:, a] += self.flips[:, s, q] * self.sign[:, q]
        broken = (after < 1) | (after > self.size[places] - 1)
        return not (self.free[:, places] & broken).any()

    def change(self, person: int, to: int) -> None:
        """Take one person to another state."""
        for o in np.flatnonzero(self.flips[:, to, person]):
            self.gradient[o] += self.gram[o][person] * self.sign[o, person]
            self.ones[o, self.problem.cells[person]] += self.sign[o, person]
            self.sign[o, person] = -self.sign[o, person]
        self.state[person] = to
        self.flips[:, :, person] = (self.problem.states != self.problem.states[to]).T


def anneal(
    problem: Problem, state: np.ndarray, uniform: np.ndarray, hot: float, cold: float
) -> np.ndarray:
    """Return the state of each person (n) after steps towards a small sum of squared misses.

    Each step takes one person to another state, together with the partner's change (or none) that
    a draw in proportion to exp(-gain / temperature) picks; the temperature falls from hot to
    cold. uniform (steps x 3, in (0, 1)) drives it. The best on the way is returned.
    """
    walk, n, steps = _Walk(problem, state), len(state), len(uniform)
    width = len(problem.states) * n
    noise = -np.log(-np.log(np.clip(uniform[:, 2], 1e-12, 1 - 1e-12)))
    noise = np.concatenate([noise] * (width // max(steps, 1) + 2))
    start = (uniform[:, 2] * 1e6).astype(int) % steps
    energy = lowest = 0.0
    best, temperature, cooling = state.copy(), hot, (cold / hot) ** (1 / steps)
    for step, i in enumerate((uniform[:, 0] * n).astype(int)):
        temperature *= cooling
        options = np.flatnonzero(problem.allowed[i])
        to = options[int(uniform[step, 1] * len(options))]
        if to == walk.state[i]:
            continue
        total = walk.gains(i, to)
        drawn = total.ravel() - temperature * noise[start[step] : start[step] + width]
        choice = int(drawn.argmin())
        if drawn[choice] > -temperature * noise[start[step] + width]:
            continue
        to_j, j = divmod(choice, n)
        changes = [(i, to)] if j == i else [(i, to), (j, to_j)]
        if not walk.keeps_variation(changes):
            continue
        energy += total.flat[choice]
        for person, target in changes:
            walk.change(person, target)
        if energy < lowest - 1e-9:
            best, lowest = walk.state.copy(), energy
    return best
