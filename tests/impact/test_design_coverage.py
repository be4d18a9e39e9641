"""The stored study of designs: unbiased, nominal coverage, and made by today's code."""

import json
from pathlib import Path

import numpy as np
import pytest
from reference import make_designs

STUDY = json.loads((Path(make_designs.__file__).parent / "designs.json").read_text())
# Its errors are those of people, and clusters were randomised: wrong by design.
WRONG = "clusters HC1, which takes people as independent"


@pytest.mark.parametrize("name", sorted(set(STUDY["estimators"]) - {WRONG}))
def test_estimates_are_unbiased_and_intervals_cover(name):
    found, n = STUDY["estimators"][name], STUDY["replicates"]
    assert n == 500
    assert found["estimated"] == n
    assert abs(found["mean"] - found["truth"]) < 4 * found["monte_carlo_error"]
    assert found["coverage"] == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / n))
    assert found["mean_std_error"] == pytest.approx(found["spread"], rel=0.1)


def test_the_study_sees_that_people_of_a_cluster_are_not_independent():
    assert STUDY["estimators"][WRONG]["coverage"] < 0.85


def test_the_study_is_that_of_todays_code():
    assert STUDY["seed"] == make_designs.SEED
    for replicate in range(make_designs.FIRST):
        for name, values in make_designs.estimates(replicate).items():
            wanted = STUDY["estimators"][name]["first"][replicate]
            np.testing.assert_allclose(values, wanted, rtol=1e-6, err_msg=name)
