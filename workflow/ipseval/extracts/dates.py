"""Formats of dates: which a run file may give, and text read by them exactly.

strptime reads 1052018 by %d%m%Y as 10 May 2018. Here a field without a separator beside it has
its full width, or the value is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..lazy import np, pd

if TYPE_CHECKING:
    import pyarrow as pa

# The number of days since 30 December 1899, as Excel stores a date.
SERIAL = "serial"
# Numbers of days or seconds, as SAS (1960), Stata (1960), SPSS (1582-10-14) and R (1970) store
# dates: a column that lost its format has them.
_SINCE = re.compile(r"^(days|seconds) since ([0-9]{4}-[0-9]{2}-[0-9]{2})$")
# Directive -> (part of the date, least and greatest number of digits); letters for names.
_DIGITS = {
    "Y": ("year", 4, 4),
    "y": ("short_year", 2, 2),
    "m": ("month", 1, 2),
    "d": ("day", 1, 2),
    "j": ("day_of_year", 3, 3),
    "H": ("hour", 1, 2),
    "I": ("hour12", 1, 2),
    "M": ("minute", 1, 2),
    "S": ("second", 1, 2),
    "f": ("fraction", 1, 6),
}
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_NAMES = {
    "b": ("month_name", r"[A-Za-z]{3}"),
    "B": ("month_name", "|".join(f"(?i:{name})" for name in _MONTHS)),
    "p": ("half", "[AaPp][Mm]"),
    "z": ("zone", r"Z|[-+][0-9]{2}:?[0-9]{2}"),
}
_RANGES = {
    "month": (1, 12),
    "hour": (0, 23),
    "hour12": (1, 12),
    "minute": (0, 59),
    "second": (0, 59),
}


def format_problem(form: str, pivot: int | None, zone: str | None = None) -> str | None:
    """Return why a format cannot be used for dates, in one sentence; None if it can."""
    if form == SERIAL:
        return None
    if since := _SINCE.match(form):
        try:
            np.datetime64(since[2], "D")
        except ValueError:
            return f"'{since[2]}' in '{form}' is no day"
        return None
    if "%" not in form:
        return f"'{form}' is no format of dates: write one as in '%d/%m/%Y'"
    parts = [part for kind, part in _parsed(form) if kind]
    unknown = [part for part in parts if part not in {*_DIGITS, *_NAMES}]
    if "Z" in unknown or ("z" in parts and zone is None) or re.search(r"%[SfM]Z$", form):
        return (
            f"'{form}' reads a time zone: times are those of the clock on the wall, so write %z "
            "and set the zone of that clock, for example zone: Europe/London"
        )
    if unknown:
        known = ", ".join(f"%{name}" for name in [*_DIGITS, *_NAMES])
        return f"'%{unknown[0]}' in '{form}' is not known; known: {known}"
    named = [(_DIGITS.get(part) or _NAMES[part])[0] for part in parts]
    twice = [name for name in named if named.count(name) > 1]
    if twice or {"year", "short_year"} <= {*named} or {"month", "month_name"} <= {*named}:
        return f"'{form}' gives a part of the date twice"
    if not {"year", "short_year"} & {*named}:
        return f"'{form}' has no year (%Y)"
    if "day_of_year" not in named and not ({"month", "month_name"} & {*named} and "day" in named):
        return f"'{form}' has no month and day (%m and %d)"
    if ("hour12" in named) != ("half" in named):
        return f"'{form}' needs %p beside %I, and only there"
    if "short_year" in named and pivot is None:
        return (
            f"'{form}' has years of two digits: say in which hundred years they lie, for example "
            "pivot: 1930 for 1930 to 2029"
        )
    return None


def _parsed(form: str) -> list[tuple[bool, str]]:
    """Return the parts of a format: (True, directive) or (False, text)."""
    pieces = re.findall(r"%(.?)|([^%]+)", form, flags=re.DOTALL)
    return [
        (False, text) if text else ((False, "%") if d == "%" else (True, d)) for d, text in pieces
    ]


def _pattern(form: str) -> str:
    """Return a format as a regular expression with one named group a part."""
    parts = _parsed(form)
    pattern = ""
    for place, (is_directive, part) in enumerate(parts):
        if not is_directive:
            pattern += re.escape(part)
        elif part in _NAMES:
            name, letters = _NAMES[part]
            pattern += f"(?P<{name}>{letters})"
        else:
            name, least, most = _DIGITS[part]
            beside = [parts[i] for i in (place - 1, place + 1) if 0 <= i < len(parts)]
            touches = any(
                (kind and text not in _NAMES) or (not kind and text[0].isdigit())
                for kind, text in beside
            )
            least = most if touches and part != "f" else least
            pattern += rf"(?P<{name}>[0-9]{{{least},{most}}})"
    return f"^{pattern}$"


def parse(
    text: pa.Array, forms: tuple[str, ...], pivot: int | None, zone: str | None = None
) -> np.ndarray:
    """Return text as datetime64[us], NaT where no format fits or where two give other days."""
    found = np.full(len(text), "NaT", "datetime64[us]")
    clash = np.zeros(len(text), dtype=bool)
    for form in forms:
        if form == SERIAL:
            one = _serials(text)
        elif since := _SINCE.match(form):
            one = _since(text, since[1], since[2])
        else:
            one = _by_format(text, form.strip(), pivot, zone)
        clash |= ~np.isnat(found) & ~np.isnat(one) & (found != one)
        found = np.where(np.isnat(found), one, found)
    found[clash] = np.datetime64("NaT")
    return found


def _serials(text: pa.Array) -> np.ndarray:
    import pyarrow.compute as pc

    plain = pc.match_substring_regex(text, r"^[0-9]{1,6}(\.[0-9]+)?$").fill_null(False)
    days = np.full(len(text), np.nan)
    chosen = np.asarray(plain)
    days[chosen] = np.asarray(text.filter(plain).cast("float64"))
    # Before day 61 Excel counts a 29 February 1900 that never was.
    days[days < 61] = np.nan
    out = np.full(len(text), "NaT", "datetime64[us]")
    good = ~np.isnan(days)
    seconds = np.rint(days[good] * 86400).astype("int64")
    out[good] = np.datetime64("1899-12-30", "us") + seconds.astype("timedelta64[s]")
    return out


def _since(text: pa.Array, unit: str, start: str) -> np.ndarray:
    """Return numbers of days or seconds since a day as datetime64[us]."""
    import pyarrow.compute as pc

    out = np.full(len(text), "NaT", "datetime64[us]")
    plain = pc.match_substring_regex(text, r"^-?[0-9]{1,11}(\.[0-9]+)?$").fill_null(False)
    numbers = np.asarray(text.filter(plain).cast("float64"))
    seconds = np.rint(numbers * (86400 if unit == "days" else 1)).astype("int64")
    stamps = np.datetime64(start, "us") + seconds.astype("timedelta64[s]")
    # A year that no calendar of files has is a number of another kind.
    good = (stamps >= np.datetime64("0001-01-01")) & (
        stamps <= np.datetime64("9999-12-31T23:59:59")
    )
    out[np.asarray(plain)] = np.where(good, stamps, np.datetime64("NaT", "us"))
    return out


def _by_format(text: pa.Array, form: str, pivot: int | None, zone: str | None) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    out = np.full(len(text), "NaT", "datetime64[us]")
    pattern = _pattern(form)
    fits = np.asarray(pc.match_substring_regex(text, pattern).fill_null(False))
    if not fits.any():
        return out
    struct = pc.extract_regex(text.filter(pa.array(fits)), pattern)
    raw = {field.name: struct.field(field.name) for field in struct.type}
    part = {
        name: np.asarray(values.cast("int64"))
        for name, values in raw.items()
        if name not in ("month_name", "half", "fraction", "zone")
    }
    good = np.ones(len(struct), dtype=bool)
    for name, (low, high) in _RANGES.items():
        if name in part:
            good &= (part[name] >= low) & (part[name] <= high)
    year = part["year"] if "year" in part else pivot + (part["short_year"] - pivot) % 100
    if "month_name" in raw:
        first = pc.utf8_lower(pc.utf8_slice_codeunits(raw["month_name"], 0, 3))
        short = pa.array([name[:3].lower() for name in _MONTHS], first.type)
        month = np.asarray(pc.index_in(first, short).fill_null(-1)) + 1
        good &= month > 0
    else:
        month = part.get("month", np.ones(len(struct), dtype="int64"))
    day = part["day_of_year"] if "day_of_year" in part else part["day"]
    start = ((year - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("datetime64[M]")
    days = start.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    good &= day >= 1
    unit = "datetime64[Y]" if "day_of_year" in part else "datetime64[M]"
    good &= days.astype(unit) == start.astype(unit)
    hour = part.get("hour", np.zeros(len(struct), dtype="int64"))
    if "hour12" in part:
        after_noon = np.asarray(pc.equal(pc.utf8_lower(raw["half"]), "pm"))
        hour = part["hour12"] % 12 + 12 * after_noon
    seconds = hour * 3600 + part.get("minute", 0) * 60 + part.get("second", 0)
    stamp = days.astype("datetime64[us]") + (seconds * 1_000_000).astype("timedelta64[us]")
    if "fraction" in raw:
        micro = pc.utf8_rpad(raw["fraction"], 6, "0").cast("int64")
        stamp = stamp + np.asarray(micro).astype("timedelta64[us]")
    if "zone" in raw:
        stamp = _on_the_wall(stamp, raw["zone"], zone)
    stamp[~good] = np.datetime64("NaT")
    out[fits] = stamp
    return out


def _on_the_wall(stamp: np.ndarray, offset: pa.Array, zone: str | None) -> np.ndarray:
    """Return times of clocks so far ahead of Greenwich as those of the clock of a zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.replace_substring(pc.if_else(pc.equal(offset, "Z"), "+0000", offset), ":", "")
    digits = np.asarray(text.cast("string").to_numpy(zero_copy_only=False)).astype("int64")
    minutes = np.sign(digits) * (np.abs(digits) // 100 * 60 + np.abs(digits) % 100)
    utc = stamp - minutes.astype("timedelta64[m]")
    local = pc.local_timestamp(
        pa.array(utc).cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone))
    )
    return np.asarray(local).astype("datetime64[us]")


def fitting(values: pd.Series, usual: tuple[str, ...]) -> list[str]:
    """Return which usual forms of dates fit every value that is there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = values.dropna().unique()
    text = pa.array(known, "string")
    text = pc.utf8_trim_whitespace(text)
    return [form for form in usual if len(text) and not np.isnat(parse(text, (form,), 1930)).any()]
