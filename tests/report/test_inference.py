"""Tables of outcomes at a glance, tests, response and registered outcomes."""

import pytest
from hand import estimate, family, results, value_at
from pydantic import ValidationError

from ipseval.report.exhibits import tests_table
from ipseval.report.exhibits.outcome_register import OutcomeRegister
from ipseval.report.exhibits.outcomes_table import OutcomesTable
from ipseval.report.exhibits.response_imbalance import ResponseImbalance
from ipseval.report.exhibits.verdicts_table import VerdictsTable

FACE = {"title": "T", "base": "All", "layout": {"rows": ["panel", "row"], "columns": ["column"]}}


def test_outcomes_at_a_glance_have_stars_and_units():
    spec = OutcomesTable(kind="outcomes_table", family="f", model="ols", **FACE)
    pounds = {"unit": "GBP", "estimate": -233.4, "std_error": 113.6, "p_value": 0.04}
    pounds |= {"mean_control": 1500.2}
    rows = [estimate("north", "work", p_value=0.2), estimate("north", "pay", **pounds)]
    rows.append(estimate("north", "work", "another", estimate=9.9))
    cells = spec.cells(results({"f": family(["work", "pay"])}, {"f": rows}))
    assert value_at(cells, "north", "Work", "control_mean") == (40.0, "40.0%")
    assert value_at(cells, "north", "Work", "effect") == (2.0, "2.0ppt")
    assert value_at(cells, "north", "Pay", "control_mean") == (1500.2, "£1,500")
    assert value_at(cells, "north", "Pay", "effect") == (-233.4, "-£233 **")
    assert cells["n"].tolist() == [50, 100, 50, 100]


def test_a_table_of_tests_has_every_adjustment():
    methods = ["hochberg", "benjamini_hochberg", "westfall_young"]
    tests = {
        "label": "Together",
        "groups": ["north"],
        "timepoint": "12",
        "hypotheses": [{"family": "f", "model": "ols", "outcomes": ["work"]}],
        "methods": methods,
    }
    rows = [
        estimate("north", "work", method, p_value=p, p_adjusted=adjusted)
        for method, p, adjusted in zip(methods, [0.02, 0.02, 0.03], [0.04, 0.05, 0.06], strict=True)
    ]
    data = results({"f": family(["work"])}, {"t": rows}, {"t": tests})
    cells = tests_table.TestsTable(kind="tests_table", tests="t", **FACE).cells(data)
    shown = cells.set_index("column")["printed"].to_dict()
    assert shown == {
        "effect": "2.0ppt",
        "p_value": "0.020",
        "randomisation": "0.030",
        "hochberg": "0.040",
        "benjamini_hochberg": "0.050",
        "westfall_young": "0.060",
        "n": "100",
    }


def test_verdicts_stand_side_by_side_where_a_family_has_the_hypothesis():
    rows = {
        "six": [
            estimate("north", "work", "hochberg", p_value=0.02, p_adjusted=0.12),
            estimate("north", "pay", "hochberg", p_value=0.001, p_adjusted=0.006),
        ],
        "two": [
            estimate("north", "work", "hochberg", p_value=0.02, p_adjusted=0.04),
            estimate("north", "work", "benjamini_hochberg", p_value=0.02, p_adjusted=0.9),
        ],
    }
    spec = VerdictsTable(
        kind="verdicts_table", tests={"six": "six", "two": "pair"}, method="hochberg", **FACE
    )
    cells = spec.cells(results({"f": family(["work", "pay"])}, rows))
    assert value_at(cells, "north", "Work", "p_value") == (0.02, "0.020")
    assert value_at(cells, "north", "Work", "six") == (0.12, "No (0.120)")
    assert value_at(cells, "north", "Work", "pair") == (0.04, "Yes (0.040)")
    assert value_at(cells, "north", "Pay", "six") == (0.006, "Yes (0.006)")
    assert "pair" not in set(cells.loc[cells["row"] == "Pay", "column"])


@pytest.mark.parametrize(
    ("difference", "p_value", "verdict"),
    [
        (0.06, 0.01, "Imbalanced"),
        (-0.06, 0.01, "Imbalanced"),
        (0.06, 0.05, "Not imbalanced"),
        (0.05, 0.01, "Not imbalanced"),
        (0.04, 0.001, "Not imbalanced"),
    ],
)
def test_response_is_imbalanced_if_the_gap_is_large_and_not_by_chance(difference, p_value, verdict):
    spec = ResponseImbalance(
        kind="response_imbalance",
        family="f",
        model="ols",
        threshold=5,
        level=0.05,
        consequence="Beware",
        otherwise="Go on",
        **FACE,
    )
    rows = [estimate("north", "work", estimate=difference, p_value=p_value)]
    cells = spec.cells(results({"f": family(["work"])}, {"f": rows}))
    assert value_at(cells, "work", "north", "control") == (40.0, "40.0%")
    assert value_at(cells, "work", "north", "verdict")[1] == verdict
    follows = value_at(cells, "work", "north", "what_follows")[1]
    assert follows == ("Beware" if verdict == "Imbalanced" else "Go on")


ENTRY = {"tier": "primary", "source": "S", "time": "12 months", "definition": "D"}
ENTRY |= {"listed": ["registry"]}


def register(*entries: dict) -> OutcomeRegister:
    given = [ENTRY | entry for entry in entries]
    return OutcomeRegister.model_validate({"kind": "outcome_register", "entries": given} | FACE)


def test_the_status_of_an_outcome_is_read_off_its_estimates():
    spec = register(
        {"label": "Work", "family": "f", "outcome": "work"},
        {"label": "Pay", "family": "months", "outcome": "pay"},
        {"label": "Score", "family": "f", "outcome": "score"},
        {"label": "Visits", "reason": "no records"},
    )
    assert spec.estimates_read == ["f", "months"]
    months = [estimate("north", "pay", timepoint=f"month_{m}") for m in (-1, 0, 1, 2)]
    rows = [estimate("north", "work", n=90), estimate("all", "work", n=1200)]
    families = {"f": family(["work", "score"]), "months": family(["pay"], by_month=True)}
    cells = spec.cells(results(families, {"f": rows, "months": months}))
    status = cells[cells["column"] == "status"].set_index("row")["printed"].to_dict()
    assert status == {
        "Work": "Estimated for 2 groups, n = 90 to 1,200: A family",
        "Pay": "Estimated for 1 group in 2 months after randomisation, n = 100: A family",
        "Score": "Not estimated: no estimate came out of 'A family'",
        "Visits": "Not estimated: no records",
    }
    assert value_at(cells, "primary", "Work", "listed")[1] == "Registry"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"label": "Work"}], "give family and outcome, or the reason"),
        ([{"label": "Work", "family": "f"}], "family and outcome go together"),
        ([{"label": "W", "family": "f", "outcome": "o", "reason": "r"}], "or the reason"),
        ([{"label": "Work", "reason": "r"}] * 2, "'Work' is listed twice under 'primary'"),
        ([{"label": "work", "reason": "r"}], "pattern"),
    ],
)
def test_an_entry_is_estimated_or_says_why_not(entries, message):
    with pytest.raises(ValidationError, match=message):
        register(*entries)
