"""Numbers that were solved for or assumed mark what is computed from them, and nothing escapes."""

import numpy as np
import pandas as pd
import pytest

from ipseval.config.load import load_trial
from ipseval.economics.behind import numbers_behind
from ipseval.economics.impacts import Impacts
from ipseval.economics.results import appraisal_results
from ipseval.provenance import ROOT
from ipseval.streams import Streams

TRIALS = {name: load_trial(ROOT / "config" / "trials", name) for name in ("hlt", "trailblazers")}
ROWS = ("appraisal", "scenario", "case", "item", "driver", "name")


def tables_of(trial, economics, n=100):
    """Return the results of an appraisal of made-up people, impacts and bookings."""
    config = TRIALS[trial]
    groups = {name: config.trial.groups[name] for name in economics.groups}
    caseloads = sorted({one for group in groups.values() for one in group.trial_groups})
    people = pd.DataFrame({"trial_group": np.repeat(caseloads, 4), "site": "one"})
    people["arm"] = np.tile([1, 0, 1, 0], len(caseloads))
    people = people.assign(**dict.fromkeys(economics.cost.activity.values(), 2.0))
    ledger = None
    if economics.cost.ledger:
        categories = sorted(economics.cost.ledger.payers) or ["staff"]
        ledger = pd.DataFrame(
            [(one, kind, 4000.0) for one in caseloads for kind in [*categories, "staff"]],
            columns=["trial_group", "category", "amount"],
        ).assign(site="one", hours=np.nan, hourly_rate=np.nan)
    keys = [(group, name) for group in economics.groups for name in economics.impacts]
    size = np.linspace(0.5, 1.5, len(keys))
    impacts = Impacts(
        keys, size, size / 4, np.full(len(keys), 0.01), np.full(len(keys), 9.0), np.diag(size**2)
    )
    return appraisal_results(economics, groups, people, ledger, impacts, Streams(1, "t"), n)[0]


def moved(economics, name):
    """Return the declarations with another value of a number, and another spread."""
    section = "values" if name in economics.values else "rates"
    quantity = getattr(economics, section)[name]
    spread, value = quantity.distribution, quantity.value * 0.99
    ends = {key: getattr(spread, key, None) for key in ("low", "high", "standard_error")}
    shifted = {key: end * 0.98 for key, end in ends.items() if end is not None}
    other = quantity.model_copy(
        update={"value": value, "distribution": spread.model_copy(update=shifted)}
    )
    numbers = getattr(economics, section) | {name: other}
    fresh = economics.model_dump(mode="json") | {
        section: {key: one.model_dump(mode="json") for key, one in numbers.items()}
    }
    return type(economics).model_validate(fresh)


@pytest.fixture(scope="module")
def before():
    """Return the results as declared, of two groups and of no more draws than it takes."""
    small = {}
    for trial, config in TRIALS.items():
        plain = config.economics.model_dump(mode="json")
        plain |= {"groups": plain["groups"][:1], "not_calculated": []}
        economics = type(config.economics).model_validate(plain)
        small[trial] = economics, tables_of(trial, economics)
    return small


NUMBERS = [
    (trial, name)
    for trial, config in TRIALS.items()
    for name, quantity in config.economics.quantities.items()
    if quantity.known == "solved" or name in ("cost_of_delivery", "decay", "cost_of_a_place")
]


@pytest.mark.parametrize(("trial", "name"), NUMBERS)
def test_whatever_moves_with_a_number_says_that_it_is_behind_it(before, trial, name):
    economics, tables = before[trial]
    after = tables_of(trial, moved(economics, name))
    moving = 0
    for result, table in tables.items():
        for column in table.select_dtypes("number"):
            changed = ~np.isclose(table[column], after[result][column], rtol=1e-9, equal_nan=True)
            moving += changed.sum()
            for row in table[changed].to_dict("records"):
                keys = {key: [row[key]] for key in ROWS if key in row} | {"column": [column]}
                behind = numbers_behind(economics, result, keys)
                assert name in behind, (result, keys)
                if result != "quantities":
                    assert name in row[behind[name]].split(";") or behind[name] == "source"
    assert moving
