"""Proofs that printed cells cannot all be right: each kind holds, and refuses what can be right."""

import pandas as pd
import pytest
from scipy import stats

from ipseval.errors import InputError
from ipseval.report.concordance import read_published
from ipseval.report.conflicts import audited, claims_as_cells, prove_conflicts, with_proofs
from ipseval.report.proofs import PROOFS

CELL = ["exhibit", "panel", "row", "column", "statistic"]


def cells(*lines) -> pd.DataFrame:
    """Lines of (role, statistic, value, decimals, stars)."""
    rows = [
        {
            "exhibit": "constant" if statistic == "constant" else "t:table-1",
            "role": str(role),
            "statistic": statistic,
            "value": value,
            "decimals": str(decimals),
            "stars": stars,
        }
        for role, statistic, value, decimals, stars in lines
    ]
    return pd.DataFrame(rows)


def count(role, value):
    return (role, "count", value, 0, "")


EFFECT_OF_172 = [
    count("base", "172"),
    count("analysed", "763"),
    count("other", "595"),
    ("control", "percent", "25.6", 1, ""),
    ("treatment", "percent", "28.6", 1, ""),
]


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("sum", [count(1, "3"), count(-1, "3")], [count(1, "3"), count(-1, "4")]),
        # Prints that lie a unit apart: 0.0 of a tenth needs less than 0.05, 0.001 needs 0.0005.
        (
            "sum",
            [(1, "ppt", "0.1", 1, ""), (-100, "proportion", "0.001", 3, "")],
            [(1, "ppt", "0.0", 1, ""), (-100, "proportion", "0.001", 3, "")],
        ),
        (
            "sum",
            [(1, "ppt", "-0.1", 1, ""), (-100, "proportion", "-0.001", 3, "")],
            [(1, "ppt", "0.0", 1, ""), (-100, "proportion", "-0.001", 3, "")],
        ),
        (
            "at_most",
            [(1, "standard_error", "0.5", 1, ""), (-0.5, "constant", "", 0, "")],
            [(1, "standard_error", "0.552", 3, ""), (-0.5, "constant", "", 0, "")],
        ),
        (
            "same",
            [("place", "sd_effect", "0.10", 2, "*"), ("place", "sd_effect", "0.10", 2, "*")],
            [("place", "sd_effect", "0.10", 2, "*"), ("place", "sd_effect", "0.10", 2, "")],
        ),
        (
            "ratio",
            [("share", "proportion", "0.21", 2, ""), count("part", "84"), count("base", "391")],
            [("share", "proportion", "0.22", 2, ""), count("part", "84"), count("base", "391")],
        ),
        (
            "whole",
            [("share", "percent", "69.0", 1, ""), count("base", "29")],
            [("share", "percent", "70.0", 1, ""), count("base", "29")],
        ),
        # 70.4 is 19 of 27, once two of 29 may have been left out.
        (
            "whole",
            [
                ("share", "percent", "70.4", 1, ""),
                count("base", "29"),
                count("analysed", "133"),
                count("other", "106"),
            ],
            [
                ("share", "percent", "70.4", 1, ""),
                count("base", "29"),
                count("analysed", "134"),
                count("other", "106"),
            ],
        ),
        # 43 of 168 is 25.595%, and 28.6 less that is 3.005: rounding explains an effect of 0.030.
        (
            "effect",
            [*EFFECT_OF_172, ("effect", "proportion", "0.030", 3, "")],
            [*EFFECT_OF_172, ("effect", "proportion", "0.029", 3, "")],
        ),
        (
            "unmarked",
            [("effect", "sd_effect", "0.15", 2, ""), count("base", "754"), count("base", "664")],
            [("effect", "sd_effect", "0.9", 1, ""), count("base", "754"), count("base", "664")],
        ),
        (
            "unmarked",
            [("effect", "sd_effect", "0.9", 1, "*"), count("base", "754"), count("base", "664")],
            None,
        ),
        (
            "mark",
            [
                ("coefficient", "coefficient", "0.481", 3, "*"),
                ("standard_error", "standard_error", "0.218", 3, ""),
            ],
            [
                ("coefficient", "coefficient", "0.481", 3, "+"),
                ("standard_error", "standard_error", "0.218", 3, ""),
            ],
        ),
        # z of 1.94 to 1.98 may be marked either way.
        (
            "mark",
            [
                ("coefficient", "coefficient", "-0.98", 2, "+"),
                ("standard_error", "standard_error", "0.50", 2, ""),
            ],
            None,
        ),
    ],
)
def test_a_proof_refuses_what_can_be_right(kind, right, wrong):
    assert PROOFS[kind](cells(*right)) == ""
    if wrong is not None:
        assert PROOFS[kind](cells(*wrong))


def declared(**changes) -> pd.DataFrame:
    line = {
        "audit": "a",
        "set": "1",
        "proof": "sum",
        "convention": "every recruit is in one group",
        "exhibit": "hlt:table-1.2",
        "panel": "total",
        "row": "base",
        "column": "all",
        "statistic": "base",
        "role": "1",
    }
    return pd.DataFrame([line | changes])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"proof": "guess"}, "unknown kind of proof 'guess'"),
        ({"row": "no such row"}, "a cell of 'a' is not published"),
        ({"role": "0"}, "the printed cells of 'a' are consistent"),
        ({"convention": ""}, "a proof of 'a' names no convention"),
    ],
)
def test_a_bad_declaration_is_refused(changes, problem):
    published = read_published(["config/published/hlt/table-1-02.csv"])
    with pytest.raises(InputError, match=problem):
        prove_conflicts(published, declared(**changes))


def test_a_proof_says_its_convention_and_a_set_without_one_names_cells():
    published = read_published(["config/published/hlt/table-1-02.csv"])
    wrong = pd.concat([declared(), declared(panel="scr_iw", role="-1")])
    (proven,) = prove_conflicts(published, wrong).itertuples()
    assert proven.why.endswith("rounding explains none of it, if every recruit is in one group")
    (named,) = prove_conflicts(published, declared(proof="", role="about")).itertuples()
    assert (named.proof, named.why) == ("", "")
    table = pd.DataFrame([[*named.keys[0], "agrees"]], columns=[*CELL, "status"])
    audit = read_published(["config/published/audit.csv"]).head(1).assign(id="a")
    found = audited(audit, prove_conflicts(published, declared(proof="", role="about")), table)
    assert found[["shown", "cells", "agrees"]].iloc[0].tolist() == ["listed", 1, 1]
    # It excuses no cell.
    table["status"], table["note"] = "differs", ""
    assert with_proofs(table, pd.DataFrame([named._asdict()]))["status"].tolist() == ["differs"]


def test_every_finding_with_a_cell_names_it_and_every_proof_has_a_convention():
    audit = read_published(["config/published/audit.csv"])
    conflicts = read_published(["config/published/conflicts.csv"])
    without = set(audit["id"]) - set(conflicts["audit"])
    # Words of Table 6.3, of an annex, and of a formula: none of them is a cell.
    assert without == {
        "hlt-6.3-student",
        "hlt-6.3-continuous",
        "hlt-6.3-omits-registered",
        "trb-annex-c-formula",
        "trb-post-intervention",
        "trb-reliable-recovery",
        "trb-annex-d",
    }
    sets = conflicts.groupby(["audit", "set"], sort=False).first()
    assert sets.loc[sets["proof"] != "", "convention"].ne("").all()
    assert (
        conflicts["proof"].ne("").groupby([conflicts["audit"], conflicts["set"]]).nunique().max()
        == 1
    )


def test_statements_of_the_text_can_be_cells_of_a_proof():
    claims = read_published(["config/published/text-claims.csv"])
    made = claims_as_cells(claims, pd.DataFrame({"row": ["hlt-001"]})).set_index("row")
    assert "hlt-001" not in made.index
    assert made.loc["trb-072", ["exhibit", "panel", "column", "statistic", "value"]].tolist() == [
        "trailblazers:text-claims",
        "west_london",
        "all",
        "score",
        "101",
    ]
    assert made.loc["trb-016", "decimals"] == "1"


def test_findings_are_proven_or_listed_with_how_their_cells_came_out():
    key = ("hlt:table-1.2", "total", "base", "all", "base")
    proofs = pd.DataFrame(
        [{"audit": "a", "set": "1", "proof": "sum", "why": "off by 20", "keys": [key]}]
    )
    audit = read_published(["config/published/audit.csv"]).head(2).assign(id=["a", "b"])
    keys = ["exhibit", "panel", "row", "column", "statistic", "status"]
    table = pd.DataFrame([[*key, "impossible"]], columns=keys)
    found = audited(audit, proofs, table)
    assert found["shown"].tolist() == ["proven", "listed"]
    assert found["proof"].iloc[0] == "sum: off by 20"
    assert found[["cells", "agrees", "impossible"]].iloc[0].tolist() == [1, 0, 1]
    assert found["cells"].iloc[1] == 0


def test_a_p_value_is_held_against_the_least_that_rounded_percentages_allow():
    """Pearson's statistic at the corner of each answer's rounding that makes it greatest."""
    shares, bases = {"yes": (40.0, 30.0), "no": (35.0, 45.0), "unsure": (25.0, 25.0)}, (120, 100)
    greatest = 0.0
    for answer in shares.values():
        a, b = (share / 100 for share in answer)
        greatest += max(
            bases[0] * bases[1] * (x - y) ** 2 / (bases[0] * x + bases[1] * y)
            for x in (a - 0.005, a + 0.005)
            for y in (b - 0.005, b + 0.005)
        )
    least = stats.chi2.sf(greatest, df=2)

    def proof(p: float) -> str:
        arms = ("treatment", "control")
        lines = [
            {"statistic": "percent", "row": row, "column": arm, "value": str(value)}
            for row, values in shares.items()
            for arm, value in zip(arms, values, strict=True)
        ]
        lines += [
            {"statistic": "base", "row": "n", "column": arm, "value": str(n)}
            for arm, n in zip(arms, bases, strict=True)
        ]
        lines.append({"statistic": "p_value", "row": "p", "column": "both", "value": str(p)})
        return PROOFS["p_value"](pd.DataFrame(lines))

    assert f"a p-value of {least:.2f} or more, printed is" in proof(round(least - 0.03, 3))
    assert proof(round(least - 0.01, 3)) == "", "it counts as close"
