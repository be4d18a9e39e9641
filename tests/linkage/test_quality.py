"""Quality of linkage, by hand: rates, what is right, what was lost where, and arms compared."""

import pandas as pd
import pytest
from helpers import ARM
from scipy.stats import chi2_contingency

from ipseval.config.trial import Trial
from ipseval.linkage.link import link_trial

SECRET = b"0" * 32
DECLARED = {
    "name": "T",
    "short_name": "T",
    "description": "d",
    "source": "s",
    "currency": "£",
    "groups": {"g": {"label": "G", "trial_groups": ["g"]}},
    "person": {
        "table": "people",
        "key": "id",
        "arm": ARM,
        "trial_group": "group",
        "randomised_on": "2019-01-01",
    },
}
TAX = {
    "label": "Tax",
    "table": "jobs",
    "record_id": "job",
    "identifier": "nino",
    "fields": {
        "nino": {"column": "number", "kind": "nino"},
        "date_of_birth": {"column": "born", "kind": "date"},
    },
    "passes": [
        {"name": "both", "on": ["nino", "date_of_birth"]},
        {"name": "birth", "on": ["date_of_birth"]},
    ],
}
TRIAL = Trial.model_validate(DECLARED | {"sources": {"tax": TAX}})
DAY = "1980-01-0"


def number(i: int) -> str:
    return f"QQ00000{i}A"


def example():
    """Six people. By the truth p1 to p5 have records, p6 has none.

    p1 is found by both values and p2 by the date of birth, because its number is missing. p3
    is taken for p4, whose date it has, by the date alone. p4 typed another date and no number
    and p5 nothing, so no pass looks at their true pairs. p6 is not there.
    """
    rows = [
        ("p1", 1, "a", number(1), f"{DAY}1"),
        ("p2", 1, "a", None, f"{DAY}2"),
        ("p3", 1, "b", "QQ99999", f"{DAY}4"),
        ("p4", 0, "a", None, "1990-09-09"),
        ("p5", 0, "b", None, None),
        ("p6", 0, "b", number(9), "1966-06-06"),
    ]
    people = pd.DataFrame(rows, columns=["id", "arm", "group", "nino", "date_of_birth"])
    jobs = pd.DataFrame(
        {
            "job": ["j1", "j2", "j3", "j4", "j5", "j6"],
            # The first record is written in another way, and is no other number for that.
            "number": ["qq 00 00 01 a", *map(number, (1, 2, 3, 4, 5))],
            "born": [f"{DAY}1", f"{DAY}1", *(f"{DAY}{i}" for i in (2, 3, 4, 5))],
        }
    )
    truth = pd.DataFrame({"id": people["id"], "nino": [number(i) for i in range(1, 6)] + [None]})
    types = {"date_of_birth": "datetime64[us]", "nino": "str"}
    tables = {
        "people": people.astype(types),
        "jobs": jobs.astype({"born": "datetime64[us]"}),
    }
    return tables, truth


def test_by_hand():
    tables, truth = example()
    done = link_trial(tables, TRIAL, SECRET, True, truth)
    own = done["links"].query("source == 'people'").set_index("person_id")["record_id"]
    tax = done["links"].query("source == 'tax'")
    assert dict(zip(tax["record_id"], tax["person_id"].map(own), strict=True)) == {
        **{"j1": "p1", "j2": "p1", "j3": "p2", "j5": "p3"}
    }

    measured = done["methods"].set_index("method")
    assert measured["people"].to_dict() == {"used": 3, "exact": 1, "stepwise": 3}
    used = measured.loc["used"]
    assert (used["precision"], used["recall"]) == (pytest.approx(2 / 3), pytest.approx(2 / 5))
    assert used["f1"] == pytest.approx(2 * 2 / (3 + 5))
    assert used["f1"] == pytest.approx(2 / (1 / used["precision"] + 1 / used["recall"]))
    # Of five true pairs two are compared, and both are linked.
    assert used["lost_in_blocking"] == pytest.approx(3 / 5)
    assert used["lost_in_model"] == 0
    exact = measured.loc["exact"]
    assert (exact["precision"], exact["recall"]) == (1, pytest.approx(1 / 5))
    assert exact["lost_in_model"] == pytest.approx(1 / 5), "p2's pair was compared, by birth"
    parts = measured["recall"] + measured["lost_in_blocking"] + measured["lost_in_model"]
    assert parts.tolist() == pytest.approx([1, 1, 1])

    passes = done["passes"].set_index("pass")
    assert passes["people"].to_dict() == {"both": 1, "birth": 2}
    assert passes["share"].to_dict() == pytest.approx({"both": 1 / 6, "birth": 2 / 6})
    assert passes["right"].to_dict() == {"both": 1, "birth": 0.5}
    assert passes["least_score"].to_dict() == {"both": 1, "birth": 1}


def test_counts_and_rates_of_records_by_arm_and_group():
    tables, truth = example()
    quality = link_trial(tables, TRIAL, SECRET, True, truth)["quality"]
    keys = ["arm", "trial_group"]
    table = quality.set_index(keys)
    assert not table.index.duplicated().any()
    assert table["people"].to_dict() == {
        **{("all", "all"): 6, ("0", "all"): 3, ("1", "all"): 3, ("all", "a"): 3, ("all", "b"): 3},
        **{("0", "a"): 1, ("1", "a"): 2, ("0", "b"): 2, ("1", "b"): 1},
    }
    total = table.loc[("all", "all")]
    assert (total["linkable"], total["linked"]) == (5, 3)
    # Four records are linked, three of them rightly, of six that are somebody's.
    assert total["precision"] == pytest.approx(3 / 4)
    assert total["recall"] == pytest.approx(3 / 6)
    assert table.loc[("1", "b"), "precision"] == 0
    assert table.loc[("0", "all"), "recall"] == 0
    assert pd.isna(table.loc[("0", "all"), "precision"]), "nobody of them is linked"


def many(linked: dict[int, int], people: dict[int, int]):
    """People by arm of whom some are found."""
    arms = [arm for arm, n in people.items() for _ in range(n)]
    found = [i < linked[arm] for arm, n in people.items() for i in range(n)]
    numbers = [f"QQ{i:06d}A" for i in range(len(arms))]
    frame = pd.DataFrame({"id": numbers, "arm": arms, "group": "g", "nino": numbers})
    frame["date_of_birth"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    jobs = frame.loc[found, ["id", "nino", "date_of_birth"]]
    jobs = jobs.set_axis(["job", "number", "born"], axis=1)
    return {"people": frame, "jobs": jobs}


BY_NUMBER = {"passes": [{"name": "number", "on": ["nino"]}]}
NUMBERED = Trial.model_validate(DECLARED | {"sources": {"tax": TAX | BY_NUMBER}})


def test_difference_between_arms_is_that_of_pearson():
    tables = many({1: 90, 0: 70}, {1: 100, 0: 95})
    quality = link_trial(tables, NUMBERED, SECRET, True)["quality"]
    wanted = chi2_contingency([[90, 10], [70, 25]], correction=False).pvalue
    both = quality[quality["arm"] == "all"]
    assert both["p_value"].tolist() == pytest.approx([wanted, wanted])
    assert quality.loc[quality["arm"] != "all", "p_value"].isna().all()


@pytest.mark.parametrize("linked", [{1: 5, 0: 5}, {1: 0, 0: 0}], ids=["everybody", "nobody"])
def test_no_difference_to_test(linked):
    tables = many(linked, {1: 5, 0: 5})
    quality = link_trial(tables, NUMBERED, SECRET, True)["quality"]
    assert quality["p_value"].isna().all()
    assert (quality["linked"] == quality["people"] * (linked[1] > 0)).all()


def test_without_truth_nothing_is_said_about_what_is_right():
    tables, _ = example()
    done = link_trial(tables, TRIAL, SECRET, True)
    assert done["quality"][["precision", "recall"]].isna().all(axis=None)
    assert done["passes"]["right"].isna().all()
    figures = ["precision", "recall", "f1", "lost_in_blocking", "lost_in_model"]
    assert done["methods"][figures].isna().all(axis=None)
    assert done["methods"]["people"].tolist() == [3, 1, 3]


def test_a_trial_without_sources_says_so():
    trial = TRIAL.model_copy(update={"sources": {}})
    tables, truth = example()
    done = link_trial(tables, trial, SECRET, True, truth)
    assert done["quality"]["note"].tolist() == ["no source is declared to link"]
    assert done["quality"]["people"].tolist() == [6]
    columns = ["person_id", "source", "linkable", "linked", "reason"]
    assert list(done["linkable"].columns) == columns
    assert list(link_trial(tables, TRIAL, SECRET, True)["linkable"].columns) == columns
    for name in ("passes", "methods", "links_by_method", "linkable"):
        assert done[name].empty
        assert len(done[name].columns) > 3


@pytest.mark.parametrize("emptied", ["jobs", "identifiers"])
def test_nobody_linked_is_no_failure(emptied):
    """A source without rows, or people without identifiers: 0 everywhere, and no crash."""
    tables, truth = example()
    if emptied == "jobs":
        tables["jobs"] = tables["jobs"].head(0)
    else:
        people = tables["people"]
        gone = ["nino", "date_of_birth"]
        tables["people"] = people.assign(**people[gone].where(people[gone].isna()))
    done = link_trial(tables, TRIAL, SECRET, True, truth)
    assert set(done["links"]["source"]) == {"people"}
    assert (done["quality"]["linked"] == 0).all()
    assert done["quality"]["precision"].isna().all(), "no link is right or wrong"
    assert done["methods"]["method"].tolist() == ["used", "exact", "stepwise"]
    assert (done["methods"]["people"] == 0).all()
    assert (done["passes"]["people"] == 0).all()
    total = done["quality"].set_index(["arm", "trial_group"]).loc[("all", "all")]
    if emptied == "jobs":
        assert total["linkable"] == 5
        assert pd.isna(total["recall"]), "nobody has a record"
    else:
        assert total["linkable"] == 0
        assert total["recall"] == 0
        assert (done["methods"]["lost_in_blocking"] == 1).all()


def test_people_and_records_without_numbers_are_not_true_pairs_of_each_other():
    tables, truth = example()
    tables["jobs"] = pd.concat(
        [tables["jobs"], tables["jobs"].tail(1).assign(job="j7", number=None)]
    )
    truth["nino"] = truth["nino"].where(truth["id"] == "p1")
    done = link_trial(tables, TRIAL, SECRET, True, truth)
    total = done["quality"].set_index(["arm", "trial_group"]).loc[("all", "all")]
    assert total["recall"] == 1, "of the two records of p1"


def test_a_model_that_could_not_be_learned_is_said():
    step = {
        "name": "probable",
        "method": "probabilistic",
        "compare": ["nino", "date_of_birth"],
        "block": [["nino"]],
        "train": [["nino"], ["date_of_birth"]],
    }
    trial = Trial.model_validate(
        DECLARED | {"sources": {"tax": TAX | {"passes": [*TAX["passes"], step]}}}
    )
    tables, truth = example()
    said = []
    done = link_trial(tables, trial, SECRET, True, truth, said.append)
    assert "tax.probable: links nobody, under 20 pairs agree exactly" in said
    assert "tax: 3 of 6 people linked" in said
    assert done["passes"].set_index("pass").loc["probable", "people"] == 0


def test_people_returned_by_two_suppliers_are_counted():
    tables, _ = example()
    # j1 and j2 are both p1's; a second supplier sends j2, and one supplier both of p2's.
    jobs = tables["jobs"].assign(office=["north", "south", "north", "north", "north", "north"])
    more = jobs.iloc[[2]].assign(job="j7", office="north")
    tables["jobs"] = pd.concat([jobs, more], ignore_index=True)
    trial = Trial.model_validate(DECLARED | {"sources": {"tax": TAX | {"supplier": "office"}}})
    quality = link_trial(tables, trial, SECRET, True)["quality"]
    found = quality.set_index(["trial_group", "arm"])["several_suppliers"]
    assert found["all", "all"] == 1
    assert found["a", "1"] == 1
    assert found["b", "all"] == 0


def test_no_suppliers_are_counted_where_none_is_declared():
    tables, _ = example()
    assert link_trial(tables, TRIAL, SECRET, True)["quality"]["several_suppliers"].isna().all()


def test_number_sent_for_two_people_links_nobody_and_is_counted():
    # Two suppliers return p1's number, one of them with a stranger's date of birth.
    tables, _ = example()
    jobs = tables["jobs"].assign(office=["north", "south", "north", "north", "north", "north"])
    jobs.loc[1, "born"] = pd.Timestamp("1955-11-23")
    tables["jobs"] = jobs
    by_number = TAX | {"supplier": "office", "passes": [{"name": "number", "on": ["nino"]}]}
    trial = Trial.model_validate(DECLARED | {"sources": {"tax": by_number}})
    linked = link_trial(tables, trial, SECRET, True)
    assert "fits two people of the source" in set(linked["linkable"]["reason"])
    found = linked["quality"].set_index(["trial_group", "arm"])
    assert found["fits_two"]["all", "all"] == 1
    assert found["fits_two"]["a", "1"] == 1
    # With the date of birth as well it is p1's, and nothing that was good is lost.
    quality = link_trial(tables, TRIAL, SECRET, True)["quality"]
    assert quality.set_index(["trial_group", "arm"])["fits_two"]["all", "all"] == 0
