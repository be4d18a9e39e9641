"""Health and wellbeing after 12 months: answers nudged until the published impacts come out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import moments
from ...config.trial import Group
from ...errors import InputError
from ...impact.design import build_design
from ..calibration import effect_weights
from .settings import HltSettings
from .settings.surveys import PlantedScore

# Decrements of levels 2 to 5 from full health (Devlin et al. 2018, Health Economics 27:7), by
# dimension: mobility, self-care, usual activities, pain, anxiety. Apart from the outcomes
# stage, so that a mistake there shows up as a published number that no longer comes out.
EQ5D = np.array(
    [
        [0, 0.058, 0.076, 0.207, 0.274],
        [0, 0.050, 0.080, 0.164, 0.203],
        [0, 0.050, 0.063, 0.162, 0.184],
        [0, 0.063, 0.084, 0.276, 0.335],
        [0, 0.078, 0.104, 0.285, 0.289],
    ]
)
# Metric score of each raw sum from 7 to 35 (Stewart-Brown et al. 2009, Health and Quality of
# Life Outcomes 7:15).
SWEMWBS = np.array(
    [
        *(7.00, 9.51, 11.25, 12.40, 13.33, 14.08, 14.75, 15.32, 15.84, 16.36, 16.88, 17.43, 17.98),
        *(18.59, 19.25, 19.98, 20.73, 21.54, 22.35, 23.21, 24.11, 25.03, 26.02, 27.03, 28.13),
        *(29.31, 30.70, 32.55, 35.00),
    ]
)


def score(name: str, items: np.ndarray) -> np.ndarray:
    """Return the score of answers (n x items, codes from 1), NaN where one is missing."""
    complete = ~np.isnan(items).any(axis=1)
    codes = np.where(complete[:, None], items, 1).astype(int)
    if name == "eq5d":
        value = 1 - EQ5D[np.arange(5), codes - 1].sum(axis=1)
    else:
        value = SWEMWBS[np.clip(codes.sum(axis=1), 7, 35) - 7]
    return np.where(complete, value, np.nan)


@dataclass(frozen=True)
class ReferenceModel:
    """The model that effects are planted for: rows of effect weights, one an analysis group.

    weights: groups x respondents; control: groups x respondents, survey weights of the control
    group that its standard deviation is taken over.
    """

    weights: np.ndarray
    control: np.ndarray

    def spread(self, y: np.ndarray) -> np.ndarray:
        """Return the standard deviation of each control group, as the impact stage takes it."""
        return np.array([moments(y[row > 0], row[row > 0])[1] for row in self.control])


def plant_health(
    answers: pd.DataFrame,
    people: pd.DataFrame,
    recruits: pd.DataFrame,
    survey_weights: np.ndarray,
    settings: HltSettings,
    groups: dict[str, Group],
    say: Callable[[str], object],
) -> pd.DataFrame:
    """Return the 12-month interviews with items changed so that the impacts are as published.

    `people` are the respondents, in the order of answers, `recruits` everybody. A few respondents
    answer an item one level better or worse until all impacts, in standard deviations of the
    control group, and differences between parts of a group that are declared, lie in
    their windows.
    """
    for name, spec in settings.planted_scores.items():
        columns = [f"{name}_{item}" for item in settings.instruments[name].items]
        items = answers[columns].to_numpy(dtype=float, copy=True)
        known = ~np.isnan(items).any(axis=1)
        sample = people[known].reset_index(drop=True)
        sample = sample.assign(female=(sample["gender"] == "female").astype(float))
        if spec.baseline:
            before = sample[columns].to_numpy(dtype=float)
            sample = sample.assign(**{spec.baseline: score(name, before)})
        everybody = recruits[[f"{name}_{i}" for i in settings.instruments[name].items]]
        middle = float(np.nanmedian(score(name, everybody.to_numpy(dtype=float))))
        reference = _reference(sample, survey_weights[known], spec, groups)
        below = score(name, sample[columns].to_numpy(dtype=float)) <= middle
        reference = _with_contrasts(
            reference, sample.assign(below=below), survey_weights[known], spec, groups
        )
        new = _nudge(name, items[known], reference, spec, list(groups))
        say(f"{name}: {int((new != items[known]).sum())} answers nudged by a level")
        items[known] = new
        answers = answers.assign(**dict(zip(columns, items.T, strict=True)))
    return answers


def _reference(
    sample: pd.DataFrame, weights: np.ndarray, spec: PlantedScore, groups: dict[str, Group]
) -> ReferenceModel:
    rows = np.zeros((len(groups), len(sample)))
    control = np.zeros_like(rows)
    for row, group in enumerate(groups.values()):
        members = np.flatnonzero(sample["trial_group"].isin(group.trial_groups))
        design = build_design(sample.iloc[members], spec.covariates)
        root = np.sqrt(weights[members])
        rows[row, members] = effect_weights(design.matrix * root[:, None], 1) * root
        untreated = members[sample["arm"].to_numpy()[members] == 0]
        control[row, untreated] = weights[untreated]
    return ReferenceModel(rows, control)


def _with_contrasts(
    reference: ReferenceModel,
    sample: pd.DataFrame,
    weights: np.ndarray,
    spec: PlantedScore,
    groups: dict[str, Group],
) -> ReferenceModel:
    """Return the reference model with a row for each declared difference between parts."""
    names = list(groups)
    for contrast in spec.contrasts:
        first = sample["gender"] == "female" if contrast.by == "gender" else sample["below"]
        inside = sample["trial_group"].isin(groups[contrast.group].trial_groups)
        row = np.zeros(len(sample))
        for sign, part in ((1, inside & first), (-1, inside & ~first)):
            members = np.flatnonzero(part)
            design = build_design(sample.iloc[members], spec.covariates)
            root = np.sqrt(weights[members])
            row[members] = sign * effect_weights(design.matrix * root[:, None], 1) * root
        control = reference.control[names.index(contrast.group)]
        reference = ReferenceModel(
            np.vstack([reference.weights, row]), np.vstack([reference.control, control])
        )
    return reference


def _nudge(
    name: str, items: np.ndarray, reference: ReferenceModel, spec: PlantedScore, groups: list[str]
) -> np.ndarray:
    """Return items with few answers moved by a level, so that effects lie in their windows.

    Greedy: each step moves the answer that brings the effects nearest to the middles of their
    windows, in half-widths. Raises InputError if a window is not reached.
    """
    items = items.copy()
    windows = [*(spec.windows[g] for g in groups), *(c.window for c in spec.contrasts)]
    low, high = (np.array([window[i] for window in windows]) for i in (0, 1))
    middle, half = (low + high) / 2, (high - low) / 2
    # Small moves only, of which many are needed: large ones would widen the spread.
    largest = 0.35 * score(name, items).std()
    # Differences between parts first: beside the narrow windows of effects no move is for them.
    first = np.arange(len(low)) >= len(groups)
    controls = (reference.control > 0).any(axis=0)
    for rows in ([first] if first.any() else []) + [np.ones(len(low), dtype=bool)] * 10:
        y = score(name, items)
        spread = reference.spread(y)
        scaled = (reference.weights / (spread * half)[:, None])[rows]
        gap = scaled @ y - (middle / half)[rows]
        if np.abs(gap).max() < 0.5:
            continue
        norms = (scaled**2).sum(axis=0)
        for _ in range(3000):
            if np.abs(gap).max() < 0.3:
                break
            changes = _changes(name, items)
            changes[np.abs(changes) > largest] = 0
            if rows is first:
                # Of the treatment group alone, so that the spread of controls stays.
                changes[controls] = 0
            cost = 2 * changes * (scaled.T @ gap)[:, None] + changes**2 * norms[:, None]
            person, move = np.unravel_index(np.argmin(cost), cost.shape)
            if cost[person, move] >= 0:
                break
            gap = gap + scaled[:, person] * changes[person, move]
            items[person, move // 2] += 1 if move % 2 else -1
    y = score(name, items)
    spread = reference.spread(y)
    effects = reference.weights @ y / spread
    if ((effects < low) | (effects > high)).any():
        raise InputError(
            f"the twin cannot reach the wanted effects on {name}: {effects.round(4).tolist()}",
            expected=f"windows {low.round(4).tolist()} to {high.round(4).tolist()}",
            remedy="widen a window in twin/surveys.yaml",
        )
    return items


def _changes(name: str, items: np.ndarray) -> np.ndarray:
    """Return the change of the score by moving each item down and up a level (n x 2 items).

    A move that leaves the scale changes nothing.
    """
    n, k = items.shape
    codes = items.astype(int)
    changes = np.zeros((n, 2 * k))
    for step, offset in ((-1, 0), (1, 1)):
        moved = np.clip(codes + step, 1, 5)
        if name == "eq5d":
            column = np.arange(k)
            changes[:, offset::2] = EQ5D[column, codes - 1] - EQ5D[column, moved - 1]
        else:
            total = codes.sum(axis=1, keepdims=True)
            after = np.clip(total + moved - codes, 7, 35)
            changes[:, offset::2] = SWEMWBS[after - 7] - SWEMWBS[total - 7]
    return changes
