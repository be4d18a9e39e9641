"""Use of hospitals, community and mental health services and talking therapies.

Use depends on age, health problems and the conditions answered at baseline, and on nothing else:
it is the same in both arms. Days are whole numbers from 1970-01-01. Draws about a person belong
to that person; draws about events belong to their place in the table before it is sorted.
"""

import numpy as np
import pandas as pd

from ...calendar import add_months, as_days
from ...streams import Streams
from ..events import day_number, geometric, labels, pick
from .settings import HltSettings
from .settings.nhs import Health, Score, Service

SEEN = ["5", "6"]


def use_health_services(
    people: pd.DataFrame, settings: HltSettings, streams: Streams
) -> dict[str, pd.DataFrame]:
    """Return the six NHS tables, rows in order of date and NHS number, numbered in that order.

    `people` as after `give_identifiers`. Records lie in the declared months around
    randomisation; NHS number, date of birth, sex and postcode are right in all of them.
    """
    health = settings.health
    return {
        "admitted_care": _admit(people, health, streams),
        "outpatients": _attend("outpatients", "attendkey", "apptdate", people, health, streams),
        "accident_and_emergency": _attend(
            "accident_and_emergency", "aekey", "arrivaldate", people, health, streams
        ),
        "community_contacts": _submit("community_contacts", "C", people, health, streams),
        "mental_health_contacts": _submit("mental_health_contacts", "M", people, health, streams),
        "iapt_contacts": _treat(people, health, streams),
    }


def _need(people: pd.DataFrame, service: Service, health: Health, streams: Streams) -> np.ndarray:
    """Return how much more than the usual person each one uses a service; 0 if never seen."""
    n = len(people)
    logarithm = (
        service.problems * people["problems"].to_numpy()
        - service.problems**2 / 2
        + service.age * (people["age"].to_numpy() - 40) / 10
        + health.shared * streams.normal("health_services", "shared", n)
        - health.shared**2 / 2
    )
    for name, factor in service.conditions.items():
        has = people[f"condition_{name}"].fillna(False).to_numpy(dtype=bool)
        logarithm += np.log(factor) * has
    absent = streams.chance("health_services", "absent", health.absent, n)
    return np.where(absent, 0, np.exp(logarithm))


def _contacts(table: str, people: pd.DataFrame, health: Health, streams: Streams) -> pd.DataFrame:
    """Return the contacts inside the window: person, course, place in the course, day.

    A course of care is one contact, or several some days apart. Courses begin at any time, also
    shortly before the window, so that use is as high at its beginning as at its end.
    """
    service, n = health.services[table], len(people)
    randomised = as_days(people["day"])
    begin = day_number(add_months(randomised, -health.months_before))
    end = day_number(add_months(randomised, health.months_after))
    lead = round(2 * service.gap_days * service.contacts)
    mean = service.mean * (1 + lead / (end - begin)) * _need(people, service, health, streams)
    number = geometric(mean, streams.uniform(table, "courses", n))
    person = np.repeat(np.arange(n), number)
    m = len(person)
    span = (end - begin + lead)[person]
    first = begin[person] - lead + np.floor(streams.uniform(table, "first", m) * span)
    length = 1 + geometric(service.contacts - 1, streams.uniform(table, "length", m))
    course = np.repeat(np.arange(m), length)
    place = np.arange(len(course)) - np.repeat(np.cumsum(length) - length, length)
    later = streams.uniform(table, "later", len(course)) if service.gap_days else 0
    day = (first[course] + np.floor((place + later) * service.gap_days)).astype(np.int64)
    if service.weekdays:
        weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
        day += weekday * 5 // 7 - weekday
    contacts = pd.DataFrame(
        {"person": person[course], "course": course, "place": place, "day": day}
    )
    inside = (day >= begin[contacts["person"]]) & (day < end[contacts["person"]])
    return contacts[inside].reset_index(drop=True)


def _in_order(events: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return events by day and NHS number, whose order says nothing about the person's place."""
    number = people["true_nhs_number"].astype("int64").to_numpy()[events["person"]]
    order = np.argsort(events["day"].to_numpy() * 10**10 + number, kind="stable")
    return events.iloc[order].reset_index(drop=True)


def _identity(people: pd.DataFrame, who: np.ndarray) -> dict:
    """Return the columns that identify the person of each record."""
    return {
        "nhs_number": people["true_nhs_number"].array.take(who),
        "date_of_birth": people["date_of_birth"].to_numpy()[who],
        "sex": people["sex"].array.take(who),
        "postcode": people["postcode"].array.take(who),
    }


def _coded(
    table: str, column: str, m: int, health: Health, streams: Streams
) -> pd.api.extensions.ExtensionArray:
    """Return m codes of a column in their declared shares."""
    shares = health.services[table].codes[column]
    return pick(shares, streams.uniform(table, column, m))


def _dates(days: np.ndarray | pd.Series) -> np.ndarray:
    return np.asarray(days).astype("datetime64[D]")


def _attend(
    table: str, key: str, date: str, people: pd.DataFrame, health: Health, streams: Streams
) -> pd.DataFrame:
    """Return a table of attendances: a key, a date and the declared codes."""
    events = _in_order(_contacts(table, people, health, streams), people)
    m, columns = len(events), health.services[table].codes
    return pd.DataFrame(
        {
            key: np.arange(1, m + 1),
            **_identity(people, events["person"].to_numpy()),
            date: _dates(events["day"]),
            **{column: _coded(table, column, m, health, streams) for column in columns},
        }
    )


def _admit(people: pd.DataFrame, health: Health, streams: Streams) -> pd.DataFrame:
    """Return episodes of admitted care: one or two, end to end, in a stay in hospital.

    Nobody is admitted while in hospital. The day of discharge is in a stay's last episode only.
    """
    table, shape = "admitted_care", health.stays
    stays = _contacts(table, people, health, streams)
    m = len(stays)
    method = _coded(table, "admimeth", m, health, streams)
    elective = pd.Series(method).str.startswith("1").to_numpy(dtype=bool)
    day_case = elective & streams.chance(table, "day_case", shape.day_case, m)
    nights = geometric(shape.nights, streams.uniform(table, "nights", m))
    nights = np.where(day_case, 0, nights)
    two = (nights > 0) & streams.chance(table, "second", shape.second_episode, m)
    change = stays["day"] + np.floor(streams.uniform(table, "change", m) * nights).astype(int)
    stays = stays.assign(admimeth=method, day_case=day_case, two=two, change=change)
    stays["left"] = stays["day"] + nights
    stays = stays.sort_values(["person", "day"], kind="stable", ignore_index=True)
    reach = stays.groupby("person")["left"].cummax().shift()
    stays = stays[~(stays["person"].duplicated() & (stays["day"] <= reach))]
    episodes = stays.loc[stays.index.repeat(1 + stays["two"])]
    second = episodes.index.duplicated()
    last = second | ~episodes["two"].to_numpy()
    episodes = episodes.assign(
        admitted=episodes["day"], day=episodes["day"].where(~second, episodes["change"]), last=last
    )
    episodes = _in_order(episodes, people)
    left = _dates(episodes["left"])
    return pd.DataFrame(
        {
            "epikey": np.arange(1, len(episodes) + 1),
            **_identity(people, episodes["person"].to_numpy()),
            "admidate": _dates(episodes["admitted"]),
            "epistart": _dates(episodes["day"]),
            "epiend": np.where(episodes["last"], left, _dates(episodes["change"])),
            "disdate": np.where(episodes["last"], left, np.datetime64("NaT", "D")),
            "admimeth": episodes["admimeth"].array,
            "classpat": np.where(episodes["day_case"], "2", "1"),
        }
    )


def _submit(
    table: str, prefix: str, people: pd.DataFrame, health: Health, streams: Streams
) -> pd.DataFrame:
    """Return contacts as submitted after the end of their month, some again a month later.

    A contact keeps its number when it is submitted again; the records differ in their own
    number and the day of submission alone.
    """
    contacts = _in_order(_contacts(table, people, health, streams), people)
    m = len(contacts)
    contacts["number"] = np.arange(1, m + 1)
    contacts["code"] = _coded(table, "attend_or_dna_code", m, health, streams)
    share = health.services[table].resubmitted
    again = streams.chance(table, "resubmitted", share, m)
    contacts = contacts.loc[np.repeat(np.arange(m), 1 + again)]
    months = 2 + contacts.index.duplicated().astype(int)
    held = _dates(contacts["day"])
    submitted = (held.astype("datetime64[M]") + months).astype("datetime64[D]") - 1
    return pd.DataFrame(
        {
            "record_id": np.arange(1, len(contacts) + 1),
            **_identity(people, contacts["person"].to_numpy()),
            "contact_id": labels(prefix, contacts["number"].to_numpy()),
            "care_contact_date": held,
            "attend_or_dna_code": contacts["code"].array,
            "submitted_on": submitted,
        }
    )


def _treat(people: pd.DataFrame, health: Health, streams: Streams) -> pd.DataFrame:
    """Return the contacts of talking therapy pathways, with scores at most of those kept."""
    table = "iapt_contacts"
    contacts = _in_order(_contacts(table, people, health, streams), people)
    m = len(contacts)
    code = _coded(table, "attend_or_dna_code", m, health, streams)
    answered = streams.chance(table, "answered", health.answered, m) & pd.Series(code).isin(SEEN)
    scores = {
        name: _scored(name, score, people, contacts, streams).where(answered)
        for name, score in health.scores.items()
    }
    # Pathways are numbered as their first contacts are met.
    pathway = pd.factorize(contacts["course"])[0] + 1
    return pd.DataFrame(
        {
            "contact_id": labels("T", np.arange(1, m + 1)),
            **_identity(people, contacts["person"].to_numpy()),
            "pathway_id": labels("P", pathway),
            "care_contact_date": _dates(contacts["day"]),
            "attend_or_dna_code": code,
            **scores,
        }
    )


def _scored(
    name: str, score: Score, people: pd.DataFrame, contacts: pd.DataFrame, streams: Streams
) -> pd.Series:
    """Return whole scores from 0 to the highest, moving with the place in the pathway."""
    table, who = "iapt_contacts", contacts["person"].to_numpy()
    level = score.problems * people["problems"].to_numpy()
    level += score.person * streams.normal(table, f"{name}_person", len(people))
    noise = score.contact * streams.normal(table, name, len(contacts))
    value = score.mean + level[who] + score.change * contacts["place"] + noise
    return value.round().clip(0, score.highest).astype("Int64")
