"""Exhibits of linkage: identifiers, and links held back."""

from types import SimpleNamespace

import pandas as pd
import pytest
from helpers import trial_config

from ipseval.linkage.health import HEALTH
from ipseval.linkage.quality import QUARANTINE
from ipseval.report.exhibits.identifier_health import IdentifierHealth
from ipseval.report.exhibits.linkage_quarantine import LinkageQuarantine


def printed(kind, name: str, table: pd.DataFrame) -> dict:
    spec = kind.model_construct()
    cells = spec.cells(SimpleNamespace(table={name: table}.__getitem__))
    return {
        (line.panel, line.row, line.column): line.printed
        for line in cells.itertuples()
        if line.n is not pd.NA
    }


def test_identifiers():
    rows = [
        ["tax", "jobs", "nino", "nino", 2000, 1500, 1200, 3, 4, 0.8],
        ["tax", "jobs", "postcode", "postcode", 2000, 0, 0, 0, None, None],
    ]
    table = pd.DataFrame(rows, columns=HEALTH).astype({"shared": "Int64"})
    found = printed(IdentifierHealth, "identifiers", table)
    nino = {key[2]: text for key, text in found.items() if key[1] == "jobs, nino"}
    assert nino == {
        "records": "2,000",
        "present": "1,500",
        "well_formed": "1,200",
        "placeholder": "3",
        "shared": "4",
        "share_well_formed": "80.0%",
    }
    postcode = {key[2] for key in found if key[1] == "jobs, postcode"}
    assert postcode == {"records", "present", "well_formed", "placeholder"}


def test_links_held_back():
    rows = [
        ["tax", "nino", "all", "all", 3, 7, 1, 2000],
        ["tax", "nino", "g", "1", 3, 7, 1, 2000],
        ["tax", "nino", "g", "0", 0, 0, 0, 2000],
        ["tax", "other", "all", "all", 0, 0, None, None],
    ]
    found = printed(LinkageQuarantine, "quarantine", pd.DataFrame(rows, columns=QUARANTINE))
    whole = {key[2]: text for key, text in found.items() if key[1] == "nino"}
    assert whole == {"people": "3", "records": "7", "right": "1", "lost": "0.050%"}
    assert found["tax", "nino, g, treatment", "people"] == "3"
    assert not any("control" in key[1] for key in found), "an arm without any has no row"
    # Where the truth is not known, nothing is said of it.
    assert {key[2] for key in found if key[1] == "other"} == {"people", "records"}


@pytest.mark.parametrize("trial", ["hlt", "trailblazers"])
def test_every_trial_that_links_shows_identifiers_quarantine_and_bounds(trial):
    config = trial_config(trial)
    assert config.trial.sources
    chapters = config.exhibits.chapters.values()
    shown = [config.exhibits.exhibits[name] for chapter in chapters for name in chapter.exhibits]
    assert {"identifier_health", "linkage_quarantine"} <= {spec.kind for spec in shown}
    bounds = [
        spec
        for spec in shown
        if spec.kind == "estimates_table" and spec.subgroups == ["used", "unlinked_missing"]
    ]
    assert len(bounds) == 1
    family = config.models.families[bounds[0].family]
    assert family.by_linkage
    assert set(bounds[0].outcomes) <= set(family.outcomes)
