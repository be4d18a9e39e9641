"""What stands in a cell of a table: signs, symbols, units in headings, and n where it fits."""

import pandas as pd
import pytest

from ipseval.report.cells import as_frame, cell
from ipseval.report.table_cells import (
    PlacesOfN,
    counts_of,
    entries_of,
    legend_of,
    shown,
    true_minuses,
    units_of,
)


def frame(*rows: tuple) -> pd.DataFrame:
    """Return cells of (row, column, statistic, value, printed, unit, n)."""
    return as_frame(
        [
            cell("p", row, column, statistic, value, printed, unit, n, source="config")
            for row, column, statistic, value, printed, unit, n in rows
        ]
    )


def laid_out(cells: pd.DataFrame, dash: str = "[x]"):
    entries = entries_of(cells, ["row"], ["column"], dash)
    rows = list(dict.fromkeys((row,) for row in cells["row"]))
    columns = list(dict.fromkeys((column,) for column in cells["column"]))
    return entries, rows, columns


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("-1.5", "−1.5"),
        ("-£233", "−£233"),
        ("£2,801 (-£2,927 to £8,765)", "£2,801 (−£2,927 to £8,765)"),
        ("30-39", "30-39"),
        ("2018-05", "2018-05"),
        ("A-level", "A-level"),
    ],
)
def test_minus_signs_are_true_and_hyphens_stay(printed, wanted):
    assert true_minuses(printed) == wanted


def test_an_interval_is_one_piece_and_marks_stand_apart():
    text = shown("£2,801 (-£2,927 to £8,765)", "", True)
    assert text == '<span class="one">£2,801</span> <span class="one">(−£2,927 to £8,765)</span>'
    assert shown("3ppt *", "*", True) == '3ppt <span class="stars">*</span>'
    assert shown("<0.001", "", True) == "&lt;0.001"
    assert shown("16-24 -1", "", False) == "16-24 -1", "a text is as declared"


def test_what_is_no_number_has_the_symbol_of_its_reason():
    nan = float("nan")
    cells = frame(
        ("a", "x", "percent", nan, "-", "percent", 20),
        ("a", "y", "percent", 0.004, "0", "percent", 20),
        ("b", "x", "percent", 0.0, "0", "percent", 20),
        ("b", "y", "coefficient", 0.0001, "0.000", "log_odds", 20),
    )
    entries, *_ = laid_out(cells, dash="[c]")
    texts = [text for entry in entries.values() for text in entry.texts]
    assert texts == ["[c]", "[low]", "0", "0.000"]
    assert legend_of(texts) == [
        "[c] confidential, withheld",
        "[low] rounds to zero and is not zero",
    ]


def test_a_heading_names_the_unit_that_its_numbers_lack():
    cells = frame(
        ("a", "share", "percent", 23.0, "23", "percent", 9),
        ("a", "cost", "mean", 5.0, "£5", "GBP", 9),
        ("a", "p", "p_value", 0.2, "0.200", "percent", 9),
        ("b", "share", "percent", 24.0, "24", "percent", 9),
    )
    columns, rows = units_of(*laid_out(cells))
    assert columns == {("share",): "%", ("cost",): "", ("p",): ""}
    assert set(rows.values()) == {""}
    # Where the units of a column differ, rows name theirs.
    cells = frame(
        ("weeks", "effect", "coefficient", 1.0, "1.0", "weeks", 9),
        ("days", "effect", "coefficient", 2.0, "2.0", "days", 9),
    )
    columns, rows = units_of(*laid_out(cells))
    assert columns == {("effect",): ""}
    assert rows == {("weeks",): "weeks", ("days",): "days"}


@pytest.mark.parametrize(
    ("n", "wanted"),
    [
        ([9, 9, 9, 9], PlacesOfN(everywhere=9)),
        ([9, 9, 8, 8], PlacesOfN(rows={("a",): 9, ("b",): 8})),
        ([9, 8, 9, 8], PlacesOfN(columns={("x",): 9, ("y",): 8})),
        ([9, 8, 7, 6], PlacesOfN(apart=True)),
        ([pd.NA] * 4, PlacesOfN()),
    ],
)
def test_n_stands_in_the_fewest_places_that_say_it_of_every_number(n, wanted):
    places = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    rows = [(*place, "mean", 1.0, "1", "points", n) for place, n in zip(places, n, strict=True)]
    assert counts_of(*laid_out(frame(*rows))) == wanted


def test_a_table_that_has_its_bases_needs_no_other_n():
    cells = frame(
        ("a", "x", "percent", 1.0, "1", "percent", 9), ("base", "x", "base", 9.0, "9", "people", 9)
    )
    assert counts_of(*laid_out(cells)) == PlacesOfN()


def test_coefficient_and_error_of_one_place_name_their_rows():
    cells = frame(
        ("a", "x", "coefficient", 0.1, "0.1", "log_odds", 9),
        ("a", "x", "standard_error", 0.2, "[0.2]", "log_odds", 9),
    )
    (entry,) = laid_out(cells)[0].values()
    assert entry.texts == ["0.1", "[0.2]"]
    assert entry.places == [0, 1]
