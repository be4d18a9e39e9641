"""Estimates of one declared family: one tidy row a group, outcome and model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..config.models import Family, Homogeneity, Model
from ..config.trial import Group
from ..errors import InputError
from .samples import members_of
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
        chosen = members_of(people, groups[group], group)
        members = people[chosen]
        for model_name, model in family.models.items():
            shared = {"group": group, "model": model_name, "timepoint": family.timepoint}
            for outcomes in model.alike(family.outcomes):
                if family.by_month:
                    rows = _curves(members, wide, chosen, outcomes, family, model, settings)
                elif family.subgroups:
                    rows = _levels(members, outcomes, family, model, settings, units)
                else:
                    values = members[outcomes].to_numpy(dtype=float)
                    rows = model.estimates(members, values, outcomes, settings, units)
                yield from (shared | row for row in rows)
                spec = family.homogeneity
                if spec is not None and spec.group == group and model.compares_sites:
                    yield from (shared | row for row in _sites(members, outcomes, spec, model))


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
    """Return the months, and each measure as people x months in the order of people."""
    curves = {}
    for measure in family.outcomes:
        wide = months.pivot(index="person_id", columns="month", values=measure)
        values = wide.loc[people["person_id"]].to_numpy(dtype=float)
        curves[measure] = list(wide.columns), values
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
            "nothing was linked, so there are no ways of linking to compare",
            rule=f"families.{arguments['name']}.by_linkage",
            remedy="leave the family out of models.yaml",
        )
    return pd.concat(frames, ignore_index=True)
