"""Re-randomisation under the design of the trial, and models on many allocations at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..arms import treated
from ..lazy import np, pd
from .clusters import indicators
from .design import TREATMENT, DesignMatrix
from .samples import AnalysisSample

if TYPE_CHECKING:
    from ..streams import Streams


BLOCK = 250  # allocations of all arms that are drawn at a time
PEOPLE = 1 << 11  # of whom allocations are looked at together


@dataclass(frozen=True)
class Allocations:
    """Who is treated under each of many allocations, a bit each.

    bits: n x draws / 8, rounded up; of a million people ten thousand allocations are 1.2 GB.
    """

    bits: np.ndarray
    draws: int

    def of(self, rows: np.ndarray) -> Allocations:
        """Return the allocations of some people, by position or as chosen (n, bool)."""
        return Allocations(self.bits[rows], self.draws)

    def part(self, first: int, many: int) -> np.ndarray:
        """Return 1 where treated (n x many, or fewer at the end); `first` is a multiple of 8."""
        if first % 8:
            raise ValueError("allocations are read by whole bytes")
        many = min(many, self.draws - first)
        own = self.bits[:, first // 8 : (first + many + 7) // 8]
        return np.unpackbits(own, axis=1, count=many)

    def all(self) -> np.ndarray:
        """Return all of them (n x draws)."""
        return self.part(0, self.draws)


@dataclass(frozen=True)
class AllocationRun:
    """People of a stratum (positions, in the order of allocation) under one ratio.

    sizes are those of the permuted blocks, treated of parts the share of treatment; where the
    blocks are not known there is one, of the whole stratum, with the numbers that were allocated.
    """

    people: np.ndarray
    sizes: tuple[int, ...]
    treated: int
    parts: int


def runs_of(people: pd.DataFrame, block_sizes: Sequence[int]) -> list[AllocationRun]:
    """Return the runs of allocation, from columns stratum, allocation_order, allocation_ratio.

    A change of ratio abandons the running block, as the randomiser does. Strata are trial groups
    where a trial declares none (outcomes/allocation.py).
    """
    ordered = people.reset_index(drop=True).sort_values(["stratum", "allocation_order"])
    if not block_sizes:
        return [
            AllocationRun(rows.index.to_numpy(), (len(rows),), int(treated(rows).sum()), len(rows))
            for _, rows in ordered.groupby("stratum")
        ]
    found = []
    changed = (
        ordered[["stratum", "allocation_ratio"]] != ordered.shift()[["stratum", "allocation_ratio"]]
    ).any(axis=1)
    for _, rows in ordered.groupby(changed.cumsum().to_numpy()):
        treatment, control = map(int, rows["allocation_ratio"].iloc[0].split(":"))
        parts = treatment + control
        own = rows.index.to_numpy()
        found.append(AllocationRun(own, tuple(block_sizes), treatment, parts))
    return found


def redraw(
    people: pd.DataFrame, block_sizes: Sequence[int], draws: int, streams: Streams
) -> Allocations:
    """Return who of n people is treated under `draws` other allocations.

    Strata go side by side, a place in the list at a time: the next of a block is treated with the
    probability of the treatments left among the places left, which makes every order of a block
    as likely as its permutation does. Where clusters were randomised (column `cluster`) whole
    clusters are drawn within strata, as many into each arm as were allocated to it.
    """
    if "cluster" in people:
        ordered = people.reset_index(drop=True)
        first = ordered.groupby(["stratum", "cluster"])["allocation_order"].idxmin()
        chosen = ordered.loc[first.to_numpy()]
        drawn = redraw(chosen.drop(columns="cluster"), [], draws, streams)
        place = pd.Series(np.arange(len(first)), index=first.index)
        keys = pd.MultiIndex.from_frame(ordered[["stratum", "cluster"]])
        return drawn.of(place.loc[keys].to_numpy())
    runs = sorted(runs_of(people, block_sizes), key=lambda run: -len(run.people))
    bits = np.empty((len(people), (draws + 7) // 8), dtype=np.uint8)
    places = np.zeros((len(runs), draws))
    treatments = np.zeros((len(runs), draws))
    lengths = np.array([len(run.people) for run in runs])
    for place in range(lengths[0]):
        going = int((lengths > place).sum())
        for i in range(going):
            empty = np.flatnonzero(places[i] == 0)
            if len(empty):
                sizes = np.array(runs[i].sizes)
                pick = streams.integers(
                    "redraw", f"size|{i}|{place}", 0, len(sizes) - 1, len(empty)
                )
                places[i, empty] = sizes[pick]
                treatments[i, empty] = sizes[pick] * runs[i].treated // runs[i].parts
        draw = streams.uniform("redraw", f"arm|{place}", going * draws).reshape(going, draws)
        draw *= places[:going]
        chosen = draw < treatments[:going]
        places[:going] -= 1
        treatments[:going] -= chosen
        bits[[run.people[place] for run in runs[:going]]] = np.packbits(chosen, axis=1)
    return Allocations(bits, draws)


def redraw_arms(people: pd.DataFrame, draws: int, streams: Streams) -> np.ndarray:
    """Return all arms of the people under `draws` other allocations (n x draws, int8).

    Arms are permuted within strata, and whole clusters where clusters were randomised (column
    `cluster`), so that each arm has as many as were allocated to it. One allocation serves every
    comparison of arms, which keeps their statistics as dependent as they are.
    """
    ordered = people.reset_index(drop=True).sort_values(["stratum", "allocation_order"])
    if "cluster" in people:
        ordered = ordered.reset_index().drop_duplicates(["stratum", "cluster"])
        ordered = ordered.set_index("index")
    places = [rows.index.to_numpy() for _, rows in ordered.groupby("stratum", sort=True)]
    units, own = np.concatenate(places), people["arm"].to_numpy()
    arms = np.empty((len(people), draws), dtype=np.int8)
    for first in range(0, draws, BLOCK):
        many = min(BLOCK, draws - first)
        drawn = streams.uniform("redraw_arms", f"block|{first}", len(units) * many)
        keys, start = drawn.reshape(len(units), many), 0
        for place in places:
            order = np.argsort(keys[start : start + len(place)], axis=0, kind="stable")
            arms[place, first : first + many] = own[place][order]
            start += len(place)
    if "cluster" in people:
        given = pd.MultiIndex.from_frame(ordered[["stratum", "cluster"]])
        first_of = pd.Series(ordered.index, index=given)
        everybody = pd.MultiIndex.from_frame(people[["stratum", "cluster"]])
        arms = arms[first_of.loc[everybody].to_numpy()]
    return arms


@dataclass(frozen=True)
class Contrast:
    """What a group compares: of each arm what it counts as in the column of treatment, whether it
    is in the model, and the arms that have a dummy of their own in it.
    """

    treatment: np.ndarray
    inside: np.ndarray
    others: tuple[int, ...] = ()


def contrast_statistics(
    sample: AnalysisSample,
    covariates: np.ndarray,
    covariance: str,
    arms: np.ndarray,
    contrast: Contrast,
    chunk: int = 32,
) -> np.ndarray:
    """Return t of a contrast of arms for m outcomes under allocations of all arms (draws x m).

    covariates (n x k) have the intercept. Who is compared is drawn as well, so that each allocation
    has a regression of its own, on the people of its arms. Estimator ols, covariance classical,
    HC0, HC1 or CR1.
    """
    of = None if sample.clusters is None else indicators(sample.clusters)
    root = np.sqrt(sample.counts)
    found = []
    for first in range(0, arms.shape[1], chunk):
        own = arms[:, first : first + chunk].T
        inside = contrast.inside[own] * root
        columns = [covariates[None, :, :] * inside[:, :, None]]
        columns += [((own == arm) * inside)[:, :, None] for arm in contrast.others]
        columns.append((contrast.treatment[own] * inside)[:, :, None])
        x = np.concatenate(columns, axis=2)
        y = sample.outcomes[None, :, :] * inside[:, :, None]
        gram = x.transpose(0, 2, 1) @ x
        bread = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
        slopes = bread @ (x.transpose(0, 2, 1) @ y)
        rest = y - x @ slopes
        n = (inside > 0).sum(axis=1)
        rank = np.round(np.einsum("bij,bji->b", bread, gram))
        df = (n - rank)[:, None]
        row = np.einsum("bnk,bk->bn", x, bread[:, -1])
        if covariance == "classical":
            variance = (rest**2).sum(axis=1) / df * bread[:, -1, -1][:, None]
        elif of is not None:
            scores = np.einsum("bn,bnm,ng->bgm", row, rest, of, optimize=True)
            there = ((inside > 0) @ of > 0).sum(axis=1)[:, None]
            factor = there / (there - 1) * (n[:, None] - 1) / df
            variance = factor * (scores**2).sum(axis=1)
        else:
            variance = np.einsum("bn,bnm->bm", row**2, rest**2)
            variance = variance * (n[:, None] / df if covariance == "HC1" else 1)
        found.append(slopes[:, -1] / np.sqrt(variance))
    return np.concatenate(found)


def redrawn_statistics(
    sample: AnalysisSample,
    design: DesignMatrix,
    covariance: str,
    allocations: Allocations,
    chunk: int = 128,
) -> np.ndarray:
    """Return t of treatment for m outcomes under other allocations of the n people (draws x m).

    Outcomes are regressed on the covariates once; then each allocation needs only sums of
    products of what the covariates leave of it (Frisch and Waugh). Estimator ols, covariance
    classical, HC0, HC1 or CR1.
    """
    n, k = design.matrix.shape
    root = np.sqrt(sample.counts)[:, None]
    others = np.delete(design.matrix, TREATMENT, axis=1) * root
    q = np.linalg.qr(others)[0]
    y = sample.outcomes * root
    y = y - q @ (q.T @ y)
    of = None if sample.clusters is None else indicators(sample.clusters)
    parts = [
        _statistics(allocations.part(i, chunk), root, q, y, covariance, n - k, of)
        for i in range(0, allocations.draws, chunk)
    ]
    return np.concatenate(parts)


def _statistics(
    treated_under: np.ndarray,
    root: np.ndarray,
    q: np.ndarray,
    y: np.ndarray,
    covariance: str,
    df: int,
    clusters: np.ndarray | None = None,
) -> np.ndarray:
    """Return t of treatment (b x m) under allocations (n x b), with roots of weights (n x 1).

    clusters: which cluster everybody is in (n x G), with covariance CR1. People are gone through
    twice, so many at a time that what is made of them stays in the cache, and row by row as they
    lie in memory.
    """
    n, rows = len(q), [slice(i, i + PEOPLE) for i in range(0, len(q), PEOPLE)]
    weighted = bool((root != 1).any())

    def arms() -> Iterator[tuple[slice, np.ndarray]]:
        """Yield people and their treatment under each allocation (people x b)."""
        for part in rows:
            arm = treated_under[part].astype(float)
            yield part, arm * root[part] if weighted else arm

    along = sum(q[part].T @ arm for part, arm in arms())
    draws, m = treated_under.shape[1], y.shape[1]
    size, fourth, by_y, squares, cubes = (np.zeros((k, draws)) for k in (1, 1, m, m, m))
    groups = 0 if clusters is None else clusters.shape[1]
    own, scores = np.zeros((groups, draws)), np.zeros((m, groups, draws))
    for part, arm in arms():
        arm -= q[part] @ along
        by_y += y[part].T @ arm
        square = arm * arm
        size += square.sum(axis=0)
        if clusters is not None:
            own += clusters[part].T @ square
            scores += [clusters[part].T @ (arm * column[:, None]) for column in y[part].T]
        elif covariance != "classical":
            squares += (y[part] * y[part]).T @ square
            arm *= square
            cubes += y[part].T @ arm
            square *= square
            fourth += square.sum(axis=0)
    slope = by_y / size
    if covariance == "classical":
        variance = ((y * y).sum(axis=0)[:, None] - slope**2 * size) / df / size
    elif clusters is not None:
        meat = ((scores - slope[:, None, :] * own) ** 2).sum(axis=1)
        variance = groups / (groups - 1) * (n - 1) / df * meat / size**2
    else:
        meat = squares - 2 * slope * cubes + slope**2 * fourth
        factor = n / df if covariance == "HC1" else 1
        variance = factor * meat / size**2
    return (slope / np.sqrt(variance)).T
