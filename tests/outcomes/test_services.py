"""Use of health services: days in hospital, contacts counted once, shares attended."""

from copy import deepcopy
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from helpers import result_of, small_trial
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.config.outcomes import Outcomes
from ipseval.errors import InputError
from ipseval.linkage.link import link_trial
from ipseval.outcomes.derive import derive_outcomes
from ipseval.outcomes.linked import LinkedSources, StayRecords, refuse_backward

CARE = {
    "label": "Care",
    "table": "stays",
    "record_id": "key",
    "also": {"visits": "key", "contacts": "key"},
    "identifier": "nino",
    "fields": {"nino": {"column": "nino", "kind": "nino"}},
    "passes": [{"name": "exact", "on": ["nino"]}],
}
TRIAL = small_trial(sources={"care": CARE})
NAMES = {"label": "l", "unit": "u", "from_month": 0, "to_month": 12}
RESUBMITTED = {"key": ["contact"], "latest": "sent", "if_different": "latest"}
DECLARED = {
    "events": {
        "appointments": {
            "source": "care",
            "tables": {
                "visits": {"date": "on", "status": "seen"},
                "contacts": {
                    "date": "on",
                    "status": "code",
                    "resubmitted": RESUBMITTED,
                },
            },
        },
        "seen": {
            "source": "care",
            "tables": {
                "contacts": {
                    "date": "on",
                    "where": {"code": ["5"]},
                    "resubmitted": RESUBMITTED,
                }
            },
        },
        "first": {"source": "care", "tables": {"visits": {"date": "on", "where": {"sort": ["1"]}}}},
    },
    "stays": {
        "hospital": {
            "source": "care",
            "table": "stays",
            "admitted": "in",
            "discharged": "out",
            "episode_end": "end",
        }
    },
    "covariates": {},
    "outcomes": {
        "attended": {
            "kind": "event_count",
            "events": "appointments",
            "status": ["5", "6"],
            **NAMES,
        },
        "all": {"kind": "event_count", "events": "appointments", **NAMES},
        "first": {"kind": "event_count", "events": "first", **NAMES},
        "seen": {"kind": "event_count", "events": "seen", **NAMES},
        "share": {
            "kind": "event_share",
            "events": "appointments",
            "status": ["5", "6"],
            "among": ["5", "6", "3"],
            **NAMES,
        },
        "nights": {"kind": "bed_days", "stays": "hospital", "count": "nights", **NAMES},
        "days": {"kind": "bed_days", "stays": "hospital", "count": "days", **NAMES},
        "stays": {"kind": "stay_count", "stays": "hospital", **NAMES},
        "short": {"kind": "stay_count", "stays": "hospital", "nights_at_most": 1, **NAMES},
        "long": {"kind": "stay_count", "stays": "hospital", "nights_at_least": 2, **NAMES},
    },
}
A, B, C = "QQ000001A", "QQ000002A", "QQ000003A"


def derive(stays=(), visits=(), contacts=(), no_record="zero", again=None) -> pd.DataFrame:
    """Return outcomes by id of a, b, c (looked up by number) and d (no number); 1 January 2019."""
    people = pd.DataFrame({"id": list("abcd"), "arm": [1, 0, 1, 0], "nino": [A, B, C, None]})
    dates = ("in", "out", "end", "on", "sent")

    def table(rows, columns):
        frame = pd.DataFrame(rows, columns=["nino", *columns])
        types = {c: "datetime64[us]" if c in dates else "str" for c in frame}
        return frame.astype(types).assign(key=range(1, len(frame) + 1))

    tables = {
        "people": people.astype({"nino": "str"}),
        "stays": table(stays, ["in", "end", "out"]),
        "visits": table(visits, ["on", "seen", "sort"]),
        "contacts": table(contacts, ["contact", "on", "code", "sent"]),
    }
    linked = link_trial(tables, TRIAL, b"0" * 32, synthetic=True)
    declared = deepcopy(DECLARED)
    for kind in ("events", "stays"):
        declared[kind] = {n: {**s, "no_record": no_record} for n, s in declared[kind].items()}
    if again:
        for name in ("appointments", "seen"):
            declared["events"][name]["tables"]["contacts"]["resubmitted"] |= again
    spec = Outcomes.model_validate(declared)
    found = derive_outcomes(TRIAL, spec, tables, linked["links"], linked["linkable"]).people
    own = linked["links"].query("source == 'people'").set_index("record_id")["person_id"]
    return found.set_index("person_id").loc[own[list("abcd")]].set_axis(list("abcd"))


def test_who_has_no_record_has_none_or_is_missing_as_declared():
    visits = [(A, "2019-02-01", "5", "1")]
    found = derive(visits=visits)
    assert found.loc["b", ["attended", "nights", "days"]].tolist() == [0, 0, 0]
    assert found.loc["d"][["attended", "nights", "days"]].isna().all()
    found = derive(visits=visits, no_record="missing")
    assert found.loc["a", ["attended", "nights"]].tolist() == [1, 0]  # linked, and in no hospital
    assert found.loc[["b", "c", "d"], ["attended", "nights"]].isna().all(axis=None)


def test_window_of_events():
    on = ["2018-12-31", "2019-01-01", "2019-12-31", "2020-01-01"]
    found = derive(visits=[(A, day, "5", "1") for day in on])
    assert found.loc["a", "all"] == 2


def test_status_where_and_share():
    visits = [
        (A, "2019-02-01", "5", "1"),
        (A, "2019-02-01", "6", "2"),  # two on a day are two
        (A, "2019-02-02", "3", "1"),
        (A, "2019-02-03", "4", "1"),  # cancelled by the provider: not among those divided by
        (B, "2019-02-03", "4", "1"),
    ]
    found = derive(visits=visits)
    assert found.loc["a", ["attended", "all", "first"]].tolist() == [2, 4, 3]
    assert found.loc["a", "share"] == pytest.approx(2 / 3)
    assert found.loc["b", ["attended", "all"]].tolist() == [0, 1]
    assert found.loc[["b", "c"], "share"].isna().all()


def test_a_contact_submitted_again_counts_once_as_submitted_last():
    contacts = [
        (A, "C1", "2019-02-01", "5", "2019-03-31"),
        (A, "C1", "2019-02-01", "3", "2019-02-28"),
        (A, "C2", "2019-02-05", "5", "2019-03-31"),
        (B, "C3", "2019-02-05", "5", "2019-02-28"),
        (B, "C3", "2020-02-05", "5", "2019-03-31"),  # the day was wrong: out of the window
        (C, "C4", "2019-02-05", "3", "2019-03-31"),
        (C, "C4", "2019-02-05", "5", "2019-03-31"),  # the same day: the higher key
    ]
    found = derive(contacts=contacts)
    assert found["attended"].tolist()[:3] == [2, 0, 1]
    assert found["all"].tolist()[:3] == [2, 0, 1]


LOCAL = [
    # Two providers number their contacts from 1.
    (A, "1", "2019-02-01", "5", "2019-02-28"),
    (B, "1", "2019-02-07", "5", "2019-03-31"),
    (A, "2", "2019-03-05", "5", "2019-03-31"),
    (A, "2", "2019-03-05", "3", "2019-04-30"),
]


def test_records_of_one_key_of_two_people_stop_the_run():
    with pytest.raises(InputError) as caught:
        derive(contacts=LOCAL, again={"if_different": "stop"})
    message = str(caught.value)
    assert "1 key has records of different people or days" in message
    for part in ("table: contacts", "column: contact", "rows: 1, 2", "if_different: apart"):
        assert part in message
    # One person, two days: the key may have been given again, or the day corrected.
    two_days = [LOCAL[0], (A, "1", "2019-02-09", "5", "2019-03-31")]
    with pytest.raises(InputError, match="different people or days"):
        derive(contacts=two_days, again={"if_different": "stop"})
    assert derive(contacts=two_days, again={"if_different": "apart"}).loc["a", "all"] == 2
    assert derive(contacts=two_days, again={"if_different": "latest"}).loc["a", "all"] == 1
    assert derive(contacts=LOCAL[2:], again={"if_different": "stop"}).loc["a", "all"] == 1


@pytest.mark.parametrize("rule", ["apart", "latest"])
def test_records_of_one_key_of_two_people_are_apart_as_declared(rule):
    found = derive(contacts=LOCAL, again={"if_different": rule})
    assert found["all"].tolist()[:2] == [2, 1]
    assert found["attended"].tolist()[:2] == [1, 1]


@pytest.mark.parametrize("rule", ["stop", "apart", "latest"])
def test_keys_that_a_spreadsheet_shortened_are_refused(rule):
    contacts = [(A, "1.23457E+11", day, "5", day) for day in ("2019-02-01", "2019-02-01")]
    with pytest.raises(InputError) as caught:
        derive(contacts=contacts, again={"if_different": rule})
    assert "2 keys are in scientific notation" in str(caught.value)
    assert "rows: 1, 2" in str(caught.value)
    assert "1.23" not in str(caught.value)


def test_contacts_without_a_key_are_each_their_own():
    contacts = [(A, None, "2019-02-01", "5", "2019-02-28")] * 2
    for rule in ("stop", "apart", "latest"):
        assert derive(contacts=contacts, again={"if_different": rule}).loc["a", "all"] == 2


def test_the_record_submitted_last_says_whether_the_event_counts():
    contacts = [
        (A, "C1", "2019-02-01", "5", "2019-02-28"),
        (A, "C1", "2019-02-01", "3", "2019-03-31"),
        (B, "C2", "2019-02-01", "3", "2019-02-28"),
        (B, "C2", "2019-02-01", "5", "2019-03-31"),
    ]
    assert derive(contacts=contacts)["seen"].tolist()[:2] == [0, 1]


def test_tables_with_the_same_keys_are_told_apart():
    """Keys are 1, 2, .. in each table."""
    found = derive(
        visits=[(A, "2019-02-01", "5", "1"), (B, "2019-02-01", "5", "1")],
        contacts=[(B, "C1", "2019-02-01", "5", "2019-03-31")],
    )
    assert found["attended"].tolist()[:3] == [1, 2, 0]


def test_days_and_nights_in_hospital():
    stays = [
        (A, "2019-02-01", "2019-02-03", None),  # two episodes of a stay of four nights
        (A, "2019-02-01", "2019-02-05", "2019-02-05"),
        (A, "2019-02-05", "2019-02-06", "2019-02-06"),  # moved on the day of discharge
        (B, "2019-02-01", "2019-02-01", "2019-02-01"),  # a day case
        (C, "2018-12-30", "2019-01-02", "2019-01-02"),  # in hospital at randomisation
        (C, "2019-12-31", "2020-01-04", "2020-01-04"),
    ]
    found = derive(stays=stays)
    assert found["nights"].tolist()[:3] == [5, 0, 2]
    assert found["days"].tolist()[:3] == [6, 1, 3]


def test_overlapping_stays_count_once_and_a_stay_without_discharge_lasts_its_episodes():
    stays = [
        (A, "2019-02-01", "2019-02-10", "2019-02-10"),
        (A, "2019-02-03", "2019-02-05", "2019-02-05"),
        (B, "2019-02-01", "2019-02-03", None),
    ]
    found = derive(stays=stays)
    assert found["nights"].tolist()[:2] == [9, 2]
    assert found["days"].tolist()[:2] == [10, 3]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.dates(date(2018, 11, 1), date(2019, 5, 1)), st.integers(0, 40)), max_size=8
    )
)
def test_bed_days_are_the_days_of_a_set(stays):
    first = np.array([s for s, _ in stays], dtype="datetime64[D]")
    length = np.array([k for _, k in stays], dtype="timedelta64[D]")
    person = np.zeros(len(stays), dtype=np.int64)
    linked = LinkedSources(
        stays={"hospital": StayRecords(np.array([True]), person, first, first + length)}
    )
    outcomes = Outcomes.model_validate(DECLARED).outcomes
    start, stop = date(2019, 1, 1), date(2020, 1, 1)
    for name, more in (("nights", 0), ("days", 1)):
        wanted = {s + timedelta(i) for s, k in stays for i in range(k + more)}
        day = np.array(["2019-01-01"], "datetime64[D]")
        found = result_of(outcomes[name], day=day, linked=linked)
        assert found[0] == sum(start <= day < stop for day in wanted)


COUNTS = ["stays", "short", "long"]


def test_stays_by_length():
    stays = [
        (A, "2019-02-01", "2019-02-01", "2019-02-01"),  # a day case
        (A, "2019-03-01", "2019-03-02", "2019-03-02"),  # a night
        (A, "2019-04-01", "2019-04-03", "2019-04-03"),  # two nights
        (B, "2019-02-01", "2019-02-02", None),  # two episodes of one stay of four nights
        (B, "2019-02-01", "2019-02-05", "2019-02-05"),
        (B, "2019-02-05", "2019-02-06", "2019-02-06"),  # admitted on the day of discharge
        (C, "2019-02-01", "2019-02-04", None),  # not discharged: its episodes
    ]
    found = derive(stays=stays)[COUNTS]
    assert found.loc[["a", "b", "c"]].to_numpy().tolist() == [[3, 2, 1], [2, 1, 1], [1, 0, 1]]


def test_a_day_case_and_a_longer_stay_of_one_day_are_two():
    stays = [
        (A, "2019-02-01", "2019-02-01", "2019-02-01"),  # a day case, and admitted again
        (A, "2019-02-01", "2019-02-03", None),
        (A, "2019-02-01", "2019-02-05", "2019-02-05"),
        (B, "2019-02-01", "2019-02-01", "2019-02-01"),  # sent twice
        (B, "2019-02-01", "2019-02-01", "2019-02-01"),
    ]
    found = derive(stays=stays)
    assert found.loc[["a", "b"], COUNTS].to_numpy().tolist() == [[2, 1, 1], [1, 1, 0]]
    assert found.loc["a", ["nights", "days"]].tolist() == [4, 5]


def test_a_stay_counts_where_it_begins_and_with_all_its_nights():
    stays = [
        (A, "2018-12-31", "2019-01-05", "2019-01-05"),
        (A, "2019-01-01", "2019-01-01", "2019-01-01"),
        (B, "2019-12-31", "2020-01-04", "2020-01-04"),
        (C, "2020-01-01", "2020-01-04", "2020-01-04"),
    ]
    found = derive(stays=stays)[COUNTS]
    assert found.loc[["a", "b", "c"]].to_numpy().tolist() == [[1, 1, 0], [1, 0, 1], [0, 0, 0]]


def test_stays_of_people_without_records():
    found = derive(stays=[(A, "2019-02-01", "2019-02-01", "2019-02-01")], no_record="missing")
    assert found.loc["a", COUNTS].tolist() == [1, 1, 0]
    assert found.loc[["b", "c", "d"], COUNTS].isna().all(axis=None)
    assert derive()[COUNTS].loc[["a", "b", "c"]].to_numpy().tolist() == [[0, 0, 0]] * 3


def test_a_length_that_cannot_be():
    declared = {
        **DECLARED,
        "outcomes": {"x": {**DECLARED["outcomes"]["long"], "nights_at_most": 1}},
    }
    with pytest.raises(ValueError, match="nights_at_most 1 is below nights_at_least 2"):
        Outcomes.model_validate(declared)


def test_a_source_whose_records_mostly_end_before_they_begin_stops_the_run():
    stays = [(A, "2019-03-01", "2019-03-02", "2019-03-02")] * 3
    swapped = [(B, "2019-03-05", "2019-03-02", "2019-03-02")] * 3
    derive(stays=stays + swapped)  # half of them, and not most
    with pytest.raises(InputError, match="4 of 7 records end before they begin") as caught:
        derive(stays=stays + swapped + swapped[:1])
    said = str(caught.value)
    assert "table: stays" in said
    assert "column: in, out" in said
    assert "exchange the two columns in outcomes.yaml" in said
    assert not {A, B} & {*said.split()}


def test_days_that_are_open_or_missing_are_not_backward():
    open_ = pd.DataFrame({"first": ["2019-03-01", None], "last": [None, "2019-01-01"]})
    refuse_backward(open_.astype("datetime64[us]"), "first", "last", "jobs", "spells")
