"""Small changes of covariates, in steps, until the logits and the balance tables print."""

import numpy as np
import pandas as pd

from . import logit
from .covariates import slopes, step
from .design import build
from .models import ROWS, Model
from .outcomes import INSTRUMENTS, names_of, possible
from .settings.calibration import Calibration

# Tables 3 and 4: covariate -> mean of controls, of the treated.
SEEN = {
    "age": (41.39, 39.72),
    "time_since": (184.30, 178.45),
    "phq9": (17.05, 17.57),
    "gad7": (14.24, 14.69),
    "motivation": (26.30, 26.46),
}
ON_BENEFIT = {"age": (40.47, 39.99), "motivation": (26.65, 26.56)}
SMALL = {"age", "motivation", "baseline", "time_since_randomisation"}


def round_scores(people: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return people with whole numbers in the named columns."""
    return people.assign(**{name: people[name].round() for name in names})


def move(
    people: pd.DataFrame,
    models: list[Model],
    free: dict[str, np.ndarray],
    own: Calibration,
    phase: str,
) -> pd.DataFrame:
    """Return people whose covariates moved; free: covariate -> who may change (n, bool).

    Each step closes the misses of all cells at once by the least change (dual least squares). A
    cell that misses by more than the step's patience is given up for that step, so that cells
    which cannot hold do not spoil the others.
    """
    people = people.copy()
    names = list(free)
    low, high = _limits(people, names, own)
    # Whoever has no part in any of it need not be carried along.
    who = np.flatnonzero(np.any([free[v] for v in names], axis=0) | people["seen"].to_numpy())
    scale = np.array([own.moves.scale[v] * free[v][who] for v in names], dtype=float)
    patience = own.moves.patience if phase == "first" else own.moves.fine
    for most in patience:
        miss, slope = _stack(people, models, names, who, own, most)
        now = np.array([people[v].to_numpy(float)[who] for v in names])
        change = np.zeros_like(now)
        active = np.ones_like(now)
        for _ in range(4):
            left = miss - np.einsum("mvn,vn->m", slope, change)
            flat = (len(miss), -1)
            found = step(left, slope.reshape(flat), (scale * active).ravel(), own.moves.ridge)
            wanted = now + change + found.reshape(now.shape)
            inside = np.clip(wanted, low[:, who], high[:, who])
            active *= inside == wanted
            change = inside - now
        for v, values in zip(names, now + change, strict=True):
            column = people[v].to_numpy(float, copy=True)
            column[who] = values
            people[v] = column
    return people


def print_means(people: pd.DataFrame, names: list[str], own: Calibration) -> pd.DataFrame:
    """Return people of whom a few have one point or day more or less, so that the means of
    Tables 3 and 4 print. Those of Table 4 move where they are not in Table 3."""
    people = people.copy()
    seen, on_benefit = people["seen"].to_numpy(), people["benefits"].to_numpy()
    for table, inside, free in (
        (SEEN, seen, seen),
        (ON_BENEFIT, on_benefit, on_benefit & ~seen),
    ):
        for name in [name for name in names if name in table]:
            low, high = (limit[0] for limit in _limits(people, [name], own))
            values = people[name].to_numpy(float, copy=True)
            for arm, mean in enumerate(table[name]):
                group = inside & (people["arm"] == arm).to_numpy()
                missing = round(mean * group.sum()) - int(values[group].sum())
                step_of = np.sign(missing)
                moved = values + step_of
                able = np.flatnonzero(group & free & (moved >= low) & (moved <= high))
                # Spread over the sites and months, in which people stand in order.
                spread = np.linspace(0, len(able) - 1, abs(missing)).round().astype(int)
                values[able[spread]] += step_of
            people[name] = values
    return people


def _limits(people: pd.DataFrame, names: list[str], own: Calibration):
    """Return (low, high), covariates x people: nobody crosses a median or loses an outcome."""
    n = len(people)
    low, high = np.zeros((len(names), n)), np.zeros((len(names), n))
    for k, name in enumerate(names):
        low[k], high[k] = own.moves.limits[name]
        if name == "time_since":
            high[k] = np.floor(people["last_possible"])
        split = {"motivation": "above_motivation", "prior_days": "above_onbenefit"}.get(name)
        if split:
            above = people[split].to_numpy() == 1
            median = people.loc[above, name].min()
            low[k] = np.where(above, median, low[k])
            high[k] = np.where(above, high[k], median - 1)
        if name in INSTRUMENTS and names_of(name)[0] in people:
            low[k], high[k] = _score_limits(people, name)
    return low, high


def _score_limits(people: pd.DataFrame, instrument: str):
    """Return the run of first scores around each person's that allows the same outcomes."""
    from .outcomes import HEALTH_STATES

    allowed = possible(instrument)
    top = len(allowed) - 1
    low, high = np.ones(len(people)), np.full(len(people), float(top))
    who = np.flatnonzero(people["health"])
    y = people.iloc[who][names_of(instrument)].to_numpy().astype(int)
    state = (y[:, None, :] == HEALTH_STATES[None, :, :]).all(axis=-1).argmax(axis=1)
    score = people[instrument].to_numpy().round().astype(int)[who]
    for place, s, first in zip(who, state, score, strict=True):
        a = b = first
        while a > 1 and allowed[a - 1, s]:
            a -= 1
        while b < top and allowed[b + 1, s]:
            b += 1
        low[place], high[place] = a, b
    return low, high


def _stack(people, models, names, who, own: Calibration, most: float):
    """Return (misses, slopes) of every cell and of the balance tables, weighted."""
    place = np.full(len(people), -1)
    place[who] = np.arange(len(who))
    tolerance = own.moves.tolerance.model_dump(exclude_none=True)
    misses, rows, strict, slack = [], [], [], []
    for model in models:
        design = build(model, people, people[model.outcome].to_numpy())
        fit = logit.fit(design.x, design.y)
        # A fit that runs away has no slope to follow; the search avoids nearly all of them.
        if not np.isfinite(fit.beta).all() or np.diag(fit.covariance).min() <= 0:
            continue
        miss, slope, keys = slopes(model, design, fit, names, place, len(who), tolerance)
        misses.append(miss)
        rows.append(slope)
        strict += [key == ("marginal_treatment_effect", "proportion") for key in keys]
        slack += [_deadzone(key, tolerance, own.moves.deadzone) for key in keys]
    miss = np.concatenate(misses)
    miss = np.sign(miss) * np.maximum(0.0, np.abs(miss) - np.array(slack))
    weight = np.where(
        strict, 1 / np.sqrt(np.maximum(1, np.abs(miss) / 8)), np.exp(-((miss / most) ** 2) / 4)
    )
    balance_miss, balance_rows = _balance(people, names, who, own)
    return (
        np.concatenate([miss * weight, balance_miss]),
        np.concatenate([np.concatenate(rows) * weight[:, None, None], balance_rows]),
    )


def _deadzone(key: tuple[str, str], tolerance: dict, deadzone: dict) -> float:
    """Return the miss, in tolerances, of a cell that is not worth a change."""
    row, statistic = key
    if ROWS.get(row, row) in SMALL:
        return 1.0
    if row.startswith("marg"):
        return 0.0
    if statistic == "coefficient":
        kind = "treatment" if row == "treatment" else "coefficient"
        return deadzone[kind] / tolerance["coefficient"]
    kind = "constant_error" if row == "constant" else "error"
    return deadzone["error"] / tolerance[kind]


def _balance(people: pd.DataFrame, names: list[str], who: np.ndarray, own: Calibration):
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
            size = 0.1 if name == "time_since" else 0.01
            for a, mean in enumerate(means):
                inside = everybody * (people["arm"].to_numpy() == a)
                share = everybody[who] * (arm == a) / inside.sum()
                add(name, share / size, (mean - inside @ x / inside.sum()) / size)
            sd = own.spread[f"{name}_{sample}"]
            centre = x - everybody @ x / everybody.sum()
            found = np.sqrt(everybody @ centre**2 / everybody.sum())
            size = 0.004 * sd
            gradient = everybody[who] * centre[who] / (everybody.sum() * found)
            add(name, gradient / size, float(np.clip((sd - found) / size, -3, 3)))
    return np.array(misses), np.array(rows).reshape(len(misses), len(names), len(who))
