"""Predicted margins by arm and level, and tables of some of the estimates of a family."""

import numpy as np
from hand import estimate, family, results, value_at

from ipseval.report.exhibits.estimates_table import EstimatesTable
from ipseval.report.exhibits.margins_plot import MarginsPlot

LOGIT = {"label": "Logit", "estimator": "logit", "covariance": "HC1", "coefficients": True}
FACE = {"title": "T", "base": "All"}
LAYOUT = {"layout": {"rows": ["panel", "row"], "columns": ["column"]}}


def rows(group: str) -> list[dict]:
    """Margins of 20, 30, 40 and 55 per cent, each with five points on both sides."""
    found = [estimate(group, "work", "logit")]
    for (arm, other), share in {(0, 0): 0.2, (1, 0): 0.3, (0, 1): 0.4, (1, 1): 0.55}.items():
        numbers = {"estimate": share, "ci_low": share - 0.05, "ci_high": share + 0.05}
        found.append(estimate(group, "work", "logit", term=f"margin arm={arm}, keen={other}"))
        found[-1] |= numbers
    found.append(estimate(group, "work", "logit", term="log odds arm:keen", p_value=0.031))
    return found


def test_margins_of_both_arms_and_the_interaction():
    spec = MarginsPlot(
        kind="margins_plot",
        family="f",
        model="logit",
        outcome="work",
        levels=("Less keen", "Keener"),
        **FACE,
    )
    models = {"logit": LOGIT | {"interaction": "keen"}}
    data = results({"f": family(["work"], models)}, {"f": rows("north") + rows("all")})
    cells = spec.cells(data)
    assert value_at(cells, "north", "Less keen", "control")[1] == "20.0%"
    assert value_at(cells, "north", "Keener", "treatment")[1] == "55.0%"
    assert value_at(cells, "all", "Keener", "treatment_low")[1] == "50.0%"
    assert value_at(cells, "all", "interaction", "p_value") == (0.031, "0.031")
    figure, alternative = spec.draw(cells, data)
    assert "North: less keen 30.0% against 20.0%; keener 55.0% against 40.0%" in alternative
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "North\ninteraction p = 0.031",
        "All\ninteraction p = 0.031",
    ]
    lines = figure.axes[0].get_lines()
    assert np.allclose(lines[0].get_ydata(), [30, 55])


def test_a_table_shows_the_terms_and_groups_asked_for_models_together():
    models = {"a": LOGIT, "b": LOGIT | {"label": "Other"}}
    found = [
        estimate(group, outcome, model, term=term, std_error=0.01)
        for group in ("north", "all")
        for model in ("a", "b")
        for outcome in ("work", "pay")
        for term in ("arm", "log odds age")
    ]
    given = {"outcomes": ["work", "pay"], "decimals": {"work": 2, "pay": 2}}
    spec = EstimatesTable(
        kind="estimates_table",
        family="f",
        groups=["north"],
        terms=["arm"],
        **given,
        **FACE,
        **LAYOUT,
    )
    cells = spec.cells(results({"f": family(["work", "pay"], models)}, {"f": found}))
    shown = cells[cells["column"] == "effect"]
    assert list(zip(shown["panel"], shown["row"], strict=True)) == [
        ("Work, North", "Logit"),
        ("Work, North", "Other"),
        ("Pay, North", "Logit"),
        ("Pay, North", "Other"),
    ]


def test_a_coefficient_has_no_mean_of_controls():
    row = estimate("north", "work", "a", term="log odds age", std_error=0.01, mean_control=np.nan)
    spec = EstimatesTable(
        kind="estimates_table",
        family="f",
        outcomes=["work"],
        decimals={"work": 2},
        labels={"log odds age": "age"},
        **FACE,
        **LAYOUT,
    )
    cells = spec.cells(results({"f": family(["work"], {"a": LOGIT})}, {"f": [row]}))
    assert value_at(cells, "Work, North", "Logit: age", "control_mean")[1] == "-"
