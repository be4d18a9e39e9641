"""What a file says once for all: groups and time point of models.yaml, the layout of a kind."""

import shutil
from pathlib import Path

import pytest

from ipseval.config.exhibits import CELL_FIELDS, Layout, TableExhibit
from ipseval.config.load import load_trial
from ipseval.config.models import Models
from ipseval.errors import InputErrors
from ipseval.kinds import EXHIBITS
from ipseval.provenance import ROOT

MODEL = {"label": "m", "estimator": "ols", "covariance": "HC1"}


def family(**keys: object) -> dict:
    return {"label": "f", "outcomes": ["y"], "models": {"m": MODEL}, **keys}


def joint_tests(**keys: object) -> dict:
    hypotheses = [{"family": "own", "model": "m", "outcomes": ["y"]}]
    return {"label": "t", "hypotheses": hypotheses, "methods": ["hochberg"], **keys}


def declared(**shared: object) -> Models:
    own = {"groups": ["b"], "timepoint": "later"}
    return Models.model_validate(
        {
            **shared,
            "families": {"own": family(**own), "left": family(), "half": family(groups=["c"])},
            "tests": {"own_tests": joint_tests(**own), "left_tests": joint_tests()},
        }
    )


def test_families_and_tests_take_what_the_file_says_and_keep_their_own():
    models = declared(groups=["a", "b"], timepoint="end")
    parts = models.families | models.tests
    assert {name: (part.groups, part.timepoint) for name, part in parts.items()} == {
        "own": (["b"], "later"),
        "left": (["a", "b"], "end"),
        "half": (["c"], "end"),
        "own_tests": (["b"], "later"),
        "left_tests": (["a", "b"], "end"),
    }


def test_a_group_of_homogeneity_may_be_one_that_the_file_gives():
    logit = MODEL | {"estimator": "logit"}
    given = family(models={"m": logit}, homogeneity={"group": "a", "site": "s"})
    shared = {"groups": ["a"], "timepoint": "end", "families": {"f": given}}
    assert Models.model_validate(shared).families["f"].groups == ["a"]


def test_a_job_depends_on_what_is_resolved_and_not_on_what_others_share():
    """So a family that gives its own is not estimated again when what others share changes."""
    before, after = declared(groups=["a"], timepoint="end"), declared(groups=["z"], timepoint="x")
    assert before.only("own").model_dump() == after.only("own").model_dump()
    assert before.only("half").model_dump() != after.only("half").model_dump()
    plain = before.only("left", "left_tests").model_dump(mode="json")
    assert Models.model_validate(plain).families["left"].groups == ["a"]


@pytest.fixture
def nsw(tmp_path: Path) -> Path:
    for name in ("config", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path / "config" / "trials" / "nsw" / "models.yaml"


CHANGES = [
    ("groups: [men]\n", "", "needs `groups`, here or at the top of models.yaml"),
    ('timepoint: "1978"\n', "", "needs `timepoint`, here or at the top of models.yaml"),
    ("groups: [men]\n", "groups: [mne]\n", "unknown name 'mne'; did you mean 'men'?"),
    ("    models:\n", "    groups: []\n    models:\n", "needs `groups`, here or at the top"),
]


@pytest.mark.parametrize(("old", "new", "message"), CHANGES, ids=lambda text: text.strip())
def test_what_is_missing_or_wrong_is_refused_with_its_place(nsw, old, new, message):
    text = nsw.read_text()
    assert old in text
    nsw.write_text(text.replace(old, new, 1))
    with pytest.raises(InputErrors) as caught:
        load_trial(nsw.parents[1], "nsw")
    assert message in str(caught.value)
    assert f"{nsw}, line " in str(caught.value)


def test_what_nobody_takes_is_refused(nsw):
    own = '    timepoint: "1979"\n    models:\n'
    nsw.write_text(nsw.read_text().replace("    models:\n", own))
    with pytest.raises(InputErrors, match="every family and all tests give their own"):
        load_trial(nsw.parents[1], "nsw")


@pytest.mark.parametrize("kind", EXHIBITS.names)
def test_a_table_is_printed_as_its_kind_says_unless_it_says_otherwise(kind):
    """A figure has no layout, and a layout of any kind places every cell once."""
    section = EXHIBITS.declared_by(kind)
    if not issubclass(section, TableExhibit):
        assert "layout" not in section.model_fields
        return
    layout = section.model_fields["layout"].get_default()
    assert isinstance(layout, Layout)
    placed = [*layout.rows, *layout.columns]
    assert placed
    assert len(set(placed)) == len(placed)
    assert set(placed) <= set(CELL_FIELDS)


def test_a_layout_that_is_declared_wins():
    exhibits = load_trial(ROOT / "config" / "trials", "hlt").exhibits.exhibits
    kind = type(exhibits["table-2.1"])
    assert exhibits["table-2.1"].layout == kind.model_fields["layout"].get_default()
    other = {"rows": ["row"], "columns": ["panel"]}
    plain = exhibits["table-2.1"].model_dump(mode="json") | {"layout": other}
    assert kind.model_validate(plain).layout == Layout(**other)
