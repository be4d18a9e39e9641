"""Fidelity to IPS by hand: means over services, the change of those reviewed twice, and bands."""

from types import SimpleNamespace

import pandas as pd
import pytest
from hand import value_at

from ipseval.report.exhibits.fidelity_table import FidelityTable
from ipseval.report.fidelity import IPS25

REVIEWS = pd.DataFrame(
    {
        "review": [1, 2, 3, 4],
        "site": ["a", "a", "a", "b"],
        "service": ["x", "y", "x", "z"],
        "round": [1, 1, 2, 2],
    }
)
ITEMS = pd.DataFrame(
    {
        "review": [1, 1, 2, 2, 3, 3, 4, 4],
        "name": ["size", "team"] * 4,
        "score": [2, 3, 4, 5, 4, 4, 5, None],
    }
)
GIVEN = {
    "kind": "fidelity_table",
    "title": "T",
    "base": "B",
    "reviews": "reviews",
    "table": "items",
    "key": "review",
    "item": "name",
    "score": "score",
    "site": "site",
    "service": "service",
    "round": "round",
}


def test_scores_are_means_of_services_and_a_change_is_of_those_in_both_rounds():
    records = {"reviews": REVIEWS, "items": ITEMS}
    spec = FidelityTable.model_validate(GIVEN)
    cells = spec.cells(SimpleNamespace(records=records.__getitem__))
    assert value_at(cells, "a", "size", "round_1") == (3, "3.0")
    assert value_at(cells, "a", "size", "round_2") == (4, "4.0")
    assert value_at(cells, "a", "size", "change") == (2, "+2.0"), "y was reviewed once"
    # A mean of 2.5 and 4.5 over the items, out of 25 of them.
    assert value_at(cells, "a", "total_score", "round_1") == (87.5, "87.5")
    assert value_at(cells, "a", "fidelity_band", "round_1")[1] == "Fair"
    assert value_at(cells, "a", "fidelity_band", "round_2")[1] == "Good"
    # What could not be scored lowers nothing.
    assert value_at(cells, "b", "team", "round_2")[1] == "-"
    assert value_at(cells, "b", "total_score", "round_2") == (125, "125.0")
    assert not (cells[cells["panel"] == "b"]["column"] == "change").any(), "one round alone"


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (25, "Not IPS"),
        (73, "Not IPS"),
        (74, "Fair"),
        (99.9, "Fair"),
        (100, "Good"),
        (115, "Exemplary"),
    ],
)
def test_bands_of_the_scale(total, band):
    assert IPS25.band(total) == band
    assert IPS25.maximum == 125
