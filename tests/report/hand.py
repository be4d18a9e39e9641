"""Hand-made results of a trial: just what builders of exhibits read."""

from types import SimpleNamespace

import pandas as pd

from ipseval.config.models import Models
from ipseval.config.trial import Group
from ipseval.impact.table import COLUMNS
from ipseval.report.data import Data

GROUPS = {
    "north": Group(label="North", trial_groups=["n"]),
    "all": Group(label="All", trial_groups=["n", "s"]),
}
MODEL = {"label": "Adjusted", "estimator": "ols", "covariance": "HC1"}


def family(outcomes: list[str], models: dict | None = None, **more) -> dict:
    """Return a family of models.yaml of both groups."""
    models = models or {"ols": MODEL}
    known = {"label": "A family", "timepoint": "12", "groups": list(GROUPS)}
    return known | {"outcomes": outcomes, "models": models} | more


def estimate(group: str, outcome: str, model: str = "ols", **more) -> dict:
    """Return a row of estimates; what is not given is the same for all."""
    row = dict.fromkeys(COLUMNS) | {"subgroup": "all", "term": "arm", "unit": "proportion"}
    numbers = {"estimate": 0.02, "std_error": 0.015, "ci_low": -0.01, "ci_high": 0.05}
    numbers |= {"p_value": 0.2, "n": 100}
    arms = {"n_treatment": 50, "n_control": 50, "mean_control": 0.4, "mean_treatment": 0.42}
    arms |= {"n_mean_control": 50, "n_mean_treatment": 50}
    return row | {"group": group, "outcome": outcome, "model": model} | numbers | arms | more


def results(families: dict, rows: dict[str, list[dict]], tests: dict | None = None) -> Data:
    """Return the results of a trial with these families and estimates."""
    labels = {"work": "Work", "pay": "Pay", "score": "Score"}
    outcomes = {name: SimpleNamespace(label=label) for name, label in labels.items()}
    config = SimpleNamespace(
        models=Models.model_validate({"families": families, "tests": tests or {}}),
        trial=SimpleNamespace(groups=GROUPS, currency="£"),
        outcomes=SimpleNamespace(outcomes=outcomes, derived=outcomes),
        exhibits=SimpleNamespace(low_quality_below=None),
    )
    codes = {"young": "Young", "old": "Old", "north": "North", "all": "All"}
    data = Data(None, config, True, codes)
    tables = {name: pd.DataFrame(part, columns=COLUMNS) for name, part in rows.items()}
    object.__setattr__(data, "impact", tables.__getitem__)
    return data


def value_at(cells: pd.DataFrame, panel: str, row: str, column: str):
    """Return (value, printed) of one cell."""
    chosen = (cells["panel"] == panel) & (cells["row"] == row) & (cells["column"] == column)
    (found,) = cells[chosen].itertuples()
    return found.value, found.printed
