"""Exhibits and sentences of trials of more than two arms, of ratios, and of crowded layouts."""

from types import SimpleNamespace

import pandas as pd
import pytest

from ipseval.config.load import load_trial
from ipseval.config.refs import Place
from ipseval.errors import InputError
from ipseval.kinds import EXHIBITS
from ipseval.provenance import ROOT
from ipseval.report.cells import as_frame, cell
from ipseval.report.make import refuse_unless_identified
from ipseval.report.sentences.impacts import effect
from ipseval.report.sentences.people import allocation, randomised
from ipseval.report.sentences.words import Words

WORDS = Words(lambda key: {"a": "Small class", "b": "Regular class"}.get(key, key), "$", 0.95)


@pytest.fixture(scope="module")
def star():
    return load_trial(ROOT / "config" / "trials", "star")


def problems(star, **given):
    spec = EXHIBITS.parse({"title": "t", "base": "b", **given})
    return [
        text
        for _, text in (
            p if isinstance(p, tuple) else ("", p)
            for p in spec.problems(Place(star, ROOT, "exhibits"))
        )
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "balance", "covariates": ["gender"]},
        {"kind": "arm_counts", "row": "r"},
        {"kind": "linkage_quality"},
        {"kind": "flow_diagram", "group": "small_vs_regular", "samples": {"score": "s"}},
    ],
    ids=lambda given: given["kind"],
)
def test_an_exhibit_of_two_arms_is_refused_for_three(star, given):
    (text,) = problems(star, **given)
    assert "is of two arms, and the trial has 3; use one of" in text
    assert "table_one" in text


def test_an_exhibit_of_any_arms_is_not(star):
    assert not problems(star, kind="table_one", covariates=["gender"])


def test_outcomes_that_would_pile_up_in_a_cell_are_refused(star):
    given = {"kind": "estimates_table", "family": "score", "outcomes": ["score"]}
    given |= {"decimals": {"score": 1}}
    crowded = problems(star, **given, layout={"rows": ["row"], "columns": ["column"]})
    assert "write layout: {rows: [panel, row], columns: [column]}" in crowded[0]
    assert not problems(star, **given, layout={"rows": ["panel", "row"], "columns": ["column"]})


def test_a_layout_that_does_not_tell_cells_apart_is_refused():
    def frame(*panels):
        return as_frame(
            [cell(p, "r", "c", "mean", 1.0, "1", "", 9, source="people") for p in panels]
        )

    spec = EXHIBITS.parse(
        {"kind": "table_one", "title": "t", "base": "b", "covariates": ["gender"]}
        | {"layout": {"rows": ["row"], "columns": ["column"]}}
    )
    refuse_unless_identified(frame("one"), spec, "t")
    with pytest.raises(InputError, match="places that they share") as caught:
        refuse_unless_identified(frame("one", "two"), spec, "t")
    assert "rows: [panel, row]" in str(caught.value)


def _line(**given):
    given = {
        "group": "g",
        "subgroup": "all",
        "estimate": 0.54,
        "ci_low": 0.35,
        "ci_high": 0.84,
        "p_value": 0.005,
        "n": 602,
        "unit": "risk ratio",
        "mean_treatment": 0.0915,
        "mean_control": 0.1694,
        "treatment_arms": "a",
        "control_arms": "b",
    } | given
    return next(pd.DataFrame([given]).itertuples())


def test_a_ratio_below_one_is_lower_and_arms_have_their_names():
    text = effect(_line(), WORDS)
    assert "9.2% of the Small class arm and 16.9% of the Regular class arm, a ratio of 0.54" in text
    assert "lower in the Small class arm and statistically significant" in text
    assert "higher in" in effect(_line(estimate=1.4), WORDS)


def test_everybody_is_counted_by_the_name_of_their_arm(star):
    people = pd.DataFrame({"arm": [0, 0, 1, 2], "randomised_on": pd.NaT})
    (text,) = randomised(allocation(people), star.trial.person.arm)
    assert text.startswith("4 people were randomised: ")
    assert "2 to Regular class" in text


def test_harms_are_counted_among_those_of_whom_they_are_known(star):
    codes = {name: star.trial.person.arm.names.index(name) for name in star.trial.person.arm.names}
    people = pd.DataFrame(
        {"arm": [code for code in codes.values() for _ in range(4)], "ill": [1, 0, 0, None] * 3}
    )
    spec = EXHIBITS.parse({"kind": "harms", "title": "t", "base": "b", "outcomes": ["ill"]})
    data = SimpleNamespace(people=people, config=star)
    cells = spec.cells(data).set_index(["row", "column", "statistic"])
    for arm in codes:
        assert cells.loc[("with_event", arm, "count"), "value"] == 1
        assert cells.loc[("with_event", arm, "percent"), "printed"] == "(33.3%)"
        assert cells.loc[("known", arm, "base"), "value"] == 3
    assert cells.loc[("with_event", "overall", "count"), "value"] == 3
    counted = spec.counts(next(spec.cells(data).itertuples()), star)
    assert dict(counted.people.where)["ill"] == "1"
