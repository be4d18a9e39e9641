"""Last records after randomisation, falls of a score, and spells on the day of randomisation."""

import shutil

import numpy as np
import pandas as pd
import pytest
from helpers import result_of, small_trial

from ipseval.config.load import load_trial
from ipseval.config.outcomes import Outcomes
from ipseval.errors import InputError, InputErrors
from ipseval.linkage.link import link_trial
from ipseval.outcomes.by_linkage import derive_by_linkage
from ipseval.outcomes.derive import derive_outcomes
from ipseval.provenance import ROOT


def source(table: str) -> dict:
    fields = {"nino": {"column": "nino", "kind": "nino"}}
    by = {"passes": [{"name": "exact", "on": ["nino"]}], "identifier": "nino", "fields": fields}
    return {"label": table, "table": table, "record_id": "record", **by}


# Everybody is randomised on 1 January 2019.
TRIAL = small_trial(sources={"care": source("visits"), "dwp": source("claims")})
NAMES = {"label": "l", "unit": "u"}
LAST = {"kind": "last_record", "source": "care", "table": "visits", "date": "on", **NAMES}
BENEFITS = {
    "dwp": {
        "table": "claims",
        "benefit": "benefit",
        "start": "start",
        "end": "end",
        "out_of_work": ["JSA", "UC"],
    }
}


def derive(outcomes: dict, visits=(), claims=()):
    """Return (people a, b and c, what the links used say); c has no number."""
    numbers = ["QQ000001A", "QQ000002A", None]
    people = pd.DataFrame({"id": ["a", "b", "c"], "arm": [1, 0, 0], "nino": numbers})
    people["born"] = pd.to_datetime(["1989-01-01", "2000-02-29", None])
    nino = dict(zip("ab", numbers, strict=False))
    visits = pd.DataFrame(list(visits), columns=["nino", "on", "seen", "score", "other"])
    claims = pd.DataFrame(list(claims), columns=["nino", "benefit", "start", "end", "sex"])
    for frame in (visits, claims):
        frame["nino"] = frame["nino"].map(nino).astype("str")
        frame["record"] = np.arange(1, len(frame) + 1)
    visits = visits.astype(
        {"on": "datetime64[us]", "seen": "int64", "score": "Int64", "other": "Int64"}
    )
    claims = claims.astype({"start": "datetime64[us]", "end": "datetime64[us]"})
    claims = claims.astype({"benefit": "str", "sex": "str"})
    tables = {"people": people, "visits": visits, "claims": claims}
    linked = link_trial(tables, TRIAL, b"0" * 32, synthetic=True)
    spec = Outcomes.model_validate({"benefits": BENEFITS, "covariates": {}, "outcomes": outcomes})
    made = derive_outcomes(TRIAL, spec, tables, linked["links"], linked["linkable"]).people
    ways = derive_by_linkage(TRIAL, spec, tables, linked["links"], linked["links_by_method"], made)
    own = linked["links"].query("source == 'people'").set_index("record_id")["person_id"]
    order = own[["a", "b", "c"]]
    ways = ways[ways["method"] == "used"].set_index("person_id").reindex(order)
    return made.set_index("person_id").loc[order], ways


def values(found) -> list:
    return [None if pd.isna(value) else value for value in found]


SCORED = {"x": {**LAST, "column": "score", "where": {"seen": [5]}}}
SINCE = {"x": {**LAST, "where": {"seen": [5]}}}


def last(outcomes, visits):
    return values(derive(outcomes, visits)[0]["x"])


def test_the_day_of_randomisation_is_not_after_it():
    visits = [("a", "2019-01-01", 5, 7, 1), ("b", "2019-01-02", 5, 8, 1), ("b", None, 5, 9, 1)]
    assert last(SCORED, visits) == [None, 8, None]
    assert last(SINCE, visits) == [None, 1, None]


def test_of_several_on_a_day_the_highest_number_of_the_record():
    visits = [("a", "2019-02-01", 5, score, 1) for score in (3, 9, 4)]
    for order in (visits, visits[::-1]):
        assert last(SCORED, order)[0] == order[-1][3]
    earlier = ("a", "2019-01-31", 5, 21, 1)
    assert last(SCORED, [*visits, earlier])[0] == 4


def test_rows_that_do_not_count_do_not_hide_an_earlier_one():
    visits = [("a", "2019-02-01", 5, 7, 1), ("a", "2019-03-01", 3, 20, 1)]
    assert last(SCORED, visits)[0] == 7
    assert last(SINCE, visits)[0] == 31
    assert last({"x": {**LAST, "column": "score"}}, visits)[0] == 20


def test_an_earlier_record_does_not_fill_a_score_that_the_last_one_lacks():
    visits = [
        ("a", "2019-02-01", 5, 7, 1),
        ("a", "2019-03-01", 5, None, 1),
        ("b", "2019-03-01", 5, 6, None),
    ]
    assert last(SCORED, visits) == [None, 6, None]
    assert last(SINCE, visits) == [59, 59, None]
    both = {"x": {**SCORED["x"], "complete": ["score", "other"]}}
    assert last(both, visits) == [None, None, None]


def test_nobody_is_linked():
    assert last(SCORED, []) == last(SINCE, []) == [None] * 3
    outcomes = {
        "x": {"kind": "spell_at", "source": "dwp", "column": "benefit", **NAMES},
        "y": {"kind": "spell_length_before", "source": "dwp", **NAMES},
    }
    found, ways = derive(outcomes)
    for name in outcomes:
        assert values(found[name]) == values(ways[name]) == [None] * 3


def at(claims, column="benefit", **fields):
    spec = {"kind": "spell_at", "source": "dwp", "column": column, **fields, **NAMES}
    found, ways = derive({"x": spec}, claims=claims)
    assert values(found["x"]) == values(ways["x"])
    return values(found["x"])


@pytest.mark.parametrize(
    ("start", "end", "covers"),
    [
        ("2018-01-01", "2018-12-31", False),
        ("2018-01-01", "2019-01-01", True),
        ("2019-01-01", "2019-01-01", True),
        ("2018-01-01", None, True),
        ("2019-01-02", None, False),
    ],
)
def test_first_and_last_day_of_a_spell_are_covered(start, end, covers):
    assert at([("a", "UC", start, end, "f")]) == ["UC" if covers else None, None, None]


def test_of_several_spells_the_one_that_began_last_then_the_one_that_ends_last():
    claims = [
        ("a", "JSA", "2018-01-01", None, "f"),
        ("a", "UC", "2018-06-01", "2019-03-01", "m"),
        ("a", "ICA", "2018-12-01", None, "m"),  # not for people out of work
        ("b", "UC", "2018-06-01", "2019-03-01", "m"),
        ("b", "JSA", "2018-06-01", None, "f"),
    ]
    for order in (claims, claims[::-1]):
        assert at(order) == ["UC", "JSA", None]
        assert at(order, "sex", values=["f"]) == [0, 1, None]


def test_a_spell_recorded_again_before_it_ended_does_not_cover_the_day():
    claims = [("a", "UC", "2018-01-01", None, "f"), ("a", "UC", "2018-01-01", "2018-06-30", "f")]
    assert at(claims) == [None] * 3


def test_days_before_go_back_over_spells_that_touch():
    def before(claims):
        outcomes = {"x": {"kind": "spell_length_before", "source": "dwp", **NAMES}}
        return values(derive(outcomes, claims=claims)[0]["x"])

    touching = [
        ("a", "JSA", "2018-12-01", "2018-12-21", "f"),
        ("a", "UC", "2018-12-22", None, "f"),
        ("b", "UC", "2018-12-01", "2018-12-20", "f"),
        ("b", "UC", "2018-12-22", None, "f"),
    ]
    assert before(touching) == [31, 10, None]
    assert before([("a", "UC", "2019-01-01", None, "f")])[0] == 0
    assert before([("a", "UC", "2018-01-01", "2018-12-31", "f")])[0] is None


def test_years_are_days_over_a_mean_year():
    born = {"kind": "years_since", "column": "born", **NAMES}
    found = values(derive({"x": born})[0]["x"])
    assert found[:2] == [10957 / 365.25, 6881 / 365.25]
    assert found[2] is None


def of(kind, known=None, **fields):
    spec = {"kind": kind, **fields, **NAMES}
    spec = Outcomes.model_validate({"covariates": {}, "outcomes": {"y": spec}}).outcomes["y"]
    return values(pd.Series(result_of(spec, known)))


SCORES = {"first": [8.0, 8, 7, 12, np.nan, 12], "last": [7.0, 8, 3, 8, 3, np.nan]}


def test_falls():
    def fall(**bound):
        return of("fall", SCORES, before="first", after="last", **bound)

    assert fall(below=8) == [1, 0, 0, 0, None, None]
    assert fall(at_least=4) == [0, 0, 1, 1, None, None]
    assert fall(at_least=1) == [1, 0, 1, 1, None, None]
    for bounds in ({}, {"below": 8, "at_least": 1}):
        with pytest.raises(ValueError, match="give either at_least or below"):
            fall(**bounds)
    with pytest.raises(InputError, match="'last' is not a number"):
        of("fall", {**SCORES, "last": list("abcdef")}, before="first", after="last", below=8)


def test_a_median_of_some_people_with_which_all_are_compared():
    known = {"x": [1.0, 2, 3, 4, 5, np.nan], "some": [1.0, 1, 1, 0, np.nan, 1]}
    fields = {"of": "x", "among": "some"}
    assert of("above_median", known, **fields) == [0, 0, 1, 1, 1, None]
    assert of("above_median", known, at_or_above=True, **fields) == [0, 1, 1, 1, 1, None]
    nobody = {**known, "some": [0.0] * 6}
    assert of("above_median", nobody, **fields) == [None] * 6


def test_months_of_dates():
    days = pd.Series(pd.to_datetime(["2016-10-31", None, "2017-01-01"]))
    assert of("month_of", {"x": days}, of="x") == ["2016-10", None, "2017-01"]
    with pytest.raises(InputError, match="'x' is not a date"):
        of("month_of", {"x": [1.0]}, of="x")


def test_only_people_of_a_sample_have_a_result():
    """a has a spell on the day; b is on none then, c cannot be looked up."""
    claims = [("a", "UC", "2018-12-22", None, "f"), ("b", "UC", "2019-06-01", None, "f")]
    window = {"source": "dwp", "from_month": 0, "to_month": 12, **NAMES}
    outcomes = {
        "before": {"kind": "spell_length_before", "source": "dwp", **NAMES},
        "inside": {"kind": "reached", "of": "before", "threshold": 0, "missing_is": 0, **NAMES},
        "all": {"kind": "days_on_benefit", **window},
        "own": {"kind": "days_on_benefit", "only_where": "inside", **window},
    }
    for found in derive(outcomes, claims=claims):
        assert values(found["inside"]) == [1, 0, 0]
        assert values(found["all"]) == [365, 214, None]
        assert values(found["own"]) == [365, None, None]


MISTAKES = [
    ("table: iapt_appointments", "table: benefit_spells", "unknown name 'benefit_spells'"),
    ("source: nhs\n", "source: nsh\n", "unknown name 'nsh'; did you mean 'nhs'?"),
    ("date: appointment_on", "date: appointed_on", "did you mean 'appointment_on'?"),
    ("date: appointment_on", "date: phq9", "'phq9' is not a date"),
    ("where: {attendance: [5]}", "where: {attended: [5]}", "unknown name 'attended'"),
    ("where: {attendance: [5]}", 'where: {attendance: ["5"]}', "is no value of a column of type"),
    ("*last, column: gad7", "*last, column: trust", "'trust' is not a number"),
    ("complete: [gad7", "complete: [gad8", "did you mean 'gad7'?"),
    ("before: gad7_baseline", "before: gad7_first", "unknown name 'gad7_first'"),
    ("after: gad7_last", "after: gad7_lst", "did you mean 'gad7_last'?"),
    ("among: in_benefits_sample", "among: in_benefit_sample", "'in_benefits_sample'?"),
    ("only_where: in_health_sample", "only_where: seeing", "unknown name 'seeing'"),
    ("column: date_of_birth", "column: sex", "'sex' is not a date"),
    ("values: [female]", "values: [femal]", "did you mean 'female'?"),
    ("dwp, column: benefit,", "dwp, column: benefits,", "did you mean 'benefit'?"),
    ("kind: spell_length_before, source: dwp", "kind: spell_length_before, source: nhs", "'nhs'"),
    ("{kind: spell_length_before", "{kind: total_benefit, from_month: 0, to_month: 1", "no weekly"),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES, ids=lambda value: value)
def test_a_wrong_name_is_refused(tmp_path, old, new, message):
    for name in ("config", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    path = tmp_path / "config" / "trials" / "trailblazers" / "outcomes.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputErrors) as caught:
        load_trial(tmp_path / "config" / "trials", "trailblazers")
    own = [error for error in caught.value.problems if message in str(error)]
    assert own
    assert all(f"file: {path}, line " in str(error) for error in own)


def test_last_records_and_falls_follow_the_way_of_linking():
    """c's record is found by date of birth alone, which is not used but shown."""
    born = {"born": {"column": "born", "kind": "date"}}
    care = source("visits") | {"used": ["exact"]}
    care["fields"] = care["fields"] | born
    care["passes"] = [*care["passes"], {"name": "birth", "on": ["born"]}]
    trial = small_trial(sources={"care": care})
    people = pd.DataFrame({"id": ["a", "c"], "arm": [1, 0], "nino": ["QQ000001A", None]})
    people["born"] = pd.to_datetime(["1989-01-01", "1990-05-06"])
    visits = pd.DataFrame(
        {
            "record": [1, 2],
            "nino": ["QQ000001A", "QQ000003A"],
            "born": people["born"],
            "on": pd.to_datetime(["2019-02-01", "2019-03-01"]),
            "score": [12, 4],
            "seen": 5,
        }
    )
    outcomes = {
        "x": SCORED["x"],
        "low": {"kind": "reached", "of": "x", "at_most": 5, **NAMES},
    }
    spec = Outcomes.model_validate({"covariates": {}, "outcomes": outcomes})
    assert list(spec.by_linkage) == ["x", "low"]
    tables = {"people": people, "visits": visits}
    linked = link_trial(tables, trial, b"0" * 32, synthetic=True)
    made = derive_outcomes(trial, spec, tables, linked["links"], linked["linkable"]).people
    ways = derive_by_linkage(trial, spec, tables, linked["links"], linked["links_by_method"], made)
    found = {way: values(part.sort_values("x")["x"]) for way, part in ways.groupby("method")}
    assert found["exact"] == found["used"] == [12, None]
    assert found["stepwise"] == [4, 12]
    assert values(ways.loc[ways["method"] == "stepwise"].sort_values("x")["low"]) == [1, 0]
