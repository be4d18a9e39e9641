"""The management information of the providers: whom they support, since when, and their jobs."""

from heapq import heappop, heappush

import numpy as np
import pandas as pd

from ...calendar import add_months, as_days
from ...streams import Streams
from ..published import Published
from ..quotas import assign_by_rank, largest_remainder
from .settings import GROUPS, HltSettings

DAY = np.timedelta64(1, "D")
NEVER = np.datetime64("2200-01-01")
SETTLED = 90  # days: who left the trial sooner has no record


def support(
    people: pd.DataFrame,
    jobs: pd.DataFrame,
    withdrawn: pd.DataFrame,
    settings: HltSettings,
    published: Published,
    streams: Streams,
    scale: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (cases, job starts): what happens, with all that no provider has recorded yet.

    cases, one row a person with a record, in order of people: person (position), recruit_id,
    trial_group, site, provider, specialist, referral_source, referred_on, opened_on, first_on
    (first session), job_on (first job start, NaT if none), closed_on (even after the last day
    of the records) and reason. Job starts: case (position), place (of the case's jobs),
    started_on, hours, kind, employment.
    """
    n = len(people)
    cases = _open(people, withdrawn, settings, published, streams, scale)
    starts = _possible_starts(cases, jobs, n, settings, streams)
    cases, starts = _close(cases, starts, n, settings, streams)
    cases["specialist"] = _assign_specialists(cases, settings, streams)
    cases["referral_source"] = _refer(cases, people["problems"], settings, streams)
    days = streams.integers("caseloads", "referred", 0, settings.provider.referral_days, n)
    referred = cases["day"].to_numpy() - days[cases["person"]] * DAY
    # Nobody could be referred before recruitment opened.
    opening = np.datetime64(settings.recruitment.first_day, "D")
    return cases.assign(referred_on=np.maximum(referred, opening)), starts


def _open(
    people: pd.DataFrame,
    withdrawn: pd.DataFrame,
    settings: HltSettings,
    published: Published,
    streams: Streams,
    scale: float,
) -> pd.DataFrame:
    """Return the treated with a record, in the published numbers, and when support begins.

    Shares with a first session within a week are exact; the others' first one is later.
    """
    n, spec = len(people), settings.provider
    left = people["recruit_id"].map(withdrawn.set_index("recruit_id")["happened_on"])
    left = as_days(left)
    day = as_days(people["day"])
    # Whoever leaves the trial within weeks comes last, and so has no record.
    rank = streams.uniform("caseloads", "who", n) + (left < day + SETTLED * DAY)
    soon_rank = streams.uniform("caseloads", "soon", n)
    soon = np.zeros(n, dtype=bool)
    chosen = []
    for group in GROUPS:
        count = round(published.value(spec.table, group, spec.row, "treatment") * scale)
        members = np.flatnonzero((people["trial_group"] == group) & (people["arm"] == 1))
        who = members[np.argsort(rank[members], kind="stable")[:count]]
        quick = round(settings.support.within_week[group] * len(who))
        soon[who[np.argsort(soon_rank[who], kind="stable")[:quick]]] = True
        chosen.append(who)
    days = np.where(
        soon,
        streams.integers("caseloads", "first_soon", 1, 7, n),
        streams.integers("caseloads", "first_late", *settings.support.first_days, n),
    )
    room = np.minimum(days, settings.support.opening_days)
    wait = np.floor(streams.uniform("caseloads", "opened", n) * (room + 1)).astype(int)
    # Randomisation is on a weekday, so a session within a week stays so on the next weekday.
    frame = people[["recruit_id", "trial_group", "site", "area"]].assign(
        person=np.arange(n),
        provider=people["area"].map(spec.areas),
        day=day,
        left=np.where(np.isnat(left), NEVER, left),
        first_on=_weekday(day + days * DAY),
        opened_on=_weekday(day + wait * DAY),
    )
    frame = frame.iloc[np.sort(np.concatenate(chosen))]
    # In a small trial too few stay for weeks; who left before a first session has no record.
    return frame[frame["first_on"] <= frame["left"]].reset_index(drop=True)


def _weekday(days: np.ndarray) -> np.ndarray:
    return np.busday_offset(days, 0, roll="forward")


def _possible_starts(
    cases: pd.DataFrame, jobs: pd.DataFrame, n: int, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return job starts that a provider would hear of if the person were with it at the time."""
    spec = settings.job_starts
    at = np.full(n, -1)
    at[cases["person"]] = np.arange(len(cases))
    jobs = jobs.assign(case=at[jobs["person"]])
    jobs = jobs[jobs["case"] >= 0].reset_index(drop=True)
    person, day = cases["person"].to_numpy(), as_days(cases["day"])
    event = day + streams.integers("job_starts", "event", *spec.event_days, n)[person] * DAY
    frames = [
        _new_jobs(jobs, day, n, settings, streams),
        _kept_jobs(jobs, cases, event, n, settings, streams),
        _businesses(jobs, cases, event, n, settings, streams),
    ]
    starts = pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)
    starts = starts[as_days(starts["started_on"]) >= as_days(cases["first_on"])[starts["case"]]]
    starts = starts.sort_values(["case", "started_on", "kind", "hours"], kind="stable")
    starts["place"] = starts.groupby("case").cumcount()
    return starts.reset_index(drop=True)


def _new_jobs(
    jobs: pd.DataFrame, day: np.ndarray, n: int, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return PAYE jobs begun since randomisation, as they may be recorded, dates a bit off."""
    spec = settings.job_starts
    new = jobs[as_days(jobs["first_day"]) > day[jobs["case"]]]
    person, place = new["person"].to_numpy(), new.groupby("case").cumcount().to_numpy()
    known = streams.nth_uniform("job_starts", "known", n, person, place)
    low, high = spec.date_error
    error = streams.nth_uniform("job_starts", "error", n, person, place) * (high - low + 1)
    return pd.DataFrame(
        {
            "case": new["case"],
            "started_on": as_days(new["first_day"]) + (low + np.floor(error).astype(int)) * DAY,
            "hours": _hours(new["monthly_pay"], settings),
            "kind": "found",
            "employment": "employee",
            "known": known,
        }
    )


def _kept_jobs(
    jobs: pd.DataFrame,
    cases: pd.DataFrame,
    event: np.ndarray,
    n: int,
    settings: HltSettings,
    streams: Streams,
) -> pd.DataFrame:
    """Return returns to the job that a person in work had at randomisation.

    It goes on for four weeks or more, so that the return is one.
    """
    running = jobs[(jobs["main"] == 1) & (jobs["start"] < 0)]
    last = as_days(running["last_day"])
    case = running["case"].to_numpy()
    lasts = np.isnat(last) | (last >= event[case] + 28 * DAY)
    back = streams.chance("job_starts", "retained", settings.job_starts.retained, n)
    in_work = (cases["trial_group"] == "scr_iw").to_numpy()
    kept = lasts & in_work[case] & back[running["person"]]
    return pd.DataFrame(
        {
            "case": case[kept],
            "started_on": event[case[kept]],
            "hours": _hours(running["monthly_pay"][kept], settings),
            "kind": "retained",
            "employment": "employee",
            "known": 0.0,
        }
    )


def _businesses(
    jobs: pd.DataFrame,
    cases: pd.DataFrame,
    event: np.ndarray,
    n: int,
    settings: HltSettings,
    streams: Streams,
) -> pd.DataFrame:
    """Return starts in self-employment, of people who have no PAYE job at all."""
    spec = settings.job_starts
    person = cases["person"].to_numpy()
    self_employed = streams.chance("job_starts", "self_employed", spec.self_employed, n)[person]
    self_employed[jobs["case"]] = False
    hours = streams.integers("job_starts", "own_hours", *spec.self_employed_hours, n)
    return pd.DataFrame(
        {
            "case": np.flatnonzero(self_employed),
            "started_on": event[self_employed],
            "hours": hours[person[self_employed]],
            "kind": "found",
            "employment": "self_employed",
            "known": 0.0,
        }
    )


def _hours(monthly_pay: pd.Series, settings: HltSettings) -> np.ndarray:
    """Return whole hours a week by monthly pay in GBP, between the declared points."""
    points = settings.job_starts.hours
    return np.floor(np.interp(monthly_pay, list(points), list(points.values()))).astype(int)


def _close(
    cases: pd.DataFrame, starts: pd.DataFrame, n: int, settings: HltSettings, streams: Streams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cases with their end and its reason, and the job starts within them and after.

    Support ends with its time limit, which a job start moves, or when a person leaves early. What
    is recorded of later jobs moves nothing.
    """
    spec, person = settings.support, cases["person"].to_numpy()
    first, opened, left = (as_days(cases[name]) for name in ("first_on", "opened_on", "left"))
    limit = add_months(opened, spec.months_without_job)
    u = streams.uniform("caseloads", "leaves", n)[person]
    share = streams.uniform("caseloads", "leaves_on", n)[person]
    leaves_on = first + np.floor(share * (limit - first).astype(int)).astype(int) * DAY
    early = u < cases["trial_group"].map(spec.leave_early).to_numpy()
    leaves_on = np.where(early, leaves_on, NEVER)
    latest = np.minimum(np.minimum(limit, leaves_on), left)
    case, day = starts["case"].to_numpy(), as_days(starts["started_on"])
    known = starts["known"].to_numpy()
    recorded = known < settings.job_starts.recorded
    reached = starts[recorded & (day <= latest[case])]
    job_on = as_days(reached.groupby("case")["started_on"].min().reindex(range(len(cases))))
    has_job = ~np.isnat(job_on)
    in_time = np.where(has_job, add_months(job_on, spec.months_in_work), limit)
    closed = np.minimum(np.minimum(in_time, leaves_on), left)
    why = np.array([*spec.reasons, "time_limit", "in_work_support_ended", "left_trial"])
    picked = np.searchsorted(
        np.cumsum(list(spec.reasons.values())) / sum(spec.reasons.values()),
        streams.uniform("caseloads", "reason", n)[person],
    )
    codes = np.where(closed == leaves_on, picked, len(spec.reasons) + has_job)
    reason = pd.Categorical.from_codes(np.where(closed == left, len(why) - 1, codes), why)
    closed = np.maximum(_weekday(closed), first)
    cases = cases.assign(job_on=job_on, closed_on=closed, reason=reason)
    # A case is closed on a weekday, perhaps days after its person left on a weekend.
    during = recorded & (day <= np.minimum(closed, left)[case]) & has_job[case]
    # Whose support has ended is asked about new jobs, but not who left the trial.
    new = (starts["kind"] == "found") & (starts["employment"] == "employee")
    asked = new & (known < settings.job_starts.recorded_later)
    later = asked & (day > closed[case]) & (day <= left[case])
    return cases, starts[during | later].reset_index(drop=True)


def _refer(
    cases: pd.DataFrame, problems: pd.Series, settings: HltSettings, streams: Streams
) -> pd.Categorical:
    """Return sources of referral in counts that print the declared percentages of each site.

    Sources in health services go to people with more health problems.
    """
    spec, person = settings.provider, cases["person"].to_numpy()
    loading = spec.health_loading
    noise = streams.normal("caseloads", "referral", len(problems))[person]
    ill = loading * problems.to_numpy()[person] + np.sqrt(1 - loading**2) * noise
    mixed = streams.uniform("caseloads", "referral_kind", len(problems))[person]
    names = sorted({name for shares in spec.referral_sources.values() for name in shares})
    codes = np.empty(len(cases), dtype=int)
    for site, shares in spec.referral_sources.items():
        members = np.flatnonzero(cases["site"] == site)
        counts = largest_remainder(list(shares.values()), len(members))
        health = np.isin(list(shares), spec.health_sources)
        place = np.array([names.index(name) for name in shares])
        ranked = members[np.argsort(-ill[members], kind="stable")]
        cut = counts[health].sum()
        for some, which in ((ranked[:cut], health), (ranked[cut:], ~health)):
            codes[some] = place[which][assign_by_rank(mixed[some], counts[which])]
    return pd.Categorical.from_codes(codes, names)


def _assign_specialists(cases: pd.DataFrame, settings: HltSettings, streams: Streams) -> np.ndarray:
    """Return the number of the specialist of each case, within no more than their capacity.

    Each area has its own. A case takes the lowest free place, and places belong to specialists
    in turn, so that a new one begins when all others are full.
    """
    specialist, used = np.zeros(len(cases), dtype=int), 0
    opened, closed = (as_days(cases[name]).astype(int) for name in ("opened_on", "closed_on"))
    for area, provider in settings.provider.areas.items():
        members = np.flatnonzero((cases["area"] == area) & (cases["provider"] == provider))
        if not len(members):
            continue
        place = lowest_free_places(opened[members], closed[members])
        site = cases["site"].iloc[members[0]]
        low, high = settings.provider.capacity[site]
        most = streams.integers("specialists", area, low, high, place.max() // low + 1)
        number_in_area = np.searchsorted(np.cumsum(most), place, side="right")
        specialist[members] = used + 1 + number_in_area
        used += number_in_area.max() + 1
    return specialist


def lowest_free_places(opened: np.ndarray, closed: np.ndarray) -> np.ndarray:
    """Return for each case the lowest place (from 0) that is free from opened to before closed.

    Days are integers. The one loop over people of the twin: which places are free depends on
    all cases before.
    """
    order = np.lexsort((closed, opened))
    places, used = np.zeros(len(opened), dtype=int), 0
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    for i, start, end in zip(
        order.tolist(), opened[order].tolist(), closed[order].tolist(), strict=True
    ):
        while busy and busy[0][0] <= start:
            heappush(free, heappop(busy)[1])
        if free:
            place = heappop(free)
        else:
            place, used = used, used + 1
        places[i] = place
        heappush(busy, (end, place))
    return places


def open_on(cases: pd.DataFrame, day: np.datetime64) -> pd.Series:
    """Return which cases are open at the end of a day."""
    return (cases["opened_on"] <= day) & (cases["closed_on"] > day)


def list_caseloads(cases: pd.DataFrame, settings: HltSettings) -> pd.DataFrame:
    """Return the table caseloads; what happens after the last day is not in it yet."""
    closed = cases["closed_on"] <= np.datetime64(settings.provider.last_day)
    return cases.assign(
        discharged_on=cases["closed_on"].where(closed),
        discharge_reason=cases["reason"].where(closed),
    )


def list_job_starts(
    cases: pd.DataFrame, starts: pd.DataFrame, n: int, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return the table job_starts; n is the number of people."""
    starts = starts[starts["started_on"] <= np.datetime64(settings.provider.last_day)]
    case = starts["case"].to_numpy()
    shares = settings.job_starts.occupations
    u = streams.nth_uniform(
        "job_starts", "occupation", n, cases["person"].to_numpy()[case], starts["place"].to_numpy()
    )
    picked = np.searchsorted(np.cumsum(list(shares.values())) / sum(shares.values()), u)
    return starts.assign(
        job_start_id=np.arange(1, len(starts) + 1),
        recruit_id=cases["recruit_id"].array.take(case),
        occupation=np.array([str(code) for code in shares])[picked],
    )
