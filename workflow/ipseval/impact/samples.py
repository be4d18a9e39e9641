"""Who enters an estimate: people whose outcome, and weight where there is one, is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..arms import CODES, CONTROL, TREATMENT, are_both_in, in_arm, treated
from ..errors import NotEstimableError
from ..lazy import np, pd
from .clusters import described_clusters
from .table import described

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
    clustered_by: str | None = None

    @cached_property
    def treated(self) -> np.ndarray:
        return treated(self.people)

    @cached_property
    def controls(self) -> np.ndarray:
        return in_arm(self.people, CONTROL)

    @property
    def clusters(self) -> np.ndarray | None:
        """Number of the cluster of each person (n), from 0; None where errors have none."""
        if self.clustered_by is None:
            return None
        return pd.factorize(self.people[self.clustered_by], sort=True)[0]

    @cached_property
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
            self.clustered_by,
        )


def members_of(
    people: pd.DataFrame,
    group: Group,
    name: str,
    arms: Sequence[str] = tuple(CODES),
    others: bool = False,
) -> np.ndarray:
    """Return who belongs to an analysis group (bool); refuse a group that lacks an arm.

    `arms` are the arms of the trial by name, control first. Of a group that compares some of them
    nobody else belongs to it, unless `others` are kept.
    """
    chosen = people["trial_group"].isin(group.trial_groups).to_numpy()
    treatment, control = group.sides(arms)
    if group.is_declared and not others:
        chosen = chosen & people["arm"].isin([*treatment, *control]).to_numpy()
    if group.sample:
        chosen = chosen & people[f"sample_{group.sample}"].to_numpy(dtype=bool)
    inside = people.loc[chosen, "arm"]
    if not (inside.isin(treatment).any() and inside.isin(control).any()):
        raise NotEstimableError(
            f"group '{name}' lacks an arm",
            table="people",
            rule="people in both arms",
            remedy="leave the group out of models.yaml",
        )
    return chosen


def compared(
    people: pd.DataFrame, group: Group, arms: Sequence[str] = tuple(CODES)
) -> pd.DataFrame:
    """Return members of a group with the arm that they count in: CODES of the comparison.

    The people of other arms, kept for a model of all, follow with codes of their own. Of a trend
    there is a column `dose` as well.
    """
    if not group.is_declared:
        return people
    treatment, control = group.sides(arms)
    sides = [treatment, control, [i for i in range(len(arms)) if i not in (*treatment, *control)]]
    codes = dict.fromkeys(sides[1], CODES[CONTROL]) | dict.fromkeys(sides[0], CODES[TREATMENT])
    codes |= {arm: len(CODES) + i for i, arm in enumerate(sides[2])}
    found = people.assign(arm=people["arm"].map(codes))
    if group.dose:
        doses = {arms.index(arm): dose for arm, dose in group.dose.items()}
        found = found.assign(dose=people["arm"].map(doses).fillna(0.0))
    return found


def described_sample(
    sample: AnalysisSample, y: np.ndarray, estimate: float, unit: str
) -> dict[str, float | str]:
    """Return what a row says of its sample (table.described), and of its clusters.

    n is everybody in the model; by arm only those compared are counted.
    """
    compared = sample.treated | sample.controls
    # A slice copies nobody, where every arm of the model is compared.
    those = slice(None) if compared.all() else compared
    means = described(y[those], sample.treated[those], sample.counts[those], estimate, unit)
    clusters = described_clusters(y, sample.people["arm"].to_numpy(), sample.clusters)
    return {**means, "n": len(y), **clusters}


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
        # Most outcomes are known of everybody, and people are many columns to copy.
        sample = members if keep.all() else members[keep]
        if not are_both_in(sample):
            raise NotEstimableError(
                f"the outcome is known of {len(sample)} people, not of both arms",
                table="people",
                rule="an outcome known of people in both arms",
                remedy="look at linkage/quality.csv: is anybody linkable?",
            )
        _refuse_too_few(sample, model)
        weights = sample[model.weighted_by].to_numpy(dtype=float) if model.weighted_by else None
        lost = int((~keep).sum())
        by, chosen = model.clustered_by, values[np.ix_(keep, columns)]
        yield AnalysisSample(sample, chosen, columns, weights, lost, by)


def _refuse_too_few(sample: pd.DataFrame, model: Model) -> None:
    """Refuse an arm of one person, or of one cluster, which has no variance."""
    for arm in CODES:
        inside = in_arm(sample, arm)
        if inside.sum() == 1:
            raise NotEstimableError(
                f"the outcome is known of one person in the {arm} arm, who has no variance",
                table="people",
                rule="an outcome known of two people or more in each arm",
            )
        if model.clustered_by and sample.loc[inside, model.clustered_by].nunique() == 1:
            raise NotEstimableError(
                f"the {arm} arm has one cluster, which has no variance between clusters",
                table="people",
                column=model.clustered_by,
                rule="two clusters or more in each arm",
                remedy="such an effect cannot be told from that of its cluster",
            )
