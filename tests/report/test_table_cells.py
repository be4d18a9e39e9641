"""What stands in a cell of a table: signs, symbols, units in headings, and n where it fits."""

import pandas as pd
import pytest

from ipseval.report.cells import as_frame, cell
from ipseval.report.table_cells import (
    PlacesOfN,
    aligned,
    counts_of,
    entries_of,
    legend_of,
    pads_of,
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
        "[low] rounds to zero but is not zero",
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


def test_a_share_beside_a_number_of_people_is_named_in_its_row():
    cells = frame(
        ("asked", "a", "count", 90.0, "90", "people", 90),
        ("answered", "a", "percent", 50.0, "50", "percent", 90),
    )
    columns, rows = units_of(*laid_out(cells))
    assert columns == {("a",): ""}
    assert rows == {("asked",): "", ("answered",): "%"}


@pytest.mark.parametrize(
    ("column", "pads"),
    [
        ([["1.5"], ["13,918"], ["−0.025"]], [["25"], [".025"], [""]]),
        ([["0.25", "(0.12)"], ["3"]], [[")", ""], [".12)"]]),
        ([["4ppt"], ["12.5ppt"], ["[x]"], ["1.5 to 2"]], [["pt"], [""], [""], [""]]),
        ([["1"], ["22"]], [[""], [""]]),
        ([[], ["&lt;0.001"], ['0.2 <span class="stars">*</span>']], [[], [""], ["01"]]),
    ],
)
def test_numbers_of_a_column_stand_one_above_the_other_by_their_point(column, pads):
    assert pads_of(column) == pads


def test_what_brings_numbers_into_line_is_no_text():
    cells = frame(
        ("a", "x", "coefficient", 0.1, "0.1", "index", 90),
        ("b", "x", "coefficient", 2.25, "2.25", "index", 90),
    )
    entries, *_ = laid_out(cells)
    assert aligned([*entries.values(), None]) == [['<span data-pad="5">0.1</span>'], ["2.25"], []]


def test_numbers_of_few_people_are_marked_as_of_low_quality_and_the_legend_says_below_how_many():
    cells = frame(
        ("a", "share", "percent", 23.0, "23", "percent", 29),
        ("a", "p", "p_value", 0.2, "0.200", "p", 29),
        ("a", "people", "count", 7.0, "7", "people", 29),
        ("b", "share", "percent", 24.0, "24", "percent", 30),
        ("c", "share", "percent", float("nan"), "-", "percent", 3),
    )
    entries = entries_of(cells, ["row"], ["column"], "[x]", 30)
    texts = {key: entry.texts for key, entry in entries.items()}
    assert texts == {
        ("a", "share"): ['23 <span class="stars">[u]</span>'],
        ("a", "p"): ["0.200"],
        ("a", "people"): ["7"],
        ("b", "share"): ["24"],
        ("c", "share"): ["[x]"],
    }
    shown_texts = [text for some in texts.values() for text in some]
    assert legend_of(shown_texts, 30) == [
        "[u] of low quality, based on fewer than 30 people",
        "[x] not available",
    ]
    assert legend_of(shown_texts) == ["[x] not available"]
    assert shown("4.1 **", "**", True, True) == '4.1 <span class="stars">** [u]</span>'


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
