"""Exhibits of the economics: which value breaks even, errors of the draws, labels, sections."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hand import value_at

from ipseval.report.appraised import number
from ipseval.report.data import Data
from ipseval.report.exhibits.acceptability_curve import AcceptabilityCurve
from ipseval.report.exhibits.break_even_table import BreakEvenTable
from ipseval.report.exhibits.cost_effectiveness_plane import CostEffectivenessPlane
from ipseval.report.exhibits.further_trial_plot import FurtherTrialPlot
from ipseval.report.exhibits.information_plot import InformationPlot
from ipseval.report.exhibits.monte_carlo_table import MonteCarloTable
from ipseval.report.exhibits.scenario_plot import ScenarioPlot
from ipseval.report.formats import continued

BASE = {"title": "T", "base": "All"}
ROWS = {"layout": {"rows": ["panel", "row"], "columns": ["column"]}}
LABELS = {"main": "As published", "society": "Economic case", "north": "North", "south": "South"}


def data_of(**tables) -> Data:
    """Return the results of a trial with these tables of the economics."""
    economics = SimpleNamespace(
        appraisals={"main": None, "green": None},
        decision=SimpleNamespace(appraisal="main", case="society"),
        thresholds_of=lambda _: [20_000.0, 70_000.0],
    )
    config = SimpleNamespace(
        trial=SimpleNamespace(currency="£"),
        economics=economics,
        exhibits=SimpleNamespace(low_quality_below=None),
    )
    data = Data(None, config, True, LABELS)
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    object.__setattr__(data, "table", frames.__getitem__)
    return data


def summary(group: str = "north", **more) -> dict:
    """Return a row of summary.csv."""
    row = {"appraisal": "main", "scenario": "reference", "evidence": "detected", "default": True}
    row |= {"impacts": "joint", "case": "society", "group": group, "n_treatment": 50}
    row |= {"as_expected": None}
    errors = {f"{name}_monte_carlo_error": 0.01 for name in ("return_per_pound",)}
    errors |= {"net_present_value_monte_carlo_error": 12.345}
    errors |= {"benefit_cost_ratio_monte_carlo_error": np.nan}
    ends = {"net_present_value": 1.0, "net_present_value_ci_low": -900.0}
    ends |= {"net_present_value_ci_high": 1100.0}
    shares = {"probability_return_above_one": 0.5, "probability_benefit_above_zero": 1.0}
    return row | errors | ends | shares | {"draws": 10_000} | more


def known(group: str, measure: str, value: float, driver=None, size=np.nan) -> dict:
    """Return a row of information.csv."""
    row = {"group": group, "measure": measure, "driver": driver, "size": size, "value": value}
    return row | {"monte_carlo_error": value / 10, "n_treatment": 50}


INFORMATION = [
    known("north", "evpi", 0.0),
    known("north", "evppi", 0.0, "pay"),
    known("north", "evsi", 0.0, "all_impacts", 500.0),
    known("south", "evpi", 300.0),
    known("south", "evppi", 200.0, "pay"),
    known("south", "evppi", 0.0, "work"),
    known("south", "evsi", 40.0, "all_impacts", 500.0),
]


def test_a_break_even_value_is_held_against_the_range():
    driver = {"appraisal": "main", "group": "north", "case": "society", "n_treatment": 50}
    driver |= {"value": 0.02, "low": -0.01, "high": 0.05}
    rows = [
        driver | {"driver": "pay", "break_even": 0.04},
        driver | {"driver": "work", "break_even": 0.06},
        driver | {"driver": "tax", "break_even": np.nan},
        driver | {"driver": "pay", "break_even": 0.01, "case": "other"},
    ]
    spec = {"kind": "break_even_table", "case": "society"} | BASE | ROWS
    cells = BreakEvenTable.model_validate(spec).cells(data_of(sensitivity=rows))
    assert cells["row"].unique().tolist() == ["pay", "work"]
    assert value_at(cells, "north", "pay", "break_even") == (0.04, "0.04")
    assert value_at(cells, "north", "pay", "inside") == (1.0, "Yes")
    assert value_at(cells, "north", "work", "inside") == (0.0, "No")
    assert value_at(cells, "north", "work", "range")[1] == "-0.01 to 0.05"


def test_every_headline_figure_has_its_monte_carlo_error():
    rows = [summary(), summary(appraisal="green"), summary(default=False)]
    spec = {"kind": "monte_carlo_table"} | BASE | ROWS
    cells = MonteCarloTable.model_validate(spec).cells(
        data_of(summary=rows, information=[known("north", "evpi", 61.0)])
    )
    decided = "As published, economic case"
    assert value_at(cells, "north", decided, "return_per_pound")[1] == "£0.0100"
    assert value_at(cells, "north", decided, "net_present_value")[1] == "£12.35"
    assert value_at(cells, "north", decided, "benefit_cost_ratio")[1] == "-"
    shares = value_at(cells, "north", decided, "probability_return_above_one")
    assert shares == (pytest.approx(0.5), "0.50ppt"), "binomial: the root of p(1 - p)/n"
    assert value_at(cells, "north", decided, "evpi") == (6.1, "£6.10")
    assert cells.loc[cells["column"] == "evpi", "row"].tolist() == [decided]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Earnings in 12 months", "earnings in 12 months"),
        ("A further trial", "a further trial"),
        ("EQ-5D-5L index", "EQ-5D-5L index"),
        ("A&E visits", "A&E visits"),
        ("QALY of £60,000", "QALY of £60,000"),
        ("1,000", "1,000"),
    ],
)
def test_only_a_word_loses_its_capital_within_a_phrase(label, shown):
    assert continued(label) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.00004, "0"), (0.27, "0.27"), (1.3, "1.3"), (2508.3, "2,508")]
)
def test_a_number_ends_without_noughts_and_without_a_point(value, shown):
    assert number(value) == shown


def test_information_shows_every_group_and_the_drivers_that_matter_in_any():
    spec, data = (
        InformationPlot(kind="information_plot", **BASE),
        data_of(information=[*INFORMATION, known("north", "evppi", 0.0, "work")]),
    )
    cells = spec.cells(data)
    assert cells["panel"].unique().tolist() == ["north", "south"]
    assert cells["row"].unique().tolist() == ["evpi", "pay"], "work is worth nothing anywhere"
    assert value_at(cells, "south", "evpi", "evpi") == (300.0, "£300")
    figure, text = spec.draw(cells, data)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["North", "South"]
    assert "North £0; South £300" in text


def test_a_further_trial_has_a_panel_a_group():
    spec, data = (
        FurtherTrialPlot(kind="further_trial_plot", **BASE),
        data_of(information=INFORMATION),
    )
    cells = spec.cells(data)
    assert value_at(cells, "south", "500", "evsi") == (40.0, "£40.00")
    figure, text = spec.draw(cells, data)
    assert len(figure.axes) == 2
    assert "information of a further trial of 500 people, per person: North £0.00" in text


def test_the_scenarios_of_an_appraisal_stand_in_its_section():
    rows = [
        summary(appraisal=appraisal, scenario=scenario)
        for appraisal in ("main", "green")
        for scenario in ("reference", "pessimistic")
    ]
    spec = {"kind": "scenario_plot", "case": "society", "appraisals": ["main", "green"]} | BASE
    spec, data = ScenarioPlot.model_validate(spec), data_of(summary=rows)
    figure, _ = spec.draw(spec.cells(data), data)
    names, numbers = figure.axes[0].texts[:4], figure.axes[0].texts[4:]
    assert [name.get_text() for name in names] == [
        "As published",
        "Pessimistic",
        "Green",
        "Pessimistic",
    ]
    assert [name.get_fontweight() for name in names] == ["bold", "normal"] * 2
    steps = np.diff([name.get_position()[1] for name in names])
    assert steps[1] > steps[0] == steps[2], "a section starts below a gap"
    assert [text.get_text() for text in numbers] == ["1\n−900 to 1,100"] * 4
    assert figure.axes[0].get_title("left") == "North (n = 50)"


def curve(group: str, shares: dict[str, float]) -> list[dict]:
    """Return cells of an acceptability curve; the frontier is the better half."""
    cells = []
    for row, share in shares.items():
        for column, value in (("probability", share), ("frontier", max(share, 100 - share))):
            cells.append({"panel": group, "row": row, "column": column, "value": value})
    return cells


def test_acceptability_is_thick_where_a_choice_is_the_better_one():
    cells = pd.DataFrame(curve("north", {"0": 0.0, "20,000": 10.0, "70,000": 80.0}))
    figure, text = AcceptabilityCurve(kind="acceptability_curve", **BASE).draw(cells, data_of())
    (panel,) = figure.axes
    ours, frontier, others, their_frontier = panel.get_lines()[:4]
    assert ours.get_ydata().tolist() == [0.0, 10.0, 80.0]
    assert others.get_ydata().tolist() == [100.0, 90.0, 20.0]
    assert np.isnan(frontier.get_ydata()).tolist() == [True, True, False]
    assert np.isnan(their_frontier.get_ydata()).tolist() == [False, False, True]
    assert {label.get_text() for label in panel.texts} == {"10%", "80%"}
    key = [label.get_text() for label in figure.legends[0].get_texts()]
    assert key == ["Programme", "Usual services"]
    assert text == (
        "Probability that the programme is cost-effective at £20,000, £70,000 a QALY: North 10%, "
        "80%."
    )


def test_a_plane_names_its_quadrants_and_thresholds():
    points = {"mean": (0.02, 2000.0), "1": (0.05, 1500.0), "2": (-0.01, 2500.0)}
    cells = pd.DataFrame(
        {"panel": "north", "row": row, "column": column, "value": value}
        for row, values in points.items()
        for column, value in zip(("health", "net_cost"), values, strict=True)
    )
    figure, text = CostEffectivenessPlane(kind="cost_effectiveness_plane", **BASE).draw(
        cells, data_of()
    )
    written = {label.get_text().replace("\n", " ") for label in figure.axes[0].texts}
    assert written == {
        "dominated",
        "dominant",
        "£20k",
        "£70k",
    }
    assert text == (
        "Mean gain in health and net cost: North 0.020 QALYs, £2,000. Cost-effectiveness plane."
    )
