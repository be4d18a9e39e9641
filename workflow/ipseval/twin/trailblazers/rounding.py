"""From shares to outcomes: the linear problem of the search, and the draw it starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import outcomes as o
from .cells import Tracked
from .models import END, LINEAR
from .moves import Movement
from .search import Problem, anneal
from .settings.calibration import Annealing
from .shares import Shares
from .undecided import Undecided

if TYPE_CHECKING:
    from .calibrate import CalibrationContext

# The group of each person (n), and which outcomes need not vary in it (groups x outcomes).
Varied = tuple[np.ndarray, np.ndarray]


def choose(
    people: pd.DataFrame,
    movement: Movement,
    undecided: Undecided,
    names: list[str],
    calibration: CalibrationContext,
) -> pd.DataFrame:
    """Return people with outcomes, drawn from the undecided shares of a movement and exchanged
    until the cells of its models print, or nearly."""
    annealing = calibration.settings.calibration.annealing
    shares = undecided.shares.part(names)
    allowed, n = shares.share > 0, len(shares.members)
    groups = _groups(people.iloc[shares.members], shares, allowed)
    state = o.draw_states(shares.share, allowed, calibration.uniform(f"draw_{names[0]}", n))
    # More numbers than people are ever changed so that an outcome varies everywhere.
    uniform = calibration.uniform(f"vary_{names[0]}", 4000)
    state = o.vary(state, shares.states, allowed, groups, uniform)
    outcome = shares.mean()
    for number, hot in enumerate(annealing.hot):
        y = shares.states[state]
        parts = [
            _expand(movement, undecided, name, outcome[:, k], y[:, k], annealing)
            for k, name in enumerate(names)
        ]
        grams, gradients = [gram for gram, _ in parts], [gradient for _, gradient in parts]
        problem = Problem(shares.states, allowed, grams, gradients, groups)
        uniform = calibration.uniform(f"{names[0]}_{number}", (annealing.steps, 3))
        state = anneal(
            problem, state, uniform, hot, annealing.cold, max(1, n // annealing.partners)
        )
        # Months of few people bend the cells: the next round starts from what has come out.
        outcome = shares.states[state]
    return shares.drawn(people, shares.states[state])


def _expand(
    movement: Movement,
    undecided: Undecided,
    name: str,
    outcome: np.ndarray,
    y: np.ndarray,
    annealing: Annealing,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (gram (n x n), gradient at y (n)) of the squared misses of one outcome's cells,
    expanded where the outcome of the members (n) is `outcome`."""
    size = annealing.size
    everybody = np.full(undecided.n_people, np.nan)
    everybody[undecided.members] = outcome
    rows, misses = [], []
    for tracked in movement.tracked:
        if tracked.model.outcome == name and tracked.fit(movement.values, everybody):
            cells, sizes = tracked.cells(), _sizes(tracked, size)
            wide = np.zeros((len(sizes), len(undecided.members)))
            wide[:, undecided.place[tracked.position]] = cells.by_outcome / sizes[:, None]
            rows.append(wide)
            misses.append((cells.value - tracked.printed) / sizes)
    counts = undecided.counts[name]
    inside = np.array([group[undecided.members] for group, _ in counts])
    numbers = np.array([number for _, number in counts])
    totals, wanted = undecided.totals[name], undecided.wanted[name]
    for people, number, unit in (
        (inside, numbers, size["count"]),
        (totals, wanted, size["total"]),
    ):
        rows.append(people / unit)
        misses.append((people @ outcome - number) / unit)
    slope = np.concatenate(rows)
    miss = np.concatenate(misses) + slope @ (y - outcome)
    return 2 * (slope.T @ slope), 2 * slope.T @ miss


def _sizes(tracked: Tracked, size: dict[str, float]) -> np.ndarray:
    """Return the size (cells) of a miss that counts one: absolute for effects and margins, a
    share of the printed error for the rest."""
    sizes = []
    for number, (key, term) in enumerate(zip(tracked.keys, tracked.term, strict=True)):
        covariate = term in LINEAR and term != "constant"
        if number >= tracked.errors:
            kind = "covariate_error" if covariate else "error"
            sizes.append(size[kind] * tracked.printed[number])
        elif not term:
            sizes.append(size["margin" if key[0].startswith("margin_") else "effect"])
        else:
            kind = "constant" if term == "constant" else "covariate" if covariate else "dummy"
            sizes.append(size[kind] * tracked.error[number])
    return np.array(sizes)


def _groups(people: pd.DataFrame, shares: Shares, allowed: np.ndarray) -> list[Varied]:
    """Return (group of each person (n), whether an outcome need not vary there (groups x o)) for
    months of a site, and for benefits at the end of the trial."""
    site = people["site"].astype(str)
    groups = [_settle(site + "|" + people["month"].astype(str), shares, allowed)]
    if END in shares.names:
        # A benefit nobody of whom left would predict staying, and its term would drop out.
        cells, fixed = _settle(site + "|" + people["benefit"], shares, allowed)
        fixed[:, [name != END for name in shares.names]] = True
        groups.append((cells, fixed))
    return groups


def _settle(keys: pd.Series, shares: Shares, allowed: np.ndarray) -> Varied:
    """Return (group of each person, which outcomes are the same for all of a group anyhow)."""
    cells = pd.factorize(keys)[0]
    size = np.bincount(cells)
    fixed = np.zeros((len(size), len(shares.names)), dtype=bool)
    for k in range(len(shares.names)):
        able = [(allowed & (shares.states[:, k] == value)).any(axis=1) for value in (0, 1)]
        none = [np.bincount(cells, weights=a, minlength=len(size)) == 0 for a in able]
        fixed[:, k] = (size < 2) | none[0] | none[1]
    return cells, fixed
