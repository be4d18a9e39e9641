"""Kinds of exhibits: one module each, mistakes in their declarations named with what was meant."""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from helpers import trial_config
from pydantic import ValidationError

from ipseval.catalogue import RESULTS
from ipseval.config.check import check_trial
from ipseval.config.declared import TRIAL_FILES
from ipseval.config.exhibits import Exhibits, FigureExhibit, TableExhibit
from ipseval.kinds import EXHIBITS, PACKAGE
from ipseval.provenance import ROOT
from ipseval.reference import configuration_page
from ipseval.report.cells import read_cells

TRIALS = ("hlt", "trailblazers", "nsw")


def hlt():
    return trial_config("hlt")


def problems(name: str, change: dict) -> str:
    """Return what is wrong once one exhibit of HLT is changed."""
    config = hlt()
    spec = config.exhibits.exhibits[name].model_copy(update=change)
    published = config.exhibits.published
    made = Exhibits.model_construct(chapters={}, exhibits={name: spec}, published=published)
    paths = {stem: Path(f"{stem}.yaml") for stem in TRIAL_FILES}
    found = check_trial(replace(config, exhibits=made), paths, ROOT)
    return "\n".join(str(problem) for problem in found)


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


@cache
def page() -> str:
    return configuration_page()


@pytest.mark.parametrize("kind", EXHIBITS.names)
def test_a_kind_is_one_class_that_is_a_table_or_a_figure(kind):
    declared = EXHIBITS.declared_by(kind)
    assert declared.__module__ == EXHIBITS.module(kind)
    assert issubclass(declared, TableExhibit) != issubclass(declared, FigureExhibit)
    assert "cells" in vars(declared), "it says how its cells are made"
    assert ("draw" in vars(declared)) == issubclass(declared, FigureExhibit)
    assert declared.__doc__, "it says what it shows"


# What a kind gets from Data -> the result of the catalogue that it is.
ATTRIBUTES = {"people": "people", "quality": "quality", "match_models": "match_models"}
SUMMED = {"allocation": "people", "responses": "weights"}
FUNCTIONS = {"members_of_group": "people", "headline": "summary", "quantity": "people"}


def results_asked_for(kind: str) -> set[str]:
    """Return the results that the code of a kind asks for by name."""
    file = PACKAGE.parent.joinpath(*EXHIBITS.module(kind).split(".")).with_suffix(".py")
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "data":
            found |= {ATTRIBUTES[node.attr]} if node.attr in ATTRIBUTES else set()
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called == "table" and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
            if called in FUNCTIONS:
                found.add(FUNCTIONS[called])
    return found


def told_in_prose(kind: str) -> set[str]:
    """Return the results that the notebooks of the chapters with a kind ask for by name."""
    found = set()
    for trial in TRIALS:
        exhibits = trial_config(trial).exhibits
        for chapter in exhibits.chapters.values():
            if kind in {exhibits.exhibits[name].kind for name in chapter.exhibits}:
                notebook = ROOT / "notebooks" / f"{chapter.notebook}.ipynb"
                prose = notebook.read_text(encoding="utf-8")
                found |= set(re.findall(r'data\.table\(\\"(\w+)\\"\)', prose))
                summed = re.findall(r'data\.summed\(\\"(\w+)\\"\)', prose)
                found |= {SUMMED[name] for name in summed}
    return found


@pytest.mark.parametrize("kind", EXHIBITS.names)
def test_a_kind_reads_results_of_the_catalogue_and_says_which(kind):
    declared = EXHIBITS.declared_by(kind)
    assert set(declared.reads) <= set(RESULTS)
    asked_for = results_asked_for(kind)
    assert asked_for <= set(declared.reads)
    assert set(declared.reads) - asked_for <= told_in_prose(kind)


def test_every_kind_is_in_the_reference():
    shown = {
        spec.kind for trial in TRIALS for spec in trial_config(trial).exhibits.exhibits.values()
    }
    assert shown <= set(EXHIBITS.names)
    assert len(shown) > 40
    for kind in EXHIBITS.names:
        assert f"| [`{kind}`](#{kind}) | " in page()
        assert f"\n#### {kind}\n" in page()


@pytest.mark.parametrize("kind", ["forest_plots", "flow"])
def test_an_unknown_kind_is_refused_with_the_nearest(kind):
    nearest = {"forest_plots": "; did you mean 'forest_plot'?", "flow": ""}[kind]
    given = {"kind": kind, "title": "T", "base": "B"}
    with pytest.raises(ValidationError) as refused:
        Exhibits.model_validate({"chapters": {}, "exhibits": {"x": given}})
    assert f"unknown kind '{kind}'{nearest}" in str(refused.value)


def test_importing_a_kind_loads_neither_pandas_nor_matplotlib():
    code = """
import importlib, sys
from ipseval.kinds import EXHIBITS

def loaded(name):
    module = sys.modules.get(name)
    return module is not None and type(module).__name__ != "_LazyModule"

for kind in EXHIBITS.names:
    importlib.import_module(EXHIBITS.module(kind))
    heavy = [n for n in ("pandas", "numpy", "matplotlib", "scipy", "statsmodels") if loaded(n)]
    assert not heavy, (kind, heavy)
print(len(EXHIBITS.names))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(EXHIBITS.names)


NEW = '''"""People at each site."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import PeopleColumn, TableExhibit
from ...lazy import pd
from ..cells import as_frame, cell, source_of

if TYPE_CHECKING:
    from ..data import Data


class PeopleBySite(TableExhibit):
    """People at each site."""

    kind: Literal["people_by_site"]
    reads: ClassVar[tuple[str, ...]] = ("people",)
    column: PeopleColumn = Field(description="Column of people.parquet with the site.")

    def cells(self, data: Data) -> pd.DataFrame:
        """People; row site."""
        counts = data.people[self.column].value_counts().sort_index()
        cells = []
        for site, n in counts.items():
            source = source_of("people", **{self.column: site})
            cells.append(cell("all", site, "n", "count", n, str(n), "people", n, source=source))
        return as_frame(cells)
'''
EXHIBIT = """
  sites:
    kind: people_by_site
    title: Men at each site
    base: Everyone randomised
    column: site
    layout: {rows: [row], columns: [column]}
"""
MAKE = """
from pathlib import Path
import pandas as pd
from ipseval.config.load import load_project
from ipseval.report.data import Data
from ipseval.report.make import make_exhibit
from ipseval.report.needs import config_from, config_slice, files_read, files_written, modules_of

config = load_project(Path.cwd(), {"run": "small", "trials": ["nsw"]}).trials["nsw"]
shown = config.exhibits
assert "outcomes/people.parquet" in files_read(shown, "linkage")
assert "sites.html" in files_written(shown, "linkage")
assert "ipseval.report.exhibits.people_by_site" in modules_of(shown, "linkage")
folder = Path("made")
(folder / "outcomes").mkdir(parents=True)
people = pd.DataFrame({"site": ["york", "leeds", "york"]})
people.to_parquet(folder / "outcomes" / "people.parquet")
parts = config_slice(config, "linkage")
data = Data(folder, config_from(parts), False, parts["labels"], frozenset(parts["unlabelled"]))
make_exhibit("sites", data.config.exhibits.exhibits["sites"], data, folder)
"""


def test_a_new_kind_is_one_new_file(project):
    (project / "workflow/ipseval/report/exhibits/people_by_site.py").write_text(NEW)
    exhibits = "config/trials/nsw/exhibits.yaml"
    project.edit(exhibits, "exhibits: [linkage-quality]", "exhibits: [linkage-quality, sites]")
    with (project / exhibits).open("a") as file:
        file.write(EXHIBIT)
    project.edit(exhibits, "column: site", "column: sitte")
    refused = project.python("-c", MAKE)
    assert "unknown name 'sitte'; did you mean 'site'?" in refused.stdout
    project.edit(exhibits, "column: sitte", "column: site")
    done = project.python("-c", MAKE)
    assert done.returncode == 0, done.stdout
    cells = read_cells(project / "made/sites.csv")
    assert list(zip(cells["row"], cells["value"], strict=True)) == [("leeds", 1), ("york", 2)]
    people = "outcomes/people.parquet"
    assert list(cells["source"]) == [f"{people}: site=leeds", f"{people}: site=york"]
    assert "York" in (project / "made/sites.html").read_text()
    assert project.ipseval("docs").returncode == 0
    reference = (project / "docs/reference/configuration.md").read_text()
    assert "#### people_by_site\n\nPeople at each site." in reference
    assert '"people_by_site"' in (project / "workflow/schemas/exhibits.schema.json").read_text()
    project.edit(exhibits, "kind: people_by_site", "kind: people_by_sites")
    refused = project.python("-c", MAKE)
    assert "unknown kind 'people_by_sites'; did you mean 'people_by_site'?" in refused.stdout
