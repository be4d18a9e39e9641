"""Who enters an estimate: people whose outcome, and weight where there is one, is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..arms import are_both_in, treated
from ..errors import InputError
from ..lazy import np, pd

if TYPE_CHECKING:
    from ..config.models import Model
    from ..config.trial import Group


@dataclass(frozen=True)
class AnalysisSample:
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
        return treated(self.people)

    @property
    def counts(self) -> np.ndarray:
        """What each person counts for in a mean (n)."""
        return np.ones(len(self.people)) if self.weights is None else self.weights

    def part(self, inside: np.ndarray, i: int) -> AnalysisSample:
        """Return some of the people (n, bool) with their i-th outcome."""
        return AnalysisSample(
            self.people[inside],
            self.outcomes[inside][:, [i]],
            self.positions[[i]],
            None if self.weights is None else self.weights[inside],
            self.dropped + int((~inside).sum()),
        )


def members_of(people: pd.DataFrame, group: Group, name: str) -> np.ndarray:
    """Return who belongs to an analysis group (bool); refuse a group that lacks an arm."""
    chosen = people["trial_group"].isin(group.trial_groups).to_numpy()
    if not are_both_in(people[chosen]):
        raise InputError(
            f"group '{name}' lacks an arm",
            table="people",
            rule="people in both arms",
            remedy="leave the group out of models.yaml",
        )
    return chosen


def samples(members: pd.DataFrame, values: np.ndarray, model: Model) -> Iterator[AnalysisSample]:
    """Yield the samples of outcomes (n x m): those missing for the same people share one.

    They come in the order of their first outcomes, whoever stands first among the people.
    """
    known = ~np.isnan(values)
    for name in model.must_be_known:
        known &= members[name].notna().to_numpy()[:, None]
    # Packed to bytes, patterns are compared at once, not person by person.
    packed = [column.tobytes() for column in np.packbits(known, axis=0).T]
    for pattern in dict.fromkeys(packed):
        columns = np.array([i for i, one in enumerate(packed) if one == pattern])
        keep = known[:, columns[0]]
        sample = members[keep]
        if not are_both_in(sample):
            raise InputError(
                f"the outcome is known of {len(sample)} people, not of both arms",
                table="people",
                rule="an outcome known of people in both arms",
                remedy="look at linkage/quality.csv: is anybody linkable?",
            )
        weights = sample[model.weighted_by].to_numpy(dtype=float) if model.weighted_by else None
        yield AnalysisSample(
            sample, values[np.ix_(keep, columns)], columns, weights, int((~keep).sum())
        )
