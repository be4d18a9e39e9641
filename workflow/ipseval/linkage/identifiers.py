"""Whether an identifier could exist: a number that could not is no ground for a link."""

import pandas as pd

# HMRC manual NIM39110: neither letter D F I Q U V, second letter not O, some prefixes unused.
NINO = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]"
# Synthetic people carry a first letter that no live number has.
SYNTHETIC_NINO = r"Q[A-Z]\d{6}[A-D]"


def standard_nino(values: pd.Series) -> pd.Series:
    """Return numbers in capitals without spaces."""
    return values.str.upper().str.replace(r"\s", "", regex=True)


def is_nino(values: pd.Series, synthetic: bool = False) -> pd.Series:
    """Return which values have the format of a National Insurance number; missing is False.

    With synthetic=True the numbers of synthetic people count as well; in a real run they do
    not, so that a synthetic file cannot be linked by accident.
    """
    pattern = f"(?:{NINO}|{SYNTHETIC_NINO})" if synthetic else NINO
    return standard_nino(values).str.fullmatch(pattern).fillna(False).astype(bool)
