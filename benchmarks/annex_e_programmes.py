"""Programmes of benchmarks/annex_e.py: the least sum of misses over all cells of Annex E at once.

A sum of misses, unlike a sum of squares, leaves most cells without any and a few with much.
"""

import time
from pathlib import Path

import numpy as np
from annex_e_cells import Exchanges, Kept, Search

# Misses so large (half windows) that no programme asks for them.
FAR = 60
# Kinds of exchanges of annex_e.c: one person's motivation, anxiety and depression by a point or so,
# and all kinds; the price of their size, and how many are drawn and taken into a programme.
PROPOSED = [
    ((2,), 0.0, 60_000, 200),
    ((4,), 0.0, 60_000, 200),
    ((5,), 0.0, 60_000, 200),
    (None, 0.1, 300_000, 150),
    (None, 0.5, 300_000, 150),
]
NARROWER = 0.7
# By how much more cells may lack after a round that the next goes on from: that of some four cells.
WORSE = 10


class Least:
    """The least weighed sum of misses |away + slopes x| - inside over least <= x <= most.

    By the alternating direction method of multipliers (Boyd et al., 2011, Foundations and Trends
    in Machine Learning 3:1), over-relaxed; to a hundredth or so, in a tenth of the time that an
    interior point takes to a vertex, since the slopes are factored once.
    """

    STEPS, EACH, PENALTY, RELAXED = 250, 25, np.float32(2), np.float32(1.6)

    def __init__(self, slopes: np.ndarray) -> None:
        """Factor slopes (cells x variables), of variables whose bounds are about -1 and 1."""
        self.slopes = np.ascontiguousarray(slopes, np.float32)
        self.across = np.ascontiguousarray(slopes.T, np.float32)
        gram = (self.slopes @ self.across).astype(float)
        self.inverse = np.linalg.inv(gram + np.eye(len(gram))).astype(np.float32)

    def solve(
        self, away: np.ndarray, weight: np.ndarray, inside: float, bounds: tuple
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the variables, and the price of each cell: what moving it up would save."""
        away, weight, least, most = (a.astype(np.float32) for a in (away, weight, *bounds))
        u, v = np.clip(np.zeros_like(least), least, most), away.copy()
        of_u, of_v = np.zeros_like(u), np.zeros_like(v)
        best, found = np.inf, u
        for step in range(1, self.STEPS + 1):
            a = u - of_u
            x = a + self.across @ (self.inverse @ (v - of_v - away - self.slopes @ a))
            moved = self.RELAXED * x + (1 - self.RELAXED) * u
            reached = self.RELAXED * (self.slopes @ x + away) + (1 - self.RELAXED) * v
            u = np.clip(moved + of_u, least, most)
            v = reached + of_v
            beyond = np.clip(np.abs(v) - inside, 0, weight / self.PENALTY)
            v -= np.sign(v) * beyond
            of_u += moved - u
            of_v += reached - v
            if step % self.EACH == 0:
                misses = np.maximum(np.abs(self.slopes @ u + away) - inside, 0)
                if (cost := float(weight @ misses)) < best:
                    best, found = cost, u.copy()
        price = -np.clip(self.PENALTY * of_v, -weight, weight)
        return found.astype(float), price.astype(float)


def rounded(per_day: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return whole days, one after the other, so that each makes good what those before it lost.

    per_day: cells x variables. Days rounded each for itself move cells by several windows.
    """
    each = np.ascontiguousarray(per_day.T, np.float32)
    size = np.einsum("ij,ij->i", each, each)
    # What is whole but for its last digits stays so, since it may stand at a bound.
    days = np.where(np.abs(days - np.round(days)) < 1e-3, np.round(days), days)
    whole = np.floor(days)
    rest = days - whole
    lost = np.zeros(each.shape[1], np.float32)
    for k in np.argsort(-size):
        share = rest[k]
        if not share:
            continue
        along = float(lost @ each[k])
        if 2 * along + (1 - 2 * share) * size[k] < 0:
            whole[k] += 1
            share -= 1
        lost -= np.float32(share) * each[k]
    return whole


class Programme:
    """One programme: cells as they are, how they move with ages and days, and within what region.

    region: how far each may move, in units. inset: how far inside its window a cell is to lie, as a
    share of it. sharp: what is added to misses before weights are their inverse (Candes, Wakin and
    Boyd, 2008).
    """

    def __init__(self, search: Search, region: float, inset: float, sharp: float) -> None:
        self.search, self.region, self.inside = search, region, 1 - inset
        (self.unit, low, high), self.values = search.bounds(), search.smooth_values()
        # Who is beyond the bounds already stays or comes back.
        self.least = np.clip((low - self.values) / self.unit / region, -1, 0)
        self.most = np.clip((high - self.values) / self.unit / region, 0, 1)
        self.rows = np.flatnonzero(search.misses() <= FAR)
        self.away = search.away[self.rows]
        self.slopes = search.slopes().T[self.rows]
        self.weight = search.weights(sharp)[self.rows]
        self.all = Least(self.slopes * np.float32(region))

    def move(self, by_others: np.ndarray | float = 0.0) -> None:
        """Move ages and days as is best, where others move the cells too."""
        moves, _ = self.all.solve(
            self.away + by_others, self.weight, self.inside, (self.least, self.most)
        )
        day = self.search.day_of_smooth()
        per_day = self.slopes * (day / self.unit).astype(np.float32)
        days = (self.values + moves * self.region * self.unit) / day
        self.search.set_smooth(rounded(per_day, days) * day)

    def with_exchanges(self, seed: int, most: int) -> int:
        """Move ages and days, and make up to so many exchanges with them; return how many.

        Exchanges are drawn at the prices of cells, enter the programme as shares, and are made
        where most of one is wanted; then ages and days move again, given these.
        """
        search = self.search
        _, price = self.all.solve(self.away, self.weight, self.inside, (self.least, self.most))
        prices = np.zeros(search.R)
        prices[self.rows] = price
        proposed = Exchanges.of(
            [search.priced(prices, *how, seed + k) for k, how in enumerate(PROPOSED)]
        )
        moved = proposed.moved[:, self.rows].T
        # As variables of a size that suits the rest.
        scale = np.maximum(np.linalg.norm(moved, axis=0) / 10, 1)
        both = Least(np.hstack([self.slopes * np.float32(self.region), moved / scale]))
        bounds = np.r_[self.least, np.zeros(len(scale))], np.r_[self.most, scale]
        solved, _ = both.solve(self.away, self.weight, self.inside, bounds)
        made = proposed.apart(solved[len(self.least) :] / scale, most)
        self.move(moved[:, made].sum(axis=1))
        proposed.make(search, made)
        return len(made)


def settle(search: Search, minutes: float, state: Path) -> None:
    """Improve the state by programmes until the time is up; the best is kept in the file.

    Each round begins wide, most of them with exchanges, and narrows; the next goes on from there if
    cells lack less in the end, or little more.
    """
    begun, rng = time.process_time(), np.random.default_rng(int(time.time()))
    search.half = (search.high - search.low) / 2
    best, present, number = search.lack(), search.kept(), 0
    while (spent := time.process_time() - begun) < minutes * 60:
        number += 1
        inset, sharp = rng.choice([0.15, 0.25]), rng.choice([0.05, 0.1, 0.15, 0.3])
        widest, most = rng.choice([0.1, 0.2, 0.3, 0.4, 0.5]), int(rng.choice([0, 6, 30, 30]))
        programme, made, reached = Programme(search, widest, inset, sharp), 0, np.inf
        if most:
            made = programme.with_exchanges(int(rng.integers(2**31)), most)
        if not made or search.refit():
            reached, there = _narrowing(search, widest, inset, sharp, best)
            if reached < best + WORSE:
                present = there
            if reached < best:
                best = reached
                np.savez(state, P=there.P)
        search.restore(present)
        print(
            f"round {number}: within {widest}, {made} exchanges: {reached:.0f}, best {best:.0f},"
            f" outside {search.outside()} {spent:.0f}s",
            flush=True,
        )


def _narrowing(
    search: Search, widest: float, inset: float, sharp: float, least: float
) -> tuple[float, Kept]:
    """Return the least that cells lack in narrowing programmes, and the state that has it."""
    best, there = np.inf, search.kept()
    for region in widest * NARROWER ** np.arange(12):
        Programme(search, region, inset, sharp).move()
        if not search.refit():
            break
        if (now := search.lack()) < best:
            best, there = now, search.kept()
        if region < 0.01 or (region < 0.2 * widest and best > least + 100):
            break
    return best, there
