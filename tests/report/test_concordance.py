"""Concordance: every published cell has a row, and each status is given by its rule."""

from pathlib import Path

import pandas as pd
import pytest

from ipseval.report.cells import as_frame, cell
from ipseval.report.concordance import (
    COLUMNS,
    concordance,
    read_published,
    together,
)
from ipseval.report.conflicts import audited, claims_as_cells, of_sources, prove_conflicts
from ipseval.report.statuses import summarise

# Statements of the text that are not left out by name, beside the cells of the tables.
CLAIMS = 209 + 75 + 35 + 5 + 5  # of both reports, the registration, the article and the news item
PUBLISHED = sorted(str(p) for p in Path("config/published").glob("*/*.csv"))


@pytest.fixture(scope="module")
def published():
    return read_published(PUBLISHED)


def one(statistic, printed, value, decimals, stars=""):
    line = {
        "exhibit": "t:table-1",
        "panel": "p",
        "row": "r",
        "column": "c",
        "statistic": statistic,
        "printed": printed,
        "value": value,
        "unit": "",
        "decimals": decimals,
        "stars": stars,
        "note": "",
    }
    return pd.DataFrame([line])


def judge(line, value, printed="", stars=""):
    made = as_frame(
        [cell("p", "r", "c", line["statistic"].iloc[0], value, printed, "u", 1, stars, source="s")]
    )
    return concordance(line, {"t:table-1": made}).iloc[0]


def test_every_published_cell_has_a_row(published):
    table = concordance(published, {})
    assert len(table) == 2619 + CLAIMS
    assert list(table.columns) == COLUMNS
    assert set(table["status"]) == {"not_produced"}
    assert table["exhibit"].nunique() == 51 + 5
    assert summarise(table).iloc[-1]["cells"] == 2619 + CLAIMS


@pytest.mark.parametrize(
    ("value", "stars", "status"),
    [
        (3.478, "*", "agrees"),
        (3.478, "", "differs"),
        (3.478, "**", "differs"),
        (2.49, "*", "differs"),
        (2.5, "*", "agrees"),
    ],
)
def test_effects_need_the_digit_and_the_stars(value, stars, status):
    assert judge(one("ppt", "3ppt *", "3", "0", "*"), value, stars=stars)["status"] == status


@pytest.mark.parametrize(
    ("statistic", "printed", "decimals", "value", "status"),
    [
        ("count", "1260", "0", 1260, "agrees"),
        ("count", "1260", "0", 1261, "differs"),
        ("percent", "23", "0", 23.4999, "agrees"),
        ("percent", "23", "0", 23.5, "differs"),
        ("coefficient", "0.157", "3", 0.158, "differs"),  # no error is printed beside it
        ("standard_error", "1.2", "1", 1.29, "close"),
        ("standard_error", "0.400", "3", 0.4199, "close"),
        ("standard_error", "0.400", "3", 0.4211, "differs"),
        ("standard_error", "0.004", "3", 0.005, "close"),
        ("p_value", "0.04", "2", 0.049, "close"),
        ("p_value", "0.04", "2", 0.051, "differs"),
        ("gbp", "-51", "0", -51.4, "agrees"),
        ("ratio", "0.02", "2", 0.0192, "agrees"),
    ],
)
def test_tolerances_by_statistic(statistic, printed, decimals, value, status):
    assert judge(one(statistic, printed, printed, decimals), value)["status"] == status


@pytest.mark.parametrize(
    ("printed", "stars", "value", "marks", "status"),
    [
        ("0.100", "", 0.179, "", "close"),
        ("0.100", "", 0.181, "", "differs"),  # a quarter of .320 is .080
        ("0.010", "", -0.010, "", "differs"),  # of another sign
        ("0.000", "", -0.010, "", "close"),  # what prints as nothing has none
        ("0.100", "", 0.110, "+", "differs"),
        ("0.100", "+", 0.110, "+", "close"),
        ("0.100", "+", 0.100, "", "differs"),
    ],
)
def test_a_coefficient_is_close_by_its_printed_error_sign_and_marks(
    printed, stars, value, marks, status
):
    both = [one("coefficient", printed, printed, "3", stars)]
    both.append(one("standard_error", "[0.320]", "0.320", "3"))
    made = as_frame([cell("p", "r", "c", "coefficient", value, "", "u", 1, marks, source="s")])
    table = concordance(pd.concat(both, ignore_index=True), {"t:table-1": made})
    assert table["status"].iloc[0] == status


def test_what_was_searched_for_and_not_found_says_how_far_off_it_is():
    line = one("standard_error", "[0.320]", "0.320", "3")
    made = as_frame([cell("p", "r", "c", "standard_error", 0.36, "0.360", "u", 1, source="s")])
    table = concordance(line, {"t:table-1": made}, searched={("t:table-1", ""): "a search"})
    assert table["status"].tolist() == ["not_reached"]
    assert table["note"].iloc[0] == "off by +0.04 after a search"
    # A search may have been for one row.
    for row, status in (("r", "not_reached"), ("another", "differs")):
        table = concordance(line, {"t:table-1": made}, searched={("t:table-1", row): "a search"})
        assert table["status"].tolist() == [status]
    # What agrees, and what nobody made, stays what it is.
    near = made.assign(value=0.3201)
    assert concordance(line, {"t:table-1": near}, searched={("t:table-1", ""): "a search"})[
        "status"
    ].tolist() == ["agrees"]
    assert concordance(line, {}, searched={("t:table-1", ""): "a search"})["status"].tolist() == [
        "not_produced"
    ]


def test_what_is_declared_from_the_printed_cell_agrees_by_construction():
    lines = pd.concat([one("count", "5", "5", "0"), one("date", "2020-autumn", "", "")])
    lines["row"] = ["r", "s"]
    facts = [cell("p", "r", "c", "count", 5, "5 places", "places", None, source="s")]
    facts.append(cell("p", "s", "c", "date", float("nan"), "2020-autumn", "season", 0, source="s"))
    computed = as_frame([cell("p", "t", "c", "count", 7, "7", "people", 7, source="s")])
    lines = pd.concat([lines, one("count", "7", "7", "0").assign(row="t")], ignore_index=True)
    made = together([("t:table-1", as_frame(facts), True), ("t:table-1", computed, False)])
    table = concordance(lines, made)
    assert table["status"].tolist() == ["by_construction", "by_construction", "agrees"]
    assert table["note"].iloc[0] == "declared from this cell, not computed"
    # Whoever mistypes a fact sees it.
    made = together([("t:table-1", as_frame(facts).assign(value=6), True)])
    assert concordance(lines, made)["status"].iloc[0] == "differs"


def test_cells_without_a_number_compare_their_text():
    line = one("ratio", "n/c", "", "")
    assert judge(line, float("nan"), "n/c")["status"] == "agrees"
    assert judge(line, 0.5, "£0.50")["status"] == "differs"


def test_a_cell_missing_from_a_made_exhibit_is_told_apart():
    line = one("count", "5", "5", "0")
    other = as_frame([cell("p", "other", "c", "count", 5, "5", "u", 5, source="s")])
    row = concordance(line, {"t:table-1": other}).iloc[0]
    assert (row["status"], row["note"]) == ("not_produced", "cell missing from the exhibit")


def everything(published):
    claims = read_published(["config/published/text-claims.csv"])
    return pd.concat([published, claims_as_cells(claims, published)], ignore_index=True)


def test_declared_conflicts_are_proven_and_shown_as_impossible(published):
    conflicts = read_published(["config/published/conflicts.csv"])
    proven = prove_conflicts(everything(published), conflicts)
    key = ("hlt:table-1.2", "scr_oow", "base", "all", "base")
    made = as_frame([cell(*key[1:4], key[4], 3591, "3,591", "recruits", 3591, source="s")])
    table = concordance(published, {"hlt:table-1.2": made}, proven)
    row = table[
        (table["exhibit"] == key[0]) & (table["panel"] == "scr_oow") & (table["row"] == "base")
    ]
    assert row["status"].tolist() == ["impossible"]
    assert row["note"].iloc[0].startswith("audit hlt-1.2-base-sum: off by 20")
    # With another cell of the set off as well, the proof no longer leaves this one no choice.
    two = [cell(*key[1:4], key[4], 3591, "3,591", "recruits", 3591, source="s")]
    two.append(cell("scr_iw", *key[2:4], key[4], 1, "1", "recruits", 1, source="s"))
    table = concordance(published, {"hlt:table-1.2": as_frame(two)}, proven)
    assert "impossible" not in set(table["status"])


def test_a_mark_that_cannot_be_right_is_impossible_where_the_number_is_not_off(published):
    conflicts = read_published(["config/published/conflicts.csv"])
    proven = prove_conflicts(everything(published), conflicts)
    exhibit, *rest = (
        "trailblazers:annex-e-recovery-full",
        "pooled",
        "constant",
        "recovery_anxiety",
        "coefficient",
    )
    made = as_frame([cell(*rest, -1.749, "-1.749**", "log_odds", 763, "**", source="s")])
    table = concordance(published[published["exhibit"] == exhibit], {exhibit: made}, proven)
    row = table[(table["row"] == "constant") & (table["column"] == "recovery_anxiety")].iloc[0]
    assert row["status"] == "impossible"
    assert "audit trb-star-recovery-full-constant-recovery_anxiety" in row["note"]
    # A mark excuses no number.
    made = made.assign(value=-1.5)
    table = concordance(published[published["exhibit"] == exhibit], {exhibit: made}, proven)
    assert "impossible" not in set(table["status"])


def test_every_conflict_cites_an_audited_finding():
    audited = set(pd.read_csv("config/published/audit.csv")["id"])
    assert set(pd.read_csv("config/published/conflicts.csv")["audit"]) <= audited


def test_findings_belong_to_the_trials_of_the_run(published):
    audit = read_published(["config/published/audit.csv"])
    conflicts = read_published(["config/published/conflicts.csv"])
    about, sets = of_sources(audit, conflicts, ["hlt", "blog"])
    assert set(about["exhibit"].str.split(":").str[0]) == {"hlt", "blog"}
    assert set(sets["audit"]) <= set(about["id"])
    # What is proven of them is proven as ever.
    proven = prove_conflicts(everything(published), conflicts).set_index(["audit", "set"])["why"]
    of_these = prove_conflicts(everything(published), sets).set_index(["audit", "set"])["why"]
    assert 0 < len(of_these) < len(proven)
    assert of_these.to_dict() == proven.loc[of_these.index].to_dict()


def test_nothing_is_held_against_anything_where_no_source_is_about_the_trials():
    audit = read_published(["config/published/audit.csv"])
    conflicts = read_published(["config/published/conflicts.csv"])
    about, sets = of_sources(audit, conflicts, [])
    proofs = prove_conflicts(read_published([]), sets)
    table = concordance(read_published([]), {}, proofs)
    assert list(table.columns) == COLUMNS
    assert len(table) == len(audited(about, proofs, table)) == 0
    assert summarise(table)["cells"].tolist() == [0]
