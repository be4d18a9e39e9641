"""Who enters an estimate: people whose outcome, and weight where there is one, is known."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config.models import Model
from ..config.trial import Group
from ..errors import InputError
from .design import Design, build_design


@dataclass(frozen=True)
class Sample:
    """People (n rows) with outcomes (n x m) at `positions` (m) of all that were asked for.

    weights (n) are None where everybody counts once; dropped is how many of the group are left out.
    """

    people: pd.DataFrame
    outcomes: np.ndarray
    positions: np.ndarray
    weights: np.ndarray | None
    dropped: int

    @property
    def treated(self) -> np.ndarray:
        return self.people["arm"].to_numpy() == 1

    @property
    def counts(self) -> np.ndarray:
        """What each person counts for in a mean (n)."""
        return np.ones(len(self.people)) if self.weights is None else self.weights

    def part(self, inside: np.ndarray, i: int) -> "Sample":
        """Return some of the people (n, bool) with their i-th outcome."""
        return Sample(
            self.people[inside],
            self.outcomes[inside][:, [i]],
            self.positions[[i]],
            None if self.weights is None else self.weights[inside],
            self.dropped + int((~inside).sum()),
        )

    def design(self, model: Model, outcome: str) -> Design:
        covariates = model.adjusted_for(outcome)
        return build_design(
            self.people,
            covariates,
            interacted=model.estimator == "lin",
            weights=self.weights,
            interaction=model.interaction,
        )


def members_of(people: pd.DataFrame, group: Group, name: str) -> np.ndarray:
    """Return who belongs to an analysis group (bool); refuse a group that lacks an arm."""
    chosen = people["trial_group"].isin(group.trial_groups).to_numpy()
    if people.loc[chosen, "arm"].nunique() < 2:
        raise InputError(
            f"group '{name}' lacks an arm",
            table="people",
            rule="people in both arms",
            remedy="leave the group out of models.yaml",
        )
    return chosen


def samples(members: pd.DataFrame, values: np.ndarray, model: Model) -> Iterator[Sample]:
    """Yield the samples of outcomes (n x m): those missing for the same people share one."""
    known = ~np.isnan(values)
    for name in (model.weight, model.received, model.interaction):
        if name:
            known &= members[name].notna().to_numpy()[:, None]
    # Packed to bytes, patterns are compared at once, not person by person.
    packed = [column.tobytes() for column in np.packbits(known, axis=0).T]
    for pattern in sorted(set(packed)):
        columns = np.array([i for i, own in enumerate(packed) if own == pattern])
        keep = known[:, columns[0]]
        sample = members[keep]
        if sample["arm"].nunique() < 2:
            raise InputError(
                f"the outcome is known of {len(sample)} people, not of both arms",
                table="people",
                rule="an outcome known of people in both arms",
                remedy="look at linkage/quality.csv: is anybody linkable?",
            )
        weights = sample[model.weight].to_numpy(dtype=float) if model.weight else None
        yield Sample(sample, values[np.ix_(keep, columns)], columns, weights, int((~keep).sum()))
