"""References of every trial are checked, and what a section names is known from its types."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from helpers import trial_config
from pydantic import Field

from ipseval.config import refs, scopes
from ipseval.config.base import Printed, Section, facts
from ipseval.config.check import sections_of
from ipseval.config.refs import Place, Ref, names_in, problems, references
from ipseval.provenance import ROOT

TRIALS = ("hlt", "trailblazers", "nsw")


class Inner(Section):
    model: Annotated[str, Ref("toys")] | None = None


class Outer(Section):
    one: Annotated[str, Ref("toys")] = "car"
    several: list[Annotated[str, Ref("toys")]] = Field(default_factory=list)
    by_key: dict[Annotated[str, Ref("toys")], int] = Field(default_factory=dict)
    by_value: dict[str, Annotated[str, Ref("toys")]] = Field(default_factory=dict)
    nested: list[list[Annotated[str, Ref("toys")]]] = Field(default_factory=list)
    inside: dict[str, Inner] = Field(default_factory=dict)
    plain: str = "anything"

    def problems(self, place):
        if self.plain == "wrong":
            yield "plain", "is wrong"


@pytest.fixture
def toys(monkeypatch):
    monkeypatch.setitem(refs.SCOPES, "toys", lambda place: ["car", "boat"])
    return Place(config=None, root=Path(), file="toys")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"one": "cat"}, "one"),
        ({"several": ["car", "cat"]}, "several.1"),
        ({"by_key": {"cat": 1}}, "by_key"),
        ({"by_value": {"x": "cat"}}, "by_value.x"),
        ({"nested": [["car"], ["boat", "cat"]]}, "nested.1.1"),
        ({"inside": {"x": {"model": "cat"}}}, "inside.x.model"),
    ],
)
def test_a_reference_is_found_wherever_it_stands(toys, given, where):
    wrong = [r for r in references(Outer.model_validate(given), toys) if not r.is_known]
    assert [(r.name, r.place.where, r.known) for r in wrong] == [("cat", where, ("car", "boat"))]


def test_none_and_plain_texts_are_no_references(toys):
    assert [r.name for r in references(Outer(inside={"x": Inner()}), toys)] == ["car"]


def test_names_are_collected_without_asking_what_is_known():
    section = Outer(one="no such", several=["b", "a"], more=["b"])
    assert names_in(section, "toys") == ["no such", "b", "a"]


def test_problems_say_where(toys):
    ((place, text),) = problems(Outer(plain="wrong"), toys)
    assert (place.where, text) == ("plain", "is wrong")


def test_every_target_has_a_scope_and_every_scope_is_used():
    used = {
        reference.target
        for trial in TRIALS
        for section, place in sections_of(trial_config(trial), ROOT)
        for reference in references(section, place)
    }
    assert used <= set(refs.SCOPES)
    assert vars(scopes)


@pytest.mark.parametrize("trial", TRIALS)
def test_a_trial_names_only_what_it_declares(trial):
    config = trial_config(trial)
    found = [
        reference
        for section, place in sections_of(config, ROOT)
        for reference in references(section, place)
    ]
    assert len(found) > 50
    assert not [reference for reference in found if not reference.is_known]


class Labelled(Section):
    kind: Literal["labelled"] = "labelled"
    label: Printed
    note: Printed | None = None
    codes: dict[str, Printed] = Field(default_factory=dict)
    reason: str = "kept"


class Holder(Section):
    title: Printed
    parts: dict[str, Labelled]


def test_facts_leave_out_the_texts_that_only_people_read():
    holder = Holder(
        title="A title", parts={"x": Labelled(label="L", note="N", codes={"f": "Female"})}
    )
    assert facts(holder) == {
        "title": "",
        "parts": {
            "x": {"kind": "labelled", "label": "", "note": "", "codes": {"f": ""}, "reason": "kept"}
        },
    }


def test_a_section_can_be_read_from_its_facts():
    for trial in TRIALS:
        config = trial_config(trial)
        for name in ("trial", "extracts", "outcomes", "models"):
            section = getattr(config, name)
            again = type(section).model_validate(facts(section))
            assert facts(again) == facts(section)
