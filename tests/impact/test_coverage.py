"""The stored study of bias and coverage: nominal where it should be, and made by this code."""

import json
from pathlib import Path

import numpy as np
import pytest
from reference import make_coverage

STUDY = json.loads((Path(make_coverage.__file__).parent / "coverage.json").read_text())
# Compares means of people who answered, of whom fewer have a low score: biased by design.
BIASED = "survey unweighted HC1"


@pytest.mark.parametrize("name", sorted(set(STUDY["estimators"]) - {BIASED}))
def test_estimates_are_unbiased_and_intervals_cover(name):
    found, n = STUDY["estimators"][name], STUDY["replicates"]
    assert n == 500
    # Four Monte Carlo errors: one study of 12 in a thousand is further off by chance.
    assert abs(found["mean"] - found["truth"]) < 4 * found["monte_carlo_error"]
    if name == "lee":
        # The interval of a set that holds the effect covers it more often than 95% of the time.
        assert found["coverage"] > 0.95
        return
    assert found["coverage"] == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / n))
    assert found["mean_std_error"] == pytest.approx(found["spread"], rel=0.1)


def test_the_study_sees_a_bias_where_there_is_one():
    found = STUDY["estimators"][BIASED]
    assert abs(found["mean"] - found["truth"]) > 5 * found["monte_carlo_error"]


def test_the_study_is_that_of_todays_code():
    assert STUDY["seed"] == make_coverage.SEED
    for replicate in range(make_coverage.FIRST):
        for name, values in make_coverage.estimates(replicate).items():
            wanted = STUDY["estimators"][name]["first"][replicate]
            np.testing.assert_allclose(values, wanted, rtol=1e-8, err_msg=name)
