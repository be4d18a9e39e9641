"""A system of linked numbers: true counts, what is shown of each, and the sums that tie them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components


@dataclass
class System:
    """Numbers by key, and relations among them.

    A number that stands in some cell is shown with the interval [low, high] that its released form
    leaves (both its truth where it is exact), unless it is withheld. A number in no cell is hidden:
    nobody reads it, but relations may give it away. `weight` is what withholding costs. Outside of
    what is shown a number lies in [least, most]: what a reader knows beforehand, of a count at
    least 0, and of earlier releases what they said.
    """

    keys: list[str] = field(default_factory=list)
    truth: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    rows: list[tuple[tuple[int, float], ...]] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)
    _seen: set[tuple[tuple[int, float], ...]] = field(default_factory=set)

    def number(self, key: str, truth: float, *, signed: bool = False) -> int:
        """Return the place of a number, new or known.

        Raises ValueError where the key has another truth: two values of one key.
        """
        if (place := self.index.get(key)) is not None:
            if abs(self.truth[place] - truth) > 1e-6:
                raise ValueError(f"{key} is {self.truth[place]:g} in one place, {truth:g} in other")
            return place
        place = self.index[key] = len(self.keys)
        self.keys.append(key)
        self.truth.append(float(truth))
        self.least.append(-np.inf if signed else 0.0)
        self.most.append(np.inf)
        self.low.append(self.least[-1])
        self.high.append(np.inf)
        self.weight.append(0.0)
        self.shown.append(False)
        return place

    def show(self, place: int, low: float, high: float, weight: float = 1.0) -> None:
        """Say that a cell shows a number, to within an interval that holds its truth."""
        truth = self.truth[place]
        self.shown[place] = True
        self.low[place] = max(self.low[place], min(low, truth))
        self.high[place] = min(self.high[place], max(high, truth))
        self.weight[place] += weight

    def relate(self, whole: int, parts: Sequence[int]) -> None:
        """Say that parts sum to a whole. Raises ValueError if they do not."""
        self.link([(whole, -1.0), *((part, 1.0) for part in parts)])

    def link(self, terms: Sequence[tuple[int, float]]) -> None:
        """Say that numbers times coefficients sum to zero. Raises ValueError if they do not."""
        rest = sum(self.truth[place] * factor for place, factor in terms)
        if abs(rest) > 1e-6:
            names = ", ".join(f"{self.keys[p]} = {self.truth[p]:g}" for p, _ in terms)
            raise ValueError(f"a relation misses by {abs(rest):g}: {names}")
        factors: dict[int, float] = {}
        for place, factor in terms:
            factors[place] = factors.get(place, 0.0) + factor
        row = tuple(sorted((place, factor) for place, factor in factors.items() if factor))
        if row not in self._seen and len(row) > 1:
            self._seen.add(row)
            self.rows.append(row)

    def frozen(self) -> Arrays:
        """Return the system as arrays."""
        of = [(r, c, v) for r, row in enumerate(self.rows) for c, v in row]
        r, c, v = (np.array(part) for part in zip(*of, strict=True)) if of else (np.zeros(0),) * 3
        shape = (len(self.rows), len(self.keys))
        return Arrays(
            relations=csr_matrix((v.astype(float), (r.astype(int), c.astype(int))), shape=shape),
            truth=np.array(self.truth, dtype=float),
            low=np.array(self.low, dtype=float),
            high=np.array(self.high, dtype=float),
            weight=np.array(self.weight, dtype=float),
            least=np.array(self.least, dtype=float),
            most=np.array(self.most, dtype=float),
            shown=np.array(self.shown, dtype=bool),
        )


@dataclass(frozen=True)
class Arrays:
    """A system of n numbers as arrays: relations (m x n), and what System says of each number."""

    relations: csr_matrix
    truth: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray
    least: np.ndarray
    most: np.ndarray
    shown: np.ndarray

    @cached_property
    def transposed(self) -> csr_matrix:
        """Relations by number (n x m)."""
        return self.relations.T.tocsr()

    @cached_property
    def component(self) -> np.ndarray:
        """Number of the component that each number belongs to (n)."""
        links = self.transposed @ self.relations
        return connected_components(links, directed=False)[1]

    def part(self, places: np.ndarray) -> Arrays:
        """Return a union of components as a system of its own."""
        rows = np.unique(self.transposed[places].indices)
        return Arrays(
            self.relations[rows][:, places].tocsr(),
            *(
                getattr(self, name)[places]
                for name in ("truth", "low", "high", "weight", "least", "most", "shown")
            ),
        )
