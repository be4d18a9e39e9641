"""One effect by several methods: the primary one first, bounds, a p-value without interval."""

from itertools import pairwise

import numpy as np
import pytest
from hand import MODEL, estimate, family, results, value_at

from ipseval.report.exhibits.robustness_plot import RobustnessPlot
from ipseval.report.multiples import PLOT, new_panels, set_scale
from ipseval.report.scale import scale_of
from ipseval.report.style import WIDTH, inches

ROWS = [
    {"family": "main", "model": "ols"},
    {"family": "together", "model": "westfall_young"},
    {"family": "other", "model": "lee"},
    {"family": "other", "model": "ols", "outcome": "score", "label": "Another outcome"},
]
LEE = {"label": "Lee bounds", "estimator": "lee"}
TESTS = {
    "together": {
        "label": "Together",
        "groups": ["north", "all"],
        "timepoint": "12",
        "hypotheses": [{"family": "main", "model": "ols", "outcomes": ["work"]}],
        "methods": ["hochberg", "westfall_young"],
    }
}


def robustness(**more):
    spec = {"kind": "robustness_plot", "title": "Work", "base": "All", "outcome": "work"}
    return RobustnessPlot.model_validate(spec | {"rows": ROWS} | more)


def methods():
    main = [estimate(group, "work", estimate=e) for group, e in (("north", 0.02), ("all", -0.01))]
    bounds = [
        estimate("north", "work", "lee", term=term, estimate=e, ci_low=e - 0.05, ci_high=e + 0.05)
        for term, e in (("lower_bound", -0.02), ("upper_bound", 0.06))
    ]
    other = [*bounds, estimate("north", "score", estimate=0.04, p_value=0.0001)]
    together = [estimate(group, "work", "westfall_young", p_value=0.21) for group in ("north",)]
    families = {
        "main": family(["work"]),
        "other": family(["work", "score"], {"lee": LEE, "ols": MODEL}),
    }
    return results(families, {"main": main, "other": other, "together": together}, TESTS)


def test_every_method_has_its_numbers():
    spec, data = robustness(), methods()
    assert spec.estimates_read == ["main", "together", "other"]
    cells = spec.cells(data)
    assert value_at(cells, "north", "Adjusted", "effect") == (2.0, "2.0")
    assert value_at(cells, "north", "Adjusted", "p_value") == (0.2, "0.200")
    assert value_at(cells, "north", "Another outcome", "p_value") == (0.0001, "<0.001")
    wy = cells[cells["row"].str.startswith("Westfall")]
    assert wy["column"].tolist() == ["effect", "p_value"], "re-randomising gives no interval"
    bounds = cells[cells["row"] == "Lee bounds"].set_index("column")["printed"].to_dict()
    assert bounds == {
        "lower_bound": "-2.0",
        "upper_bound": "6.0",
        "effect_low": "-7.0",
        "effect_high": "11.0",
    }


def test_what_was_not_estimated_in_a_group_is_left_out():
    cells = robustness().cells(methods())
    assert set(cells.loc[cells["panel"] == "all", "row"]) == {"Adjusted"}
    assert set(robustness(groups=["north"]).cells(methods())["panel"]) == {"north"}


def test_the_picture_marks_the_primary_estimate():
    spec, data = robustness(), methods()
    figure, text = spec.draw(spec.cells(data), data)
    north = "North 2.0, all methods 2.0 to 4.0, bounds -2.0 to 6.0"
    assert f"{north}; All -1.0, all methods -1.0 to -1.0." in text
    first, second = figure.axes
    names = first.texts[:4]
    assert [name.get_fontweight() for name in names] == ["bold", "normal", "normal", "normal"]
    assert [note.get_text() for note in first.texts[4:]] == [
        "2.0 (−1.0 to 5.0)\np = 0.200, n = 100",
        "2.0\np = 0.210, n = 100",
        "−2.0 to 6.0 (−7.0 to 11.0)\nn = 100",
        "4.0 (−1.0 to 5.0)\np < 0.001, n = 100",
    ]
    assert [note.get_text() for note in second.texts][5:] == ["[x]", "[x]", "[x]"]


@pytest.mark.parametrize(
    ("unit", "value", "printed"),
    [
        ("proportion", 0.0345, "3.5"),
        ("GBP", -1234.5, "-£1,235"),
        ("index", 0.0254, "0.025"),
        ("weeks", 1.005, "1.01"),
        ("points", np.nan, "-"),
    ],
)
def test_an_effect_is_printed_in_its_unit(unit, value, printed):
    assert scale_of(unit, "£").text(value) == printed


@pytest.mark.parametrize("values", [[-4100.0, 3900.0], [-0.07, 0.16], [0.0, 0.0], [1, 1e6]])
def test_tick_labels_have_room_and_zero_is_among_them(values):
    figure, panels = new_panels(list("abcde"), ["x", "y"], "Impact", numbers=["<0.001"])
    set_scale(panels, values, ["<0.001"])
    figure.draw_without_rendering()
    for panel in panels:
        labels = panel.get_xticklabels()
        boxes = [label.get_window_extent() for label in labels]
        assert "0" in [label.get_text() for label in labels]
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize(
    ("number", "abreast"),
    [("<0.001", 3), ("2.8\n-3.0 to 8.8", 2), ("442 (-3,241 to 1,208), n = 2,488", 1)],
)
def test_as_many_panels_stand_abreast_as_leave_a_scale_beside_the_numbers(number, abreast):
    _, panels = new_panels(list("abcde"), ["x" * 4, "y"], "Impact", numbers=[number])
    assert len({round(panel.get_position().y0, 6) for panel in panels}) == -(-5 // abreast)
    for panel in panels:
        scale = panel.get_position().width * WIDTH - inches(max(number.split("\n"), key=len))
        assert scale > PLOT * 0.9
