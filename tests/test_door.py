"""The door: what a notebook asks of a trial's results, and why a number is what it is."""

import json
import subprocess
import sys

import pytest

from ipseval.provenance import PACKAGE

OPEN = "import json, ipseval; hlt = ipseval.open('results/small/hlt');"


def asked(project, question: str) -> str:
    """Return what a question prints, asked in a project with results."""
    done = project.python("-c", OPEN + question)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def cell(reference) -> dict:
    """A cell of Table 2.1, and why it is what it is."""
    return json.loads(
        asked(
            reference,
            "w = hlt.why('table-2.1', panel='scr_iw', row='health');"
            "print(json.dumps({'cell': {k: str(v) for k, v in w.cell.items()}, 'parts': w.parts}))",
        )
    )


def test_estimates_equal_the_file_to_the_bit(reference):
    question = (
        "import pandas as pd;"
        "f = pd.read_csv('results/small/hlt/impact/primary.csv', dtype={'timepoint': 'str'});"
        "print(hlt.estimate('primary').equals(f), len(f) > 0)"
    )
    assert asked(reference, question).split() == ["True", "True"]


def test_people_and_exhibits_are_those_of_the_results(reference):
    question = (
        "e = hlt.exhibit('table-2.1'); print(json.dumps([len(hlt.people), len(hlt.exhibits),"
        "e.title, sorted(set(e.cells['panel'])), '<table' in e._repr_html_()]))"
    )
    people, exhibits, title, panels, is_table = json.loads(asked(reference, question))
    assert people == 979
    assert exhibits > 100
    assert title.startswith("Impacts at 12 months")
    assert {"scr_iw", "wmca_oow"} <= set(panels)
    assert is_table


def test_why_names_estimate_sample_outcome_records_and_code(cell, reference):
    parts = cell["parts"]
    assert list(parts)[:2] == ["number", "exhibit"]
    text = {head: "\n".join(lines) for head, lines in parts.items()}
    assert cell["cell"]["printed"] in text["number"]
    assert "report/exhibits/impact_table.py, line" in text["exhibit"]
    assert "config/trials/hlt/exhibits/impact.yaml, line" in text["exhibit"]
    assert "estimate " in text["estimate"]
    assert "n_treatment" in text["estimate"]
    assert "estimator ols" in text["model"]
    assert "config/trials/hlt/models.yaml, line" in text["model"]
    assert "people randomised" in text["sample"]
    assert "config/trials/hlt/outcomes.yaml, line" in text["outcome"]
    assert "outcomes/derivations/score.py, line" in text["outcome"]
    assert "survey_12_month: " in text["records"]
    assert "ipseval audit" in text["audit"]


def test_the_estimate_behind_a_cell_is_the_one_it_prints(cell, reference):
    row = json.loads(
        asked(
            reference,
            "e = hlt.estimate('health'); e = e[(e['group'] == 'scr_iw') & (e['term'] == 'arm')"
            " & (e['outcome'] == 'eq5d5l_12m') & (e['model'] == 'ols_hc1')];"
            "print(e[['effect_sd', 'n']].iloc[0].to_json())",
        )
    )
    assert float(cell["cell"]["value"]) == pytest.approx(row["effect_sd"])
    assert int(cell["cell"]["n"]) == row["n"]
    assert f"n {int(row['n']):,}" in "\n".join(cell["parts"]["estimate"])


def test_every_cell_of_every_exhibit_can_be_asked(reference):
    question = (
        "import itertools\n"
        "for name in hlt.exhibits:\n"
        "    for c in hlt.exhibit(name).cells.drop_duplicates('source').head(3).itertuples():\n"
        "        keys = dict(panel=c.panel, row=c.row, column=c.column, statistic=c.statistic)\n"
        "        try: assert str(hlt.why(name, **keys))\n"
        "        except ipseval.InputError as e: assert 'cells fit' in str(e), (name, str(e))\n"
        "print('all')"
    )
    assert asked(reference, question).split() == ["all"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("hlt.why('table-2.2')", "cells fit"),
        ("hlt.why('table-2.1', panel='scr_iv')", "did you mean 'scr_iw'"),
        ("hlt.why('table-2.9')", "did you mean 'table-2."),
        ("hlt.estimate('primry')", "did you mean 'primary'"),
        ("ipseval.open('results/small/htl')", "no results of a trial"),
    ],
)
def test_what_is_not_there_is_refused_with_the_nearest(reference, question, said):
    done = reference.python("-c", OPEN + question)
    assert done.returncode != 0
    assert said in done.stdout


def test_why_and_uses_from_the_command_line(reference):
    keys = ("--panel", "scr_iw", "--row", "health", "--run", "small")
    done = reference.ipseval("why", "hlt/table-2.1", *keys)
    assert done.returncode == 0, done.stdout
    assert "estimator ols" in done.stdout
    done = reference.ipseval("uses", "primary", "--trial", "hlt", "--run", "small")
    assert done.returncode == 0, done.stdout
    assert "used by exhibits.table-2.1" in done.stdout
    assert "hlt/impact/primary.csv" in done.stdout
    assert "hlt/impact/health.csv" not in done.stdout
    done = reference.ipseval("uses", "primry", "--run", "small")
    assert done.returncode == 1
    assert "did you mean 'primary'" in done.stdout


def test_importing_the_package_imports_nothing_else():
    code = (
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); import ipseval;"
        "print(sorted(m for m in sys.modules if m.startswith('ipseval') or m == 'pandas'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['ipseval']"
