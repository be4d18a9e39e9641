"""Verdicts in words: each relation, and that what is declared is what is published."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hand import estimate, family, results
from pydantic import ValidationError

from ipseval.config.load import load_trial
from ipseval.report.concordance import concordance
from ipseval.report.conflicts import verdicts_as_cells
from ipseval.report.exhibits.text_verdicts import TextVerdicts, Verdict, judged
from ipseval.report.stated import Stated

WORK = {"group": "all", "estimate": {"family": "main", "outcome": "work", "model": "ols"}}


def of(*values: float, p: float = np.nan) -> list[Stated]:
    return [Stated(value, p, 100, "s") for value in values]


@pytest.mark.parametrize(
    ("relation", "level", "found", "holds"),
    [
        ("significant_at", 0.05, of(0.1, p=0.049), True),
        ("significant_at", 0.05, of(0.1, p=0.05), False),
        ("not_significant", 0.05, of(0.1, p=0.05), True),
        ("not_significant", 0.05, of(0.1, p=np.nan), False),  # nothing was estimated
        ("positive", None, of(0.1), True),
        ("positive", None, of(0.0), False),
        ("negative", None, of(-0.1), True),
        ("larger_than", None, of(0.2, 0.1), True),
        ("larger_than", None, of(0.1, 0.1), False),
        ("at_least", None, of(0.1, 0.1), True),
        ("at_least", None, of(np.nan, 0.1), False),
        ("equal_within", 0.02, of(0.1, 0.12), True),
        ("equal_within", 0.02, of(0.1, 0.13), False),
        ("highest", None, of(0.3, 0.1, 0.2), True),
        ("highest", None, of(0.3, 0.1, 0.4), False),
    ],
)
def test_relations(relation, level, found, holds):
    assert judged(relation, level, found) is holds


@pytest.mark.parametrize(
    "wrong",
    [
        {"relation": "significant_at", "of": [WORK]},  # at which level?
        {"relation": "positive", "level": 0.05, "of": [WORK]},
        {"relation": "larger_than", "of": [WORK]},
        {"relation": "positive", "of": [WORK, WORK]},
        {"relation": "positive", "of": [{"group": "all"}]},
    ],
)
def test_a_verdict_has_what_its_relation_takes(wrong):
    with pytest.raises(ValidationError):
        Verdict.model_validate({"section": "1", **wrong})


def test_a_verdict_says_which_numbers_it_follows_from():
    lines = [estimate("all", "work", p_value=0.03), estimate("north", "work", p_value=0.4)]
    data = results({"main": family(["work"])}, {"main": lines})
    spec = TextVerdicts.model_validate(
        {
            "kind": "text_verdicts",
            "title": "T",
            "base": "B",
            "verdicts": {
                "a": {"section": "1", "relation": "significant_at", "level": 0.05, "of": [WORK]},
                "b": {"section": "2", "relation": "not_significant", "level": 0.01, "of": [WORK]},
                "c": {"section": "2", "relation": "negative", "of": [WORK]},
            },
        }
    )
    cells = spec.cells(data).set_index("row")
    assert cells["value"].tolist() == [1, 1, 0]
    assert cells.loc["a", "printed"] == "Holds (p = 0.030)"
    assert cells.loc["c", "printed"] == "Does not hold (0.020)"
    assert cells.loc["a", ["panel", "column", "statistic"]].tolist() == [
        "1",
        "significant_at",
        "verdict",
    ]
    assert cells["source"].str.startswith("impact/main.csv: group=all outcome=work").all()


def published() -> list[dict[str, str]]:
    with Path("config/published/verdicts.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("trial", ["hlt", "trailblazers"])
def test_verdicts_are_judged_as_they_are_published(trial):
    stated = {line["id"]: line for line in published()}
    exhibits = load_trial(Path("config/trials"), trial).exhibits.exhibits
    judged_here = {
        (name, spec.published): verdict
        for spec in exhibits.values()
        if isinstance(spec, TextVerdicts)
        for name, verdict in spec.verdicts.items()
    }
    assert judged_here
    for (name, where), verdict in judged_here.items():
        line = stated[name]
        assert where == f"{line['source']}:verdicts"
        assert (verdict.section, verdict.relation) == (line["section"], line["relation"])
        assert (str(verdict.level) if verdict.level is not None else "") == line["level"]
    sources = {where.split(":")[0] for _, where in judged_here}
    assert {name for name, _ in judged_here} == {
        line["id"] for line in stated.values() if line["source"] in sources
    }


def test_the_concordance_judges_verdicts_in_its_own_columns():
    lines = pd.DataFrame(published(), dtype="str")
    cells = verdicts_as_cells(lines, ["blog"])
    assert set(cells["exhibit"]) == {"blog:verdicts"}
    assert set(cells["statistic"]) == {"verdict"}
    made = cells.assign(value=1.0, printed="Holds", stars="", n=1, source="s")
    made.loc[made.index[0], "value"] = 0.0
    table = concordance(cells.assign(note=""), {"blog:verdicts": made})
    assert table["status"].tolist() == ["differs", *["agrees"] * (len(cells) - 1)]
