"""Every cell says where it comes from: a text that selects rows when it is read back."""

from types import SimpleNamespace

import pandas as pd
import pytest
from hand import GROUPS, estimate, results
from helpers import trial_config
from sources import Sources, in_data
from test_comparisons import PEOPLE, data_of
from test_margins import LOGIT as MARGINS
from test_margins import rows as margin_rows
from test_odds import forest
from test_regressions import FAMILY, LINES, LOGIT

from ipseval.kinds import EXHIBITS
from ipseval.report.cells import DECLARED, cell, joined, read_cells, read_source, source_of
from ipseval.report.data import Data
from ipseval.report.make import make_exhibit

FACE = {"title": "T", "base": "B"}
TABLE = FACE | {"layout": {"rows": ["panel", "row"], "columns": ["column"]}}
TESTS = {
    "label": "Together",
    "groups": ["north"],
    "timepoint": "12",
    "hypotheses": [{"family": "f", "model": "logit", "outcomes": ["work"]}],
    "methods": ["hochberg"],
}


def estimates() -> Data:
    """Return regressions, margins and tests of a family."""
    models = {"logit": LOGIT, "margins": MARGINS | {"interaction": "keen"}}
    lines = [*LINES, *(line | {"model": "margins"} for line in margin_rows("north"))]
    tested = [
        estimate(group, "work", "hochberg", p_adjusted=0.04, p_value=0.02)
        for group in ("north", "all")
    ]
    made = {"f": lines, "t": tested, "u": tested[:1]}
    return results({"f": FAMILY | {"models": models}}, made, {"t": TESTS, "u": TESTS})


def extracts() -> Data:
    """Return people and records of tables about no person."""
    reviews = pd.DataFrame({"review": [1, 2], "site": ["a site", "b"]})
    items = pd.DataFrame({"review": [1, 2], "item": [1, 2], "score": [5, 3], "kind": ["x", "y"]})
    return data_of(PEOPLE.assign(inside=[1.0, 1, 1, 1, 1, 0, 1, 0]), reviews=reviews, items=items)


def repairs() -> Data:
    exhibits = SimpleNamespace(low_quality_below=None)
    config = SimpleNamespace(trial=SimpleNamespace(groups=GROUPS), exhibits=exhibits)
    data = Data(None, config, True, {})
    checks = {"table": ["t"], "rows": [9], "rows_refused": [1], "values_set_missing": [2]}
    made = {"table": ["t", "u"], "column": ["c", "c"], "rule": ["at most 5", "unknown; code"]}
    made |= {"done": ["set_missing", "left_out"], "rows": [2, 1]}
    tables = {"checks": pd.DataFrame(checks), "repairs": pd.DataFrame(made)}
    object.__setattr__(data, "table", tables.__getitem__)
    return data


GROUPED = {"model": "logit", "groups": {"all": "pooled"}, "outcomes": {"work": "work"}}
CASES = {
    "balance_tests": (
        {"panel": "p", "group": "north", "sample": "inside", "rows": {"age": {"column": "age"}}},
        extracts,
    ),
    "counts_by_group": (
        {
            "groups": {"north": "n", "all": "a"},
            "rows": [
                {"row": "everyone", "columns": ["all", "control"]},
                {"row": "out", "column": "inside", "missing": True},
            ],
        },
        extracts,
    ),
    "histogram": (
        {"column": "age", "group": "all", "sample": "inside", "edges": [0, 50, 99], "unit": "y"},
        extracts,
    ),
    "record_profile": (
        {
            "table": "items",
            "panel": "kind",
            "panels": ["x", "y"],
            "row": "items",
            "columns": {"item": ["1", "2"]},
        },
        extracts,
    ),
    "scores_table": (
        {"reviews": "reviews", "table": "items", "key": "review", "panel": "site"}
        | {"panels": ["a site", "b"], "item": "item", "rows": {"1": "r1", "2": "r2"}}
        | {"score": "score", "maximum": 5, "total_row": "total"},
        extracts,
    ),
    "regression_table": (
        {
            "family": "f",
            "rows": {
                "arm": {"column": "arm"},
                "omitted": {"omitted": True},
                "dropped": {"column": "benefit=sda"},
                "absent": {"column": "site=south", "absent": "dash"},
                "without": {"column": "site=south"},
                "dummies": {"dummies": "month"},
                "margin": {"margin": [0, 1]},
                "mean": {"show": "control_mean"},
                "effect": {"show": "marginal_effect"},
                "n": {"show": "n"},
            },
        }
        | GROUPED,
        estimates,
    ),
    "effects_table": ({"family": "f", "tests": "t", "method": "hochberg"} | GROUPED, estimates),
    "margins_plot": (
        {"family": "f", "model": "margins", "outcome": "work", "groups": ["north"]}
        | {"levels": ("Less", "More")},
        estimates,
    ),
    "verdicts_table": ({"tests": {"t": "six", "u": "two"}, "method": "hochberg"}, estimates),
    "odds_forest": (
        {"family": "f", "model": "logit", "outcome": "work", "sites": ["north", "south"]}
        | {"pooled": "all"},
        lambda: forest()[1],
    ),
    "extract_repairs": ({"tables": ["t"]}, repairs),
    "declared_table": ({"rows": {"r": {"c": "text"}}}, repairs),
}


@pytest.mark.parametrize("kind", CASES)
def test_every_cell_of_a_kind_has_a_source_that_selects_rows(kind):
    given, make = CASES[kind]
    declared = EXHIBITS.declared_by(kind)
    face = TABLE if "layout" in declared.model_fields else FACE
    spec, data = declared.model_validate({"kind": kind} | face | given), make()
    cells, sources = spec.cells(data), in_data(data)
    assert len(cells)
    for source in cells["source"]:
        for file, rows in sources.rows(source).items():
            assert file == DECLARED or file in spec.files_read
            assert rows > 0, source


def test_the_other_kinds_are_in_the_small_run_or_in_the_gallery():
    """Where tests/workflow/test_small_run.py reads the sources of every cell back; the gallery's
    kinds are made in tests/scaffold."""
    shown = {
        spec.kind
        for trial in ("hlt", "nsw", "indo_rct", "star", "licorice_gargle", "btheb")
        for spec in trial_config(trial).exhibits.exhibits.values()
    }
    # Harms are counted by hand in test_many_arms.py.
    assert shown | set(CASES) | {"harms"} == set(EXHIBITS.names)


def test_a_source_says_which_rows_of_which_file():
    keys = {"group": "scr_iw", "outcome": "eq5d5l_12m", "model": "ols_hc1", "term": "arm"}
    assert source_of("impact", "health", **keys) == (
        "impact/health.csv: group=scr_iw outcome=eq5d5l_12m model=ols_hc1 term=arm"
    )
    people = source_of("people", trial_group=["n", "s"], arm=0, column="age")
    assert people == "outcomes/people.parquet: trial_group=n|s arm=0 column=age"
    assert source_of("people", arm=None, size=float("nan")) == "outcomes/people.parquet"
    assert joined("a", "b", "a") == "a; b"


@pytest.mark.parametrize(
    "value", ["log odds arm", "a; b", 'say "no"', "x=y", "a|b", "Café", "back\\slash", ""]
)
def test_any_value_can_be_read_back(value):
    table = pd.DataFrame({"term": [value, "another"], "item": [1.0, 2.0]})
    source = joined(source_of("impact", "f", term=value, item=1), source_of("impact", "g"))
    read = Sources(lambda file: table)
    assert read.rows(source) == {"impact/f.csv": 1, "impact/g.csv": 2}


def test_a_source_that_selects_nothing_is_seen():
    table = pd.DataFrame({"term": ["arm"]})
    read = Sources(lambda file: table)
    assert read.rows(source_of("impact", "f", term="arms")) == {"impact/f.csv": 0}
    with pytest.raises(AssertionError, match="no column"):
        read.rows(source_of("impact", "f", column="age"))


def test_no_cell_is_without_a_source():
    with pytest.raises(TypeError, match="source"):
        cell("p", "r", "c", "count", 1, "1", "u", 1)


def test_a_declared_fact_names_its_exhibit_in_the_last_column(tmp_path):
    data = repairs()
    data.config.trial.source = "Nowhere"
    spec = EXHIBITS.declared_by("declared_table").model_validate(
        {"kind": "declared_table"} | TABLE | CASES["declared_table"][0]
    )
    make_exhibit("criteria", spec, data, tmp_path)
    assert (tmp_path / "criteria.csv").read_text().splitlines()[0].endswith(",data,source")
    assert read_cells(tmp_path / "criteria.csv")["source"].tolist() == ["config: exhibits.criteria"]


def test_a_source_is_read_back_as_it_was_made():
    made = joined(
        source_of("impact", "health", group="scr_iw", term="margin arm=1, old=0"),
        source_of("people", column=["a", "b c"], arm=1),
        source_of("quality"),
    )
    assert read_source(made) == [
        ("impact/health.csv", {"group": ["scr_iw"], "term": ["margin arm=1, old=0"]}),
        ("outcomes/people.parquet", {"column": ["a", "b c"], "arm": ["1"]}),
        ("linkage/quality.csv", {}),
    ]
    assert read_source("config: exhibits.table-1") == [("config", {})]
