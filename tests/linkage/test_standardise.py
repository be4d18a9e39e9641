"""Identifiers in standard form: what counts as the same value, and what counts as none."""

import nhs_number
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.config.placeholders import Placeholders
from ipseval.linkage.identifiers import (
    is_nhs_number,
    is_nino,
    standard_name,
    standard_nhs_number,
    standard_nino,
    standard_postcode,
    standard_sex,
    standardise,
    written_as_float,
)

KINDS = ("nino", "nhs_number", "name", "date", "postcode", "sex", "text")


def texts(*values) -> pd.Series:
    return pd.Series(values, dtype="str")


def same(first: str, second: str) -> bool:
    """Whether two names agree when records are compared."""
    one, other = standard_name(texts(first, second))
    return one == other


# NHS numbers


def with_check_digit(nine: np.ndarray) -> list[str]:
    """Numbers of ten digits from those of nine; 0 stands where no check digit exists."""
    stems = np.char.zfill(nine.astype("U9"), 9)
    return [s + str(nhs_number.calculate_checksum(s) % 10) for s in stems]


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1_000_000_000), (0, 320_000_000), (400_000_000, 800_000_000), (900_000_000, 10**9)],
    ids=["all", "Scottish and below", "English", "synthetic"],
)
def test_nhs_numbers_count_as_they_do_for_the_package(low, high):
    drawn = np.random.default_rng(low).integers(low, high, 4_000)
    last = np.random.default_rng(high).integers(0, 10, 2_000)
    random = np.char.add(np.char.zfill(drawn[:2_000].astype("U9"), 9), last.astype("U1"))
    values = texts(*with_check_digit(drawn[2_000:]), *random)
    wanted = [nhs_number.is_valid(value) for value in values]
    assert 100 < sum(wanted) < 3_900, "both kinds are there"
    assert is_nhs_number(values, synthetic=True).tolist() == wanted
    live = [good and value[0] != "9" for good, value in zip(wanted, values, strict=True)]
    assert is_nhs_number(values).tolist() == live


def test_synthetic_nhs_numbers_are_refused_in_a_real_run():
    values = texts("9000000009", "943 476 5919", "401 023 2137")
    assert [nhs_number.is_valid(value) for value in values] == [True] * 3
    assert is_nhs_number(values, synthetic=True).all()
    assert is_nhs_number(values).tolist() == [False, False, True]
    kept = standardise(values, "nhs_number", synthetic=False)
    assert kept.isna().tolist() == [True, True, False]


@pytest.mark.parametrize("written", ["401 023 2137", "401-023-2137", " 4010232137 ", "401 0232137"])
def test_spaces_and_hyphens_of_an_nhs_number_do_not_count(written):
    assert is_nhs_number(texts(written)).all()
    assert standard_nhs_number(texts(written)).tolist() == ["4010232137"]


@pytest.mark.parametrize("digit", "012345689")
def test_wrong_check_digit(digit):
    assert not is_nhs_number(texts("401023213" + digit)).any()


@pytest.mark.parametrize("digit", "0123456789")
def test_ten_equal_digits_are_nobodys(digit):
    # Their sum is right, and systems put them where no number is known.
    assert not is_nhs_number(texts(digit * 10), synthetic=True).any()


@pytest.mark.parametrize(
    "value", [None, "", "401023213", "40102321370", "401023213X", "٤٠١٠٢٣٢١٣٧"]
)
def test_what_is_no_nhs_number(value):
    assert is_nhs_number(texts(value), synthetic=True).tolist() == [False]
    assert standardise(texts(value), "nhs_number", synthetic=True).isna().all()


@pytest.mark.parametrize(
    ("value", "lost"),
    [
        ("4010232137", False),
        ("401 023 2137", False),
        ("401.023.2137", False),
        (None, False),
        ("4010232137.0", True),
        ("4010232137.", True),
        ("4.010232137E+09", True),
        ("4.01023E+09", True),
        ("4e9", True),
        ('="4.01023E+09"', True),
    ],
)
def test_numbers_that_went_through_a_float(value, lost):
    assert written_as_float(texts(value, "4010232137"), "nhs_number").tolist() == [lost, False]
    # Nothing else is a number of digits.
    assert not written_as_float(texts(value), "nino").any()


def test_a_column_of_floats_is_one_whose_digits_may_be_lost():
    values = pd.Series([4010232137.0, np.nan])
    assert written_as_float(values, "nhs_number").tolist() == [True, False]
    assert not written_as_float(pd.Series([4010232137, None], dtype="Int64"), "number").any()


def test_sex_by_words_and_codes():
    found = standard_sex(texts("F", "female", "2", " Male ", "m", "1", "not_known", None))
    words = ["female"] * 3 + ["male"] * 3 + ["not_known"]
    assert found.dropna().tolist() == words
    assert pd.isna(found.iloc[-1])


# National Insurance numbers


def test_letters_of_a_national_insurance_number():
    """Neither letter D F I Q U V, second letter not O, prefixes that are not given out."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    prefixes = [first + second for first in letters for second in letters]
    allowed = {
        prefix
        for prefix in prefixes
        if not set(prefix) & set("DFIQUV")
        and prefix[1] != "O"
        and prefix not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    }
    good = is_nino(texts(*(prefix + "123456C" for prefix in prefixes)))
    assert {prefix for prefix, ok in zip(prefixes, good, strict=True) if ok} == allowed
    assert len(allowed) == 20 * 19 - 7


@pytest.mark.parametrize("suffix", "ABCDEFGHIJKLMNOPQRSTUVWXYZ 1")
def test_suffix_of_a_national_insurance_number(suffix):
    assert is_nino(texts("AB123456" + suffix)).all() == (suffix in "ABCD ")


@pytest.mark.parametrize("value", [None, "", "AB12345C", "AB1234567C", "AB١٢٣٤٥٦C", "XAB123456C"])
def test_what_is_no_national_insurance_number(value):
    assert is_nino(texts(value), synthetic=True).tolist() == [False]


def test_synthetic_national_insurance_numbers_are_refused_in_a_real_run():
    values = texts("QQ123456A", "QA000000D", "AB123456C", "qq 12 34 56 a")
    assert is_nino(values, synthetic=True).all()
    assert is_nino(values).tolist() == [False, False, True, False]
    assert standard_nino(values).tolist() == ["QQ123456A", "QA000000D", "AB123456C", "QQ123456A"]


# Names


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("José", "JOSE"),
        ("José", "Jose\u0301"),
        ("Zoë", "zoe"),
        ("O'Brien", "O’BRIEN"),
        ("O'Brien", "obrien"),
        ("Smith-Jones", "SMITH JONES"),
        (" Ann  Marie ", "Annmarie"),
        ("Straße", "STRASSE"),
        ("Mª", "ma"),
        ("İpek", "ipek"),
        ("Ｌｉ", "Li"),
        ("Андрей", "АНДРЕЙ"),
        ("Андрей", "Андреи\u0306"),
        ("محمد", "مُحَمَّد"),
        ("王小明", "王 小明"),
        ("김민준", "김민준"),
    ],
)
def test_names_that_are_the_same(typed, recorded):
    assert same(typed, recorded)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "Anne"),
        ("محمد", "أحمد"),
        ("王小明", "王小红"),
        ("Иван", "Ivan"),
        ("सीता", "सत"),
        ("김", "이"),
    ],
)
def test_names_that_differ(one, other):
    assert standard_name(texts(one, other)).notna().all()
    assert not same(one, other)


@pytest.mark.parametrize("value", [None, "", "  ", "-", "'", "??", "12", "..."])
def test_no_name(value):
    assert standard_name(texts(value)).isna().all()


def test_missing_names_stay_in_their_places():
    names = pd.Series(["Bo", None, "", "Cy"], index=[7, 3, 9, 1], dtype="str")
    found = standard_name(names)
    assert found.index.tolist() == [7, 3, 9, 1]
    assert found.isna().tolist() == [False, True, True, False]
    assert found.dropna().tolist() == ["BO", "CY"]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(max_size=12), max_size=5))
def test_a_standard_name_is_its_own_standard(names):
    once = standard_name(texts(*names))
    pd.testing.assert_series_equal(standard_name(once), once)
    assert not (once == "").any()


# Postcodes and dates


@pytest.mark.parametrize(
    ("typed", "standard"),
    [
        ("s1 2ab", "S1 2AB"),
        ("S12AB", "S1 2AB"),
        (" B15  1TT.", "B15 1TT"),
        ("ec1a-1bb", "EC1A 1BB"),
        ("", None),
        ("--", None),
        (None, None),
    ],
)
def test_postcode(typed, standard):
    found = standard_postcode(texts(typed)).iloc[0]
    assert pd.isna(found) if standard is None else found == standard


DATES = ["1900-01-01", "1901-01-01", "9999-12-31", "1900-01-02", "1968-02-29", None]
KNOWN = Placeholders(date={"values": DATES[:3]})
STANDARD = [None, None, None, "1900-01-02", "1968-02-29", None]


@pytest.mark.parametrize("dtype", ["str", "object", "datetime64[us]", "datetime64[s]"])
def test_dates_that_stand_for_none_are_missing(dtype):
    found = standardise(pd.Series(DATES).astype(dtype), "date", False, KNOWN)
    assert found.dtype == "str"
    assert [None if pd.isna(value) else value for value in found] == STANDARD


def test_dates_in_nanoseconds():
    # They end in 2262, so 9999-12-31 cannot be among them.
    dates = pd.Series(DATES[:2] + DATES[3:]).astype("datetime64[ns]")
    found = standardise(dates, "date", False, KNOWN)
    assert found.notna().tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["str", "object", "float64", "Int64", "datetime64[us]"])
@pytest.mark.parametrize("n", [0, 3])
def test_a_column_without_values_is_missing_whatever_its_type(kind, dtype, n):
    values = pd.Series([None] * n, index=range(5, 5 + n)).astype(dtype)
    found = standardise(values, kind, synthetic=True)
    assert found.dtype == "str"
    assert found.index.equals(values.index)
    assert found.isna().all()


@pytest.mark.parametrize("kind", KINDS)
def test_values_keep_their_places(kind):
    value = {"nino": "QQ123456A", "nhs_number": "4010232137", "date": "1980-05-06"}.get(kind, "S1")
    values = pd.Series([None, value, None], index=[4, 2, 8], dtype="str")
    found = standardise(values, kind, synthetic=True)
    assert found.index.tolist() == [4, 2, 8]
    assert found.notna().tolist() == [False, True, False]
