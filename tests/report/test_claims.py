"""Numbers of the running text by hand: totals, extremes and modes of records and of people."""

from types import SimpleNamespace

import pandas as pd
import pytest
from hand import estimate, family, results, value_at
from pydantic import ValidationError

from ipseval.report.exhibits.declared_table import DeclaredTable
from ipseval.report.exhibits.text_claims import TextClaims

FACE = {"title": "T", "base": "B", "layout": {"rows": ["row"], "columns": ["column"]}}
PEOPLE = pd.DataFrame({"arm": [1, 1, 0, 0, 0], "days": [0, 7, 0, 30, None]})
CASES = pd.DataFrame({"site": ["a", "a", "a", "b"], "clients": [16, 20, 32, 25]})


def value(**claim) -> tuple[float, str]:
    data = SimpleNamespace(people=PEOPLE, records={"cases": CASES}.__getitem__)
    given = {"kind": "text_claims", "claims": {"c": {"unit": "people"} | claim}}
    cells = TextClaims.model_validate(given | FACE).cells(data)
    return value_at(cells, "total", "c", claim.get("arm", "all"))


def of_people(people: pd.DataFrame, claim: dict) -> tuple[float, str]:
    given = {"kind": "text_claims", "claims": {"c": claim}}
    cells = TextClaims.model_validate(given | FACE).cells(SimpleNamespace(people=people))
    return value_at(cells, "total", "c", "all")


@pytest.mark.parametrize(
    ("measure", "expected"),
    [("total", (68, "68")), ("least", (16, "16")), ("greatest", (32, "32"))],
)
def test_numbers_of_records(measure, expected):
    found = value(measure=measure, table="cases", column="clients", where={"site": "a"})
    assert found == expected


def test_a_share_of_people_who_reach_no_more_than_a_number_counts_those_who_reach_it():
    given = {"measure": "share", "column": "days", "at_most": 7, "unit": "percent"}
    assert value(**given) == (75, "75%")


def test_mode_of_people_is_the_most_common_and_of_several_the_least():
    assert value(measure="mode", column="days") == (0, "0")
    assert value(measure="mode", column="days", arm="treatment") == (0, "0")


def test_a_number_of_columns_is_counted_for_each_person():
    people = pd.DataFrame({"arm": [1, 1, 0], "a": [1, 1, 0], "b": [1, 0, None], "c": [1, 1, 0]})
    given = {"measure": "median", "number_of": ["a", "b", "c"], "unit": "conditions"}
    assert of_people(people, given) == (2.5, "3"), "whoever left one out is not counted"
    assert of_people(people, given | {"measure": "greatest"}) == (3, "3")
    with pytest.raises(ValidationError, match="number_of stands alone"):
        of_people(people, given | {"column": "a"})
    with pytest.raises(ValidationError, match="share is not of a number of columns"):
        of_people(people, given | {"measure": "share"})


def test_months_between_dates_include_both():
    days = pd.DataFrame({"arm": 1, "day": pd.to_datetime(["2018-10-17", "2020-03-02"])})
    earliest = {"measure": "earliest", "column": "day"}
    given = {"measure": "latest", "column": "day", "unit": "months"}
    given |= {"comparison": "months", "compared_with": earliest}
    assert of_people(days, given) == (18, "18")
    for wrong in ({"by_month": True}, {"measure": "count"}, {"compared_with": None}):
        with pytest.raises(ValidationError, match="months are between two dates"):
            of_people(days, given | wrong)


def test_people_of_a_month_and_a_bound():
    days = pd.DataFrame(
        {"arm": 1, "day": pd.to_datetime(["2019-10-01", "2019-10-31", "2019-11-01"])}
    )
    given = {"measure": "count", "column": "day", "among": ["2019-10"], "by_month": True}
    given |= {"unit": "people"}
    assert of_people(days, given) == (2, "2")
    # More than one holds, so the number is the one of the text; more than two does not.
    assert of_people(days, given | {"more_than": 1}) == (1, "more than 1: 2")
    assert of_people(days, given | {"more_than": 2}) == (2, "2")


@pytest.mark.parametrize(
    ("p_values", "level"),
    [((0.03,), 95), ((0.003, 0.07), 90), ((0.009,), 99), ((0.003, 0.2), 0), ((0.01,), 95)],
)
def test_confidence_is_that_of_the_least_significant_estimate(p_values, level):
    names = ["work", "pay"][: len(p_values)]
    rows = [estimate("all", name, p_value=p) for name, p in zip(names, p_values, strict=True)]
    data = results({"f": family(names)}, {"f": rows})
    of = [
        {"group": "all", "estimate": {"family": "f", "outcome": name, "model": "ols"}}
        for name in names
    ]
    claims = {"x": {"measure": "count", "unit": "people"}}
    given = {"kind": "text_claims", "claims": claims, "confidence": {"c": {"of": of}}}
    object.__setattr__(data, "people", PEOPLE)
    cells = TextClaims.model_validate(given | FACE).cells(data)
    assert value_at(cells, "all", "c", "difference") == (level, f"{level}%")


def test_declared_texts_are_cells_as_they_are():
    rows = {"1": {"name": "Zero exclusion", "meaning": "Whoever wants to work"}}
    spec = DeclaredTable.model_validate({"kind": "declared_table", "rows": rows} | FACE)
    cells = spec.cells(None)
    assert value_at(cells, "all", "1", "name")[1] == "Zero exclusion"
    assert cells["value"].isna().all()
