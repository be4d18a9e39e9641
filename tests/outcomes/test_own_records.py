"""Results made from a trial's own records of which a person may have several."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import small_trial

from ipseval.config.load import load_trial
from ipseval.config.outcomes import Outcomes
from ipseval.config.refs import Place, problems
from ipseval.errors import InputError
from ipseval.outcomes.context import DerivationContext
from ipseval.outcomes.linked import LinkedSources

IDS = ["a", "b", "c"]
DAYS = np.array(["2020-01-31", "2020-01-01", "2020-03-01"], dtype="datetime64[D]")
ON = ["2020-02-29", "2020-02-28", "2020-01-31", "2020-02-29", "2020-01-31", "2020-01-31"]
VISITS = pd.DataFrame(
    {
        "id": ["b", "a", "a", "a", "x", "b", "a"],
        "on": pd.to_datetime([*ON, None]),
        "why": ["work", "health", "work", "work", "work", "health", "work"],
        "minutes": [5, 20, 30, 10, 40, 50, 60],
    }
)
MONTHS = {"column": "on", "months": 2, "last_day": "2020-03-31", "prefix": "visits_"}


def made(kind, records=VISITS, **fields):
    declared = {"kind": kind, "table": "visits", "label": "l", "unit": "u", **fields}
    spec = Outcomes.model_validate({"covariates": {}, "outcomes": {"y": declared}}).outcomes["y"]

    def owners(source):
        raise AssertionError(f"nobody has records of {source}")

    context = DerivationContext(
        day=DAYS,
        known={},
        linked=LinkedSources(),
        owners=owners,
        tables={"visits": records},
        trial=small_trial(),
        record_ids=pd.Series(IDS),
        paye=None,
    )
    return spec.derive("y", context)


def given(values):
    return [None if pd.isna(v) else v for v in values]


def test_rows_that_count_have_one_of_the_values():
    assert given(made("record_count")) == [4, 2, None]
    assert given(made("record_count", where={"why": ["work"]})) == [3, 1, None]
    assert given(made("record_count", where={"why": ["other"]})) == [0, 0, None]
    long = {"column": "minutes", "above": 15, "where": {"why": ["work"]}}
    assert given(made("record_count", **long)) == [2, 0, None]


def test_rows_by_month_since_randomisation():
    """Who comes on 31 January begins a second month on 29 February."""
    counts = made("records_by_month", **MONTHS)
    assert list(counts) == ["visits_1", "visits_2"]
    assert given(counts["visits_1"]) == [2, 1, None], "day 31 has an end of February"
    assert given(counts["visits_2"]) == [1, 1, None]


@pytest.mark.parametrize(
    ("last_day", "second"),
    [("2020-03-30", [1, 1, None]), ("2020-03-29", [None, 1, None]), ("2020-02-28", [None] * 3)],
)
def test_a_month_that_ends_after_the_records_is_missing(last_day, second):
    assert given(made("records_by_month", **MONTHS | {"last_day": last_day})["visits_2"]) == second


def test_the_first_row_says_what_is_wanted_whatever_the_order_of_rows():
    assert given(made("first_record", date="on", column="why")) == ["work", "health", None]
    assert given(made("first_record", date="on", column="minutes")) == [30, 50, None]
    same_day = VISITS.assign(on=pd.Timestamp("2020-05-01"))
    for records in (same_day, same_day[::-1]):
        found = made("first_record", records, date="on", column="why")
        assert given(found) == ["health", "health", None]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"kind": "record_count", "where": {"purpose": ["chat"]}}, "'chat'"),
        ({"kind": "first_record", "date": "minutes", "column": "purpose"}, "is not a date"),
        ({"kind": "records_by_month", **MONTHS, "column": "minutes"}, "is not a date"),
    ],
)
def test_what_cannot_be_is_refused(declared, message):
    config = load_trial(Path("config/trials"), "hlt")
    declared = {**declared, "table": "sessions", "label": "l", "unit": "u"}
    spec = Outcomes.model_validate({"covariates": {}, "outcomes": {"y": declared}})
    found = [text for _, text in problems(spec, Place(config, Path(), "outcomes"))]
    assert any(message in text for text in found), found


def test_a_last_day_that_is_no_day_is_refused():
    with pytest.raises((ValueError, InputError), match=r"not a date|no day"):
        made("records_by_month", **MONTHS | {"last_day": "2020-02-30"})
