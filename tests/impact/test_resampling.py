"""Re-randomisation under the design, randomisation inference, and step-down adjustment."""

import itertools

import numpy as np
import pandas as pd
import pytest

from ipseval.extracts.randomiser import Design as BlockDesign
from ipseval.extracts.randomiser import allocate
from ipseval.impact.estimators.ols import Ols
from ipseval.impact.hypotheses import step_down
from ipseval.impact.least_squares import ols_effects
from ipseval.impact.randomisation import Allocations, redraw, redrawn_statistics
from ipseval.impact.samples import samples
from ipseval.streams import Streams


def listed(n=60, ratio="1:1", strata=("a", "b")):
    stratum = np.array(strata)[np.arange(n) % len(strata)]
    frame = pd.DataFrame({"stratum": stratum, "trial_group": stratum, "allocation_ratio": ratio})
    frame["allocation_order"] = frame.groupby("stratum").cumcount() + 1
    frame["arm"] = frame["allocation_order"] % 2
    return frame


def test_blocks_are_balanced_and_orders_within_them_equally_likely():
    people = listed(8, strata=("a",))
    arms = redraw(people, [4], 6000, Streams(1, "t")).all()
    assert (arms[:4].sum(axis=0) == 2).all()
    assert (arms[4:].sum(axis=0) == 2).all()
    orders, counts = np.unique(arms[:4].T, axis=0, return_counts=True)
    assert len(orders) == 6
    # Chi-squared with 5 degrees of freedom: 20.5 is exceeded once in a thousand.
    assert ((counts - 1000) ** 2 / 1000).sum() < 20.5


def test_blocks_of_two_to_one_and_a_change_of_ratio():
    people = listed(18, strata=("a",))
    people["allocation_ratio"] = ["2:1"] * 8 + ["1:1"] * 10
    arms = redraw(people, [6], 200, Streams(1, "t")).all()
    assert (arms[:6].sum(axis=0) == 4).all()
    # The change abandons the second block after two people and begins one of 1:1.
    assert (arms[8:14].sum(axis=0) == 3).all()
    assert set(arms[6:8].sum(axis=0)) <= {0, 1, 2}


def test_shares_are_those_of_the_randomiser():
    recruits = pd.DataFrame({"recruit_id": range(40), "site": "s"})
    recruits["randomised_at"] = pd.Timestamp("2018-05-01") + pd.to_timedelta(range(40), unit="h")
    design = BlockDesign(("site",), (4, 6, 8))
    drawn = np.array([allocate(recruits, design, seed)["arm"] for seed in range(400)])
    people = listed(40, strata=("s",))
    again = redraw(people, [4, 6, 8], 400, Streams(1, "t")).all().T
    # How often neighbours agree, and how far the arms drift apart, tell block sizes.
    for statistic in (
        lambda a: (a[:, 1:] == a[:, :-1]).mean(),
        lambda a: np.abs(np.cumsum(2 * a.astype(int) - 1, axis=1)).mean(),
    ):
        assert statistic(again) == pytest.approx(statistic(drawn), abs=0.03)


def test_without_blocks_the_numbers_allocated_are_kept():
    people = listed(20)
    people["arm"] = [1] * 7 + [0] * 13
    arms = redraw(people, [], 50, Streams(1, "t")).all()
    for group in ("a", "b"):
        own = (people["trial_group"] == group).to_numpy()
        assert (arms[own].sum(axis=0) == people.loc[own, "arm"].sum()).all()


def test_strata_without_blocks_keep_the_numbers_of_each_stratum():
    people = listed(40, strata=("north", "south")).assign(trial_group="one")
    people["arm"] = np.where(people["stratum"] == "north", 1, 0)
    people.loc[:3, "arm"] = 1 - people.loc[:3, "arm"]
    arms = redraw(people, [], 50, Streams(1, "t")).all()
    numbers = arms[(people["stratum"] == "north").to_numpy()].sum(axis=0)
    assert set(numbers) == {18}
    # Without strata the numbers of the trial group are kept, which spans both.
    pooled = redraw(people.assign(stratum="one"), [], 50, Streams(1, "t")).all()
    assert len(set(pooled[(people["stratum"] == "north").to_numpy()].sum(axis=0))) > 5
    assert set(pooled.sum(axis=0)) == {20}


@pytest.mark.parametrize("sizes", [[], [4]])
def test_other_allocations_do_not_depend_on_the_order_of_rows(sizes):
    people = listed(40)
    order = np.random.default_rng(1).permutation(len(people))
    arms = redraw(people, sizes, 20, Streams(1, "t")).all()
    again = redraw(people.iloc[order], sizes, 20, Streams(1, "t")).all()
    np.testing.assert_array_equal(again, arms[order])


def test_a_part_of_the_allocations_is_that_part_of_all():
    drawn = redraw(listed(40), [4], 21, Streams(1, "t"))
    everything = drawn.all()
    assert everything.shape == (40, 21)
    chosen = np.arange(40) % 3 == 0
    np.testing.assert_array_equal(drawn.of(chosen).part(8, 64), everything[chosen, 8:])
    np.testing.assert_array_equal(drawn.part(16, 3), everything[:, 16:19])
    with pytest.raises(ValueError, match="whole bytes"):
        drawn.part(5, 8)


@pytest.mark.parametrize("covariance", ["classical", "HC0", "HC1"])
@pytest.mark.parametrize("weight", [None, "w"])
def test_statistics_are_those_of_each_regression(covariance, weight):
    rng = np.random.default_rng(4)
    people = listed(80).assign(x=rng.normal(size=80), w=rng.uniform(0.5, 2, 80))
    y = rng.normal(size=(80, 3))
    model = Ols(label="m", estimator="ols", covariance=covariance, covariates=["x"], weight=weight)
    (sample,) = samples(people, y, model)
    drawn = redraw(people, [4], 12, Streams(2, "t"))
    found = redrawn_statistics(sample, model.design(sample, "y"), covariance, drawn, chunk=8)
    for draw in range(12):
        (own,) = samples(people.assign(arm=drawn.all()[:, draw]), y, model)
        effects = ols_effects(y, model.design(own, "y"), covariance, own.weights)
        wanted = effects.estimate[0] / effects.std_error[0]
        np.testing.assert_allclose(found[draw], wanted, rtol=1e-9)


def test_randomisation_inference_is_exact_where_every_allocation_can_be_listed():
    """Six people, one block: 20 allocations, and the p-value is a count of them."""
    y = np.array([3.0, 1.0, 4.0, 1.5, 5.0, 9.0])
    people = listed(6, strata=("a",)).assign(arm=[0, 0, 1, 0, 1, 1])
    model = Ols(label="m", estimator="ols", covariance="classical")
    (sample,) = samples(people, y[:, None], model)
    design = model.design(sample, "y")
    effects = ols_effects(y[:, None], design, "classical")
    observed = abs(effects.estimate[0, 0] / effects.std_error[0, 0])
    every = np.array([[i in t for i in range(6)] for t in itertools.combinations(range(6), 3)])
    listed_all = Allocations(np.packbits(every.T, axis=1), len(every))
    exact = np.abs(redrawn_statistics(sample, design, "classical", listed_all)[:, 0])
    wanted = (exact >= observed - 1e-9).mean()
    arms = redraw(people, [6], 20_000, Streams(3, "t"))
    drawn = np.abs(redrawn_statistics(sample, design, "classical", arms)[:, 0])
    assert (drawn >= observed - 1e-9).mean() == pytest.approx(wanted, abs=0.01)


def test_step_down_is_that_of_the_algorithm_written_as_loops():
    rng = np.random.default_rng(5)
    redrawn = rng.normal(size=(199, 4)) @ np.array(
        [[1, 0.5, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.9], [0, 0, 0, 1]]
    )
    observed = np.array([1.2, -2.5, 0.3, 2.1])
    single, adjusted = step_down(observed, redrawn)
    order = sorted(range(4), key=lambda i: -abs(observed[i]))
    wanted, previous = [0.0] * 4, 0.0
    for place, i in enumerate(order):
        rest = order[place:]
        beyond = sum(max(abs(row[j]) for j in rest) >= abs(observed[i]) for row in redrawn)
        previous = max(previous, (1 + beyond) / 200)
        wanted[i] = previous
    np.testing.assert_allclose(adjusted, wanted)
    assert (adjusted >= single).all()


def test_family_wise_error_is_kept_under_the_null():
    """Of 200 trials without any effect, with four related outcomes, few reject anything."""
    rng = np.random.default_rng(6)
    people, rejected = listed(60), 0
    model = Ols(label="m", estimator="ols", covariance="HC1")
    arms = redraw(people, [4, 6], 199, Streams(4, "t"))
    fresh = redraw(people, [4, 6], 200, Streams(5, "t")).all()
    for trial in range(200):
        common = rng.normal(size=(60, 1))
        y = common + rng.normal(size=(60, 4))
        (sample,) = samples(people.assign(arm=fresh[:, trial]), y, model)
        design = model.design(sample, "y")
        effects = ols_effects(y, design, "HC1")
        observed = effects.estimate[0] / effects.std_error[0]
        _, adjusted = step_down(observed, redrawn_statistics(sample, design, "HC1", arms))
        rejected += adjusted.min() <= 0.05
    # Binomial of 200 at .05: above 20 once in a thousand.
    assert rejected <= 20
