"""No identifier reaches a result: refused where it is declared, and again by its values."""

import re

import pandas as pd
import pytest
from helpers import small_trial, trial_config

from ipseval.config.check import check_trial
from ipseval.config.declared import TRIAL_FILES
from ipseval.errors import InputError
from ipseval.outcomes.identifiers import refuse_identifiers
from ipseval.provenance import ROOT

N = 40
KEYS = pd.Series([f"{i}" for i in range(1, N + 1)], dtype="str")
TABLES = {
    "people": pd.DataFrame(
        {
            "id": KEYS,
            "nino": [f"QQ{i:06}A" for i in range(N)],
            "born": pd.date_range("1980-01-05", periods=N, freq="37D"),
        }
    ),
    "jobs": pd.DataFrame({"payroll": [f"payroll {i}" for i in range(N)]}),
}
IDENTIFIERS = {"people": ["id", "nino", "born"], "jobs": ["payroll"]}
LINKS = pd.DataFrame(
    {"person_id": [f"p{i:03}" for i in range(N)], "source": "people", "record_id": KEYS}
)


def read(table: str, column: str) -> pd.Series:
    return TABLES[table][column]


def refused(values, table: str = "people") -> None:
    frame = pd.DataFrame({"person_id": LINKS["person_id"][::-1], "y": list(values)[::-1]})
    refuse_identifiers({table: frame}, read, IDENTIFIERS, small_trial().person, LINKS)


@pytest.mark.parametrize(
    "values",
    [
        TABLES["people"]["nino"],
        TABLES["people"]["born"],
        TABLES["people"]["born"].astype("str"),
        TABLES["people"]["nino"].astype("category"),
        TABLES["people"]["nino"].where(TABLES["people"].index % 3 > 0),
        TABLES["jobs"]["payroll"][::-1],
        KEYS,
        KEYS.astype(float),
    ],
    ids=["text", "date", "day", "category", "some", "of another table", "number", "float"],
)
def test_values_of_an_identifier_are_refused_without_showing_one(values):
    with pytest.raises(InputError) as caught:
        refused(values)
    message = str(caught.value)
    assert "a result has the values of '" in message
    assert "column: y" in message
    assert not re.search(r"QQ\d|19\d\d-|payroll \d", message)


@pytest.mark.parametrize(
    "values",
    [
        [i % 5 for i in range(N)],
        [f"{i % 5}" for i in range(N)],
        pd.date_range("2018-01-05", periods=N, freq="D"),
        [float(i * 7 % N) for i in range(N)],
        [i % 2 == 0 for i in range(N)],
        [f"area {i % 3}" for i in range(N)],
        [None] * N,
    ],
)
def test_answers_that_are_equal_to_some_identifier_by_chance_are_not(values):
    refused(values)


PLACES = {
    "site": ("trial", lambda t: {"person": {**t["person"], "site": "recruit_id"}}),
    "arm": (
        "trial",
        lambda t: {"person": {**t["person"], "arm": {**t["person"]["arm"], "column": "nino"}}},
    ),
    "area": ("trial", lambda t: {"person": {**t["person"], "area": "postcode"}}),
    "trial_group": ("trial", lambda t: {"person": {**t["person"], "trial_group": "last_name"}}),
    "stratum": ("trial", lambda t: {"randomisation": {"strata": ["postcode"]}}),
    "covariate": (
        "outcomes",
        lambda o: {
            "covariates": {
                **o["covariates"],
                "leak": {"kind": "column", "column": "nino", "label": "x", "unit": "x"},
            }
        },
    ),
    "outcome by prefix": (
        "outcomes",
        lambda o: {
            "outcomes": {
                **o["outcomes"],
                "leak": {"kind": "columns", "prefix": "post", "label": "x", "unit": "x"},
            }
        },
    ),
    "route": (
        "outcomes",
        lambda o: {
            "outcomes": {
                **o["outcomes"],
                "leak": {
                    "kind": "column",
                    "column": "gender",
                    "zero_where": {"last_name": ["x"]},
                    "label": "x",
                    "unit": "x",
                },
            }
        },
    ),
}


@pytest.mark.parametrize("where", PLACES)
def test_an_identifier_declared_where_it_would_reach_a_result_is_refused(where):
    config = trial_config("hlt")
    section, change = PLACES[where]
    plain = getattr(config, section).model_dump(mode="json", exclude_unset=True)
    changed = TRIAL_FILES[section].model_validate({**plain, **change(plain)})
    trial = type(config)(**{**vars(config), section: changed})
    folder = ROOT / "config/trials/hlt"
    problems = check_trial(trial, {stem: folder / f"{stem}.yaml" for stem in TRIAL_FILES}, ROOT)
    said = [str(p) for p in problems if "is an identifier: people are linked by it" in str(p)]
    assert len(said) == 1, [str(p) for p in problems]
    assert "name another column, or correct its sensitivity in extracts.yaml" in said[0]
