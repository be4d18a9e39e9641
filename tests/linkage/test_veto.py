"""Links that other evidence contradicts, and people who have a candidate with another number."""

import numpy as np
import pandas as pd
import pytest
from helpers import hlt_twin, small_trial, trial_config
from test_passes import ANN, BOTH, NAMES, NUMBER, TAX, found, linked, reasons, steps, table

from ipseval.linkage.link import link_trial
from ipseval.linkage.passes import VETOED
from ipseval.linkage.veto import masked

SECRET = b"0" * 32
# Ann's number on the record of somebody else, who lives near her.
STRANGER = ANN | {
    "first_name": "Gertrude",
    "last_name": "Whitfield",
    "date_of_birth": "1961-11-23",
    "postcode": "S7 9XY",
}


def test_a_stranger_under_the_number_is_not_linked():
    done = linked({"a": ANN}, {"1": STRANGER})
    assert found(done) == {}
    assert reasons(done) == {"a": VETOED}
    assert not done.status["linkable"].any(), "the number is not the person's, so nothing is known"
    assert done.vetoed[["person_id", "pass"]].to_numpy().tolist() == [["a", "number"]]
    assert found(linked({"a": ANN}, {"1": ANN})) == {"a": {"1"}}


@pytest.mark.parametrize(
    "speaks_for_it",
    [
        {"date_of_birth": ANN["date_of_birth"]},
        {"postcode": ANN["postcode"]},
        {"first_name": "Ann", "last_name": "Lees"},
    ],
)
def test_one_thing_that_agrees_is_enough(speaks_for_it):
    assert found(linked({"a": ANN}, {"1": STRANGER | speaks_for_it})) == {"a": {"1"}}


@pytest.mark.parametrize(
    ("changes", "vetoed"),
    [
        # A first name alone is too common, and so is the area.
        ({"first_name": "Ann"}, True),
        # Day and month swapped, or one part mistyped, is a slip; with the names it is not.
        ({"date_of_birth": "1980-02-01", "first_name": "Ann"}, False),
        ({"date_of_birth": "1980-01-12", "first_name": "Ann"}, False),
        ({"date_of_birth": "1980-02-01"}, True),
        # What is not known says nothing.
        ({"date_of_birth": None}, False),
        ({"date_of_birth": None, "postcode": "B7 9XY"}, True),
        ({"date_of_birth": None, "first_name": None, "last_name": None}, False),
        ({"first_name": None, "last_name": None, "postcode": None}, True),
    ],
)
def test_what_makes_a_veto(changes, vetoed):
    done = linked({"a": ANN}, {"1": STRANGER | changes})
    assert (found(done) == {}) is vetoed


def test_of_several_records_of_a_number_the_one_that_agrees_counts():
    # A typing error away from the stranger's date, so that the number is one person's.
    later = STRANGER | {"date_of_birth": "1980-11-23"}
    jobs = {"1": later, "2": ANN | {"date_of_birth": "1980-01-03"}}
    assert found(linked({"a": ANN}, jobs)) == {"a": {"1", "2"}}


def test_who_is_vetoed_may_be_found_by_another_pass():
    jobs = {"1": STRANGER, "2": ANN | {"nino": "QQ000009A"}}
    done = linked({"a": ANN}, jobs, passes=[NUMBER, NAMES])
    assert steps(done) == {"a": "names"}
    assert found(done) == {"a": {"2"}}
    assert len(done.vetoed) == 1


def test_masked_values_show_a_character_and_a_length():
    values = masked(pd.Series(["QQ000001", "S", None], dtype="str"))
    assert values.tolist()[:2] == ["Q" + "\u2022" * 7, "S"]
    assert pd.isna(values.iloc[2])


# The twin


@pytest.fixture(scope="module")
def twin():
    return hlt_twin(0.1)


def link_twin(tables, sources, **recruits):
    config = trial_config("hlt")
    trial = config.trial.model_copy(
        update={"sources": {name: config.trial.sources[name] for name in sources}}
    )
    # The probabilistic pass is measured elsewhere and takes most of the time.
    hmrc = trial.sources.get("hmrc")
    if hmrc:
        exact = [step for step in hmrc.passes if step.method == "exact"]
        trial.sources["hmrc"] = hmrc.model_copy(update={"passes": exact})
    changed = tables | {"recruits": tables["recruits"].assign(**recruits)}
    rules = config.placeholders
    return link_trial(changed, trial, SECRET, True, tables["truth"], placeholders=rules)


def test_the_veto_loses_under_a_thousandth_of_true_links(twin):
    held = link_twin(twin, ["hmrc", "dwp", "nhs"])["quarantine"]
    total = held[(held["arm"] == "all") & (held["trial_group"] == "all")]
    assert set(total["source"]) == {"hmrc", "dwp", "nhs"}
    assert (total["true"] > 500).all()
    assert total["right"].sum() <= 0.001 * total.groupby("source")["true"].first().sum()


def test_of_100_strangers_numbers_none_is_used(twin):
    recruits = twin["recruits"]
    rng = np.random.default_rng(1)
    true = recruits["recruit_id"].map(twin["truth"].set_index("recruit_id")["nino"])
    both = set(twin["employments"]["nino"]) & set(twin["benefit_spells"]["nino"])
    lenders = rng.choice(np.flatnonzero(true.isin(both)), 100, replace=False)
    takers = rng.choice(np.setdiff1d(np.arange(len(recruits)), lenders), 100, replace=False)
    typed = recruits["nino"].astype(object).to_numpy(copy=True)
    # The lenders gave none, or they and the takers would share a number that links neither.
    typed[takers], typed[lenders] = true.iloc[lenders], None
    done = link_twin(twin, ["hmrc", "dwp"], nino=pd.array(typed, dtype="str"))
    own = done["links"].query("source == 'people'").set_index("record_id")["person_id"]
    who = own[recruits["recruit_id"].iloc[takers]]
    status = done["linkable"].set_index(["source", "person_id"])
    for source in ("hmrc", "dwp"):
        mine = status.loc[source].loc[who]
        assert not mine["linked"].any()
        assert not mine["linkable"].any(), "nobody gets a zero for it"
    held = done["quarantine"].query("arm == 'all' and trial_group == 'all'")
    assert held.groupby("source")["people"].sum().to_dict() == {"hmrc": 100, "dwp": 100}


def test_employers_that_leave_the_suffix_out_change_no_link(twin):
    rng = np.random.default_rng(2)
    jobs = twin["employments"]
    short = rng.random(len(jobs)) < 0.3
    cut = jobs.assign(nino=jobs["nino"].where(~short, jobs["nino"].str[:8]))
    assert (cut["nino"].str.len() == 8).mean() == pytest.approx(0.3, abs=0.05)
    before, after = (link_twin(twin | {"employments": e}, ["hmrc"]) for e in (jobs, cut))
    for name in ("links", "linkable", "links_by_method", "quality"):
        pd.testing.assert_frame_equal(before[name], after[name])


# Unlinked people

TRIAL = small_trial(
    "group",
    {
        "tax": TAX | {"used": ["both", "number"]},
        "benefits": TAX | {"table": "spells", "passes": [BOTH, NUMBER]},
    },
)


def test_unlinked_is_only_who_has_a_candidate_with_another_number():
    transposed, true = "QQ120000A", "QQ210000A"
    cat, dan = (ANN | {"first_name": name, "postcode": "S9 9ZZ"} for name in ("Cat", "Dan"))
    people = {
        "swapped": ANN | {"nino": transposed},
        "without": cat | {"nino": "QQ000007A"},
        "linked": dan | {"nino": "QQ000008A"},
    }
    people = table("id", people).assign(arm=[1, 0, 0], group="g")
    jobs = table("job", {"1": ANN | {"nino": true}, "2": dan | {"nino": "QQ000008A"}})
    tables = {"people": people, "jobs": jobs, "spells": jobs}
    done = link_trial(tables, TRIAL, SECRET, True)
    own = done["links"].query("source == 'people'").set_index("person_id")["record_id"]
    status = done["linkable"].assign(who=lambda d: d["person_id"].map(own))
    # In the source of benefits no pass finds her without the number; that of tax tells of it.
    for _, part in status.groupby("source"):
        part = part.set_index("who")
        assert part["unlinked"].to_dict() == {"swapped": True, "without": False, "linked": False}
        assert part["linkable"].all(), "without a record they count as without one (A17)"
    quality = done["quality"].set_index(["source", "arm", "trial_group"])
    assert quality.loc[("tax", "all", "all"), "unlinked"] == 1
    assert quality.loc[("tax", "0", "all"), "unlinked"] == 0
    methods = done["links_by_method"].assign(who=lambda d: d["person_id"].map(own))
    missing = methods[(methods["method"] == "unlinked_missing") & (methods["source"] == "tax")]
    assert set(missing["who"]) == {"without", "linked"}
    used = methods[(methods["method"] == "used") & (methods["source"] == "tax")]
    assert set(used["who"]) == {"swapped", "without", "linked"}


def test_a_strangers_number_in_one_source_is_one_in_every_source():
    """The benefits have no names: there a stranger of one birthday looks like a slip of the pen."""
    fields = {name: TAX["fields"][name] for name in ("nino", "date_of_birth")}
    spells = TAX | {"table": "spells", "passes": [NUMBER], "used": [], "fields": fields}
    trial = small_trial("group", {"tax": TAX | {"passes": [BOTH, NUMBER]}, "benefits": spells})
    born = pd.Timestamp(ANN["date_of_birth"])
    taken, other, mine = "QQ000001A", "QQ000002A", "QQ000003A"
    stranger = {"first_name": "Zoe", "last_name": "Quill", "postcode": "B1 1AA"}
    slip = born + pd.DateOffset(days=1)
    far = born + pd.DateOffset(years=7, months=5, days=3)
    people = {
        "lent": ANN | {"nino": taken},
        "lent, no spell": ANN | {"nino": other, "first_name": "Bea"},
        "own": ANN | {"nino": mine, "first_name": "Cat"},
    }
    people = table("id", people).assign(arm=[1, 0, 1], group="g")
    jobs = table(
        "job",
        {
            "1": stranger | {"nino": taken, "date_of_birth": far},
            "2": stranger | {"nino": other, "date_of_birth": far},
            "3": ANN | {"nino": mine, "first_name": "Cat"},
        },
    )
    claims = table(
        "job",
        {
            "1": stranger | {"nino": taken, "date_of_birth": slip},
            "2": ANN | {"nino": mine, "date_of_birth": slip},
        },
    )
    done = link_trial({"people": people, "jobs": jobs, "spells": claims}, trial, SECRET, True)
    own = done["links"].query("source == 'people'").set_index("person_id")["record_id"]
    status = done["linkable"].assign(who=lambda d: d["person_id"].map(own))
    status = status.set_index(["source", "who"])
    for source in ("tax", "benefits"):
        for who in ("lent", "lent, no spell"):
            assert not status.loc[(source, who), "linked"]
            assert not status.loc[(source, who), "linkable"], "nobody gets a zero for it"
        assert status.loc[(source, "own"), "linked"]
    methods = done["links_by_method"].assign(who=lambda d: d["person_id"].map(own))
    assert set(methods.loc[methods["source"] == "benefits", "who"]) == {"own"}
