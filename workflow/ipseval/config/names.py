"""Collects names that one declaration uses and none declares."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .base import suggest

if TYPE_CHECKING:
    from .declared import TrialConfig

# Columns of people.parquet that every trial has; a covariate may use them but not redefine them.
PEOPLE = [
    "person_id",
    "trial_group",
    "site",
    "area",
    "arm",
    "randomised_on",
    "weight",
    "stratum",
    "allocation_order",
    "allocation_ratio",
]
MEASURES = ["employed", "days_employed", "pay"]
BENEFIT_MEASURES = ["on_benefit", "days_on_benefit", "benefit_amount", "employed_and_on_benefit"]


class Names:
    """Collects names that nothing declares; `where` is the key in the file."""

    def __init__(self, paths: dict[str, Path]):
        self._paths = paths
        self.problems: list[InputError] = []

    def known(self, file: str, where: str, names: Iterable[object], known: Iterable[str]) -> None:
        """Note each name that is not among the known ones; None is no name."""
        known = list(known)
        for name in names:
            if name is not None and name not in known:
                self.say(file, where, f"unknown name '{name}'{suggest(str(name), known)}")

    def say(self, file: str, where: str, problem: str) -> None:
        """Note a problem once, however often the name is used."""
        error = InputError(problem, file=self._paths[file], rule=where)
        if str(error) not in [str(other) for other in self.problems]:
            self.problems.append(error)


def columns_of(config: TrialConfig, table: str) -> list[str]:
    """Return the columns that a table declares, none if there is no such table."""
    declared = config.extracts.tables.get(table)
    return list(declared.columns) if declared else []


def measures_of(config: TrialConfig) -> list[str]:
    """Return the measures of months.parquet of a trial."""
    months = config.outcomes.months
    return MEASURES + (BENEFIT_MEASURES if months and months.benefits else [])


# In samples.csv: the flow to the people randomised, where a trial declares who never was.
BEFORE = "before randomisation"

# Between the name of a weight and the number of its replicate.
REPLICATE = "_replicate_"


def replicate(weight: str, number: int) -> str:
    """Return the column of people that holds a replicate of a weight."""
    return f"{weight}{REPLICATE}{number:03d}"
