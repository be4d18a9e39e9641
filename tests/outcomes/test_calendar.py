"""Events of the trial's calendar: their days, and derivations that end with one."""

import numpy as np
import pandas as pd
import pytest
from helpers import result_of, small_trial, trial_config
from pydantic import ValidationError

from ipseval.calendar import add_months, event_days
from ipseval.config.outcomes import Outcomes
from ipseval.config.refs import Place
from ipseval.config.trial import CalendarEvent
from ipseval.errors import InputError
from ipseval.kinds import DERIVATIONS
from ipseval.linkage.link import link_trial
from ipseval.outcomes.derive import derive_outcomes
from ipseval.provenance import ROOT


def source(table: str) -> dict:
    fields = {"nino": {"column": "nino", "kind": "nino"}}
    by = {"passes": [{"name": "exact", "on": ["nino"]}], "identifier": "nino", "fields": fields}
    return {"label": table, "table": table, "record_id": "record", **by}


# Everybody is randomised on 1 January 2019; a is of the north, b of the south.
CALENDAR = {
    "lockdown": CalendarEvent(label="l", date="2019-07-01"),
    "offer": CalendarEvent(label="o", months=9, where={"site": ["north"]}),
}
TRIAL = small_trial(sources={"care": source("visits"), "dwp": source("claims")}).model_copy(
    update={"calendar": CALENDAR}
)
NAMES = {"label": "l", "unit": "u"}
DAY = np.array(["2019-01-31", "2019-01-31"], dtype="datetime64[D]")


def test_days_of_events():
    people = pd.DataFrame({"site": ["north", "south"]})
    assert event_days(TRIAL, "lockdown", people, DAY).astype(str).tolist() == ["2019-07-01"] * 2
    assert event_days(TRIAL, "offer", people, DAY).astype(str).tolist() == ["2019-10-31", "NaT"]
    with pytest.raises(InputError, match="has no event 'strike'"):
        event_days(TRIAL, "strike", people, DAY)


@pytest.mark.parametrize("given", [{}, {"date": "2019-01-01", "months": 3}, {"months": -1}])
def test_an_event_has_one_day(given):
    with pytest.raises(ValidationError):
        CalendarEvent(label="l", **given)


def test_conditions_of_an_event_are_values_of_the_person_table():
    config = trial_config("trailblazers")
    event = config.trial.calendar["waiting_list_ends"]
    place = Place(config, ROOT, "trial", ("calendar", "waiting_list_ends"))
    assert list(event.problems(place)) == []
    wrong = event.model_copy(update={"where": {"site": ["north_west"]}})
    assert "unknown name 'north_west'" in next(wrong.problems(place))[1]


def derived(visits=(), claims=(), **outcome) -> list:
    """Return a result of a and b; visits are (who, day), claims (who, first, last day)."""
    ninos = {"a": "QQ000001A", "b": "QQ000002A"}
    people = pd.DataFrame({"id": list("ab"), "arm": [1, 0], "nino": list(ninos.values())})
    people["site"] = ["north", "south"]
    seen = pd.DataFrame(list(visits), columns=["nino", "on"]).assign(score=range(len(visits)))
    spells = pd.DataFrame(list(claims), columns=["nino", "start", "end"]).assign(benefit="JSA")
    for frame, dates in ((seen, ["on"]), (spells, ["start", "end"])):
        frame["nino"] = frame["nino"].map(ninos).astype("str")
        frame["record"] = range(1, len(frame) + 1)
        for name in dates:
            frame[name] = pd.to_datetime(frame[name])
    tables = {"people": people, "visits": seen, "claims": spells.astype({"benefit": "str"})}
    linked = link_trial(tables, TRIAL, b"0" * 32, synthetic=True)
    benefits = {"table": "claims", "benefit": "benefit", "start": "start", "end": "end"}
    benefits |= {"out_of_work": ["JSA"]}
    declared = {"benefits": {"dwp": benefits}, "covariates": {}, "outcomes": {"x": outcome | NAMES}}
    spec = Outcomes.model_validate(declared)
    made = derive_outcomes(TRIAL, spec, tables, linked["links"], linked["linkable"]).people
    own = linked["links"].query("source == 'people'").set_index("record_id")["person_id"]
    values = made.set_index("person_id").loc[own[["a", "b"]], "x"]
    return [None if pd.isna(value) else value for value in values]


LAST = {"kind": "last_record", "source": "care", "table": "visits", "date": "on"}
VISITS = [(who, day) for who in "ab" for day in ("2019-09-30", "2019-10-01", "2019-12-01")]


@pytest.mark.parametrize(
    ("until", "days"), [(None, [334, 334]), ("offer", [272, 334]), ("lockdown", [None, None])]
)
def test_the_last_record_before_an_event(until, days):
    assert derived(VISITS, **LAST, until=until) == days


@pytest.mark.parametrize(
    ("until", "days"), [(None, [365, 334]), ("offer", [273, 334]), ("lockdown", [181, 181])]
)
def test_a_window_ends_with_the_event(until, days):
    window = {"kind": "days_off_benefit", "source": "dwp", "from_month": 0, "to_month": 12}
    claims = [("b", "2019-12-01", "2019-12-31"), ("a", "2018-01-01", "2018-02-01")]
    assert derived((), claims, **window, until=until) == days


def test_a_window_that_begins_after_the_event_has_no_day():
    window = {"kind": "days_off_benefit", "source": "dwp", "from_month": 8, "to_month": 12}
    claims = [(who, "2018-01-01", "2018-02-01") for who in "ab"]
    assert derived((), claims, **window, until="lockdown") == [0, 0]


def test_bands_are_cut_on_events():
    spec = {"kind": "date_bands", "of": "randomised_on", "labels": ["early", "late"], **NAMES}
    by_event, by_day = (
        DERIVATIONS.parse(spec | cut)
        for cut in ({"events": ["lockdown"]}, {"cuts": ["2020-03-23"]})
    )
    dates = pd.to_datetime(["2020-03-22", "2020-03-23"]).to_series()
    hlt = trial_config("hlt").trial
    found = [result_of(each, {"randomised_on": dates}, trial=hlt) for each in (by_event, by_day)]
    assert found[0].tolist() == found[1].tolist() == ["early", "late"]
    for cut in ({}, {"events": ["lockdown"], "cuts": ["2020-03-23"]}):
        with pytest.raises(ValidationError, match="give either cuts or events"):
            DERIVATIONS.parse(spec | cut)


@pytest.mark.parametrize("missing", [False, True])
def test_days_of_many_people_move_as_those_of_one(missing):
    rng = np.random.default_rng(1)
    days = np.datetime64("2019-12-01") + rng.integers(0, 120, 2000)
    if missing:
        days[::7] = np.datetime64("NaT")
    months = np.arange(-3, 4)
    found = add_months(days[:, None], months[None, :])
    for place, month in enumerate(months):
        own = np.array([add_months(day, month) for day in days])
        np.testing.assert_array_equal(found[:, place], own)
        np.testing.assert_array_equal(add_months(days, month), own)
