"""A small trial to appraise: two groups and their pool, one impact on money and one on health."""

from copy import deepcopy

import numpy as np
import pandas as pd

from ipseval.config.check import problems_of
from ipseval.config.declared import TrialConfig
from ipseval.config.economics import Economics
from ipseval.config.exhibits import Exhibits
from ipseval.config.extracts import Column, Extracts, Table
from ipseval.config.models import Family, Models
from ipseval.config.outcomes import Outcomes
from ipseval.config.read import parse_section
from ipseval.config.refs import Place
from ipseval.config.trial import ArmRole, Group, PersonTable, Trial
from ipseval.economics.costs import costs_by_category
from ipseval.economics.impacts import Impacts
from ipseval.economics.model import make_model
from ipseval.economics.quantities import values_of
from ipseval.errors import InputError, InputErrors
from ipseval.impact.estimators.ols import Ols
from ipseval.outcomes.derivations.area_under_curve import AreaUnderCurve
from ipseval.outcomes.derivations.column import FromColumn
from ipseval.outcomes.derivations.total_pay import TotalPay
from ipseval.outcomes.derivations.winsorised import Winsorised
from ipseval.provenance import ROOT
from ipseval.streams import Streams

GROUPS = {
    "a": Group(label="A", trial_groups=["a"]),
    "b": Group(label="B", trial_groups=["b"]),
    "all": Group(label="All", trial_groups=["a", "b"]),
}
PEOPLE = pd.DataFrame(
    {
        "trial_group": ["a"] * 6 + ["b"] * 4,
        "site": "one",
        "arm": [1, 1, 1, 0, 0, 0, 1, 0, 1, 0],
        "sessions": [4.0, 2.0, np.nan, 0, 0, 0, 6.0, 0, 2.0, 0],
    }
)
LEDGER = pd.DataFrame(
    {
        "site": "one",
        "trial_group": ["a", "a", "b"],
        "category": ["staff", "overheads", "staff"],
        "hours": [90.0, np.nan, 40.0],
        "hourly_rate": [10.0, np.nan, 10.0],
        "amount": [900.0, 600.0, 400.0],
    }
)
FIXED = {"kind": "fixed"}


def quantity(value, distribution=FIXED, **more):
    return {
        "label": "Q",
        "value": value,
        "unit": "u",
        "source": "s",
        "known": "assumed",
        "distribution": distribution,
        **more,
    }


def amount(value, distribution=FIXED, year=2020):
    return quantity(value, distribution, price_year=year)


BENEFIT = {"label": "B", "kind": "money", "flows": [{"impact": "pay", "to_month": 12}]}
DECLARED = {
    "groups": ["a", "b", "all"],
    "price_year": 2020,
    "discount": {"money": 0.035, "health": 0.015},
    "detection_level": 0.05,
    "deflator": {2018: 80, 2020: 84},
    "impacts": {
        "pay": {"family": "f", "model": "ols", "outcome": "pay"},
        "index": {"family": "f", "model": "ols", "outcome": "index", "per": "year"},
    },
    "values": {"worth": amount(100), "qaly": amount(20_000)},
    "rates": {"decay": quantity(0.2), "tax": quantity(0.3)},
    "cost": {
        "ledger": {
            "table": "ledger",
            "amount": "amount",
            "price_year": 2020,
            "category": "category",
        }
    },
    "benefits": {
        "pay": BENEFIT | {"unit_value": ["worth"], "gains": {"participant": 1}},
        "tax": BENEFIT
        | {
            "kind": "transfer",
            "unit_value": ["worth", "tax"],
            "gains": {"participant": -1, "exchequer": 1},
        },
        "health": {
            "label": "H",
            "kind": "qaly",
            "flows": [{"impact": "index", "to_month": 12}],
            "unit_value": ["qaly"],
            "gains": {"participant": 1},
        },
    },
    "cases": {
        "financial": {"label": "Financial", "parties": ["exchequer", "nhs"]},
        "economic": {
            "label": "Economic",
            "parties": ["participant", "exchequer", "employer", "nhs", "others"],
        },
    },
    "appraisals": {
        "main": {
            "label": "Main",
            "benefits": ["pay", "tax", "health"],
            "evidence": "every",
            "impacts": "independent",
        }
    },
}


def changed(*edits):
    """Return DECLARED with edits: (path with dots, value)."""
    given = deepcopy(DECLARED)
    for path, value in edits:
        *folders, last = path.split(".")
        place = given
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return given


# What economics.yaml names in the other files of its trial, and no more of these.
FAMILY = Family.model_construct(
    groups=list(GROUPS),
    outcomes=["pay", "pay_later", "pay_later_winsorised", "index", "years"],
    models={"ols": Ols.model_construct(outcomes=None, covariance="HC1")},
    by_month=False,
    by_linkage=False,
    subgroups={},
)
CATEGORY = Column.model_construct(
    type="category", codes={"staff": "Staff", "overheads": "Overheads"}
)
BOOKINGS = Table.model_construct(columns=dict.fromkeys(LEDGER) | {"category": CATEGORY})
OTHERS = {
    "trial": Trial.model_construct(
        groups=GROUPS,
        person=PersonTable.model_construct(arm=ArmRole(column="arm", treatment=1, control=0)),
    ),
    "extracts": Extracts.model_construct(tables={"ledger": BOOKINGS}),
    "outcomes": Outcomes.model_construct(
        covariates={
            "sessions": FromColumn.model_construct(table="ledger", column="hours", multiply_by=1),
            "language": FromColumn.model_construct(table="ledger", column="category"),
        },
        outcomes={
            "pay_later": TotalPay.model_construct(unit="GBP", from_month=12, to_month=22),
            "pay_later_winsorised": Winsorised.model_construct(unit="GBP", of="pay_later"),
            "years": AreaUnderCurve.model_construct(unit="QALYs", of={0: "index", 12: "index"}),
        },
    ),
    "models": Models.model_construct(families={"f": FAMILY}),
    "exhibits": Exhibits.model_construct(exhibits={}),
}


def declared(*edits) -> Economics:
    """Return DECLARED with edits; raises InputErrors as the check of a whole trial does."""
    economics = parse_section(changed(*edits), Economics, "economics.yaml")
    place = Place(TrialConfig(economics=economics, **OTHERS), ROOT, "economics")
    if found := list(problems_of(economics, place)):
        raise InputErrors(
            [InputError(text, file="economics.yaml", rule=key.where) for key, text in found]
        )
    return economics


def impacts_of(economics, estimates, errors, covariance=None, p_value=None) -> Impacts:
    """Return impacts in the order group by group, as economics declares them."""
    keys = [(group, name) for group in economics.groups for name in economics.impacts]
    errors = np.array(errors, dtype=float)
    return Impacts(
        keys,
        np.array(estimates, dtype=float),
        errors,
        np.full(len(keys), 0.001) if p_value is None else np.array(p_value, dtype=float),
        np.full(len(keys), 6.0),
        np.diag(errors**2) if covariance is None else covariance,
    )


ESTIMATES = [2.0, 0.1, 1.0, 0.05, 1.5, 0.08]
ERRORS = [0.5, 0.03, 1.0, 0.03, 0.4, 0.02]


def model_of(economics, n=20_000, impacts=None, ledger=LEDGER, seed=1):
    impacts = impacts or impacts_of(economics, ESTIMATES, ERRORS)
    costs = costs_by_category(economics, GROUPS, PEOPLE, ledger, values_of(economics))
    return make_model(economics, impacts, costs, Streams(seed, "t"), n)
