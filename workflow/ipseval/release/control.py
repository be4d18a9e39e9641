"""Disclosure control of one trial: one system of all that its exhibits count, and what is shown."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import ceil, floor, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..disclosed import BOTH, KNOWN, TALLY, Counts, Key
from ..errors import InputError
from ..kinds import EXHIBITS
from ..lazy import np, pd
from ..report.cells import NUMBER, printed_ends, printed_value, read_cells
from .counting import ALIKE, Counter
from .kept import suppressed
from .suppress import Suppression
from .system import Arrays, System

if TYPE_CHECKING:
    from ..config.declared import TrialConfig
    from ..config.disclosure import DisclosurePolicy
    from ..config.exhibits import Exhibit
    from ..report.told import Told

Where = tuple[tuple[str, str], ...]
# Bases of so many people that so many families share are never withheld to protect another.
ANCHOR, SHARED = 100, 3
CELL = ["exhibit", "panel", "row", "column", "statistic"]

# One reason for all three: which number is small, and which follows, would tell of both.
PROTECTED = "fewer people than the threshold, or all of a base, or it would give such a number back"
BASE = "its base or fit is withheld"
FEW_DF = "too few degrees of freedom"
EXTREME = "a least or greatest value"
FEW_BEYOND = "too few people lie beyond the quantile"
DOMINATED = "one or two people, or few organisations, have most of the total"
PROSE, PROSE_CLASS = "prose", "frequencies; correlation and regression; model output"
POINTS = "it draws people as points"


@dataclass
class Cell:
    """A cell of an exhibit: where it stands, what it counts, and what became of it."""

    exhibit: str
    at: int
    counts: Counts
    people: Key | None = None
    among: Key | None = None
    reason: str = ""
    value: float = np.nan
    printed: str = ""
    n: int | None = None
    # Whether the printed text is a word that says the same as the value.
    verdict: bool = False


@dataclass
class Controlled:
    """The exhibits of a trial with what is released of each cell, and how it was decided.

    cells: exhibit -> its tidy cells as released, with a column `status`. counted: what each
    released or withheld cell counts, for whoever checks it. sums: declared sums as text. coarser:
    exhibits in longer periods than in the report.
    """

    trial: str
    cells: dict[str, pd.DataFrame]
    counted: pd.DataFrame
    declared: dict[str, Any]
    refused: dict[str, str]
    suppression: Suppression
    arrays: Arrays
    keys: list[str]
    risky: np.ndarray
    classes: Mapping[str, str] = field(default_factory=dict)
    coarser: frozenset[str] = frozenset()


def control(
    trial: str,
    config: TrialConfig,
    folder: Path,
    policy: DisclosurePolicy,
    cuts: int = 300,
    earlier: dict[str, tuple[float, float]] | None = None,
    kept: Path | None = None,
    told: Sequence[Told] = (),
    renamed: Callable[[str], list[str]] | None = None,
    organisations: Sequence[str] = (),
    remade: Callable[[str, Exhibit], pd.DataFrame] | None = None,
) -> Controlled:
    """Return what of a trial's exhibits may leave.

    `earlier`: intervals of keys that earlier releases of the same data gave away. `kept`: file that
    keeps the pattern of what is withheld. `told`: what prose tells of results, controlled with
    the exhibits as one more of them, named PROSE. `renamed`: names of the rows of an exhibit that
    do not follow from its results, for one of which something is withheld. `organisations`: columns
    of people whose values are counted like people in totals and means. `remade`: cells of an
    exhibit as declared otherwise, for one in longer periods.
    Raises InputError for a kind without a class, and for a key with two values.
    """
    counter = Counter(folder, config)
    build = _Build(counter, policy, earlier or {}, organisations)
    frames, refused, cells = {}, {}, []
    classes: dict[str, str] = {}
    coarser = set[str]()
    named = [n for chapter in config.exhibits.chapters.values() for n in chapter.exhibits]
    for name in dict.fromkeys(named):
        spec = config.exhibits.exhibits[name]
        frame = frames[name] = read_cells(folder / "report" / "exhibits" / f"{name}.csv")
        if spec.withheld or spec.draws_people:
            refused[name] = POINTS if spec.draws_people else spec.withheld
            continue
        if spec.disclosure is None:
            raise InputError(
                f"the kind {spec.kind} declares no class of output, so it cannot be released",
                file=EXHIBITS.module(spec.kind),
                rule="disclosure",
                expected="a class in the terms of ipseval.disclosed.Class, and `counts`",
                remedy="declare them, or `withheld` with the reason",
            )
        classes[name] = spec.disclosure
        may_be_longer = policy.quarters and remade and _has_few(frame, policy.threshold)
        if remade and may_be_longer and (longer := spec.coarser()):
            spec, frame = longer, remade(name, longer)
            frames[name] = frame
            coarser.add(name)
        df = _degrees_of_freedom(frame, folder) if policy.degrees_of_freedom else {}
        for at, row in enumerate(frame.itertuples()):
            cells.append(build.taken(name, at, row, spec.counts(row, config), df))
        for whole, parts in spec.sums(frame, config):
            build.sum(whole, parts, name)
    if told:
        frames[PROSE], of_prose = _prose(told, PROSE in frames)
        classes[PROSE] = PROSE_CLASS
        df = _degrees_of_freedom(frames[PROSE], folder) if policy.degrees_of_freedom else {}
        for at, (row, counts) in enumerate(zip(frames[PROSE].itertuples(), of_prose, strict=True)):
            cells.append(build.taken(PROSE, at, row, counts(row, config), df))
    arrays, risky = build.system()
    found = suppressed(arrays, risky, policy.widths, cuts, kept)
    withheld = {key for key, gone in zip(build.keys, found.withheld, strict=True) if gone}
    for cell in cells:
        build.decide(cell, withheld)
    by_exhibit = defaultdict(list)
    for cell in cells:
        by_exhibit[cell.exhibit].append(cell)
    released = {
        name: _released(frame, by_exhibit[name], refused.get(name))
        for name, frame in frames.items()
    }
    counted = build.counted(cells, frames)
    for name, frame in released.items():
        is_named = name in config.exhibits.exhibits
        follows = is_named and config.exhibits.exhibits[name].names_follow
        if renamed and follows and (frame["status"] != "released").any():
            frame["row"] = renamed(name)
            counted.loc[counted["exhibit"] == name, "row"] = frame["row"].to_list()
    return Controlled(
        trial,
        released,
        counted,
        build.declared(),
        refused,
        found,
        arrays,
        build.keys,
        risky,
        classes,
        frozenset(coarser),
    )


def _has_few(frame: pd.DataFrame, threshold: int) -> bool:
    """Return whether a count of people is small."""
    counts = frame.loc[frame["statistic"] == "count", "value"]
    return bool(((counts > 0) & (counts < threshold)).any())


def _prose(told: Sequence[Told], is_taken: bool) -> tuple[pd.DataFrame, list[Any]]:
    """Return what prose tells as cells of one exhibit, and how to say what each counts."""
    if is_taken:
        raise InputError(
            f"an exhibit has the name {PROSE}",
            file="exhibits.yaml",
            rule="exhibits",
            expected="another name: a release calls what its sentences tell so",
        )
    parts = [one.frame() for one in told]
    counts = [one.counts for one, part in zip(told, parts, strict=True) for _ in range(len(part))]
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "exhibit", PROSE)
    return frame, counts


def declared_from(plain: dict[str, Any]) -> TrialConfig:
    """Return the declarations of a trial from plain data by file."""
    from ..config.declared import TRIAL_FILES, TrialConfig

    given: dict[str, Any] = {
        name: kind.model_validate(plain[name]) if name in plain else None
        for name, kind in TRIAL_FILES.items()
    }
    return TrialConfig(**given)


class _Build:
    """Collects what cells count into one system."""

    def __init__(
        self,
        counter: Counter,
        policy: DisclosurePolicy,
        earlier: dict[str, tuple[float, float]],
        organisations: Sequence[str],
    ):
        self.counter, self.policy, self.earlier = counter, policy, earlier
        self.organisations = organisations
        self.linked = System()
        self.nodes: dict[tuple[str, Where], set[tuple[tuple[str, ...], str]]] = defaultdict(set)
        self.used_as_base: dict[tuple[str, Where], set[Where]] = defaultdict(set)
        self.shown: list[tuple[Key, float, float]] = []
        self.differences: list[tuple[str, Key, Key, float, float]] = []
        self.full: set[Key] = set()
        self.sums: list[tuple[Key, list[Key]]] = []
        self.tied: set[Key] = set()
        self.keys: list[str] = []

    # what cells say

    @cache  # noqa: B019 - one build a job
    def normal(self, key: Key) -> Key:
        """Return a key with all its groups named, and the first name of its conditions."""
        if key.table != "people":
            return key
        where = self.counter.alike(key.where)
        return Key(self.counter.groups_of(key), key.arm, where, key.table)

    def taken(self, exhibit: str, at: int, row: Any, counts: Counts, df: dict[str, float]) -> Cell:
        """Return a cell of an exhibit, whose estimate may have few degrees of freedom."""
        cell = Cell(exhibit, at, counts, value=row.value, printed=row.printed)
        cell.verdict = row.statistic == "verdict"
        if df.get(row.source, np.inf) < self.policy.degrees_of_freedom:
            cell.reason = FEW_DF
        self.take(cell, row)
        return cell

    def take(self, cell: Cell, row: Any) -> None:
        """Take in what a cell counts; refuse a value that is not that of its key."""
        counts = cell.counts
        if counts.undeclared:
            cell.reason = counts.undeclared
            return
        if counts.kind == "extremes" and not self.policy.extremes:
            cell.reason = EXTREME
            return
        of_people = ("share", "difference", "printed_difference", "weighted")
        if counts.role in of_people and not self._is_share(counts):
            # A proportion that is no yes or no of each person, but of their events, say, is a mean
            # as any other; nor may the attack take it for a share of people.
            averaged = self._changed(counts)
            counts = cell.counts = replace(counts, role="follows", people=None, averaged=averaged)
        cell.people = self.normal(counts.people) if counts.people else None
        cell.among = self.normal(counts.among) if counts.among else None
        if counts.averaged and cell.among and self._is_dominated(cell.among, counts.averaged):
            cell.reason = DOMINATED
            return
        if counts.quantile is not None and cell.among:
            beyond = self._count(cell.among) * min(counts.quantile, 1 - counts.quantile)
            if beyond < self.policy.threshold - 1e-9:  # .1 is no exact number
                cell.reason = FEW_BEYOND
                return
        for key in (cell.people, cell.among):
            self._same_as_everyone(key)
        role = counts.role
        if role in ("count", "base"):
            self._take_count(cell, row)
        elif role in ("share", "difference"):
            self._take_share(cell, row)
        elif role == "weighted":
            self._use(cell.among)
            n, base = self._count(cell.people), self._count(cell.among)
            few = 0 < n < self.policy.threshold or 0 < base - n < self.policy.threshold
            if few or (self.policy.full_cells and base and n == base):
                cell.reason = PROTECTED
        elif cell.among:
            self._use(cell.among)
            self._check_fit(cell, row)

    def _is_dominated(self, among: Key, column: str) -> bool:
        """Return whether one or two people have most of the total of a column, in an arm of both.

        The n,k and p% rules, as ACRO has them. An effect may tell the mean of one of its arms.
        """
        arms = [among.in_arm(arm) for arm in self.counter.arms] if among.arm == BOTH else [among]
        return any(self._dominates(key, column) for key in (among, *arms))

    @cache  # noqa: B019 - one build a job
    def _dominates(self, key: Key, column: str) -> bool:
        if self.policy.dominance is None:
            return False
        for organisation in self.organisations:
            sums = self.counter.by_organisation(key, column, organisation)
            if 0 < (sums > 0).sum() < self.policy.threshold or self._few_have_most(sums):
                return True
        return self._few_have_most(np.abs(self.counter.values(key, column)))

    def _few_have_most(self, parts: np.ndarray) -> bool:
        values = np.sort(parts)[::-1]
        total = values.sum()
        if not total or self.policy.dominance is None:
            return False
        rest = total - values[:2].sum()
        few = values[:2].sum() > self.policy.dominance * total
        return bool(few or rest < self.policy.p_percent / 100 * values[0])

    @staticmethod
    def _changed(counts: Counts) -> str:
        """Return the column that a share is of."""
        own = dict(counts.people.where) if counts.people else {}
        base = dict(counts.among.where) if counts.among else {}
        return next(c for c, v in own.items() if base.get(c) != v)

    def _same_as_everyone(self, key: Key | None) -> None:
        """Tie records to the people where there is one each: who sees the one number sees both."""
        if key is None or not key.table.startswith(TALLY) or key in self.tied:
            return
        everyone = self.normal(Key())
        if self._count(key) == self._count(everyone) >= ALIKE:
            self.tied.add(key)
            self.sum(everyone, [key], "")

    def _is_share(self, counts: Counts) -> bool:
        """Return whether a share counts people: its column has no values but 0 and 1."""
        if counts.people and counts.people.table.startswith(TALLY):
            return True
        own = dict(counts.people.where) if counts.people else {}
        base = dict(counts.among.where) if counts.among else {}
        changed = [c for c, v in own.items() if base.get(c) != v]
        yes = [c for c in changed if own[c] == "1"]
        if not yes or yes[0].rpartition(" in ")[2] in self.counter.sources:
            return True
        return self.counter.is_yes_or_no(yes[0])

    def _count(self, key: Key | None) -> int:
        return self.counter.count(key) if key else 0

    def _use(self, key: Key | None) -> None:
        if key:
            self.nodes[(key.table, key.where)].add((key.groups, key.arm))
            self.shown.append((key, *self._interval(self._count(key))))

    def _interval(self, count: int) -> tuple[float, float]:
        base = self.policy.rounding
        if base == 1:
            return count, count
        middle = self._rounded(count)
        return max(middle - base // 2, 0), middle + (base - 1) // 2

    def _rounded(self, count: int) -> int:
        base = self.policy.rounding
        return base * floor(count / base + 0.5) if base > 1 else count

    def _take_count(self, cell: Cell, row: Any) -> None:
        truth = self._count(cell.people)
        # The people of a fit may be fewer than those of its sample, whose number is given.
        is_fit = cell.counts.role == "base" and row.source.startswith("impact/")
        if not isnan(row.value) and row.value != truth and not (is_fit and row.value <= truth):
            raise self._two_values(cell, row, row.value, truth)
        if not isnan(row.value):
            self._use(cell.people)

    def _check_fit(self, cell: Cell, row: Any) -> None:
        everyone = Key(cell.among.groups, BOTH, cell.among.where, cell.among.table)  # type: ignore[union-attr]
        if not pd.isna(row.n) and row.n > self._count(everyone):
            raise self._two_values(cell, row, row.n, self._count(everyone))

    def _take_share(self, cell: Cell, row: Any) -> None:
        people, among = cell.people, cell.among
        if people is None or among is None or isnan(row.value):
            return
        self._use(among)
        scale = 100.0 if row.statistic in ("percent", "ppt") else 1.0
        ends = printed_ends(row.printed, row.value)
        if cell.counts.role == "difference":
            self._take_difference(cell, row, scale, ends)
            return
        n, base = self._count(people), self._count(among)
        if not base or abs(row.value / scale - n / base) > 1e-8:
            raise self._two_values(cell, row, row.value / scale, n / base if base else np.nan)
        self.nodes[(people.table, people.where)].add((people.groups, people.arm))
        self.used_as_base[(among.table, among.where)].add(people.where)
        low, high = n, n
        if ends:
            low = max(ceil(ends[0] / scale * base - 1e-9), 0)
            high = min(floor(ends[1] / scale * base + 1e-9), base)
        if self.policy.rounding > 1:
            low, high = self._interval(n)  # type: ignore[assignment]
        self.shown.append((people, low, high))
        if self.policy.full_cells and n == base and cell.counts.trait:
            self.full.add(people)

    def _take_difference(
        self, cell: Cell, row: Any, scale: float, ends: tuple[float, float] | None
    ) -> None:
        people, among = cell.people, cell.among
        if people is None or among is None:
            return
        shares = []
        for arm in self.counter.arms:
            own, base = people.in_arm(arm), among.in_arm(arm)
            self.nodes[(own.table, own.where)].add((own.groups, arm))
            self.nodes[(base.table, base.where)].add((base.groups, arm))
            self.used_as_base[(among.table, among.where)].add(people.where)
            shares.append(self._count(own) / max(self._count(base), 1))
        truth = shares[1] - shares[0]
        if abs(truth - row.value / scale) > 1e-8:
            raise self._two_values(cell, row, row.value / scale, truth)
        low, high = (e / scale for e in ends) if ends else (truth, truth)
        self.differences.append((f"difference of {people}", people, among, low, high))

    def _two_values(self, cell: Cell, row: Any, shown: float, truth: float) -> InputError:
        return InputError(
            f"one key has two values: {shown:g} in the exhibit, {truth:g} of the people it selects",
            file=f"{cell.exhibit}.csv",
            rows=[cell.at + 1],
            rule=str(cell.people or cell.among),
            expected="the same number wherever the same people are counted",
            remedy="correct what the kind declares in `counts`",
        )

    def sum(self, whole: Key, parts: list[Key], exhibit: str) -> None:
        """Take in a declared sum; refuse one that does not add up."""
        whole, parts = self.normal(whole), [self.normal(part) for part in parts]
        total = sum(map(self._count, parts))
        if total != self._count(whole):
            raise InputError(
                f"a declared sum does not add up: {total:,} and {self._count(whole):,}",
                file=f"{exhibit}.csv",
                rule=str(whole),
                expected="parts that hold everybody of the whole",
                remedy="correct what the kind declares in `sums`",
            )
        self.sums.append((whole, parts))
        for key in (whole, *parts):
            self.nodes[(key.table, key.where)].add((key.groups, key.arm))

    # the system

    def _place(self, key: Key) -> int:
        return self.linked.number(str(key), self._count(key))

    def system(self) -> tuple[Arrays, np.ndarray]:
        """Return the system and which of its numbers are at risk."""
        parents = self._parents()
        for _ in range(3):  # nodes of a family are nodes of what it is part of
            for family, above in parents.items():
                for parent in above:
                    self.nodes[parent] |= self.nodes[family]
        for (table, where), nodes in list(self.nodes.items()):
            if table == "people":
                self._lattice(where, nodes)
            else:
                self._place(Key((), BOTH, where, table))
        for (table, where), above in parents.items():
            for parent in above:
                for groups, arm in sorted(self.nodes[(table, where)]):
                    part = Key(groups, arm, where, table)
                    whole = Key(groups, arm, parent[1], table)
                    self._rest(whole, part)
        for whole, parts in self.sums:
            self.linked.relate(self._place(whole), [self._place(part) for part in parts])
        for key, low, high in self.shown:
            self.linked.show(self._place(key), low, high)
        for name, people, among, low, high in self.differences:
            self._difference(name, people, among, low, high)
        self.keys = self.linked.keys
        for name, (low, high) in self.earlier.items():
            if name in self.linked.index:
                place = self.linked.index[name]
                self.linked.least[place] = max(self.linked.least[place], low)
                self.linked.most[place] = min(self.linked.most[place], high)
        self.linked.weight = [
            w + 0.2 * float(np.log1p(abs(t))) if s else 0.0
            for w, t, s in zip(
                self.linked.weight, self.linked.truth, self.linked.shown, strict=True
            )
        ]
        arrays = self.linked.frozen()
        risky = self._at_risk(arrays)
        return self._anchored(arrays, risky), risky

    def _parents(self) -> dict[tuple[str, Where], list[tuple[str, Where]]]:
        """Return, for each family, the closest families that it is part of."""
        by_columns: dict[frozenset[str], list[tuple[str, Where]]] = defaultdict(list)
        self.nodes[("people", ())].add((tuple(self.counter.groups), BOTH))
        for family in self.nodes:
            by_columns[frozenset(c for c, _ in family[1])].append(family)
        found = {}
        for family in list(self.nodes):
            table, where = family
            own = dict(where)
            above = [
                other
                for columns in _subsets(list(own))
                for other in by_columns.get(frozenset(columns), ())
                if other != family
                and other[0] == table
                and all(v in (own[c], KNOWN) for c, v in other[1])
            ]
            found[family] = [
                one for one in above if not any(_is_part(o[1], one[1]) for o in above if o != one)
            ]
        return found

    def _lattice(self, where: Where, nodes: set[tuple[tuple[str, ...], str]]) -> None:
        """Relate groups and arms of one selection of people."""
        sets = {groups for groups, _ in nodes}
        if len(sets) > 1:
            sets |= {(g,) for groups in sets for g in groups}
        arms = {arm for _, arm in nodes}
        if len(arms) > 1:
            arms = {BOTH, *self.counter.arms}
        # In an order of their own, since the pattern that is found follows the order of numbers.
        for groups in sorted(sets):
            for arm in sorted(arms):
                place = self._place(Key(groups, arm, where))
                if len(groups) > 1 and len(sets) > 1:
                    parts = [self._place(Key((g,), arm, where)) for g in groups]
                    self.linked.relate(place, parts)
            if BOTH in arms and len(arms) > 1:
                parts = [self._place(Key(groups, arm, where)) for arm in self.counter.arms]
                self.linked.relate(self._place(Key(groups, BOTH, where)), parts)

    def _rest(self, whole: Key, part: Key) -> None:
        """Relate a whole, a part and what is left, which stands nowhere."""
        rest = self._count(whole) - self._count(part)
        if rest < 0:
            raise ValueError(f"{part} is no part of {whole}")
        left = self.linked.number(f"{whole} without {part}", rest)
        self.linked.relate(self._place(whole), [self._place(part), left])

    def _difference(self, name: str, people: Key, among: Key, low: float, high: float) -> None:
        """Relate the counts of two arms by the difference of their shares."""
        ones = [self._place(people.in_arm(arm)) for arm in self.counter.arms]
        bases = [self._count(among.in_arm(arm)) for arm in self.counter.arms]
        truth = bases[1] * (
            self.linked.truth[ones[1]] / bases[1] - self.linked.truth[ones[0]] / bases[0]
        )
        place = self.linked.number(name, truth, signed=True)
        self.linked.show(place, low * bases[1], high * bases[1])
        self.linked.link([(ones[1], 1.0), (ones[0], -bases[1] / bases[0]), (place, -1.0)])

    def _at_risk(self, arrays: Arrays) -> np.ndarray:
        count = arrays.truth
        risky = (count >= 1) & (count < self.policy.threshold) & ~np.isneginf(arrays.least)
        if not self.policy.differences:
            risky &= arrays.shown
        for key in self.full:
            risky[self.linked.index[str(key)]] = True
        return risky

    def _anchored(self, arrays: Arrays, risky: np.ndarray) -> Arrays:
        """Return the system with large numbers that many share fixed: they are never withheld."""
        tied = np.zeros(len(risky), dtype=bool)
        rows = np.unique(arrays.transposed[np.flatnonzero(risky)].indices)
        tied[np.unique(arrays.relations[rows].indices)] = True
        fixed = []
        for (table, where), families in self.used_as_base.items():
            nodes = [
                self.linked.index[str(Key(groups, arm, where, table))]
                for groups, arm in self.nodes[(table, where)]
            ]
            # Where one of a family may have to move, so may the others, which sum with it.
            if len(families) >= SHARED and not tied[nodes].any():
                exact = arrays.low[nodes] == arrays.high[nodes]
                large = arrays.truth[nodes] >= ANCHOR
                shown = arrays.shown[nodes]
                fixed += np.array(nodes)[exact & large & shown].tolist()
        least, most, shown = arrays.least.copy(), arrays.most.copy(), arrays.shown.copy()
        least[fixed] = most[fixed] = arrays.truth[fixed]
        shown[fixed] = False
        return Arrays(
            arrays.relations,
            arrays.truth,
            arrays.low,
            arrays.high,
            arrays.weight,
            least,
            most,
            shown,
        )

    # decisions

    def decide(self, cell: Cell, withheld: set[str]) -> None:
        """Set the reason why a cell is withheld, or what is released of it."""
        if cell.reason:
            return
        role = cell.counts.role
        own, base = str(cell.people), str(cell.among)
        if role == "difference":
            own = f"difference of {own}"
        hidden = role in ("count", "base", "share", "difference") and own in withheld
        if hidden or self._is_hidden_difference(cell, withheld):
            cell.reason = PROTECTED
        elif cell.among and base in withheld:
            cell.reason = BASE
        if cell.reason:
            return
        shown = cell.people if role in ("count", "base") else cell.among
        if shown:
            cell.n = self._rounded(self._count(shown))
        if role in ("count", "base") and not isnan(cell.value):
            if cell.value != cell.n:
                text = f"{cell.n:,}" if "," in cell.printed else str(cell.n)
                cell.printed = re.sub(r"[\d,]+", text, cell.printed, count=1)
            cell.value = float(cell.n or 0)
            return
        if role == "share" and self.policy.rounding > 1 and not isnan(cell.value):
            self._round_share(cell)
        if not cell.verdict:
            cell.value = printed_value(cell.printed, cell.value)

    def _is_hidden_difference(self, cell: Cell, withheld: set[str]) -> bool:
        """Return whether a cell is the difference of a share that is withheld, or of exact counts.

        Of these rounded ones may not tell more.
        """
        if cell.counts.role not in ("difference", "printed_difference"):
            return False
        if self.policy.rounding > 1:
            return True
        arms = [str(cell.people.in_arm(arm)) for arm in self.counter.arms if cell.people]
        return cell.counts.role == "printed_difference" and not withheld.isdisjoint(arms)

    def _round_share(self, cell: Cell) -> None:
        from ..report.formats import round_half_up

        n, base = self._rounded(self._count(cell.people)), self._rounded(self._count(cell.among))
        scale = (
            100.0
            if abs(cell.value - 100 * self._count(cell.people) / max(self._count(cell.among), 1))
            < 1e-6
            else 1.0
        )
        match = NUMBER.search(cell.printed)
        if match and base:
            decimals = len(match[0].partition(".")[2])
            cell.value = scale * n / base
            text = round_half_up(cell.value, decimals)
            cell.printed = cell.printed[: match.start()] + text + cell.printed[match.end() :]

    def counted(self, cells: Iterable[Cell], frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
        """Return what each cell counts, as text: for the attack, the codebook and the checker."""
        rows = []
        places = {
            name: list(frame[CELL].itertuples(index=False, name=None))
            for name, frame in frames.items()
        }
        for cell in cells:
            rows.append(
                [
                    *places[cell.exhibit][cell.at],
                    cell.at,
                    cell.counts.kind,
                    cell.counts.role,
                    str(cell.people) if cell.people else "",
                    str(cell.among) if cell.among else "",
                    "withheld" if cell.reason else "released",
                    cell.reason,
                ]
            )
        names = ["place", "class", "role", "people", "among", "status", "reason"]
        return pd.DataFrame(rows, columns=[*CELL, *names])

    def declared(self) -> dict[str, Any]:
        """Return what the relations follow from: groups, arms, sums; no number of people."""
        return {
            "groups": list(self.counter.groups),
            "arms": list(self.counter.arms),
            "sums": [[str(whole), [str(part) for part in parts]] for whole, parts in self.sums],
        }


def _is_part(inner: Where, outer: Where) -> bool:
    """Return whether all who meet the one meet the other, by what they say."""
    own = dict(inner)
    return all(c in own and v in (own[c], KNOWN) for c, v in outer) and inner != outer


def _subsets(columns: list[str]) -> Iterable[tuple[str, ...]]:
    for mask in range(2 ** len(columns)):
        yield tuple(c for i, c in enumerate(columns) if mask >> i & 1)


def _degrees_of_freedom(frame: pd.DataFrame, folder: Path) -> dict[str, float]:
    """Return source -> residual degrees of freedom of its estimate, where the table has them."""
    from ..files import read_csv
    from ..report.cells import read_source, same_text

    found: dict[str, float] = {}
    tables: dict[str, Any] = {}
    for source in frame["source"].unique():
        for file, keys in read_source(source)[:1]:
            if not file.startswith("impact/") or "term" not in keys:
                continue
            if file not in tables:
                table = read_csv(folder / file, dtype={"timepoint": "str"})
                names = ["group", "subgroup", "outcome", "timepoint", "model", "term"]
                tables[file] = (names, {})
                for row in table[[*names, "df"]].itertuples(index=False, name=None):
                    tables[file][1].setdefault(tuple(map(same_text, row[:-1])), row[-1])
                    short = (row[0], row[2], row[4], row[5])
                    tables[file][1].setdefault(short, row[-1])
            named = tuple(keys.get(k, [""])[0] for k in ("group", "outcome", "model", "term"))
            df = tables[file][1].get(named)
            if df is not None and not isnan(df):
                found[source] = float(df)
    return found


def _released(frame: pd.DataFrame, cells: list[Cell], refused: str | None) -> pd.DataFrame:
    """Return the tidy cells as they leave: [c] for what is withheld, numbers as printed."""
    out = frame.copy()
    out["status"] = "released"
    if refused is not None:
        out["value"], out["n"], out["printed"], out["stars"] = np.nan, pd.NA, "[c]", ""
        out["status"] = refused
        return out
    out["value"] = [np.nan if c.reason else c.value for c in cells]
    out["n"] = pd.array([pd.NA if c.reason or c.n is None else c.n for c in cells], dtype="Int64")
    out["printed"] = ["[c]" if c.reason else c.printed for c in cells]
    out["stars"] = ["" if c.reason else s for c, s in zip(cells, frame["stars"], strict=True)]
    out["status"] = [c.reason or "released" for c in cells]
    return out
