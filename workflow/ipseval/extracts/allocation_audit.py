"""Audit an allocation list: balance, blocks, predictability.

Sources: Blackwell & Hodges (1957) Ann Math Stat 28:449, the convergence strategy of a guesser;
Wald & Wolfowitz (1940) Ann Math Stat 11:147, the runs test.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from ..arms import allocated
from ..config.trial import Trial
from ..errors import InputError
from .on_disk import Stored, held
from .randomiser import _DATES, Design, _check_table, _clock, _slashes, ratios_of


@dataclass(frozen=True)
class AllocationFindings:
    """Tables and plain-sentence problems (empty if none), described at `audit_allocation`."""

    balance: pd.DataFrame
    blocks: pd.DataFrame | None
    predictability: pd.DataFrame
    problems: list[str]


def audit_allocation(allocation: pd.DataFrame, planned: Design | None = None) -> AllocationFindings:
    """Audit a list of stratum, sequence and arm (1 treatment, 0 control).

    Block with block_size are audited if given. Without `planned` the ratio is 1:1; randomised_at
    is needed if a planned ratio has dates. balance and predictability are indexed by stratum, with
    'all' last.

    balance : n, n_treatment, n_control, share_treatment, difference, largest_running_difference
        (for 'all', of the worst stratum). A difference is 2 * sum(arm - planned share): treatment
        minus control at 1:1, and zero on plan at any ratio.
    blocks : stratum, block, block_size, n, complete, balanced (<NA> unless complete); or None.
    predictability : n; share_guessed by the convergence strategy (Blackwell & Hodges 1957: guess
        the arm behind its ratio, counted afresh when the ratio changes; a tie is half right);
        expected_share and standard_error, exact for `planned`, else of a fair coin;
        share_determined by block sizes and earlier arms (NaN without blocks); runs_p, two-sided
        normal runs test, summed over strata for 'all' (NaN if one arm only).
    Raises InputError with 1-based row numbers.
    """
    rows = _audit_rows(allocation, planned)
    periods = _periods(rows, planned)
    periods = pd.concat([periods, periods.assign(stratum="all")])
    sums = periods.drop(columns=["t", "c"]).groupby("stratum", sort=False).sum(min_count=1)
    running = rows.groupby("stratum")["difference"].cumsum().abs()
    balance = sums[["n", "n_treatment", "n_control"]].assign(
        share_treatment=sums["n_treatment"] / sums["n"],
        difference=sums["difference"].round(9),
        largest_running_difference=running.groupby(rows["stratum"]).max().round(9),
    )
    balance.loc["all", "largest_running_difference"] = round(running.max(), 9)
    guesses = _predictability(sums)
    blocks = _blocks(rows) if "block" in rows else None
    problems = _list_problems(rows, blocks) + _chance_problems(guesses, periods, planned)
    if blocks is not None:
        blocks = blocks[["stratum", "block", "block_size", "n", "complete", "balanced"]]
    return AllocationFindings(balance, blocks, guesses, problems)


def _audit_rows(allocation: pd.DataFrame, planned: Design | None) -> pd.DataFrame:
    """The checked list by stratum and sequence, with ratio t:c, ratio period and difference."""
    strata = planned.strata if planned else ("stratum",)
    dated = planned is not None and any(r.start or r.end for r in planned.applicable)
    columns = ["stratum", "sequence", "arm", *(["randomised_at"] if dated else [])]
    columns += ["block", "block_size"] if {"block", "block_size"} & set(allocation) else []
    rules = [
        ("arm", lambda arm: ~arm.isin([0, 1]), "1 or 0"),
        ("stratum", lambda name: name.astype(str) == "all", "not 'all', the name of the total"),
        ("sequence", lambda x: np.full(len(x), not is_integer_dtype(x)), "whole numbers"),
        *([_DATES] if dated else []),
    ]
    if len(strata) > 1:
        joined = "/".join(strata)
        rules.append(("stratum", lambda name: _slashes(name) != joined.count("/"), joined))
    _check_table(allocation, "allocation", columns, rules)
    if allocation.empty:
        raise InputError("There is nothing to audit.", table="allocation", expected="a row or more")
    rows = allocation[columns].astype({"stratum": str, "arm": int})
    rows = rows.sort_values(["stratum", "sequence"], kind="stable", ignore_index=True)
    values = rows[["stratum"]]
    if len(strata) > 1:
        values = rows["stratum"].str.split("/", expand=True)
    at = _clock(rows["randomised_at"]) if dated else None
    ratios = ratios_of(planned, values.set_axis(list(strata), axis=1), at) if planned else 1
    rows[["t", "c"]] = ratios
    rows["difference"] = 2 * (rows["arm"] - rows["t"] / (rows["t"] + rows["c"]))
    key = rows[["stratum", "t", "c"]]
    rows["period"] = (key != key.shift()).any(axis=1).cumsum()
    return rows


def _blocks(rows: pd.DataFrame) -> pd.DataFrame:
    grouped = rows.groupby(["stratum", "block"], sort=False)
    blocks = grouped[["block_size", "t", "c"]].first()
    blocks["n"], treated = grouped.size(), grouped["arm"].sum()
    blocks["complete"] = blocks["n"] == blocks["block_size"]
    balanced = treated * (blocks["t"] + blocks["c"]) == blocks["n"] * blocks["t"]
    blocks["balanced"] = balanced.astype("boolean").where(blocks["complete"])
    return blocks.reset_index()


def _periods(rows: pd.DataFrame, planned: Design | None) -> pd.DataFrame:
    """Sums over each run of one ratio in a stratum, at whose start a guesser counts afresh."""
    arm, period = rows["arm"], rows["period"]
    step = rows["t"].where(arm == 0, -rows["c"])  # whole numbers, so that a tie is exact
    treatment_behind = np.sign(step.groupby(period).cumsum() - step)
    terms = rows[["stratum", "t", "c", "difference", "period"]].assign(
        n=1,
        n_treatment=arm,
        n_control=1 - arm,
        guessed=(1 + treatment_behind * (2 * arm - 1)) / 2,
        determined=_determined(rows) if "block" in rows else np.nan,
        runs=(arm != arm.groupby(period).shift()).astype(int),
    )
    grouped = terms.groupby(["period", "stratum", "t", "c"])
    sums = grouped.sum(min_count=1).reset_index(["stratum", "t", "c"])
    n, product = sums["n"], 2 * sums["n_treatment"] * sums["n_control"]
    sums["runs_mean"] = product / n + 1
    sums["runs_variance"] = product * (product - n) / (n**2 * (n - 1).clip(lower=1))
    sums["expected"], sums["variance"] = n / 2, n / 4
    if planned is None:
        return sums
    for (t, c), same in sums.groupby(["t", "c"]):
        moments = _guess_moments(same["n"].max(), planned.block_sizes, t, c)
        sums.loc[same.index, ["expected", "variance"]] = moments[same["n"]]
    return sums


def _determined(rows: pd.DataFrame) -> pd.Series:
    """1.0 where the earlier arms of the block have used up one of the two quotas, else 0.0."""
    grouped = rows.groupby(["stratum", "block"])
    treated = grouped["arm"].cumsum() - rows["arm"]
    quota = rows["block_size"] * rows["t"] / (rows["t"] + rows["c"])
    control_used_up = grouped.cumcount() - treated >= rows["block_size"] - quota
    return ((treated >= quota) | control_used_up).astype(float)


def _guess_moments(n: int, sizes: Sequence[int], t: int, c: int) -> np.ndarray:
    """(n + 1, 2) exact mean and variance of the right guesses among the first 0..n arms.

    A complete block ends on a tie, so that blocks are independent: a renewal process. For one
    size 2m at 1:1, the mean of a block is Blackwell & Hodges' m + (4**m / comb(2m, m) - 1) / 2.
    """
    blocks = [_block_moments(size, t, c) for size in sizes]
    # Weights, as `_add` has them, by arms. Whole blocks first, one after another as each begins
    # where others end; plain numbers are faster than arrays of one.
    begin = [[0.0, 0.0, 0.0] for _ in range(n + 1 + max(sizes))]
    begin[0][0] = 1.0
    whole = [(size, *moments[:, -1].tolist()) for size, moments in zip(sizes, blocks, strict=True)]
    for i in range(n + 1):
        p, x, xx = begin[i]
        for size, mean, square in whole:
            end = begin[i + size]
            end[0] += p / len(sizes)
            end[1] += (x + mean * p) / len(sizes)
            end[2] += (xx + 2 * mean * x + square * p) / len(sizes)
    begun, running = np.array(begin).T[:, : n + 1], np.zeros((3, n + 1 + max(sizes)))
    # What a block adds after so many arms, those that began first first.
    for arms in reversed(range(max(sizes))):
        for size, moments in zip(sizes, blocks, strict=True):
            if arms < size:
                running[:, arms : arms + n + 1] += _add(begun, *moments[:, arms]) / len(sizes)
    _, mean, square = running[:, : n + 1]
    return np.column_stack([mean, np.maximum(square - mean**2, 0)])


def _block_moments(size: int, t: int, c: int) -> np.ndarray:
    """(2, size + 1) mean and mean square of the right guesses in 0..size arms of a block."""
    quota = size * t // (t + c)
    treated = np.arange(quota + 1)
    weights, moments = np.zeros((3, quota + 1)), np.zeros((2, size + 1))
    weights[0, 0] = 1
    for placed in range(size):
        chance = (quota - treated) / (size - placed)
        right = (1 - np.sign(treated * c - (placed - treated) * t)) / 2  # if treatment comes next
        next_treated = _add(weights, right, right**2) * chance
        weights = _add(weights, 1 - right, (1 - right) ** 2) * (1 - chance)
        weights[:, 1:] += next_treated[:, :-1]
        moments[:, placed + 1] = weights[1:].sum(axis=1)
    return moments


def _add(weights: np.ndarray, mean: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Weights P(A), E[X; A], E[X**2; A] once X has grown by a term with this mean and square."""
    p, x, xx = weights
    return np.stack([p + 0 * mean, x + mean * p, xx + 2 * mean * x + square * p])


def _predictability(sums: pd.DataFrame) -> pd.DataFrame:
    from scipy.special import ndtr

    n, spread = sums["n"], np.sqrt(sums["runs_variance"])
    runs_z = (sums["runs"] - sums["runs_mean"]) / spread.where(spread > 0)
    return sums[["n"]].assign(
        share_guessed=sums["guessed"] / n,
        expected_share=sums["expected"] / n,
        standard_error=np.sqrt(sums["variance"]) / n,
        share_determined=sums["determined"] / n,
        runs_p=2 * ndtr(-runs_z.abs()),
    )


def _list_problems(rows: pd.DataFrame, blocks: pd.DataFrame | None) -> list[str]:
    wrong = rows["sequence"] != rows.groupby("stratum").cumcount() + 1
    gaps = rows.loc[wrong, "stratum"].unique()
    problems = [f"Stratum {name}: the sequence has gaps or duplicates." for name in gaps]
    if blocks is None:
        return problems
    # A change of ratio abandons a block by design, hence t and c.
    key = blocks[["stratum", "t", "c"]]
    goes_on = (key == key.shift(-1)).all(axis=1)
    faulty = {
        "is incomplete but not the last": (blocks["n"] < blocks["block_size"]) & goes_on,
        "holds more than its block size": blocks["n"] > blocks["block_size"],
        "is complete but unbalanced": (~blocks["balanced"]).fillna(False).astype(bool),
    }
    for what, mask in faulty.items():
        names = zip(blocks.loc[mask, "stratum"], blocks.loc[mask, "block"], strict=True)
        problems += [f"Stratum {name}: block {block} {what}." for name, block in names]
    return problems


def _chance_problems(
    guesses: pd.DataFrame, periods: pd.DataFrame, planned: Design | None
) -> list[str]:
    """Predictability over 3 standard errors above design; ratio off plan, binomial p < .001."""
    total = "all" if len(guesses) > 2 else None  # of one stratum, the total says nothing new
    source = "the planned design" if planned else "a fair coin (no design was given)"
    excess = guesses["share_guessed"] - guesses["expected_share"]
    problems = []
    for name, row in guesses[excess > 3 * guesses["standard_error"] + 1e-9].iterrows():
        if name != "all" or total:
            problems.append(
                f"{_title(name)}: a convergence guess is right {row['share_guessed']:.1%} of the "
                f"time, over 3 standard errors above {row['expected_share']:.1%} of {source}."
            )
    counts = periods.groupby(["stratum", "t", "c"], sort=False)[["n_treatment", "n"]].sum()
    for (name, t, c), (treated, n) in zip(counts.index, counts.to_numpy(), strict=True):
        if (name != "all" or total) and _is_rare(treated, n, t / (t + c)):
            problems.append(f"{_title(name)}: {treated} of {n} in treatment is far from {t}:{c}.")
    return problems


def _is_rare(treated: int, n: int, share: float) -> bool:
    """Return whether the two-sided binomial p is below .001."""
    from scipy.special import bdtr, bdtrc

    # It is not below that of one side, which comes without two seconds of imports.
    if min(bdtr(treated, n, share), bdtrc(treated - 1, n, share)) > 0.0011:
        return False
    from scipy.stats import binomtest

    return bool(binomtest(treated, n, share).pvalue < 0.001)


def _title(stratum: str) -> str:
    return "All strata" if stratum == "all" else f"Stratum {stratum}"


AUDIT_COLUMNS = [
    "stratum",
    "n",
    "n_treatment",
    "n_control",
    "largest_running_difference",
    "share_guessed",
    "expected_share",
]


def audit_table(
    table: pd.DataFrame | Stored | None, trial: Trial, say: Callable[[str], object] = print
) -> pd.DataFrame:
    """Return balance and predictability by stratum (AUDIT_COLUMNS), `all` last.

    No rows for a trial without an allocation list. Problems are said, one line each.
    """
    if table is None:
        return pd.DataFrame(columns=AUDIT_COLUMNS)
    allocation = held(table)
    arm = allocated(allocation, trial.person.arm, "allocation", "arm")
    allocation = allocation.assign(arm=arm)
    declared = trial.randomisation.model_dump(exclude={"eligibility", "cluster"})
    audit = audit_allocation(allocation, Design.from_config(declared))
    for problem in audit.problems:
        say(problem)
    joined = audit.balance.join(audit.predictability.drop(columns="n"))
    return joined.rename_axis("stratum").reset_index()[AUDIT_COLUMNS]
