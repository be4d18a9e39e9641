"""Suppression of random systems, held against the attack, which shares no code with it."""

import numpy as np
import pytest
from release.made_up import SHAPES, as_read, random_table

from ipseval.release.attack import bounds_of
from ipseval.release.suppress import suppress

WIDTH = 5.0


@pytest.mark.parametrize("seed", range(50))
def test_no_withheld_number_of_a_random_table_is_narrow(seed):
    system = random_table(seed, SHAPES[seed % len(SHAPES)])
    arrays = system.frozen()
    risky = (arrays.truth >= 1) & (arrays.truth <= 9)
    found = suppress(arrays, risky, WIDTH, cuts=20)
    assert not found.unprotected
    assert found.withheld[risky].all()
    assert found.bound <= found.loss + 1e-6
    names = [system.keys[i] for i in np.flatnonzero(found.withheld)]
    bounds = bounds_of(as_read(system, found.withheld), names)
    for name, (low, high) in bounds.items():
        assert low <= system.truth[system.index[name]] <= high, "truth lies outside"
        assert high - low >= WIDTH, name


def test_primary_suppression_alone_is_no_protection():
    exact = 0
    for seed in range(10):
        system = random_table(seed, SHAPES[0])
        arrays = system.frozen()
        risky = (arrays.truth >= 1) & (arrays.truth <= 9)
        names = [system.keys[i] for i in np.flatnonzero(risky)]
        bounds = bounds_of(as_read(system, risky), names)
        exact += sum(high == low for low, high in bounds.values())
    assert exact


def test_the_attack_notices_each_secondary_that_is_put_back():
    noticed = tried = 0
    for seed in range(5):
        system = random_table(seed, SHAPES[0])
        arrays = system.frozen()
        risky = (arrays.truth >= 1) & (arrays.truth <= 9)
        # Optimal or tidied: no secondary is there for nothing.
        found = suppress(arrays, risky, WIDTH, cuts=0)
        for place in np.flatnonzero(found.withheld & ~risky):
            weaker = found.withheld.copy()
            weaker[place] = False
            names = [system.keys[i] for i in np.flatnonzero(weaker)]
            bounds = bounds_of(as_read(system, weaker), names)
            tried += 1
            noticed += any(high - low < WIDTH for low, high in bounds.values())
    assert tried > 5
    assert noticed == tried


def test_two_values_of_one_key_are_refused():
    system = random_table(0, SHAPES[0])
    with pytest.raises(ValueError, match="in one place"):
        system.number(system.keys[0], system.truth[0] + 1)


def test_a_relation_that_does_not_add_up_is_refused():
    system = random_table(0, SHAPES[0])
    with pytest.raises(ValueError, match="misses by"):
        system.relate(0, [1, 2])


def test_contradicting_releases_are_refused():
    system = random_table(0, SHAPES[0])
    puzzle = as_read(system, np.zeros(len(system.keys), dtype=bool))
    puzzle.low[0] += 3
    puzzle.high[0] += 3
    with pytest.raises(ValueError, match="contradict"):
        bounds_of(puzzle, [system.keys[1]])
