"""Weighted shares: chosen to print tables, and reached by people who come whole."""

import numpy as np
import pandas as pd
import pytest

from ipseval.errors import InputError
from ipseval.impact.independence import test_of_independence as independence
from ipseval.twin.shares import assign_shares, reach_shares

GROUPS = ["a", "b"]


def respondents(n: int = 1200, seed: int = 3):
    rng = np.random.default_rng(seed)
    group, arm = rng.integers(0, 2, n), rng.integers(0, 2, n)
    return group, arm, np.exp(0.4 * rng.standard_normal(n)), rng.random(n)


@pytest.mark.parametrize("shares", [[0.2, 0.5, 0.3], [0.01, 0.99], [0.0, 0.4, 0.6], [1.0]])
@pytest.mark.parametrize("n", [81, 700])
def test_people_reach_weighted_shares(shares, n):
    _, _, weights, score = respondents(n)
    codes = assign_shares(score, weights, np.array(shares))
    reached = np.bincount(codes, weights=weights, minlength=len(shares)) / weights.sum()
    # Within a tenth of a point where people weigh about a point each.
    np.testing.assert_allclose(reached, shares, atol=0.001 if n > 100 else 0.004)


def test_assignment_follows_the_score():
    _, _, weights, score = respondents(900)
    codes = assign_shares(score, weights, np.array([0.5, 0.5]))
    assert score[codes == 0].mean() < 0.3
    assert score[codes == 1].mean() > 0.7


def table(cells) -> pd.DataFrame:
    columns = ["panel", "row", "column", "statistic", "value"]
    return pd.DataFrame(cells, columns=columns)


def reach(tables, unreachable=(), exact=True):
    group, arm, weights, score = respondents()
    members = [np.flatnonzero((group == g) & (arm == a)) for g in (0, 1) for a in (0, 1)]

    def realise(shares):
        codes = np.empty(len(group), dtype=int)
        for cell, who in enumerate(members):
            codes[who] = assign_shares(score[who], weights[who], shares[cell])
        return np.eye(shares.shape[1])[codes]

    answers = reach_shares(
        tables,
        ["yes", "no"],
        GROUPS,
        (group, arm, weights),
        realise,
        single=True,
        exact=exact,
        unreachable=list(unreachable),
    )
    return answers, group, arm, weights


PRINTED = [
    ("a", "yes", "treatment", "percent", 44.0),
    ("a", "yes", "control", "percent", 37.0),
    ("a", "no", "treatment", "percent", 56.0),
    ("a", "no", "control", "percent", 63.0),
    ("a", "yes", "all", "percent", 40.0),
    ("b", "yes", "treatment", "percent", 30.0),
    ("b", "yes", "control", "percent", 31.0),
    ("b", "no", "treatment", "percent", 70.0),
    ("b", "no", "control", "percent", 69.0),
    ("total", "yes", "all", "percent", 35.0),
    ("a", "all_categories", "p_value", "p_value", 0.112),
]


def test_percentages_and_p_value_are_printed():
    answers, group, arm, weights = reach({"arm": table(PRINTED)})
    for panel, row, column, statistic, value in PRINTED:
        inside = np.ones(len(group), dtype=bool) if panel == "total" else group == "ab".index(panel)
        if statistic == "p_value":
            found = independence(
                arm[inside], answers[inside].argmax(axis=1), weights[inside], "pearson"
            )
            assert found.p_value == pytest.approx(value, abs=0.002)
            continue
        if column != "all":
            inside &= arm == (column == "treatment")
        share = 100 * np.average(answers[inside, ["yes", "no"].index(row)], weights=weights[inside])
        assert value - 0.5 <= share < value + 0.5, (panel, row, column)


def test_windows_that_contradict_each_other_are_refused():
    cells = [*PRINTED[:4], ("a", "yes", "all", "percent", 55.0)]
    with pytest.raises(InputError, match="no shares print these percentages together"):
        reach({"arm": table(cells)})


def test_a_dash_is_nobody_and_a_zero_is_somebody():
    cells = [
        ("a", "yes", "all", "percent", 0.0),
        ("b", "yes", "all", "percent", np.nan),
        ("total", "yes", "all", "percent", 0.0),
        ("total", "no", "all", "percent", 100.0),
    ]
    answers, group, _, _ = reach({"group": table(cells)})
    assert answers[group == 0, 0].sum() > 0
    assert answers[group == 1, 0].sum() == 0


def test_an_unreachable_p_value_does_not_pull():
    cells = [line for line in PRINTED if line[0] != "total"]
    cells.append(("b", "all_categories", "p_value", "p_value", 0.0))
    answers, group, arm, weights = reach({"arm": table(cells)}, unreachable=["b"])
    for code, wanted in ((1, 30.0), (0, 31.0)):
        inside = (group == 1) & (arm == code)
        share = 100 * np.average(answers[inside, 0], weights=weights[inside])
        assert share == pytest.approx(wanted, abs=0.15)
