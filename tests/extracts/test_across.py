"""Rules across tables: what contradicts another table stops the run, or is left out and counted."""

import pandas as pd
import pytest
from helpers import hlt_twin, small_trial, trial_config

from ipseval.config.extracts import Extracts
from ipseval.config.refs import Place
from ipseval.config.trial import CalendarEvent
from ipseval.errors import InputError, InputErrors
from ipseval.extracts.across import obey_rules
from ipseval.provenance import ROOT

HLT = trial_config("hlt").trial

TABLE = {"description": "d", "key": ["id"], "repaired_at_most": 0.5}
ID = {"type": "string", "description": "d"}
DAY = {"type": "date", "description": "d"}
TABLES = {
    "people": TABLE | {"columns": {"id": ID, "arm": {"type": "integer", "description": "d"}}},
    "visits": TABLE | {"columns": {"id": ID, "on": DAY, "mode": ID}},
    "bills": TABLE | {"columns": {"number": ID, "on": DAY}},
    "left": TABLE | {"columns": {"id": ID, "day": DAY, "why": ID}},
}
SAME = {"kind": "same_value", "table": "people", "key": "id", "column": "arm", "as_in": "list.arm"}
AFTER = {"kind": "not_after", "table": "visits", "key": "id", "column": "on", "day": "left.day"}
TREATED = {"kind": "within_one_of", "table": "visits", "key": "id", "rows_of": "people"}
TREATED |= {"where": {"arm": [1]}}
BILLED = {"kind": "not_after", "table": "bills", "key": "number", "column": "on", "day": "left.day"}
BILLED |= {"through": "people.id"}
MET = {"kind": "before_event", "table": "visits", "key": "id", "column": "on", "event": "lockdown"}
MET |= {"where": {"mode": ["met"]}}
WAITED = {"kind": "on_event", "table": "people", "key": "id", "column": "until", "event": "offer"}
WAITED |= {"where": {"arm": [0]}}
# Everybody is randomised on 1 January 2019.
TRIAL = small_trial().model_copy(
    update={
        "calendar": {
            "lockdown": CalendarEvent(label="l", date="2019-03-01"),
            "offer": CalendarEvent(label="o", months=9, where={"site": ["north"]}),
        }
    }
)


def tables():
    return {
        "people": pd.DataFrame(
            {
                "id": list("abcd"),
                "arm": [1, 0, 1, 0],
                "number": ["1 a", "2-A", "3A", None],
                "site": ["north", "north", "south", "south"],
                "until": pd.to_datetime([None, "2019-10-01", None, None]),
            }
        ),
        "list": pd.DataFrame({"id": list("abcd"), "arm": [1, 0, 1, 0]}),
        "visits": pd.DataFrame(
            {
                "id": list("aac"),
                "on": pd.to_datetime(["2019-01-05", "2019-02-01", "2019-03-01"]),
                "mode": ["met", "called", "called"],
            }
        ),
        "bills": pd.DataFrame(
            {"number": ["1A", "2a"], "on": pd.to_datetime(["2019-02-01", "2019-07-01"])}
        ),
        "left": pd.DataFrame(
            {
                "id": ["a", "a", "d"],
                "day": pd.to_datetime(["2019-02-01", "2019-04-01", "2019-01-01"]),
                "why": ["death", "moved", "moved"],
            }
        ),
    }


def obeyed(given, **rules):
    declared = Extracts.model_validate(
        {"tables": TABLES | {"list": TABLES["people"]}, "rules": rules}
    )
    return obey_rules(given, declared, TRIAL)


def test_tables_that_agree_stay_as_they_are():
    kept, repairs = obeyed(
        tables(), same=SAME, after=AFTER, treated=TREATED, billed=BILLED, met=MET, waited=WAITED
    )
    assert repairs.empty
    for name, table in tables().items():
        pd.testing.assert_frame_equal(kept[name], table)


def test_a_last_day_of_nobody():
    given = tables()
    given["left"] = given["left"].iloc[:0]
    kept, repairs = obeyed(given, after=AFTER)
    assert repairs.empty
    assert len(kept["visits"]) == 3


def changed(name, row, column, value):
    given = tables()
    given[name].loc[row, column] = value
    return given


@pytest.mark.parametrize(
    ("rule", "given", "rows", "expected"),
    [
        (SAME, changed("people", 1, "arm", 1), "2", "the value of list.arm for the same id"),
        (SAME, changed("list", 2, "id", "z"), "3", "the value of list.arm"),
        (AFTER, changed("visits", 1, "on", pd.Timestamp("2019-02-02")), "2", "not after left.day"),
        (AFTER, changed("visits", 2, "id", "d"), "3", "not after left.day of the same id"),
        (TREATED, changed("visits", 0, "id", "b"), "1", "a id of people with arm 1"),
        (TREATED, changed("people", 2, "arm", 0), "3", "a id of people with arm 1"),
        (BILLED, changed("bills", 0, "on", pd.Timestamp("2019-02-02")), "1", "not after left.day"),
        (MET, changed("visits", 2, "mode", "met"), "3", "before lockdown where mode met"),
        (WAITED, changed("people", 1, "until", pd.NaT), "2", "the day of offer"),
        (WAITED, changed("people", 1, "until", pd.Timestamp("2019-10-02")), "2", "the day of"),
        (WAITED, changed("people", 0, "until", pd.Timestamp("2019-10-01")), "1", "missing where"),
        (WAITED, changed("people", 3, "until", pd.Timestamp("2019-10-01")), "4", "missing where"),
    ],
)
def test_what_contradicts_another_table_stops_the_run(rule, given, rows, expected):
    with pytest.raises(InputError) as caught:
        obeyed(given, checked=rule)
    message = str(caught.value)
    for part in (f"table: {rule['table']}", f"rows: {rows}\n", "rule: checked", expected):
        assert part in message
    assert "if_broken: leave_out of rules.checked" in message


def test_on_the_day_itself_and_before_death_only():
    given = changed("visits", 1, "on", pd.Timestamp("2019-02-01 15:00"))
    assert obeyed(given, after=AFTER)[1].empty
    moved = changed("visits", 2, "id", "d")
    assert obeyed(moved, after=AFTER | {"where": {"why": ["death"]}})[1].empty


def test_rows_are_left_out_by_declared_rule_and_counted():
    given = changed("visits", 0, "id", "b")
    rule = TREATED | {"if_broken": "leave_out"}
    kept, repairs = obeyed(given, treated=rule, after=AFTER | {"if_broken": "leave_out"})
    assert kept["visits"]["id"].tolist() == ["a", "c"]
    line = repairs.iloc[0]
    assert (line["table"], line["rule"], line["done"]) == ("visits", "treated", "left_out")
    assert (line["rows"], line["row_numbers"]) == (1, "1")
    # A row that breaks two rules is counted once; more than slips stop the run.
    given["visits"]["id"] = "d"
    with pytest.raises(InputError, match=r"at most 50% of rows are left out"):
        obeyed(given, treated=rule)


# HLT


@pytest.fixture(scope="module")
def twin():
    return hlt_twin(0.1)


def spoilt(twin, name, rows, **values):
    table = twin[name].copy()
    for column, value in values.items():
        table.loc[table.index[:rows], column] = value
    return twin | {name: table}


def test_the_twin_obeys_every_rule(twin):
    declared = trial_config("hlt").extracts
    assert len(declared.rules) > 5
    assert obey_rules(twin, declared, HLT)[1].empty


def test_fifty_people_analysed_in_another_arm_than_allocated_stop_the_run(twin):
    recruits = twin["recruits"]
    other = 1 - recruits["arm"].iloc[:50]
    with pytest.raises(InputError) as caught:
        obey_rules(spoilt(twin, "recruits", 50, arm=other), trial_config("hlt").extracts, HLT)
    message = str(caught.value)
    assert "50 rows contradict table allocation" in message
    assert "analysed_as_allocated" in message
    assert "allocated_as_analysed" in message


def test_answers_after_leaving_and_sessions_of_controls_stop_the_run(twin):
    declared = trial_config("hlt").extracts
    answered = twin["survey_12_month"]["recruit_id"].iloc[0]
    gone = spoilt(
        twin, "withdrawals", 1, recruit_id=answered, happened_on=pd.Timestamp("2018-06-01")
    )
    with pytest.raises(InputError, match="no_12_month_interview_after_leaving"):
        obey_rules(gone, declared, HLT)
    control = twin["recruits"].query("arm == 0")["recruit_id"].iloc[0]
    with pytest.raises(InputError, match="sessions_with_the_treatment_group"):
        obey_rules(spoilt(twin, "sessions", 1, recruit_id=control), declared, HLT)


CARE = {
    "admitted_care": ("nhs_number", "admidate", "admission"),
    "outpatients": ("nhs_number", "apptdate", "outpatient_appointment"),
    "iapt_contacts": ("nhs_number", "care_contact_date", "therapy"),
    "employments": ("nino", "start_date", "employment_begins"),
    "benefit_spells": ("nino", "start", "benefit_begins"),
}


@pytest.mark.parametrize("table", CARE)
def test_records_after_death_stop_the_run(twin, table):
    number, day, what = CARE[table]
    known = twin[table].merge(twin["recruits"][["recruit_id", number]], on=number)
    last = known.loc[known[day].idxmax()]
    eve = last[day] - pd.Timedelta(days=1)
    gone = spoilt(
        twin, "withdrawals", 1, recruit_id=last["recruit_id"], kind="death", happened_on=eve
    )
    with pytest.raises(InputErrors, match=f"no_{what}_after_death"):
        obey_rules(gone, trial_config("hlt").extracts, HLT)


@pytest.mark.parametrize("table", ["survey_4_month", "survey_12_month", "sessions"])
def test_nobody_is_met_face_to_face_in_the_lockdown(twin, table):
    declared, rows = trial_config("hlt").extracts, twin[table]
    day = "held_on" if table == "sessions" else "completed_on"
    late = rows[day] >= "2020-03-23"
    assert late.any()
    assert not (rows["mode"][late] == "face_to_face").any()
    rows = rows.copy()
    rows.loc[late.idxmax(), "mode"] = "face_to_face"
    with pytest.raises(InputError, match="face_to_face_in_lockdown"):
        obey_rules(twin | {table: rows}, declared, HLT)


def test_conditions_and_keys_of_a_rule_in_view_of_the_calendar_are_checked():
    config = trial_config("hlt")
    rule = config.extracts.rules["no_session_face_to_face_in_lockdown"]

    def problems(**changes):
        changed = rule.model_copy(update=changes)
        place = Place(config, ROOT, "extracts", ("rules", "x"), (config.extracts, changed))
        return [text for _, text in changed.problems(place)]

    assert problems() == []
    assert "is not a date" in problems(column="minutes")[0]
    assert "unknown name 'in_person'" in problems(where={"mode": ["in_person"]})[0]
    assert "the key of the person table" in problems(key="session_id")[0]
