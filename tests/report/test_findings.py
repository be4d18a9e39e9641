"""The first page: findings of declared families and groups, and what is reproduced."""

from dataclasses import replace

import pandas as pd
import pytest
from helpers import trial_config

from ipseval.config.exhibits import Findings
from ipseval.report.facts import TrialMade
from ipseval.report.findings import Front, found_in, reproduced

LABELS = {"men": "Men"}


@pytest.fixture
def nsw(reference):
    """Return the first page of nsw, with findings declared so."""

    def front(concordance: pd.DataFrame, **declared: object):
        config = trial_config("nsw")
        found = Findings(**declared) if declared else None
        exhibits = config.exhibits.model_copy(update={"findings": found, "published": ["a", "b"]})
        config = replace(config, exhibits=exhibits)
        made = TrialMade("small", "nsw", reference / "results/small/nsw", config)
        return Front(found_in(made, LABELS), reproduced(exhibits.published, concordance))

    return front


NONE = pd.DataFrame(columns=["exhibit", "status"], dtype="str")


def test_without_a_declaration_the_first_family_is_told(nsw):
    front = nsw(NONE)
    assert [one.heading for one in front.found] == [
        "Earnings in 1978",
        "Costs and returns: Financial case of the exchequer",
        "Costs and returns: Economic case of society",
    ]
    assert "Men: $6,349 in the treatment group" in front.found[0].sentences[0]
    assert "95% CI $551 to $3,038; n = 445" in front.found[0].sentences[0]
    assert front.reproduced == "", "nothing is published of it"


def test_declared_families_are_told_in_their_order(nsw):
    front = nsw(NONE, families=["employment", "earnings"], groups=["men"])
    assert [one.heading for one in front.found][:2] == ["Employed in 1978", "Earnings in 1978"]


def test_a_group_that_is_not_named_is_not_told(nsw):
    front = nsw(NONE, families=["earnings"], groups=["women"])
    assert front.found == []


def test_what_is_reproduced_is_counted_of_the_trials_own_sources(nsw):
    statuses = ["agrees"] * 3 + ["by_construction", "close", "impossible", "not_produced"]
    table = pd.DataFrame(
        {
            "exhibit": ["a:table-1"] * 5 + ["b:table-2"] * 2 + ["c:table-3"],
            "status": [*statuses, "differs"],
        }
    )
    assert nsw(table).reproduced == (
        "Of 7 published figures, 4 (57%) are reproduced to the printed digit (1 of them by "
        "construction); 1 is within the tolerance of its statistic, 1 contradicts other published "
        "figures, none differs, none was searched for "
        "but not reached, and 1 is illegible in print or not produced."
    )
