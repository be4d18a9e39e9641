"""Changes of many bounded variables that close linear misses: the least ones, and whole ones."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Block:
    """Rows that touch the people of one site: rows (numbers), slope (rows x variables)."""

    rows: np.ndarray
    slope: np.ndarray


def least_change(
    misses: np.ndarray,
    blocks: list[Block],
    low: list[np.ndarray],
    high: list[np.ndarray],
    ridge: float,
    rounds: int,
) -> list[np.ndarray]:
    """Return by block the changes (variables, between low and high) that close the misses.

    Variables are in units of their usual change; low and high are lists by block. The dual has
    one unknown a miss, and its matrix is a sum over blocks. A variable that meets a bound stays
    there and leaves the matrix, for as many rounds as given.
    """
    gram = ridge * np.eye(len(misses))
    for block in blocks:
        gram[np.ix_(block.rows, block.rows)] += block.slope @ block.slope.T
    changes = [np.zeros(block.slope.shape[1]) for block in blocks]
    free = [upper > lower for lower, upper in zip(low, high, strict=True)]
    for number in range(rounds):
        left = misses.copy()
        for block, change in zip(blocks, changes, strict=True):
            left[block.rows] -= block.slope @ change.astype(np.float32)
        dual = np.linalg.solve(gram, left)
        for b, block in enumerate(blocks):
            wanted = changes[b] + free[b] * (block.slope.T @ dual[block.rows].astype(np.float32))
            changes[b] = np.clip(wanted, low[b], high[b])
            hit = np.flatnonzero(free[b] & (wanted != changes[b]))
            free[b][hit] = False
            if number < rounds - 1:
                gone = block.slope[:, hit]
                gram[np.ix_(block.rows, block.rows)] -= gone @ gone.T
    return changes


def whole_change(
    misses: np.ndarray, slope: np.ndarray, now: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return changes (variables) to whole numbers between low and high that keep misses small.

    misses (rows) is reduced in place by slope (rows x variables) @ changes. Variables go up or
    down one after the other, those that matter most first, then each by one where that helps.
    """
    columns = np.ascontiguousarray(slope.T, dtype=float)
    square = (columns**2).sum(axis=1)
    down = np.clip(np.floor(now), low, high)
    place = down.copy()
    for v in np.argsort(-square, kind="stable"):
        options = np.clip([down[v], down[v] + 1], low[v], high[v]) - now[v]
        pull = columns[v] @ misses
        best = options[np.argmin(options * (options * square[v] - 2 * pull))]
        place[v] = now[v] + best
        misses -= best * columns[v]
    for v in np.argsort(-square, kind="stable"):
        step = np.clip(np.round(columns[v] @ misses / max(square[v], 1e-12)), -1, 1)
        step = np.clip(place[v] + step, low[v], high[v]) - place[v]
        place[v] += step
        misses -= step * columns[v]
    return place - now
