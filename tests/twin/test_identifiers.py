"""Identifiers of synthetic people: nobody's, distinct, and damaged at the declared rates."""

from dataclasses import dataclass
from pathlib import Path

import nhs_number
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.calendar import add_months
from ipseval.config.read import read_section
from ipseval.streams import Streams
from ipseval.twin import identifiers as make
from ipseval.twin.hlt.identifiers import (
    _typed_nino,
    give_identifiers,
    type_identifiers,
    vary_names,
)
from ipseval.twin.hlt.settings import HltSettings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = read_section(ROOT / "config/trials/hlt/twin.yaml", HltSettings)
N = 40_000
DATES = st.dates(pd.Timestamp("1950-01-01").date(), pd.Timestamp("2001-12-31").date())


@dataclass(frozen=True)
class Meeting:
    """People as they are, and the table that was typed."""

    people: pd.DataFrame
    typed: pd.DataFrame


@pytest.fixture(scope="module")
def meeting():
    rng = np.random.default_rng(0)
    day = np.datetime64("2018-05-01") + rng.integers(0, 540, N)
    age = rng.integers(18, 67, N)
    born = add_months(day - rng.integers(0, 365, N).astype("timedelta64[D]"), -12 * age)
    people = pd.DataFrame(
        {
            "gender": pd.array(rng.choice(["male", "female", "other", None], N), dtype="str"),
            "area": rng.choice(list(SETTINGS.districts), N),
            "day": day,
            "age": age,
            "date_of_birth": born,
        }
    )
    streams = Streams(5, "t")
    people = give_identifiers(people, SETTINGS, streams)
    return Meeting(people, type_identifiers(people, SETTINGS, streams))


def share(mask) -> float:
    return float(np.mean(mask))


def about(rate: float, n: int = N):
    """A share of n people, up to four standard errors off."""
    return pytest.approx(rate, abs=4 * (rate * (1 - rate) / n) ** 0.5)


def test_nhs_numbers_are_valid_distinct_and_of_nobody():
    streams = Streams(1, "t")
    u = (streams.uniform("a", name, 300_000) for name in "bc")
    numbers = pd.Series(make.synthetic_nhs_numbers(*u))
    assert numbers.is_unique
    assert numbers.between("9000000000", "9999999999").all()
    some = numbers[:5000]
    assert some.map(lambda x: nhs_number.is_valid(x, nhs_number.REGION_SYNTHETIC)).all()
    digits = np.array([list(number) for number in numbers]).astype(int)
    weighted = digits[:, :9] @ np.arange(10, 1, -1)
    assert ((11 - weighted % 11) % 11 == digits[:, 9]).all()
    assert not numbers.is_monotonic_increasing


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999), st.integers(1, 8), st.integers(1, 9))
def test_a_wrong_nhs_number_gives_itself_away(u, choice, where, by):
    number = make.synthetic_nhs_numbers(np.array([u]), np.array([choice]))
    assert nhs_number.is_valid(number[0])
    at = np.array([where])
    assert not nhs_number.is_valid(make.mistype_digits(number, at, np.array([by]))[0])
    assert not nhs_number.is_valid(make.transpose_digits(number, at)[0])


def test_nothing_to_damage_is_no_problem():
    nobody, nowhere = np.array([], dtype=object), np.array([], dtype=np.int64)
    assert len(make.transpose_digits(nobody, nowhere)) == 0
    assert len(make.mistype_digits(nobody, nowhere, nowhere)) == 0
    assert len(make.synthetic_nhs_numbers(nowhere, nowhere)) == 0
    assert make.misspell(nobody, nowhere) == make.untidy(nobody, nowhere) == []


@settings(deadline=None)
@given(DATES)
def test_wrong_birthdays_stay_in_the_year(day):
    given_day = np.array([day], dtype="datetime64[D]")
    swapped, wrong = (f(given_day)[0] for f in (make.swap_day_and_month, make.mistype_day))
    wanted = day.replace(day=day.month, month=day.day) if day.day <= 12 else day
    assert swapped.item() == wanted
    assert abs((wrong - given_day[0]).astype(int)) == 10
    assert wrong.astype("datetime64[M]") == given_day[0].astype("datetime64[M]")


def test_no_live_postcode_is_given(meeting):
    postcodes = meeting.people["postcode"].astype("str")
    assert postcodes.str.fullmatch(r"[A-Z]{1,2}\d{1,2} \d[CIKMOV][A-Z]").all()
    outward = postcodes.str.split(" ").str[0]
    allowed = meeting.people["area"].map(SETTINGS.districts)
    assert all(out in districts for out, districts in zip(outward, allowed, strict=True))


def test_everybody_has_a_sex_and_names(meeting):
    people = meeting.people
    assert set(people["sex"]) == {"male", "female"}
    told = people["gender"].isin(["male", "female"])
    assert (people.loc[told, "sex"] == people.loc[told, "gender"]).all()
    assert share(people.loc[~told, "sex"] == "male") == about(0.5, int((~told).sum()))
    double = people["last_name"].str.contains("-")
    assert share(double) == about(SETTINGS.double_barrelled)
    # The commonest surname of Great Britain is far commoner than the average one of 500.
    assert people["last_name"].value_counts().index[0] == "Smith"


def test_twins_share_surname_birthday_and_postcode(meeting):
    people = meeting.people
    shared = ["last_name", "date_of_birth", "postcode"]
    twins = people[people.duplicated(shared, keep=False)]
    assert len(twins) == pytest.approx(SETTINGS.twins * N, abs=6)
    sizes = twins.groupby(shared)["first_name"].agg(["size", "nunique"])
    assert (sizes == 2).all(axis=None)
    assert twins["true_nhs_number"].is_unique
    assert twins["true_nino"].is_unique


def test_age_is_that_of_the_true_birthday(meeting):
    people = meeting.people
    born, day = (
        people[name].to_numpy().astype("datetime64[D]") for name in ("date_of_birth", "day")
    )
    age = people["age"].to_numpy()
    assert (add_months(born, 12 * age) <= day).all()
    assert (day < add_months(born, 12 * (age + 1))).all()


def test_nino_damage_says_who_can_be_found(meeting):
    people, damage = meeting.typed, SETTINGS.identifiers.nino
    right = people["nino"] == people["true_nino"]
    assert (right == people["found"]).all()
    assert share(people["nino"].isna()) == about(damage.missing)
    assert share(people["nino"].str.len() == 8) == about(damage.invalid_format)
    assert share(people["usable"] & ~people["found"]) == about(damage.mistyped)


def test_a_mistyped_number_is_nobody_elses():
    # Of numbers below ten thousand a swap of two digits is mostly another one.
    taken = [f"AB{number:06d}C" for number in range(10_000)]
    true = np.array([*taken, "AB987654C"], dtype=object)
    certain = SETTINGS.identifiers.nino.model_copy(update={"mistyped": 1.0, "missing": 0.0})
    identifiers = SETTINGS.identifiers.model_copy(update={"nino": certain})
    settings = SETTINGS.model_copy(update={"identifiers": identifiers})
    typed = _typed_nino(true, settings, Streams(7, "hlt"))
    wrong = typed["nino"] != true
    assert (wrong == ~typed["found"]).all()
    assert wrong[-1]
    assert not np.isin(typed["nino"][wrong], true).any()
    assert 0 < wrong[:-1].sum() < len(taken)


def test_nhs_numbers_are_damaged_as_declared(meeting):
    typed, true = meeting.typed["nhs_number"], meeting.typed["true_nhs_number"]
    damage = SETTINGS.identifiers.nhs_number
    assert share(typed.isna()) == about(damage.missing)
    wrong = typed.notna() & (typed != true)
    assert share(wrong) == about(damage.transposed + damage.mistyped)
    assert typed[wrong].str.fullmatch(r"9\d{9}").all()
    assert not typed[wrong].map(nhs_number.is_valid).any()


def test_birthdays_and_sex_are_damaged_as_declared(meeting):
    true, typed, damage = meeting.people, meeting.typed, SETTINGS.identifiers
    apart = (typed["date_of_birth"] - true["date_of_birth"]).dt.days.abs()
    assert share(apart == 10) == about(damage.date_of_birth.mistyped)
    # 132 of 365 days have another day when day and month are swapped.
    swapped = damage.date_of_birth.day_month_swapped * 132 / 365
    assert share(~apart.isin([0, 10])) == about(swapped)
    assert share(typed["sex"].isna()) == about(damage.sex.missing)
    assert share(typed["sex"] == "not_known") == about(damage.sex.not_known)
    known = typed["sex"].isin(["male", "female"])
    assert share(known & (typed["sex"] != true["sex"])) == about(damage.sex.wrong)


def test_postcodes_are_damaged_as_declared(meeting):
    true, typed = meeting.people["postcode"], meeting.typed["postcode"]
    damage = SETTINGS.identifiers.postcode
    assert share(typed.isna()) == about(damage.missing)
    given_ones = typed.dropna()
    assert share(~given_ones.str.contains(" ")) == about(damage.no_space, len(given_ones))
    bare = given_ones.str.replace(" ", "")
    other = bare != true[given_ones.index].str.replace(" ", "")
    assert share(other) == about(damage.moved, len(given_ones))


@pytest.mark.parametrize("kind", ["married", "short_form", "misspelt", "one_of_two", "untidy"])
def test_names_are_damaged_as_declared(meeting, kind):
    people = meeting.people
    names = [people[name].to_numpy() for name in ("first_name", "last_name", "sex")]
    only = SETTINGS.identifiers.names.model_copy(
        update=dict.fromkeys(type(SETTINGS.identifiers.names).model_fields, 0) | {kind: 0.25}
    )
    first, last = vary_names(*names, only, Streams(9, "t"), "recruits")
    changed_first, changed_last = first != names[0], last != names[1]
    at_risk = {
        "married": (None, names[2] == "female"),
        "short_form": (np.isin(names[0], list(make.SHORT_FORMS)), None),
        "misspelt": (np.full(N, True), np.full(N, True)),
        "one_of_two": (None, people["last_name"].str.contains("-").to_numpy()),
        "untidy": (np.full(N, True), np.full(N, True)),
    }
    for changed, could in zip((changed_first, changed_last), at_risk[kind], strict=True):
        if could is None:
            assert not changed.any()
        else:
            assert not changed[~could].any()
            # A new surname, and a short one in other order, may happen to be the old one.
            assert share(changed[could]) == pytest.approx(0.25, abs=0.02)


def test_names_differ_from_the_true_ones_in_the_table_of_the_meeting(meeting):
    true, typed = meeting.people, meeting.typed
    for name in ("first_name", "last_name"):
        assert 0.05 < share(typed[name] != true[name]) < 0.2
        assert (typed[name].str.len() > 0).all()
