"""Tables of baseline tests, counts, scores and records: known answers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hand import GROUPS, value_at
from pydantic import ValidationError
from scipy import stats

from ipseval.report.data import Data
from ipseval.report.exhibits.balance_tests import BalanceTests, Compared, chi_squared, t_test
from ipseval.report.exhibits.counts_by_group import Counted, CountsByGroup
from ipseval.report.exhibits.record_profile import RecordProfile
from ipseval.report.exhibits.scores_table import ScoresTable

FACE = {"title": "T", "base": "All", "layout": {"rows": ["row"], "columns": ["panel", "column"]}}
PEOPLE = pd.DataFrame(
    {
        "trial_group": list("nnnnnnss"),
        "arm": [1, 1, 1, 0, 0, 0, 1, 0],
        "inside": [1.0, 1, 1, 1, 1, np.nan, 1, 0],
        "age": [20.0, 30, 43, 50, 61, 99, 40, 99],
        "female": [1.0, 0, 0, 1, 1, 0, np.nan, 0],
        "site": list("aabbabab"),
    }
)


def data_of(people=PEOPLE, **tables) -> Data:
    config = SimpleNamespace(trial=SimpleNamespace(groups=GROUPS))
    data = Data(None, config, True, {})
    object.__setattr__(data, "people", people)
    object.__setattr__(data, "records", tables.__getitem__)
    return data


@pytest.mark.parametrize("equal", [True, False])
def test_p_values_are_those_of_a_library(equal):
    x, y = np.array([1.0, 4, 2, 8, 5]), np.array([3.0, 9, 8, 7])
    wanted = stats.ttest_ind(x, y, equal_var=equal).pvalue
    assert t_test(x, y, equal) == pytest.approx(wanted)
    a, b = np.array([1.0, 1, 0, 1, 0, 0]), np.array([1.0, 0, 0, 0, 0])
    counts = [[3, 3], [1, 4]]
    wanted = stats.chi2_contingency(counts, correction=False).pvalue
    assert chi_squared(a, b) == pytest.approx(wanted)


def test_balance_is_tested_in_one_sample():
    rows = {
        "age_at_randomisation": {"column": "age", "unit": "years"},
        "female": {"column": "female", "statistic": "proportion"},
        "site_a": {"column": "site", "category": "a", "statistic": "proportion"},
    }
    spec = BalanceTests.model_validate(
        {"kind": "balance_tests", "panel": "pooled", "sample": "inside", "rows": rows} | FACE
    )
    cells = spec.cells(data_of())
    assert value_at(cells, "pooled", "age_at_randomisation", "control") == (55.5, "55.50")
    assert value_at(cells, "pooled", "age_at_randomisation", "treatment") == (33.25, "33.25")
    wanted = stats.ttest_ind([50, 61], [20, 30, 43, 40], equal_var=False).pvalue
    found = value_at(cells, "pooled", "age_at_randomisation", "p_value")
    assert found == (pytest.approx(wanted), f"{wanted:.2f}")
    assert value_at(cells, "pooled", "female", "treatment")[1] == "0.33"
    assert value_at(cells, "pooled", "site_a", "treatment")[1] == "0.75"
    assert value_at(cells, "pooled", "n", "treatment") == (4, "4")
    assert set(cells["statistic"]) == {"mean", "proportion", "p_value", "base"}


def test_people_are_counted_in_and_out_of_samples():
    spec = CountsByGroup.model_validate(
        {
            "kind": "counts_by_group",
            "groups": {"north": "north_east", "all": "pooled"},
            "rows": [
                {"row": "randomised", "columns": ["all", "treatment"]},
                {"row": "analysis", "column": "inside"},
                {"row": "missing", "column": "inside", "missing": True, "brackets": True},
            ],
        }
        | FACE
    )
    cells = spec.cells(data_of())
    assert value_at(cells, "north_east", "randomised", "all") == (6, "6")
    assert value_at(cells, "pooled", "analysis", "control") == (2, "2")
    assert value_at(cells, "pooled", "missing", "control") == (2, "(2)")
    assert value_at(cells, "north_east", "missing", "treatment") == (0, "(0)")


def test_scores_have_totals_of_the_items_that_were_scored():
    reviews = pd.DataFrame({"review": [1, 2], "site": ["a", "b"]})
    items = pd.DataFrame(
        {"review": [1, 1, 2, 2], "item": [1, 2, 1, 2], "score": [5, 3, 4, None]}
    ).astype({"score": "Int64"})
    given = {"reviews": "reviews", "table": "items", "key": "review", "panel": "site"}
    given |= {"panels": ["b", "a"], "item": "item", "rows": {"1": "x_01", "2": "x_02"}}
    given |= {"score": "score", "maximum": 5, "unscored": "~", "total_row": "total_scores"}
    spec = ScoresTable.model_validate({"kind": "scores_table"} | given | FACE)
    cells = spec.cells(data_of(reviews=reviews, items=items))
    assert value_at(cells, "a", "x_01", "score") == (5, "5")
    assert value_at(cells, "b", "x_02", "score")[1] == "~"
    assert value_at(cells, "a", "total_scores", "score") == (8, "8/10")
    assert value_at(cells, "b", "total_scores", "maximum_score") == (5, "4/5")


def test_records_are_counted_by_each_of_several_columns():
    records = pd.DataFrame({"site": list("aab"), "role": list("xyx"), "sex": list("fmf")})
    given = {"table": "talks", "panel": "site", "panels": ["a", "b"], "row": "talks"}
    given |= {"columns": {"role": ["x", "y"], "sex": ["f", "m"]}, "total_panel": "pooled"}
    spec = RecordProfile.model_validate({"kind": "record_profile"} | given | FACE)
    cells = spec.cells(data_of(talks=records))
    assert value_at(cells, "a", "talks", "x") == (1, "1")
    assert value_at(cells, "b", "talks", "m") == (0, "0")
    assert value_at(cells, "pooled", "talks", "all") == (3, "3")


def test_a_category_needs_a_share_and_missing_a_sample():
    with pytest.raises(ValidationError, match="a category has a share"):
        Compared(column="site", category="a")
    with pytest.raises(ValidationError, match="missing needs the column"):
        Counted(row="r", missing=True)
