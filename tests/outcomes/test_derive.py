"""Outcomes of linked people from records that employers sent more than once."""

import pandas as pd
import pytest
from helpers import TAX_BY_NUMBER, small_trial
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.config.outcomes import Outcomes
from ipseval.errors import InputError
from ipseval.linkage.link import link_trial
from ipseval.outcomes.derive import derive_outcomes

TRIAL = small_trial(sources={"tax": TAX_BY_NUMBER})
WINDOW = {"source": "tax", "from_month": 0, "to_month": 12, "label": "l", "unit": "u"}
OUTCOMES = {
    "spells": {
        "tax": {
            "employments": "jobs",
            "employment_id": "job",
            "start": "start",
            "end": "end",
            "payments": "paid",
            "paid_on": "on",
            "amount": "pay",
            "payment_key": ["job", "on", "pay"],
        }
    },
    "covariates": {},
    "outcomes": {
        "earnings": {"kind": "total_pay", **WINDOW},
        "weeks": {"kind": "weeks_employed", **WINDOW},
    },
    "months": {"source": "tax", "first": 0, "last": 12},
}


def derive(jobs, paid, payment_key=("job", "on", "pay"), again=None):
    """Return (people by id, months, messages) of two people, QQ000001A and QQ000002A."""
    people = pd.DataFrame({"id": ["a", "b"], "arm": [1, 0], "nino": ["QQ000001A", "QQ000002A"]})
    jobs = pd.DataFrame(jobs, columns=["job", "nino", "start", "end"]).astype(
        {"start": "datetime64[us]", "end": "datetime64[us]"}
    )
    columns = ["job", "on", "pay", *(["sent"] if again else [])]
    paid = pd.DataFrame(paid, columns=columns).astype({"on": "datetime64[us]"})
    spec = {**OUTCOMES, "spells": {"tax": {**OUTCOMES["spells"]["tax"]}}}
    spec["spells"]["tax"]["payment_key"] = list(payment_key)
    if again:
        spec["spells"]["tax"]["resubmitted"] = again
    tables = {"people": people, "jobs": jobs, "paid": paid.assign(pay=paid["pay"].astype(float))}
    linked = link_trial(tables, TRIAL, b"0" * 32, synthetic=True)
    said = []
    made = derive_outcomes(
        TRIAL,
        Outcomes.model_validate(spec),
        tables,
        linked["links"],
        linked["linkable"],
        said.append,
    )
    own = linked["links"].query("source == 'people'").set_index("record_id")["person_id"]
    return made.people.set_index("person_id").loc[own[["a", "b"]]], made.months, said


JOBS = [
    ("j1", "QQ000001A", "2018-06-01", "2019-03-31"),
    ("j2", "QQ000002A", "2019-02-01", None),
]
PAID = [
    ("j1", "2019-01-31", 100),
    ("j1", "2019-02-28", 100),
    ("j1", "2019-04-30", 40),  # final pay, after leaving
    ("j2", "2019-02-28", 70.5),
]


def test_a_payment_reported_again_counts_once_and_is_counted():
    once, months, said = derive(JOBS, PAID)
    assert once["earnings"].tolist() == [240, 70.5]
    assert said == ["tax: 0 payments reported again, each counted once"]
    again, months_again, said = derive(JOBS, [*PAID, PAID[1], PAID[1], PAID[3]])
    pd.testing.assert_frame_equal(again, once)
    pd.testing.assert_frame_equal(months_again, months)
    assert said == ["tax: 3 payments reported again, each counted once"]


@pytest.mark.parametrize(
    ("amounts", "pay"),
    [
        ([1000, -1000, 1000], 1000),
        ([1000, -1000], 0),
        ([1000, 1000], 1000),
        ([1000, 1000, -1000, -1000], 0),
        ([1000, -1000, 1000, 1000], 1000),  # paid again, and reported twice
        ([-1000], -1000),  # of a payment of another day
        ([1000, -900], 100),
        ([0, 0], 0),
    ],
)
def test_a_reversal_takes_one_payment_back(amounts, pay):
    for order in (amounts, amounts[::-1]):
        found, _, _ = derive(JOBS, [("j1", "2019-01-31", amount) for amount in order])
        assert found["earnings"].tolist() == [pay, 0]


def test_a_correction_takes_the_place_of_the_report_before():
    again = {"key": ["job", "on"], "latest": "sent"}
    paid = [
        ("j1", "2019-01-31", 100, 1),
        ("j1", "2019-01-31", 120, 3),
        ("j1", "2019-01-31", 90, 2),
        ("j1", "2019-02-28", 100, 1),
        ("j2", "2019-01-31", 70, 1),
    ]
    for rows in (paid, paid[::-1]):
        found, _, said = derive(JOBS, rows, again=again)
        assert found["earnings"].tolist() == [220, 70]
        assert any("2 " in text for text in said), "reports left out are counted"
    # Numbers of jobs of two people that are the same stop the run, as for events.
    with pytest.raises(InputError, match="different people or days"):
        derive(JOBS, paid, again={"key": ["on"], "latest": "sent"})


def test_what_differs_in_the_key_is_another_payment():
    other_day, other_amount = ("j1", "2019-02-27", 100), ("j1", "2019-02-28", 99.99)
    other_job = ("j2", "2019-01-31", 100)
    found, _, _ = derive(JOBS, [*PAID, other_day, other_amount, other_job])
    assert found["earnings"].tolist() == [439.99, 170.5]


def test_without_a_key_every_row_counts():
    found, _, _ = derive(JOBS, [*PAID, PAID[1]], payment_key=())
    assert found["earnings"].tolist() == [340, 70.5]


def test_pay_after_leaving_counts_by_its_date_and_is_no_employment():
    found, months, _ = derive(JOBS, PAID)
    april = months[months["month"] == 4].set_index("person_id").loc[found.index[0]]
    assert (april["pay"], april["employed"]) == (40, 0)
    assert found["weeks"].iloc[0] == pytest.approx(90 / 7)


def test_an_employment_reported_under_two_numbers_counts_once():
    """The second number has the first day of the job, so the two overlap."""
    whole = [("j1", "QQ000001A", "2018-06-01", "2019-08-31"), JOBS[1]]
    parts = [
        ("j1", "QQ000001A", "2018-06-01", "2019-02-15"),
        ("j3", "QQ000001A", "2018-06-01", "2019-08-31"),
        JOBS[1],
    ]
    moved = [("j3", on, pay) if on > "2019-02-01" else (job, on, pay) for job, on, pay in PAID[:3]]
    one, months, _ = derive(whole, PAID)
    two, months_two, _ = derive(parts, [*moved, PAID[3]])
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(months, months_two)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 3), max_size=8), st.randoms())
def test_repeats_in_any_number_and_order_change_nothing(repeats, random):
    rows = [*PAID, *(PAID[i] for i in repeats)]
    random.shuffle(rows)
    found, months, said = derive(JOBS, rows)
    wanted, months_wanted, _ = derive(JOBS, PAID)
    pd.testing.assert_frame_equal(found, wanted)
    pd.testing.assert_frame_equal(months, months_wanted)
    assert said[0].startswith(f"tax: {len(repeats)} payments")


def test_employments_that_mostly_end_before_they_begin_stop_the_run():
    with pytest.raises(InputError, match="1 of 1 records end before they begin"):
        derive([("j1", "QQ000001A", "2019-06-30", "2019-01-01")], [])
