"""Passes of one source: their order, ties, shared numbers, several tables and bad input."""

import pandas as pd
import pytest
from helpers import small_trial
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.config.placeholders import FILE, Placeholders
from ipseval.config.read import read_section
from ipseval.config.trial import Source
from ipseval.errors import InputError
from ipseval.linkage.link import link_trial, person_ids
from ipseval.linkage.passes import link_source
from ipseval.provenance import ROOT

KINDS = {
    "nino": "nino",
    "first_name": "name",
    "last_name": "name",
    "date_of_birth": "date",
    "postcode": "postcode",
}
BOTH, NUMBER, NAMES = (
    {"name": "both", "on": ["nino", "date_of_birth"]},
    {"name": "number", "on": ["nino"]},
    {"name": "names", "on": ["first_name", "last_name", "date_of_birth", "postcode"]},
)
TAX = {
    "label": "Tax",
    "table": "jobs",
    "record_id": "job",
    "identifier": "nino",
    "fields": {name: {"column": name, "kind": kind} for name, kind in KINDS.items()},
    "passes": [BOTH, NUMBER, NAMES],
}
N1, N2, N3, N4 = (f"QQ00000{i}A" for i in range(1, 5))
PLACEHOLDERS = read_section(ROOT / FILE, Placeholders)
# Somebody with every value; tests change what they are about.
ANN = {
    "nino": N1,
    "first_name": "Ann",
    "last_name": "Lee",
    "date_of_birth": "1980-01-02",
    "postcode": "S1 2AB",
}
BOB = {
    "nino": N2,
    "first_name": "Bob",
    "last_name": "Ray",
    "date_of_birth": "1975-05-06",
    "postcode": "S3 4CD",
}
NOTHING = dict.fromkeys(KINDS)


def table(key: str, rows: dict[str, dict]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows.values()), columns=[*KINDS]).astype("str")
    frame["date_of_birth"] = frame["date_of_birth"].astype("datetime64[us]")
    frame.insert(0, key, pd.Series([*rows], dtype="str"))
    return frame


def linked(people: dict[str, dict], jobs: dict[str, dict], synthetic=True, **changes):
    """Link people to the source tax; person and record -> values."""
    source = Source.model_validate(TAX | changes)
    return link_source(
        table("person_id", people),
        {"jobs": table("job", jobs)},
        source,
        "tax",
        synthetic,
        placeholders=PLACEHOLDERS,
    )


def found(done) -> dict[str, set[str]]:
    return done.links.groupby("person_id")["record_id"].agg(set).to_dict()


def steps(done) -> dict[str, str]:
    return done.links.drop_duplicates("person_id").set_index("person_id")["pass"].to_dict()


def reasons(done) -> dict[str, str]:
    return done.status.set_index("person_id")["reason"].to_dict()


# Order


def test_passes_run_in_the_declared_order():
    people = {
        "a": ANN,
        "b": BOB | {"date_of_birth": "1975-05-07"},
        "c": ANN | {"nino": None, "first_name": "Cat"},
        "d": BOB | {"nino": N4, "date_of_birth": "1999-09-09"},
    }
    jobs = {"1": ANN, "2": BOB, "3": ANN | {"nino": N3, "first_name": "CAT"}}
    done = linked(people, jobs)
    assert steps(done) == {"a": "both", "b": "number", "c": "names"}
    assert found(done) == {"a": {"1"}, "b": {"2"}, "c": {"3"}}
    assert reasons(done)["d"] == "no record found"
    assert (done.links["score"] == 1).all()
    assert list(done.links.columns) == ["person_id", "source", "record_id", "pass", "score"]


def test_who_is_linked_is_not_tried_again():
    # The names of Ann's second record would fit her in a later pass.
    done = linked({"a": ANN}, {"1": ANN, "2": ANN | {"nino": N3}})
    assert found(done) == {"a": {"1"}}
    # Nor can somebody else take what an earlier pass has linked.
    done = linked({"a": ANN, "b": ANN | {"nino": None}}, {"1": ANN})
    assert found(done) == {"a": {"1"}}
    assert reasons(done) == {"a": "linked", "b": "identifier shared by two people"}


def test_another_order_gives_other_links():
    people, jobs = {"a": ANN}, {"1": ANN, "2": ANN | {"nino": N3, "postcode": "S9 9ZZ"}}
    moved = {"name": "moved", "on": ["first_name", "last_name", "date_of_birth"]}
    assert found(linked(people, jobs, passes=[BOTH, moved])) == {"a": {"1"}}
    done = linked(people, jobs, passes=[moved, BOTH])
    assert steps(done) == {"a": "both"}, "the first pass has a tie, the second has none"


def test_passes_that_are_not_used_make_no_links_and_are_still_measured():
    people = {"a": ANN, "b": BOB | {"nino": None}}
    done = linked(people, {"1": ANN, "2": BOB}, used=["both", "number"])
    assert found(done) == {"a": {"1"}}
    assert reasons(done)["b"] == "identifier missing or malformed"
    records = done.methods.dropna(subset="record_id")
    by_method = records.groupby("method")["record_id"].agg(set).to_dict()
    assert by_method == {"exact": {"1"}, "stepwise": {"1", "2"}, "used": {"1"}}


# Ties


def test_two_people_with_one_number_are_both_left_out():
    people = {"a": ANN, "b": ANN}
    done = linked(people, {"1": ANN})
    assert found(done) == {}
    assert set(reasons(done).values()) == {"identifier shared by two people"}
    assert not done.status["linkable"].any()


def test_date_of_birth_decides_between_two_people_with_one_number():
    people = {"a": ANN, "b": BOB | {"nino": N1}}
    done = linked(people, {"1": ANN})
    assert found(done) == {"a": {"1"}}
    assert reasons(done)["b"] == "its record fits another person"


def test_a_person_who_fits_two_people_of_the_source_is_left_out():
    jobs = {"1": ANN | {"nino": N3}, "2": ANN | {"nino": N4}}
    done = linked({"a": ANN | {"nino": None}}, jobs)
    assert found(done) == {}
    assert reasons(done) == {"a": "fits two people of the source"}
    assert done.status["linkable"].all()


def test_two_people_who_fit_one_person_of_the_source_are_left_out():
    # One number with two dates of birth, a typing error apart; each of the two has one of them.
    day = {"date_of_birth": "1980-01-03"}
    done = linked({"a": ANN, "b": ANN | day}, {"1": ANN, "2": ANN | day}, passes=[BOTH, NUMBER])
    assert found(done) == {}
    assert set(reasons(done).values()) == {"its record fits another person"}


def test_a_tie_of_one_pass_may_be_decided_by_the_next():
    jobs = {"1": ANN | {"nino": N3}, "2": ANN | {"nino": N4}}
    done = linked({"a": ANN | {"nino": N4}}, jobs, passes=[NAMES, NUMBER])
    assert found(done) == {"a": {"2"}}
    assert reasons(done) == {"a": "linked"}


# Records of one person


def test_all_records_of_a_number_come_along():
    jobs = {
        "1": ANN,
        "2": ANN | {"last_name": "Married", "postcode": None},
        "3": NOTHING | {"nino": "qq 00 00 01 a"},
        "4": ANN | {"date_of_birth": "1980-02-01"},
        "5": BOB,
    }
    done = linked({"a": ANN}, jobs)
    assert found(done) == {"a": {"1", "2", "3", "4"}}
    assert set(done.links["pass"]) == {"both"}


def test_a_record_without_a_number_stands_for_itself():
    jobs = {"1": ANN | {"nino": None}, "2": ANN | {"nino": "QQ12", "postcode": "S9 9ZZ"}}
    assert found(linked({"a": ANN}, jobs)) == {"a": {"1"}}
    # Two of them may be two people.
    jobs["2"]["postcode"] = ANN["postcode"]
    done = linked({"a": ANN}, jobs)
    assert found(done) == {}
    assert reasons(done) == {"a": "fits two people of the source"}


def test_tables_of_one_source_may_have_equal_keys():
    source = Source.model_validate(TAX | {"also": {"pensions": "job"}})
    people = table("person_id", {"a": ANN, "b": BOB})
    tables = {
        "jobs": table("job", {"1": ANN, "2": BOB}),
        "pensions": table("job", {"1": BOB, "2": NOTHING, "3": BOB}),
    }
    done = link_source(people, tables, source, "tax", True)
    assert found(done) == {"a": {"jobs:1"}, "b": {"jobs:2", "pensions:1", "pensions:3"}}


def test_keys_may_be_numbers():
    jobs = table("job", {"1": ANN}).assign(job=pd.Series([7], dtype="int64"))
    people, source = table("person_id", {"a": ANN}), Source.model_validate(TAX)
    assert found(link_source(people, {"jobs": jobs}, source, "tax", True)) == {"a": {"7"}}


# One number of two people

STRANGER = BOB | {"nino": N1}


def test_a_number_of_two_people_gives_each_their_own_records():
    jobs = {"1": ANN, "2": STRANGER, "3": ANN, "4": STRANGER}
    done = linked({"a": ANN}, jobs)
    assert found(done) == {"a": {"1", "3"}}, "the stranger's records must not come along"
    assert steps(done) == {"a": "both"}
    both = linked({"a": ANN, "b": STRANGER}, jobs)
    assert found(both) == {"a": {"1", "3"}, "b": {"2", "4"}}


def test_by_a_number_of_two_people_alone_nobody_is_linked():
    other = ANN | {"date_of_birth": "1991-07-08", "postcode": None}
    done = linked({"a": other}, {"1": ANN, "2": STRANGER})
    assert found(done) == {}
    assert reasons(done) == {"a": "fits two people of the source"}


def test_a_record_without_date_under_a_number_of_two_people_is_nobodys():
    jobs = {"1": ANN, "2": STRANGER, "3": ANN | {"date_of_birth": None}}
    assert found(linked({"a": ANN}, jobs)) == {"a": {"1"}}


@pytest.mark.parametrize(
    "mistyped", ["1980-02-01", "1980-01-12", "1908-01-03", "1900-01-01", "9999-12-31", None]
)
def test_a_mistyped_date_is_no_second_person(mistyped):
    jobs = {"1": ANN, "2": ANN | {"date_of_birth": mistyped}}
    assert found(linked({"a": ANN}, jobs)) == {"a": {"1", "2"}}


# Bad input


def test_every_identifier_missing():
    done = linked({"a": NOTHING, "b": NOTHING}, {"1": ANN, "2": NOTHING, "3": NOTHING})
    assert found(done) == {}
    assert set(reasons(done).values()) == {"every identifier missing"}
    assert not done.status["linkable"].any()


def test_placeholders_of_dates_agree_with_nothing():
    for day in ("1900-01-01", "1901-01-01", "9999-12-31"):
        people = {"a": NOTHING | {"nino": N1, "date_of_birth": day}}
        jobs = {"1": NOTHING | {"nino": N1, "date_of_birth": day}}
        assert steps(linked(people, jobs)) == {"a": "number"}
        same = {name: value for name, value in ANN.items() if name != "nino"}
        same |= {"nino": None, "date_of_birth": day}
        assert found(linked({"a": same}, {"1": same})) == {}


@pytest.mark.parametrize(
    ("postcode", "recorded"),
    [("ZZ99 3VZ", "zz993vz"), ("ZZ99 3WZ", "ZZ993WZ"), ("UNKNOWN", "unknown"), ("NFA", "n.f.a.")],
)
def test_people_of_no_known_address_are_not_each_other(postcode, recorded):
    ann = ANN | {"nino": None, "postcode": postcode}
    jobs = {"1": ANN | {"nino": N3, "postcode": recorded}}
    assert found(linked({"a": ann}, jobs)) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", "Unknown"), ("last_name", "not known"), ("nino", "AB111111A")],
)
def test_placeholders_agree_with_nothing(field, value):
    both = (NOTHING if field == "nino" else ANN) | {"nino": None, field: value}
    assert found(linked({"a": both}, {"1": both}, synthetic=False)) == {}


def test_a_national_insurance_number_agrees_with_or_without_suffix():
    for typed, recorded in (("QQ000001", N1), (N1, "QQ000001"), ("qq-00-00-01", '="QQ000001A"')):
        done = linked({"a": ANN | {"nino": typed}}, {"1": ANN | {"nino": recorded}})
        assert steps(done) == {"a": "both"}


def test_two_people_of_one_number_but_for_the_suffix_share_it():
    done = linked({"a": ANN, "b": ANN | {"nino": "QQ000001B"}}, {"1": ANN})
    assert set(reasons(done).values()) == {"identifier shared by two people"}


def test_a_source_without_rows_links_nobody():
    done = linked({"a": ANN, "b": NOTHING}, {})
    assert done.links.empty
    assert reasons(done) == {"a": "no record found", "b": "every identifier missing"}
    assert done.status["linkable"].tolist() == [True, False]
    assert done.runs == ["used", "exact", "stepwise"]


def test_a_repeated_record_is_refused_without_its_key():
    source, people = Source.model_validate(TAX), table("person_id", {"a": ANN})
    jobs = table("job", {"SECRET7": ANN, "x": BOB, "y": BOB})
    jobs.loc[2, "job"] = "SECRET7"
    with pytest.raises(InputError) as caught:
        link_source(people, {"jobs": jobs}, source, "tax", True)
    message = str(caught.value)
    for part in ("two records have the same key", "table: jobs", "column: job", "rows: 1, 3"):
        assert part in message
    assert "to do: " in message
    assert "SECRET7" not in message


def test_a_repeated_person_is_refused_with_table_and_column():
    keys = pd.Series(["SECRET9", "x", "SECRET9"], name="recruit_id")
    with pytest.raises(InputError) as caught:
        person_ids(keys, b"0" * 32, "recruits")
    message = str(caught.value)
    for part in ("table: recruits", "column: recruit_id", "rows: 1, 3", "to do: "):
        assert part in message
    assert "SECRET9" not in message


def test_names_in_any_script_are_compared():
    people = {
        "a": ANN | {"nino": None, "first_name": "محمد", "last_name": "العلي"},
        "b": ANN | {"nino": None, "first_name": "Андрей", "last_name": "Орлов"},
        "c": ANN | {"nino": None, "first_name": "小明", "last_name": "王"},
        "d": ANN | {"nino": None, "first_name": "小红", "last_name": "王"},
        "e": ANN | {"nino": None, "first_name": "José", "last_name": "Núñez-Ó Sé"},
    }
    jobs = {
        "1": ANN | {"nino": N1, "first_name": "مُحَمَّد", "last_name": "العلي"},
        "2": ANN | {"nino": N2, "first_name": "АНДРЕЙ", "last_name": "орлов"},
        "3": ANN | {"nino": N3, "first_name": "小明", "last_name": "王"},
        "4": ANN | {"nino": N4, "first_name": "JOSE", "last_name": "NUNEZ O SE"},
    }
    done = linked(people, jobs)
    assert found(done) == {"a": {"1"}, "b": {"2"}, "c": {"3"}, "e": {"4"}}
    assert reasons(done)["d"] == "no record found"


def test_synthetic_numbers_link_nobody_in_a_real_run():
    done = linked({"a": ANN}, {"1": ANN}, synthetic=False, passes=[BOTH, NUMBER])
    assert found(done) == {}
    assert not done.status["linkable"].any()


# Order of rows

ANY_SHARE = {"also": {"pensions": "job"}, "used": ["both", "names"], "well_formed_at_least": 0}
TRIAL = small_trial("group", {"tax": TAX | ANY_SHARE})
# Few values of everything, so that ties, shared numbers and missing values are common.
VALUES = {
    "nino": st.sampled_from([N1, N2, N3, "QQ1", None]),
    "first_name": st.sampled_from(["Ann", "ANN", "Bo", "", None]),
    "last_name": st.sampled_from(["Lee", "Ó Sé", None]),
    "date_of_birth": st.sampled_from(["1980-01-02", "1991-03-04", "1900-01-01", None]),
    "postcode": st.sampled_from(["S1 2AB", "s12ab", None]),
}
ROWS = st.lists(st.fixed_dictionaries(VALUES), max_size=7)
# Two people or more, so that somebody is in either arm.
PEOPLE = st.lists(st.fixed_dictionaries(VALUES), min_size=2, max_size=7)


@settings(deadline=None, max_examples=8)
@given(PEOPLE, ROWS, ROWS, st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(people, jobs, pensions, random):
    def keyed(key, rows):
        return table(key, {str(i): row for i, row in enumerate(rows)})

    people = keyed("id", people)
    people = people.assign(arm=[i % 2 for i in range(len(people))], group="g")
    tables = {"people": people, "jobs": keyed("job", jobs), "pensions": keyed("job", pensions)}
    truth = pd.DataFrame(
        {"id": people["id"], "nino": [N1, N2, N3, N4, None, None, None][: len(people)]}
    )
    mixed = {
        name: rows.sample(frac=1, random_state=random.randint(0, 999))
        for name, rows in tables.items()
    }
    known = truth.sample(frac=1, random_state=random.randint(0, 999))
    first = link_trial(tables, TRIAL, b"0" * 32, True, truth)
    second = link_trial(mixed, TRIAL, b"0" * 32, True, known)
    for name in ("links", "linkable", "links_by_method", "quality", "passes", "methods"):
        pd.testing.assert_frame_equal(first[name], second[name])

    # What holds for every input: a record belongs to one person, and who is linked is linkable.
    links = first["links"]
    assert not links.duplicated(["source", "record_id"]).any()
    status = first["linkable"]
    assert len(status) == len(people)
    assert status.loc[status["linked"], "linkable"].all()
    linked_people = set(status.loc[status["linked"], "person_id"])
    assert set(links.loc[links["source"] == "tax", "person_id"]) == linked_people
