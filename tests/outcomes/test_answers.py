"""Outcomes from the answers to a survey: routes, thresholds and scores of hand-made people."""

import pandas as pd
import pytest
from helpers import small_trial

from ipseval.config.load import load_trial
from ipseval.config.outcomes import Outcomes
from ipseval.errors import InputErrors
from ipseval.linkage.link import link_trial
from ipseval.outcomes.derive import derive_outcomes
from ipseval.provenance import ROOT

TRIAL = small_trial()
HLT = load_trial(ROOT / "config" / "trials", "hlt")
WORK = [
    # who, emp, hours, weeks, weeks of 16 hours, continuous
    ("a", "employee", 40, 10, 10, True),
    ("b", "self_employed", 16, 10, 8, False),
    ("c", "employee", 15, 4, 0, None),
    ("d", "not_working", None, 0, None, None),
    ("e", "not_working", None, 6, 6, True),
    ("f", "employee", None, 9, None, None),
    ("g", None, None, None, None, None),
    ("h", "employee", 30, 12, 12, None),
]
WANTED = {  # the same people, and z, who was not interviewed
    "working_4m": [1, 1, 1, 0, 0, 1, None, 1, None],
    "employed_4m": [1, 1, 1, 0, 0, 1, None, 1, None],
    "working_16_hours_4m": [1, 1, 0, 0, 0, None, None, 1, None],
    "weeks_working_4m": [10, 10, 4, 0, 6, 9, None, 12, None],
    "weeks_working_16_hours_4m": [10, 8, 0, 0, 6, None, None, 12, None],
    "continuous_weeks_16_hours_4m": [10, 0, 0, 0, 6, None, None, None, None],
}


def derive(table: pd.DataFrame, outcomes: dict, name: str = "survey_4_month") -> pd.DataFrame:
    """Return what `outcomes` give, by id, of the people of a table and of z, who is not in it."""
    ids = [*table["id"], "z"]
    people = pd.DataFrame({"id": ids, "arm": [i % 2 for i in range(len(ids))]})
    tables = {"people": people, name: table}
    linked = link_trial(tables, TRIAL, b"0" * 32, synthetic=True)
    spec = Outcomes.model_validate({"covariates": {}, "outcomes": outcomes})
    found = derive_outcomes(TRIAL, spec, tables, linked["links"], linked["linkable"]).people
    own = linked["links"].query("source == 'people'").set_index("record_id")["person_id"]
    return found.set_index("person_id").loc[own[ids]].set_axis(ids)


def listed(values: pd.Series) -> list:
    return [None if pd.isna(v) else v for v in values]


@pytest.fixture(scope="module")
def work() -> pd.DataFrame:
    columns = ["id", "emp", "hours", "cont_emp2", "cont_emp3", "cont_emp4"]
    types = {"hours": "Int64", "cont_emp2": "Int64", "cont_emp3": "Int64", "cont_emp4": "boolean"}
    # From last to first: order in the table is not the order of people.
    table = pd.DataFrame(WORK, columns=columns).astype(types | {"emp": "str"})[::-1]
    declared = {n: HLT.outcomes.outcomes[n].model_dump() for n in WANTED}
    return derive(table, declared)


@pytest.mark.parametrize("name", WANTED)
def test_work_as_asked_along_its_routes(work, name):
    assert listed(work.loc[[*"abcdefgh", "z"], name]) == WANTED[name]


def test_a_condition_that_is_still_there():
    table = pd.DataFrame({"id": [*"abc"], "hcond": pd.array([True, False, None], dtype="boolean")})
    declared = HLT.outcomes.outcomes["dda_health_condition_4m"].model_dump()
    assert listed(derive(table, {"x": declared})["x"]) == [1, 0, None, None]


def test_a_condition_that_limits_is_0_for_people_without_one():
    """The registry's definition (A57)."""
    table = pd.DataFrame(
        {
            "id": [*"abcde"],
            "hcond": pd.array([True, True, False, None, True], dtype="boolean"),
            "limits": pd.array(["a_lot", "not_at_all", None, "a_lot", None], dtype="str"),
        }
    )
    spec = {"kind": "one_of", "table": "survey_4_month", "column": "limits"}
    spec |= {"values": ["a_lot", "a_little"], "zero_where": {"hcond": [False]}}
    found = derive(table, {"x": {**spec, "label": "l", "unit": "u"}})["x"]
    assert listed(found) == [1, 0, 0, None, None, None]


def test_an_answer_counts_only_for_people_of_a_group():
    """Every kind takes only_where, also one that gives several columns."""
    table = pd.DataFrame(
        {"id": [*"abc"], "in": [1, 0, None], "why_a": [1, 1, 1], "why_b": [0, 1, 0]}
    )
    own = {"table": "survey_4_month", "label": "l", "unit": "u"}
    outcomes = {
        "inside": {"kind": "column", "column": "in", **own},
        "why": {"kind": "columns", "prefix": "why_", "only_where": "inside", **own},
        "why_not": {"kind": "at_least", "column": "why_b", "threshold": 0, **own},
        "some": {"kind": "at_least", "column": "why_b", "threshold": 0, **own},
    }
    outcomes["some"]["only_where"] = "inside"
    found = derive(table, outcomes)
    assert "why" not in found
    assert listed(found["why_a"]) == [1, None, None, None]
    assert listed(found["why_b"]) == [0, None, None, None]
    assert listed(found["why_not"]) == [1, 1, 1, None]
    assert listed(found["some"]) == [1, None, None, None]


GAD7 = {"kind": "score", "instrument": "gad7", "prefix": "q_", "table": "survey_4_month"}
GAD7 |= {"label": "l", "unit": "points"}


def gad7(*people: tuple) -> pd.DataFrame:
    """Return a survey; ids run backwards so that its order is not that of the people."""
    columns = [f"q_{i}" for i in range(1, 8)]
    table = pd.DataFrame(people, columns=columns).astype("Int64")
    return table.assign(id=[*"zyxwvu"[1 : len(people) + 1]])


def test_scores_and_bands_follow_people():
    table = gad7((1, 1, 1, 1, 1, 1, 1), (3, 3, 3, 3, 3, 3, None), (0, 0, 0, 0, 0, None, None))
    found = derive(table, {"sum": GAD7, "level": {**GAD7, "band": True, "unit": "category"}})
    assert listed(found["sum"]) == [7, 21, None, None]
    assert listed(found["level"]) == ["mild", "severe", None, None]
    assert found["sum"].dtype == "float64"


def test_an_answer_out_of_range_is_named_by_the_row_of_its_table():
    with pytest.raises(InputErrors) as caught:
        derive(gad7((0,) * 7, (0, 0, 0, 0, 0, 0, 8), (0,) * 7), {"sum": GAD7})
    text = str(caught.value)
    assert "table: survey_4_month\n  column: q_7\n  rows: 2\n" in text
    assert "8" not in text


def test_baseline_scores_come_from_the_table_of_people():
    people = pd.DataFrame({"id": ["a", "b"], "arm": [0, 1]})
    for item, answers in {
        "mobility": [1, 3],
        "self_care": [1, 3],
        "usual_activities": [1, 3],
    }.items():
        people[f"eq5d_{item}"] = answers
    people = people.assign(eq5d_pain=[1, 3], eq5d_anxiety=[2, 3])
    linked = link_trial({"people": people}, TRIAL, b"0" * 32, synthetic=True)
    # The value set is a choice of the trial's; the numbers below are those of this one.
    declared = HLT.outcomes.covariates["eq5d5l_baseline"].model_dump()
    declared |= {"value_set": "crosswalk_2012"}
    spec = Outcomes.model_validate({"covariates": {"x": declared}, "outcomes": {"y": declared}})
    found = derive_outcomes(
        TRIAL, spec, {"people": people}, linked["links"], linked["linkable"]
    ).people
    assert sorted(found["x"]) == pytest.approx([0.516, 0.879], abs=0.0006)
    assert (found["x"] == found["y"]).all()


def test_every_registered_outcome_of_the_surveys_is_declared():
    published = pd.read_csv(ROOT / "config" / "published" / "outcomes.csv")
    asked = published[
        (published["trial"] == "hlt") & published["source_dataset"].str.startswith("survey_")
    ]
    assert len(asked) > 20
    for name, table in zip(asked["outcome_key"], asked["source_dataset"], strict=True):
        assert HLT.outcomes.outcomes[name].table == table, name
