"""Every statement of the reports is computed, configured, declared, or left out by name."""

import re
from collections import Counter
from copy import deepcopy
from pathlib import Path

import pandas as pd
import pytest

from ipseval.config.load import load_trial
from ipseval.config.refs import Place, problems
from ipseval.report.concordance import read_published
from ipseval.report.exhibits.text_claims import TextClaims
from ipseval.report.exhibits.text_facts import TextFacts
from ipseval.report.exhibits.text_returns import TextReturns
from ipseval.report.exhibits.text_settings import StatedSetting, TextSettings

ROOT = Path("config/trials")
TRIALS = ("hlt", "trailblazers")


@pytest.fixture(scope="module")
def trials():
    return {name: load_trial(ROOT, name) for name in TRIALS}


@pytest.fixture(scope="module")
def statements():
    return read_published(["config/published/text-claims.csv"]).set_index("id")


def exhibits_of(trials, kind):
    return [
        spec
        for config in trials.values()
        for spec in config.exhibits.exhibits.values()
        if isinstance(spec, kind)
    ]


def treated(trials) -> dict[str, list[str]]:
    """Return how each statement is treated -> statements, as often as they are declared."""
    found = {"computed": [], "configured": [], "declared": [], "left out": []}
    for spec in exhibits_of(trials, TextClaims):
        found["computed"] += [*spec.claims, *spec.confidence]
    for spec in exhibits_of(trials, TextReturns):
        found["computed"] += spec.claims
    for spec in exhibits_of(trials, TextSettings):
        found["configured"] += [*spec.settings, *spec.percentiles]
    for spec in exhibits_of(trials, TextFacts):
        found["declared"] += spec.facts
        found["left out"] += [name for names in spec.left_out.values() for name in names]
    return found


def test_every_statement_is_treated_in_exactly_one_way(trials, statements):
    found = treated(trials)
    times = Counter(name for names in found.values() for name in names)
    assert set(times) == set(statements.index)
    assert {name for name, n in times.items() if n > 1} == set()
    assert {how: len(names) for how, names in found.items()} == {
        "computed": 139,
        "configured": 59,
        "declared": 131,
        "left out": 39,
    }


def test_what_is_not_left_out_is_a_published_cell_and_says_the_same(trials, statements):
    files = sorted(map(str, Path("config/published").glob("*/text-claims.csv")))
    cells = read_published(files).set_index("row")
    left_out = set(treated(trials)["left out"])
    assert set(cells.index) == set(statements.index) - left_out
    assert not cells.index.duplicated().any()
    assert cells["printed"].to_dict() == statements.loc[cells.index, "value"].to_dict()
    sources = cells["exhibit"].str.split(":").str[0]
    assert sources.to_dict() == statements.loc[cells.index, "source"].to_dict()


def test_a_fact_stands_in_the_section_that_states_it(trials, statements):
    for spec in exhibits_of(trials, TextFacts):
        for name, fact in spec.facts.items():
            assert fact.section == statements.loc[name, "section"]
            assert spec.published == f"{statements.loc[name, 'source']}:text-claims"
            assert name in spec.labels


def test_what_the_site_says_of_the_design_is_what_the_facts_say(trials):
    """Dates of the time line and of the trial, and numbers in drawn boxes."""
    facts = {
        name: fact.value
        for spec in exhibits_of(trials, TextFacts)
        for name, fact in spec.facts.items()
    }
    hlt, blazers = trials["hlt"], trials["trailblazers"]
    dates = {one.label: one for one in hlt.exhibits.exhibits["figure-1.1"].events}
    for label, name in {
        "Ethics committee reviews the trials": "hlt-039",
        "HRA approval": "hlt-040",
        "Trials registered": "hlt-042",
        "Analysis plan uploaded": "hlt-043",
    }.items():
        assert dates.pop(label).start == facts[name]
    calendar = {one.label: one.date for one in hlt.trial.milestones}
    assert dates.pop("Referral window extended").start == str(calendar["Referral window extended"])
    assert dates.pop("First national lockdown").start == str(hlt.trial.calendar["lockdown"].date)
    # The other dates are those of computed statements.
    computed = read_published(["config/published/hlt/text-claims.csv"]).set_index("row")["printed"]
    for label, name in {
        "First fidelity review in WMCA": "hlt-071",
        "Second fidelity reviews": "hlt-072",
        "Recruitment": "hlt-004 hlt-005",
        "4-month survey": "hlt-227 hlt-228",
        "12-month survey": "hlt-229 hlt-230",
    }.items():
        event = dates.pop(label)
        days = [event.start, *([event.end] if event.end else [])]
        assert [day[:7] for day in days] == [computed[one] for one in name.split()]
    assert dates == {}
    boxes = blazers.exhibits.exhibits["figure-1"].nodes
    months = {
        "b5": ["trb-020", "trb-021", "trb-022"],
        "n5": ["trb-025", "trb-026"],
        "w5": ["trb-031", "trb-032", "trb-033"],
    }
    for box, names in months.items():
        assert re.findall(r"\d+", boxes[box].text) == [facts[name] for name in names]
    words = {"two": "2", "three": "3", "seven": "7"}
    for box, name in {"w1": "trb-029", "w3": "trb-030", "n3": "trb-024"}.items():
        (word,) = [word for word in re.findall(r"\w+", boxes[box].text) if word in words]
        assert words[word] == facts[name]


def test_a_setting_follows_the_configuration(trials):
    config = trials["hlt"]
    spec = config.exhibits.exhibits["text-settings"]
    held = {name: one.held for name, one in spec.resolved(config).settings.items()}
    assert held["hlt-090"] == config.economics.draws == 10_000
    assert held["hlt-224"] == len(config.trial.groups) == 5
    assert held["hlt-068"] == 99, "the last number before the next band"
    assert held["hlt-185"] == 202004
    economics = config.economics.model_copy(update={"draws": 500})
    changed = deepcopy(config)
    object.__setattr__(changed, "economics", economics)
    assert spec.resolved(changed).settings["hlt-090"].held == 500
    cells = spec.resolved(changed).cells(None).set_index("row")
    assert cells.loc["hlt-090", ["value", "printed", "source"]].tolist() == [
        500,
        "500 draws",
        "config: economics.draws",
    ]
    assert cells.loc["hlt-083", "printed"] == "54"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"at": "economics/drawn"}, "no number or date there"),
        ({"at": "trial/groups"}, "no number or date there"),
        ({"at": "trial/randomisation/eligibility/tall/value"}, "no number or date there: 'tall'"),
        ({"at": "economics/draws", "held": 3}, "the workflow fills it in"),
    ],
)
def test_a_setting_that_is_not_there_is_refused(trials, given, problem):
    spec = StatedSetting.model_validate({"unit": "draws"} | given)
    place = Place(trials["hlt"], Path(), "exhibits")
    assert any(problem in text for _, text in problems(spec, place))


def test_a_fact_that_is_left_out_as_well_is_refused():
    given = {"kind": "text_facts", "title": "T", "base": "B", "left_out": {"of others": ["a"]}}
    fact = {"value": "3", "unit": "sites", "section": "1.1"}
    with pytest.raises(ValueError, match="'a' is a fact, and left out as well"):
        TextFacts.model_validate(given | {"facts": {"a": fact}})
    spec = TextFacts.model_validate(
        given | {"facts": {"b": fact | {"value": "1100000", "unit": "gbp"}}}
    )
    assert spec.noticed(None) == ["Left out (of others): a."]
    assert spec.cells(None)["printed"].tolist() == ["£1,100,000"]
    assert pd.isna(spec.cells(None)["n"]).all()
