"""Sentences about estimates of effects: rows of impact/<family>.csv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any

from ..formats import grouped, round_half_up
from .words import Words, by_chance, known, listed, where, withheld, within

if TYPE_CHECKING:
    import pandas as pd

EFFECT, JOINT = "arm", "equal effects"


@dataclass(frozen=True)
class OutcomeFinding:
    """What was found of one outcome at one time point: its name, the model, and sentences."""

    outcome: str
    model: str
    sentences: list[str]


def by_outcome(
    rows: pd.DataFrame, words: Words, models: Mapping[str, str]
) -> Iterator[OutcomeFinding]:
    """Yield what was found of each outcome and time point by the first model that estimates it.

    `rows` are the estimates of a family, `models` the printed names of its models. An outcome of
    which nothing was estimated is left out.
    """
    at_several = rows.groupby("outcome")["timepoint"].nunique().gt(1)
    for (outcome, time), every in rows.groupby(["outcome", "timepoint"], sort=False):
        effects = _estimated(every[every["term"] == EFFECT])
        if effects.empty:
            continue
        model = effects["model"].iloc[0]
        name = words.label(str(outcome))
        name += f", {words.label(str(time)).lower()}" if at_several[outcome] else ""
        sentences = list(_about(every[every["model"] == model], words))
        yield OutcomeFinding(name, models.get(model, model), sentences)


def findings(rows: pd.DataFrame, words: Words, models: Mapping[str, str]) -> list[str]:
    """Return what by_outcome finds, a paragraph of Markdown each."""
    return [
        " ".join([f"**{one.outcome}** ({one.model}).", *one.sentences])
        for one in by_outcome(rows, words, models)
    ]


def significant(rows: pd.DataFrame, words: Words) -> list[str]:
    """Return how many effects of one model are statistically significant, and each that is."""
    effects = _estimated(rows[rows["term"] == EFFECT])
    if effects.empty:
        return []
    found = effects[words.alpha > effects["p_value"]]
    count = words.significant(len(found), len(effects), "effect", "effects")
    expected = by_chance(len(effects), words.alpha)
    first = f"{count}; {expected}."
    several = rows["timepoint"].nunique() > 1
    each = [
        f"{words.label(line.outcome)}"
        + (f", {words.label(str(line.timepoint)).lower()}" if several else "")
        + f", {where(line.group, line.subgroup, words)}: {_numbers(line, words)}."
        for line in found.itertuples()
    ]
    return [first, *each]


def registered(cells: pd.DataFrame) -> list[str]:
    """Return how many outcomes of a register were estimated; cells of an outcome register."""
    status = cells[cells["column"] == "status"]
    if status.empty:
        return []
    missing = int(status["printed"].str.startswith("Not estimated").sum())
    why = "; the first table says why each of these is not" if missing else ""
    return [
        f"Of {len(status)} outcomes, registered or in the report, {len(status) - missing} were "
        f"estimated and {missing or 'none'} {'was' if missing < 2 else 'were'} not{why}."
    ]


def effect(line: Any, words: Words) -> str:
    """Return the sentence of one estimate that is statistically significant or not."""
    verdict = "and" if words.is_significant(line.p_value) else "but not"
    kind = "a difference" if _is_difference(line, words) else "an estimated effect"
    if is_ratio(line.unit):
        kind = "a ratio"
    means = _means(line, words)
    text = f"{where(line.group, line.subgroup, words)}: {means}{kind} of {_numbers(line, words)}"
    return (
        f"{text}, {_direction(line)} in {_side(line, words, 'treatment')} {verdict} statistically "
        f"significant at {words.level}."
    )


def _about(rows: pd.DataFrame, words: Words) -> Iterator[str]:
    """Yield the sentences of one outcome and model: what was found, what not, tests of equality."""
    every = rows[rows["term"] == EFFECT]
    effects = _estimated(every)
    found = words.alpha > effects["p_value"]
    yield from (effect(line, words) for line in effects[found].itertuples())
    hidden = withheld(every)
    if not found.all():
        others = [
            f"{within(where(line.group, line.subgroup, words))} "
            f"({_numbers(line, words, brackets=False)})"
            for line in effects[~found].itertuples()
        ]
        several = len(others) > 1 and not found.any() and hidden.empty
        whom = f" in any group: {listed(others)}" if several else f" for {listed(others, 'or')}"
        yield f"There was no statistically significant effect at {words.level}{whom}."
    missing = every[every["estimate"].isna()].drop(index=hidden.index)
    if len(missing):
        names = [within(where(line.group, line.subgroup, words)) for line in missing.itertuples()]
        yield f"No estimate could be made for {listed(names, 'or')}."
    if len(hidden):
        names = [within(where(line.group, line.subgroup, words)) for line in hidden.itertuples()]
        yield f"The estimate for {listed(names)} is withheld."
    yield from _equality(rows[(rows["term"] == JOINT) & rows["p_value"].notna()], words)


def _equality(tests: pd.DataFrame, words: Words) -> Iterator[str]:
    """Yield what tests say of equal effects in the levels of a subgroup."""
    for verdict, part in tests.groupby(tests["p_value"] < words.alpha, sort=True):
        each = [
            f"{within(where(line.group, line.subgroup, words))} "
            f"(F = {round_half_up(line.statistic, 2)}; n = {grouped(line.n)}; "
            f"{words.p(line.p_value)})"
            for line in part.itertuples()
        ]
        differ = "Effects differ" if verdict else "Effects do not differ"
        yield (
            f"{differ} statistically significantly between the levels at {words.level} for "
            f"{listed(each, 'and' if verdict else 'or')}."
        )


def is_ratio(unit: str) -> bool:
    """Return whether an effect is a ratio, of which 1 is none."""
    return str(unit).endswith("ratio")


def _estimated(effects: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have an estimate and a test of it."""
    return effects[effects["estimate"].notna() & effects["p_value"].notna()]


def _numbers(line: Any, words: Words, brackets: bool = True) -> str:
    """Return the size of an effect, its interval, n and p-value."""
    error = _error(line)
    size = words.size(line.estimate, line.unit, error)
    rest = (
        f"{words.interval} {words.span(line.ci_low, line.ci_high, line.unit, error)}; "
        f"n = {grouped(line.n)}; {words.p(line.p_value)}"
    )
    return f"{size} ({rest})" if brackets else f"{size}; {rest}"


def _means(line: Any, words: Words) -> str:
    """Return the means of both arms, or nothing where they are not known."""
    if not known(line.mean_treatment, line.mean_control):
        return ""
    unit = line.unit
    if is_ratio(unit):
        # What a ratio is of: risks are shares, rates are numbers.
        unit = "" if unit == "rate ratio" else "proportion"
    of = "of" if unit == "proportion" else "in"
    treatment, control = (
        words.mean(value, unit, _error(line)) for value in (line.mean_treatment, line.mean_control)
    )
    sides = [_side(line, words, side) for side in ("treatment", "control")]
    return f"{treatment} {of} {sides[0]} and {control} {of} {sides[1]}, "


def _side(line: Any, words: Words, side: str) -> str:
    """Return a side of a comparison: the names of its arms, or the treatment group."""
    arms = getattr(line, f"{side}_arms", None)
    if not isinstance(arms, str):
        return f"the {side} group"
    names = [words.label(arm) for arm in arms.split("|")]
    return f"the {names[0]} arm" if len(names) == 1 else f"the arms {listed(names)}"


def _is_difference(line: Any, words: Words) -> bool:
    """Whether the estimate is the difference of the means, as far as it is printed."""
    if is_ratio(line.unit):
        return False
    raw = line.mean_treatment - line.mean_control
    one, other = (words.number(x, line.unit, _error(line)) for x in (raw, line.estimate))
    return known(raw) and one == other


def _error(line: Any) -> float:
    """Return the standard error; a release has one only where decimals depend on it."""
    return getattr(line, "std_error", nan)


def _direction(line: Any) -> str:
    none = 1.0 if is_ratio(line.unit) else 0.0
    return "higher" if line.estimate > none else "lower" if line.estimate < none else "equal"
