"""Several hypotheses tested together: adjusted p-values, and randomisation inference."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config.models import JointTests, Models
from ..config.trial import Group
from .estimate import Setting
from .estimators import ols_effects
from .randomisation import redraw, redrawn_statistics
from .samples import Sample, members_of, samples
from .table import described, inference, tidy

LIBRARY_METHODS = {"hochberg": "simes-hochberg", "benjamini_hochberg": "fdr_bh"}


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis in one group: the row of its estimate, and t under other allocations."""

    outcome: str
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
    setting: Setting,
) -> pd.DataFrame:
    """Return a row a group, outcome and method (columns of impact/table.py).

    p_value is that of the declared model, or, with westfall_young, of randomisation inference
    (Fisher's sharp null, the studentised statistic); p_adjusted is adjusted for all hypotheses
    of the group. Hochberg (1988), Biometrika 75:800; Benjamini and Hochberg (1995), Journal of
    the Royal Statistical Society B 57:289; Westfall and Young (1993), Resampling-Based Multiple
    Testing, algorithm 4.1. Under other allocations answers and weights stay as they are.
    """
    tests, arms = models.tests[name], None
    if "westfall_young" in tests.methods:
        arms = redraw(people, block_sizes, tests.draws, setting.streams)
    rows = []
    for group in tests.groups:
        chosen = members_of(people, groups[group], group)
        own = None if arms is None else arms[chosen]
        tested = _tested(tests, models, people[chosen], own, units)
        for method in tests.methods:
            p_values, adjusted = adjust(tested, method)
            for one, p_value, p_adjusted in zip(tested, p_values, adjusted, strict=True):
                shared = {"group": group, "outcome": one.outcome, "timepoint": tests.timepoint}
                found = {"model": method, "p_value": p_value, "p_adjusted": p_adjusted}
                rows.append(shared | one.row | found)
    return tidy(rows, trial, name)


def adjust(tested: list[Hypothesis], method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return p-values and adjusted p-values of hypotheses tested together."""
    if method == "westfall_young":
        observed = np.array([one.row["statistic"] for one in tested])
        return step_down(observed, np.column_stack([one.redrawn for one in tested]))
    from statsmodels.stats.multitest import multipletests

    p_values = np.array([one.row["p_value"] for one in tested])
    return p_values, multipletests(p_values, method=LIBRARY_METHODS[method])[1]


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


def _tested(tests: JointTests, models: Models, members, arms, units) -> list[Hypothesis]:
    """Return the hypotheses of one group, outcomes known of the same people fitted at once."""
    found, level = {}, models.confidence_level
    for hypotheses in tests.hypotheses:
        model = models.families[hypotheses.family].models[hypotheses.model]
        for outcomes in model.alike(hypotheses.outcomes):
            values = members[outcomes].to_numpy(dtype=float)
            for sample in samples(members, values, model):
                own = None if arms is None else arms[_kept(members, sample)]
                names = [outcomes[i] for i in sample.positions]
                for one in _fitted(sample, names, model, own, units, level):
                    found[one.outcome] = one
    return [found[name] for hypotheses in tests.hypotheses for name in hypotheses.outcomes]


def _fitted(sample: Sample, names, model, arms, units, level) -> list[Hypothesis]:
    design = sample.design(model, names[0])
    effects = ols_effects(sample.outcomes, design, model.covariance, sample.weights)
    redrawn = None
    if arms is not None:
        redrawn = redrawn_statistics(sample, design, model.covariance, arms)
    found = []
    for i, name in enumerate(names):
        value = float(effects.estimate[0, i])
        row = {
            **inference(value, float(effects.std_error[0, i]), effects.df, level),
            **described(sample.outcomes[:, i], sample.treated, sample.counts, value, units[name]),
            "dropped_n": sample.dropped,
        }
        found.append(Hypothesis(name, row, None if redrawn is None else redrawn[:, i]))
    return found


def _kept(members: pd.DataFrame, sample: Sample) -> np.ndarray:
    """Return the positions among members of the people of a sample."""
    return members.index.get_indexer(sample.people.index)
