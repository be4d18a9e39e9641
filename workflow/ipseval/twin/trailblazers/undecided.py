"""Outcomes not drawn yet: what keeps their expectations fit to be drawn."""

import numpy as np

from .cells import Tracked
from .models import LINEAR
from .shares import Shares

# Who is counted (people, bool), and how many of them have the outcome.
Counts = list[tuple[np.ndarray, int]]


class Undecided:
    """Shares of outcomes while covariates move with them.

    counts: outcome -> list of (people, bool; how many have it). totals: outcome -> people (totals
    x members, 0/1) of each dummy and month of a site. Their number with the outcome is all that a
    logit knows of it, and as it will be a whole number, its expectation becomes one.
    """

    def __init__(
        self, shares: Shares, tracked: list[Tracked], counts: dict[str, Counts], n_people: int
    ):
        self.counts, self.n_people = counts, n_people
        self.members = shares.members
        self.place = np.full(n_people, -1)
        self.place[self.members] = np.arange(len(self.members))
        self.totals = self._find_totals(shares.names, tracked)
        self.whole = False
        self.wanted: dict[str, np.ndarray] = {}
        self.update(shares)

    def update(self, shares: Shares) -> None:
        """Go on with other shares."""
        self.shares, self.mean, self.covariance = shares, shares.mean(), shares.covariance()

    def move(self, odds: np.ndarray) -> None:
        """Change the log odds of the outcomes (outcomes x people)."""
        self.update(self.shares.tilt(odds[:, self.members].T))

    def outcome(self, name: str) -> np.ndarray:
        """Return what is expected of an outcome of all people."""
        outcome = np.full(self.n_people, np.nan)
        outcome[self.members] = self.mean[:, self.shares.names.index(name)]
        return outcome

    def by_odds(self, name: str, slope: np.ndarray, position: np.ndarray) -> np.ndarray:
        """Return slopes by log odds (rows x outcomes x people) from those by one outcome."""
        covariance = self.covariance[self.place[position], self.shares.names.index(name)]
        return slope[:, None, :] * covariance.T

    def rows(self, size: float) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return (misses, slopes by log odds, positions) of totals and counts by outcome."""
        targets = []
        for o, name in enumerate(self.shares.names):
            expected = self.mean[:, o]
            total = self.totals[name] @ expected
            wanted = self._want(name, total)
            off = np.flatnonzero(wanted != total)
            inside = [self.totals[name][off]]
            miss = [(wanted - total)[off]]
            for group, number in self.counts[name]:
                inside.append(group[None, self.members].astype(float))
                miss.append(number - inside[-1] @ expected)
            slope = self.by_odds(name, np.concatenate(inside) / size, self.members)
            targets.append((np.concatenate(miss) / size, slope, self.members))
        return targets

    def _want(self, name: str, total: np.ndarray) -> np.ndarray:
        """Return what totals are to be: neither nobody nor everybody, and at last whole."""
        top = self.totals[name].sum(axis=1) - 1
        nearest = np.clip(np.round(total), 1, top)
        if not self.whole:
            self.wanted[name] = nearest
            return np.clip(total, 1, top)
        # A total that has come far nearer to another whole number goes there.
        far = np.abs(self.wanted[name] - total) > 0.7
        self.wanted[name] = np.where(far, nearest, self.wanted[name])
        return self.wanted[name]

    def _find_totals(self, names: list[str], tracked: list[Tracked]) -> dict[str, np.ndarray]:
        """Return totals (totals x members, 0/1) by outcome, of each dummy and month of a site."""
        totals: dict[str, dict] = {name: {} for name in names}
        for one in tracked:
            model, x = one.model, one.x
            if model.panel == "pooled":
                continue
            for k in range(x.shape[1]):
                name = one.names[k] if k < len(one.names) else f"month {k}"
                if name.startswith(("above", "treatment_above")):
                    name += model.split
                if name not in LINEAR:
                    row = np.zeros(len(self.members))
                    row[self.place[one.position]] = x[:, k]
                    totals[model.outcome].setdefault((model.panel, name), row)
        return {name: np.array(list(rows.values())) for name, rows in totals.items()}
