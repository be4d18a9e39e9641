"""Numbers, lists and verdicts as they stand in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan

from ...config.units import is_money
from ...errors import counted
from ...lazy import pd
from ..formats import grouped, p_value, round_half_up
from ..scale import scale_of

WITHHELD = "[c]"  # what a release prints in place of a number that it holds back
TRUE_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Words:
    """What sentences of a trial share: printed names of keys, currency, level of intervals.

    An effect is called statistically significant where its p-value is below one minus the level of
    the intervals, so that a verdict and the interval beside it never disagree.
    """

    label: Callable[[str], str]
    symbol: str
    confidence: float

    @property
    def alpha(self) -> float:
        """Level below which a p-value is called statistically significant."""
        return round(1 - self.confidence, 10)

    @property
    def level(self) -> str:
        """The level of significance in words: the 5% level."""
        return f"the {percent(self.alpha)} level"

    @property
    def interval(self) -> str:
        """The name of an interval of estimates: 95% CI."""
        return f"{percent(self.confidence)} CI"

    def is_significant(self, p: float) -> bool:
        """Return whether a p-value is below the declared level."""
        return p < self.alpha

    def size(self, value: float, unit: str, error: float = nan) -> str:
        """Return an effect with its unit: 4.1 percentage points, £442, 0.31 weeks."""
        text = self.number(value, unit, error)
        if unit == "proportion":
            # The printed number, not the exact one, is what is one point.
            return f"{text} percentage point{'' if text.lstrip(TRUE_MINUS) == '1.0' else 's'}"
        return f"{text}{self.unit(unit)}"

    def mean(self, value: float, unit: str, error: float = nan) -> str:
        """Return a mean or a share with its unit: 22.3%, £12,345, 12.30 weeks."""
        text = self.number(value, unit, error)
        if unit == "proportion":
            return f"{text}%"
        return f"{text}{self.unit(unit)}"

    def number(self, value: float, unit: str, error: float = nan) -> str:
        """Return a value of a unit without it; amounts of money keep their symbol.

        `error`: standard error of the estimate that it is told with, by which decimals are chosen.
        """
        return true_minus(scale_of(unit, self.symbol, error).text(value))

    def span(self, low: float, high: float, unit: str, error: float = nan) -> str:
        """Return the ends of an interval: −0.1 to 7.0.

        An end near zero has as many decimals as show on which side of it the interval ends.
        """
        return f"{self.end(low, unit, error)} to {self.end(high, unit, error)}"

    def end(self, value: float, unit: str, error: float = nan) -> str:
        """Return an end of an interval."""
        scale = scale_of(unit, self.symbol, error)
        for more in range(4):
            text = replace(scale, decimals=scale.decimals + more).text(value)
            if value == 0 or any(digit in text for digit in "123456789"):
                break
        return true_minus(text)

    def p(self, value: float) -> str:
        """Return a p-value: p = 0.003, or p < 0.001; never on the wrong side of the level."""
        text = p_value(value)
        decimals = 3
        while not text.startswith("<") and self._is_misprinted(text, value):
            decimals += 1
            text = round_half_up(value, decimals)
        return f"p {text.replace('<', '< ')}" if text.startswith("<") else f"p = {text}"

    def _is_misprinted(self, text: str, value: float) -> bool:
        return self.is_significant(float(text)) != self.is_significant(value)

    def significant(self, found: int, total: int, one: str, many: str) -> str:
        """Return how many of several are significant: Two of 18 tests are statistically ..."""
        count = capital(of_them(found, total, one, many))
        return f"{count} statistically significant at {self.level}"

    @staticmethod
    def unit(unit: str) -> str:
        """Return a unit with a space before it; none for money, an index and a mere number."""
        return "" if is_money(unit) or unit in ("index", "number", "") else f" {unit}"


def as_prose(text: str) -> str:
    """Return a text in one line of Markdown that says it letter by letter."""
    line = re.sub(r"([\\\\`*_\[\]<>#~|])", r"\\\1", " ".join(text.split()))
    # At the start of a line these would begin a list or a heading.
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", line)


def true_minus(text: str) -> str:
    """Return a number with a true minus in place of a leading hyphen."""
    return TRUE_MINUS + text[1:] if text.startswith("-") and len(text) > 1 else text


def percent(share: float) -> str:
    """Return a declared level: 5%, 2.5%."""
    return f"{round_half_up(100 * share, 6).rstrip('0').rstrip('.')}%"


def share_of(part: float, whole: float) -> str:
    """Return a share with what it is of: 55.3% (5,407 of 9,785)."""
    return f"{round_half_up(100 * part / whole, 1)}% ({grouped(part)} of {grouped(whole)})"


def chance(share: float, number: int) -> str:
    """Return a share of simulations; near an end it is not rounded to all or none of them."""
    if share in (0, 1):
        return f"{'none' if share == 0 else 'all'} of the {number:,} simulations"
    if 0.005 <= share < 0.995:
        return f"{round_half_up(100 * share, 0)}% of simulations"
    return f"{'fewer than 1%' if share < 0.5 else 'more than 99%'} of simulations"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Return parts as a list in a sentence: A, B and C; with commas inside it is A; B; and C."""
    if len(parts) < 2:
        return "".join(parts)
    if any(", " in part or ";" in part for part in parts):
        return f"{'; '.join(parts[:-1])}; {last} {parts[-1]}"
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def by_chance(tests: int, alpha: float) -> str:
    """Return how many of some tests would be significant were there no effect at all."""
    expected = tests * alpha
    number = round_half_up(expected, 0) if expected >= 1 else "fewer than 1"
    about = "" if expected < 1 else "about "
    return f"{about}{number} would be expected to be significant by chance"


def of_them(number: int, total: int, one: str, many: str) -> str:
    """Return "1 of 5 tests is", "none of 5 tests is" or "3 of 5 tests are"."""
    what = counted(total, one, many)
    return f"{number or 'none'} of {what} {'is' if number in (0, 1) else 'are'}"


def capital(text: str) -> str:
    """Return a sentence that begins with a capital."""
    return text[:1].upper() + text[1:]


def within(name: str) -> str:
    """Return the name of a group as it stands within a sentence: all sites, men; SCR IW."""
    return _COMMON.sub(lambda match: match[0].lower(), name)


# Names of groups that begin with a common noun; others are proper names.
_COMMON = re.compile(r"^(?:All|Everyone|Men|Women|Participants|People|Recruits)\b")


def where(group: str, subgroup: str, words: Words) -> str:
    """Return whom an estimate is about: SCR IW, or SCR IW (gender: female)."""
    name = words.label(group)
    if subgroup == "all":
        return name
    variable, equals, level = subgroup.partition("=")
    if not equals:
        return f"{name} ({words.label(variable)})"
    return f"{name} ({words.label(variable)}: {words.label(level)})"


def sized(n: object) -> str:
    """Return how many people are behind a number; a release may not say."""
    return f"n = {WITHHELD}" if pd.isna(n) else f"n = {n:,}"


def withheld(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that a release holds back (report/told.py); none of those of a report."""
    return rows[rows["withheld"]] if "withheld" in rows else rows.iloc[:0]


def known(*values: float) -> bool:
    """Return whether all values are known."""
    return not any(isnan(value) for value in values)
