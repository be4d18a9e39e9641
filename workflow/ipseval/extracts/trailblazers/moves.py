"""Small changes of covariates and of shares of outcomes, in steps, until the logits print."""

import numpy as np
import pandas as pd

from .balance import balance_rows, limits
from .cells import Tracked
from .models import LINEAR, SITES, Model
from .settings.calibration import Calibration
from .shares import Shares
from .steps import Block, least_change, whole_change




class Movement:
    """People on the way to the printed cells of some models.

    free: covariate -> who may change (n, bool). shares: outcomes that are still open, all of the
    models' or none.
    """

    def __init__(self, people: pd.DataFrame, models: list[Model], free, own: Calibration, shares):
        self.people, self.own, self.free, self.shares = people, own, free, shares
        self.values = {
            name: people[name].to_numpy(float, copy=True)
            for name in ("age", "motivation", "gad7", "phq9", "time_since", "prior_days")
        }
        self.low, self.high = limits(people, list(free), self.own)
        moving = np.any([free[name] for name in free], axis=0)
        if shares is not None:
            moving[shares.members] = True
        # Whoever has no part in any of it need not be carried along.
        self.who = np.flatnonzero(moving | people["seen"].to_numpy())
        site = pd.Categorical(people["site"], categories=SITES).codes
        self.groups = [np.flatnonzero(site[self.who] == s) for s in range(len(SITES))]
        self.group = np.full(len(people), -1)
        self.place = np.full(len(people), -1)
        for number, inside in enumerate(self.groups):
            self.group[self.who[inside]] = number
            self.place[self.who[inside]] = np.arange(len(inside))
        self.tracked = [Tracked(model, people, self.outcome(model.outcome)) for model in models]
        self.sizes = {tracked: sizes(tracked, own) for tracked in self.tracked}
        self.whole, self.wanted = False, {}
        if shares is not None:
            self.totals = self._totals()
            self.member = np.full(len(people), -1)
            self.member[shares.members] = np.arange(len(shares.members))

    def outcome(self, name: str) -> np.ndarray:
        """Return an outcome of all people, or what is expected of it."""
        if self.shares is None:
            return self.people[name].to_numpy()
        outcome = np.full(len(self.people), np.nan)
        outcome[self.shares.members] = self.shares.mean()[:, self.shares.names.index(name)]
        return outcome

    def moved(self) -> pd.DataFrame:
        """Return people with their covariates as they are now."""
        return self.people.assign(**{name: self.values[name] for name in self.free})

    def run(self, ridges: list[float], counts=None, whole: int | None = None) -> None:
        """Close the misses of all cells at once by least changes, a step for each ridge, the
        price of a usual change.

        A step after which the misses are worse is taken back, and tried again at a higher price.
        counts: outcome -> list of (people, bool; their number); from step `whole` on totals of
        outcomes become whole numbers.
        """
        units, factor = self._units(), 1.0
        for number, ridge in enumerate(ridges):
            if self.shares is not None:
                self.covariance = self.shares.covariance()
                self.whole = whole is not None and number >= whole
            merit, misses, blocks = self.linearise(units, counts)
            low, high = self._bounds(units)
            changes = least_change(misses, blocks, low, high, ridge * factor, self.own.moves.rounds)
            changes = self._spread(changes, units)
            if self.shares is not None:
                self._apply(changes)
            elif self._search(changes, merit):
                factor = max(1.0, factor / 2)
            else:
                factor *= 5

    def _search(self, changes: np.ndarray, merit: float) -> bool:
        """Apply as much of the changes as makes the misses better; return whether any does."""
        before = self.values
        for part in (1.0, 0.5, 0.25, 0.1):
            self.values = {name: values.copy() for name, values in before.items()}
            self._apply(part * changes)
            if self._merit() < merit:
                return True
        self.values = before
        return False

    def _merit(self) -> float:
        """Return the sum of squared misses, where those beyond the patience hardly count."""
        merit = 0.0
        for tracked in self.tracked:
            if tracked.fit(self.values, self.outcome(tracked.model.outcome)):
                miss = (tracked.printed - tracked.values()) / self.sizes[tracked]
                merit += self._soften(tracked, miss)[0]
        balance = balance_rows(self.moved(), list(self.free), self.who, self.own)[0]
        return merit + balance @ balance

    def linearise(self, units, counts):
        """Return (merit, misses, blocks of slopes in units) of all cells, counts and balance tables.

        merit: the sum of squared misses, where those beyond the patience hardly count."""
        own = self.own.moves
        width = len(units)
        stacks: list[list] = [[] for _ in self.groups]
        misses: list[np.ndarray] = []
        first, merit = 0, 0.0
        for tracked in self.tracked:
            fine = tracked.fit(self.values, self.outcome(tracked.model.outcome))
            # A fit that runs away has no slope to follow.
            if not fine:
                continue
            part, miss, slope = self._weigh(tracked)
            merit += part
            rows = np.arange(first, first + len(miss))
            self._place(stacks, rows, slope, tracked.position)
            misses.append(miss)
            first += len(miss)
        for miss, slope, position in self._others(counts):
            self._place(stacks, np.arange(first, first + len(miss)), slope, position)
            merit += miss @ miss
            misses.append(miss)
            first += len(miss)
        blocks = []
        for number, parts in enumerate(stacks):
            rows = np.concatenate([part[0] for part in parts])
            slope = np.zeros((len(rows), width, len(self.groups[number])))
            at = 0
            for numbers, values, place in parts:
                slope[at : at + len(numbers), :, place] = values
                at += len(numbers)
            unit = units[:, self.groups[number]]
            blocks.append(Block(rows, slope[:, unit > 0] * unit[unit > 0]))
        return merit, np.concatenate(misses), blocks

    def round(self, names: list[str]) -> None:
        """Take covariates to whole numbers, up or down as keeps the misses small."""
        units = np.array([(name in names) * self.free[name][self.who] for name in self.free], float)
        _, misses, blocks = self.linearise(units, None)
        found = np.array([self.values[name][self.who] for name in self.free])
        low, high = np.ceil(self.low[:, self.who]), np.floor(self.high[:, self.who])
        for inside, block in zip(self.groups, blocks, strict=True):
            able, left = units[:, inside] > 0, misses[block.rows]
            now, lower, upper = (limit[:, inside][able] for limit in (found, low, high))
            part = found[:, inside]
            part[able] = np.round(now + whole_change(left, block.slope, now, lower, upper))
            found[:, inside], misses[block.rows] = part, left
        for k, name in enumerate(self.free):
            self.values[name][self.who] = found[k]

    def _place(self, stacks, rows, slope, position) -> None:
        group, place = self.group[position], self.place[position]
        for number, parts in enumerate(stacks):
            inside = np.flatnonzero(group == number)
            if len(inside):
                parts.append((rows, slope[:, :, inside], place[inside]))

    def _units(self) -> np.ndarray:
        """Return the usual change (variables x who) of what moves, 0 where it stays."""
        units = [self.own.moves.scale[v] * self.free[v][self.who] for v in self.free]
        if self.shares is not None:
            inside = np.zeros(len(self.people))
            inside[self.shares.members] = self.own.moves.scale["odds"]
            units += [inside[self.who]] * len(self.shares.names)
        return np.array(units, dtype=float)

    def _bounds(self, units):
        """Return (low, high) by block: how far variables may go in a step, in units."""
        trust = self.own.moves.trust
        lower, upper = np.full(units.shape, -trust), np.full(units.shape, trust)
        for k, name in enumerate(self.free):
            now, unit = self.values[name][self.who], np.where(units[k] > 0, units[k], 1.0)
            lower[k] = np.clip((self.low[k][self.who] - now) / unit, -trust, 0)
            upper[k] = np.clip((self.high[k][self.who] - now) / unit, 0, trust)
        able = [units[:, inside] > 0 for inside in self.groups]
        return tuple(
            [limit[:, inside][a] for inside, a in zip(self.groups, able, strict=True)]
            for limit in (lower, upper)
        )

    def _soften(self, tracked: Tracked, miss: np.ndarray):
        """Return (merit, weights) of misses: those that have to print count in full."""
        patience = self.own.moves.patience
        strict = np.array([not term for term in tracked.term])
        strict[tracked.errors :] = False
        square = (miss / patience) ** 2
        merit = np.where(strict, miss**2, patience**2 * np.log1p(square)).sum()
        return float(merit), np.where(strict, 1.0, 1 / np.sqrt(1 + square))

    def _weigh(self, tracked: Tracked):
        """Return (merit, misses, slopes: cells x variables x people) in units, weighted."""
        cells, size = tracked.cells(), self.sizes[tracked]
        tracked.miss = miss = (cells.printed - cells.value) / size
        merit, weight = self._soften(tracked, miss)
        scale = (weight / size)[:, None]
        slope = np.zeros((len(miss), len(self.free), len(tracked.position)))
        for k, name in enumerate(self.free):
            if name in cells.by_covariate:
                slope[:, k] = cells.by_covariate[name] * scale
        if self.shares is not None:
            member = self.member[tracked.position]
            o = self.shares.names.index(tracked.model.outcome)
            odds = self.covariance[member, o].T
            slope = np.concatenate([slope, (cells.by_outcome * scale)[:, None] * odds], axis=1)
        return merit, miss * weight, slope

    def _others(self, counts):
        """Yield (misses, slopes, positions) of counts of outcomes and of balance tables."""
        balance, slopes = balance_rows(self.moved(), list(self.free), self.who, self.own)
        outcomes = len(self.shares.names) if self.shares is not None else 0
        empty = np.zeros((len(balance), outcomes, len(self.who)))
        yield balance, np.concatenate([slopes, empty], axis=1), self.who
        if self.shares is None:
            return
        size = self.own.moves.size["count"]
        mean, members = self.shares.mean(), self.shares.members
        yield from self._whole(mean, size)
        for name, listed in counts.items():
            o = self.shares.names.index(name)
            inside = np.array([group[members] for group, _ in listed])
            target = np.array([number for _, number in listed])
            slope = inside[:, None, :] * self.covariance[None, :, o, :].transpose(0, 2, 1)
            covariates = np.zeros((len(listed), len(self.free), len(members)))
            yield (
                (target - inside @ mean[:, o]) / size,
                np.concatenate([covariates, slope / size], axis=1),
                members,
            )

    def _totals(self) -> dict[str, np.ndarray]:
        """Return by outcome the people (totals x members, 0/1) of each dummy and month of a site.

        Their number with the outcome is what a logit knows of it, and will be a whole number.
        """
        place = np.full(len(self.people), -1)
        place[self.shares.members] = np.arange(len(self.shares.members))
        found: dict[str, dict] = {name: {} for name in self.shares.names}
        for tracked in self.tracked:
            model, x = tracked.model, tracked.x
            if model.panel == "pooled":
                continue
            for k in range(x.shape[1]):
                name = tracked.names[k] if k < len(tracked.names) else f"month {k}"
                if name.startswith(("above", "treatment_above")):
                    name += model.split
                if name not in LINEAR and np.isin(x[:, k], (0, 1)).all():
                    row = np.zeros(len(self.shares.members))
                    row[place[tracked.position]] = x[:, k]
                    found[model.outcome].setdefault((model.panel, name), row)
        return {name: np.array(list(rows.values())) for name, rows in found.items()}

    def _whole(self, mean: np.ndarray, size: float):
        """Yield (misses, slopes, positions): totals come to whole numbers, neither nobody nor
        everybody."""
        members = self.shares.members
        for o, name in enumerate(self.shares.names):
            inside = self.totals[name]
            total, number = inside @ mean[:, o], inside.sum(axis=1)
            if not self.whole:
                self.wanted[name] = np.clip(np.round(total), 1, number - 1)
            # A total that has come nearer to another whole number goes there.
            off = np.abs(self.wanted[name] - total) > 0.7
            self.wanted[name][off] = np.clip(np.round(total), 1, number - 1)[off]
            wanted = self.wanted[name] if self.whole else np.clip(total, 1, number - 1)
            rows = np.flatnonzero(wanted != total)
            miss = (wanted - total)[rows] / size
            slope = inside[rows][:, None, :] * self.covariance[None, :, o, :].transpose(0, 2, 1) / size
            covariates = np.zeros((len(miss), len(self.free), len(members)))
            yield miss, np.concatenate([covariates, slope], axis=1), members

    def _spread(self, changes: list[np.ndarray], units) -> np.ndarray:
        """Return changes by variable and who, from those in units by block."""
        found = np.zeros(units.shape)
        for inside, change in zip(self.groups, changes, strict=True):
            part = np.zeros((len(units), len(inside)))
            part[units[:, inside] > 0] = change
            found[:, inside] = part
        return found * units

    def _apply(self, changes: np.ndarray) -> None:
        for k, name in enumerate(self.free):
            self.values[name][self.who] += changes[k]
        if self.shares is not None:
            odds = np.zeros((len(self.people), len(self.shares.names)))
            odds[self.who] = changes[len(self.free) :].T
            self.shares = self.shares.tilt(odds[self.shares.members])


def sizes(tracked: Tracked, own: Calibration) -> np.ndarray:
    """Return the size (cells) of a miss that counts one.

    Coefficients of dummies and errors count alike; those of years, points and days are small, and
    count by their errors. Effects and margins have to print.
    """
    size = own.moves.size
    strict = np.array([not term for term in tracked.term])
    level = np.arange(len(tracked.keys)) < tracked.errors
    error = np.where(np.isfinite(tracked.error), tracked.error, 1.0)
    found = np.where(level, size["of_error"] * error, np.abs(tracked.printed) / 25)
    found = np.clip(found, 1e-5, size["cell"])
    effect = np.array([row == "marginal_treatment_effect" for row, _ in tracked.keys])
    found = np.where(strict & level, size["margin"], found)
    return np.where(effect & level, size["effect"], found)
