"""Numbers as they are printed."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from ..lazy import np, pd

MINUS = "-"  # as in the published tables
NOT_SHOWN = "not shown"  # a number that is withheld, where only a picture is made of what is left


def round_half_up(value: float, decimals: int) -> str:
    """Return a number with fixed decimals, halves rounded away from zero as in print.

    The float is first rounded at the twelfth significant digit, so that 2.675 computed as
    2.67499999999999982 rounds as the number it stands for. Never returns a negative zero. A missing
    number is not shown.
    """
    if pd.isna(value):
        return NOT_SHOWN
    exact = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{exact + 0:f}" if exact else f"{abs(exact):f}"


def grouped(value: float, decimals: int = 0) -> str:
    """Return a number with thousands separated by commas: 1,260."""
    text = round_half_up(value, decimals)
    return text if text == NOT_SHOWN else f"{Decimal(text):,f}"


def money(value: float, symbol: str, decimals: int = 0) -> str:
    """Return an amount with its symbol: £442, -£233."""
    if pd.isna(value):
        return NOT_SHOWN
    text = grouped(abs(value), decimals)
    zero = not any(c in "123456789" for c in text)
    return f"{MINUS if value < 0 and not zero else ''}{symbol}{text}"


def stars(p_value: float, levels: list[float]) -> str:
    """Return one star for each level that the p-value is below."""
    return "*" * int(sum(p_value < level for level in levels)) if not np.isnan(p_value) else ""


def p_value(value: float) -> str:
    """Return a p-value with three decimals, or <0.001; a dash for none."""
    if np.isnan(value):
        return MINUS
    return "<0.001" if value <= 0.0005 else round_half_up(value, 3)


def with_stars(text: str, marks: str) -> str:
    """Return text with its stars behind a space."""
    return f"{text} {marks}".strip()


def continued(text: str) -> str:
    """Return a label as it stands within a phrase: a word loses its capital, EQ-5D-5L does not."""
    is_word = text[1:2].islower() or text[1:2] in ("", " ")
    return text[:1].lower() + text[1:] if is_word else text


def number_of(text: str, by_month: bool = False) -> float:
    """Return a number from text; a date as one: 20181017 of 2018-10-17, 201810 of 2018-10.

    by_month: whether of a date the month is wanted. Raises ValueError for any other text.
    """
    if not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text):
        return float(text)
    digits = text.replace("-", "")
    return float(digits[:6] if by_month else digits)


def dated(number: float) -> str:
    """Return 2018-10 of 201810, 2018-10-17 of 20181017."""
    text = f"{number:.0f}"
    return "-".join(part for part in (text[:4], text[4:6], text[6:]) if part)


def stated(value: float, unit: str, decimals: int = 0) -> str:
    """Return a number with its unit, as a text states it: 12 months, 50%, 2018-11, £1,100,000."""
    if unit in ("date", "month"):
        return dated(value)
    if unit in ("year", "flag"):
        return f"{value:.0f}" if unit == "year" else "yes" if value else "no"
    number = grouped(value, decimals)
    if unit in ("percent", "gbp"):
        return f"{number}%" if unit == "percent" else f"£{number}"
    return number if unit in ("p", "percentile", "count") else f"{number} {unit.replace('_', ' ')}"


def between(low: int, high: int) -> str:
    """Return a count, or the two that others lie between: 2,488 or 2,377 to 2,488."""
    return grouped(low) if low == high else f"{grouped(low)} to {grouped(high)}"


def tick(value: float, symbol: str = "") -> str:
    """Return a number beside a scale, with a true minus and thousands apart."""
    return ("\u2212" if value < 0 else "") + f"{symbol}{abs(value):,.10g}"
