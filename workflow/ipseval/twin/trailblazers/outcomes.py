"""Outcomes that a person can have: which go together, and how likely each is at first."""

import numpy as np
import pandas as pd

from . import logit
from .models import CONTROLS, HEALTH, ROWS, PrintedLogit, columns, sample
from .settings import TrailblazersSettings

# Instrument -> (name in outcomes, highest score, caseness, reliable change).
INSTRUMENTS = {"gad7": ("anxiety", 21, 8, 4), "phq9": ("depression", 27, 10, 6)}
# Recovery, reliable change, any improvement: what one pair of scores can give.
HEALTH_STATES = np.array([(0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0, 1)])
# Off benefit by 3, 6, 9 and 12 months: once off by one, off by all later.
OFF_STATES = np.array([(0, 0, 0, 0), (0, 0, 0, 1), (0, 0, 1, 1), (0, 1, 1, 1), (1, 1, 1, 1)])
# The same and whether off benefit at the end of the trial.
BENEFIT_STATES = np.array([(*off, end) for end in (0, 1) for off in OFF_STATES])
RARE = ["IB", "PIB", "RP", "SDA"]


def names_of(instrument: str) -> list[str]:
    """Return the outcomes of an instrument in the order of HEALTH_STATES."""
    name = INSTRUMENTS[instrument][0]
    return [f"{kind}_{name}" for kind in ("recovery", "reliable_improvement", "improvement")]


def possible(instrument: str) -> np.ndarray:
    """Return which states each first score allows, (highest + 1) x states."""
    _, top, case, reliable = INSTRUMENTS[instrument]
    first, last = np.meshgrid(np.arange(top + 1), np.arange(top + 1), indexing="ij")
    seen = np.stack(
        [(first >= case) & (last < case), first - last >= reliable, first > last], axis=-1
    )
    return np.array([[(row == state).all(-1).any() for state in HEALTH_STATES] for row in seen])


def fixed_values(people: pd.DataFrame, outcome: str, settings: TrailblazersSettings) -> np.ndarray:
    """Return the value that a flat month gives each person, -1 where it varies."""
    fixed = np.full(len(people), -1)
    for flat in settings.flat:
        if outcome in flat.outcomes:
            here = (people["site"] == flat.site) & (people["month"] == flat.month)
            fixed[here.to_numpy()] = flat.outcomes[outcome]
    return fixed


def control_counts(models: list[PrintedLogit], outcome: str) -> dict[str, int]:
    """Return the published number of controls with an outcome, by site."""
    counts = {}
    for model in models:
        if model.outcome == outcome and model.effect is not None and model.panel != "pooled":
            people = CONTROLS[outcome in HEALTH][model.panel]
            counts[model.panel] = round(model.cells["control_mean", "proportion"] * people)
    return counts


def likely(
    models: list[PrintedLogit],
    people: pd.DataFrame,
    outcome: str,
    controls: dict[str, int],
    prior_slope: float,
) -> np.ndarray:
    """Return probabilities (people) by the printed logit of the person's site.

    Months are alike but for the first, whose level is the printed constant; the level of the
    others gives the expected number of controls.
    """
    probability = np.zeros(len(people))
    for model in models:
        if model.outcome != outcome or model.panel == "pooled" or model.split == "motivation":
            continue
        position = sample(model, people)
        sampled = people.iloc[position]
        slopes = {
            ROWS.get(row, row): value
            for (row, statistic), value in model.cells.items()
            if statistic == "coefficient"
        } | {"prior_benefit_days": prior_slope}
        covariates = columns(model, sampled)
        log_odds = np.zeros(len(sampled))
        for name, values in covariates.items():
            log_odds += slopes.get(name, 0.0) * values
        month = sampled["month"].to_numpy()
        # The first month of some size is the reference; at a small scale no month may have it.
        months, counts = np.unique(month, return_counts=True)
        later = month != min(months[counts > 4], default=months[0])
        share = controls[model.panel] / CONTROLS[outcome in HEALTH][model.panel]
        probability[position] = _level(log_odds, later, sampled["arm"].to_numpy() == 0, share)
    return probability


def _level(
    log_odds: np.ndarray, later: np.ndarray, control: np.ndarray, share: float
) -> np.ndarray:
    low, high = -8.0, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        if logit.expit(log_odds + middle * later)[control].mean() > share:
            high = middle
        else:
            low = middle
    return logit.expit(log_odds + middle * later)


def draw_states(weights: np.ndarray, allowed: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return a state for each person, in proportion to weights (n x states) where allowed."""
    edges = np.cumsum(np.maximum(weights, 1e-6) * allowed, axis=1)
    return (uniform[:, None] > edges / edges[:, -1:]).sum(axis=1)


def health_weights(recovery: np.ndarray, reliable: np.ndarray, improved: np.ndarray) -> np.ndarray:
    """Return rough probabilities of HEALTH_STATES (n x 5) from those of the three outcomes."""
    improved = np.maximum(improved, reliable)
    return np.array(
        [
            1 - improved,
            np.maximum(improved - reliable - 0.03, 0.02),
            np.maximum(reliable - recovery + 0.03, 0.03),
            np.maximum(recovery - 0.03, 0.02),
            np.full(len(recovery), 0.03),
        ]
    ).T


def benefit_weights(chances: list[np.ndarray]) -> np.ndarray:
    """Return rough probabilities of BENEFIT_STATES (n x 10) from those of being off by 3, 6, 9,
    12 months and at the end."""
    *by_month, end = chances
    off = np.maximum.accumulate(np.array(by_month), axis=0)
    off = np.array([1 - off[3], off[3] - off[2], off[2] - off[1], off[1] - off[0], off[0]]).T
    return np.hstack([off * (1 - end)[:, None], off * end[:, None]]).clip(1e-6)


def vary(
    state: np.ndarray,
    states: np.ndarray,
    allowed: np.ndarray,
    groups: list[tuple[np.ndarray, np.ndarray]],
    uniform: np.ndarray,
) -> np.ndarray:
    """Return states changed one person at a time until every outcome varies in every group.

    groups as in `search.Problem`; uniform (any number) drives it.
    """
    state, draw = state.copy(), iter(uniform)
    for _ in range(200):
        still = False
        for cells, fixed in groups:
            for cell in range(cells.max() + 1):
                who = np.flatnonzero(cells == cell)
                stuck = ~fixed[cell] & (np.ptp(states[state[who]], axis=0) == 0)
                if not stuck.any():
                    continue
                still = True
                person = who[int(next(draw) * len(who))]
                options = np.flatnonzero(allowed[person])
                state[person] = options[int(next(draw) * len(options))]
        if not still:
            return state
    return state


def end_barred(people: pd.DataFrame) -> np.ndarray:
    """Return who cannot be off benefit at the end (n), since their benefit predicts staying."""
    benefit = people["benefit"]
    rare = benefit.isin(["ICA", "IS"]) & (people["site"] != "north_east")
    return (benefit.isin(RARE) | rare).to_numpy()
