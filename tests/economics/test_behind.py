"""Numbers that were solved for or assumed mark what is computed from them, and nothing escapes."""

import numpy as np
import pytest
from made_results import TRIALS, moved, small, tables_of

from ipseval.economics.behind import KEYS, numbers_behind


@pytest.fixture(scope="module")
def before():
    """Return declarations and results of one group of each trial."""
    declared = {trial: small(trial) for trial in TRIALS}
    return {trial: (one, tables_of(trial, one)[0]) for trial, one in declared.items()}


NUMBERS = [
    (trial, name)
    for trial, config in TRIALS.items()
    for name, quantity in config.economics.quantities.items()
    if quantity.known == "solved" or name in ("cost_of_delivery", "decay", "cost_of_a_place")
]


@pytest.mark.parametrize(("trial", "name"), NUMBERS)
def test_whatever_moves_with_a_number_says_that_it_is_behind_it(before, trial, name):
    economics, tables = before[trial]
    after, _ = tables_of(trial, moved(economics, name))
    moving = 0
    for result, table in tables.items():
        for column in table.select_dtypes("number"):
            changed = ~np.isclose(table[column], after[result][column], rtol=1e-9, equal_nan=True)
            moving += changed.sum()
            for row in table[changed].to_dict("records"):
                keys = {key: [row[key]] for key in KEYS if key in row} | {"column": [column]}
                behind = numbers_behind(economics, result, keys)
                assert name in behind, (result, keys)
                if result != "quantities":
                    assert name in row[behind[name]].split(";") or behind[name] == "source"
    assert moving
