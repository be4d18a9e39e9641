"""Outcomes of the twin, worked out again person by person from the extracts, in plain Python."""

from datetime import date, timedelta

import pandas as pd
import pytest
from helpers import hlt_twin

from ipseval.config.load import load_trial
from ipseval.linkage.link import link_trial
from ipseval.outcomes.by_linkage import derive_by_linkage
from ipseval.outcomes.derive import derive_outcomes
from ipseval.provenance import ROOT

CONFIG = load_trial(ROOT / "config" / "trials", "hlt")
OUT_OF_WORK = {"ESA", "JSA", "IS", "IB", "SDA", "PIB", "UC"}
PEOPLE = 60


@pytest.fixture(scope="module")
def twin():
    tables = hlt_twin(0.05)
    linked = link_trial(tables, CONFIG.trial, b"0" * 32, synthetic=True)
    made = derive_outcomes(
        CONFIG.trial,
        CONFIG.outcomes,
        tables,
        linked["links"],
        linked["linkable"],
        paye=CONFIG.paye,
    )
    return tables, linked, made


@pytest.fixture(scope="module")
def sampled(twin):
    """Return (row of people.parquet, record ids by source) of people spread over the table."""
    _, linked, made = twin
    links = linked["links"].groupby(["person_id", "source"])["record_id"].agg(set)
    chosen = made.people.iloc[:: max(len(made.people) // PEOPLE, 1)]
    return [
        (row, {s: links.get((row.person_id, s), set()) for s in ("hmrc", "dwp", "nhs")})
        for row in chosen.itertuples()
    ]


def month(day: date, months: int) -> date:
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def rows(tables, name: str, key: str, ids: set, prefix: str = "") -> list:
    """Return rows of a table whose key is among the ids."""
    table = tables[name]
    return list(table[(prefix + table[key].astype(str)).isin(ids)].itertuples())


def covered(spells, first: date, stop: date) -> set:
    """Return the days of [first, stop) that lie in one of the spells (first and last day)."""
    found = set()
    for start, end in spells:
        day, last = max(start, first), min(end, stop - timedelta(1))
        while day <= last:
            found.add(day)
            day += timedelta(1)
    return found


def as_spell(start, end) -> tuple[date, date]:
    return start.date(), date(2100, 1, 1) if pd.isna(end) else end.date()


def same(found, wanted) -> bool:
    return (pd.isna(found) and pd.isna(wanted)) or found == pytest.approx(wanted, abs=1e-9)


def test_months_employed_and_on_benefit(twin, sampled):
    tables, _, made = twin
    by_month = made.months.set_index(["person_id", "month"])
    met = 0
    for person, ids in sampled:
        day = person.randomised_on.date()
        jobs = rows(tables, "employments", "employment_id", ids["hmrc"])
        jobs = [as_spell(j.start_date, j.leaving_date) for j in jobs]
        spells = rows(tables, "benefit_spells", "spell_id", ids["dwp"])
        claims = {(s.benefit, s.start): s for s in spells}.values()
        out_of_work = [as_spell(s.start, s.end) for s in claims if s.benefit in OUT_OF_WORK]
        counts, total = {"months_employed": 0, "months_on_benefit_12m": 0, "both": 0}, 0
        for m in range(1, 13):
            first, stop = month(day, m - 1), month(day, m)
            work, on = covered(jobs, first, stop), covered(out_of_work, first, stop)
            paid = sum(
                round(s.weekly_amount * 100) * len(covered([as_spell(s.start, s.end)], first, stop))
                for s in claims
                if s.benefit != "RP"
            )
            row = by_month.loc[person.person_id, m]
            if person.in_hmrc and person.in_dwp:
                assert row["days_employed"] == len(work)
                assert row["days_on_benefit"] == len(on)
                assert row["employed_and_on_benefit"] == (bool(work) and bool(on))
                assert same(row["benefit_amount"], paid / 700)
            counts["months_employed"] += bool(work)
            counts["months_on_benefit_12m"] += bool(on)
            counts["both"] += bool(work) and bool(on)
            total += paid
        if not (person.in_hmrc and person.in_dwp):
            assert pd.isna(person.months_employed_and_on_benefit_12m)
            continue
        met += 1
        assert person.months_employed == counts["months_employed"]
        assert person.months_on_benefit_12m == counts["months_on_benefit_12m"]
        assert person.months_employed_and_on_benefit_12m == counts["both"]
        assert same(person.benefit_amount_12m, total / 700)
        anniversary = month(day, 12)
        assert person.days_on_benefit_12m == len(covered(out_of_work, day, anniversary))
        before = covered(out_of_work, month(day, -12), day)
        assert person.days_on_benefit_prior_12m == len(before)
        assert person.employment_21m == bool(covered(jobs, month(day, 20), month(day, 21)))
        sustained = len(covered(jobs, anniversary, month(day, 21))) >= 91
        assert person.sustained_employment_21m == sustained
    assert met > 30


def tax_month(day: date) -> tuple[int, int]:
    """Return the year in which the tax year of a day begins, and its month from 0 in April."""
    months = day.year * 12 + day.month - 1 - (day.day < 6) - 3
    return divmod(months, 12)


def tax_on(pay: float, rules, part: float) -> float:
    """Return income tax, pound band by pound band."""
    allowance = rules.personal_allowance
    if pay / part > rules.allowance_tapered_above:
        allowance = max(allowance - (pay / part - rules.allowance_tapered_above) / 2, 0)
    due, floor, taxable = 0.0, 0.0, max(pay - allowance * part, 0)
    limits = (rules.basic_rate_limit * part, rules.higher_rate_limit * part, float("inf"))
    rates = (rules.basic_rate, rules.higher_rate, rules.additional_rate)
    for limit, rate in zip(limits, rates, strict=True):
        due += rate * (min(taxable, limit) - floor) if taxable > floor else 0
        floor = limit
    return due


def ni_on(pay: float, rules) -> tuple[float, float]:
    """Return the contributions of employee and employer on the pay of a month."""
    low, high = rules.primary_threshold, rules.upper_earnings_limit
    own = rules.employee_rate * max(min(pay, high) - low, 0)
    own += rules.employee_rate_above_limit * max(pay - high, 0)
    return own, rules.employer_rate * max(pay - rules.secondary_threshold, 0)


@pytest.mark.parametrize(("first", "stop", "name"), [(0, 12, "12m"), (12, 22, "after_12m")])
def test_charges_on_pay(twin, sampled, first, stop, name):
    tables, _, _ = twin
    met = 0
    for person, ids in sampled:
        if not person.in_hmrc:
            assert pd.isna(getattr(person, f"income_tax_{name}"))
            continue
        day = person.randomised_on.date()
        begin, end = month(day, first), month(day, stop)
        paid = rows(tables, "payments", "employment_id", ids["hmrc"])
        once = {(p.employment_id, p.payment_date, p.periods_covered, p.taxable_pay) for p in paid}
        once = [(on.date(), amount) for _, on, _, amount in once]
        tax = own = employers = 0.0
        for year in {tax_month(on)[0] for on, _ in once if begin <= on < end}:
            rules = CONFIG.paye.of(year)
            mine = [(on, amount) for on, amount in once if tax_month(on)[0] == year]
            covered = month(day, 22) >= date(year + 1, 4, 6)
            part = 1 if covered else max(tax_month(on)[1] + 1 for on, _ in mine) / 12
            whole = sum(amount for _, amount in mine)
            inside = sum(amount for on, amount in mine if begin <= on < end)
            tax += tax_on(whole, rules.income_tax, part) * inside / whole
            for m in range(12):
                own_month = [(on, amount) for on, amount in mine if tax_month(on)[1] == m]
                whole = sum(amount for _, amount in own_month)
                inside = sum(amount for on, amount in own_month if begin <= on < end)
                due = ni_on(whole, rules.national_insurance)
                own += due[0] * inside / whole if whole else 0
                employers += due[1] * inside / whole if whole else 0
        for key, wanted in (("income_tax", tax), ("employee_ni", own), ("employer_ni", employers)):
            assert getattr(person, f"{key}_{name}") == pytest.approx(wanted, abs=0.006)
        met += tax > 0
    assert met > 5


def test_quality_adjusted_life_years(sampled):
    met = 0
    for person, _ in sampled:
        start, middle, end = person.eq5d5l_baseline, person.eq5d5l_4m, person.eq5d5l_12m
        if pd.isna(middle):
            middle = start + (end - start) / 3
        assert same(person.qaly_12m, (start + middle) / 6 + (middle + end) / 3)
        met += not pd.isna(person.qaly_12m)
    assert met > 10


CONTACTS = {
    "outpatients": ("attendkey", "apptdate", "attended"),
    "community_contacts": ("record_id", "care_contact_date", "attend_or_dna_code"),
    "mental_health_contacts": ("record_id", "care_contact_date", "attend_or_dna_code"),
    "iapt_contacts": ("contact_id", "care_contact_date", "attend_or_dna_code"),
}


def test_use_of_health_services(twin, sampled):
    tables, _, _ = twin
    met = 0
    services = ["outpatient_appointments", *list(CONTACTS)[1:3], "talking_therapies_contacts"]
    for person, ids in sampled:
        if not ids["nhs"]:
            assert pd.isna(person.hospital_days_12m)
            assert pd.isna(person.appointments_attended_12m)
            continue
        day = person.randomised_on.date()
        stop = month(day, 12)
        contacts = {}
        for name, (key, on, status) in CONTACTS.items():
            for row in rows(tables, name, key, ids["nhs"], f"{name}:"):
                if day <= getattr(row, on).date() < stop:
                    contact = getattr(row, "contact_id", getattr(row, key))
                    contacts[name, contact] = getattr(row, status)
        codes = list(contacts.values())
        attended = sum(code in ("5", "6") for code in codes)
        missed = sum(code in ("3", "7") for code in codes)
        for service, table in zip(services, CONTACTS, strict=True):
            own = [code for (name, _), code in contacts.items() if name == table]
            assert getattr(person, f"{service}_12m") == sum(code in ("5", "6") for code in own)
        assert person.appointments_attended_12m == attended
        share = attended / (attended + missed) if attended + missed else float("nan")
        assert same(person.appointments_attended_share_12m, share)
        visits = rows(
            tables, "accident_and_emergency", "aekey", ids["nhs"], "accident_and_emergency:"
        )
        assert person.ae_visits_12m == sum(day <= v.arrivaldate.date() < stop for v in visits)
        episodes = rows(tables, "admitted_care", "epikey", ids["nhs"], "admitted_care:")
        nights = [
            (e.admidate.date(), (e.epiend if pd.isna(e.disdate) else e.disdate).date())
            for e in episodes
        ]
        stays = {first: max(e for f, e in nights if f == first) for first, _ in nights}
        lengths = [(last - first).days for first, last in stays.items() if day <= first < stop]
        assert person.short_stays_12m == sum(length < 2 for length in lengths)
        assert person.long_stays_12m == sum(length > 1 for length in lengths)
        nights = [(first, last - timedelta(1)) for first, last in nights]
        assert person.hospital_days_12m == len(covered(nights, day, stop))
        met += bool(contacts)
    assert met > 10


def test_ways_of_linking(twin):
    """`used` gives what people.parquet has; a source without a way keeps the links used."""
    tables, linked, made = twin
    links, methods = linked["links"], linked["links_by_method"]
    found = derive_by_linkage(
        CONFIG.trial, CONFIG.outcomes, tables, links, methods, made.people, CONFIG.paye
    )
    names = [c for c in found if c not in ("method", "person_id")]
    assert {"months_on_benefit_12m", "earnings_total_12m_winsorised"} < set(names)
    used = found[found["method"] == "used"].set_index("person_id")[names]
    own = made.people.set_index("person_id")[names]
    pd.testing.assert_frame_equal(used, own, check_dtype=False)
    other = found[found["method"] == "probabilistic_0.5"].set_index("person_id")
    pd.testing.assert_series_equal(
        other["days_on_benefit_12m"], own["days_on_benefit_12m"], check_dtype=False
    )
    assert not other["months_employed"].equals(own["months_employed"])


@pytest.mark.parametrize(
    "key", [["employment_id", "payment_date"], ["payment_date", "taxable_pay"]]
)
def test_a_way_of_linking_gives_what_its_links_would_if_they_were_used(twin, key):
    """Also where the key of a payment lets those of several people be one."""
    tables, linked, _ = twin
    outcomes = CONFIG.outcomes.model_copy(
        update={"spells": {"hmrc": CONFIG.outcomes.spells["hmrc"].model_copy()}}
    )
    outcomes.spells["hmrc"].__dict__["payment_key"] = key
    assert outcomes.spells["hmrc"].payments_of_several == ("employment_id" not in key)
    links, linkable, methods = (linked[k] for k in ("links", "linkable", "links_by_method"))
    methods = methods.astype("str")

    def derived(links, linkable):
        return derive_outcomes(
            CONFIG.trial, outcomes, tables, links, linkable, paye=CONFIG.paye
        ).people

    people = derived(links, linkable)
    found = derive_by_linkage(
        CONFIG.trial, outcomes, tables, links, methods, people, CONFIG.paye
    ).set_index("method")
    for way in ("exact", "probabilistic_0.5", "unlinked_missing"):
        mine, status = [links[links["source"].isin(["people", "nhs"])]], linkable.copy()
        for source in ("hmrc", "dwp"):
            ways = methods[methods["source"] == source]
            ways = ways[ways["method"] == (way if way in set(ways["method"]) else "used")]
            mine.append(ways[ways["record_id"].notna()][["person_id", "source", "record_id"]])
            of = status["source"] == source
            status.loc[of, "linkable"] = status.loc[of, "person_id"].isin(ways["person_id"])
            status.loc[of, "linked"] = status.loc[of, "person_id"].isin(mine[-1]["person_id"])
        wanted = derived(pd.concat(mine, ignore_index=True), status)
        own = found.loc[way].reset_index(drop=True)[[*outcomes.by_linkage]]
        assert not own.equals(people[own.columns])
        pd.testing.assert_frame_equal(own, wanted[own.columns], check_dtype=False)


def test_the_stage_gives_the_same_whatever_the_order_of_records(twin):
    tables, linked, made = twin
    shuffled = {n: t.sample(frac=1, random_state=1) for n, t in tables.items()}
    again = derive_outcomes(
        CONFIG.trial,
        CONFIG.outcomes,
        shuffled,
        linked["links"],
        linked["linkable"],
        paye=CONFIG.paye,
    )
    pd.testing.assert_frame_equal(again.people, made.people)
    pd.testing.assert_frame_equal(again.months, made.months)
    pd.testing.assert_frame_equal(again.samples, made.samples)


def test_samples_change_nobody_else(twin):
    _, _, made = twin
    people = made.people
    known = people["employed_13_weeks_12m"].notna()
    assert (people["sample_administrative_12m"] == known).all()
    assert (people["sample_survey_12m"] <= (people["responded_12m"] == 1)).all()
    for name in CONFIG.outcomes.samples:
        assert (people[f"sample_{name}"] == people[f"excluded_{name}"].isna()).all()
