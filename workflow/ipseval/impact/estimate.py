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
from .counts import fit_zero_inflated
from .estimators import Effects, iv_effects, ols_effects
from .homogeneity import estimate_homogeneity
from .imputation import completed, pooled
from .logit import Logit, fit_firth, fit_sample
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
    found = _family(family, groups, units, people, months, setting)
    return tidy(found, trial, name)


def _family(family: Family, groups, units, people, months, setting: Setting) -> Iterator[dict]:
    wide = _by_month(family, people, months) if family.by_month else {}
    for group in family.groups:
        chosen = members_of(people, groups[group], group)
        members = people[chosen]
        for model_name, model in family.models.items():
            shared = {"group": group, "model": model_name, "timepoint": family.timepoint}
            for outcomes in model.alike(family.outcomes):
                if family.by_month:
                    found = _curves(members, wide, chosen, outcomes, family, model, setting)
                elif family.subgroups:
                    found = _levels(members, outcomes, family.subgroups, model, setting, units)
                else:
                    values = members[outcomes].to_numpy(dtype=float)
                    found = estimate(members, values, outcomes, model, setting, units)
                yield from (shared | row for row in found)
                if _compares_sites(family, group, model):
                    yield from (shared | row for row in _sites(members, outcomes, family, model))


def _compares_sites(family: Family, group: str, model: Model) -> bool:
    pooled = family.homogeneity is not None and family.homogeneity.group == group
    return pooled and model.estimator == "logit" and not model.interaction


def _sites(members, outcomes: list[str], family: Family, model: Model) -> Iterator[dict]:
    for outcome in outcomes:
        for row in estimate_homogeneity(members, outcome, model, family.homogeneity):
            yield {"outcome": outcome} | row


def _levels(members, outcomes, subgroups, model: Model, setting: Setting, units):
    for outcome in outcomes:
        for subgroup in subgroups:
            found = estimate_subgroup(
                members, subgroup, outcome, model, setting.level, units[outcome]
            )
            yield from ({"outcome": outcome} | row for row in found)


def _curves(members, wide, chosen, measures, family: Family, model: Model, setting: Setting):
    """Yield rows of every month of each measure; `wide` holds (months, people x months)."""
    for measure in measures:
        months, values = wide[measure]
        names = [measure] * len(months)
        for row in estimate(members, values[chosen], names, model, setting, MONTH_UNITS):
            yield row | {"timepoint": f"{family.timepoint}_{months[row['position']]}"}


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
    names: list[str],
    model: Model,
    setting: Setting,
    units: dict[str, str],
) -> Iterator[dict]:
    """Yield the rows of one model of outcomes (n x m) of the members (n) of a group.

    `names` (m) are the outcomes, which share the covariates of the model; a row's `position` says
    which column it is of.
    """
    match model.estimator:
        case "lee" | "imputation":
            one = _bounds if model.estimator == "lee" else _imputed
            for i, name in enumerate(names):
                found = one(members, values[:, i], name, model, setting, units[name])
                yield from ({"outcome": name, "position": i} | row for row in found)
        case "logit" | "firth":
            for sample in samples(members, values, model):
                yield from _logits(sample, names, model, setting.level, units)
        case "zinb":
            for sample in samples(members, values, model):
                yield from _counts(sample, names, model, setting.level, units)
        case _:
            for sample in samples(members, values, model):
                effects = _linear(sample, names[0], model)
                for i in range(len(sample.positions)):
                    yield _row(sample, i, effects, i, setting.level, names, units)


def _by_month(family: Family, people, months) -> dict[str, tuple[list[int], np.ndarray]]:
    """Return the months, and each measure as people x months in the order of people."""
    found = {}
    for measure in family.outcomes:
        wide = months.pivot(index="person_id", columns="month", values=measure)
        values = wide.loc[people["person_id"]].to_numpy(dtype=float)
        found[measure] = list(wide.columns), values
    return found


def _row(sample: Sample, i: int, effects: Effects, j: int, level: float, names, units) -> dict:
    """Return the row of outcome i of a sample, whose effect is the j-th."""
    value, position = float(effects.estimate[0, j]), int(sample.positions[i])
    name = names[position]
    y = sample.outcomes[:, i]
    return {
        "outcome": name,
        "position": position,
        **inference(value, float(effects.std_error[0, j]), effects.df, level),
        **described(y, sample.treated, sample.counts, value, units[name]),
        "dropped_n": sample.dropped,
    }


def _linear(sample: Sample, outcome: str, model: Model) -> Effects:
    design = sample.design(model, outcome)
    if model.estimator == "iv":
        received = sample.people[model.received].to_numpy(dtype=float)
        return iv_effects(sample.outcomes, design, received, model.covariance, sample.weights)
    return ols_effects(sample.outcomes, design, model.covariance, sample.weights)


def _logits(sample: Sample, names, model: Model, level: float, units) -> Iterator[dict]:
    """Yield the average marginal effect, and what else the model asks for, of each outcome.

    Means are of everybody whose outcome is known, also of people left out as perfectly predicted.
    """
    everybody = np.ones(len(sample.people), dtype=bool)
    for i, y in enumerate(sample.outcomes.T):
        name = names[sample.positions[i]]
        if model.estimator == "firth":
            used, fit = sample.part(everybody, i), fit_firth(y, sample.design(model, name))
            dropped = {}
        else:
            used, fit, dropped = fit_sample(sample.part(everybody, i), name, model)
        shared = {
            "outcome": name,
            "position": int(sample.positions[i]),
            "n": len(used.people),
            "n_treatment": int(used.treated.sum()),
            "n_control": int((~used.treated).sum()),
            "dropped_n": used.dropped,
        }
        value, error = fit.average_marginal_effect()
        means = described(y, sample.treated, sample.counts, value, units[name])
        yield means | shared | inference(value, error, None, level)
        if model.interaction:
            yield from (shared | row for row in _margins(fit, model.interaction, level))
        if model.coefficients:
            yield from (shared | row for row in _coefficients(fit, dropped, level))


def _margins(fit: Logit, interaction: str, level: float) -> Iterator[dict]:
    for other in (0, 1):
        for arm in (0, 1):
            value, error = fit.margin_and_error(**{"arm": arm, interaction: other})
            yield {
                "term": f"margin arm={arm}, {interaction}={other}",
                "unit": "proportion",
                **inference(value, error, None, level),
            }


def _coefficients(fit: Logit, dropped: dict[str, int], level: float) -> Iterator[dict]:
    """Yield log odds, and how many people each column left out had predicted perfectly."""
    for name, value, error in zip(fit.names, fit.coefficients, fit.std_errors, strict=True):
        row = inference(float(value), float(error), None, level)
        yield {"term": f"log odds {name}", "unit": "log odds", **row}
    for name, people in dropped.items():
        yield {"term": f"perfectly predicted {name}", "unit": "log odds", "dropped_n": people}


def _counts(sample: Sample, names, model: Model, level: float, units) -> Iterator[dict]:
    """Yield the effect on the mean count, and perhaps every coefficient, of each outcome."""
    for i, y in enumerate(sample.outcomes.T):
        name = names[sample.positions[i]]
        fit = fit_zero_inflated(y, sample.design(model, name), model.covariance)
        shared = {
            "outcome": name,
            "position": int(sample.positions[i]),
            "n": len(y),
            "dropped_n": sample.dropped,
        }
        value, error = fit.average_marginal_effect()
        means = described(y, sample.treated, sample.counts, value, units[name])
        yield means | shared | inference(value, error, None, level)
        if model.coefficients:
            for term, found, its in zip(fit.names, fit.coefficients, fit.std_errors, strict=True):
                row = inference(float(found), float(its), None, level)
                yield shared | {"term": term, "unit": "log", **row}


def _bounds(
    members: pd.DataFrame, y: np.ndarray, outcome: str, model: Model, setting: Setting, unit: str
) -> Iterator[dict]:
    """Yield two rows: the lower and the upper bound."""
    treated, known = members["arm"].to_numpy() == 1, ~np.isnan(y)
    for term, (value, error) in lee_bounds(y, treated).items():
        yield {
            "term": term,
            **inference(value, error, None, setting.level),
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
        **inference(value, error, df, setting.level),
        **described(filled.mean(axis=1), whole.treated, whole.counts, value, unit),
        "effect_sd": value / filled[~whole.treated].std(ddof=1),
        "dropped_n": int((~eligible).sum()),
        # People whose outcome is known, whoever was completed.
        "n": int(known.sum()),
        "n_treatment": int((known & whole.treated).sum()),
        "n_control": int((known & ~whole.treated).sum()),
    }
