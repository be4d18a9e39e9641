"""Tables 3 and 4 of the twin: means and spreads that covariates keep while they move."""

import numpy as np
import pandas as pd

from .outcomes import HEALTH_STATES, INSTRUMENTS, names_of, possible
from .settings.calibration import CalibrationSettings

# Tables 3 and 4: covariate -> mean of controls, of the treated.
SEEN = {
    "age": (41.39, 39.72),
    "time_since": (184.30, 178.45),
    "phq9": (17.05, 17.57),
    "gad7": (14.24, 14.69),
    "motivation": (26.30, 26.46),
}
ON_BENEFIT = {"age": (40.47, 39.99), "motivation": (26.65, 26.56)}


def print_means(
    people: pd.DataFrame,
    names: list[str],
    able: dict[str, np.ndarray],
    settings: CalibrationSettings,
) -> pd.DataFrame:
    """Return people of whom a few have one point or day more or less, or all are some days
    older or younger, so that the means of Tables 3 and 4 print.

    Those of Table 4 move where they are not in Table 3.

    able: covariate -> who may change at all (n, bool).
    """
    people = people.copy()
    seen, on_benefit = people["seen"].to_numpy(), people["benefits"].to_numpy()
    for table, inside, free in (
        (SEEN, seen, seen),
        (ON_BENEFIT, on_benefit, on_benefit & ~seen),
    ):
        for name in [name for name in names if name in table]:
            low, high = (limit[0] for limit in limits(people, [name], settings))
            values = people[name].to_numpy(float, copy=True)
            for arm, mean in enumerate(table[name]):
                group = inside & (people["arm"] == arm).to_numpy()
                missing = round(mean * group.sum()) - int(values[group].sum())
                step_of = np.sign(missing)
                moved = values + step_of
                inside_limits = (moved >= low) & (moved <= high)
                movable = np.flatnonzero(group & free & able[name] & inside_limits)
                if not len(movable):
                    continue
                if name == "age":
                    values[movable] += (mean * group.sum() - values[group].sum()) / len(movable)
                    continue
                # Spread over the sites and months, in which people stand in order.
                spread = np.linspace(0, len(movable) - 1, abs(missing)).round().astype(int)
                values[movable[spread]] += step_of
            people[name] = values
    return people


def limits(
    people: pd.DataFrame, names: list[str], settings: CalibrationSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return (low, high), covariates x people: nobody crosses a median or loses an outcome."""
    n = len(people)
    low, high = np.zeros((len(names), n)), np.zeros((len(names), n))
    for k, name in enumerate(names):
        low[k], high[k] = settings.moves.limits[name]
        if name == "time_since":
            high[k] = np.floor(people["last_possible"])
        split = {"motivation": "above_motivation", "prior_days": "above_onbenefit"}.get(name)
        if split:
            above = people[split].to_numpy() == 1
            median = people.loc[above, name].min()
            low[k] = np.where(above, median, low[k])
            high[k] = np.where(above, high[k], median - 1)
        if name in INSTRUMENTS:
            low[k], high[k] = _score_limits(people, name)
    return low, high


def _score_limits(people: pd.DataFrame, instrument: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the run of first scores around each person's that allows the same outcomes, all of
    them as long as there are none."""
    drawn = names_of(instrument)[0] in people
    allowed = possible(instrument)
    tables = [allowed] if not drawn else allowed.T[:, :, None]
    runs = np.array([_runs(table) for table in tables])
    score = people[instrument].to_numpy().round().astype(int)
    state = np.zeros(len(people), dtype=int)
    if drawn:
        y = people[names_of(instrument)].to_numpy()
        state = (y[:, None, :] == HEALTH_STATES[None, :, :]).all(axis=-1).argmax(axis=1)
    low, high = runs[state, :, score].T
    return low, high


def _runs(table: np.ndarray) -> np.ndarray:
    """Return (first, last) x score of the run of equal rows around each score, from 1 on."""
    change = np.flatnonzero((table[2:] != table[1:-1]).any(axis=1)) + 1
    starts, ends = np.r_[1, change + 1], np.r_[change, len(table) - 1]
    run = np.searchsorted(starts, np.arange(len(table)), side="right") - 1
    return np.array([starts[run], ends[run]])


def balance_rows(
    people: pd.DataFrame, names: list[str], who: np.ndarray, settings: CalibrationSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return (misses, slopes) of the means of Tables 3 and 4, and of spreads."""
    misses, rows = [], []
    arm = people["arm"].to_numpy()[who]

    def add(name: str, gradient: np.ndarray, miss: float) -> None:
        row = np.zeros((len(names), len(who)))
        row[names.index(name)] = gradient
        rows.append(row)
        misses.append(miss)

    for table, sample in ((SEEN, "seen"), (ON_BENEFIT, "benefits")):
        everybody = people[sample].to_numpy().astype(float)
        for name, means in table.items():
            if name not in names:
                continue
            x = people[name].to_numpy(float)
            size = 0.01 if name == "time_since" else 0.0003
            for a, mean in enumerate(means):
                inside = everybody * (people["arm"].to_numpy() == a)
                share = everybody[who] * (arm == a) / inside.sum()
                add(name, share / size, (mean - inside @ x / inside.sum()) / size)
            sd = settings.spread[f"{name}_{sample}"]
            centre = x - everybody @ x / everybody.sum()
            actual_sd = np.sqrt(everybody @ centre**2 / everybody.sum())
            size = 0.0005 * sd
            gradient = everybody[who] * centre[who] / (everybody.sum() * actual_sd)
            add(name, gradient / size, float(np.clip((sd - actual_sd) / size, -20, 20)))
    return np.array(misses), np.array(rows).reshape(len(misses), len(names), len(who))
