"""Results of the economics of a trial as declared, of made-up people, impacts and bookings."""

import numpy as np
import pandas as pd

from ipseval.config.load import load_trial
from ipseval.economics.impacts import Impacts
from ipseval.economics.results import appraisal_results
from ipseval.provenance import ROOT
from ipseval.streams import Streams

TRIALS = {name: load_trial(ROOT / "config" / "trials", name) for name in ("hlt", "trailblazers")}


def tables_of(trial, economics, n=100, harm=None):
    """Return the results of an appraisal of made-up people, impacts and bookings.

    harm: a group whose impacts are all negative.
    """
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
    sign = np.array([-1.0 if group == harm else 1.0 for group, _ in keys])
    impacts = Impacts(
        keys,
        sign * size,
        size / 4,
        np.full(len(keys), 0.01),
        np.full(len(keys), 9.0),
        np.diag(size**2),
    )
    return appraisal_results(economics, groups, people, ledger, impacts, Streams(1, "t"), n)


def moved(economics, name):
    """Return the declarations with another value of a number, and another spread."""
    section = "rates" if name in economics.rates else "values"
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


def small(trial, groups=1):
    """Return the declarations of a trial's economics, of its first groups."""
    economics = TRIALS[trial].economics
    plain = economics.model_dump(mode="json")
    plain |= {"groups": plain["groups"][:groups], "not_calculated": []}
    return type(economics).model_validate(plain)
