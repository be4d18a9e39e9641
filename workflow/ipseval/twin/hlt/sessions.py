"""Sessions of the treated with their employment specialist."""

import numpy as np
import pandas as pd

from ...calendar import as_days
from ...streams import Streams
from ..quotas import largest_remainder
from .provider import DAY
from .settings import HltSettings


def hold_sessions(
    cases: pd.DataFrame, lockdown: np.ndarray, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return the sessions of the people with a record; from the lockdown (n) on by telephone.

    `cases` as from `support`. In each group the number of sessions, and of those over 15
    minutes, is the declared mean times the people with a record, to the nearest integer.
    """
    n = len(lockdown)
    number = _numbers(cases, n, settings, streams)
    case = np.repeat(np.arange(len(cases)), number)
    place = np.arange(len(case)) - np.repeat(np.cumsum(number) - number, number)
    person = cases["person"].to_numpy()[case]

    def uniform(column: str) -> np.ndarray:
        return streams.nth_uniform("sessions", column, n, person, place)

    held = _days(cases, number, case, place, uniform("day"), settings)
    group = pd.Categorical(cases["trial_group"].astype(str), list(settings.sessions.groups))
    group = group.codes[case]
    long = _long(group, place, uniform("long"), cases, settings)
    remote = held >= lockdown[person]
    face = _by_group(settings, "face_to_face")[group]
    face = np.where(long, face, settings.sessions.short_face_to_face)
    telephone = remote | (uniform("mode") >= face)
    low, high = (_by_group(settings, "long_minutes", i)[group] for i in (0, 1))
    short = settings.sessions.short_minutes
    low, high = np.where(long, low, short[0]), np.where(long, high, short[1])
    after = held >= as_days(cases["job_on"])[case]
    return pd.DataFrame(
        {
            "session_id": np.arange(1, len(case) + 1),
            "recruit_id": cases["recruit_id"].array.take(case),
            "specialist": cases["specialist"].to_numpy()[case],
            "held_on": held,
            "mode": pd.Categorical.from_codes(telephone.astype(int), ["face_to_face", "telephone"]),
            "minutes": low + np.floor(uniform("minutes") * (high - low + 1)).astype(int),
            "purpose": _purposes(group, place, after, uniform("purpose"), settings),
        }
    )


def _by_group(settings: HltSettings, name: str, index: int | None = None) -> np.ndarray:
    """Return one declared value a group, in order of declaration."""
    values = [getattr(group, name) for group in settings.sessions.groups.values()]
    return np.array(values if index is None else [value[index] for value in values])


def _horizon(cases: pd.DataFrame, settings: HltSettings) -> np.ndarray:
    """Return the last day on which each person may have a recorded session."""
    last = np.datetime64(settings.provider.last_day)
    return np.maximum(np.minimum(as_days(cases["closed_on"]), last), as_days(cases["first_on"]))


def _numbers(cases: pd.DataFrame, n: int, settings: HltSettings, streams: Streams) -> np.ndarray:
    """Return sessions of each person, one or more, more of them the longer support is seen.

    No more than there are weekdays: those beyond go to the group's others.
    """
    span = (_horizon(cases, settings) - as_days(cases["first_on"])).astype(int)
    noise = streams.normal("sessions", "number", n)[cases["person"]]
    weight = (span + 7) * np.exp(settings.sessions.spread * noise)
    most = np.busday_count(as_days(cases["first_on"]), _horizon(cases, settings))
    number = np.ones(len(cases), dtype=int)
    for group, spec in settings.sessions.groups.items():
        members = np.flatnonzero(cases["trial_group"] == group)
        wanted = round(spec.mean * len(members)) - len(members)
        more = largest_remainder(weight[members], wanted) if wanted else 0
        while (over := np.maximum(more - most[members], 0)).any():
            more = np.minimum(more, most[members])
            room = np.where(more < most[members], weight[members], 0)
            more = more + largest_remainder(room, over.sum())
        number[members] += more
    return number


def _days(
    cases: pd.DataFrame,
    number: np.ndarray,
    case: np.ndarray,
    place: np.ndarray,
    u: np.ndarray,
    settings: HltSettings,
) -> np.ndarray:
    """Return the weekday of each session: the first one, then one in each stretch of the rest.

    Stretches are equal but for the crowding into the start, so days of a person never go back.
    """
    first = as_days(cases["first_on"])
    span = (_horizon(cases, settings) - first).astype(int)[case]
    share = np.where(place > 0, (place - 1 + u) / np.maximum(number[case] - 1, 1), 0)
    days = np.floor(share**settings.sessions.early * (span + 1)).astype(int)
    held = np.busday_offset(first[case] + days * DAY, 0, roll="forward")
    # A case is closed on a weekday, perhaps days after its person left on a weekend.
    leaves = np.busday_offset(as_days(cases["left"]), 0, roll="backward")
    return np.minimum(held, np.minimum(_horizon(cases, settings), leaves)[case])


def _long(
    group: np.ndarray,
    place: np.ndarray,
    u: np.ndarray,
    cases: pd.DataFrame,
    settings: HltSettings,
) -> np.ndarray:
    """Return which sessions are over 15 minutes, in exact numbers a group.

    The first meeting is the likeliest to be, for then needs are talked over.
    """
    score = u - 0.5 * (place == 0)
    long = np.zeros(len(u), dtype=bool)
    for code, (name, spec) in enumerate(settings.sessions.groups.items()):
        rows = np.flatnonzero(group == code)
        count = round(spec.long * int((cases["trial_group"] == name).sum()))
        long[rows[np.argsort(score[rows], kind="stable")[:count]]] = True
    return long


def _purposes(
    group: np.ndarray, place: np.ndarray, after: np.ndarray, u: np.ndarray, settings: HltSettings
) -> pd.Categorical:
    """Return purposes: engagement, then profiling, then what is declared; in-work support last."""
    spec = settings.sessions
    search = sorted({name for shares in spec.groups.values() for name in shares.purposes})
    names = ["engagement", "vocational_profiling", "in_work_support", *search]
    codes = np.where(place == 0, 0, 1)
    for code, shares in enumerate(spec.groups.values()):
        edges = np.cumsum(list(shares.purposes.values())) / sum(shares.purposes.values())
        purpose_codes = np.array([names.index(name) for name in shares.purposes])
        rows = np.flatnonzero((group == code) & (place > spec.profiling))
        codes[rows] = purpose_codes[np.searchsorted(edges, u[rows])]
    codes[after & (place > 0)] = 2
    return pd.Categorical.from_codes(codes, names)
