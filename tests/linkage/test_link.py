"""Linkage: identifiers, passes, ties, pseudonyms and quality."""

import pandas as pd
import pytest
from helpers import TAX_BY_NUMBER, small_trial
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.errors import InputError
from ipseval.linkage.identifiers import is_nino, standard_nino
from ipseval.linkage.link import link_trial, person_ids
from ipseval.linkage.secret import read_secret

TRIAL = small_trial("group", {"tax": TAX_BY_NUMBER})
SECRET = b"0" * 32


@pytest.mark.parametrize(
    ("nino", "valid"),
    [
        ("AB123456C", True),
        ("ab 12 34 56 c", True),
        ("AB123456", False),
        ("AB123456E", False),
        ("DA123456A", False),
        ("AO123456A", False),
        ("BG123456A", False),
        ("QQ123456C", False),
        (None, False),
    ],
)
def test_format_of_a_national_insurance_number(nino, valid):
    values = pd.Series([nino], dtype="str")
    assert bool(is_nino(values).iloc[0]) is valid
    assert standard_nino(pd.Series(["ab 12 34 56 c"])).iloc[0] == "AB123456C"


def tables():
    people = pd.DataFrame(
        {
            "id": ["p1", "p2", "p3", "p4", "p5", "p6"],
            "arm": [1, 0, 1, 0, 1, 0],
            "group": "g",
            "nino": ["QQ000001A", None, "QQ00000", "QQ000004A", "QQ000004A", "qq000006a"],
        }
    ).astype({"nino": "str"})
    jobs = pd.DataFrame(
        {
            "job": ["j1", "j2", "j3", "j4", "j5"],
            "nino": ["QQ000001A", "QQ000001A", "QQ000004A", "QQ999999A", "QQ000006A"],
        }
    )
    return {"people": people, "jobs": jobs}


def reasons(linked):
    status, links = linked["linkable"], linked["links"]
    own = links[links["source"] == "people"].set_index("person_id")["record_id"]
    return dict(zip(status["person_id"].map(own), status["reason"], strict=True))


def test_each_person_is_linked_or_told_why_not():
    linked = link_trial(tables(), TRIAL, SECRET, synthetic=True)
    assert reasons(linked) == {
        "p1": "linked",
        "p2": "every identifier missing",
        "p3": "every identifier missing",
        "p4": "identifier shared by two people",
        "p5": "identifier shared by two people",
        "p6": "linked",
    }
    tax = linked["links"].query("source == 'tax'")
    assert sorted(tax["record_id"]) == ["j1", "j2", "j5"]


def test_synthetic_numbers_link_nobody_in_a_real_run():
    linked = link_trial(tables(), TRIAL, SECRET, synthetic=False)
    assert not linked["linkable"]["linkable"].any()


@settings(deadline=None, max_examples=4)
@given(st.randoms())
def test_order_of_rows_changes_nothing(random):
    given_tables = tables()
    shuffled = {
        name: t.sample(frac=1, random_state=random.randint(0, 999))
        for name, t in given_tables.items()
    }
    first = link_trial(given_tables, TRIAL, SECRET, synthetic=True)
    second = link_trial(shuffled, TRIAL, SECRET, synthetic=True)
    assert first["match_models"] == second["match_models"] == {}
    for name in set(first) - {"match_models"}:
        pd.testing.assert_frame_equal(first[name], second[name])


def test_quality_adds_up_over_arms_and_groups():
    quality = link_trial(tables(), TRIAL, SECRET, synthetic=True)["quality"]
    total = quality.query("arm == 'all' and trial_group == 'all'").iloc[0]
    assert (total["people"], total["linkable"], total["linked"]) == (6, 2, 2)
    arms = quality.query("arm != 'all' and trial_group == 'all'")
    assert arms["people"].sum() == 6
    assert arms["linked"].sum() == 2


def test_without_sources_there_is_nothing_to_link_and_it_says_so():
    linked = link_trial(tables(), TRIAL.model_copy(update={"sources": {}}), SECRET, True)
    assert linked["quality"]["note"].tolist() == ["no source is declared to link"]
    assert linked["linkable"].empty
    assert len(linked["links"]) == 6


def test_pseudonyms_depend_on_the_secret_and_are_distinct():
    keys = pd.Series([f"R{i}" for i in range(1000)])
    first, second = person_ids(keys, b"a" * 32), person_ids(keys, b"b" * 32)
    assert first.is_unique
    assert (first != second).all()
    assert not any(key in pseudonym for key, pseudonym in zip(keys, first, strict=True))


def test_a_repeated_person_is_refused_without_being_named():
    with pytest.raises(InputError) as caught:
        person_ids(pd.Series(["SECRET9", "x", "SECRET9"]), SECRET)
    assert caught.value.rows == [1, 3]
    assert "SECRET9" not in str(caught.value)


def test_key_file_must_exist_and_hold_a_secret(tmp_path):
    with pytest.raises(InputError, match="missing"):
        read_secret(str(tmp_path / "none"), "t")
    (tmp_path / "short").write_text("abc")
    (tmp_path / "short").chmod(0o600)
    with pytest.raises(InputError, match="under 32 bytes"):
        read_secret(str(tmp_path / "short"), "t")
    good = "8aed2a6abf7158809cf4f3c762e7160f"
    (tmp_path / "good").write_text(good + "\n")
    path = str(tmp_path / "good")
    (tmp_path / "good").chmod(0o600)
    assert read_secret(path, "t") == good.encode() + b"|t"
    assert read_secret(path, "t") != read_secret(path, "u")
