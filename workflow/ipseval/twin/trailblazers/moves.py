"""Small changes of covariates and of shares of outcomes, in steps, until the logits print."""

import numpy as np
import pandas as pd

from .balance import balance_rows, limits
from .cells import MOVES, Tracked
from .layout import SiteBlocks
from .models import PrintedLogit
from .settings.calibration import CalibrationSettings
from .shares import Shares
from .steps import Block, least_change, whole_change
from .undecided import Counts, Undecided


class Movement:
    """People on the way to the printed cells of some models.

    free: covariate -> who may change (n, bool). shares and counts: outcomes that are not drawn
    yet, all of the models' or none, and their known numbers (see `Undecided`). Variables are the
    free covariates and then the log odds of those outcomes.
    """

    def __init__(
        self,
        people: pd.DataFrame,
        models: list[PrintedLogit],
        free: dict[str, np.ndarray],
        settings: CalibrationSettings,
        shares: Shares | None = None,
        counts: dict[str, Counts] | None = None,
    ):
        self.people, self.settings, self.free = people, settings, free
        self.values = {name: people[name].to_numpy(float, copy=True) for name in MOVES}
        self.low, self.high = limits(people, list(free), settings)
        expected = shares.drawn(people, shares.mean()) if shares else people
        self.tracked = [Tracked(m, people, expected[m.outcome].to_numpy()) for m in models]
        self.sizes = {tracked: sizes(tracked, settings) for tracked in self.tracked}
        self.undecided = _undecided(shares, self.tracked, counts, len(people))
        moving = np.any(list(free.values()), axis=0)
        if shares is not None:
            moving[shares.members] = True
        # Whoever has no part in any of it need not be carried along.
        self.layout = SiteBlocks(people, np.flatnonzero(moving | people["seen"].to_numpy()))
        self.units = self._units()

    def moved(self) -> pd.DataFrame:
        """Return people with their covariates as they are now."""
        return self.people.assign(**{name: self.values[name] for name in self.free})

    def outcome(self, name: str) -> np.ndarray:
        """Return an outcome of all people, or what is expected of it."""
        return self.undecided.outcome(name) if self.undecided else self.people[name].to_numpy()

    def run(self, ridges: list[float], whole: int = 0) -> None:
        """Close the misses of all cells at once by least changes, a step for each ridge, the
        price of a usual change.

        Once outcomes are drawn, only as much of a step is made as makes the misses better, and
        the price goes up when nothing does. From step `whole` on, totals of outcomes that are not
        drawn become whole numbers.
        """
        factor, rounds = 1.0, self.settings.moves.rounds
        merit = np.inf if self.undecided else self._merit()
        for number, ridge in enumerate(ridges):
            if self.undecided:
                self.undecided.whole = number >= whole
            misses, blocks = self._linearise(self.units)
            low, high = (self.layout.by_block(bound, self.units) for bound in self._bounds())
            changes = least_change(misses, blocks, low, high, ridge * factor, rounds)
            changes = self.layout.together(changes, self.units) * self.units
            if self.undecided:
                self._apply(changes)
                continue
            new_merit = self._search(changes, merit)
            factor = max(1.0, factor / 2) if new_merit < merit else factor * 5
            merit = min(new_merit, merit)

    def round(self, names: list[str]) -> None:
        """Take covariates to whole numbers, up or down as keeps the misses small."""
        who, layout = self.layout.who, self.layout
        units = np.array([(name in names) * self.free[name][who] for name in self.free], float)
        misses, blocks = self._linearise(units)
        now = np.array([self.values[name][who] for name in self.free])
        bounds = (now, np.ceil(self.low[:, who]), np.floor(self.high[:, who]))
        by_block = zip(*(layout.by_block(bound, units) for bound in bounds), strict=True)
        changes = []
        for block, (place, low, high) in zip(blocks, by_block, strict=True):
            left = misses[block.rows]
            changes.append(whole_change(left, block.slope, place, low, high))
            misses[block.rows] = left
        self._apply(layout.together(changes, units))
        for name in names:
            self.values[name] = np.where(
                self.free[name], self.values[name].round(), self.values[name]
            )

    def _units(self) -> np.ndarray:
        """Return the usual change (variables x who) of what moves, 0 where it stays."""
        scale, who = self.settings.moves.scale, self.layout.who
        units = [scale[name] * free[who] for name, free in self.free.items()]
        if self.undecided:
            inside = self.undecided.place[who] >= 0
            units += [scale["odds"] * inside] * len(self.undecided.shares.names)
        return np.array(units, dtype=float)

    def _bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (low, high), variables x who: how far they may go in a step, in units."""
        trust, who = self.settings.moves.trust, self.layout.who
        low, high = np.full(self.units.shape, -trust), np.full(self.units.shape, trust)
        for k, name in enumerate(self.free):
            unit = np.where(self.units[k] > 0, self.units[k], 1.0)
            low[k] = np.clip((self.low[k][who] - self.values[name][who]) / unit, -trust, 0)
            high[k] = np.clip((self.high[k][who] - self.values[name][who]) / unit, 0, trust)
        return low, high

    def _linearise(self, units: np.ndarray) -> tuple[np.ndarray, list[Block]]:
        """Return (misses, blocks of slopes in units) of cells, counts and balance tables.

        units (variables x who): what counts as a change of one; 0 for what stays.
        """
        parts = []
        for tracked in self.tracked:
            # A fit that runs away has no slope to follow.
            if tracked.fit(self.values, self.outcome(tracked.model.outcome)):
                parts.append((*self._weigh(tracked), tracked.position))
        who = self.layout.who
        miss, slope = balance_rows(self.moved(), list(self.free), who, self.settings)
        parts.append((miss, self._widen(slope), who))
        if self.undecided:
            for miss, slope, position in self.undecided.rows(self.settings.moves.size["count"]):
                still = np.zeros((len(miss), len(self.free), len(position)))
                parts.append((miss, np.concatenate([still, slope], axis=1), position))
        return self.layout.blocks(parts, units)

    def _widen(self, slope: np.ndarray) -> np.ndarray:
        """Return slopes by covariate with zeros for log odds."""
        missing = len(self.units) - slope.shape[1]
        return np.concatenate([slope, np.zeros((len(slope), missing, slope.shape[2]))], axis=1)

    def _weigh(self, tracked: Tracked) -> tuple[np.ndarray, np.ndarray]:
        """Return (misses, slopes: cells x variables x people) of a model in sizes, weighted."""
        cells, size = tracked.cells(), self.sizes[tracked]
        miss = (tracked.printed - cells.value) / size
        weight = self._soften(tracked, miss)[1]
        scale = (weight / size)[:, None]
        slope = np.zeros((len(miss), len(self.free), len(tracked.position)))
        for k, name in enumerate(self.free):
            if name in cells.by_covariate:
                slope[:, k] = cells.by_covariate[name] * scale
        if self.undecided:
            name = tracked.model.outcome
            odds = self.undecided.by_odds(name, cells.by_outcome * scale, tracked.position)
            slope = np.concatenate([slope, odds], axis=1)
        return miss * weight, slope

    def _soften(self, tracked: Tracked, miss: np.ndarray) -> tuple[float, np.ndarray]:
        """Return (sum of squares, weights) of misses, of which those far off hardly count unless
        they have to print."""
        patience = self.settings.moves.patience
        square = (miss / patience) ** 2
        total = np.where(tracked.strict, miss**2, patience**2 * np.log1p(square)).sum()
        return float(total), np.where(tracked.strict, 1.0, 1 / np.sqrt(1 + square))

    def _search(self, changes: np.ndarray, merit: float) -> float:
        """Apply as much of the changes as makes the misses better than merit, or nothing; return
        how good they are."""
        before = self.values
        for part in (1.0, 0.5, 0.25, 0.1):
            self.values = {name: values.copy() for name, values in before.items()}
            self._apply(part * changes)
            new_merit = self._merit()
            if new_merit < merit:
                return new_merit
        self.values = before
        return merit

    def _merit(self) -> float:
        """Return the sum of squared misses as softened; less is better."""
        merit = 0.0
        for tracked in self.tracked:
            if tracked.fit(self.values, self.outcome(tracked.model.outcome)):
                miss = (tracked.printed - tracked.values()) / self.sizes[tracked]
                merit += self._soften(tracked, miss)[0]
        balance, _ = balance_rows(self.moved(), list(self.free), self.layout.who, self.settings)
        return merit + float(balance @ balance)

    def _apply(self, changes: np.ndarray) -> None:
        """Add changes (variables x who)."""
        who = self.layout.who
        for k, name in enumerate(self.free):
            self.values[name][who] += changes[k]
        if self.undecided:
            odds = np.zeros((len(changes) - len(self.free), len(self.people)))
            odds[:, who] = changes[len(self.free) :]
            self.undecided.move(odds)


def _undecided(
    shares: Shares | None, tracked: list[Tracked], counts: dict[str, Counts] | None, n_people: int
) -> Undecided | None:
    """Return the outcomes that are not drawn yet, None where all of them are."""
    if shares is None or counts is None:
        return None
    return Undecided(shares, tracked, counts, n_people)


def sizes(tracked: Tracked, settings: CalibrationSettings) -> np.ndarray:
    """Return the size (cells) of a miss that counts one.

    Coefficients of dummies and errors count alike; those of years, points and days are small, and
    count by their errors. Effects and margins have to print.
    """
    size = settings.moves.size
    error = np.where(np.isfinite(tracked.error), tracked.error, 1.0)
    level = np.arange(len(tracked.keys)) < tracked.errors
    cell_sizes = np.where(
        level, size["of_error"] * error, size["of_printed"] * np.abs(tracked.printed)
    )
    cell_sizes = np.clip(cell_sizes, 1e-5, size["cell"])
    effect = np.array([row == "marginal_treatment_effect" for row, _ in tracked.keys])
    return np.where(tracked.strict, np.where(effect, size["effect"], size["margin"]), cell_sizes)
