"""Identifiers in a standard form, and whether a number could exist.

A number that could not exist is no ground for a link, and neither is a value that stands for
one that is not known (config/rules/placeholders.yaml).
"""

import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arrays import occurs_in
from ..config.placeholders import Placeholder, Placeholders

# HMRC manual NIM39110: neither letter D F I Q U V, second letter not O, some prefixes unused. The
# suffix tells when a contribution card was due and is often left out; nobody is told apart by it.
NINO = r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]?"
UNUSED = "BG|GB|KN|NK|NT|TN|ZZ"  # apart, because Arrow knows no look-ahead
# Synthetic people carry a first letter that no live number has.
SYNTHETIC_NINO = r"Q[A-Z][0-9]{6}[A-D]?"
WITHOUT_SUFFIX = 8
# Community Health Index numbers, whose first six digits are a date of birth.
SCOTTISH = ("0100000000", "3112999999")
# Royal Mail's forms of a postcode, and the one of Girobank.
POSTCODE = r"(?:[A-Z]{1,2}[0-9][0-9A-Z]?|GIR) [0-9][A-Z]{2}"
# What people and programs put between the characters of a number, or around it: white space,
# hyphens and dashes, and the signs by which spreadsheets keep a number as text (="..." or ').
BETWEEN = (
    "[\\s\u00a0\u2007\u202f\\-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d\u200b\ufeff"
    "=\"'\u2018\u2019\u201c\u201d]"
)
# A number that went through a spreadsheet or a float: its last digits may be lost.
FLOAT = r"[+-]?[0-9]+(?:\.[0-9]*(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)"
SEXES = {
    **dict.fromkeys(("1", "m", "male", "man"), "male"),
    **dict.fromkeys(("2", "f", "female", "woman"), "female"),
}
NO_PLACEHOLDERS = Placeholders()


def standard_nino(values: pd.Series) -> pd.Series:
    """Return numbers in capitals without spaces, dashes and quotation marks."""
    return _without(values.str.upper(), BETWEEN)


def _without(values: pd.Series, pattern: str) -> pd.Series:
    """Return values without what a pattern finds, which is no letter or digit of ASCII.

    The pattern is slow, and few values of a register need it.
    """
    clean = values.str.replace(" ", "", regex=False)
    plain = clean.str.fullmatch("[A-Za-z0-9]*").fillna(True).astype(bool)
    return clean.where(plain, clean[~plain].str.replace(pattern, "", regex=True))


def is_nino(values: pd.Series, synthetic: bool = False) -> pd.Series:
    """Return which values have the format of a National Insurance number; missing is False.

    The suffix may be left out. With synthetic=True the numbers of synthetic people count as
    well; in a real run they do not, so that a synthetic file cannot be linked by accident.
    """
    return _is_nino(standard_nino(values), synthetic)


def _is_nino(clean: pd.Series, synthetic: bool) -> pd.Series:
    pattern = f"(?:{NINO}|{SYNTHETIC_NINO})" if synthetic else NINO
    formed = clean.str.fullmatch(pattern) & ~clean.str.match(UNUSED)
    return formed.fillna(False).astype(bool)


def standard_nhs_number(values: pd.Series) -> pd.Series:
    """Return numbers without spaces, dashes and quotation marks."""
    return _without(values, BETWEEN)


def is_nhs_number(values: pd.Series, synthetic: bool = False) -> pd.Series:
    """Return which values are ten digits with a right check digit; missing is False.

    The check is the NHS Data Dictionary's: weights 10 to 2, modulo 11; Scottish numbers begin
    with a date of birth. This is PyPI nhs-number's rule for whole columns, but for ten equal
    digits, which it takes. Numbers from 9000000000 are for synthetic people and count only
    with synthetic=True.
    """
    return _is_nhs_number(standard_nhs_number(values), synthetic)


def _is_nhs_number(clean: pd.Series, synthetic: bool) -> pd.Series:
    formed = clean.str.fullmatch(r"[0-9]{10}").fillna(False).to_numpy(dtype=bool)
    good = np.zeros(len(clean), dtype=bool)
    if formed.any():
        text = clean[formed].to_numpy(dtype="U10")
        digits = text.view(np.uint32).reshape(-1, 10).astype(np.int64) - ord("0")
        check = 11 - digits[:, :9] @ np.arange(10, 1, -1) % 11
        right = np.where(check == 11, 0, check) == digits[:, 9]
        # Ten equal digits pass the sum and are nobody's.
        right &= ~(digits == digits[:, :1]).all(axis=1)
        scottish = (text >= SCOTTISH[0]) & (text <= SCOTTISH[1])
        births = pd.Series(text[scottish], dtype="str").str[:6]
        right[scottish] &= pd.to_datetime(births, format="%d%m%y", errors="coerce").notna()
        good[formed] = right & (synthetic | (digits[:, 0] != 9))
    return pd.Series(good, index=clean.index)


def standard_name(values: pd.Series) -> pd.Series:
    """Return names in capitals, letters only: no accents, spaces, hyphens or apostrophes.

    Letters of other scripts are kept, with the vowel signs that spell a name in the scripts of
    India and South-East Asia; accents and Arabic vowel marks go. Nothing left means missing.
    """

    def plain(name: str) -> str:
        # First apart, because "ª" has no capital and its letter has; capitals may compose again.
        capitals = unicodedata.normalize("NFKD", name).casefold().upper()
        parts = unicodedata.normalize("NFKD", capitals)
        return "".join(c for c in parts if c.isalpha() or is_vowel_sign(c))

    def is_vowel_sign(c: str) -> bool:
        return unicodedata.category(c) in ("Mn", "Mc") and not unicodedata.combining(c)

    known = values.dropna()
    table = {name: plain(name) or None for name in known.unique()}
    return values.map(table).astype("str")


def standard_postcode(values: pd.Series) -> pd.Series:
    """Return postcodes in capitals with one space, before the inward part of three."""
    clean = _without(values.str.upper(), r"[^A-Z0-9]")
    spaced = clean.str[:-3] + " " + clean.str[-3:]
    return spaced.where(clean.str.len() > 3, clean).where(clean != "")


def standard_date(values: pd.Series) -> pd.Series:
    """Return dates as text YYYY-MM-DD."""
    return pd.to_datetime(values).dt.strftime("%Y-%m-%d").astype("str")


def standard_sex(values: pd.Series) -> pd.Series:
    """Return male and female for the words and codes of them, other values in small letters."""
    clean = values.astype("str").str.strip().str.lower()
    return clean.map({text: SEXES.get(text, text) for text in clean.dropna().unique()}).astype(
        "str"
    )


def written_as_float(values: pd.Series, kind: str) -> np.ndarray:
    """Return which numbers (n, bool) are floats or in scientific notation, as text or by type.

    Their last digits may be lost, so they are no numbers of anybody.
    """
    if kind not in ("nhs_number", "number") or values.isna().all():
        return np.zeros(len(values), dtype=bool)
    if pd.api.types.is_float_dtype(values.dtype):
        return values.notna().to_numpy(dtype=bool)
    text = values.astype("str")
    odd = ~text.str.fullmatch("[0-9]*").fillna(True).to_numpy(dtype=bool)
    if odd.any():
        stripped = text[odd].str.replace("^[=\"'\\s]+|[\"'\\s]+$", "", regex=True)
        odd[odd] = stripped.str.fullmatch(FLOAT).fillna(False).to_numpy(dtype=bool)
    return odd


@dataclass(frozen=True)
class Examined:
    """Values in standard form, missing where they could not be right, and what they were.

    present, well_formed, placeholder (n, bool): a placeholder is not well formed. standard
    has all that are well formed, and postcodes of other forms, which may be those of a country.
    """

    standard: pd.Series
    present: np.ndarray
    well_formed: np.ndarray
    placeholder: np.ndarray


def examine(
    values: pd.Series, kind: str, synthetic: bool, placeholders: Placeholders = NO_PLACEHOLDERS
) -> Examined:
    """Return values of a kind in standard form, and which of them are there and well formed.

    Each distinct value is examined once: all records of a person have the same.
    """
    present = values.notna().to_numpy(dtype=bool)
    if not present.any():
        # A column without any value may come in any type.
        empty = pd.Series(np.nan, index=values.index, dtype="str")
        return Examined(empty, present, present, present)
    places, distinct = values.factorize()
    found = _examined(pd.Series(distinct), kind, synthetic, placeholders)
    standard = found.standard.array.take(places, allow_fill=True)
    return Examined(
        pd.Series(standard, index=values.index),
        present,
        present & found.well_formed[places],
        present & found.placeholder[places],
    )


def _examined(
    values: pd.Series, kind: str, synthetic: bool, placeholders: Placeholders
) -> Examined:
    """Return what `examine` does, value by value; none is missing."""
    present = np.ones(len(values), dtype=bool)
    clean = _clean(values, kind)
    placeholder = _stands_for_none(clean, kind, placeholders.of(kind))
    possible = _possible(clean, kind, synthetic) & ~placeholder
    well_formed = possible
    if kind == "postcode":
        well_formed = possible & clean.str.fullmatch(POSTCODE).fillna(False).to_numpy(dtype=bool)
    if kind == "nino":
        clean = clean.str[:WITHOUT_SUFFIX]
    return Examined(clean.where(possible), present, well_formed, placeholder)


def standardise(
    values: pd.Series, kind: str, synthetic: bool, placeholders: Placeholders = NO_PLACEHOLDERS
) -> pd.Series:
    """Return values of a kind in standard form; missing where they could not be right.

    A National Insurance number is without its suffix, so that it agrees with one that lacks it.
    """
    return examine(values, kind, synthetic, placeholders).standard


def _clean(values: pd.Series, kind: str) -> pd.Series:
    """Return values as text in the form in which they are compared."""
    match kind:
        case "nino":
            return standard_nino(values.astype("str"))
        case "nhs_number":
            return standard_nhs_number(values.astype("str"))
        case "name":
            return standard_name(values)
        case "postcode":
            return standard_postcode(values)
        case "date":
            return standard_date(values)
        case "sex":
            return standard_sex(values)
        case "number":
            clean = values.astype("str").str.replace(r"[^0-9]", "", regex=True)
            return clean.where(clean != "")
        case "address":
            clean = _without(values.astype("str").str.upper(), r"\W")
            return clean.where(clean != "")
        case "text":
            return values.astype("str")
    raise AssertionError(f"no standard form of {kind}")


def _possible(clean: pd.Series, kind: str, synthetic: bool) -> np.ndarray:
    """Return which values in standard form could be somebody's."""
    if kind == "nino":
        return _is_nino(clean, synthetic).to_numpy()
    if kind == "nhs_number":
        return _is_nhs_number(clean, synthetic).to_numpy()
    return clean.notna().to_numpy(dtype=bool)


def _stands_for_none(clean: pd.Series, kind: str, known: Placeholder) -> np.ndarray:
    """Return which values in standard form are placeholders."""
    # Dates are declared in standard form: pandas cannot hold every one of them.
    texts = pd.Series(known.values, dtype="str")
    found = occurs_in(clean, texts if kind == "date" else _clean(texts, kind))
    for start in known.begins_with:
        found |= clean.str.startswith(start).fillna(False).to_numpy(dtype=bool)
    if known.repeated_digits:
        same = "|".join(f"{digit}{{6,}}" for digit in range(10))
        # Not behind a Q: synthetic people have any six digits.
        alike = clean.str.fullmatch(f"(?:[A-PR-Z][A-Z])?(?:{same})[A-Z]?")
        found |= alike.fillna(False).to_numpy(dtype=bool)
    return found
