"""The surveys of the HLT twin: fieldwork, routing, and answers that follow people and arms."""

import numpy as np
import pandas as pd
import pytest
from helpers import hlt_twin


@pytest.fixture(scope="module")
def twin() -> dict[str, pd.DataFrame]:
    return hlt_twin(1)


@pytest.fixture(scope="module")
def last(twin) -> pd.DataFrame:
    people = twin["recruits"][
        ["recruit_id", "arm", "trial_group", "randomised_at", "eq5d_mobility"]
    ]
    people = people.rename(columns={"eq5d_mobility": "mobility_before"})
    return twin["survey_12_month"].merge(people, on="recruit_id", validate="one_to_one")


@pytest.mark.parametrize(("wave", "issued"), [(4, 9539), (12, 8945)])
def test_a_wave_is_issued_to_who_has_not_left(twin, wave, issued):
    field, gone = twin[f"fieldwork_{wave}_month"], twin["withdrawals"]
    assert len(field) == issued
    both = field.merge(gone, on="recruit_id")
    assert (both["happened_on"] > both["issued_on"]).all()
    completed = field[field["outcome"] == "completed"]
    assert set(completed["recruit_id"]) == set(twin[f"survey_{wave}_month"]["recruit_id"])
    given_up = field[field["outcome"] == "no_contact"]
    assert given_up["calls"].min() >= 12


def test_who_opts_out_is_not_asked_again(twin):
    first = twin["fieldwork_4_month"]
    refused = set(first.loc[first["outcome"] == "opted_out", "recruit_id"])
    assert len(refused) > 300
    assert not refused & set(twin["fieldwork_12_month"]["recruit_id"])


def test_withdrawals_deaths_and_erasures_are_as_published(twin):
    gone = twin["withdrawals"]
    counts = gone["kind"].value_counts()
    assert (counts["withdrawal"], counts["death"], counts["erasure"]) == (287, 10, 5)
    erased = set(gone.loc[gone["kind"] == "erasure", "recruit_id"])
    for name, table in twin.items():
        if name != "withdrawals" and "recruit_id" in table:
            assert not erased & set(table["recruit_id"]), name


def test_fieldwork_dates(twin):
    for wave, first, end in ((4, "2018-10-17", "2020-03-31"), (12, "2019-06-12", "2020-11-25")):
        field, done = twin[f"fieldwork_{wave}_month"], twin[f"survey_{wave}_month"]
        assert pd.Timestamp(field["issued_on"].min()) == pd.Timestamp(first)
        assert pd.Timestamp(done["completed_on"].max()) <= pd.Timestamp(end)
    assert twin["fieldwork_12_month"]["batch"].nunique() == 17


def test_questions_are_asked_along_their_routes(last):
    working = last["emp"].isin(["employee", "self_employed"])
    assert (last["hours"].notna() == working).all()
    for column in ("job_satisfaction", "job_match", "job_influence_3", "work_effect_on_health"):
        assert (last[column].notna() == working).all(), column
    had = last["service_none"] == False  # noqa: E712 - missing is neither
    assert (last["support_helped_condition"].notna() == had.fillna(False)).all()
    asked = last["support_motivation"].notna()
    assert not (asked & working).any()
    assert had[asked].all()
    assert (last.loc[last["specialist_has_skills"].notna(), "arm"] == 1).all()


def test_services_stand_alone_or_are_one_at_least(last):
    services = [c for c in last if c.startswith("service_") and c != "service_helped_condition"]
    services.remove("service_none")
    number = last[services].astype("float64").sum(axis=1)
    answered = last["service_none"].notna()
    assert answered.sum() == 4055
    none = last["service_none"][answered].astype(bool)
    assert (number[answered][none] == 0).all()
    assert (number[answered][~none] >= 1).all()


def test_answers_on_work_follow_the_employment_records(twin, last):
    ids = twin["recruits"][["recruit_id", "nino"]].merge(
        last[["recruit_id", "completed_on", "emp"]], on="recruit_id"
    )
    jobs = ids.merge(twin["employments"], on="nino")
    on = (jobs["start_date"] <= jobs["completed_on"]) & ~(
        jobs["leaving_date"] < jobs["completed_on"]
    )
    recorded = ids["recruit_id"].isin(jobs.loc[on, "recruit_id"])
    said = ids["emp"] != "not_working"
    assert (recorded == said).mean() > 0.85


def test_items_of_an_instrument_hang_together_and_persist(last):
    items = last[[f"swemwbs_{i}" for i in range(1, 8)]].astype("float64").dropna()
    between = items.corr().to_numpy()[np.triu_indices(7, 1)]
    assert 0.35 < between.min() < between.max() < 0.75
    before = last[["mobility_before", "eq5d_mobility"]].astype("float64").dropna()
    assert 0.2 < before.corr().iloc[0, 1] < 0.8


def test_items_are_missing_here_and_there(last):
    share = last[[c for c in last if c.startswith(("eq5d", "gad7", "gse"))]].isna().mean()
    assert 0.005 < share.min() < share.max() < 0.03


def test_treatment_raises_wellbeing_and_nothing_under_no_effect(last):
    def difference(table: pd.DataFrame, people: pd.DataFrame) -> float:
        frame = table.merge(people[["recruit_id", "arm"]], on="recruit_id")
        score = frame[[f"swemwbs_{i}" for i in range(1, 8)]].astype("float64").sum(axis=1)
        return score.groupby(frame["arm"]).mean().diff().iloc[1] / score.std()

    people = last[["recruit_id", "arm"]]
    assert difference(last.drop(columns="arm"), people) > 0.06
    null = hlt_twin(1, "none")
    assert abs(difference(null["survey_12_month"], null["recruits"])) < 0.08


def test_response_depends_on_age(twin):
    people = twin["recruits"]
    responded = people["recruit_id"].isin(twin["survey_12_month"]["recruit_id"])
    assert people["age"][responded].mean() - people["age"][~responded].mean() > 2
