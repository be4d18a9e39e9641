"""Benefit spells and NHS records of a tenth of the synthetic people."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipseval.config.extracts import Extracts
from ipseval.config.load import load_trial
from ipseval.config.read import read_section
from ipseval.errors import InputErrors
from ipseval.extracts.build import Context
from ipseval.extracts.tables import conform, validate
from ipseval.streams import Streams
from ipseval.twin.events import geometric, labels, pick, waits
from ipseval.twin.hlt.dwp import claim_benefits
from ipseval.twin.hlt.identifiers import give_identifiers
from ipseval.twin.hlt.nhs import use_health_services
from ipseval.twin.hlt.people import answer_baseline, randomise, recruit
from ipseval.twin.hlt.settings import HltSettings
from ipseval.twin.hlt.work import work
from ipseval.twin.published import Published

ROOT = Path(__file__).resolve().parents[2]
TRIAL = ROOT / "config/trials/hlt"
SETTINGS = read_section(TRIAL / "twin.yaml", HltSettings)
TABLES = read_section(TRIAL / "extracts.yaml", Extracts).tables
STREAMS = Streams(2016, "hlt")
PUBLISHED = ROOT / "config/published"
SEEN = ["5", "6"]
# Table -> date by which it is in the window.
HEALTH = {
    "admitted_care": "admidate",
    "outpatients": "apptdate",
    "accident_and_emergency": "arrivaldate",
    "community_contacts": "care_contact_date",
    "mental_health_contacts": "care_contact_date",
    "iapt_contacts": "care_contact_date",
}
LAST_DAY = pd.Timestamp(SETTINGS.records.last_day)
SPELL = ["nino", "benefit", "start"]


@pytest.fixture(scope="module")
def lives():
    """People and their jobs."""
    trial = load_trial(TRIAL.parent, "hlt").trial
    context = Context(trial, TRIAL, PUBLISHED, 2016, "published", 0.1, say=lambda text: None)
    published = Published(PUBLISHED / "hlt")
    people = recruit(SETTINGS, published, STREAMS, context.scale)
    people, _ = randomise(people, published, context)
    people = answer_baseline(people, SETTINGS, published, STREAMS, context.scale)
    people = give_identifiers(people, SETTINGS, STREAMS)
    jobs, _ = work(people, SETTINGS, published, STREAMS, False, context)
    return people, jobs


@pytest.fixture(scope="module")
def spells(lives):
    return claim_benefits(*lives, SETTINGS, STREAMS)


@pytest.fixture(scope="module")
def health(lives):
    return use_health_services(lives[0], SETTINGS, STREAMS)


@pytest.fixture(scope="module")
def known(lives, spells):
    """Each spell once, with its person, their day of randomisation and the last day `until`."""
    people = lives[0].reset_index(names="person").set_index("true_nino")[["person", "day"]]
    once = spells.drop_duplicates(SPELL).join(people, on="nino")
    return once.assign(until=once["end"].fillna(LAST_DAY))


def on_benefit(known, months, benefits=("UC", "ESA", "JSA", "IS")) -> set:
    """People with such a benefit so many months after randomisation."""
    day = known["day"] + pd.Timedelta(days=round(months * 30.44))
    running = (known["start"] <= day) & (known["until"] >= day) & known["benefit"].isin(benefits)
    return set(known.loc[running, "person"])


def contacts(table, people) -> np.ndarray:
    """Number of records of each person."""
    return table["nhs_number"].value_counts().reindex(people["true_nhs_number"], fill_value=0)


def test_transforms_of_uniforms():
    u = STREAMS.uniform("test", "events", 200_000)
    assert geometric(2.5, u).mean() == pytest.approx(2.5, rel=0.02)
    assert (geometric(np.zeros(9), u[:9]) == 0).all()
    assert waits(100, u).mean() == pytest.approx(99.5, rel=0.02)
    drawn = pd.Series(pick({"a": 1, "b": 3, "c": 0}, u)).value_counts(normalize=True)
    assert drawn["b"] == pytest.approx(0.75, abs=0.005)
    assert "c" not in drawn
    assert list(labels("P", np.array([1, 23]))) == ["P000000001", "P000000023"]


def test_tables_keep_to_their_declarations(spells, health):
    for name, table in {"benefit_spells": spells, **health}.items():
        made = conform(table, TABLES[name])
        validate(made, TABLES[name], name)
        assert list(table.columns) == list(TABLES[name].columns)
        key = TABLES[name].key
        # Records are numbered in the order in which they stand.
        pd.testing.assert_frame_equal(made[key], table[key].astype(made[key].dtypes))


def test_a_discharge_before_the_admission_is_refused(health):
    stays = conform(health["admitted_care"], TABLES["admitted_care"])
    stays.loc[2, "disdate"] = stays.loc[2, "admidate"] - pd.Timedelta(days=1)
    with pytest.raises(InputErrors, match="order of dates"):
        validate(stays, TABLES["admitted_care"], "admitted_care")


def test_everything_comes_out_the_same_again(lives, spells, health):
    pd.testing.assert_frame_equal(claim_benefits(*lives, SETTINGS, STREAMS), spells)
    again = use_health_services(lives[0], SETTINGS, STREAMS)
    assert list(again) == list(health) == list(HEALTH)
    for name in health:
        pd.testing.assert_frame_equal(again[name], health[name])
    other = claim_benefits(*lives, SETTINGS, Streams(2017, "hlt"))
    assert not other["start"].head(50).equals(spells["start"].head(50))


def test_fewer_people_leave_the_others_as_they_are(lives, spells, health):
    people, jobs = lives
    half = len(people) // 2
    kept = people.head(half)
    fewer = claim_benefits(kept, jobs[jobs["person"] < half], SETTINGS, STREAMS)
    columns = [name for name in spells if name != "spell_id"]
    mine = spells[spells["nino"].isin(kept["true_nino"])]
    pd.testing.assert_frame_equal(
        fewer[columns].drop_duplicates(ignore_index=True),
        mine[columns].drop_duplicates(ignore_index=True),
    )
    arrivals = use_health_services(kept, SETTINGS, STREAMS)["accident_and_emergency"]
    table = health["accident_and_emergency"]
    mine = table[table["nhs_number"].isin(kept["true_nhs_number"])].reset_index(drop=True)
    columns = ["nhs_number", "arrivaldate"]
    pd.testing.assert_frame_equal(arrivals[columns], mine[columns])


def test_records_of_a_day_stand_in_order_of_identifiers(spells, health):
    for name, date in (HEALTH | {"admitted_care": "epistart"}).items():
        table = health[name]
        assert table[date].is_monotonic_increasing
        same_day = table[date].eq(table[date].shift())
        assert same_day.sum() > 20
        numbers = table["nhs_number"]
        assert (numbers >= numbers.shift(fill_value=""))[same_day].all(), name
    assert spells["start"].is_monotonic_increasing
    same_day = spells["start"].eq(spells["start"].shift())
    assert (spells["nino"] >= spells["nino"].shift(fill_value=""))[same_day].all()


def test_spells_cover_the_window_and_stop_at_the_cut(known):
    first = pd.Timestamp(SETTINGS.benefits.first_day)
    assert (known["until"] >= known["start"]).all()
    assert known["until"].between(first, LAST_DAY).all()
    assert known["start"].max() <= LAST_DAY
    assert (known["day"] - pd.DateOffset(months=24) >= first).all()
    assert (known["day"] + pd.DateOffset(months=22) <= LAST_DAY).all()
    assert 0.2 < known["end"].isna().mean() < 0.5
    for months in (-24, 22):
        assert len(on_benefit(known, months)) > 200


def test_a_spell_recorded_twice_is_known_by_number_benefit_and_start(spells, known):
    repeated = spells.duplicated(SPELL, keep=False)
    assert 5 < repeated.sum() / 2 < 0.03 * len(spells)
    content = [name for name in spells if name != "spell_id"]
    assert (spells.duplicated(content, keep=False) == repeated).all()
    # Without them nobody has the same benefit twice on one day.
    ordered = known.sort_values(["nino", "benefit", "start"])
    reach = ordered.groupby(["nino", "benefit"])["until"].shift()
    assert not (ordered["start"] <= reach).any()


def test_who_is_out_of_work_mostly_claims_and_who_is_in_work_mostly_does_not(lives, known):
    people, _ = lives
    claims = people.index.isin(on_benefit(known, 0))
    in_work = people["in_work"].to_numpy()
    assert 0.7 < claims[~in_work].mean() < 0.93
    assert 0.005 < claims[in_work].mean() < 0.12
    seen = people["true_nino"].isin(known["nino"])
    assert 0.02 < 1 - seen[~in_work].mean() < 0.2, "some never appear"


def test_universal_credit_takes_over(known):
    shares = []
    for year in (2016, 2018, 2019, 2020):
        day = pd.Timestamp(year, 6, 30)
        running = known[(known["start"] <= day) & (known["until"] >= day)]
        running = running[running["benefit"].isin(["UC", "ESA", "JSA", "IS"])]
        shares.append((running["benefit"] == "UC").mean())
    assert shares[0] < 0.15
    assert shares[3] > 0.65
    assert (np.diff(shares) > 0.08).all()


def test_a_lasting_job_ends_a_jobseekers_claim(lives, known):
    _, jobs = lives
    last = jobs["last_day"].fillna(LAST_DAY)
    lasting = jobs[(jobs["main"] == 1) & (last - jobs["first_day"] > pd.Timedelta(days=90))]
    lasting = lasting.assign(
        middle=lasting["first_day"] + pd.Timedelta(days=60),
        just_before=lasting["first_day"] - pd.Timedelta(days=1),
    )[["person", "middle", "just_before"]]
    spells = lasting.reset_index(drop=True).reset_index(names="job").merge(known, on="person")
    on = {
        (benefit, when): spells.loc[
            (spells["benefit"] == benefit)
            & (spells["start"] <= spells[when])
            & (spells["until"] >= spells[when]),
            "job",
        ].nunique()
        for benefit in ("JSA", "UC")
        for when in ("just_before", "middle")
    }
    assert on["JSA", "just_before"] > 15
    assert on["JSA", "middle"] == 0
    assert 0 < on["UC", "middle"] < 0.6 * on["UC", "just_before"], "some claim while employed"


def test_benefits_overlap_as_they_may(known):
    pairs = known.merge(known, on="person", suffixes=("", "_other"))
    both = pairs[
        (pairs["start"] <= pairs["until_other"]) & (pairs["start_other"] <= pairs["until"])
    ]
    kinds = set(zip(both["benefit"], both["benefit_other"], strict=True))
    assert ("ICA", "IS") in kinds
    assert ("ICA", "UC") in kinds
    assert not {("UC", "JSA"), ("UC", "ESA"), ("JSA", "ESA"), ("RP", "UC")} & kinds
    carers = known.loc[known["benefit"] == "ICA", "person"].nunique()
    assert carers > 20


def test_health_records_lie_in_the_window(lives, health):
    day = lives[0].set_index("true_nhs_number")["day"]
    for name, date in HEALTH.items():
        table = health[name]
        randomised = table["nhs_number"].map(day)
        assert (table[date] >= randomised - pd.DateOffset(months=12)).all()
        assert (table[date] < randomised + pd.DateOffset(months=12)).all()
        before = (table[date] < randomised).mean()
        assert 0.4 < before < 0.6, f"{name}: as much before randomisation as after"


def test_health_records_are_of_the_person_they_name(lives, health):
    people = lives[0].set_index("true_nhs_number")
    for table in health.values():
        of = people.loc[table["nhs_number"]]
        for column in ("date_of_birth", "sex", "postcode"):
            assert (of[column].to_numpy() == table[column].to_numpy()).all()


def test_some_have_no_record_and_some_very_many(lives, health):
    total = sum(contacts(table, lives[0]) for table in health.values())
    assert 5 < total.mean() < 9
    assert 0.1 < (total == 0).mean() < 0.4
    assert total.nlargest(len(total) // 20).sum() > 0.25 * total.sum()


def test_mental_health_conditions_bring_people_to_mental_health_services(lives, health):
    people = lives[0]
    used = {name: contacts(health[name], people).to_numpy() for name in HEALTH}
    other = people["condition_mental_health_condition_other_than_depression_stress"]
    other = other.fillna(False).to_numpy(dtype=bool)
    mental = used["mental_health_contacts"]
    assert mental[other].mean() > 2 * mental[~other].mean()
    anxious = people["condition_stress_or_anxiety"].fillna(False).to_numpy(dtype=bool)
    therapy = used["iapt_contacts"] > 0
    assert therapy[anxious].mean() > 1.3 * therapy[~anxious].mean()
    ill = people["problems"].to_numpy() > 0
    for name in ("outpatients", "accident_and_emergency"):
        assert used[name][ill].mean() > used[name][~ill].mean()


def test_treatment_changes_nothing_in_health_records(lives, health):
    people = lives[0]
    swapped = use_health_services(people.assign(arm=1 - people["arm"]), SETTINGS, STREAMS)
    for name in health:
        pd.testing.assert_frame_equal(swapped[name], health[name])
        by_arm = contacts(health[name], people).groupby(people["arm"].to_numpy())
        mean, error = by_arm.mean(), by_arm.sem()
        assert abs(mean[1] - mean[0]) < 3.5 * np.hypot(*error), name


def test_stays_in_hospital_hang_together(health):
    episodes = health["admitted_care"].sort_values(["nhs_number", "admidate", "epikey"])
    stays = episodes.groupby(["nhs_number", "admidate"])
    assert (stays["disdate"].count() == 1).all(), "one discharge a stay"
    assert (stays["epistart"].min().to_numpy() == stays["admidate"].first().to_numpy()).all()
    assert (stays["epiend"].max() == stays["disdate"].max()).all()
    two = stays.filter(lambda stay: len(stay) == 2)
    assert len(two) > 10
    assert (two["epiend"].to_numpy()[::2] == two["epistart"].to_numpy()[1::2]).all()
    day_case = episodes["classpat"] == "2"
    assert 0.2 < day_case.mean() < 0.6
    assert episodes.loc[day_case, "admimeth"].str.startswith("1").all()
    assert (episodes["disdate"] == episodes["admidate"])[day_case].all()
    left = stays["disdate"].max().reset_index()
    earlier = left.groupby("nhs_number")["disdate"].shift()
    assert not (left["admidate"] <= earlier).any(), "nobody is admitted while in hospital"


def test_a_contact_submitted_again_keeps_its_number(health):
    for name in ("community_contacts", "mental_health_contacts"):
        table = health[name]
        again = table.duplicated("contact_id")
        assert 0.04 < again.mean() < 0.14
        content = [c for c in table if c not in ("record_id", "submitted_on")]
        assert len(table.drop_duplicates(content)) == table["contact_id"].nunique()
        assert not table.duplicated(["contact_id", "submitted_on"]).any()
        assert table["care_contact_date"].dt.day_of_week.max() == 4


def test_therapy_has_pathways_and_falling_scores(health):
    table = health["iapt_contacts"]
    assert (table.groupby("pathway_id")["nhs_number"].nunique() == 1).all()
    assert 3 < table.groupby("pathway_id").size().mean() < 7
    seen = table["attend_or_dna_code"].isin(SEEN)
    assert not table.loc[~seen, ["phq9", "gad7"]].notna().any(axis=None)
    assert table.loc[seen, "phq9"].notna().mean() > 0.85
    first = table.groupby("pathway_id")["phq9"].first()
    last = table.groupby("pathway_id")["phq9"].last()
    assert first.mean() > last.mean() + 0.5
    met = table.drop_duplicates("pathway_id")["pathway_id"]
    assert met.is_monotonic_increasing


def test_nobody_at_all_is_no_mistake(lives):
    people, jobs = lives[0].head(1), lives[1].head(0)
    for name, table in use_health_services(people, SETTINGS, STREAMS).items():
        validate(conform(table, TABLES[name]), TABLES[name], name)
    spells = claim_benefits(people, jobs, SETTINGS, STREAMS)
    validate(conform(spells, TABLES["benefit_spells"]), TABLES["benefit_spells"], "benefit_spells")
