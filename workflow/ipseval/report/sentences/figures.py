"""Alternative texts of figures: the message first, then the key values; cells of exhibits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...config.units import is_money
from ..formats import NOT_SHOWN, grouped
from .comparisons import in_words, known_cells, unit_of
from .words import TRUE_MINUS, WITHHELD, Words, known, listed, true_minus, where

if TYPE_CHECKING:
    import pandas as pd


def effects(cells: pd.DataFrame, words: Words) -> str:
    """Return which groups have a statistically significant effect, then the effect of each.

    `cells` are of one model: effect, effect_low and effect_high by panel, a group.
    """
    wide = known_cells(cells).pivot(index="panel", columns="column", values="value")
    wide = wide.reindex(columns=["effect", "effect_low", "effect_high"])
    wide = wide.loc[[g for g in dict.fromkeys(cells["panel"]) if g in wide.index]].dropna()
    if wide.empty:
        return "No effect was estimated."
    found = wide[(wide["effect_low"] > 0) | (wide["effect_high"] < 0)].index
    printed = cells.set_index(["panel", "column"])["printed"]
    unit = unit_of(cells, words)
    ends = {
        group: [true_minus(printed[group, f"effect_{end}"]) for end in ("low", "high")]
        for group in wide.index
    }
    each = [
        f"{words.label(group)} {in_words(printed[group, 'effect'])}{unit} ({words.interval} "
        f"{low} to {high})"
        for group, (low, high) in ends.items()
    ]
    which = f" ({listed([words.label(group) for group in found])})" if len(found) else ""
    count = words.significant(len(found), len(wide), "effect", "effects")
    return f"{count}{which}. Effects: {'; '.join(each)}."


def curves(cells: pd.DataFrame, words: Words) -> str:
    """Return in how many months after randomisation effects are significant, and the last levels.

    Rows are months relative to randomisation; columns treatment, control, effect and its ends.
    """
    effects_of = cells[cells["column"] == "effect"]
    unit = "%" if (effects_of["statistic"] == "ppt").any() else ""
    of = unit_of(effects_of, words)
    symbol = words.symbol if effects_of["unit"].map(is_money).any() else ""
    parts = []
    for group in dict.fromkeys(cells["panel"]):
        own = cells[cells["panel"] == group]
        wide = own.pivot(index="row", columns="column", values="value")
        wide = wide.set_axis(wide.index.astype(int)).sort_index().dropna(subset=["effect"])
        after = wide[wide.index > 0]
        if after.empty:
            continue
        found = int(((after["effect_low"] > 0) | (after["effect_high"] < 0)).sum())
        last = after.index.max()
        printed = own[own["row"].astype(int) == last].set_index("column")["printed"]
        level = {
            arm: _priced(grouped(value), symbol) + unit if known(value) else NOT_SHOWN
            for arm, value in after.loc[last, ["treatment", "control"]].items()
        }
        size, low, high = (
            _priced(printed[name], symbol) for name in ("effect", "effect_low", "effect_high")
        )
        parts.append(
            f"{words.label(str(group))}: in {found or 'none'} of {len(after)} months; in month "
            f"{last} treatment {level['treatment']}, control {level['control']}, effect {size}{of} "
            f"({words.interval} {low} to {high})"
        )
    if not parts:
        return "No effect was estimated after randomisation."
    return (
        f"Months after randomisation in which the effect is statistically significant at "
        f"{words.level}, and the last month. {'. '.join(parts)}."
    )


def _priced(printed: str, symbol: str) -> str:
    """Return a printed number with a currency symbol, after its minus if there is one."""
    number = in_words(printed)
    minus = number[:1] == TRUE_MINUS
    return f"{TRUE_MINUS}{symbol}{number[1:]}" if minus else f"{symbol}{number}"


def equal_effects(cells: pd.DataFrame, words: Words) -> str:
    """Return which tests of equal effects are significant, then every p-value by group."""
    tests = known_cells(cells[cells["column"] == "joint_test"])
    if tests.empty:
        return "No test of equal effects was made."
    found = tests[tests["value"] < words.alpha]
    names = [f"{where(line.panel, line.row, words)}" for line in found.itertuples()]
    which = f" ({listed(names)})" if names else ""
    one, many = "test of equal effects", "tests of equal effects"
    count = words.significant(len(found), len(tests), one, many)
    parts = [
        f"{words.label(str(group))}: "
        + ", ".join(f"{words.label(line.row)} {line.printed}" for line in part.itertuples())
        for group, part in tests.groupby("panel", sort=False)
    ]
    return f"{count}{which}. P-values: {'; '.join(parts)}."


def interactions(cells: pd.DataFrame, words: Words) -> str:
    """Return which interactions are significant."""
    tests = known_cells(cells[cells["row"] == "interaction"])
    if tests.empty:
        return "No interaction was estimated."
    found = tests[tests["value"] < words.alpha]
    names = [words.label(line.panel) for line in found.itertuples()]
    which = f" ({listed(names)})" if names else ""
    count = words.significant(len(found), len(tests), "interaction", "interactions")
    return f"{count}{which}."


def heterogeneity(cells: pd.DataFrame, words: Words) -> str:
    """Return whether odds ratios differ between sites, of the row of heterogeneity."""
    test = cells[(cells["row"] == "heterogeneity") & (cells["column"] == "p_value")]
    p = test["value"]
    if WITHHELD in set(test["printed"]):
        return "The test of heterogeneity between sites is withheld."
    if p.isna().all():
        return "Heterogeneity between sites could not be tested."
    differ = "differ" if words.is_significant(p.iloc[0]) else "do not differ"
    return f"Odds ratios {differ} statistically significantly between sites at {words.level}."
