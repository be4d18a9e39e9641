"""Estimates of one declared family: one tidy row a group, outcome and model."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..config.models import Family, Model
from ..config.trial import Group
from ..errors import InputError
from ..streams import Streams
from .attrition import lee_bounds
from .estimators import Effects, iv_effects, ols_effects
from .imputation import completed, pooled
from .logit import fit_logit
from .samples import Sample, members_of, samples
from .subgroups import estimate_subgroup
from .table import described, inference, tidy

MONTH_UNITS = {
    "employed": "proportion",
    "days_employed": "days",
    "pay": "GBP",
    "on_benefit": "proportion",
    "days_on_benefit": "days",
    "benefit_amount": "GBP",
    "employed_and_on_benefit": "proportion",
}


@dataclass(frozen=True)
class Setting:
    """What estimates of a family share: level of intervals, and streams of random numbers."""

    level: float
    streams: Streams = field(default_factory=lambda: Streams(0, "impact"))


def estimate_family(
    trial: str,
    name: str,
    family: Family,
    groups: dict[str, Group],
    units: dict[str, str],
    people: pd.DataFrame,
    months: pd.DataFrame,
    setting: Setting,
) -> pd.DataFrame:
    """Return the intention-to-treat estimates of a family (columns of impact/table.py).

    `units` maps an outcome to its unit; `months` is used by families estimated by month.
    Everyone randomised whose outcome is known counts, in the arm they were randomised to.
    """
    rows = []
    wide = _by_month(family, people, months) if family.by_month else None
    for group in family.groups:
        chosen = members_of(people, groups[group], group)
        members = people[chosen]
        for outcome in family.outcomes:
            unit = (MONTH_UNITS if family.by_month else units)[outcome]
            if wide is None:
                values, timepoints = members[[outcome]].to_numpy(dtype=float), [family.timepoint]
            else:
                values = wide[outcome][chosen]
                timepoints = [f"{family.timepoint}_{m}" for m in sorted(months["month"].unique())]
            for model_name, model in family.models.items():
                if not model.is_for(outcome):
                    continue
                shared = {"group": group, "outcome": outcome, "model": model_name}
                if family.subgroups:
                    for subgroup in family.subgroups:
                        found = estimate_subgroup(
                            members, subgroup, outcome, model, setting.level, unit
                        )
                        rows += [shared | {"timepoint": family.timepoint} | row for row in found]
                    continue
                for row in estimate(members, values, outcome, model, setting, unit):
                    rows.append(shared | {"timepoint": timepoints[row.pop("position")]} | row)
    return tidy(rows, trial, name)


def estimate_by_linkage(by_linkage: pd.DataFrame, people: pd.DataFrame, **arguments):
    """Return estimates of a family under every way of linking, named in the column subgroup.

    `by_linkage` has method, person_id and what the linked sources say; `arguments` are those of
    estimate_family.
    """
    frames = []
    for method, known in by_linkage.groupby("method", sort=False):
        known = known.drop(columns="method").set_index("person_id").loc[people["person_id"]]
        own = people.assign(**{name: known[name].to_numpy() for name in known})
        frames.append(estimate_family(people=own, **arguments).assign(subgroup=method))
    if not frames:
        raise InputError(
            "nothing was linked, so there are no ways of linking to compare",
            rule=f"families.{arguments['name']}.by_linkage",
            remedy="leave the family out of models.yaml",
        )
    return pd.concat(frames, ignore_index=True)


def estimate(
    members: pd.DataFrame,
    values: np.ndarray,
    outcome: str,
    model: Model,
    setting: Setting,
    unit: str,
) -> Iterator[dict]:
    """Yield the rows of one model of outcomes (n x m) of the members (n) of a group.

    `outcome` names what the m columns measure; a row's `position` says which column it is of.
    """
    match model.estimator:
        case "lee":
            yield from _bounds(members, values[:, 0], setting.level, unit)
        case "imputation":
            yield from _imputed(members, values[:, 0], outcome, model, setting, unit)
        case "logit":
            for sample in samples(members, values, model):
                yield from _logits(sample, outcome, model, setting.level, unit)
        case _:
            for sample in samples(members, values, model):
                effects = _linear(sample, outcome, model)
                for i in range(len(sample.positions)):
                    yield _row(sample, i, effects, i, setting.level, unit)


def _by_month(family: Family, people, months) -> dict[str, np.ndarray]:
    """Return each measure as people x months, in the order of people."""
    return {
        measure: months.pivot(index="person_id", columns="month", values=measure)
        .loc[people["person_id"]]
        .to_numpy(dtype=float)
        for measure in family.outcomes
    }


def _row(sample: Sample, i: int, effects: Effects, j: int, level: float, unit: str) -> dict:
    """Return the row of outcome i of a sample, whose effect is the j-th."""
    value = float(effects.estimate[0, j])
    return {
        "position": int(sample.positions[i]),
        **inference(value, float(effects.std_error[0, j]), effects.df, level),
        **described(sample.outcomes[:, i], sample.treated, sample.counts, value, unit),
        "dropped_n": sample.dropped,
    }


def _linear(sample: Sample, outcome: str, model: Model) -> Effects:
    design = sample.design(model, outcome)
    if model.estimator == "iv":
        received = sample.people[model.received].to_numpy(dtype=float)
        return iv_effects(sample.outcomes, design, received, model.covariance, sample.weights)
    return ols_effects(sample.outcomes, design, model.covariance, sample.weights)


def _logits(sample: Sample, outcome: str, model: Model, level: float, unit: str) -> Iterator[dict]:
    """Yield average marginal effects, of the people whom nothing predicts perfectly."""
    design = sample.design(model, outcome)
    for i, y in enumerate(sample.outcomes.T):
        fit = fit_logit(y, design, model.covariance)
        used = Sample(
            sample.people[fit.used],
            y[fit.used, None],
            sample.positions[[i]],
            None,
            sample.dropped + int((~fit.used).sum()),
        )
        yield _row(used, 0, fit.effects, 0, level, unit)


def _bounds(members: pd.DataFrame, y: np.ndarray, level: float, unit: str) -> Iterator[dict]:
    treated, known = members["arm"].to_numpy() == 1, ~np.isnan(y)
    for term, (value, error) in lee_bounds(y, treated).items():
        yield {
            "position": 0,
            "term": term,
            **inference(value, error, None, level),
            **described(y[known], treated[known], np.ones(known.sum()), value, unit),
            "dropped_n": int((~known).sum()),
        }


def _imputed(
    members: pd.DataFrame,
    y: np.ndarray,
    outcome: str,
    model: Model,
    setting: Setting,
    unit: str,
) -> Iterator[dict]:
    """Yield one row: the effect pooled over completed data sets of one outcome."""
    eligible = np.ones(len(members), dtype=bool)
    if model.weight:
        eligible = members[model.weight].notna().to_numpy()
    whole = next(samples(members[eligible], np.zeros((eligible.sum(), 1)), model))
    design, y = whole.design(model, outcome), y[eligible]
    filled = completed(y, whole.treated, design.matrix, model.imputations, setting.streams, outcome)
    effects = ols_effects(filled, design, model.covariance, whole.weights)
    value, error, df = pooled(effects.estimate[0], effects.std_error[0], effects.df)
    known = ~np.isnan(y)
    yield {
        "position": 0,
        **inference(value, error, df, setting.level),
        **described(filled.mean(axis=1), whole.treated, whole.counts, value, unit),
        "effect_sd": value / filled[~whole.treated].std(ddof=1),
        "dropped_n": int((~eligible).sum()),
        "n": int(known.sum()),
    }
