"""Forest plot of subgroups: order of levels, joint tests, groups that lack a level."""

import json

from hand import estimate, family, results, value_at

from ipseval.report.exhibits.subgroup_forest import SubgroupForest
from ipseval.report.make import drawn, make_exhibit

SPEC = SubgroupForest(
    kind="subgroup_forest",
    title="Work, by subgroup",
    base="All",
    family="parts",
    model="ols",
    outcome="work",
    labels={"age": "Age", "home": "Home"},
)


def rows(group: str, levels: list[str], p_value: float) -> list[dict]:
    joint = {"term": "equal effects", "estimate": None, "statistic": 2.5, "p_value": p_value}
    found = [estimate(group, "work", subgroup=f"age={level}") for level in levels]
    return [*found, estimate(group, "work", subgroup="age", n=300, **joint)]


def parts():
    made = family(["work", "pay"], subgroups=["age"])
    # The file has levels by their names; the codes of the trial are young, then old.
    given = [*rows("north", ["old", "young", "odd"], 0.03), *rows("all", ["old", "young"], 0.5)]
    given.append(estimate("all", "pay", subgroup="age=old", estimate=99.0))
    return results({"parts": made}, {"parts": given})


def test_levels_follow_their_subgroup_in_the_order_of_the_codes():
    cells = SPEC.cells(parts())
    north = list(dict.fromkeys(cells.loc[cells["panel"] == "north", "row"]))
    assert north == ["age", "age=young", "age=old", "age=odd"]
    assert value_at(cells, "north", "age=old", "effect") == (2.0, "2.0")
    assert value_at(cells, "north", "age=old", "effect_low") == (-1.0, "-1.0")
    assert value_at(cells, "north", "age", "joint_test") == (0.03, "0.030")
    assert value_at(cells, "north", "age", "f") == (2.5, "2.50")


def test_labels_may_give_another_order():
    spec = SPEC.model_copy(update={"labels": {"odd": "Odd", "old": "Old"}})
    cells = spec.cells(parts())
    north = list(dict.fromkeys(cells.loc[cells["panel"] == "north", "row"]))
    assert north == ["age", "age=odd", "age=old", "age=young"]


def test_the_picture_says_of_each_group_what_it_has():
    data = parts()
    cells = SPEC.cells(data)
    figure, text = SPEC.draw(cells, data)
    assert text.startswith("1 of 2 tests of equal effects is statistically significant at the 5% ")
    assert "(North (Age)). P-values: North: Age 0.030; All: Age 0.500." in text
    first, second = figure.axes
    assert [note.get_text() for note in first.texts] == [
        *["Young", "Old", "Odd", "Age"],
        "p = 0.030",
        *["2.0 (−1.0 to 5.0), 100"] * 3,
    ]
    assert [note.get_text() for note in second.texts] == [
        *["Young", "Old", "Odd", "Age"],
        "p = 0.500",
        *["2.0 (−1.0 to 5.0), 100"] * 2,
        "[x]",
    ]
    assert first.get_xlim() == second.get_xlim()


def test_estimates_of_few_people_are_marked_and_the_symbols_explained(tmp_path):
    data = parts()
    data.config.exhibits.low_quality_below = 101
    spec = SPEC.model_copy(update={"source": "Survey"})
    make_exhibit("parts", spec, data, tmp_path)
    assert "2.0 (−1.0 to 5.0), 100 [u]" in (tmp_path / "parts.svg").read_text(encoding="utf-8")
    notes = json.loads((tmp_path / "parts.json").read_text(encoding="utf-8"))["notes"]
    assert notes == [
        "Symbols: [u] of low quality, based on fewer than 101 people; [x] not available."
    ]


def test_a_figure_has_the_labels_of_its_exhibit_and_true_minus_signs():
    data = parts()
    spec = SPEC.model_copy(update={"labels": {"age": "Change, -1 to $1 or $2"}})
    picture, _ = drawn(spec, spec.cells(data), data, "")
    assert "Change, −1 to $1 or $2" in picture.svg
