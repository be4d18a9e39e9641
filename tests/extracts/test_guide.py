"""The guide to real data: every entry of a run file in it is understood, and does what it says."""

import re
from pathlib import Path

import pytest
import yaml
from helpers import trial_config

from ipseval.config.check import check_run
from ipseval.config.run import ExtractSource, Run
from ipseval.provenance import ROOT

GUIDE = (ROOT / "docs/how-to/real-data.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml run\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_an_entry_of_the_guide_is_understood(block):
    tables = yaml.safe_load(block)
    run = Run.model_validate(
        {
            "description": "d",
            "seed": 1,
            "extracts": {"hlt": {"source": "files", "folder": "data", "tables": tables}},
        }
    )
    assert check_run(run, {"hlt": trial_config("hlt")}, Path("run.yaml")) == []


def test_the_guide_has_an_entry_for_each_kind_of_file_by_name():
    formats = {file.format for block in BLOCKS for file in _files(yaml.safe_load(block))}
    assert {"csv", "sas", "spss", "excel", "fixed", "sqlite", "database"} <= formats


def _files(tables):
    run = {"source": "files", "folder": "data", "tables": tables}
    source = ExtractSource.model_validate(run)
    return [file for name in source.tables for file in source.files(name)]
