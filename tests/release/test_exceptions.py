"""Exceptions are asked for by exhibit and cell; the program passes them on and grants none."""

import pytest

from ipseval.errors import InputError
from ipseval.release.build import _exception

KEYS = ("panel", "row", "column", "statistic", "status")
ROWS = [
    dict(zip(KEYS, values, strict=True))
    for values in (
        ("north", "seen", "all", "count", "released"),
        ("north", "seen", "control", "count", "few"),
        ("south", "seen", "control", "count", "few"),
    )
]
ASKED = {"trial": "hlt", "exhibit": "t", "panel": None, "row": None, "column": None, "reason": "r"}


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({}, "all of it (2 withheld): r"),
        ({"panel": "north"}, "panel north (1 withheld): r"),
        ({"panel": "south", "column": "control"}, "panel south, column control (1 withheld): r"),
    ],
)
def test_a_request_names_its_cells(cells, text):
    assert _exception(ASKED | cells, ROWS, controlled=True) == text


@pytest.mark.parametrize("cells", [{"panel": "nroth"}, {"column": "all"}])
def test_a_request_for_what_is_not_withheld_is_refused(cells):
    with pytest.raises(InputError, match="none is withheld"):
        _exception(ASKED | cells, ROWS, controlled=True)
    assert "0 withheld" in _exception(ASKED | cells, ROWS, controlled=False)
