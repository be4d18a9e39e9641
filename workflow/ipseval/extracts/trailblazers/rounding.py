"""From shares to outcomes: the linear problem of the search, and the draw it starts from."""

import numpy as np
import pandas as pd

from . import outcomes as o
from .models import END, LINEAR
from .moves import Movement
from .search import Problem, anneal
from .shares import Shares


def choose(people: pd.DataFrame, movement: Movement, names: list[str], counts, calibration):
    """Return people with outcomes, drawn from the shares of a movement and exchanged until the
    cells of its models come to what the shares give."""
    own = calibration.own.annealing
    shares = movement.shares.part(names)
    frame, n = people.iloc[shares.members], len(shares.members)
    allowed = shares.share > 0
    state = o.draw_states(shares.share, allowed, calibration.uniform(f"draw_{names[0]}", n))
    groups = _groups(frame, shares, allowed)
    state = o.vary(state, shares.states, allowed, groups, calibration.uniform(f"vary_{names[0]}", 4000))
    outcome = shares.mean()
    for number, hot in enumerate(own.hot):
        y = shares.states[state]
        parts = [
            _expand(movement, name, counts[name], outcome[:, k], y[:, k], own)
            for k, name in enumerate(names)
        ]
        problem = Problem(shares.states, allowed, *zip(*parts, strict=True), groups)
        uniform = calibration.uniform(f"{names[0]}_{number}", (own.steps, 3))
        state = anneal(problem, state, uniform, hot, own.cold, max(1, n // own.partners))
        outcome = shares.states[state]
        if DEBUG: print(names[0], hot, LAST)
    return shares.drawn(people, state)


DEBUG = False
LAST = []
EX=[]

def _expand(movement: Movement, name: str, counts: list, outcome: np.ndarray, y: np.ndarray, own):
    """Return (gram (n x n), gradient at y (n)) of the squared misses of one outcome's cells,
    expanded where the outcome of the members (n) is `outcome`."""
    members = movement.shares.members
    place, everybody = np.full(len(movement.people), -1), np.full(len(movement.people), np.nan)
    place[members], everybody[members] = np.arange(len(members)), outcome
    rows, misses = [], []
    for tracked in movement.tracked:
        if tracked.model.outcome != name:
            continue
        tracked.fit(movement.values, everybody)
        cells, size = tracked.cells(), _sizes(tracked, own)
        wide = np.zeros((len(size), len(members)))
        wide[:, place[tracked.position]] = cells.by_outcome / size[:, None]
        rows.append(wide)
        misses.append((cells.value - cells.printed) / size)
    inside = np.array([group[members] for group, _ in counts]) / own.size["count"]
    rows.append(inside)
    misses.append(inside @ outcome - np.array([number for _, number in counts]) / own.size["count"])
    rows, misses = np.concatenate(rows), np.concatenate(misses)
    totals = movement.totals[name] / own.size["total"]
    rows = np.concatenate([rows, totals])
    wanted = movement.wanted[name] / own.size["total"]
    misses = np.concatenate([misses, totals @ outcome - wanted])
    misses = misses + rows @ (y - outcome)
    if DEBUG: LAST.append(round(float(misses@misses))); EX.append((name,rows,misses,y))
    return 2 * (rows.T @ rows), 2 * rows.T @ misses


def _sizes(tracked, own) -> np.ndarray:
    """Return the size of a miss that counts one: absolute for dummies, effects and margins, a
    share of the standard error for the rest."""
    kinds, share = [], own.size
    for number, (key, term) in enumerate(zip(tracked.keys, tracked.term, strict=True)):
        small = term in LINEAR and term != "constant"
        if number >= tracked.errors:
            kinds.append(share["covariate_error" if small else "error"] * tracked.printed[number])
        elif not term:
            kinds.append(share["margin" if key[0].startswith("margin") else "effect"])
        else:
            kind = "constant" if term == "constant" else "covariate" if small else "dummy"
            kinds.append(share[kind] * tracked.error[number])
    return np.array(kinds)


def _groups(people: pd.DataFrame, shares: Shares, allowed: np.ndarray) -> list:
    """Return (group of each person, whether an outcome need not vary there) for months of a
    site, and for benefits at the end of the trial."""
    groups = []
    where = [people["site"].astype(str) + "|" + people["month"].astype(str)]
    if END in shares.names:
        where.append(people["site"].astype(str) + "|" + people["benefit"])
    for number, keys in enumerate(where):
        cells = pd.factorize(keys)[0]
        fixed = np.zeros((cells.max() + 1, len(shares.names)), dtype=bool)
        for k, name in enumerate(shares.names):
            able = [(allowed & (shares.states[:, k] == value)).any(axis=1) for value in (0, 1)]
            for cell in range(cells.max() + 1):
                inside = cells == cell
                # Nobody's or everybody's outcome is settled, or the group is one person.
                fixed[cell, k] = inside.sum() < 2 or not all(a[inside].any() for a in able)
            if number and name != END:
                fixed[:, k] = True
        groups.append((cells, fixed))
    return groups
