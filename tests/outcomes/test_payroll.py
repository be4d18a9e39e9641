"""Income tax and National Insurance on PAYE pay: sums done by hand from the published rates."""

import shutil

import numpy as np
import pytest

from ipseval.calendar import add_months
from ipseval.config.load import load_project, load_trial
from ipseval.config.paye import FILE, Paye
from ipseval.config.read import read_section
from ipseval.errors import InputError
from ipseval.outcomes.linked import Employments
from ipseval.outcomes.payroll import charge_in_window, employee_ni, employer_ni, income_tax
from ipseval.provenance import ROOT

PAYE = read_section(ROOT / FILE, Paye)
TAX = {year: PAYE.of(year).income_tax for year in (2018, 2019, 2020, 2021)}
NI = {year: PAYE.of(year).national_insurance for year in (2018, 2019, 2020, 2021)}
CHARGES = ("income_tax", "employee_ni", "employer_ni")


@pytest.mark.parametrize(
    ("year", "pay", "due"),
    [
        (2019, 12_500, 0),
        (2019, 12_501, 0.20),
        (2019, 30_000, 3_500),
        (2019, 50_000, 7_500),
        (2019, 60_000, 11_500),
        (2019, 100_000, 27_500),
        (2019, 110_000, 33_500),  # the allowance is 7,500
        (2019, 125_000, 42_500),  # and nothing
        (2019, 150_000, 52_500),
        (2019, 200_000, 75_000),
        (2018, 30_000, 3_630),
        (2018, 46_350, 6_900),
        (2018, 50_000, 8_360),
        (2020, 30_000, 3_500),
        (2021, 30_000, 3_486),
        (2021, 50_270, 7_540),
        (2021, 60_000, 11_432),
    ],
)
def test_income_tax_of_a_year(year, pay, due):
    """Worked out by hand from the published allowances and bands."""
    assert income_tax(np.array([pay]), TAX[year]) == pytest.approx([due])


def test_tax_of_a_part_of_a_year_is_that_part_of_the_tax_of_a_year():
    pay = np.array([0.0, 3_000, 10_000, 20_000, 60_000])
    assert income_tax(pay, TAX[2019], 0.25) == pytest.approx(income_tax(pay * 4, TAX[2019]) / 4)


@pytest.mark.parametrize(
    ("year", "pay", "employee", "employer"),
    [
        (2019, 719, 0, 0),
        (2019, 1_000, 33.72, 38.778),
        (2019, 4_167, 413.76, 475.824),
        (2019, 5_000, 430.42, 590.778),
        (2018, 1_000, 35.76, 41.124),
        (2018, 5_000, 402.06, 593.124),
        (2020, 1_000, 24.96, 36.984),  # employees and employers begin at different pay
        (2020, 750, 0, 2.484),
        (2021, 1_000, 24.36, 36.294),
        (2021, 5_000, 423.26, 588.294),
    ],
)
def test_national_insurance_of_a_month(year, pay, employee, employer):
    assert employee_ni(np.array([pay]), NI[year]) == pytest.approx([employee])
    assert employer_ni(np.array([pay]), NI[year]) == pytest.approx([employer])


def charges(payments, day, months=(0, 12), people=1, payments_to_month=None) -> list[list[float]]:
    """Return the three charges of each person in a window: payments are (person, day, amount)."""
    person = np.array([p for p, _, _ in payments], dtype=np.int64)
    work = Employments(
        known=np.ones(people, dtype=bool),
        employments=None,
        person=person,
        paid_on=np.array([on for _, on, _ in payments], dtype="datetime64[D]"),
        amount=np.array([amount for _, _, amount in payments], dtype=float),
        repeated=0,
        payments_to_month=payments_to_month,
    )
    days = np.full(people, day, dtype="datetime64[D]")
    window = [add_months(days, month) for month in months]
    found = [charge_in_window(c, work, days, *window, PAYE) for c in CHARGES]
    return np.transpose(found).tolist()


def monthly(year: int, amount: float, person: int = 0, months=range(12)):
    """Return a payment on the 28th of each tax month of a tax year, the first in April."""
    april = np.datetime64(f"{year}-04", "M")
    return [(person, str(april + m) + "-28", amount) for m in months]


def test_a_tax_year_within_the_window():
    tax = 3_500
    ni = 12 * 0.12 * (2_500 - 719), 12 * 0.138 * (2_500 - 719)
    assert charges(monthly(2019, 2_500), "2019-04-06")[0] == pytest.approx([tax, *ni], abs=0.005)


def test_a_window_across_two_tax_years_bears_each_years_tax_by_share_of_pay():
    payments = monthly(2018, 2_000) + monthly(2019, 3_000)
    found = charges(payments, "2018-10-06")[0]  # six months of each tax year
    tax = 0.5 * 0.2 * (24_000 - 11_850) + 0.5 * 0.2 * (36_000 - 12_500)
    employee = 6 * 0.12 * (2_000 - 702) + 6 * 0.12 * (3_000 - 719)
    employer = 6 * 0.138 * (2_000 - 702) + 6 * 0.138 * (3_000 - 719)
    assert found == pytest.approx([tax, employee, employer], abs=0.005)


def test_windows_that_follow_each_other_add_up():
    payments = monthly(2018, 1_800) + monthly(2019, 2_200) + monthly(2020, 900)
    parts = [charges(payments, "2018-06-15", months)[0] for months in ((0, 7), (7, 12), (12, 20))]
    whole = charges(payments, "2018-06-15", (0, 20))[0]
    assert np.sum(parts, axis=0) == pytest.approx(whole, abs=0.02)


def test_the_tax_year_and_the_tax_month_begin_on_the_sixth():
    """On 5 April 2019 the rules are of 2018-19, on the 6th of 2019-20; both are whole months."""
    last = charges([(0, "2019-03-06", 500), (0, "2019-04-05", 500)], "2019-03-01")[0]
    assert last == pytest.approx([0, 0.12 * (1_000 - 702), 0.138 * (1_000 - 702)], abs=0.005)
    apart = charges([(0, "2019-04-05", 719), (0, "2019-04-06", 719)], "2019-03-01")[0]
    assert apart == pytest.approx([0, 0.12 * 17, 0.138 * 17], abs=0.005)


def test_nobody_linked_nothing_paid_and_several_people():
    assert charges([], "2019-04-06", people=2) == [[0, 0, 0]] * 2
    assert charges([(0, "2019-05-28", 0.0)], "2019-04-06") == [[0, 0, 0]]
    payments = monthly(2019, 2_500, person=2) + monthly(2019, 100, person=0)
    found = charges(payments, "2019-04-06", people=3)
    assert found[0] == found[1] == [0, 0, 0]
    assert found[2] == charges(monthly(2019, 2_500), "2019-04-06")[0]


def test_pay_before_the_window_uses_up_the_allowance_of_its_year():
    payments = monthly(2019, 5_000, months=range(6)) + monthly(2019, 1_000, months=range(6, 12))
    found = charges(payments, "2019-10-06", (0, 6))[0]
    assert found[0] == pytest.approx(0.2 * (36_000 - 12_500) / 6, abs=0.005)


def test_a_year_that_payments_do_not_cover_has_its_months_of_the_allowance():
    """Payments are known for 4 months from 6 April: four twelfths of allowance and bands."""
    paid = monthly(2019, 2_500, months=range(4))
    found = charges(paid, "2019-04-06", (0, 4), payments_to_month=4)[0]
    assert found[0] == pytest.approx(4 / 12 * 3_500, abs=0.005)
    # Who is paid for the last time in the second month has two of them.
    found = charges(paid[:2], "2019-04-06", (0, 4), payments_to_month=4)[0]
    assert found[0] == pytest.approx(2 / 12 * 3_500, abs=0.005)
    # Known to the end of the year: the whole allowance.
    assert charges(paid, "2019-04-06", (0, 4), payments_to_month=12)[0][0] == 0
    assert charges(paid, "2019-04-06", (0, 4), payments_to_month=11)[0][0] > 0


def test_a_payment_in_a_tax_year_without_rules_stops():
    early = [(0, "2018-04-05", 1_000.0)]
    with pytest.raises(InputError, match="payments fall in tax year 2017-18") as caught:
        charges(early, "2018-04-01")
    assert FILE in str(caught.value)
    assert "add the tax year" in str(caught.value)
    # Outside the window it does not matter.
    assert charges(early, "2018-04-06") == [[0, 0, 0]]


@pytest.mark.parametrize("name", ["2019", "2019-2020", "2019-21", "abcd-20"])
def test_a_name_that_is_no_tax_year(name):
    given = {"tax_years": {name: PAYE.tax_years["2019-20"].model_dump()}}
    with pytest.raises(ValueError, match=f"'{name}' is no tax year such as 2019-20"):
        Paye.model_validate(given)


def test_bands_have_to_ascend():
    for part, key, lower in (
        ("income_tax", "higher_rate_limit", 30_000),
        ("national_insurance", "upper_earnings_limit", 100),
    ):
        given = PAYE.tax_years["2019-20"].model_dump()
        given[part][key] = lower
        with pytest.raises(ValueError, match=f"{key} has to be above"):
            Paye.model_validate({"tax_years": {"2019-20": given}})


def test_only_a_trial_with_charges_has_rules(tmp_path):
    trials = load_project(ROOT).trials
    assert trials["hlt"].paye == PAYE
    assert trials["nsw"].paye is None
    for name in ("config", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / FILE).unlink()
    with pytest.raises(InputError, match=r"configuration file is missing(.|\n)*paye\.yaml"):
        load_trial(tmp_path / "config" / "trials", "hlt")
    assert load_trial(tmp_path / "config" / "trials", "nsw").paye is None
