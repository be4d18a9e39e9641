"""Contacts after randomisation: withdrawals, survey interviews and provider sessions."""

import numpy as np
import pandas as pd

from ...calendar import add_months
from ...streams import Streams
from ..published import Published
from ..synthetic.quotas import assign_by_rank, largest_remainder
from .settings import ARMS, GROUPS, TwinSettings


def withdraw(
    people: pd.DataFrame, settings: TwinSettings, streams: Streams, scale: float
) -> pd.DataFrame:
    """Return withdrawals, deaths and erasures; the erased are people of no other table."""
    n = len(people)
    order = np.argsort(streams.uniform("withdrawals", "who", n), kind="stable")
    sizes = {kind: round(count * scale) for kind, count in settings.withdrawals.items()}
    kinds = np.repeat(list(sizes), list(sizes.values()))
    who = order[: len(kinds)]
    days = streams.integers("withdrawals", "days", 7, 540, n)[who]
    latest = np.datetime64(settings.records.last_day)
    happened = np.minimum(
        people["day"].to_numpy().astype("datetime64[D]")[who] + days.astype("timedelta64[D]"),
        latest,
    )
    erased = kinds == "erasure"
    ids = people["recruit_id"].to_numpy()[who].astype(object)
    ids[erased] = [f"R{9_000_001 + i:07d}" for i in range(erased.sum())]
    return pd.DataFrame({"recruit_id": ids, "kind": kinds, "happened_on": happened})


def interview(
    name: str,
    people: pd.DataFrame,
    withdrawn: pd.DataFrame,
    settings: TwinSettings,
    published: Published,
    streams: Streams,
    scale: float,
) -> pd.DataFrame:
    """Return the completed interviews of one survey wave, as many as published by group and arm.

    The survey is issued a number of months after randomisation to those who have not
    withdrawn by then. Older people, people in better health and the treated respond more.
    """
    wave, n = settings.surveys[name], len(people)
    issued = add_months(people["day"].to_numpy().astype("datetime64[D]"), wave.months)
    left = people["recruit_id"].map(withdrawn.set_index("recruit_id")["happened_on"])
    left = left.to_numpy().astype("datetime64[D]")
    there = np.isnat(left) | (left > issued)
    keen = (
        0.03 * people["age"].to_numpy()
        - 0.3 * people["problems"].to_numpy()
        + streams.normal(name, "response", n)
    )
    keen[~there] = -np.inf
    responds = np.zeros(n, dtype=bool)
    for group in GROUPS:
        for arm, value in ARMS.items():
            count = round(published.value(wave.table, group, wave.row, arm) * scale)
            members = np.flatnonzero((people["trial_group"] == group) & (people["arm"] == value))
            responds[members[np.argsort(-keen[members], kind="stable")[:count]]] = True
    who = np.flatnonzero(responds)
    modes = largest_remainder(list(wave.modes.values()), len(who))
    mode = assign_by_rank(streams.uniform(name, "mode", n)[who], modes)
    # Fieldwork of a monthly batch opens with the month after it falls due and runs for eight
    # weeks.
    month = issued[who].astype("datetime64[M]")
    opens = (month + 1).astype("datetime64[D]")
    completed = opens + streams.integers(name, "days", 0, 55, n)[who].astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "recruit_id": people["recruit_id"].to_numpy()[who],
            "batch": (month - issued.min().astype("datetime64[M]")).astype(int) + 1,
            "mode": np.array(list(wave.modes))[mode],
            "completed_on": completed,
        }
    )


def hold_sessions(
    people: pd.DataFrame,
    settings: TwinSettings,
    published: Published,
    streams: Streams,
    scale: float,
) -> pd.DataFrame:
    """Return the sessions of the treated people whom the providers have a record of.

    A person with a record has one session or more; their number beyond the first is geometric
    with the declared mean. Sessions are spread over nine months from the first.
    """
    shape, n, frames = settings.sessions, len(people), []
    rank = streams.uniform("sessions", "who", n)
    for group in GROUPS:
        spec = shape.groups[group]
        count = round(published.value(shape.table, group, shape.row, "treatment") * scale)
        members = np.flatnonzero((people["trial_group"] == group) & (people["arm"] == 1))
        who = members[np.argsort(rank[members], kind="stable")[:count]]
        u = streams.uniform("sessions", "number", n)[who]
        number = 1 + np.floor(np.log(u) / np.log(1 - 1 / spec.mean)).astype(int)
        soon = streams.chance("sessions", "soon", spec.within_week, n)[who]
        first = np.where(
            soon,
            streams.integers("sessions", "first_soon", 1, 7, n)[who],
            streams.integers("sessions", "first_late", 8, 70, n)[who],
        )
        person = np.repeat(who, number)
        place = np.arange(len(person)) - np.repeat(np.cumsum(number) - number, number)
        gap = np.repeat(np.minimum(270 / number, 14), number)
        days = np.repeat(first, number) + np.floor(place * gap).astype(int)
        frames.append(pd.DataFrame({"person": person, "days": days, "long": spec.long}))
    held = pd.concat(frames, ignore_index=True)
    m = len(held)
    is_long = streams.uniform("sessions", "long", m) < held["long"]
    day = people["day"].to_numpy().astype("datetime64[D]")[held["person"]]
    frame = pd.DataFrame(
        {
            "recruit_id": people["recruit_id"].to_numpy()[held["person"]],
            "held_on": day + held["days"].to_numpy().astype("timedelta64[D]"),
            "mode": np.where(is_long, "face_to_face", "telephone"),
            "minutes": np.where(
                is_long,
                streams.integers("sessions", "minutes_long", 16, 75, m),
                streams.integers("sessions", "minutes_short", 2, 15, m),
            ),
        }
    )
    return frame.assign(session_id=np.arange(1, m + 1))
