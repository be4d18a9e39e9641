"""Multiple imputation: donors, pooling by Rubin's rules, and nothing changed that is known."""

import numpy as np
import pytest

from ipseval.impact.imputation import completed, pooled
from ipseval.streams import Streams


def data(n=300, missing=60, seed=1):
    rng = np.random.default_rng(seed)
    treated = np.arange(n) % 2 == 1
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    y = x[:, 1] * 3 + treated + rng.normal(size=n)
    y[rng.choice(n, missing, replace=False)] = np.nan
    return y, treated, x


def test_known_outcomes_stay_and_missing_ones_come_from_donors_of_the_same_arm():
    y, treated, x = data()
    filled = completed(y, treated, x, 10, Streams(1, "t"), "y")
    known = ~np.isnan(y)
    assert (filled[known] == y[known, None]).all()
    for arm in (True, False):
        assert set(filled[~known & (treated == arm)].ravel()) <= set(y[known & (treated == arm)])
    # Donors resemble the person: their outcomes follow the covariate.
    assert np.corrcoef(filled[~known].mean(axis=1), x[~known, 1])[0, 1] > 0.9
    # Imputations differ from each other, but not from themselves run again.
    assert (filled[~known].std(axis=1) > 0).mean() > 0.9
    again = completed(y, treated, x, 10, Streams(1, "t"), "y")
    np.testing.assert_array_equal(filled, again)


def test_with_nothing_missing_nothing_happens():
    y, treated, x = data(missing=0)
    filled = completed(y, treated, x, 5, Streams(1, "t"), "y")
    np.testing.assert_array_equal(filled, np.repeat(y[:, None], 5, axis=1))


def test_a_small_arm_takes_donors_without_a_regression():
    y, treated, x = data(n=20, missing=4)
    filled = completed(y, treated, x, 5, Streams(1, "t"), "y")
    assert not np.isnan(filled).any()


def test_pooling_is_that_of_rubin():
    """Five estimates by hand: within 0.09, between 0.04, total 0.09 + 1.2 x 0.04 = 0.138."""
    centre, spread = 1.0, np.sqrt(0.04 * 4 / 10)
    estimate = centre + spread * np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    value, error, df = pooled(estimate, np.full(5, 0.3), 1000)
    assert value == pytest.approx(1.0)
    assert error**2 == pytest.approx(0.138)
    missing = 1.2 * 0.04 / 0.138
    old, observed = 4 / missing**2, 1001 / 1003 * 1000 * (1 - missing)
    assert df == pytest.approx(old * observed / (old + observed))


def test_pooling_equal_estimates_leaves_them():
    value, error, df = pooled(np.full(4, 2.0), np.full(4, 0.5), 100)
    assert (value, error) == (2.0, 0.5)
    assert df == pytest.approx(101 / 103 * 100)
