"""Outcomes of the twin: drawn by the printed logits, then searched until the logits print."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ...streams import Streams
from . import outcomes as o
from .design import build
from .functionals import expand
from .models import END, HEALTH, OFF, SITES, Model
from .moves import move, print_means, round_scores
from .search import Problem, anneal
from .settings import TwinSettings


class Calibration:
    """What every step of the calibration needs."""

    def __init__(self, settings: TwinSettings, models: list[Model], streams: Streams, effect: str):
        self.settings = settings
        self.models = models
        self.streams = streams
        self.effect = effect
        self.own = settings.calibration

    def uniform(self, name: str, shape) -> np.ndarray:
        """Return random numbers of the search, of the stream that the settings name."""
        size = int(np.prod(shape))
        column = f"{self.own.stream}_{name}"
        return self.streams.uniform("calibration", column, size).reshape(shape)


def draw_outcomes(people: pd.DataFrame, calibration: Calibration, planted: bool) -> pd.DataFrame:
    """Return people with every outcome (NaN outside its sample).

    planted: whether outcomes and covariates are searched until the published logits print.
    """
    say: Callable = search if planted else (lambda people, problem, *_: problem.state)
    for instrument in o.INSTRUMENTS:
        people = _search_health(people, instrument, calibration, say)
    health = [m for m in calibration.models if m.outcome in HEALTH]
    moves = {
        v: people["health"].to_numpy() for v in ("age", "motivation", "gad7", "phq9", "time_since")
    }
    if planted:
        people = move(people, health, moves, calibration.own, "first")
        people = round_scores(people, ["motivation", "gad7", "phq9"])
        people = print_means(people, ["gad7", "phq9"], calibration.own)
        few = {v: moves[v] for v in ("age", "time_since")}
        people = round_scores(move(people, health, few, calibration.own, "fine"), ["time_since"])
        people = print_means(people, ["time_since"], calibration.own)
    people = _search_off(people, calibration, say)
    people = _search_end(people, calibration, say)
    if planted:
        rest = (people["benefits"] & ~people["health"]).to_numpy()
        models = [m for m in calibration.models if m.outcome not in HEALTH]
        moves = {"age": rest, "motivation": rest, "prior_days": people["benefits"].to_numpy()}
        people = move(people, models, moves, calibration.own, "first")
        people = round_scores(people, ["motivation", "prior_days"])
        people = print_means(people, ["motivation"], calibration.own)
        few = {v: moves[v] for v in ("age", "prior_days")}
        people = round_scores(move(people, models, few, calibration.own, "fine"), ["prior_days"])
    return people


class Start:
    """A search before it begins: a problem without rows, and the state it starts from."""

    def __init__(self, names, states, allowed, cells, fixed, members, state, controls):
        self.names, self.states, self.allowed = names, states, allowed
        self.cells, self.fixed, self.members = cells, fixed, members
        self.state, self.controls = state, controls
        self.treated: dict[str, int] = {}


def search(people: pd.DataFrame, start: Start, calibration: Calibration, name: str) -> np.ndarray:
    """Return states found by rounds of annealing, expanded anew before each."""
    own = calibration.own.annealing
    state = start.state
    for number, hot in enumerate(own.hot):
        rows, misses = [], []
        for k, outcome in enumerate(start.names):
            y = np.full(len(people), np.nan)
            y[start.members] = start.states[state][:, k]
            r, m = _linear(people, outcome, y, start, calibration)
            rows.append(r)
            misses.append(m)
        problem = Problem(start.states, start.allowed, rows, misses, start.cells, start.fixed)
        uniform = calibration.uniform(f"{name}_{number}", (own.steps, 3))
        state = anneal(problem, state, uniform, hot, own.cold)
    return state


def _linear(people, outcome: str, y: np.ndarray, start: Start, calibration: Calibration):
    """Return (rows, misses) of one outcome over the members, in tolerances, weighted."""
    own = calibration.own.annealing
    tolerance = own.tolerance.model_dump(exclude_none=True)
    place = np.full(len(people), -1)
    place[start.members] = np.arange(len(start.members))
    rows, misses, strict = [], [], []
    for model in calibration.models:
        if model.outcome != outcome:
            continue
        design = build(model, people, y)
        cells = expand(model, design, tolerance)
        wide = np.zeros((len(cells.value), len(start.members)))
        wide[:, place[design.position]] = cells.rows
        rows.append(wide / cells.tolerance[:, None])
        misses.append((cells.value + cells.rows @ design.y - cells.target) / cells.tolerance)
        strict += [row == "treatment" or row.startswith("marg") for row, _ in cells.names]
    for arm, counts in ((0, start.controls[outcome]), (1, start.treated)):
        for site, count in counts.items():
            inside = ((people["site"] == site) & (people["arm"] == arm)).to_numpy()[start.members]
            # A count that is off by one is worth many tolerances.
            rows.append(inside[None, :] / 0.004)
            misses.append(np.array([(inside @ y[start.members] - count) / 0.004]))
            strict.append(True)
    rows, misses = np.vstack(rows), np.concatenate(misses)
    weight = np.sqrt(1 / np.maximum(1, np.abs(misses) / own.patience))
    weight[np.array(strict)] = 1.0
    return rows * weight[:, None], misses * weight


def _cells(people: pd.DataFrame, names: list[str], settings: TwinSettings):
    """Return (cells of site and month (n), which outcomes are fixed in each, fixed values)."""
    keys = people["site"].astype(str) + "|" + people["month"].astype(str)
    cells = pd.factorize(keys)[0]
    values = np.array([o.fixed_values(people, name, settings) for name in names]).T
    fixed = np.zeros((cells.max() + 1, len(names)), dtype=bool)
    fixed[cells] = values >= 0
    return cells, fixed, values


def _allow(states: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return which states agree with the fixed values (n x outcomes, -1 where free)."""
    return ((values[:, None, :] < 0) | (states[None, :, :] == values[:, None, :])).all(axis=-1)


def _chances(people, names: list[str], calibration: Calibration):
    """Return (probabilities by outcome, controls by outcome and site)."""
    controls = {n: o.control_counts(calibration.models, n) for n in names}
    chances = [
        o.likely(
            calibration.models,
            people,
            n,
            controls[n],
            calibration.effect,
            calibration.own.prior_slope,
        )
        for n in names
    ]
    return chances, controls


def _finish(people, start: Start, find, calibration: Calibration, name: str) -> pd.DataFrame:
    state = find(people, start, calibration, name)
    found = {}
    for k, outcome in enumerate(start.names):
        y = np.full(len(people), np.nan)
        y[start.members] = start.states[state][:, k]
        found[outcome] = y
    return people.assign(**found)


def _search_health(people, instrument: str, calibration: Calibration, find) -> pd.DataFrame:
    names, states = o.names_of(instrument), o.HEALTH_STATES
    members = np.flatnonzero(people["health"])
    own = people.iloc[members]
    cells, fixed, values = _cells(own, names, calibration.settings)
    score = own[instrument].to_numpy().round().astype(int)
    allowed = o.possible(instrument)[score] & _allow(states, values)
    chances, controls = _chances(people, names, calibration)
    weights = o.health_weights(*(c[members] for c in chances))
    state = o.draw_states(weights, allowed, calibration.uniform(instrument, len(members)))
    state = o.vary(state, states, allowed, cells, fixed, calibration.streams, instrument)
    start = Start(names, states, allowed, cells, fixed, members, state, controls)
    return _finish(people, start, find, calibration, instrument)


def _search_off(people: pd.DataFrame, calibration: Calibration, find) -> pd.DataFrame:
    members = np.flatnonzero(people["benefits"])
    own = people.iloc[members]
    cells, fixed, values = _cells(own, OFF, calibration.settings)
    allowed = _allow(o.OFF_STATES, values)
    chances, controls = _chances(people, OFF, calibration)
    weights = o.off_weights([c[members] for c in chances])
    state = o.draw_states(weights, allowed, calibration.uniform("off", len(members)))
    state = o.vary(state, o.OFF_STATES, allowed, cells, fixed, calibration.streams, "off")
    start = Start(OFF, o.OFF_STATES, allowed, cells, fixed, members, state, controls)
    return _finish(people, start, find, calibration, "off")


def _search_end(people: pd.DataFrame, calibration: Calibration, find) -> pd.DataFrame:
    """Return people with the status at the end of the trial, of which Table 7.3 gives counts."""
    members = np.flatnonzero(people["benefits"])
    own = people.iloc[members]
    cells, fixed, values = _cells(own, [END], calibration.settings)
    allowed = _allow(o.END_STATES, values)
    # Who first leaves after 12 months has to have come early enough to leave by the end.
    last_month = calibration.settings.recruitment.missing_months[1] - 4
    allowed[:, 1] &= o.end_allowed(own, own[OFF[-1]].to_numpy(), last_month)
    spells = calibration.settings.benefits
    counts = [{s: spells.off_at_end[s][1 - arm] for s in SITES} for arm in (0, 1)]
    if people["benefits"].sum() != 1695:
        counts = [dict.fromkeys(SITES, 0)] * 2
    controls = {END: counts[0]}
    chance = np.clip(
        o.likely(
            calibration.models,
            people,
            END,
            controls[END] if any(counts[0].values()) else dict.fromkeys(SITES, 20),
            calibration.effect,
            calibration.own.prior_slope,
        )[members],
        1e-6,
        1 - 1e-6,
    )
    # Half of the people may be off at the end at all, so the odds of those are higher.
    u = calibration.uniform("end", len(members))
    rank = np.log(chance / (1 - chance)) - np.log(1 / u - 1) - 30.0 * ~allowed[:, 1]
    state = np.zeros(len(members), dtype=int)
    for arm in (0, 1):
        for site in SITES:
            who = np.flatnonzero(((own["site"] == site) & (own["arm"] == arm)).to_numpy())
            count = counts[arm][site] or round(chance[who].sum())
            state[who[np.argsort(-rank[who], kind="stable")[:count]]] = 1
    free = fixed[:, 0]
    state = _vary_end(state, allowed, cells, free, rank)
    # A benefit nobody of whom left would predict staying, and its term would drop out.
    for benefit, site in (("ICA", "north_east"), ("IS", "north_east"), ("UC", "blackpool")):
        who = np.flatnonzero((own["benefit"] == benefit) & (own["site"] == site) & allowed[:, 1])
        best = who[np.argsort(-rank[who], kind="stable")]
        state[best[: max(2, round(chance[who].sum()))]] = 1
    start = Start([END], o.END_STATES, allowed, cells, fixed, members, state, controls)
    start.treated = counts[1]
    return _finish(people, start, find, calibration, "end")


def _vary_end(state, allowed, cells, fixed, rank) -> np.ndarray:
    """Return states with somebody off benefit in every month that is not flat."""
    state = state.copy()
    for cell in range(cells.max() + 1):
        who = np.flatnonzero((cells == cell) & allowed[:, 1])
        if not fixed[cell] and len(who) and not state[cells == cell].any():
            state[who[np.argmax(rank[who])]] = 1
    return state
