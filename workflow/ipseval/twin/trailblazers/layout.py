"""Where people stand in the blocks, one a site, in which steps are worked out."""

import numpy as np
import pandas as pd

from .models import SITES
from .steps import Block


class SiteBlocks:
    """People who may move, by site. who: their positions; groups: places in who, by site.

    Variables are rows x who; their units are 0 where somebody does not have one.
    """

    def __init__(self, people: pd.DataFrame, who: np.ndarray):
        self.who = who
        site = pd.Categorical(people["site"], categories=SITES).codes[who]
        self.groups = [np.flatnonzero(site == s) for s in range(len(SITES))]
        self._group, self._place = np.full(len(people), -1), np.full(len(people), -1)
        for number, inside in enumerate(self.groups):
            self._group[who[inside]] = number
            self._place[who[inside]] = np.arange(len(inside))

    def blocks(self, parts: list, units: np.ndarray) -> tuple[np.ndarray, list[Block]]:
        """Return (misses, blocks) of parts: (misses, slopes: rows x variables x people, positions
        of those people)."""
        first = np.cumsum([0] + [len(miss) for miss, *_ in parts])
        blocks = []
        for number, inside in enumerate(self.groups):
            chosen = []
            for at, (miss, slope, position) in zip(first, parts, strict=False):
                here = np.flatnonzero(self._group[position] == number)
                if len(here) and len(miss):
                    rows = np.arange(at, at + len(miss))
                    chosen.append((rows, slope[:, :, here], self._place[position[here]]))
            unit = units[:, inside]
            blocks.append(_stack(chosen, unit))
        return np.concatenate([miss for miss, *_ in parts]), blocks

    def by_block(self, values: np.ndarray, units: np.ndarray) -> list[np.ndarray]:
        """Return values (variables x who) of the variables there are, by block."""
        return [values[:, inside][units[:, inside] > 0] for inside in self.groups]

    def together(self, values: list[np.ndarray], units: np.ndarray) -> np.ndarray:
        """Return values by block as variables x who, 0 where there is no variable."""
        combined = np.zeros(units.shape)
        for inside, block_values in zip(self.groups, values, strict=True):
            part = np.zeros((len(units), len(inside)))
            part[units[:, inside] > 0] = block_values
            combined[:, inside] = part
        return combined


def _stack(chosen: list, unit: np.ndarray) -> Block:
    """Return the rows of a block with their slopes in units, variables that stay left out."""
    rows = np.concatenate([rows for rows, *_ in chosen])
    # Half the precision is enough for a step and halves its time.
    slope = np.zeros((len(rows), *unit.shape), dtype=np.float32)
    at = 0
    for numbers, values, place in chosen:
        slope[at : at + len(numbers), :, place] = values
        at += len(numbers)
    there = unit > 0
    return Block(rows, slope[:, there] * unit[there].astype(np.float32))
