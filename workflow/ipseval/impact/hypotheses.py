"""Several hypotheses tested together: adjusted p-values, and randomisation inference."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config.models import JointTests, Model, Models
from ..config.trial import Group
from ..errors import NotEstimableError
from .estimate import comparison_of, estimates_or_reasons, lost_row
from .randomisation import Allocations, Contrast, redraw, redraw_arms
from .samples import compared, members_of, samples
from .settings import EstimationSettings
from .table import tidy

LIBRARY_METHODS = {"hochberg": "simes-hochberg", "benjamini_hochberg": "fdr_bh"}


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis in one group: the row of its estimate, and t under other allocations."""

    row: dict
    redrawn: np.ndarray | None


def joint_tests(
    trial: str,
    name: str,
    models: Models,
    groups: dict[str, Group],
    units: dict[str, str],
    people: pd.DataFrame,
    block_sizes: list[int],
    settings: EstimationSettings,
) -> pd.DataFrame:
    """Return a row a group, outcome and method (columns of impact/table.py).

    p_value is that of the declared model and term, or, with westfall_young, of randomisation
    inference (Fisher's sharp null, the studentised statistic); p_adjusted is adjusted for all
    hypotheses of the group, or of all groups. Comparisons of arms that are tested together share
    the allocations: all arms are drawn anew, under the hypothesis that none of them differs.
    Hochberg (1988), Biometrika 75:800; Benjamini and
    Hochberg (1995), Journal of the Royal Statistical Society B 57:289; Westfall and Young (1993),
    Resampling-Based Multiple Testing, algorithm 4.1. Under other allocations answers and weights
    stay as they are.
    """
    tests = models.tests[name]
    redrawn = "westfall_young" in tests.methods
    allocations = of_all_arms = None
    if redrawn and not any(groups[group].is_declared for group in tests.groups):
        allocations = redraw(people, block_sizes, tests.draws, settings.streams)
    elif redrawn and tests.together == "all":
        # One family over comparisons: they share the allocations of all arms.
        of_all_arms = redraw_arms(people, tests.draws, settings.streams)
    tested = []
    for group in tests.groups:
        spec = groups[group]
        try:
            chosen = members_of(people, spec, group, settings.arms)
        except NotEstimableError as problem:
            if not spec.is_declared:
                raise
            shared = {"group": group, **comparison_of(spec, settings.arms)}
            lost = (lost_row(name, 0, 0, units[name], problem) for name in tests.outcomes)
            tested.append([Hypothesis(shared | row, None) for row in lost])
            continue
        members = compared(people[chosen], spec, settings.arms)
        own = None
        if allocations is not None:
            own = allocations.of(chosen)
        elif redrawn and of_all_arms is None:
            # Given who is in the arms compared, each of their allocations is as likely.
            own = redraw(members, [], tests.draws, settings.streams.of(group))
        shared = {"group": group, **comparison_of(spec, settings.arms)}
        whole = None
        if own is None and (spec.is_declared or of_all_arms is not None):
            everybody = members_of(people, spec, group, settings.arms, others=True)
            whole = compared(people[everybody], spec, settings.arms)
        several = _tested(shared, tests, models, members, whole, own, units, settings)
        if of_all_arms is not None and whole is not None:
            several = _with_shared(
                several, tests, models, spec, whole, of_all_arms[everybody], settings
            )
        tested.append(several)
    if tests.together == "all":
        tested = [[one for own in tested for one in own]]
    rows = []
    for together in tested:
        for method in tests.methods:
            p_values, adjusted = adjust(together, method)
            for one, p_value, p_adjusted in zip(together, p_values, adjusted, strict=True):
                found = {"model": method, "p_value": p_value, "p_adjusted": p_adjusted}
                rows.append({"timepoint": tests.timepoint} | one.row | found)
    return tidy(rows, trial, name)


def adjust(tested: list[Hypothesis], method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return p-values and adjusted p-values of hypotheses tested together."""
    if method == "westfall_young":
        p_values, adjusted = (np.full(len(tested), np.nan) for _ in range(2))
        # What could not be estimated is no test, and counts in no adjustment.
        known = np.array([not np.isnan(one.row.get("statistic", np.nan)) for one in tested])
        there = [one for one, is_known in zip(tested, known, strict=True) if is_known]
        redrawn = [one.redrawn for one in there if one.redrawn is not None]
        if len(redrawn) < len(there):
            raise ValueError("westfall_young needs the statistics under other allocations")
        if redrawn:
            observed = np.array([one.row["statistic"] for one in there])
            p_values[known], adjusted[known] = step_down(observed, np.column_stack(redrawn))
        return p_values, adjusted
    from statsmodels.stats.multitest import multipletests

    # What could not be estimated is no test, and counts in no adjustment.
    p_values = np.array([one.row.get("p_value", np.nan) for one in tested])
    adjusted, known = np.full(len(p_values), np.nan), ~np.isnan(p_values)
    if known.any():
        adjusted[known] = multipletests(p_values[known], method=LIBRARY_METHODS[method])[1]
    return p_values, adjusted


def step_down(observed: np.ndarray, redrawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return p-values and step-down adjusted ones of m statistics and their redraws (B x m).

    The adjusted p-value of the largest statistic compares it with the largest of all in each
    redraw, of the next with the largest of the rest, and so on, made monotone. The observed
    allocation counts as one redraw, so no p-value is zero.
    """
    observed, redrawn = np.abs(observed), np.abs(redrawn)
    draws = len(redrawn)
    order = np.argsort(-observed, kind="stable")
    # The largest of each statistic and those after it in the order.
    highest = np.maximum.accumulate(redrawn[:, order[::-1]], axis=1)[:, ::-1]
    exceeded = (1 + (highest >= observed[order]).sum(axis=0)) / (1 + draws)
    adjusted = np.empty(len(observed))
    adjusted[order] = np.maximum.accumulate(exceeded)
    single = (1 + (redrawn >= observed).sum(axis=0)) / (1 + draws)
    return single, adjusted


def _tested(
    shared: dict,
    tests: JointTests,
    models: Models,
    members: pd.DataFrame,
    whole: pd.DataFrame | None,
    allocations: Allocations | None,
    units: dict[str, str],
    settings: EstimationSettings,
) -> list[Hypothesis]:
    """Return the hypotheses of one group, in declared order.

    `whole` has the people of other arms as well, for models of all arms.
    """
    found = []
    for hypotheses in tests.hypotheses:
        model = models.families[hypotheses.family].models[hypotheses.model]
        rows: dict[object, dict] = {}
        redrawn: dict[str, np.ndarray] = {}
        people = whole if whole is not None and model.keeps_other_arms else members
        for outcomes in model.alike(hypotheses.outcomes):
            values = members[outcomes].to_numpy(dtype=float)
            for row in estimates_or_reasons(people, outcomes, model, settings, units):
                if row.get("term", "arm") == hypotheses.term or "not_estimated" in row:
                    rows[str(row["outcome"])] = {**shared, **row}
            can = [name for name in outcomes if "statistic" in rows.get(name, {})]
            if allocations is not None and len(can) == len(outcomes):
                redrawn |= _redrawn(members, values, outcomes, model, allocations)
        found += [Hypothesis(rows[name], redrawn.get(name)) for name in hypotheses.outcomes]
    return found


def _with_shared(
    tested: list[Hypothesis],
    tests: JointTests,
    models: Models,
    group: Group,
    people: pd.DataFrame,
    arms: np.ndarray,
    settings: EstimationSettings,
) -> list[Hypothesis]:
    """Return hypotheses with t of their contrast under allocations of all arms of the people."""
    treatment, control = group.sides(settings.arms)
    dose = np.zeros(len(settings.arms))
    dose[treatment] = 1
    if group.dose:
        for arm, value in group.dose.items():
            dose[settings.arms.index(arm)] = value
    compared_arms = np.isin(np.arange(len(settings.arms)), [*treatment, *control])
    found, left = [], iter(tested)
    for hypotheses in tests.hypotheses:
        model = models.families[hypotheses.family].models[hypotheses.model]
        others = tuple(np.flatnonzero(~compared_arms).tolist()) if model.keeps_other_arms else ()
        inside = compared_arms | model.keeps_other_arms
        contrast = Contrast(dose, inside, others)
        for name in hypotheses.outcomes:
            one = next(left)
            if np.isnan(one.row.get("statistic", np.nan)):
                found.append(one)
                continue
            sample = next(samples(people, people[[name]].to_numpy(dtype=float), model))
            own = arms[people.index.get_indexer(sample.people.index)]
            t = model.contrast_statistics(sample, name, own, contrast)
            found.append(Hypothesis(one.row, t[:, 0]))
    return found


def _redrawn(
    members: pd.DataFrame,
    values: np.ndarray,
    outcomes: list[str],
    model: Model,
    allocations: Allocations,
) -> dict[str, np.ndarray]:
    """Return t of each outcome under other allocations of the members (draws)."""
    found: dict[str, np.ndarray] = {}
    for sample in samples(members, values, model):
        own = allocations.of(members.index.get_indexer(sample.people.index))
        statistics = model.redrawn_statistics(sample, outcomes[0], own)
        found |= {outcomes[i]: statistics[:, k] for k, i in enumerate(sample.positions)}
    return found
