"""Identifiers as they arrive in practice, from the extracts to outcomes: right, or refused.

Two recruits of the HLT twin get identities and records of their own, randomised on 1 June 2018.
"""

import numpy as np
import pandas as pd
import pytest
from helpers import hlt_twin, trial_config

from ipseval.errors import InputError
from ipseval.impact.declared import estimate_declared
from ipseval.linkage.link import link_trial
from ipseval.outcomes.derive import derive_outcomes

CONFIG = trial_config("hlt")
NINO, NHS, OTHER_NHS = "QQ123456C", "9000000009", "9000000017"
BORN = pd.Timestamp("1980-01-02")


@pytest.fixture(scope="module")
def twin():
    return hlt_twin(0.05)


@pytest.fixture(scope="module")
def people(twin):
    """Return the extracts in which the first two recruits have nothing but what a case gives."""
    recruits = twin["recruits"].copy()
    two = recruits.index[:2]
    recruits.loc[two, "nino"] = [NINO, "QQ654321A"]
    recruits.loc[two, "nhs_number"] = [NHS, OTHER_NHS]
    recruits.loc[two, "date_of_birth"] = [BORN, pd.Timestamp("1985-03-04")]
    recruits.loc[two, "sex"] = ["female", "male"]
    recruits.loc[two, "first_name"], recruits.loc[two, "last_name"] = ["Ann", "Bob"], ["Lee", "Ray"]
    recruits.loc[two, "postcode"] = ["S1 1AA", "S2 2AA"]
    recruits.loc[two, "randomised_at"] = pd.Timestamp("2018-06-01 10:00")
    return twin | {"recruits": recruits}


def with_rows(tables, name: str, *rows: dict) -> dict[str, pd.DataFrame]:
    """Return tables with rows after those of one; what a row does not give is as in the first."""
    table = tables[name]
    more = pd.DataFrame([table.iloc[0].to_dict() | row for row in rows])
    both = pd.concat([table.astype(object), more.astype(object)], ignore_index=True)
    return tables | {name: both.astype(table.dtypes.to_dict())}


def linked(tables):
    sources = dict(CONFIG.trial.sources)
    # The probabilistic pass is not used for outcomes, and takes most of the time.
    exact = [step for step in sources["hmrc"].passes if step.method == "exact"]
    sources["hmrc"] = sources["hmrc"].model_copy(update={"passes": exact})
    trial = CONFIG.trial.model_copy(update={"sources": sources})
    return link_trial(tables, trial, b"0" * 32, True, placeholders=CONFIG.placeholders)


def derived(tables):
    done = linked(tables)
    return derive_outcomes(
        CONFIG.trial, CONFIG.outcomes, tables, done["links"], done["linkable"], paye=CONFIG.paye
    )


def outcome(tables, name: str) -> list:
    """Return an outcome of the two recruits, None where it is missing."""
    done = linked(tables)
    made = derive_outcomes(
        CONFIG.trial, CONFIG.outcomes, tables, done["links"], done["linkable"], paye=CONFIG.paye
    ).people.set_index("person_id")
    own = done["links"].query("source == 'people'").set_index("record_id")["person_id"]
    values = made.loc[own[tables["recruits"]["recruit_id"].iloc[:2]], name]
    return [None if pd.isna(value) else value for value in values]


def employed(tables, nino: str, *pay: float):
    job = {"employment_id": "E1", "nino": nino, "date_of_birth": BORN}
    job |= {"first_name": "Ann", "last_name": "Lee", "postcode": "S1 1AA", "leaving_date": pd.NaT}
    job |= {"start_date": pd.Timestamp("2017-01-01"), "pay_frequency": "M1", "hours_band": "D"}
    first = int(tables["payments"]["payment_id"].max()) + 1
    paid = {"employment_id": "E1", "nino": nino, "payment_date": pd.Timestamp("2018-07-31")}
    paid |= {"month_number": 4, "periods_covered": 1}
    payments = [paid | {"payment_id": first + i, "taxable_pay": x} for i, x in enumerate(pay)]
    return with_rows(with_rows(tables, "employments", job), "payments", *payments)


@pytest.mark.parametrize(
    "written",
    ["QQ123456", "qq 12 34 56 c", "QQ-12-34-56-C", "QQ\u20111234\u201156C", '="QQ123456C"'],
)
def test_pay_is_the_owners_however_the_employer_writes_the_number(people, written):
    assert outcome(employed(people, written, 1000.0), "earnings_total_12m")[0] == 1000


def test_a_payment_reversed_and_made_again_on_one_day_counts_once(people):
    paid = employed(people, NINO, 1000.0, -1000.0, 1000.0)
    assert outcome(paid, "earnings_total_12m")[0] == 1000


def test_benefit_is_the_owners_with_hyphens_in_the_number(people):
    spell = {"spell_id": 10**6, "nino": "QQ-12-34-56-C", "date_of_birth": BORN, "sex": "female"}
    spell |= {"benefit": "UC", "start": pd.Timestamp("2018-07-01"), "end": pd.NaT}
    claimed = with_rows(people, "benefit_spells", spell)
    assert outcome(claimed, "days_on_benefit_12m")[0] == 335


def visit(**given):
    seen = {"attendkey": 10**7, "nhs_number": NHS, "date_of_birth": BORN, "sex": "female"}
    seen |= {"postcode": "S9 9ZZ", "apptdate": pd.Timestamp("2018-07-02"), "attended": "5"}
    return seen | given


def test_a_number_written_as_a_decimal_is_refused_in_words(people):
    with pytest.raises(InputError) as caught:
        linked(with_rows(people, "outpatients", visit(nhs_number=NHS + ".0")))
    message = str(caught.value)
    for part in ("1 number is written as a decimal", "table: outpatients", "column: nhs_number"):
        assert part in message
    assert NHS not in message


@pytest.mark.parametrize("postcode", ["ZZ99 3VZ", "zz993vz", "UNKNOWN", "not known"])
def test_a_placeholder_links_no_stranger(people, postcode):
    recruits = people["recruits"].copy()
    recruits.loc[recruits.index[0], ["nhs_number", "postcode"]] = [None, postcode]
    stranger = visit(nhs_number="9000000025", postcode=postcode)
    tables = with_rows(people | {"recruits": recruits}, "outpatients", stranger)
    assert outcome(tables, "outpatient_appointments_12m")[0] is None


def test_contacts_whose_keys_a_spreadsheet_shortened_are_refused(people):
    seen = {"sex": "female", "date_of_birth": BORN, "postcode": "S1 1AA", "nhs_number": NHS}
    seen |= {"contact_id": "1.23457E+11", "attend_or_dna_code": "5"}
    days = ["2018-07-02", "2018-08-02"]
    mine = [
        seen
        | {"record_id": 10**7 + i, "care_contact_date": pd.Timestamp(day)}
        | {"submitted_on": pd.Timestamp(day) + pd.Timedelta(days=30)}
        for i, day in enumerate(days)
    ]
    other = mine[1] | {"record_id": 10**7 + 2, "nhs_number": OTHER_NHS, "sex": "male"}
    other |= {"date_of_birth": pd.Timestamp("1985-03-04"), "postcode": "S2 2AA"}
    other |= {"care_contact_date": pd.Timestamp("2018-09-02")}
    other |= {"submitted_on": pd.Timestamp("2018-10-02")}
    tables = with_rows(people, "community_contacts", *mine, other)
    with pytest.raises(InputError) as caught:
        outcome(tables, "community_contacts_12m")
    for part in ("3 keys are in scientific notation", "community_contacts", "contact_id"):
        assert part in str(caught.value)


def test_employers_that_leave_suffixes_out_change_no_estimate(twin):
    rng = np.random.default_rng(3)

    def short(table: pd.DataFrame) -> pd.DataFrame:
        cut = rng.random(len(table)) < 0.3
        return table.assign(nino=table["nino"].where(~cut, table["nino"].str[:8]))

    delivered = twin | {name: short(twin[name]) for name in ("employments", "payments")}
    before, after = derived(twin), derived(delivered)
    pd.testing.assert_frame_equal(before.people, after.people)
    pd.testing.assert_frame_equal(before.months, after.months)
    found = [
        estimate_declared(
            "hlt", "primary", CONFIG.estimates_of("primary"), 1, made.people, made.months, None
        )
        for made in (before, after)
    ]
    assert found[0]["estimate"].notna().any()
    pd.testing.assert_frame_equal(*found)
