"""Benefit spells as the DWP holds them, in keeping with who works when.

Days are whole numbers from 1970-01-01. A spell covers its first and its last day; one that is
open has the last day FOREVER. Spells are worked out for each time out of work, which lies
before, between or after jobs of some length, and have its `place` (0, 1, ..) in a person's life,
so that each draw belongs to a person and a place.
"""

import numpy as np
import pandas as pd

from ...calendar import add_months
from ...streams import Streams
from ..events import day_number, pick, waits
from .settings import HltSettings
from .settings.dwp import Benefits

FOREVER = 10**6
YEAR = 365.25


def claim_benefits(
    people: pd.DataFrame, jobs: pd.DataFrame, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return the extract's benefit spells, one row a record, in order of their start.

    `people` as after `give_identifiers`, `jobs` as `work` returns them. A few spells are
    recorded twice: such records differ in nothing but their number.
    """
    benefits, n = settings.benefits, len(people)
    share = people["trial_group"].map(benefits.never).to_numpy()
    never = streams.chance("benefit_spells", "never", share, n)
    claimants = _claimants(people, benefits, streams)
    lasting = _lasting_jobs(claimants, jobs, benefits)
    claims = _name_benefit(
        _claims(claimants, _times_out_of_work(claimants, lasting), benefits, streams),
        claimants,
        benefits,
        streams,
    )
    caring = _care(claims, claimants, benefits, streams)
    claims = _keep_in_job(_migrate(claims, benefits, streams, n), benefits, streams, n)
    working = _claim_in_job(lasting, benefits, streams, settings.records.last_day, n)
    spells = pd.concat([claims, working, caring], ignore_index=True)
    spells = _retire(_without_overlap(spells), claimants)
    return _as_recorded(spells[~never[spells["person"]]], people, settings, streams)


def _own(streams: Streams, name: str, rows: pd.DataFrame, n: int) -> np.ndarray:
    """Return a uniform number a row that belongs to its person (of n) and place alone."""
    places = rows["place"].max() + 1 if len(rows) else 1
    draws = [streams.uniform("benefit_spells", f"{name}_{place}", n) for place in range(places)]
    return np.stack(draws)[rows["place"], rows["person"]]


def _claimants(people: pd.DataFrame, benefits: Benefits, streams: Streams) -> pd.DataFrame:
    """Return what claims depend on, one row a person in the order of `people`."""
    born = people["date_of_birth"].to_numpy()
    sickness = benefits.sickness
    score = sickness.base + sickness.problems * people["problems"].to_numpy()
    cares = [
        "reason_caring_responsibilities",
        "barrier_caring_for_a_child_or_an_elderly_or_disabled_family_member",
    ]
    return pd.DataFrame(
        {
            "day": day_number(people["day"]),
            "in_work": people["in_work"].to_numpy(),
            "adult": day_number(add_months(born, 12 * 18)),
            "pension": day_number(add_months(born, 12 * benefits.pension_age)),
            "sick": score + streams.normal("benefit_spells", "sick", len(people)) > 0,
            "carer": people[cares].fillna(False).any(axis=1).to_numpy(dtype=bool),
            "takes_up": people["trial_group"].map(benefits.takes_up).to_numpy(),
        }
    )


def _lasting_jobs(claimants: pd.DataFrame, jobs: pd.DataFrame, benefits: Benefits) -> pd.DataFrame:
    """Return the main jobs that are long enough to end a claim: person, place, first, last, pay.

    People who were in work without a job under PAYE work for themselves, at all times.
    """
    last = jobs["last_day"].fillna(pd.Timestamp("1970-01-01"))
    jobs = pd.DataFrame(
        {
            "person": jobs["person"].to_numpy(),
            "first": day_number(jobs["first_day"]),
            "last": np.where(jobs["last_day"].isna(), FOREVER, day_number(last)),
            "pay": jobs["monthly_pay"].to_numpy(),
        }
    )[jobs["main"].to_numpy() == 1]
    jobs = jobs[jobs["last"] - jobs["first"] + 1 >= benefits.lasting_job_days]
    day = claimants["day"].to_numpy()[jobs["person"]]
    runs = np.zeros(len(claimants), dtype=bool)
    runs[jobs["person"][(jobs["first"] <= day) & (jobs["last"] >= day)]] = True
    own_account = claimants["in_work"].to_numpy() & ~runs
    who = np.flatnonzero(own_account)
    self_employment = pd.DataFrame(
        {"person": who, "first": claimants["adult"].to_numpy()[who], "last": FOREVER, "pay": np.nan}
    )
    jobs = pd.concat([jobs[~own_account[jobs["person"]]], self_employment], ignore_index=True)
    jobs = jobs.sort_values(["person", "first"], kind="stable", ignore_index=True)
    return jobs.assign(place=jobs.groupby("person").cumcount())


def _times_out_of_work(claimants: pd.DataFrame, lasting: pd.DataFrame) -> pd.DataFrame:
    """Return the times between lasting jobs: person, place, after_job, begin, end.

    The first one begins with adult life, the last one ends FOREVER; `job_last` and `pay` are
    of the job that follows.
    """
    n = len(claimants)
    stop = pd.DataFrame({"person": np.arange(n), "first": FOREVER, "last": FOREVER, "pay": np.nan})
    rows = pd.concat([lasting.drop(columns="place"), stop], ignore_index=True)
    rows = rows.sort_values(["person", "first"], kind="stable", ignore_index=True)
    after_job = rows["person"].duplicated().to_numpy()
    adult = claimants["adult"].to_numpy()[rows["person"]]
    times = pd.DataFrame(
        {
            "person": rows["person"],
            "place": rows.groupby("person").cumcount(),
            "after_job": after_job,
            "begin": np.where(after_job, rows["last"].shift(fill_value=0) + 1, adult),
            "end": rows["first"] - (rows["first"] < FOREVER),
            "job_last": rows["last"],
            "pay": rows["pay"],
        }
    )
    return times[times["begin"] < times["end"]].reset_index(drop=True)


def _claims(
    claimants: pd.DataFrame, times: pd.DataFrame, benefits: Benefits, streams: Streams
) -> pd.DataFrame:
    """Return at most one claim for each time out of work, with its start and stop.

    A claim after a job begins some weeks later. One with no job before it has run for a time
    by randomisation, or by the job that follows if that is earlier. `into_job` marks claims that
    run until a job begins.
    """
    n = len(claimants)
    taken = _own(streams, "takes_up", times, n) < claimants["takes_up"].to_numpy()[times["person"]]
    times = times[taken].reset_index(drop=True)
    of = claimants.iloc[times["person"]].reset_index(drop=True)
    sickness = benefits.sickness
    years = np.where(of["sick"], sickness.claim_years, sickness.other_claim_years)
    wait = waits(benefits.wait_days, _own(streams, "wait", times, n))
    age = waits(years * YEAR, _own(streams, "age", times, n))
    known = np.minimum(of["day"], times["end"])
    start = np.where(
        times["after_job"], times["begin"] + wait, np.maximum(known - age, times["begin"])
    )
    lasts = waits(benefits.leaves_years * YEAR, _own(streams, "leaves", times, n))
    leaves = np.where(times["after_job"], start, known) + lasts
    into_job = (leaves > times["end"]) & (times["end"] < FOREVER)
    # Most claims end in the first days of a job, a few some weeks later.
    late = np.floor(_own(streams, "late", times, n) ** 4 * benefits.late_days).astype(np.int64)
    stop = np.where(into_job, times["end"] + late, np.minimum(leaves, times["end"]))
    claims = times.assign(start=start, stop=stop, into_job=into_job, in_work=False)
    return claims[(start <= times["end"]) & (start <= stop)].reset_index(drop=True)


def _name_benefit(
    claims: pd.DataFrame, claimants: pd.DataFrame, benefits: Benefits, streams: Streams
) -> pd.DataFrame:
    """Return claims with their benefit, as open to new claims on the day of their start.

    Most sickness claims from before ESA were moved to it, and begin on the day of the move.
    """
    n, old = len(claimants), benefits.old
    of = claimants.iloc[claims["person"]].reset_index(drop=True)
    start, stop = claims["start"].to_numpy(), claims["stop"].to_numpy()
    uc = _own(streams, "uc", claims, n) < _uc_share(start, benefits)
    share = of["carer"].map(benefits.income_support)
    income_support = _own(streams, "income_support", claims, n) < share
    benefit = np.select([uc, income_support, of["sick"]], ["UC", "IS", "ESA"], "JSA")
    early = (benefit == "ESA") & (start < day_number(old.esa_from))
    kept = early & (_own(streams, "kept", claims, n) < old.kept)
    u = _own(streams, "old", claims, n)
    name = np.asarray(pick(old.benefits, u), dtype="U3")
    name[(name == "SDA") & (start > day_number(old.sda_until))] = "IB"
    first, last = day_number(list(old.reassessed))
    moved = first + np.floor(u * (last - first + 1)).astype(np.int64)
    claims = claims.assign(
        benefit=np.where(kept, name, benefit), start=np.where(early & ~kept, moved, start)
    )
    return claims[claims["start"] <= stop].reset_index(drop=True)


def _uc_share(start: np.ndarray, benefits: Benefits) -> np.ndarray:
    """Return the share of claims begun on each day that are for Universal Credit."""
    return np.interp(start, day_number(list(benefits.rollout)), list(benefits.rollout.values()))


def _care(
    claims: pd.DataFrame, claimants: pd.DataFrame, benefits: Benefits, streams: Streams
) -> pd.DataFrame:
    """Return carers' allowances (ICA), each inside a claim of IS or UC."""
    n = len(claimants)
    carer = claimants["carer"].to_numpy()[claims["person"]]
    chosen = _own(streams, "carers_allowance", claims, n) < benefits.carers_allowance
    caring = claims[carer & chosen & claims["benefit"].isin(["IS", "UC"])].reset_index(drop=True)
    length = np.minimum(caring["stop"] - caring["start"], 180)
    later = np.floor(_own(streams, "caring_from", caring, n) * length).astype(np.int64)
    return caring.assign(benefit="ICA", start=caring["start"] + later)


def _migrate(claims: pd.DataFrame, benefits: Benefits, streams: Streams, n: int) -> pd.DataFrame:
    """Return claims, those moved to Universal Credit cut in two on the day of the move."""
    years = claims["benefit"].map(benefits.migration.years)
    movable = claims[years.notna()]
    wait = waits(years.dropna() * YEAR, _own(streams, "migrates", movable, n))
    moved = np.maximum(movable["start"], day_number(benefits.migration.first_day)) + 1 + wait
    moved = moved[moved <= movable["stop"]]
    after = claims.loc[moved.index].assign(benefit="UC", start=moved)
    before = claims.loc[moved.index].assign(stop=moved - 1, into_job=False)
    return pd.concat([claims.drop(moved.index), before, after], ignore_index=True)


def _low_pay(pay: pd.Series, benefits: Benefits) -> np.ndarray:
    """Return 1 without pay down to 0 at the ceiling; the self-employed are half way."""
    return (1 - pay / benefits.in_work.ceiling).clip(lower=0).fillna(0.5).to_numpy()


def _keep_in_job(
    claims: pd.DataFrame, benefits: Benefits, streams: Streams, n: int
) -> pd.DataFrame:
    """Return claims, some for Universal Credit running on into the job that follows."""
    keeps = _own(streams, "keeps", claims, n) < benefits.in_work.keeps * _low_pay(
        claims["pay"], benefits
    )
    keeps &= (claims["into_job"] & (claims["benefit"] == "UC")).to_numpy()
    longer = 30 + waits(benefits.in_work.days, _own(streams, "keeps_days", claims, n))
    stop = np.minimum(claims["stop"] + longer, claims["job_last"])
    return claims.assign(stop=claims["stop"].where(~keeps, stop))


def _claim_in_job(
    lasting: pd.DataFrame, benefits: Benefits, streams: Streams, last_day: str, n: int
) -> pd.DataFrame:
    """Return claims for Universal Credit that begin on some day of a lasting job."""
    in_work = benefits.in_work
    first = np.maximum(lasting["first"], day_number(benefits.first_day))
    last = np.minimum(lasting["last"], day_number(last_day))
    start = first + np.floor(_own(streams, "in_work_from", lasting, n) * (last - first + 1))
    start = start.astype(np.int64)
    chance = in_work.begins * _low_pay(lasting["pay"], benefits) * _uc_share(start, benefits)
    claims = (_own(streams, "in_work", lasting, n) < chance) & (first <= last)
    longer = 30 + waits(in_work.days, _own(streams, "in_work_days", lasting, n))
    stop = np.minimum(lasting["last"], start + longer)
    return lasting[["person", "place"]].assign(benefit="UC", start=start, stop=stop, in_work=True)[
        claims
    ]


def _without_overlap(spells: pd.DataFrame) -> pd.DataFrame:
    """Return spells without claims begun in a job while a claim from before it still ran."""
    alone = spells[spells["benefit"] != "ICA"]
    alone = alone.sort_values(["person", "start"], kind="stable")
    reach = alone.groupby("person")["stop"].cummax().shift()
    second = alone["person"].duplicated() & (alone["start"] <= reach)
    return spells.drop(alone.index[second])


def _retire(spells: pd.DataFrame, claimants: pd.DataFrame) -> pd.DataFrame:
    """Return spells that end at pension age, and a pension from that day for everybody."""
    pension = claimants["pension"].to_numpy()
    stop = np.minimum(spells["stop"], pension[spells["person"]] - 1)
    spells = spells.assign(stop=stop)[spells["start"] <= stop]
    who = np.arange(len(claimants))
    pensions = pd.DataFrame({"person": who, "benefit": "RP", "start": pension, "stop": FOREVER})
    return pd.concat([spells, pensions.assign(in_work=False)], ignore_index=True)


def _as_recorded(
    spells: pd.DataFrame, people: pd.DataFrame, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return the records of spells that touch the extract's days, some of them twice.

    Records are numbered by start and National Insurance number, which is no one's place.
    """
    benefits, n = settings.benefits, len(people)
    first, last = day_number([benefits.first_day, settings.records.last_day])
    spells = spells[(spells["stop"] >= first) & (spells["start"] <= last)]
    usual = spells["benefit"].map({b: award.usual for b, award in benefits.awards.items()})
    spread = spells["benefit"].map({b: award.spread for b, award in benefits.awards.items()})
    level = streams.normal("benefit_spells", "award", n)[spells["person"]]
    part = np.where(spells["in_work"], benefits.in_work.award, 1.0)
    amount = np.round(np.round(usual * np.exp(spread * level) * part * 20) / 20, 2)
    number = np.empty(n, dtype=np.int64)
    number[np.argsort(np.asarray(people["true_nino"], dtype="U9"), kind="stable")] = np.arange(n)
    spells = spells.assign(amount=amount, number=number[spells["person"]])
    spells = spells.sort_values(["start", "number", "benefit"], kind="stable", ignore_index=True)
    again = streams.chance("benefit_spells", "repeated", benefits.repeated, len(spells))
    spells = spells.loc[np.repeat(np.arange(len(spells)), 1 + again)]
    who, stop = spells["person"].to_numpy(), spells["stop"].to_numpy()
    end = np.where(stop > last, np.datetime64("NaT", "D"), stop.astype("datetime64[D]"))
    return pd.DataFrame(
        {
            "spell_id": np.arange(1, len(spells) + 1),
            "nino": people["true_nino"].array.take(who),
            "date_of_birth": people["date_of_birth"].to_numpy()[who],
            "sex": people["sex"].array.take(who),
            "benefit": spells["benefit"].array,
            "start": spells["start"].to_numpy().astype("datetime64[D]"),
            "end": end,
            "weekly_amount": spells["amount"].to_numpy(),
        }
    )
