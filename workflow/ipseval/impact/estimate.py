"""Estimates of one declared family: one tidy row a group, outcome and model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..config.models import Family, Homogeneity, Model
from ..config.trial import Group
from ..errors import InputError, NotEstimableError
from .samples import compared, members_of
from .settings import EstimationSettings
from .table import tidy

MONTH_UNITS = {
    "employed": "proportion",
    "days_employed": "days",
    "pay": "GBP",
    "on_benefit": "proportion",
    "days_on_benefit": "days",
    "benefit_amount": "GBP",
    "employed_and_on_benefit": "proportion",
}
# A standard error of this share of the outcome's deviation is one of rounding.
ROUNDING = 1e-9
Row = dict[str, Any]
Curves = dict[str, tuple[list[int], np.ndarray]]


def estimate_family(
    trial: str,
    name: str,
    family: Family,
    groups: dict[str, Group],
    units: dict[str, str],
    people: pd.DataFrame,
    months: pd.DataFrame,
    settings: EstimationSettings,
) -> pd.DataFrame:
    """Return the intention-to-treat estimates of a family (columns of impact/table.py).

    `units` maps an outcome to its unit; `months` is used by families estimated by month.
    Everyone randomised whose outcome is known counts, in the arm they were randomised to.
    """
    rows = _family(family, groups, units, people, months, settings)
    return tidy(rows, trial, name)


def _family(
    family: Family,
    groups: dict[str, Group],
    units: dict[str, str],
    people: pd.DataFrame,
    months: pd.DataFrame,
    settings: EstimationSettings,
) -> Iterator[Row]:
    wide = _by_month(family, people, months) if family.by_month else {}
    for group in family.groups:
        spec = groups[group]
        for model_name, model in family.models.items():
            others = model.keeps_other_arms
            shared = {"group": group, "model": model_name, "timepoint": family.timepoint}
            shared |= comparison_of(spec, settings.arms)
            try:
                chosen = members_of(people, spec, group, settings.arms, others)
            except NotEstimableError as problem:
                if not spec.is_declared or not family.has_one_row:
                    raise
                settings.say(f"{group}: not estimated, for {problem.problem}")
                for name in family.outcomes:
                    yield shared | lost_row(name, 0, 0, units[name], problem)
                continue
            members = compared(people[chosen], spec, settings.arms)
            for outcomes in model.alike(family.outcomes):
                if family.by_month:
                    rows = _curves(members, wide, chosen, outcomes, family, model, settings)
                elif family.subgroups:
                    rows = _levels(members, outcomes, family, model, settings, units)
                else:
                    rows = estimates_or_reasons(members, outcomes, model, settings, units)
                yield from (shared | row for row in rows)
                sites = family.homogeneity
                if sites is not None and sites.group == group and model.compares_sites:
                    yield from (shared | row for row in _sites(members, outcomes, sites, model))


def comparison_of(group: Group, arms: Sequence[str]) -> Row:
    """Return what rows say of the arms that a group compares, and of its population."""
    row: Row = {"population": group.sample} if group.sample else {}
    if group.is_declared:
        treatment, control = ("|".join(arms[i] for i in side) for side in group.sides(arms))
        row |= {"treatment_arms": treatment, "control_arms": control}
    return row


def estimates_or_reasons(
    members: pd.DataFrame,
    outcomes: list[str],
    model: Model,
    settings: EstimationSettings,
    units: dict[str, str],
) -> Iterator[Row]:
    """Yield the estimates of outcomes with the same covariates.

    Where one of them cannot be had, the others are made each by itself, and its row says why.
    """
    values = members[outcomes].to_numpy(dtype=float)
    try:
        _refuse_constants(values)
        rows: list[Row] = list(model.estimates(members, values, outcomes, settings, units))
        _refuse_errors_of_rounding(rows, values)
    except NotEstimableError as problem:
        if len(outcomes) > 1:
            for name in outcomes:
                yield from estimates_or_reasons(members, [name], model, settings, units)
            return
        name, y = outcomes[0], values[:, 0]
        settings.say(f"{name}: not estimated, for {problem.problem}")
        known = int((~np.isnan(y)).sum())
        yield lost_row(name, known, len(y) - known, units[name], problem)
        return
    yield from rows


def lost_row(outcome: str, n: int, dropped: int, unit: str, problem: NotEstimableError) -> Row:
    """Return the row of an effect that is not estimated, which says why."""
    return {
        "outcome": outcome,
        "position": 0,
        "n": n,
        "dropped_n": dropped,
        "unit": unit,
        "not_estimated": problem.problem,
    }


def _refuse_constants(values: np.ndarray) -> None:
    """Refuse outcomes (n x m) that are the same of everybody: their error is one of rounding."""
    for column in values.T:
        known = column[~np.isnan(column)]
        if len(known) > 1 and np.ptp(known) == 0:
            raise NotEstimableError(
                "everybody of whom it is known has the same outcome",
                table="people",
                rule="an outcome that varies",
            )


def _refuse_errors_of_rounding(rows: list[Row], values: np.ndarray) -> None:
    """Refuse effects whose error is nothing but rounding: the same outcome of everybody in an arm.

    No interval and no p-value can be had of them, while another arm may well have a variance.
    """
    for row in rows:
        error = row.get("std_error")
        if error is None or np.isnan(error) or row.get("term", "arm") != "arm":
            continue
        column = values[:, row.get("position", 0)]
        size = max(float(np.nanstd(column)), abs(row["estimate"]))
        if error <= ROUNDING * size:
            raise NotEstimableError(
                "in each arm compared everybody has the same outcome, so the effect has no error",
                table="people",
                rule="an outcome that varies within an arm",
            )


def _sites(
    members: pd.DataFrame, outcomes: list[str], spec: Homogeneity, model: Model
) -> Iterator[Row]:
    for outcome in outcomes:
        for row in model.site_tests(members, outcome, spec):
            yield {"outcome": outcome} | row


def _levels(
    members: pd.DataFrame,
    outcomes: list[str],
    family: Family,
    model: Model,
    settings: EstimationSettings,
    units: dict[str, str],
) -> Iterator[Row]:
    for outcome in outcomes:
        for subgroup in family.subgroups:
            for row in model.subgroup_effects(
                members, subgroup, outcome, settings.level, units[outcome]
            ):
                yield {"outcome": outcome} | row


def _curves(
    members: pd.DataFrame,
    wide: Curves,
    chosen: np.ndarray,
    measures: list[str],
    family: Family,
    model: Model,
    settings: EstimationSettings,
) -> Iterator[Row]:
    """Yield rows of every month of each measure; `wide` holds (months, people x months)."""
    for measure in measures:
        months, values = wide[measure]
        names = [measure] * len(months)
        rows: Iterator[Row] = model.estimates(members, values[chosen], names, settings, MONTH_UNITS)
        for row in rows:
            yield row | {"timepoint": f"{family.timepoint}_{months[row['position']]}"}


def _by_month(family: Family, people: pd.DataFrame, months: pd.DataFrame) -> Curves:
    """Return the months, and each measure as people x months in the order of people.

    Whose row it is is asked once for all measures: a million people have 30 million of them.
    """
    row = pd.Index(people["person_id"]).get_indexer(pd.Index(months["person_id"]))
    named, column = np.unique(months["month"].to_numpy(), return_inverse=True)
    own, shape = row >= 0, (len(people), len(named))
    places = row[own] * len(named) + column[own]
    rows = np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)
    if rows.max(initial=0) > 1 or not rows.any(axis=1).all():
        raise ValueError("months have a row a month of everybody, and not more than one")
    curves = {}
    for measure in family.outcomes:
        values = np.full(shape, np.nan)
        values.flat[places] = months[measure].to_numpy(dtype=float, na_value=np.nan)[own]
        curves[measure] = named.tolist(), values
    return curves


def estimate_by_linkage(
    by_linkage: pd.DataFrame, people: pd.DataFrame, **arguments: Any
) -> pd.DataFrame:
    """Return estimates of a family under every way of linking, named in the column subgroup.

    `by_linkage` has method, person_id and what the linked sources say; `arguments` are those of
    estimate_family.
    """
    frames = []
    for method, known in by_linkage.groupby("method", sort=False):
        known = known.drop(columns="method").set_index("person_id").loc[people["person_id"]]
        linked = people.assign(**{name: known[name].to_numpy() for name in known})
        frames.append(estimate_family(people=linked, **arguments).assign(subgroup=method))
    if not frames:
        raise InputError(
            "nothing was linked, so there are no linkage methods to compare",
            rule=f"families.{arguments['name']}.by_linkage",
            remedy="leave the family out of models.yaml",
        )
    return pd.concat(frames, ignore_index=True)
