"""Outcomes of the twin: open at first, moved with covariates until the logits print, then drawn."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...streams import Streams
from . import outcomes as o
from .balance import print_means
from .models import END, HEALTH, OFF, SITES, PrintedLogit
from .moves import Movement
from .rounding import choose
from .settings import TrailblazersSettings
from .shares import Shares
from .undecided import Counts


class CalibrationContext:
    """What every step of the calibration needs."""

    def __init__(
        self,
        settings: TrailblazersSettings,
        models: list[PrintedLogit],
        streams: Streams,
    ):
        self.settings = settings
        self.models = models
        self.streams = streams

    def uniform(self, name: str, shape: int | tuple[int, ...]) -> np.ndarray:
        """Return random numbers of the search, of the stream that the settings name."""
        size = int(np.prod(shape))
        column = f"{self.settings.calibration.stream}_{name}"
        return self.streams.uniform("calibration", column, size).reshape(shape)


@dataclass
class OutcomeFamily:
    """Outcomes calibrated together, before they are drawn.

    parts: outcomes drawn together, since only some combinations can be; counts: outcome -> list
    of (people, bool; how many of them have it); first, later: covariates that may move, before
    and after scores are whole, and whose (n, bool).
    """

    models: list[PrintedLogit]
    shares: Shares
    parts: list[list[str]]
    counts: dict[str, Counts]
    first: dict[str, np.ndarray]
    later: dict[str, np.ndarray]


def draw_outcomes(
    people: pd.DataFrame, calibration: CalibrationContext, planted: bool
) -> pd.DataFrame:
    """Return people with every outcome (NaN outside its sample).

    planted: whether outcomes and covariates are searched until the published logits print.
    """
    for describe in (_health, _benefits):
        family = describe(people, calibration)
        if planted:
            people = _calibrate(people, family, calibration)
        else:
            people = _draw(people, family, calibration)
    return people


def _draw(
    people: pd.DataFrame, family: OutcomeFamily, calibration: CalibrationContext
) -> pd.DataFrame:
    """Return people with outcomes drawn from the shares as they are."""
    for names in family.parts:
        shares = family.shares.part(names)
        u = calibration.uniform(f"draw_{names[0]}", len(shares.members))
        state = o.draw_states(shares.share, shares.share > 0, u)
        people = shares.drawn(people, shares.states[state])
    return people


def _calibrate(
    people: pd.DataFrame, family: OutcomeFamily, calibration: CalibrationContext
) -> pd.DataFrame:
    """Return people with outcomes by which the logits of the family print, near enough."""
    settings = calibration.settings.calibration
    steps, models = settings.moves, family.models
    movement = Movement(people, models, family.first, settings, family.shares, family.counts)
    movement.run(steps.open, steps.whole)
    people = movement.moved()
    if movement.undecided is None:
        raise ValueError("the outcomes of the family are drawn already")
    for names in family.parts:
        people = choose(people, movement, movement.undecided, names, calibration)
    movement = Movement(people, models, family.first, settings)
    movement.run(steps.polish)
    # Scores become whole numbers, then days; what is left goes to those that are not yet.
    for free, ridges in ((family.later, steps.settle), ({"age": family.later["age"]}, steps.fine)):
        whole = [name for name in movement.free if name not in free]
        movement.round(whole)
        people = print_means(movement.moved(), whole, movement.free, settings)
        movement = Movement(people, models, free, settings)
        movement.run(ridges)
    return print_means(movement.moved(), ["age"], movement.free, settings)


def _fixed(people: pd.DataFrame, names: list[str], settings: TrailblazersSettings) -> np.ndarray:
    """Return values of flat months (n x outcomes), -1 where an outcome is free."""
    return np.array([o.fixed_values(people, name, settings) for name in names]).T


def _allow(states: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return which states agree with the fixed values (n x outcomes, -1 where free)."""
    return ((values[:, None, :] < 0) | (states[None, :, :] == values[:, None, :])).all(axis=-1)


def _chances(
    people: pd.DataFrame,
    names: list[str],
    controls: dict[str, dict[str, int]],
    calibration: CalibrationContext,
) -> list[np.ndarray]:
    """Return probabilities by outcome."""
    slope = calibration.settings.calibration.prior_slope
    return [o.likely(calibration.models, people, n, controls[n], slope) for n in names]


def _count(people: pd.DataFrame, arm: int, counts: dict[str, int]) -> Counts:
    """Return (people of the arm at a site, their number with an outcome) by site."""
    in_arm = (people["arm"] == arm).to_numpy()
    return [((people["site"] == s).to_numpy() & in_arm, number) for s, number in counts.items()]


def _health(people: pd.DataFrame, calibration: CalibrationContext) -> OutcomeFamily:
    """Return the family of outcomes of the scores, which two instruments share."""
    members = np.flatnonzero(people["health"])
    scored = people.iloc[members]
    parts = [o.names_of(instrument) for instrument in o.INSTRUMENTS]
    names = [name for part in parts for name in part]
    controls = {n: o.control_counts(calibration.models, n) for n in names}
    share = np.ones((len(members), 1))
    for instrument, part in zip(o.INSTRUMENTS, parts, strict=True):
        score = scored[instrument].to_numpy().round().astype(int)
        values = _fixed(scored, part, calibration.settings)
        allowed = o.possible(instrument)[score] & _allow(o.HEALTH_STATES, values)
        chances = _chances(people, part, controls, calibration)
        weights = o.health_weights(*(c[members] for c in chances)) * allowed
        share = (share[:, :, None] * weights[:, None, :]).reshape(len(members), -1)
    one, two = np.divmod(np.arange(share.shape[1]), len(o.HEALTH_STATES))
    states = np.hstack([o.HEALTH_STATES[one], o.HEALTH_STATES[two]])
    inside = people["health"].to_numpy()
    return OutcomeFamily(
        [m for m in calibration.models if m.outcome in HEALTH],
        Shares(names, states, members, share),
        parts,
        {n: _count(people, 0, controls[n]) for n in names},
        dict.fromkeys(("age", "motivation", "gad7", "phq9", "time_since"), inside),
        dict.fromkeys(("age", "time_since"), inside),
    )


def _benefits(people: pd.DataFrame, calibration: CalibrationContext) -> OutcomeFamily:
    """Return the family of being off benefit by some month and at the end of the trial, of which
    Table 7.3 gives counts."""
    members = np.flatnonzero(people["benefits"])
    claimants, settings = people.iloc[members], calibration.settings
    names, states = [*OFF, END], o.BENEFIT_STATES
    controls = {n: o.control_counts(calibration.models, n) for n in OFF}
    at_end = settings.benefits.off_at_end
    ends = [{s: at_end[s][1 - arm] for s in SITES} for arm in (0, 1)]
    controls[END] = ends[0]
    chances = [c[members] for c in _chances(people, names, controls, calibration)]
    # Who is off benefit at the end has to have come early enough to be off for six months by then.
    last_month = settings.recruitment.missing_months[1] - 4 + 3 * states[:, :4].sum(axis=1)
    late = claimants["month"].to_numpy()[:, None] > last_month
    barred = (late | o.end_barred(claimants)[:, None]) & (states[:, 4] == 1)
    allowed = _allow(states, _fixed(claimants, names, settings)) & ~barred
    share = o.benefit_weights(chances) * allowed
    rest = (people["benefits"] & ~people["health"]).to_numpy()
    first = {"age": rest, "motivation": rest, "prior_days": people["benefits"].to_numpy()}
    counts = {n: _count(people, 0, controls[n]) for n in OFF}
    counts[END] = _count(people, 0, ends[0]) + _count(people, 1, ends[1])
    return OutcomeFamily(
        [m for m in calibration.models if m.outcome not in HEALTH],
        Shares(names, states, members, share),
        [names],
        counts,
        first,
        {name: first[name] for name in ("age", "prior_days")},
    )
