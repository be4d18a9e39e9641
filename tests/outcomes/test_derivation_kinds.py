"""A kind of derivation is one new file: nothing lists it, and jobs have the code of their own."""

import re
import subprocess
import sys

import pandas as pd
import pytest
from conftest import Project

from ipseval.config.base import facts
from ipseval.config.load import load_trial
from ipseval.config.outcomes import Outcomes
from ipseval.kinds import DERIVATIONS
from ipseval.outcomes.derivation import Derivation
from ipseval.provenance import ROOT

HALVED = '''"""Derivation: half of another result."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...lazy import np
from ..context import DerivationContext
from ..transforms import OfAnother


class Halved(OfAnother):
    """Another result, divided by two."""

    kind: Literal["halved"]
    times: int = Field(1, ge=1, description="How often it is divided.")

    def derive(self, name: str, context: DerivationContext) -> np.ndarray:
        """Return the number, divided."""
        return context.numbers(self.of, f"{name}.of") / 2**self.times
'''
KIND = "workflow/ipseval/outcomes/derivations/halved.py"
OUTCOMES = "config/trials/nsw/outcomes.yaml"
QUARTER = "  quarter: {kind: halved, of: earnings_1978, times: 2, label: Quarter, unit: USD}\n"
PEOPLE = "results/small/nsw/outcomes/people.parquet"


def text_of(done: subprocess.CompletedProcess) -> str:
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_new_kind_is_one_new_file(project: Project):
    (project / KIND).write_text(HALVED)
    with (project / OUTCOMES).open("a") as file:
        file.write(QUARTER)
    text_of(project.snakemake(PEOPLE))
    people = pd.read_parquet(project / PEOPLE)
    assert people["quarter"].tolist() == (people["earnings_1978"] / 4).tolist()
    assert people["quarter"].max() > 0
    # What only people read is in no job's parameters; what a kind does is.
    project.edit(OUTCOMES, "label: Quarter", "label: A quarter")
    assert project.planned(PEOPLE)[0] == {}
    project.edit(KIND, "Another result, divided by two.", "Half of another result.")
    assert project.planned(PEOPLE)[0] == {}
    other = project / KIND.replace("halved", "quartered")
    other.write_text(HALVED.replace("halved", "quartered").replace("Halved", "Quartered"))
    assert project.planned(PEOPLE)[0] == {}
    project.edit(KIND, "/ 2**", "/ 3**")
    assert project.planned(PEOPLE)[0] == {"derive_outcomes": 1}


def test_a_new_kind_is_documented_and_its_mistakes_are_named(project: Project):
    (project / KIND).write_text(HALVED)
    text_of(project.ipseval("docs"))
    page = (project / "docs/reference/configuration.md").read_text()
    own = page[page.index("#### halved\n") :].split("\n#### ")[0]
    assert "Another result, divided by two." in own
    assert "| `times` | whole number | `1` | How often it is divided. |" in own
    assert '"halved": "#/$defs/Halved"' in (
        (project / "workflow/schemas/outcomes.schema.json").read_text()
    )
    for old, new, message, key in (
        ("kind: halved", "kind: halvd", "unknown kind 'halvd'; did you mean 'halved'?", "quarter"),
        ("of: earnings_1978", "of: earning_1978", "did you mean 'earnings_1978'?", "quarter.of"),
        ("times: 2", "time: 2", "unknown key 'time'; did you mean 'times'?", "quarter"),
    ):
        text = (project / OUTCOMES).read_text()
        (project / OUTCOMES).write_text(text + QUARTER.replace(old, new))
        refused = project.snakemake("--dry-run", PEOPLE)
        (project / OUTCOMES).write_text(text)
        assert refused.returncode != 0
        assert message in refused.stdout
        line = len(text.splitlines()) + 1
        assert re.search(rf"file: .*nsw/outcomes\.yaml, line {line}\b", refused.stdout)
        assert f"rule: outcomes.{key}" in refused.stdout


def test_the_configuration_is_read_without_large_libraries():
    """Parsing the workflow imports the declarations of kinds, and must not wait for pandas."""
    code = """
import sys
from pathlib import Path

from ipseval.config.outcomes import Outcomes
from ipseval.config.read import read_section

for path in sorted(Path("config/trials").glob("*/outcomes.yaml")):
    declared = read_section(path, Outcomes)
    assert declared.tables is not None and declared.by_linkage is not None
print(sorted({"numpy", "pandas", "scipy", "statsmodels", "pyarrow"} & set(sys.modules)))
"""
    environment = {"PYTHONPATH": str(ROOT / "workflow")}
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout == "[]\n"


def test_a_lazy_library_is_whole_for_every_thread():
    """Snakemake asks for pandas in threads; a library found half loaded would stop a run."""
    code = """
from concurrent.futures import ThreadPoolExecutor

from ipseval.lazy import pd


def plain(_):
    import pandas

    return pandas.DataFrame


with ThreadPoolExecutor(8) as threads:
    lazy = [threads.submit(lambda: pd.DataFrame) for _ in range(8)]
    plain = list(threads.map(plain, range(8)))
assert {one.result() for one in lazy} == set(plain)
"""
    environment = {"PYTHONPATH": str(ROOT / "workflow")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("kind", DERIVATIONS.names)
def test_every_kind_says_what_it_is(kind):
    declared = DERIVATIONS.declared_by(kind)
    assert issubclass(declared, Derivation)
    assert declared.__doc__
    assert "derive" in vars(declared)


@pytest.mark.parametrize("trial", ["hlt", "trailblazers", "nsw"])
def test_facts_have_no_label_and_derive_the_same(trial):
    outcomes = load_trial(ROOT / "config" / "trials", trial).outcomes
    plain = facts(outcomes)
    read = Outcomes.model_validate(plain)
    assert {spec.label for spec in read.derived.values()} == {""}
    assert read.units == outcomes.units
    assert list(read.by_linkage) == list(outcomes.by_linkage)
    assert read.tables == outcomes.tables
    # Reasons stand in samples.csv and names of bands in people.parquet, so they stay.
    assert [s.steps for s in read.samples.values()] == [s.steps for s in outcomes.samples.values()]
    assert [getattr(spec, "labels", None) for spec in read.derived.values()] == [
        getattr(spec, "labels", None) for spec in outcomes.derived.values()
    ]
