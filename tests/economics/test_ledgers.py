"""Costs from a ledger: what adds up, what is shared, what is refused; unit costs."""

import numpy as np
import pandas as pd
import pytest
from appraised import ERRORS, ESTIMATES, GROUPS, LEDGER, PEOPLE, declared, impacts_of

from ipseval.economics.costs import costs_by_category, unit_costs
from ipseval.errors import InputError

BY_TIME = [("cost.ledger.hours", "hours"), ("cost.ledger.hourly_rate", "hourly_rate")]
SHARED = [("cost.ledger.site", "site"), ("cost.ledger.shared_by", "recruits")]


def costs(economics, ledger=LEDGER, people=PEOPLE):
    return costs_by_category(economics, GROUPS, people, ledger, {})


def test_costs_by_category_and_payer_by_hand():
    found = costs(declared(("cost.ledger.payers", {"overheads": "nhs"}), *BY_TIME))
    rows = found.set_index(["group", "category"])
    assert rows["amount"].to_dict() == {
        ("a", "staff"): 900,
        ("a", "overheads"): 600,
        ("b", "staff"): 400,
        ("all", "staff"): 1300,
        ("all", "overheads"): 600,
    }
    assert rows.loc[("a", "overheads"), "payer"] == "nhs"
    assert rows.loc[("a", "staff"), "per_head"] == 300
    assert rows.loc[("all", "staff"), ["n_treatment", "n_randomised"]].to_list() == [5, 10]


@pytest.mark.parametrize(
    ("column", "row", "value", "problem"),
    [
        ("amount", 0, 901.0, "'hours' times 'hourly_rate' is not 'amount'"),
        ("hours", 2, np.nan, "'hours' times 'hourly_rate' is not 'amount'"),
        ("hourly_rate", 0, np.nan, "'hours' times 'hourly_rate' is not 'amount'"),
        ("category", 1, None, "'category' is missing"),
        ("trial_group", 2, "c", "booked to a caseload that no group has"),
        ("amount", 1, -5.0, "'amount' is missing or below zero"),
        ("amount", 1, np.nan, "'amount' is missing or below zero"),
    ],
)
def test_a_ledger_that_does_not_add_up_is_refused(column, row, value, problem):
    ledger = LEDGER.copy()
    ledger.loc[row, column] = value
    with pytest.raises(InputError, match=problem) as caught:
        costs(declared(*BY_TIME), ledger)
    text = str(caught.value)
    assert "ledger" in text
    assert f"rows: {row + 1}" in text or f"row {row + 1}" in text or f"[{row + 1}]" in text


def test_a_penny_of_rounding_adds_up():
    ledger = LEDGER.assign(amount=[900.01, 600.0, 399.99])
    assert costs(declared(*BY_TIME), ledger)["amount"].sum() == pytest.approx(2 * 1900)


def test_bookings_of_a_site_are_shared_by_recruits():
    common = {"site": "one", "trial_group": None, "category": "set_up", "amount": 500.0}
    ledger = pd.concat([LEDGER, pd.DataFrame([common])], ignore_index=True)
    found = costs(declared(*SHARED), ledger).set_index(["group", "category"])
    # Three recruits to treatment of group a and two of b share what the site spent.
    assert found.loc[("a", "set_up"), "amount"] == pytest.approx(300)
    assert found.loc[("b", "set_up"), "amount"] == pytest.approx(200)
    assert found.loc[("all", "set_up"), "per_head"] == pytest.approx(100)
    with pytest.raises(InputError, match="costs are booked to no caseload"):
        costs(declared(), ledger)
    elsewhere = ledger.assign(site=["one"] * 3 + ["two"])
    with pytest.raises(InputError, match="a site with recruits"):
        costs(declared(*SHARED), elsewhere)


def test_a_group_without_costs_is_refused():
    with pytest.raises(InputError, match="books nothing to a group"):
        costs(declared(), LEDGER[LEDGER["trial_group"] == "a"])


def test_unit_costs_by_hand():
    economics = declared(("cost.activity", {"meeting": "sessions"}), ("cost.in_work", "pay"))
    estimates = [0.1, *ESTIMATES[1:2], -0.1, *ESTIMATES[3:]]
    impacts = impacts_of(economics, estimates, ERRORS)
    found = unit_costs(economics, GROUPS, PEOPLE, costs(economics), impacts)
    found = found.set_index(["group", "measure"])
    assert found.loc[("a", "recruit_to_treatment"), "cost"] == 500
    assert found.loc[("a", "meeting"), ["quantity", "cost"]].to_list() == [6, 250]
    # 1,500 spent on three people, of whom a tenth more work.
    assert found.loc[("a", "additional_person_in_work"), "cost"] == pytest.approx(5000)
    ends = found.loc[("a", "additional_person_in_work"), ["quantity_ci_low", "quantity_ci_high"]]
    half = 1.959964 * 3 * ERRORS[0]
    assert ends.to_list() == pytest.approx([0.3 - half, 0.3 + half])
    assert found.loc[("a", "meeting"), ["quantity_ci_low", "quantity_ci_high"]].to_list() == [6, 6]
    assert np.isnan(found.loc[("b", "additional_person_in_work"), "cost"])
