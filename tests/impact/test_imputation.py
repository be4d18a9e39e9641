"""Multiple imputation: donors, pooling by Rubin's rules, and nothing changed that is known."""

import numpy as np
import pytest

from ipseval.errors import InputError
from ipseval.impact.imputation import _one_of_nearest, completed, pooled
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
    filled = completed(y, treated, x, 10, Streams(1, "t"), "y").outcomes
    known = ~np.isnan(y)
    assert (filled[known] == y[known, None]).all()
    for arm in (True, False):
        assert set(filled[~known & (treated == arm)].ravel()) <= set(y[known & (treated == arm)])
    # Donors resemble the person: their outcomes follow the covariate.
    assert np.corrcoef(filled[~known].mean(axis=1), x[~known, 1])[0, 1] > 0.9
    # Imputations differ from each other, but not from themselves run again.
    assert (filled[~known].std(axis=1) > 0).mean() > 0.9
    again = completed(y, treated, x, 10, Streams(1, "t"), "y").outcomes
    np.testing.assert_array_equal(filled, again)


def test_with_nothing_missing_nothing_happens():
    y, treated, x = data(missing=0)
    filled = completed(y, treated, x, 5, Streams(1, "t"), "y").outcomes
    np.testing.assert_array_equal(filled, np.repeat(y[:, None], 5, axis=1))


def test_a_small_arm_takes_donors_without_a_regression_and_says_so():
    y, treated, x = data(n=20, missing=4)
    done = completed(y, treated, x, 5, Streams(1, "t"), "y")
    assert not np.isnan(done.outcomes).any()
    short = [arm for arm in (True, False) if np.isnan(y[treated == arm]).any()]
    assert done.by_the_mean == short
    with pytest.raises(InputError, match="'y' is known of 1 people of an arm"):
        completed(np.r_[1.0, np.nan, 3.0, 4.0], np.arange(4) < 2, x[:4], 5, Streams(1, "t"), "y")


@pytest.mark.parametrize("categories", [1, 3, 300])
def test_the_order_of_rows_moves_nothing(categories):
    """With few categories many people share a prediction, with one all of an arm do."""
    y, treated, x = data(n=400, missing=120, seed=3)
    x[:, 1] = np.round(x[:, 1] * categories) if categories > 1 else 0
    filled = completed(y, treated, x, 10, Streams(1, "t"), "y").outcomes
    order = np.random.default_rng(8).permutation(len(y))
    again = completed(y[order], treated[order], x[order], 10, Streams(1, "t"), "y").outcomes
    people = np.column_stack([treated, x, y])

    def sorted_rows(rows, filled):
        whole = np.column_stack([rows, filled])
        return whole[np.lexsort(np.nan_to_num(whole, nan=99).T[::-1])]

    np.testing.assert_array_equal(sorted_rows(people, filled), sorted_rows(people[order], again))


def test_names_of_arms_move_nothing():
    y, treated, x = data(n=400, missing=120, seed=3)
    filled = completed(y, treated, x, 10, Streams(1, "t"), "y").outcomes
    np.testing.assert_array_equal(
        filled, completed(y, ~treated, x, 10, Streams(1, "t"), "y").outcomes
    )


def test_ties_are_drawn_among_all_of_them():
    """Of 200 people with one prediction each is as likely to be a donor, in any place."""
    y = np.r_[np.arange(200.0), np.full(200, np.nan)]
    treated, x = np.zeros(400, dtype=bool), np.ones((400, 1))
    filled = completed(y, treated, x, 50, Streams(1, "t"), "y").outcomes[200:]
    _, counts = np.unique(filled, return_counts=True)
    assert len(counts) == 200
    # Chi-squared with 199 degrees of freedom: 267 is exceeded once in a thousand.
    assert ((counts - 50) ** 2 / 50).sum() < 267
    assert abs(filled.mean() - 99.5) < 3 * 57.7 / np.sqrt(10_000)


def test_donors_are_the_five_nearest():
    ordered = np.sort(np.random.default_rng(2).normal(size=40))
    at = np.random.default_rng(3).normal(size=500) * 1.5
    nearest = np.sort(np.argsort(np.abs(ordered - at[:, None]), axis=1)[:, :5], axis=1)
    for place in range(5):
        found = _one_of_nearest(ordered, at, np.full(500, (place + 0.5) / 5))
        np.testing.assert_array_equal(found, nearest[:, place])


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
