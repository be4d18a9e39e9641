"""Design matrices of the logits, once perfectly predicted people are left out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import logit
from .models import PrintedLogit, columns, sample


@dataclass(frozen=True)
class LogitDesign:
    """One logit: people (positions), column names (the time dummies have none), x and y."""

    position: np.ndarray
    names: list[str]
    x: np.ndarray
    y: np.ndarray


def build(model: PrintedLogit, people: pd.DataFrame, outcome: np.ndarray) -> LogitDesign:
    """Return the design of a model; outcome has one value for each row of people.

    Months without variation go, and with them a reference month: the first of those left is the
    reference.
    """
    position = sample(model, people)
    sampled, y = people.iloc[position], outcome[position]
    covariates, month = columns(model, sampled), sampled["month"].to_numpy()
    dummies = [v for n, v in covariates.items() if n.startswith("benefit_") or n == "sex_not_known"]
    stacked = np.column_stack(dummies) if dummies else np.zeros((len(sampled), 0))
    keep = logit.kept(y, month, stacked)
    covariates = {name: values[keep] for name, values in covariates.items() if values[keep].any()}
    later = np.unique(month[keep])[1:]
    x = np.column_stack([*covariates.values(), *((month[keep] == m).astype(float) for m in later)])
    return LogitDesign(position[keep], list(covariates), x, y[keep])
