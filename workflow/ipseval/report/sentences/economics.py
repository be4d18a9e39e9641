"""Sentences about costs, returns and what is uncertain in them: rows of economics/*.csv."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..formats import grouped, money
from .words import Words, chance, known, listed, true_minus, withheld, within

if TYPE_CHECKING:
    import pandas as pd

INTERVAL = "95% uncertainty interval"


def returns(rows: pd.DataFrame, words: Words) -> list[str]:
    """Return the return for every pound of each group, with its interval; rows are of one case."""
    sentences = []
    for line in rows.itertuples():
        if not known(line.return_per_pound):
            continue
        whom, cost = within(words.label(line.group)), _money(line.cost_per_head, words)
        text = (
            f"The return was {_money(line.return_per_pound, words, 2)} per {words.symbol}1 spent "
            f"for {whom}"
        )
        low, high = line.return_per_pound_ci_low, line.return_per_pound_ci_high
        detail = f"cost per recruit to treatment {cost}; n = {grouped(line.n_treatment)} recruits"
        if low == high == 0:
            # The rule of evidence left every benefit of the case out: nothing is uncertain.
            sentences.append(f"{text}, since no benefit was counted in this case ({detail}).")
            continue
        sentences.append(f"{text} ({INTERVAL} {_span(low, high, words, 2)}; {detail}).")
    return sentences


def returned(rows: pd.DataFrame, words: Words) -> list[str]:
    """Return the return for every pound of all groups in a sentence, and how sure it is.

    Rows are of one case. Groups in which no benefit was counted stand in a sentence of their own.
    """
    known_rows = [line for line in rows.itertuples() if known(line.return_per_pound)]
    each, none = [], []
    for line in known_rows:
        whom, low, high = within(words.label(line.group)), *_ends(line)
        cost = (
            f"cost {_money(line.cost_per_head, words)} per recruit; n = {grouped(line.n_treatment)}"
        )
        if low == high == 0:
            none.append(f"{whom} ({cost})")
            continue
        net = _money(line.net_present_value, words)
        positive = chance(line.probability_return_above_one, int(line.draws))
        each.append(
            f"{_money(line.return_per_pound, words, 2)} for {whom} ({INTERVAL} "
            f"{_span(low, high, words, 2)}; {cost}; net present value {net} per recruit, "
            f"positive in {positive})"
        )
    sentences = []
    if each:
        sentences.append(f"The return per {words.symbol}1 spent was {listed(each)}.")
    if none:
        sentences.append(f"No benefit was counted in this case for {listed(none, 'or')}.")
    return sentences


def _ends(line: Any) -> tuple[float, float]:
    return line.return_per_pound_ci_low, line.return_per_pound_ci_high


def net_values(rows: pd.DataFrame, words: Words) -> list[str]:
    """Return the net present value of each group and how often it is positive; of one case."""
    return [_net(line, words) for line in rows.itertuples() if known(line.net_present_value)]


def _net(line: Any, words: Words) -> str:
    ends = (line.net_present_value_ci_low, line.net_present_value_ci_high)
    positive = chance(line.probability_return_above_one, int(line.draws))
    return (
        f"The net present value was {_money(line.net_present_value, words)} per recruit to "
        f"treatment for {within(words.label(line.group))} ({INTERVAL} {_span(*ends, words)}; "
        f"n = {grouped(line.n_treatment)} recruits); {positive} had a positive net present value."
    )


def calibrated(names: Sequence[str], words: Words) -> list[str]:
    """Return which numbers behind a result were solved from published ones; none if none was."""
    if not names:
        return []
    each = listed([words.label(name) for name in names])
    return [
        "Calibrated to the published values, so that agreement with them is by construction: "
        f"{each}."
    ]


def information(rows: pd.DataFrame, words: Words) -> list[str]:
    """Return what perfect information is worth in the group where it is most, and which part."""
    perfect = rows[(rows["measure"] == "evpi") & rows["value"].notna()]
    # What is highest is not known where one of them is withheld.
    if perfect.empty or len(withheld(rows)):
        return []
    best = perfect.loc[perfect["value"].idxmax()]
    if round(best["value"], 2) <= 0:
        return [
            "The expected value of perfect information is nil in every group: no simulation would "
            "change the decision."
        ]
    error = _money(best["monte_carlo_error"], words)
    sentences = [
        "The expected value of perfect information is highest for "
        f"{within(words.label(best['group']))}: "
        f"{_money(best['value'], words)} per person (Monte Carlo standard error {error}; "
        f"n = {grouped(best['n_treatment'])} recruits)."
    ]
    parts = rows[
        (rows["group"] == best["group"])
        & (rows["measure"] == "evppi")
        & ~rows["driver"].str.startswith("all_", na=False)
        & rows["value"].notna()
    ]
    if len(parts) and round(parts["value"].max(), 2) > 0:
        first = parts.loc[parts["value"].idxmax()]
        sentences.append(
            "Of single parameters, the expected value of partial perfect information is highest "
            f"for {words.label(first['driver'])}: {_money(first['value'], words)} per "
            f"person (Monte Carlo standard error {_money(first['monte_carlo_error'], words)})."
        )
    return sentences


def convergence(rows: pd.DataFrame, words: Words) -> list[str]:
    """Return the largest Monte Carlo error that is left with all draws."""
    last = rows[(rows["draws"] == rows["draws"].max()) & rows["monte_carlo_error"].notna()]
    if last.empty or len(withheld(rows)):
        return []
    worst = last.loc[last["monte_carlo_error"].idxmax()]
    place = f"{words.label(worst['group'])}, {words.label(worst['appraisal'])}"
    return [
        f"With {grouped(worst['draws'])} simulations the Monte Carlo standard error of mean net "
        f"present value is at most {_money(worst['monte_carlo_error'], words)} ({place}, where the "
        f"mean is {_money(worst['mean'], words)})."
    ]


def _money(value: float, words: Words, decimals: int = 0) -> str:
    return true_minus(money(value, words.symbol, decimals))


def _span(low: float, high: float, words: Words, decimals: int = 0) -> str:
    return f"{_money(low, words, decimals)} to {_money(high, words, decimals)}"
