"""Scores of instruments, from the answers to their items.

Each instrument is a function of an array of answers, one row a person and one column an item, NaN
where there is no answer. `score` is the way in: it refuses answers that the instrument does not
have before a function sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..errors import InputError, InputErrors, counted
from ..lazy import np

# A sum is scaled up from the items answered if at most this share of them is missing.
MOST_MISSING = 0.2
LEAST_JSSE_ITEMS = 7

# What levels 1 to 5 take off an index of 1; rows are dimensions in the order of EQ5D_ITEMS.
DECREMENTS_5L = {
    "england_2018": [
        [0, 0.058, 0.076, 0.207, 0.274],
        [0, 0.050, 0.080, 0.164, 0.203],
        [0, 0.050, 0.063, 0.162, 0.184],
        [0, 0.063, 0.084, 0.276, 0.335],
        [0, 0.078, 0.104, 0.285, 0.289],
    ],
    "uk_2026": [
        [0, 0.032, 0.058, 0.179, 0.279],
        [0, 0.038, 0.060, 0.162, 0.206],
        [0, 0.049, 0.086, 0.184, 0.212],
        [0, 0.056, 0.066, 0.371, 0.479],
        [0, 0.041, 0.126, 0.313, 0.391],
    ],
}
DECREMENTS_3L = [
    [0, 0.069, 0.314],
    [0, 0.104, 0.214],
    [0, 0.036, 0.094],
    [0, 0.123, 0.386],
    [0, 0.071, 0.236],
]
ANY_PROBLEM_3L, ANY_EXTREME_3L = 0.081, 0.269
# Of people at level 2 of five, the share at level 1 of three; of those at 4, the share at 3.
NO_PROBLEM_AT_2 = [0.1777, 0.1669, 0.1994, 0.1993, 0.2066]
EXTREME_AT_4 = [0.0721, 0.2432, 0.3284, 0.3994, 0.4908]
CROSSWALK = [
    [[1, 0, 0], [none, 1 - none, 0], [0, 1, 0], [0, 1 - extreme, extreme], [0, 0, 1]]
    for none, extreme in zip(NO_PROBLEM_AT_2, EXTREME_AT_4, strict=True)
]
# Metric scores of the raw sums 7 to 35.
# fmt: off
SWEMWBS_METRIC = [
    7.00, 9.51, 11.25, 12.40, 13.33, 14.08, 14.75, 15.32, 15.84, 16.36, 16.88, 17.43, 17.98, 18.59,
    19.25, 19.98, 20.73, 21.54, 22.35, 23.21, 24.11, 25.03, 26.02, 27.03, 28.13, 29.31, 30.70,
    32.55, 35.00,
]
# fmt: on


def eq5d5l(items: np.ndarray, value_set: str) -> np.ndarray:
    """Return the EQ-5D-5L index: health-related quality of life, 1 is full health, 0 like death.

    Unit: index. Higher is better. Missing unless all five items are answered.

    england_2018 : Devlin et al. 2018, -0.285 to 1. 1 less a decrement a dimension.
    uk_2026 : doi 10.1016/j.jval.2026.03.008, -0.567 to 1. 1 less a decrement a dimension.
    crosswalk_2012 : van Hout et al. 2012 onto the UK tariff of EQ-5D-3L, -0.594 to 1. The expected
        tariff if the answers to EQ-5D-3L are drawn independently between dimensions. The chances
        are fitted to the published index values, which they meet within 0.0006.
    """

    def index(levels: np.ndarray) -> np.ndarray:
        if value_set == "crosswalk_2012":
            return _expected_tariff(np.array(CROSSWALK)[np.arange(5), levels - 1])
        return 1 - np.array(DECREMENTS_5L[value_set])[np.arange(5), levels - 1].sum(axis=1)

    return _of_complete(items, index)


def eq5d3l(items: np.ndarray) -> np.ndarray:
    """Return the EQ-5D-3L index by the UK time trade-off tariff (MVH A1, Dolan 1997).

    Range -0.594 to 1, unit: index. Higher is better. Missing unless all five items are answered.
    """
    return _of_complete(items, lambda levels: _expected_tariff(np.eye(3)[levels - 1]))


def swemwbs(items: np.ndarray) -> np.ndarray:
    """Return the metric score of the Short Warwick-Edinburgh Mental Well-being Scale.

    The raw sum of 7 items of 1 to 5, converted by the table of Stewart-Brown et al. 2009. Range 7
    to 35, unit: points. Higher is better. Missing unless all items are answered: the conversion
    is one of whole sums.
    """
    return _of_complete(items, lambda answers: np.array(SWEMWBS_METRIC)[answers.sum(axis=1) - 7])


def gad7(items: np.ndarray) -> np.ndarray:
    """Return the sum of GAD-7, anxiety in the last two weeks (Spitzer et al. 2006).

    7 items of 0 to 3. Range 0 to 21, unit: points. Lower is better. One item of 7 may be missing.
    """
    return _prorated_sum(items)


def phq8(items: np.ndarray) -> np.ndarray:
    """Return the sum of PHQ-8, depression in the last two weeks (Kroenke et al. 2009).

    8 items of 0 to 3. Range 0 to 24, unit: points. Lower is better. One item of 8 may be missing.
    """
    return _prorated_sum(items)


def phq9(items: np.ndarray) -> np.ndarray:
    """Return the sum of PHQ-9, depression in the last two weeks (Kroenke et al. 2001).

    9 items of 0 to 3. Range 0 to 27, unit: points. Lower is better. One item of 9 may be missing.
    """
    return _prorated_sum(items)


def gse10(items: np.ndarray) -> np.ndarray:
    """Return the sum of the General Self-Efficacy Scale (Schwarzer and Jerusalem 1995).

    10 items of 1 to 4. Range 10 to 40, unit: points. Higher is better. Two items may be missing.
    """
    return _prorated_sum(items)


def jsse9(items: np.ndarray) -> np.ndarray:
    """Return the mean of the job search self-efficacy items of the HLT surveys.

    9 items of 1 to 5. Range 1 to 5, unit: points. Higher is better. The mean of the items answered
    if they are at least 7.
    """
    answered = (~np.isnan(items)).sum(axis=1)
    mean = np.nansum(items, axis=1) / np.maximum(answered, 1)
    return np.where(answered >= LEAST_JSSE_ITEMS, mean, np.nan)


def imi_value7(items: np.ndarray) -> np.ndarray:
    """Return the sum of seven items on value and usefulness of the Intrinsic Motivation Inventory.

    7 items of 1 to 7 (McAuley et al. 1989). Range 7 to 49, unit: points. Higher is better. One item
    of 7 may be missing.
    """
    return _prorated_sum(items)


def msk_bothered(items: np.ndarray) -> np.ndarray:
    """Return 1 for people whom joint or muscle symptoms bother very much or extremely.

    The two items on symptoms by day or night and in daily life of MSK-HQ (Hill et al. 2016), 0 not
    at all to 4 extremely; 3 or 4 in either counts. Range 0 to 1, unit: proportion. Lower is better.
    One answer that counts decides; otherwise both have to be answered.
    """
    bothered = (items >= 3).any(axis=1)
    silent = np.isnan(items).any(axis=1)
    return np.where(silent & ~bothered, np.nan, bothered.astype(float))


def life_satisfaction(items: np.ndarray) -> np.ndarray:
    """Return the answer to the life satisfaction question of ONS personal well-being.

    One item, 0 not at all to 10 completely. Range 0 to 10, unit: points. Higher is better. Missing
    if it is not answered.
    """
    return items[:, 0].copy()


def _of_complete(items: np.ndarray, rule: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the rule's scores of people who answered every item, NaN for the others."""
    complete = ~np.isnan(items).any(axis=1)
    scores = np.full(len(items), np.nan)
    scores[complete] = rule(items[complete].astype(int))
    return scores


def _expected_tariff(chances: np.ndarray) -> np.ndarray:
    """Return the expected 3L tariff of people x dimensions x 3 levels, dimensions independent."""
    some_problem = 1 - chances[:, :, 0].prod(axis=1)
    some_extreme = 1 - (1 - chances[:, :, 2]).prod(axis=1)
    decrements = (chances * DECREMENTS_3L).sum(axis=(1, 2))
    return 1 - ANY_PROBLEM_3L * some_problem - decrements - ANY_EXTREME_3L * some_extreme


def _prorated_sum(items: np.ndarray) -> np.ndarray:
    """Return sums; a missing item counts as the person's mean, too many make the sum missing."""
    n = items.shape[1]
    answered = (~np.isnan(items)).sum(axis=1)
    total = np.nansum(items, axis=1) * n / np.maximum(answered, 1)
    return np.where(n - answered <= MOST_MISSING * n, total, np.nan)


@dataclass(frozen=True)
class Instrument:
    """How an instrument is asked and scored.

    items: names of the items, which follow a prefix in names of columns. lowest, highest: codes of
    an answer. value_sets: those that `rule` takes as its second argument, if any. bands: name ->
    least score, in order.
    """

    rule: Callable[..., np.ndarray]
    items: list[str]
    lowest: int
    highest: int
    value_sets: list[str] = field(default_factory=list)
    bands: dict[str, float] = field(default_factory=dict)


def _numbered(n: int) -> list[str]:
    return [str(i) for i in range(1, n + 1)]


EQ5D_ITEMS = ["mobility", "self_care", "usual_activities", "pain", "anxiety"]
ANXIETY: dict[str, float] = {"minimal": 0, "mild": 5, "moderate": 10, "severe": 15}
DEPRESSION: dict[str, float] = {
    "minimal": 0,
    "mild": 5,
    "moderate": 10,
    "moderately_severe": 15,
    "severe": 20,
}
INSTRUMENTS = {
    "eq5d5l": Instrument(eq5d5l, EQ5D_ITEMS, 1, 5, [*DECREMENTS_5L, "crosswalk_2012"]),
    "eq5d3l": Instrument(eq5d3l, EQ5D_ITEMS, 1, 3),
    "swemwbs": Instrument(swemwbs, _numbered(7), 1, 5),
    "gad7": Instrument(gad7, _numbered(7), 0, 3, bands=ANXIETY),
    "phq8": Instrument(phq8, _numbered(8), 0, 3, bands=DEPRESSION),
    "phq9": Instrument(phq9, _numbered(9), 0, 3, bands=DEPRESSION),
    "gse10": Instrument(gse10, _numbered(10), 1, 4),
    "jsse9": Instrument(jsse9, _numbered(9), 1, 5),
    "imi_value7": Instrument(imi_value7, _numbered(7), 1, 7),
    "msk_bothered": Instrument(msk_bothered, _numbered(2), 0, 4),
    "life_satisfaction": Instrument(life_satisfaction, ["life_satisfaction"], 0, 10),
}


def score(
    name: str,
    items: np.ndarray,
    value_set: str | None = None,
    *,
    prefix: str = "",
    table: str | None = None,
) -> np.ndarray:
    """Return one score a person, NaN where too few items are answered.

    Raises InputErrors, one for each item with answers that the instrument does not have, with
    1-based row numbers and never a value. `prefix` and `table` are for naming the columns.
    """
    instrument = INSTRUMENTS[name]
    items = np.asarray(items, dtype=float)
    low, high = instrument.lowest, instrument.highest
    wrong = ~np.isnan(items) & ((items < low) | (items > high) | (items != np.round(items)))
    problems = [
        InputError(
            f"{counted(len(rows), 'row has', 'rows have')} an answer that {name} does not have",
            table=table,
            column=f"{prefix}{item}",
            rows=rows,
            expected=f"a whole number from {low} to {high}",
            remedy="mend the answers or make them missing; recode another coding in the extract",
        )
        for column, item in enumerate(instrument.items)
        if len(rows := np.flatnonzero(wrong[:, column]) + 1)
    ]
    if problems:
        raise InputErrors(problems)
    return instrument.rule(items, value_set) if value_set else instrument.rule(items)


def band(name: str, scores: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the name of the band of each score, None where it is missing.

    A sum that is scaled up need not be whole; it is not rounded, so 9.8 is below 10.
    """
    bands = INSTRUMENTS[name].bands
    scores = np.asarray(scores, dtype=float)
    place = np.searchsorted(list(bands.values()), scores, side="right") - 1
    names = np.array(list(bands), dtype=object)[place]
    names[np.isnan(scores)] = None
    return names
