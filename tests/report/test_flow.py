"""CONSORT flow from people by sample, trial group, arm and step."""

from types import SimpleNamespace

import pandas as pd
import pytest
from hand import results
from legibility import faults

from ipseval.report.cells import as_frame, cell
from ipseval.report.chapter import shown_html
from ipseval.report.data import Data
from ipseval.report.exhibits.flow_diagram import FlowDiagram
from ipseval.report.exhibits.trial_flow import TrialFlow
from ipseval.report.make import drawn, make_exhibit

COLUMNS = ["sample", "trial_group", "arm", "step", "reason", "people"]


def steps(sample: str, group: str, arm: int, counts: list[int]) -> list[list]:
    reasons = ["Randomised", "Moved away & could not be reached by anybody", "Refused", "Analysed"]
    return [
        [sample, group, arm, i, reason, n]
        for i, (reason, n) in enumerate(zip(reasons, counts, strict=True))
    ]


def flow(screened: bool = False):
    rows = [
        *steps("survey", "n", 1, [10, 3, 0, 7]),
        *steps("survey", "n", 0, [11, 1, 0, 10]),
        *steps("survey", "s", 1, [5, 0, 1, 4]),
        *steps("survey", "s", 0, [4, 0, 0, 4]),
        *steps("records", "n", 1, [10, 0, 0, 10]),
        *steps("records", "n", 0, [11, 0, 0, 11]),
    ]
    if screened:
        counts = (("Assessed", 40), ("Too young", 7), ("Busy", 3), ("Randomised", 30))
        rows += [["screening", "any", 0, i, r, n] for i, (r, n) in enumerate(counts)]
    data = results(
        {
            "f": {
                "label": "F",
                "timepoint": "12",
                "groups": ["all"],
                "outcomes": ["work"],
                "models": {"ols": {"label": "M", "estimator": "ols", "covariance": "HC1"}},
            }
        },
        {},
    )
    data.config.trial.source = "Nowhere"
    frames = {"samples": pd.DataFrame(rows, columns=COLUMNS)}
    object.__setattr__(data, "table", frames.__getitem__)
    return data


def diagram(group: str, *samples: str, **more) -> FlowDiagram:
    names = {name: name.capitalize() for name in samples}
    spec = {"kind": "flow_diagram", "title": "F", "base": "B", "group": group, "samples": names}
    return FlowDiagram.model_validate(spec | more)


def counts_of(spec, data) -> dict:
    return spec.cells(data).set_index(["panel", "row", "column"])["value"].to_dict()


def test_counts_of_a_group_are_those_of_its_trial_groups():
    north, both = (counts_of(diagram(group, "survey"), flow()) for group in ("north", "all"))
    assert north[("enrolment", "randomised", "all")] == 21
    assert both[("enrolment", "randomised", "all")] == 30
    assert both[("enrolment", "allocated", "treatment")] == 15
    assert both[("survey", "analysed", "control")] == 14
    assert both[("survey", "Refused", "treatment")] == 1


def test_people_of_each_arm_add_up():
    cells = diagram("all", "survey").cells(flow())
    for arm in ("treatment", "control"):
        own = cells[(cells["column"] == arm)].set_index("row")["value"]
        assert own["allocated"] == own.drop("allocated").sum()


def test_the_picture_shows_reasons_that_apply_and_where_people_went():
    spec, data = diagram("north", "survey", "records"), flow()
    figure, text = spec.draw(spec.cells(data), data)
    shown = [part.get_text().strip() for part in figure.axes[0].texts]
    assert shown[shown.index("Allocated to treatment") + 1] == "(n = 10)"
    assert "Not included (n = 3)" in shown
    assert "Analysed (n = 7)" in shown
    assert not any(part.startswith("Refused") for part in shown), "nobody refused in the group"
    assert text.startswith("North: 21 randomised, 10 to treatment and 11 to")
    assert "Survey, 7 of treatment and 10 of control analysed; Records, 10 of" in text


def test_screening_comes_before_randomisation_where_it_is_known():
    spec, data = diagram("north", "survey", screening="screening"), flow(screened=True)
    found = counts_of(spec, data)
    assert found[("enrolment", "assessed", "all")] == 40
    assert found[("enrolment", "Too young", "all")] == 7
    figure, _ = spec.draw(spec.cells(data), data)
    shown = [part.get_text().strip() for part in figure.axes[0].texts]
    assert "Not randomised (n = 10)" in shown
    assert "Busy: 3" in shown


@pytest.mark.parametrize("screened", [False, True])
def test_lines_stay_inside_their_boxes(screened):
    more = {"screening": "screening"} if screened else {}
    spec, data = diagram("all", "survey", **more), flow(screened)
    figure, _ = spec.draw(spec.cells(data), data)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [patch.get_window_extent() for patch in axes.patches]
    for part in axes.texts:
        own = part.get_window_extent()
        if part.get_text().strip():
            assert any(
                box.x0 <= own.x0 and own.x1 <= box.x1 and box.y0 <= own.y0 and own.y1 <= box.y1
                for box in boxes
            ), part.get_text()


def test_files_are_the_same_each_time(tmp_path):
    spec, data = diagram("all", "survey"), flow()
    made = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        make_exhibit("flow", spec, data, folder)
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert made[0] == made[1]
    assert set(made[0]) == {"flow.csv", "flow.json", "flow.svg"}
    assert b"SYNTHETIC DATA" in made[0]["flow.svg"]


def test_a_figure_is_saved_as_png_where_asked(tmp_path):
    spec, data = diagram("all", "survey"), flow()
    for folder, png in ((tmp_path / "a", False), (tmp_path / "b", True)):
        (folder / "report/exhibits").mkdir(parents=True)
        make_exhibit("flow", spec, data, folder / "report/exhibits", png=png)
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("flow.*")}
        for name in "ab"
    )
    assert other.pop("flow.png").startswith(b"\x89PNG")
    assert one.pop("flow.json") != other.pop("flow.json")
    assert one == other
    pages = [shown_html(tmp_path / name, "flow", "run", "trial", "rule") for name in "ab"]
    assert ["flow.png" in page for page in pages] == [False, True]
    assert all("flow.svg" in page for page in pages)


@pytest.mark.parametrize("number", [2, 3, 5])
def test_arms_that_have_no_room_abreast_stand_below_others(number):
    arms = [f"Weekly meetings and plan {i}" for i in range(number)]
    counts = [("enrolment", "randomised", "all", 500)]
    for arm in arms:
        counts += [("allocation", "allocated", arm, 100)]
        counts += [("pay", "Whose pay is not known", arm, 12), ("pay", "analysed", arm, 88)]
    cells = as_frame(
        [cell(*keys, "count", n, str(n), "people", n, source="") for *keys, n in counts]
    )
    role = SimpleNamespace(names=arms, printed_order=arms, label=str)
    person = SimpleNamespace(arm=role)
    config = SimpleNamespace(trial=SimpleNamespace(person=person))
    data = Data(None, config, True, {})
    spec = {"kind": "trial_flow", "title": "F", "base": "B", "samples": {"pay": "Analysed for pay"}}
    picture, alternative = drawn(TrialFlow.model_validate(spec), cells, data, "SYNTHETIC DATA")
    assert faults(picture.svg) == []
    assert alternative.count("100 to Weekly meetings") == number
    analysed = [text for text in picture.figure.axes[0].texts if text.get_text() == "n = 88"]
    assert len(analysed) == number
    assert len({round(text.get_position()[1], 6) for text in analysed}) == -(-number // 3)
