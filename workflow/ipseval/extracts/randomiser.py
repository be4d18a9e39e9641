"""Screen candidates, allocate recruits in stratified permuted blocks.

Sources: Matts & Lachin (1988) Control Clin Trials 9:327, permuted blocks; Pocock (1983) Clinical
Trials ch. 5, strata and random block sizes.
"""

import hashlib
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from math import gcd
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_string_dtype

from ..errors import InputError, InputErrors

_TESTS = {name: getattr(operator, name) for name in ("eq", "ne", "ge", "gt", "le", "lt")}
_TESTS |= {"in": pd.Series.isin, "is_true": operator.eq}


@dataclass(frozen=True)
class Ratio:
    """Allocation treatment:control where each stratum column in `where` has the value given.

    It applies from the day `start` to the day `end`, both included; None leaves that side open.
    """

    treatment: int
    control: int
    where: Mapping[str, str] = field(default_factory=dict)
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class Design:
    """Stratified permuted blocks; the size of each is drawn from `block_sizes`, equally likely.

    strata : columns whose crossed values are the strata.
    ratios : the last entry that matches a recruit applies; 1:1 where none does.

    Raises InputError naming the entry, also when a block size is no multiple of treatment +
    control of a ratio that can apply (the 1:1 too, unless an unconditional entry replaces it).
    """

    strata: tuple[str, ...]
    block_sizes: tuple[int, ...]
    ratios: tuple[Ratio, ...] = ()

    def __post_init__(self) -> None:
        distinct = 0 < len(self.strata) == len(set(self.strata))
        _demand("strata", distinct, "one or more columns, each once")
        _demand("block_sizes", _whole(*self.block_sizes), "one or more whole numbers above zero")
        for number, ratio in enumerate(self.ratios, start=1):
            entry, start, end = f"ratios, entry {number}", ratio.start, ratio.end
            _demand(entry, _whole(ratio.treatment, ratio.control), "whole numbers above zero")
            _demand(entry, set(ratio.where) <= set(self.strata), "`where` of columns in strata")
            _demand(entry, not (start and end and start > end), "`start` no later than `end`")
        for ratio in self.applicable:
            parts, total = f"{ratio.treatment}:{ratio.control}", ratio.treatment + ratio.control
            fits = not any(size % total for size in self.block_sizes)
            _demand("block_sizes", fits, f"multiples of {total}, as the ratio {parts} can apply")

    @property
    def applicable(self) -> tuple[Ratio, ...]:
        """The default 1:1, then `ratios`; from the last entry on that matches every recruit."""
        entries = (Ratio(1, 1), *self.ratios)
        always = [i for i, r in enumerate(entries) if not (r.where or r.start or r.end)]
        return entries[always[-1] :]

    @classmethod
    def from_config(cls, config: Mapping) -> "Design":
        """Design of a plain mapping, dates as YYYY-MM-DD; InputError on unknown or absent keys."""
        known = {"strata", "block_sizes"} <= set(config) <= {f.name for f in fields(cls)}
        _demand("design", known, "keys strata, block_sizes and, if need be, ratios; no other")
        for key in ("strata", "block_sizes"):
            _demand(key, isinstance(config[key], list | tuple), "a list")
        ratios = []
        for number, entry in enumerate(config.get("ratios") or (), start=1):
            try:
                given = {key: value for key, value in entry.items() if value is not None}
                days = {k: date.fromisoformat(str(given[k])) for k in {"start", "end"} & set(given)}
                ratios.append(Ratio(**{**given, **days, "where": dict(given.get("where", {}))}))
            except (TypeError, ValueError, AttributeError):
                keys = "treatment, control and, if need be, where (a mapping), start, end"
                _demand(f"ratios, entry {number}", False, f"{keys} (YYYY-MM-DD); no other key")
        return cls(tuple(config["strata"]), tuple(config["block_sizes"]), tuple(ratios))


def screen(candidates: pd.DataFrame, rules: Sequence[Mapping]) -> pd.DataFrame:
    """Apply the eligibility rules of each site; a missing answer fails the rule.

    rules : mappings of name, column, operator (eq ne ge gt le lt in is_true), value, reason, and
        site (a value of the column `site`) where only that site has the rule.

    Returns, on the candidates' index, eligible (bool), refusal_reason (of the first failed rule
    in declared order, <NA> if eligible) and failed_rules (names joined by ";").
    Raises InputError on a malformed rule or one that does not suit its column.
    """
    reason = pd.Series(pd.NA, index=range(len(candidates)), dtype="string")
    names = pd.Series("", index=reason.index, dtype="string")
    for number, rule in enumerate(rules, start=1):
        entry, needed = f"rules, entry {number}", {"name", "column", "operator", "reason"}
        known = needed <= set(rule) <= needed | {"site", "value"}
        _demand(entry, known, f"keys {', '.join(sorted(needed))}, value, perhaps site; no other")
        _demand(entry, rule["operator"] in _TESTS, "operator one of " + ", ".join(_TESTS))
        _demand(entry, rule["column"] in candidates, "a column that the candidates have")
        failed = ~_passes(candidates[rule["column"]], rule, entry)
        if rule.get("site") is not None:
            _check_table(candidates, "candidates", ["site"])
            failed &= (candidates["site"].astype(str) == str(rule["site"])).to_numpy()
        reason = reason.mask(failed & reason.isna().to_numpy(), rule["reason"])
        names = names.mask(failed, names + ";" + rule["name"])
    result = pd.DataFrame({"eligible": reason.isna(), "refusal_reason": reason})
    return result.assign(failed_rules=names.str.removeprefix(";")).set_axis(candidates.index)


def _passes(answers: pd.Series, rule: Mapping, entry: str) -> np.ndarray:
    """(n,) bool: which answers pass the rule; a missing one does not."""
    test, fitting = rule["operator"], f"a value of the type of column {rule['column']}"
    value: Any = True if test == "is_true" else rule.get("value")
    listed = isinstance(value, list | tuple | set)
    values = [pd.Timestamp(v) if isinstance(v, date) else v for v in (value if listed else [value])]
    _demand(entry, listed == (test == "in") and None not in values, "a list for `in`, else a value")
    known = answers.notna().to_numpy()
    passed, answers = np.zeros(len(answers), dtype=bool), answers[known]
    if known.any():
        # Text never equals a number: such a rule would refuse, or admit, everyone in silence.
        kind = answers.cat.categories if isinstance(answers.dtype, pd.CategoricalDtype) else answers
        _demand(entry, all(isinstance(v, str) == is_string_dtype(kind) for v in values), fitting)
        yes_no = test != "is_true" or answers.isin([True, False]).all()
        _demand(entry, yes_no, "a column of true or false for `is_true`")
        try:
            passed[known] = _TESTS[test](answers, values if listed else values[0])
        except TypeError:
            _demand(entry, False, fitting)
    return passed


def allocate(recruits: pd.DataFrame, design: Design, seed: int | str) -> pd.DataFrame:
    """Allocate recruits in stratified permuted blocks (Matts & Lachin 1988).

    recruits : a row a recruit: recruit_id (unique), randomised_at (datetime; local clock if it has
        a zone) and the strata columns. Each stratum takes them by randomised_at, then recruit_id
        as text. A change of ratio abandons the running block and begins a new one.

    Returns recruit_id, stratum (values joined by "/"), sequence, block, block_size (as drawn, also
    where unfilled), position, arm (1 treatment, 0 control), sorted by stratum and sequence; all
    counts begin at 1. An arm depends only on the seed, the stratum and its recruits up to then.
    Raises InputError with 1-based row numbers.
    """
    strata, once = list(design.strata), "each recruit once"
    rules = [("recruit_id", lambda ids: ids.astype(str).duplicated(keep=False), once), _DATES]
    rules += [(name, _slashes, "no '/' in a value") for name in strata if len(strata) > 1]
    _check_table(recruits, "recruits", ["recruit_id", "randomised_at", *strata], rules)
    values = recruits[strata].astype(str).reset_index(drop=True)
    rows = pd.DataFrame({"recruit_id": recruits["recruit_id"].array})
    rows["stratum"] = values[strata[0]].str.cat(values[strata[1:]], sep="/")
    rows["at"] = _clock(recruits["randomised_at"]).array
    rows["text"] = rows["recruit_id"].astype(str)
    ratios = ratios_of(design, values, rows["at"])
    rows = rows.sort_values(["stratum", "at", "text"])
    ratios, rows = ratios[rows.index], rows[["recruit_id", "stratum"]].reset_index(drop=True)
    grouped, drawn = rows.groupby("stratum"), np.empty((len(rows), 3), dtype=int)
    for label, where in grouped.indices.items():
        drawn[where] = _permuted_blocks(ratios[where], design.block_sizes, seed, label)
    rows["sequence"] = grouped.cumcount() + 1
    rows[["block", "block_size", "arm"]] = drawn
    rows.insert(5, "position", rows.groupby(["stratum", "block"]).cumcount() + 1)
    return rows


def _permuted_blocks(
    ratios: np.ndarray, sizes: Sequence[int], seed: int | str, label: str
) -> np.ndarray:
    """(n, 3) block, block_size and arm of one stratum, from the stratum's own stream."""
    digest = hashlib.sha256(f"{seed}|{label}".encode()).digest()
    # Raw bits, which numpy promises never to change; what Generator's methods make of them may.
    bits = np.random.PCG64(np.random.SeedSequence(int.from_bytes(digest, "big")))
    drawn, block = np.empty((len(ratios), 3), dtype=int), 0
    changes = np.flatnonzero((np.diff(ratios, axis=0) != 0).any(axis=1)) + 1
    for begin, end in zip([0, *changes], [*changes, len(ratios)], strict=True):
        treatment, control = ratios[begin]
        while begin < end:
            size = sizes[int(bits.random_raw()) % len(sizes)]
            # The whole block is drawn even if few recruits fill it: later ones change nothing.
            shuffled = np.argsort(bits.random_raw(size))
            arm = np.where(shuffled < size * treatment // (treatment + control), 1, 0)
            block, stop = block + 1, min(begin + size, end)
            drawn[begin:stop, :2] = block, size
            drawn[begin:stop, 2] = arm[: stop - begin]
            begin = stop
    return drawn


def ratios_of(design: Design, values: pd.DataFrame, at: pd.Series | None) -> np.ndarray:
    """(n, 2) parts for treatment and control, in lowest terms: 2:2 is no change from 1:1."""
    parts = np.ones((len(values), 2), dtype=int)
    for ratio in design.applicable:
        match = np.ones(len(values), dtype=bool)
        for column, value in ratio.where.items():
            match &= (values[column] == str(value)).to_numpy()
        if ratio.start:
            match &= (at >= pd.Timestamp(ratio.start)).to_numpy()
        if ratio.end:
            match &= (at < pd.Timestamp(ratio.end) + pd.Timedelta(days=1)).to_numpy()
        common = gcd(ratio.treatment, ratio.control)
        parts[match] = ratio.treatment // common, ratio.control // common
    return parts


def _demand(entry: str, met: bool, expected: str) -> None:
    if not met:
        remedy = f"correct {entry}"
        raise InputError("Design or rules refused.", rule=entry, expected=expected, remedy=remedy)


def _whole(*numbers: object) -> bool:
    return bool(numbers) and all(isinstance(x, int) and x > 0 for x in numbers)


def _check_table(frame: pd.DataFrame, table: str, columns: list[str], rules: Sequence = ()) -> None:
    """Raise for absent columns, then for all missing values and broken rules together.

    rules : (column, function that marks its wrong rows, what is expected).
    """
    for name in columns:
        if name not in frame:
            raise InputError("A column is absent.", table=table, column=name, remedy="add it")
    problems = []
    for name, wrong, expected in [*((name, _blank, "a value") for name in columns), *rules]:
        at = np.flatnonzero(wrong(frame[name])) + 1
        if len(at):
            where = {"table": table, "column": name, "rows": at, "expected": expected}
            problems.append(InputError("Rows refused.", **where, remedy="correct these rows"))
    if problems:
        raise InputErrors(problems)


def _blank(column: pd.Series) -> pd.Series:
    return column.isna() | (column.astype(str).str.strip() == "")


def _slashes(column: pd.Series) -> pd.Series:
    return column.astype(str).str.count("/")


def _clock(times: pd.Series) -> pd.Series:
    return pd.to_datetime(times).dt.tz_localize(None)


def _not_times(column: pd.Series) -> np.ndarray:
    return np.full(len(column), not is_datetime64_any_dtype(column))


_DATES = ("randomised_at", _not_times, "datetimes, parsed beforehand")
