"""Influence of each person on an estimate, from which estimates are known to vary together."""

import numpy as np
import pandas as pd

from ..config.models import Model, Models, takers
from ..config.trial import Group
from ..errors import InputError
from .samples import members_of, samples

COLUMNS = ["group", "impact", "other_group", "other_impact", "covariance", "n_both"]


def joint_covariance(
    models: Models,
    groups: dict[str, Group],
    impacts: dict[str, tuple[str, str, str]],
    appraised: list[str],
    people: pd.DataFrame,
) -> pd.DataFrame:
    """Return the covariance of impacts of all groups, one row a pair (columns COLUMNS).

    `impacts` maps a name to (family, model, outcome), `appraised` names groups. Estimates are
    stacked: with influence functions f and g of the same people, the covariance of two estimates
    is the sum of f g over people (Weesie 1999, Stata Technical Bulletin 49:34, Stata's suest;
    White 1982, Econometrica 50:1). Each influence carries its model's small-sample factor, so that
    the variance of an estimate is the squared standard error of its family. Rows are the lower
    triangle with the diagonal; n_both is the number of people in both estimates.

    Raises InputError for an estimator or a covariance without an influence function here.
    """
    keys, columns = [], []
    for group in appraised:
        members = np.flatnonzero(members_of(people, groups[group], group))
        for name, (family, model, outcome) in impacts.items():
            declared = models.families[family].models[model]
            keys.append((group, name))
            columns.append(_influence(people, members, declared, outcome, f"{family}.{model}"))
    stacked = np.column_stack(columns)
    covariance = stacked.T @ stacked
    inside = (stacked != 0).astype(float)
    both = inside.T @ inside
    rows, others = np.tril_indices(len(keys))
    return pd.DataFrame(
        {
            "group": [keys[i][0] for i in rows],
            "impact": [keys[i][1] for i in rows],
            "other_group": [keys[i][0] for i in others],
            "other_impact": [keys[i][1] for i in others],
            "covariance": covariance[rows, others],
            "n_both": both[rows, others].astype(int),
        }
    )


def _influence(
    people: pd.DataFrame, members: np.ndarray, model: Model, outcome: str, where: str
) -> np.ndarray:
    """Return the influence of every person (n) on one estimate; 0 for who is not in it."""
    if not model.has_influence:
        raise InputError(
            f"model '{where}' has no influence function here",
            rule=takers("influence_with"),
            remedy="name another model of the family under impacts in economics.yaml",
        )
    placed = people.iloc[members].assign(_place=members)
    sample = next(samples(placed, placed[[outcome]].to_numpy(dtype=float), model))
    used, values = model.influence(sample, outcome)
    influence = np.zeros(len(people))
    influence[used.people["_place"]] = values
    return influence
