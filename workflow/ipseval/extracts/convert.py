"""Values of a file as declared: words for missing, then codes, then exact types.

Nothing is guessed from how a column is stored: text and numbers of any width come to the same.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..config.delivery import Written
from ..config.extracts import Column
from ..lazy import np, pd
from . import dates
from .cells import is_mixed

if TYPE_CHECKING:
    import pyarrow as pa

# Words that programs write for a missing value. None of them means it here unless it is declared.
USUAL_WORDS = (
    "NA",
    "N/A",
    "n/a",
    "NULL",
    "null",
    "None",
    "NaN",
    "nan",
    "-nan",
    "-NaN",
    "<NA>",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "1.#IND",
    "1.#QNAN",
    "\\N",
)
# Further words that the message on a value that is no number or date may propose.
PROPOSED = (*USUAL_WORDS, ".", "-", "*", "Not recorded", "Not known", "Unknown", "9999-12-31")
# Days that stand for "no date" or "no end" in one system or another.
USUAL_DAYS = ("9999-12-31", "9999-01-01", "2999-12-31", "1900-01-01", "1899-12-30", "0001-01-01")
NO_ZONE = "a time without a zone, or in the run file  zone: Europe/London"
# What a spreadsheet makes of a number of more than eleven digits.
SHORTENED = r"^[0-9](\.[0-9]+)?E\+[0-9]{2,3}$"
TRUE, FALSE = ("true", "1", "yes", "t", "y"), ("false", "0", "no", "f", "n")


@dataclass(frozen=True)
class Rule:
    """How one declared column is made from what the file holds."""

    column: Column
    forms: Written
    codes: dict[str, str]
    scale: Fraction | None = None
    is_totalled: bool = False
    asks: bool = True  # whether usual words for missing are asked about


@dataclass
class Converted:
    """A column of one chunk in its declared type.

    unread: rows whose value does not convert. words: usual words for missing that stand in a text
    column, and days in one of dates, of which nothing says what they mean, and their rows.
    unscaled: numbers in the unit of the file.
    """

    array: pa.Array
    unread: np.ndarray
    expected: str = ""
    words: tuple[str, ...] = ()
    worded: np.ndarray = field(default_factory=lambda: np.array([], dtype=bool))
    unscaled: np.ndarray | None = None
    padded: bool = False  # whether text has blanks around it


def convert(values: pa.Array, rule: Rule) -> Converted:
    """Return the values of a column in the declared type."""
    import pyarrow as pa

    values = plain(values)
    if is_mixed(values):
        return _together([convert(part, rule) for part in values.flatten()])
    if not _is_known(values.type):
        return _none_read(values, _KEPT[rule.column.type], "text, numbers, truth values or dates")
    values = without_missing_words(values, rule.forms)
    if rule.codes:
        if pa.types.is_temporal(values.type):
            return _coded_days(values, rule)
        values = _coded(as_text(values), rule.codes)
    if pa.types.is_null(values.type):
        values = values.cast("string")
    kind = rule.column.type
    result = {
        "string": _text,
        "category": _text,
        "integer": _number,
        "number": _number,
        "boolean": _boolean,
        "date": _date,
        "datetime": _date,
    }[kind](values, rule)
    if rule.asks and kind == "string" and is_text(values):
        _look_for_words(result, rule)
    elif rule.asks and kind in ("date", "datetime"):
        _look_for_days(result, rule)
    return result


def _together(parts: list[Converted]) -> Converted:
    """Return cells of several types, of which each row has one at most, as one column."""
    import pyarrow.compute as pc

    rows = len(parts[0].array)
    worded = [one for one in parts if one.words]
    totals = [one.unscaled for one in parts if one.unscaled is not None]
    return Converted(
        pc.coalesce(*(one.array for one in parts)),
        np.logical_or.reduce([one.unread for one in parts]),
        next((one.expected for one in parts if one.unread.any()), ""),
        tuple(word for one in worded for word in one.words),
        np.logical_or.reduce([np.zeros(rows, dtype=bool), *(one.worded for one in worded)]),
        sum(totals[1:], totals[0]) if totals else None,
    )


def _coded_days(values: pa.Array, rule: Rule) -> Converted:
    """Return real dates, of which some have a code, as one column: the others stay as they are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = as_text(values)
    coded = pc.is_in(text, value_set=pa.array(list(rule.codes), "string"), skip_nulls=True)
    codes = _coded(text.filter(coded), rule.codes)
    placed = pc.replace_with_mask(pa.nulls(len(text), "string"), coded, codes)
    others = pc.if_else(coded, pa.scalar(None, values.type), values)
    uncoded = replace(rule, codes={})
    return _together([convert(placed, uncoded), convert(others, uncoded)])


def plain(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return values as one array of a plain type: no dictionary, view or chunks."""
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):
            values = pa.concat_arrays(values.chunks or [pa.array([], values.type)])
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_run_end_encoded(values.type):
        import pyarrow.compute as pc

        values = pc.run_end_decode(values)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if _is_binary(values.type):
        # Older writers of Parquet do not say that bytes are text; what is none stays bytes.
        with suppress(pa.ArrowInvalid):
            values = values.cast("binary").cast("string")
    if is_text(values) and values.type != pa.string():
        values = values.cast("string")
    return values


_KEPT = {
    "string": "string",
    "category": "string",
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "date": "timestamp[us]",
    "datetime": "timestamp[us]",
}


def _is_known(kind: pa.DataType) -> bool:
    """Whether values of a type are ones that a column can be made from."""
    import pyarrow as pa

    kinds = pa.types
    known = (
        kinds.is_null,
        kinds.is_boolean,
        kinds.is_integer,
        kinds.is_floating,
        kinds.is_decimal,
        kinds.is_string,
        kinds.is_date,
        kinds.is_timestamp,
    )
    return any(test(kind) for test in known)


def _is_binary(kind: pa.DataType) -> bool:
    import pyarrow as pa

    kinds = pa.types
    return any(
        test(kind) for test in (kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary)
    )


def is_text(values: pa.Array) -> bool:
    """Whether values are text."""
    import pyarrow as pa

    kinds = pa.types
    return any(
        test(values.type) for test in (kinds.is_string, kinds.is_large_string, kinds.is_string_view)
    )


_CLOCK = "%Y-%m-%dT%H:%M:%S"


def as_text(values: pa.Array) -> pa.Array:
    """Return values as text; a whole number has no decimals, a whole day no time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if is_mixed(values):
        return pc.coalesce(*(as_text(part) for part in values.flatten()))
    if is_text(values):
        return values.cast("string")
    if pa.types.is_floating(kind):
        values = values.cast("float64")
        whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), 2.0**53))
        whole = whole.fill_null(False)
        digits = pc.if_else(whole, values, 0.0).cast("int64").cast("string")
        return pc.if_else(whole, digits, values.cast("string"))
    if pa.types.is_decimal(kind):
        return pc.replace_substring_regex(values.cast("string"), r"\.0+$", "")
    if pa.types.is_timestamp(kind):
        stamps = values.cast(pa.timestamp("us", kind.tz), safe=False)
        day = pc.equal(stamps, pc.floor_temporal(stamps, unit="day")).fill_null(False)
        seconds = pc.strftime(stamps.cast(pa.timestamp("s", kind.tz), safe=False), _CLOCK)
        return pc.if_else(day, pc.utf8_slice_codeunits(seconds, 0, 10), seconds)
    return values.cast("string")


def without_missing_words(values: pa.Array, forms: Written) -> pa.Array:
    """Return values with the declared words for missing taken out; spaces around do not count."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if is_text(values):
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, values.type), values)
    elif pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    if not forms.missing:
        return values
    words = pa.array([word.strip() for word in forms.missing], "string")
    found = pc.is_in(pc.utf8_trim_whitespace(as_text(values)), value_set=words, skip_nulls=True)
    return pc.if_else(found, pa.scalar(None, values.type), values)


def _coded(text: pa.Array, codes: dict[str, str]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(
        pc.utf8_trim_whitespace(text),
        value_set=pa.array([code.strip() for code in codes], "string"),
        skip_nulls=True,
    )
    new = pa.array([code or None for code in codes.values()], "string").take(place)
    return pc.if_else(pc.is_valid(place), new, text)


def _text(values: pa.Array, rule: Rule) -> Converted:
    """Text as it is; of numbers only whole ones, by their digits."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if is_text(values):
        text, expected = values.cast("string"), "text"
        unread = np.zeros(len(values), dtype=bool)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        text, expected = as_text(values), "text, or whole numbers that a program stores exactly"
        whole = pc.match_substring_regex(text, r"^-?[0-9]+$").fill_null(True)
        unread = ~np.asarray(whole)
    else:
        return _none_read(values, "string", "text")
    if rule.forms.digits:
        text = _padded(text, rule.forms.digits)
    if rule.column.type == "category" or rule.forms.trim:
        text = pc.utf8_trim_whitespace(text)
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, "string"), text)
    elif is_text(values):
        short = pc.match_substring_regex(text, SHORTENED).fill_null(False)
        if pc.any(short).as_py():
            unread, expected = np.asarray(short), "text as it was before a spreadsheet shortened it"
    return Converted(text, unread, expected)


def _padded(text: pa.Array, digits: int) -> pa.Array:
    """Return text whose numbers have their zeros in front again."""
    import pyarrow.compute as pc

    number = pc.match_substring_regex(text, r"^[0-9]+$").fill_null(False)
    return pc.if_else(number, pc.utf8_lpad(text, digits, "0"), text)


def _none_read(values: pa.Array, kind: str, expected: str) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    return Converted(
        pa.nulls(len(values), kind), np.asarray(pc.is_valid(values)), expected=expected
    )


def _look_for_words(result: Converted, rule: Rule) -> None:
    """Note usual words for missing in a text column of which nobody said what they mean."""
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = [word for word in USUAL_WORDS if word not in rule.codes.values()]
    text = pc.utf8_trim_whitespace(result.array)
    found = pc.is_in(text, value_set=pa.array(asked, "string"), skip_nulls=True)
    result.padded = bool(pc.any(pc.not_equal(text, result.array)).as_py())
    if pc.any(found).as_py():
        result.worded = np.asarray(found)
        result.words = tuple(sorted(text.filter(found).unique().to_pylist()))


def _look_for_days(result: Converted, rule: Rule) -> None:
    """Note days that stand for no date, of which nobody said whether they are meant."""

    days = np.asarray(result.array)
    found = np.isin(days, np.array(USUAL_DAYS, "datetime64[us]"))
    if rule.column.if_broken != "stop":  # What is out of range has a declared remedy.
        low, high = rule.column.minimum, rule.column.maximum
        found &= days >= np.datetime64(str(low), "us") if low is not None else found
        found &= days <= np.datetime64(str(high), "us") if high is not None else found
    if not found.any():
        return
    result.worded = found
    result.words = tuple(str(day)[:10] for day in np.unique(days[found]))


def _number(values: pa.Array, rule: Rule) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = rule.column.type == "integer"
    expected = "a whole number" if whole else "a number"
    if is_text(values) and (plainly := _plain_numbers(values, rule, whole)) is not None:
        numbers, good = plainly, np.asarray(pc.is_valid(values))
    elif is_text(values):
        text, good = _digits(values.cast("string"), rule.forms)
        expected = _in_words(expected, rule.forms)
        if whole and rule.scale is None:
            good &= np.asarray(
                pc.match_substring_regex(text, r"^-?[0-9]{1,18}(\.0*)?$").fill_null(False)
            )
            text = pc.if_else(pa.array(good), text, pa.scalar(None, "string"))
            numbers = pc.replace_substring_regex(text, r"\..*", "").cast("int64")
        else:
            text = pc.if_else(pa.array(good), text, pa.scalar(None, "string"))
            numbers = text.cast("float64")
            good &= np.asarray(pc.is_finite(numbers).fill_null(False))
    elif pa.types.is_boolean(values.type) and whole:
        numbers, good = values.cast("int64"), np.asarray(pc.is_valid(values))
    elif pa.types.is_integer(values.type):
        if whole:
            numbers, good = _as_int64(values)
        else:
            numbers = values.cast("float64", safe=False)
            good = np.asarray(pc.is_valid(values))
    elif pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        numbers = values.cast("float64")
        good = np.asarray(pc.is_valid(values))
    else:
        return _none_read(values, "int64" if whole else "float64", expected)
    unread = np.asarray(pc.is_valid(values)) & ~good
    if (words := _numbers_of(rule.forms)) is not None:
        # -9.00 is the declared -9.
        same = pc.is_in(numbers.cast("float64", safe=False), value_set=words, skip_nulls=True)
        numbers = pc.if_else(same, pa.scalar(None, numbers.type), numbers)
        values = pc.if_else(same, pa.scalar(None, values.type), values)
    unscaled = np.asarray(numbers.fill_null(0), dtype="float64") if rule.is_totalled else None
    if rule.scale is not None:
        numbers = pa.array(_scaled(numbers, rule.scale), from_pandas=True)
    if whole and not pa.types.is_integer(numbers.type):
        floats = np.asarray(numbers.fill_null(np.nan), dtype="float64")
        fits = np.isfinite(floats) & (floats == np.floor(floats)) & (np.abs(floats) < 2.0**53)
        unread |= np.asarray(pc.is_valid(values)) & ~fits
        numbers = pa.array(np.where(fits, floats, 0).astype("int64"), mask=~fits)
    keep = pa.array(~unread)
    return Converted(
        pc.if_else(keep, numbers, pa.scalar(None, numbers.type)),
        unread,
        expected,
        unscaled=None if unscaled is None else np.where(unread, 0.0, unscaled),
    )


def _numbers_of(forms: Written) -> pa.Array | None:
    """Return the declared words for missing that are numbers, as such; None if there are none."""
    import pyarrow as pa

    if not forms.missing:
        return None
    text, good = _digits(pa.array(forms.missing, "string"), forms)
    return text.filter(pa.array(good)).cast("float64") if good.any() else None


def _days_of(forms: Written) -> np.ndarray:
    """Return the declared words for missing that are days, in a format of the file or ISO."""
    import pyarrow as pa

    words = pa.array(forms.missing or (), "string")
    read = [dates.parse(words, (form,), forms.pivot) for form in {*forms.date_format, "%Y-%m-%d"}]
    days = np.concatenate(read)
    return days[~np.isnat(days)]


def _plain_numbers(text: pa.Array, rule: Rule, whole: bool) -> pa.Array | None:
    """Return text of digits, with a point and a minus at most, as numbers; None if some is not so.

    Most columns are, and an expression takes ten times as long to say what each of them is.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    forms = rule.forms
    if forms.decimal != "." or forms.thousands or forms.currency or forms.negatives != "minus":
        return None
    digits = pc.replace_substring(text, "-", "", max_replacements=1)
    if whole and rule.scale is None:
        if pc.max(pc.binary_length(digits)).as_py() not in range(1, 19):
            return None
        kind = "int64"
    else:
        digits = pc.replace_substring(digits, ".", "", max_replacements=1)
        kind = "float64"
    if not pc.all(pc.ascii_is_decimal(digits)).as_py():
        return None
    try:
        numbers = text.cast(kind)
    except pa.ArrowInvalid:
        return None  # A minus within: which row it is, the expression says.
    return numbers if kind == "int64" or pc.all(pc.is_finite(numbers)).as_py() else None


def _as_int64(values: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return whole numbers of any width, and which fit: not all that have no sign do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if values.type != pa.uint64():
        return values.cast("int64"), np.asarray(pc.is_valid(values))
    fits = pc.less_equal(values, pa.scalar(2**63 - 1, pa.uint64())).fill_null(False)
    kept = pc.if_else(fits, values, pa.scalar(None, values.type)).cast("int64")
    return kept, np.asarray(fits)


def _scaled(numbers: pa.Array, scale: Fraction) -> np.ndarray:
    """Return numbers times a fraction: one division where it is a whole part, which is exact."""
    floats = np.asarray(numbers.cast("float64").fill_null(np.nan))
    return floats * float(scale.numerator) / float(scale.denominator)


def _in_words(expected: str, forms: Written) -> str:
    more = []
    if forms.decimal == ",":
        more.append("with a decimal comma")
    if forms.thousands:
        more.append(f"thousands separated by '{forms.thousands}'")
    if forms.negatives != "minus":
        more.append(
            {"brackets": "negative in brackets", "trailing": "minus behind"}[forms.negatives]
        )
    return ", ".join([expected, *more])


def _digits(text: pa.Array, forms: Written) -> tuple[pa.Array, np.ndarray]:
    """Return numbers as -1234.5 writes them, and which of the values are numbers so written."""
    import re

    import pyarrow.compute as pc

    decimal, thousands = re.escape(forms.decimal), forms.thousands
    text = pc.utf8_trim_whitespace(text)
    if thousands == " ":  # or one that does not break
        text = pc.replace_substring_regex(text, "[\u00a0\u2009\u202f]", " ")
    usual = forms.decimal == "." and not thousands and not forms.currency
    if not (usual and forms.negatives == "minus"):
        if forms.currency:
            sign = re.escape(forms.currency)
            text = pc.replace_substring_regex(text, rf"^([-+(]?)\s*{sign}\s*", r"\1")
            text = pc.replace_substring_regex(text, rf"\s*{sign}([-)]?)$", r"\1")
        if forms.negatives == "brackets":
            text = pc.replace_substring_regex(text, r"^\(\s*([^-+()]*?)\s*\)$", r"-\1")
        elif forms.negatives == "trailing":
            text = pc.replace_substring_regex(text, r"^([^-+]*?)\s*-$", r"-\1")
    whole = "[0-9]+"
    if thousands:
        whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+)"
    pattern = rf"^[-+]?(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+)(?:[eE][-+]?[0-9]+)?$"
    good = np.asarray(pc.match_substring_regex(text, pattern).fill_null(False))
    if thousands:
        text = pc.replace_substring(text, thousands, "")
    if forms.decimal != ".":
        text = pc.replace_substring(text, forms.decimal, ".")
    return pc.replace_substring_regex(text, r"^\+", ""), good.copy()


def _boolean(values: pa.Array, rule: Rule) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_boolean(kind):
        return Converted(values, np.zeros(len(values), dtype=bool))
    if pa.types.is_temporal(kind):
        return _none_read(values, "bool", "true or false")
    text = pc.utf8_lower(pc.utf8_trim_whitespace(as_text(values)))
    yes = pc.is_in(text, value_set=pa.array(TRUE))
    known = pc.or_(yes, pc.is_in(text, value_set=pa.array(FALSE)))
    unread = np.asarray(pc.is_valid(values)) & ~np.asarray(known)
    return Converted(pc.if_else(known, yes, pa.scalar(None, "bool")), unread, "true or false")


def _date(values: pa.Array, rule: Rule) -> Converted:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, day = values.type, rule.column.type == "date"
    forms = rule.forms.date_format if day else rule.forms.datetime_format
    expected = "format " + " or ".join(forms)
    unread = np.zeros(len(values), dtype=bool)
    if pa.types.is_date(kind):
        stamps = values.cast("date64").cast(pa.timestamp("us"))
    elif pa.types.is_timestamp(kind):
        if kind.tz is not None and rule.forms.zone is None:
            return _none_read(values, pa.timestamp("us"), NO_ZONE)
        stamps = values.cast(pa.timestamp("us", kind.tz), safe=False)
        if kind.tz is not None:
            stamps = pc.local_timestamp(stamps.cast(pa.timestamp("us", rule.forms.zone)))
    elif pa.types.is_boolean(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        return _none_read(values, pa.timestamp("us"), expected)
    else:
        text = pc.utf8_trim_whitespace(as_text(values))
        if rule.forms.digits:
            text = _padded(text, rule.forms.digits)
        # A day occurs many times in most files; each is read once.
        coded = text.dictionary_encode()
        read = dates.parse(coded.dictionary, forms, rule.forms.pivot, rule.forms.zone)
        read = np.append(read, np.datetime64("NaT", "us"))
        times = read[np.asarray(coded.indices.fill_null(-1))]
        unread = np.asarray(pc.is_valid(text)) & np.isnat(times)
        stamps = pa.array(times)
    if rule.forms.missing and len(words := _days_of(rule.forms)):
        same = pc.is_in(stamps, value_set=pa.array(words), skip_nulls=True)
        stamps = pc.if_else(same, pa.scalar(None, stamps.type), stamps)
    return Converted(stamps, unread, expected)


def to_frame(columns: dict[str, list[pa.Array]], declared: dict[str, Column]) -> pd.DataFrame:
    """Return chunks of converted columns as pandas holds the declared types, missing or not."""
    import pyarrow as pa

    data: dict[str, Any] = {}
    for name in list(columns):
        values = pa.chunked_array(columns.pop(name), ARROW[declared[name].type]())
        data[name] = _PANDAS[declared[name].type](values)
    return pd.DataFrame(data)


ARROW = {
    "string": lambda: _arrow("string"),
    "category": lambda: _arrow("string"),
    "integer": lambda: _arrow("int64"),
    "number": lambda: _arrow("float64"),
    "boolean": lambda: _arrow("bool_"),
    "date": lambda: _arrow("timestamp", "us"),
    "datetime": lambda: _arrow("timestamp", "us"),
}


def _arrow(name: str, *arguments: str) -> Any:
    import pyarrow as pa

    return getattr(pa, name)(*arguments)


def _masked(values: pa.ChunkedArray, dtype: str) -> Any:
    whole = values.combine_chunks()
    missing = np.asarray(whole.is_null())
    filled = np.asarray(whole.fill_null(False if dtype == "boolean" else 0)).copy()
    kind = pd.arrays.BooleanArray if dtype == "boolean" else pd.arrays.IntegerArray
    return kind(filled, missing.copy())


_PANDAS = {
    "string": lambda values: pd.array(values.to_pandas(), dtype="str"),
    "category": lambda values: pd.array(values.to_pandas(), dtype="str"),
    "integer": lambda values: _masked(values, "Int64"),
    "number": lambda values: np.asarray(values.to_numpy(), dtype="float64").copy(),
    "boolean": lambda values: _masked(values, "boolean"),
    "date": lambda values: values.to_numpy().astype("datetime64[us]"),
    "datetime": lambda values: values.to_numpy().astype("datetime64[us]"),
}
