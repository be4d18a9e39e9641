"""No result is copied from the published reports: numbers come from people, and move with them."""

import ast
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from helpers import recorded

from ipseval.provenance import modules_of

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / "workflow"
PACKAGE = WORKFLOW / "ipseval"
SCRIPTS = sorted((WORKFLOW / "scripts").glob("*.py"))
# What a script imports by name, besides the imports in its text.
BY_NAME = {"execute_chapter": ("ipseval.report.chapter",)}
# Reading the published numbers: the targets of a twin, and the comparison at the end.
READERS = {
    "ipseval.twin.published": {"build_extracts"},
    "ipseval.report.concordance": {"compile_concordance"},
}
TRIALS = {path.name for path in (ROOT / "config/trials").iterdir()} | {
    path.name for path in (ROOT / "config/published").iterdir() if path.is_dir()
} - {"blog", "isrctn", "news"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_only_extracts_and_the_concordance_can_read_published_numbers(script):
    modules = modules_of(script, BY_NAME.get(script.stem, ()))
    assert modules, "the script imports nothing of the package"
    for reader, allowed in READERS.items():
        if script.stem not in allowed:
            assert reader not in modules


def test_the_readers_of_published_numbers_are_where_the_test_looks():
    concordance = modules_of(WORKFLOW / "scripts/compile_concordance.py")
    assert "ipseval.report.concordance" in concordance
    twin = modules_of(WORKFLOW / "scripts/build_extracts.py", ("ipseval.twin.hlt",))
    assert "ipseval.twin.published" in twin


def test_no_other_code_names_the_published_files():
    allowed = {
        # Extracts: a twin has targets; rules: which files are inputs; then the comparison.
        "ipseval/extracts/build.py",
        "ipseval/report/concordance.py",
        "ipseval/report/conflicts.py",
        "scripts/build_extracts.py",
        "rules/common.smk",
        "rules/report.smk",
    }
    for path in sorted([*WORKFLOW.rglob("*.py"), *WORKFLOW.rglob("*.smk")]):
        name = path.relative_to(WORKFLOW).as_posix()
        if name not in allowed and not name.startswith("ipseval/twin/"):
            assert "config/published" not in path.read_text(encoding="utf-8"), name
    for stage in ("linkage", "outcomes", "impact", "economics"):
        for path in (WORKFLOW / "ipseval" / stage).rglob("*.py"):
            assert "published" not in names_and_texts(path), path.name


def names_and_texts(path: Path) -> str:
    """The code of a module without comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                node.body = body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def test_no_code_but_the_adapters_names_a_trial():
    # A trial of the gallery is called as a mark of significance is.
    names = "|".join(TRIALS - {"star"})
    word = re.compile(rf"\b({names})\b|(?<=_)({names})\b", re.IGNORECASE)
    assert {"hlt", "nsw", "trailblazers", "star"} <= TRIALS
    kinds = ("*.py", "*.smk", "*.j2", "*.css")
    for path in sorted(file for kind in kinds for file in WORKFLOW.rglob(kind)):
        # The folder of the project may be called like the package.
        inside = path.is_relative_to(PACKAGE)
        name = path.relative_to(PACKAGE).as_posix() if inside else ""
        if re.match(rf"(twin|extracts/readers)/({'|'.join(TRIALS)})(/|\.py)", name):
            continue
        python = path.suffix == ".py"
        text = names_and_texts(path) if python else path.read_text(encoding="utf-8")
        if name == "cli.py":
            # Examples in the help name a file that exists.
            text = text.replace("results/twin/hlt/report/exhibits/table-2.1.csv", "")
        assert not (found := word.search(text)), f"{path.name} names {found[0]}"


def test_records_show_who_read_published_numbers(reference):
    readers = set()
    for path in (reference / "results/small/records").glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if any(name.startswith("config/published") for name in record["inputs"]):
            readers.add(record["rule"])
    assert readers == {"build_extracts_hlt", "build_extracts_trailblazers", "compile_concordance"}


SURVEY = ("health", "wellbeing")


def cells(path: Path) -> pd.Series:
    """The numbers of an exhibit by panel, row and column."""
    frame = pd.read_csv(path)
    return frame.set_index(["panel", "row", "column"])["value"]


def test_moving_people_moves_exactly_the_cells_that_depend_on_them(small):
    """One recruit changes arm in one group, twenty earn more in another; nobody else changes."""
    extracts = small / "results/small/hlt/extracts"
    exhibits = small / "results/small/hlt/report/exhibits"
    before = {name: cells(exhibits / f"table-{name}.csv") for name in ("1.1", "2.1")}
    # Two tables are enough here; the rest of their chapters need not be made again.
    path = small / "config/trials/hlt/exhibits/chapters.yaml"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"    topics:\n(?:      .*\n)+", "", text)
    path.write_text(re.sub(r"exhibits: \[(table-[12]\.1),.*?\]", r"exhibits: [\1]", text), "utf-8")

    recruits = pd.read_parquet(extracts / "recruits.parquet")
    controls = recruits.index[(recruits["trial_group"] == "wmca_oow") & (recruits["arm"] == 0)]
    recruits.loc[controls[0], "arm"] = 1
    recruits.to_parquet(extracts / "recruits.parquet", index=False)
    # The list of allocations says the same, or the extracts would be refused.
    allocation = pd.read_parquet(extracts / "allocation.parquet")
    who = allocation["recruit_id"] == recruits["recruit_id"][controls[0]]
    assert who.sum() == 1
    allocation.loc[who, "arm"] = 1
    allocation.to_parquet(extracts / "allocation.parquet", index=False)

    payments = pd.read_parquet(extracts / "payments.parquet")
    treated = recruits[(recruits["trial_group"] == "scr_iw") & (recruits["arm"] == 1)]
    paid = payments.reset_index().merge(treated[["nino", "randomised_at"]], on="nino")
    days = (paid["payment_date"] - paid["randomised_at"].dt.normalize()).dt.days
    paid = paid[(days >= 0) & (days < 300)].drop_duplicates("nino").head(20)
    assert len(paid) == 20
    payments.loc[paid["index"], "taxable_pay"] += 5000
    payments.to_parquet(extracts / "payments.parquet", index=False)
    edited = [extracts / f"{name}.parquet" for name in ("recruits", "allocation", "payments")]
    recorded(small / "results/small", "hlt", *edited)

    targets = [f"results/small/hlt/report/exhibits/table-{name}.csv" for name in before]
    done = small.snakemake(*targets)
    assert done.returncode == 0, done.stdout
    after = {name: cells(exhibits / f"table-{name}.csv") for name in before}

    moved = after["1.1"] - before["1.1"]
    row = "total_recruits_randomised"
    assert moved[moved != 0].to_dict() == {
        (panel, row, arm): step
        for panel in ("wmca_oow", "total")
        for arm, step in (("treatment", 1), ("control", -1))
        if (panel, row, arm) in moved.index
    }
    assert moved["wmca_oow", row, "treatment"] == 1

    moved = after["2.1"] - before["2.1"]
    assert set(moved[moved != 0].index) == {
        ("scr_iw", "earnings", "impact_12_months"),
        ("all_scr", "earnings", "impact_12_months"),
        ("wmca_oow", "employment", "impact_12_months"),
        ("wmca_oow", "earnings", "impact_12_months"),
        ("all_oow", "employment", "impact_12_months"),
        ("all_oow", "earnings", "impact_12_months"),
        # Weights for non-response are made by arm, so they follow the one who changed.
        *((g, o, "impact_12_months") for g in ("wmca_oow", "all_oow") for o in SURVEY),
    }
    # By about as much as they earn more: 20 times 5000 over those treated and linkable.
    people = pd.read_parquet(small / "results/small/hlt/outcomes/people.parquet")
    group = people[(people["trial_group"] == "scr_iw") & (people["arm"] == 1)]
    known = group["earnings_total_12m"].notna().sum()
    step = moved["scr_iw", "earnings", "impact_12_months"]
    assert step == pytest.approx(20 * 5000 / known, rel=0.25)


def test_moving_answers_moves_exactly_the_cells_that_show_them(small):
    """Twenty respondents of one group name another barrier; no other cell changes."""
    survey = small / "results/small/hlt/extracts/survey_12_month.parquet"
    table = small / "results/small/hlt/report/exhibits/table-6.8.csv"
    other = small / "results/small/hlt/report/exhibits/table-6.4.csv"
    before, before_other = cells(table), cells(other)
    path = small / "config/trials/hlt/exhibits/chapters.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"exhibits: \[table-6\.4,.*?\]", "exhibits: [table-6.4, table-6.8]", text)
    )

    answers = pd.read_parquet(survey)
    groups = pd.read_parquet(survey.with_name("recruits.parquet")).set_index("recruit_id")
    group = answers["recruit_id"].map(groups["trial_group"])
    mental, another = "mental_health_condition", "another_reason"
    chosen = answers.index[(group == "scr_oow") & (answers["main_barrier"] == mental)][:20]
    assert len(chosen) == 20
    answers.loc[chosen, "main_barrier"] = another
    answers.to_parquet(survey, index=False)
    recorded(small / "results/small", "hlt", survey)

    done = small.snakemake(
        str(table.relative_to(small.folder)), str(other.relative_to(small.folder))
    )
    assert done.returncode == 0, done.stdout
    moved = (cells(table) - before).dropna()
    moved = moved[moved.abs() > 1e-9]
    answers_moved = {(panel, row) for panel, row, column in moved.index if column == "all"}
    assert answers_moved == {(p, r) for p in ("scr_oow", "total") for r in (mental, another)}
    # Tests of what did not move stand; the test of mental health conditions compares groups.
    assert {row for _, row, column in moved.index if column == "p_value"} <= {mental}
    assert moved["scr_oow", mental, "all"] == pytest.approx(-moved["scr_oow", another, "all"])
    pd.testing.assert_series_equal(cells(other), before_other)
