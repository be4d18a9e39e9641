"""`ipseval check`: what a run would read and refuse, said before it is started."""

import re
import shutil

import pandas as pd
import pytest
from helpers import hlt_twin, trial_config

from ipseval.check_run import check_run
from ipseval.provenance import ROOT

TIMES = "%Y-%m-%d %H:%M:%S"


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    """The project with the twin's extracts as CSV files of the run `real`."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "config", root / "config")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    (root / "data/hlt").mkdir(parents=True)
    tables = hlt_twin(0.02)
    for name in trial_config("hlt").extracts.tables:
        tables[name].to_csv(root / f"data/hlt/{name}.csv", index=False)
    run = root / "config/runs/real.yaml"
    text = run.read_text().replace("folder: data/hlt", f"folder: {root}/data/hlt")
    named = "recruits: {path: recruits.csv}"
    assert named in text
    text = text.replace(named, named.replace("}", f", datetime_format: '{TIMES}'}}"))
    run.write_text(text)
    return root


def test_a_delivery_that_is_whole(delivered):
    text, good = check_run(delivered, "real")
    assert good
    assert "Configuration: nothing wrong." in text
    rows = len(pd.read_csv(delivered / "data/hlt/payments.csv"))
    line = next(line for line in text.splitlines() if line.strip().startswith("payments "))
    assert f"1 file  {rows:,} rows" in line
    # The numbers of synthetic people are nobody's.
    people = len(pd.read_csv(delivered / "data/hlt/recruits.csv")["nino"].dropna())
    assert f"recruits.nino: {people:,} National Insurance numbers" in text
    assert f"{people:,} that could belong to nobody" in text
    assert "MB of memory" in text


def test_everything_that_would_be_refused_in_one_report(delivered, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(delivered, root)
    run = root / "config/runs/real.yaml"
    run.write_text(run.read_text().replace(str(delivered), str(root)))
    (root / "data/hlt/ledger.csv").unlink()
    payments = root / "data/hlt/payments.csv"
    lines = payments.read_text().splitlines()
    lines[2] += ",SECRET"
    payments.write_text("\n".join(lines) + "\n")
    text, good = check_run(root, "real")
    assert not good
    assert "refused: 1 problem, below" in text
    assert "file is missing" in text
    assert "1 row has 8 fields and not 7" in text
    assert "rows: 2\n" in text
    assert "SECRET" not in text


def test_only_the_first_rows_of_a_large_file_are_read(delivered, monkeypatch):
    monkeypatch.setattr("ipseval.check_run.SAMPLE", 100)
    text, good = check_run(delivered, "real")
    assert good
    assert "100 rows (only the first rows were read: --full reads all)" in text
    assert "a run reads all rows of" in text
    assert re.search(r"by the size of the files some [1-9][\d,]* s and [\d,]+ MB", text)
    assert "only the first rows" not in check_run(delivered, "real", full=True)[0]


def test_a_run_of_synthetic_people_has_no_files(delivered):
    text, good = check_run(delivered, "small")
    assert good
    assert "There are no files to check." in text
