"""Fieldwork of the surveys: who has left, who is asked, who responds and when."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...calendar import add_months
from ...streams import Streams
from ..arms import arms_apart
from ..published import Published
from ..quotas import assign_by_rank, largest_remainder
from .settings import GROUPS, HltSettings
from .settings.surveys import Survey


@dataclass(frozen=True)
class Wave:
    """One wave of the survey for all recruits (n): when it is issued and who responds."""

    name: str
    batch: np.ndarray
    issued_on: np.ndarray
    issued: np.ndarray
    responds: np.ndarray
    mode: np.ndarray
    completed_on: np.ndarray


def run_fieldwork(
    people: pd.DataFrame,
    jobs: pd.DataFrame,
    lockdown: np.ndarray,
    settings: HltSettings,
    published: Published,
    streams: Streams,
    scale: float,
    effect: str,
) -> tuple[dict[str, Wave], dict[str, pd.DataFrame]]:
    """Return (waves, tables): tables are withdrawals and the fieldwork of each wave.

    A wave is issued to those who have not withdrawn, died or opted out by then. Those who opt
    out do so when asked for the first interview, and are so many that the second one is issued
    to the published number. Nobody is interviewed face to face from the day of `lockdown` (n) on,
    and nobody who died has a job afterwards.
    """
    n = len(people)
    day = people["day"].to_numpy().astype("datetime64[D]")
    names = list(settings.surveys)
    plans = [_schedule(day, spec) for spec in settings.surveys.values()]
    missed = [n - round(spec.issued * scale) for spec in settings.surveys.values()]
    withdrawn = _withdraw(people, settings, plans[0][1], missed[0], streams, scale)
    withdrawn = _die_out_of_work(withdrawn, people, jobs)
    left = people["recruit_id"].map(withdrawn.set_index("recruit_id")["happened_on"])
    left = left.to_numpy().astype("datetime64[D]")
    keen = _keenness(people, settings, streams)
    waves, opted_out = {}, np.zeros(n, dtype=bool)
    tables = {"withdrawals": withdrawn}
    for index, name in enumerate(names):
        batch, issued_on = plans[index]
        there = np.isnat(left) | (left > issued_on)
        issued = there & ~opted_out
        spec = settings.surveys[name]
        responds = _respond(people, spec, keen[name], issued, published, scale, effect)
        mode, completed_on = _interview(name, spec, issued_on, responds, lockdown, streams)
        waves[name] = Wave(name, batch, issued_on, issued, responds, mode, completed_on)
        if index == 0:
            later = np.isnat(left) | (left > plans[1][1])
            candidates = np.flatnonzero(issued & ~responds & later)
            count = max(missed[1] - int((~later).sum()), 0)
            opted_out[candidates[np.argsort(keen[name][candidates], kind="stable")[:count]]] = True
        table = name.replace("survey", "fieldwork")
        tables[table] = _fieldwork(people, waves[name], opted_out, streams)
    return waves, tables


def leave_after_answering(
    withdrawn: pd.DataFrame, people: pd.DataFrame, waves: dict[str, Wave]
) -> pd.DataFrame:
    """Return withdrawals of which none is before an interview that the person gave.

    It is the day on which the trial books it; the provider knew earlier.
    """
    place = pd.Series(np.arange(len(people)), index=people["recruit_id"].to_numpy())
    who = withdrawn["recruit_id"].map(place)
    known = who.notna().to_numpy()
    row = who[known].to_numpy(dtype=np.int64)
    left = withdrawn["happened_on"].to_numpy().astype("datetime64[D]")
    for wave in waves.values():
        answered = np.where(wave.responds, wave.completed_on, np.datetime64("NaT", "D"))[row]
        left[known] = np.fmax(left[known], answered)
    return withdrawn.assign(happened_on=left)


def _schedule(day: np.ndarray, spec: Survey) -> tuple[np.ndarray, np.ndarray]:
    """Return (batch, day of issue): a batch holds who falls due in a calendar month.

    Those who fall due before fieldwork opens are issued with the first batch.
    """
    first = np.datetime64(spec.first_issue, "D")
    month = add_months(day, spec.months).astype("datetime64[M]")
    batch = np.maximum((month - first.astype("datetime64[M]")).astype(int), 0) + 1
    return batch, add_months(np.full(len(day), first), batch - 1)


def _withdraw(
    people: pd.DataFrame,
    settings: HltSettings,
    issued_on: np.ndarray,
    before: int,
    streams: Streams,
    scale: float,
) -> pd.DataFrame:
    """Return withdrawals, deaths and erasures; the erased are people of no other table.

    `before` is the number of those who leave before the first survey is issued to them.
    """
    n = len(people)
    order = np.argsort(streams.uniform("withdrawals", "who", n), kind="stable")
    sizes = {kind: round(count * scale) for kind, count in settings.withdrawals.items()}
    kinds = np.repeat(list(sizes), list(sizes.values()))
    kinds = kinds[np.argsort(streams.uniform("withdrawals", "kind", len(kinds)), kind="stable")]
    kinds = np.concatenate([kinds[kinds != "erasure"], kinds[kinds == "erasure"]])
    who = order[: len(kinds)]
    day = people["day"].to_numpy().astype("datetime64[D]")[who]
    span = (issued_on[who] - day).astype(int)
    early = np.arange(len(kinds)) < before
    u = streams.uniform("withdrawals", "days", n)[who]
    days = np.where(early, 1 + np.floor(u * (span - 1)), span + 1 + np.floor(u * 400)).astype(int)
    latest = np.datetime64(settings.records.last_day)
    erased = kinds == "erasure"
    ids = people["recruit_id"].to_numpy()[who].astype(object)
    ids[erased] = [f"R{9_000_001 + i:07d}" for i in range(erased.sum())]
    happened = np.minimum(day + days.astype("timedelta64[D]"), latest)
    return pd.DataFrame({"recruit_id": ids, "kind": kinds, "happened_on": happened})


def _die_out_of_work(
    withdrawn: pd.DataFrame, people: pd.DataFrame, jobs: pd.DataFrame
) -> pd.DataFrame:
    """Return withdrawals of which deaths are of people without a job from that day on.

    Whoever has one withdraws instead, and the first withdrawals of people without one are deaths.
    """
    ids = people["recruit_id"].to_numpy()
    last = jobs["last_day"].fillna(pd.Timestamp.max.normalize())
    ends = last.groupby(ids[jobs["person"]]).max()
    idle = ~(withdrawn["recruit_id"].map(ends) > withdrawn["happened_on"]).to_numpy()
    kinds = withdrawn["kind"].to_numpy().astype(object)
    wrong = np.flatnonzero((kinds == "death") & ~idle)
    instead = np.flatnonzero((kinds == "withdrawal") & idle)[: len(wrong)]
    kinds[wrong[: len(instead)]] = "withdrawal"
    kinds[instead] = "death"
    return withdrawn.assign(kind=kinds)


def _keenness(
    people: pd.DataFrame, settings: HltSettings, streams: Streams
) -> dict[str, np.ndarray]:
    """Return wave -> how keen a person is to respond, partly the same in both waves."""
    n, spec = len(people), settings.keenness
    qualified = (people["qualification"] != "no_formal_qualifications").to_numpy()
    index = (
        spec.age * people["age"].to_numpy()
        + spec.problems * people["problems"].to_numpy()
        + spec.qualification * qualified
    )
    lasting = streams.normal("survey_fieldwork", "response", n)
    lasting_weight, wave_weight = np.sqrt(spec.persistence), np.sqrt(1 - spec.persistence)
    return {
        name: index + lasting_weight * lasting + wave_weight * streams.normal(name, "response", n)
        for name in settings.surveys
    }


def _respond(
    people: pd.DataFrame,
    spec: Survey,
    keen: np.ndarray,
    issued: np.ndarray,
    published: Published,
    scale: float,
    effect: str,
) -> np.ndarray:
    """Return who responds, as many as published by group and arm; by group without an effect."""
    responds = np.zeros(len(people), dtype=bool)
    for group in GROUPS:
        for arms in arms_apart(effect):
            number = sum(published.value(spec.table, group, spec.row, arm) for arm in arms)
            count = round(number * scale)
            inside = (people["trial_group"] == group) & people["arm"].isin(arms.values())
            members = np.flatnonzero(inside.to_numpy() & issued)
            responds[members[np.argsort(-keen[members], kind="stable")[:count]]] = True
    return responds


def _interview(
    name: str,
    spec: Survey,
    issued_on: np.ndarray,
    responds: np.ndarray,
    lockdown: np.ndarray,
    streams: Streams,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (mode, day) of the interviews; meaningless for those who do not respond.

    Interviews that would be face to face in a lockdown are by telephone, and as many earlier ones
    by telephone are face to face, so that modes keep their shares.
    """
    n, who = len(responds), np.flatnonzero(responds)
    counts = largest_remainder(list(spec.modes.values()), len(who))
    mode = np.zeros(n, dtype=np.int64)
    mode[who] = assign_by_rank(streams.uniform(name, "mode", n)[who], counts)
    days = streams.integers(name, "days", 0, spec.field_days, n)
    completed_on = issued_on + days.astype("timedelta64[D]")
    face, telephone = (list(spec.modes).index(x) for x in ("face_to_face", "telephone"))
    barred = np.flatnonzero(responds & (mode == face) & (completed_on >= lockdown))
    before = np.flatnonzero(responds & (mode == telephone) & ~(completed_on >= lockdown))
    order = np.argsort(-streams.uniform(name, "mode", n)[before], kind="stable")
    mode[before[order[: len(barred)]]] = face
    mode[barred] = telephone
    return np.array(list(spec.modes))[mode], completed_on


def _fieldwork(
    people: pd.DataFrame, wave: Wave, opted_out: np.ndarray, streams: Streams
) -> pd.DataFrame:
    """Return one row a person issued, with the outcome and the calls made for it.

    Those who do not answer online are called twelve times or more before they are given up.
    """
    n = len(people)
    u = streams.uniform(wave.name, "outcome", n)
    outcome = np.select(
        [wave.responds, opted_out, u < 0.62, u < 0.96],
        ["completed", "opted_out", "no_contact", "refusal"],
        default="incapable",
    )
    tried = streams.integers(wave.name, "calls", 1, 11, n)
    online = wave.responds & (wave.mode == "web")
    frame = pd.DataFrame(
        {
            "recruit_id": people["recruit_id"].to_numpy(),
            "batch": wave.batch,
            "issued_on": wave.issued_on,
            "calls": np.select([online, outcome == "no_contact"], [0, tried + 11], default=tried),
            "outcome": outcome,
        }
    )
    return frame[wave.issued].reset_index(drop=True)
