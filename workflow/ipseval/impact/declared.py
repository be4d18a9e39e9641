"""Estimates of one family, or of hypotheses tested together, as models.yaml declares them."""

from collections.abc import Callable

import pandas as pd

from ..arms import CODES
from ..config.models import Models
from ..config.trial import Group
from ..streams import Streams
from .estimate import estimate_by_linkage, estimate_family
from .hypotheses import joint_tests
from .settings import EstimationSettings


def estimate_declared(
    trial: str,
    name: str,
    config: dict,
    seed: int,
    people: pd.DataFrame,
    months: pd.DataFrame,
    by_linkage: pd.DataFrame,
    say: Callable[[str], object] = str,
) -> pd.DataFrame:
    """Return the table (columns of impact/table.py) of the family or the tests called `name`.

    `config` has models (models.yaml, as far as the name needs it), groups, names of the arms, units
    of outcomes and block_sizes of the randomisation; the tables are those of the outcomes stage.
    `say` is told what could not be used.
    """
    models = Models.model_validate(config["models"])
    groups = {key: Group.model_validate(group) for key, group in config["groups"].items()}
    streams, arms = Streams(seed, f"{trial}|{name}"), tuple(config.get("arms", CODES))
    settings = EstimationSettings(models.confidence_level, streams, say, arms)
    if name in models.tests:
        return joint_tests(
            trial, name, models, groups, config["units"], people, config["block_sizes"], settings
        )
    family = models.families[name]
    arguments = {
        "trial": trial,
        "name": name,
        "family": family,
        "groups": groups,
        "units": config["units"],
        "people": people,
        "months": months,
        "settings": settings,
    }
    if family.by_linkage:
        return estimate_by_linkage(by_linkage, **arguments)
    return estimate_family(**arguments)
