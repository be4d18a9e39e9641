"""Kinds of exhibits: mistakes in their declarations are named with what was meant."""

from functools import cache
from pathlib import Path

import pytest

from ipseval.config.check_exhibits import check_exhibits
from ipseval.config.declared import TRIAL_FILES
from ipseval.config.exhibits import FIGURES, Exhibits
from ipseval.config.load import load_trial
from ipseval.config.names import Names
from ipseval.provenance import ROOT
from ipseval.report.exhibits.figures import FIGURES as DRAWN
from ipseval.report.exhibits.tables import TABLES
from ipseval.report.needs import NEEDS


@cache
def hlt():
    return load_trial(ROOT / "config" / "trials", "hlt")


def problems(name: str, change: dict) -> str:
    """Return what is wrong once one exhibit of HLT is changed."""
    config = hlt()
    spec = config.exhibits.exhibits[name].model_copy(update=change)
    made = Exhibits.model_construct(chapters={}, exhibits={name: spec})
    names = Names({stem: Path(f"{stem}.yaml") for stem in TRIAL_FILES})
    check_exhibits(type(config)(**(vars(config) | {"exhibits": made})), names, ROOT)
    return "\n".join(str(problem) for problem in names.problems)


def method(**given):
    spec = hlt().exhibits.exhibits["robustness-employment"]
    return {"rows": [spec.rows[0], spec.rows[1].model_copy(update=given)]}


def entry(**given):
    spec = hlt().exhibits.exhibits["table-6.3"]
    return {"entries": [spec.entries[0].model_copy(update=given)]}


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("subgroups-employment", {"family": "subgroup"}, "did you mean 'subgroups'"),
        ("subgroups-employment", {"family": "primary"}, "'primary' has no subgroups"),
        ("subgroups-employment", {"outcome": "eq5d5l_12m"}, "unknown name 'eq5d5l_12m'"),
        ("subgroups-employment", {"model": "ols_hc2"}, "did you mean 'ols_hc1'"),
        ("robustness-employment", method(family="robust"), "did you mean 'robustness'"),
        ("robustness-employment", method(model="unadjusted"), "did you mean 'unadjusted_hc1'"),
        ("robustness-employment", method(outcome="earnings"), "unknown name 'earnings'"),
        ("robustness-employment", method(model="ols_hc1"), "two rows are called"),
        ("robustness-employment", method(family="by_month"), "more than one row an outcome"),
        (
            "robustness-employment",
            method(family="primary_tests", model="westfal_young"),
            "did you mean 'westfall_young'",
        ),
        (
            "robustness-employment",
            method(family="robustness", model="survey_hc2"),
            "unknown name 'employed_13_weeks_12m'",
        ),
        ("robustness-employment", {"groups": ["scr"]}, "unknown name 'scr'"),
        ("tests-primary", {"tests": "primary_test"}, "did you mean 'primary_tests'"),
        ("response-imbalance", {"family": "respons"}, "did you mean 'response'"),
        ("response-imbalance", {"family": "by_month"}, "more than one row a group"),
        ("survey-4m-impacts", {"outcomes": ["employed_12m"]}, "did you mean 'employed_4m'"),
        ("survey-4m-impacts", {"family": "subgroups"}, "more than one row a group"),
        ("table-6.3", entry(family="survey_5m"), "did you mean 'survey_4m'"),
        ("table-6.3", entry(outcome="employed_14m"), "did you mean 'employed_4m'"),
    ],
    ids=str,
)
def test_a_wrong_name_is_found_with_the_nearest(name, change, message):
    assert problems(name, {}) == ""
    assert message in problems(name, change)


def test_every_kind_is_built_and_knows_what_it_reads():
    kinds = set(NEEDS)
    assert kinds == set(TABLES) | set(DRAWN)
    assert set(DRAWN) == set(FIGURES)
    assert not set(TABLES) & set(DRAWN)
