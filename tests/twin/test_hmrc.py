"""PAYE records as employers send them: frequencies, late pay, and things reported again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipseval.calendar import as_days
from ipseval.config.read import read_section
from ipseval.outcomes import spells
from ipseval.streams import Streams
from ipseval.twin import employment
from ipseval.twin.hlt.hmrc import as_reported
from ipseval.twin.hlt.settings import HltSettings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = read_section(ROOT / "config/trials/hlt/twin.yaml", HltSettings)
KEY = ["employment_id", "payment_date", "periods_covered", "taxable_pay"]
DAYS = {"W1": 7, "W2": 14, "W4": 28}


@dataclass(frozen=True)
class Reported:
    """Jobs and payments as they are, and as they are reported."""

    jobs: pd.DataFrame
    payments: pd.DataFrame
    employments: pd.DataFrame
    sent: pd.DataFrame


@pytest.fixture(scope="module")
def reported():
    rng, n = np.random.default_rng(1), 4000
    day = np.datetime64("2018-05-01") + rng.integers(0, 540, n)
    people = pd.DataFrame(
        {
            "day": day,
            "gender": rng.choice(["male", "female"], n),
            "sex": rng.choice(["male", "female"], n),
            "first_name": "Margaret",
            "last_name": "Hall-O'Brien",
            "postcode": "S10 2CM",
            "area": "sheffield",
            "date_of_birth": np.datetime64("1980-01-01"),
            "true_nino": [f"QQ{i:06d}A" for i in range(n)],
        }
    )
    length = rng.integers(3, 700, n)
    first = day + rng.integers(-500, 400, n)
    last = np.where(rng.random(n) < 0.3, np.datetime64("NaT", "D"), first + length)
    extract = np.datetime64(SETTINGS.records.last_day)
    jobs = pd.DataFrame(
        {
            "person": np.arange(n),
            "first_day": first,
            "last_day": np.where(last > extract, np.datetime64("NaT", "D"), last),
            "monthly_pay": 1234.56,
            "frequency": rng.choice(list(employment.WEEKS), n),
            "late_final_pay": rng.random(n) < 0.5,
        }
    )
    payments = employment.pay_jobs(jobs, people, SETTINGS.records.last_day)
    made = as_reported(people, jobs, payments, SETTINGS, Streams(2, "t"))
    return Reported(jobs, payments, made["employments"], made["payments"])


def test_each_job_is_paid_as_often_as_it_says(reported):
    frame = reported.payments.join(reported.jobs[["frequency", "last_day"]], on="job")
    # The last payment of a job may come early.
    frame = frame[frame["last_day"].isna() | (frame["paid_on"] < frame["last_day"])]
    for frequency, days in DAYS.items():
        paid = frame[frame["frequency"] == frequency]
        assert (paid["paid_on"].dt.day_of_week == 4).all()
        gaps = paid.groupby("job")["paid_on"].diff().dropna().dt.days
        assert len(gaps) > 1000
        assert (gaps == days).all()
    monthly = frame.loc[frame["frequency"] == "M1", "paid_on"]
    assert monthly.dt.is_month_end.all()


def test_every_day_of_a_job_is_paid_once(reported):
    jobs, paid = reported.jobs, reported.payments
    done = jobs["last_day"].notna() & (jobs["late_final_pay"] == 0)
    days = np.round(paid["amount"] / 1234.56 * 30.4375)
    total = days.groupby(paid["job"]).sum().reindex(jobs.index, fill_value=0)
    whole = (jobs["last_day"] - jobs["first_day"]).dt.days + 1
    # Payments reach back 24 and on 22 months from randomisation; these jobs lie inside.
    inside = done & (whole < 200) & (total > 0)
    assert inside.sum() > 200
    assert (total[inside] == whole[inside]).mean() > 0.95
    assert (total[done] <= whole[done]).all()


def test_final_pay_may_come_after_leaving_by_less_than_a_period(reported):
    frame = reported.payments.join(reported.jobs.drop(columns="person"), on="job")
    after = (frame["paid_on"] - frame["last_day"]).dt.days
    late = frame[after > 0]
    assert len(late) > 500
    assert late["late_final_pay"].all()
    assert not late["job"].duplicated().any()
    assert (after[late.index] < late["frequency"].map(DAYS).fillna(31)).all()
    assert (frame["paid_on"] >= frame["first_day"]).all()


def test_payments_are_sent_again_under_another_number(reported):
    sent, share = reported.sent, SETTINGS.records.resubmitted
    assert sent["payment_id"].is_unique
    again = sent.duplicated(KEY)
    assert again.sum() == len(sent) - len(reported.payments)
    assert again.mean() == pytest.approx(share, abs=4 * (share / len(sent)) ** 0.5)
    once = sent[~again]
    wanted = reported.payments["amount"].sum()
    assert once["taxable_pay"].sum() == pytest.approx(wanted)


def test_jobs_reported_twice_cover_what_they_covered(reported):
    jobs, records = reported.jobs, reported.employments
    ninos = records["nino"].str[2:8].astype(int).to_numpy()
    twice = records["nino"].duplicated(keep=False)
    assert 0.005 < twice.mean() < 2 * SETTINGS.records.payroll_changed
    assert records.loc[twice, "payroll_id"].is_unique
    true = spells.union_of_spells(jobs["person"].to_numpy(), jobs["first_day"], jobs["last_day"])
    found = spells.union_of_spells(ninos, records["start_date"], records["leaving_date"])
    pd.testing.assert_frame_equal(found, true)
    # Both numbers are paid, and overlap.
    paid = set(reported.sent["employment_id"])
    ids = records.loc[twice, "employment_id"]
    assert ids.isin(paid).mean() > 0.8
    assert (records.groupby("nino")["start_date"].nunique() == 1).all()


def test_payments_belong_to_a_record_of_their_person(reported):
    owner = reported.employments.set_index("employment_id")["nino"]
    assert (reported.sent["employment_id"].map(owner) == reported.sent["nino"]).all()
    assert as_days(reported.sent["payment_date"]).max() <= as_days([SETTINGS.records.last_day])
    month = reported.sent["payment_date"].dt.strftime("%m-%d")
    first = reported.sent["month_number"]
    assert (first[month == "04-30"] == 1).all()
    assert (first[month == "03-31"] == 12).all()


def test_employers_have_names_and_postcodes_of_their_own(reported):
    records = reported.employments
    assert 0.01 < (records["first_name"] == "Maggie").mean() < 0.1
    assert 0.02 < (records["last_name"] == "Hall").mean() < 0.2
    assert records["postcode"].isna().mean() == pytest.approx(
        SETTINGS.records.postcode.missing, abs=0.015
    )
