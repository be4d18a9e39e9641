"""Sentences about tests of several effects, methods and arms: cells of exhibits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...lazy import pd
from .words import (
    WITHHELD,
    Words,
    as_prose,
    by_chance,
    capital,
    listed,
    of_them,
    sized,
    true_minus,
    where,
)


def equal_effects(cells: pd.DataFrame, words: Words) -> list[str]:
    """Return how many tests of equal effects between levels are significant, and which."""
    tests = known_cells(cells[cells["column"] == "joint_test"])
    if tests.empty:
        return []
    found = tests[tests["value"] < words.alpha]
    count = words.significant(len(found), len(tests), "interaction test", "interaction tests")
    each = [
        f"{where(line.panel, line.row, words)}, {words.p(line.value)}"
        for line in found.itertuples()
    ]
    names = f" ({listed(each)})" if each else ""
    return [f"{count}{names}; {by_chance(len(tests), words.alpha)}."]


# Columns of p-values that no method has adjusted.
PLAIN = {
    "p_value": "Without adjustment",
    "randomisation": "By randomisation inference, without adjustment",
}


def tested_together(cells: pd.DataFrame, names: Callable[[str], str], words: Words) -> list[str]:
    """Return how many hypotheses are significant before and after adjustment, and which after.

    `names` gives the printed name of a method.
    """
    tests = known_cells(cells[cells["statistic"] == "p_value"])
    effects = cells[cells["column"] == "effect"].set_index(["panel", "row"])["printed"]
    sentences = []
    for column, part in tests.groupby("column", sort=False):
        found = part[part["value"] < words.alpha]
        count = of_them(len(found), len(part), "hypothesis", "hypotheses")
        each = [
            f"{words.label(line.panel)}, {as_prose(line.row)}, "
            f"{in_words(effects[line.panel, line.row])}, {words.p(line.value)}"
            for line in found.itertuples()
            if column not in PLAIN
        ]
        which = f": {listed(each)}" if each else ""
        how = PLAIN.get(str(column), f"Adjusted by {names(str(column))}")
        sentences.append(f"{how}, {count} statistically significant at {words.level}{which}.")
    return sentences


def unit_of(cells: pd.DataFrame, words: Words) -> str:
    """Return the unit that printed effects lack, with a space: of shares, and of most scores."""
    if (cells["statistic"] == "ppt").any():
        return " percentage points"
    units = cells["unit"].unique()
    return words.unit(units[0]) if len(units) == 1 else ""


def in_words(printed: str) -> str:
    """Return a printed effect as in a sentence: 3.5 percentage points for 3.5ppt."""
    return true_minus(printed.replace("ppt", " percentage points"))


def imbalance(
    cells: pd.DataFrame, names: Mapping[str, str], threshold: float, words: Words
) -> list[str]:
    """Return where response is imbalanced between arms, with rates, interval, n and p-value."""
    sentences = []
    verdicts = known_cells(cells[cells["column"] == "verdict"])
    if verdicts.empty:
        return []
    found = verdicts[verdicts["value"] == 1]
    count = of_them(len(found), len(verdicts), "response rate", "response rates")
    sentences.append(f"{capital(count)} imbalanced between the arms.")
    for line in found.itertuples():
        own = cells[(cells["panel"] == line.panel) & (cells["row"] == line.row)]
        said = {name: true_minus(text) for name, text in own.set_index("column")["printed"].items()}
        if WITHHELD in said.values():
            continue
        p = own.loc[own["column"] == "p_value", "value"].iloc[0]
        sentences.append(
            f"{names.get(line.panel, line.panel)}, {words.label(line.row)}: {said['treatment']} of "
            f"the treatment group and {said['control']} of the control group responded, a "
            f"difference of {said['difference']} percentage points ({words.interval} "
            f"{said['interval_low']} to {said['interval_high']}; {sized(line.n)}; {words.p(p)})."
        )
    gaps = cells[cells["column"] == "difference"]["value"].abs()
    near = int((gaps - threshold).abs().lt(0.5).sum())
    if near:
        sentences.append(
            f"In {near} of {len(verdicts)} the difference is within half a percentage point of the "
            f"threshold of {threshold:g} percentage points."
        )
    return sentences


def models(cells: pd.DataFrame, words: Words) -> list[str]:
    """Return the range of each effect over the models of a table, and how many are significant."""
    effects = known_cells(cells[cells["column"] == "effect"])
    tests, ends = (
        cells[cells["column"] == column].set_index(["panel", "row"])["value"]
        for column in ("p_value", "interval")
    )
    sentences = []
    for (panel, unit), part in effects.groupby(["panel", "unit"], sort=False):
        least, most = part["value"].min(), part["value"].max()
        # An interval is about two standard errors to each side.
        lows = ends.reindex(pd.MultiIndex.from_frame(part[["panel", "row"]])).to_numpy()
        error = (part["value"] - lows).abs().min() / 2
        span = high = words.size(most, unit, error)
        if words.size(least, unit, error) != high:
            span = f"{words.number(least, unit, error)} to {high}"
        found = [words.is_significant(tests[panel, row]) for row in part["row"]]
        number = sum(found)
        many = len(found)
        of = f"{number} of {many}"
        if number in (0, many):
            whole = {1: "it", 2: "both"}.get(many, f"all {many}")
            of = whole if number else "none"
        sentences.append(
            f"{words.label(panel)}: {span} by {many} model{'s' if many > 1 else ''}; statistically "
            f"significant at {words.level} by {of}."
        )
    return sentences


def methods(cells: pd.DataFrame, words: Words) -> list[str]:
    """Return in how many groups all methods agree with the sign of the first, and the range.

    A group that the first method does not estimate is not compared.
    """
    every = cells[cells["column"] == "effect"]
    effects = known_cells(every)
    if effects.empty:
        return []
    # The first that the report compares, even where a release withholds it.
    shown = every if WITHHELD in set(every["printed"]) else effects
    first, parts, same = shown["row"].iloc[0], [], 0
    for group, part in effects.groupby("panel", sort=False):
        primary = part[part["row"] == first]
        if primary.empty or len(part) < 2:
            continue
        value = primary["value"].iloc[0]
        agree = bool((part["value"] * value > 0).all())
        same += agree
        low, high = (
            part.loc[part["value"] == end].iloc[0]
            for end in (part["value"].min(), part["value"].max())
        )
        unit = unit_of(part, words)
        parts.append(
            f"{words.label(str(group))} {true_minus(primary['printed'].iloc[0])} "
            f"({true_minus(low['printed'])} to {true_minus(high['printed'])}{unit} by {len(part)} "
            f"methods; {sized(primary['n'].iloc[0])}; {'same sign' if agree else 'signs differ'})"
        )
    if not parts:
        return []
    return [
        f"All methods give an effect in the direction of the first ({as_prose(first)}) in "
        f"{same} of {len(parts)} groups: {listed(parts)}."
    ]


def verdicts(cells: pd.DataFrame, level: float, words: Words) -> list[str]:
    """Return for how many hypotheses the verdict depends on what is tested together."""
    shown = known_cells(cells[(cells["statistic"] == "p_value") & (cells["column"] != "p_value")])
    if shown.empty:
        return []
    below = (shown["value"] < level).groupby([shown["panel"], shown["row"]], sort=False)
    changes = below.nunique().gt(1)
    each = [
        f"{words.label(group)}, {as_prose(row)}" for group, row in changes[changes].index.to_list()
    ]
    names = f": {listed(each)}" if each else ""
    total = len(changes)
    return [
        f"Whether the effect is statistically significant at the {100 * level:g}% level depends on "
        f"what is tested together for {len(each) or 'none'} of {total} "
        f"{'hypothesis' if total == 1 else 'hypotheses'}{names}."
    ]


def interactions(cells: pd.DataFrame, words: Words) -> list[str]:
    """Return in how many groups the effect differs between two subgroups, and every test."""
    tests = known_cells(cells[cells["row"] == "interaction"])
    if tests.empty:
        return []
    found = tests[tests["value"] < words.alpha]
    count = words.significant(len(found), len(tests), "interaction", "interactions")
    each = [
        f"{words.label(line.panel)}, {words.p(line.value)}, {sized(line.n)}"
        for line in tests.itertuples()
    ]
    return [f"{count} ({listed(each)})."]


def known_cells(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["value"].notna()]
