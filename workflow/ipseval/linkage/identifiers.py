"""Identifiers in a standard form, and whether a number could exist.

A number that could not exist is no ground for a link, and neither is a date that stands for
one that is not known.
"""

import unicodedata

import numpy as np
import pandas as pd

# HMRC manual NIM39110: neither letter D F I Q U V, second letter not O, some prefixes unused.
NINO = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]"
# Synthetic people carry a first letter that no live number has.
SYNTHETIC_NINO = r"Q[A-Z][0-9]{6}[A-D]"
# Community Health Index numbers, whose first six digits are a date of birth.
SCOTTISH = ("0100000000", "3112999999")
# Dates that systems put where none is known.
PLACEHOLDERS = ["1900-01-01", "1901-01-01", "9999-12-31"]


def standard_nino(values: pd.Series) -> pd.Series:
    """Return numbers in capitals without spaces."""
    return _without(values.str.upper(), r"\s")


def _without(values: pd.Series, pattern: str) -> pd.Series:
    """Return values without what a pattern finds, which is no letter or digit of ASCII.

    The pattern is slow, and few values of a register need it.
    """
    clean = values.str.replace(" ", "", regex=False)
    plain = clean.str.fullmatch("[A-Za-z0-9]*").fillna(True).astype(bool)
    return clean.where(plain, clean[~plain].str.replace(pattern, "", regex=True))


def is_nino(values: pd.Series, synthetic: bool = False) -> pd.Series:
    """Return which values have the format of a National Insurance number; missing is False.

    With synthetic=True the numbers of synthetic people count as well; in a real run they do
    not, so that a synthetic file cannot be linked by accident.
    """
    return _formed(standard_nino(values), synthetic)


def _formed(clean: pd.Series, synthetic: bool) -> pd.Series:
    pattern = f"(?:{NINO}|{SYNTHETIC_NINO})" if synthetic else NINO
    return clean.str.fullmatch(pattern).fillna(False).astype(bool)


def standard_nhs_number(values: pd.Series) -> pd.Series:
    """Return numbers without spaces and hyphens."""
    return values.str.replace(r"[\s-]", "", regex=True)


def is_nhs_number(values: pd.Series, synthetic: bool = False) -> pd.Series:
    """Return which values are ten digits with a right check digit; missing is False.

    The check is the NHS Data Dictionary's: weights 10 to 2, modulo 11; Scottish numbers begin
    with a date of birth. This is PyPI nhs-number's rule for whole columns, but for ten equal
    digits, which it takes. Numbers from 9000000000 are for synthetic people and count only
    with synthetic=True.
    """
    clean = standard_nhs_number(values)
    formed = clean.str.fullmatch(r"[0-9]{10}").fillna(False).to_numpy(dtype=bool)
    good = np.zeros(len(values), dtype=bool)
    if formed.any():
        text = clean[formed].to_numpy(dtype="U10")
        digits = text.view("U1").reshape(-1, 10).astype(np.int64)
        check = 11 - digits[:, :9] @ np.arange(10, 1, -1) % 11
        right = np.where(check == 11, 0, check) == digits[:, 9]
        # Ten equal digits pass the sum and are nobody's.
        right &= ~(digits == digits[:, :1]).all(axis=1)
        scottish = (text >= SCOTTISH[0]) & (text <= SCOTTISH[1])
        birth = pd.to_datetime(pd.Series(text).str[:6], format="%d%m%y", errors="coerce")
        right &= ~scottish | birth.notna().to_numpy()
        good[formed] = right & (synthetic | (digits[:, 0] != 9))
    return pd.Series(good, index=values.index)


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
    """Return dates as text YYYY-MM-DD; a placeholder is missing."""
    day = pd.to_datetime(values)
    text = day.dt.strftime("%Y-%m-%d").astype("str")
    return text.mask(text.isin(PLACEHOLDERS))


def standardise(values: pd.Series, kind: str, synthetic: bool) -> pd.Series:
    """Return values of a kind in standard form; missing where they could not be right."""
    if values.isna().all():
        # A column without any value may come in any type.
        return pd.Series(np.nan, index=values.index, dtype="str")
    match kind:
        case "nino":
            clean = standard_nino(values)
            return clean.where(_formed(clean, synthetic))
        case "nhs_number":
            clean = standard_nhs_number(values)
            return clean.where(is_nhs_number(values, synthetic))
        case "name":
            return standard_name(values)
        case "postcode":
            return standard_postcode(values)
        case "date":
            return standard_date(values)
        case "number":
            clean = values.astype("str").str.replace(r"[^0-9]", "", regex=True)
            return clean.where(clean != "")
        case "address":
            clean = _without(values.astype("str").str.upper(), r"\W")
            return clean.where(clean != "")
    return values.astype("str")
