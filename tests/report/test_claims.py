"""Numbers of the running text by hand: totals, extremes and modes of records and of people."""

from types import SimpleNamespace

import pandas as pd
import pytest
from hand import value_at

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


@pytest.mark.parametrize(
    ("measure", "expected"),
    [("total", (68, "68")), ("least", (16, "16")), ("greatest", (32, "32"))],
)
def test_numbers_of_records(measure, expected):
    found = value(measure=measure, table="cases", column="clients", where={"site": "a"})
    assert found == expected


def test_mode_of_people_is_the_most_common_and_of_several_the_least():
    assert value(measure="mode", column="days") == (0, "0")
    assert value(measure="mode", column="days", arm="treatment") == (0, "0")


def test_declared_texts_are_cells_as_they_are():
    rows = {"1": {"name": "Zero exclusion", "meaning": "Whoever wants to work"}}
    spec = DeclaredTable.model_validate({"kind": "declared_table", "rows": rows} | FACE)
    cells = spec.cells(None)
    assert value_at(cells, "all", "1", "name")[1] == "Zero exclusion"
    assert cells["value"].isna().all()
