"""Answers to the questionnaires: instruments item by item, health and work."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ...calendar import add_months
from ...outcomes.spells import days_in_window, union_of_spells
from ...streams import Streams
from ..arms import as_they_differ
from .settings import HltSettings
from .settings.surveys import GradedInstrument
from .surveys import Wave

BASELINE = "recruits"


def answer_instruments_at_baseline(
    people: pd.DataFrame, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return people with latent traits and the instruments of the first meeting."""
    n = len(people)
    traits = {}
    for name in ("physical", "mental", "efficacy"):
        spec = getattr(settings.traits, name)
        shared = (
            spec.problems * people["problems"].to_numpy()
            + spec.employability * people["employability"].to_numpy()
        )
        rest = np.sqrt(1 - spec.problems**2 - spec.employability**2)
        traits[name] = shared + rest * streams.normal(BASELINE, name, n)
    prefers = streams.chance(BASELINE, "face_to_face", settings.prefers_face_to_face, n)
    silent = settings.silent_item["baseline"]
    asked = {name: spec for name, spec in settings.instruments.items() if 0 in spec.waves}
    items = _items(asked, traits, np.full(n, silent), BASELINE, np.arange(n), n, streams)
    return people.assign(**traits, **items, prefers_face_to_face=prefers)


def answer_survey(
    name: str,
    people: pd.DataFrame,
    wave: Wave,
    jobs: pd.DataFrame,
    settings: HltSettings,
    streams: Streams,
    effect: str,
) -> pd.DataFrame:
    """Return the completed interviews of a wave: instruments, health and work."""
    who, n = np.flatnonzero(wave.responds), len(people)
    months = settings.surveys[name].months
    keep = settings.traits.persistence
    treated = as_they_differ(people, effect)["arm"].to_numpy()
    group = people["trial_group"]
    silent = pd.Series(wave.mode[who]).map(settings.silent_item).to_numpy()
    untreated = {
        trait: keep * people[trait].to_numpy()
        + np.sqrt(1 - keep**2) * streams.normal(name, trait, n)
        for trait in ("physical", "mental", "efficacy")
    }
    items: dict = {}
    for instrument, spec in settings.instruments.items():
        if months not in spec.waves:
            continue
        shift = treated * group.map(spec.effect).to_numpy()
        traits = {trait: values + shift for trait, values in untreated.items()}
        items |= _items({instrument: spec}, traits, silent, name, who, n, streams)
    return pd.DataFrame(
        {
            "recruit_id": people["recruit_id"].to_numpy()[who],
            "batch": wave.batch[who],
            "mode": wave.mode[who],
            "completed_on": wave.completed_on[who],
            **_work(name, people, wave, jobs, months, settings, streams),
            **items,
            **_health(name, people, who, settings, streams),
        }
    )


def _items(
    instruments: dict[str, GradedInstrument],
    traits: dict[str, np.ndarray],
    silent: np.ndarray,
    table: str,
    who: np.ndarray,
    n: int,
    streams: Streams,
) -> dict[str, np.ndarray]:
    """Return column -> graded answers of the people `who`, NaN where there is none.

    An item is the trait and noise of its own, cut where the shares of a standard normal say.
    """
    columns = {}
    for name, spec in instruments.items():
        for item in spec.items:
            column = f"{name}_{item}" if item else name
            trait = traits[spec.item_traits.get(item, spec.trait)][who]
            noise = streams.normal(table, column, n)[who]
            latent = spec.loading * trait + np.sqrt(1 - spec.loading**2) * noise
            shares = np.array(spec.item_shares.get(item, spec.shares), dtype=float)
            cuts = ndtri(np.cumsum(shares)[:-1] / shares.sum())
            code = (spec.lowest + np.searchsorted(cuts, latent)).astype(float)
            code[streams.uniform(table, f"{column}_silent", n)[who] < silent] = np.nan
            columns[column] = code
    return columns


def _health(
    name: str, people: pd.DataFrame, who: np.ndarray, settings: HltSettings, streams: Streams
) -> dict[str, np.ndarray]:
    """Return whether there is a condition, and how far it limits, as at baseline or near it."""
    n = len(people)
    still = streams.chance(name, "hcond", settings.still_has_condition, n)[who]
    worse = people["problems"].to_numpy() + streams.normal(name, "limits", n)
    level = np.digitize(worse[who], [-0.9, 0.3])
    limits = np.array(["not_at_all", "a_little", "a_lot"], dtype=object)[level]
    limits[~still] = None
    return {"hcond": still, "limits_activities": limits}


def _work(
    name: str,
    people: pd.DataFrame,
    wave: Wave,
    jobs: pd.DataFrame,
    months: int,
    settings: HltSettings,
    streams: Streams,
) -> dict[str, np.ndarray]:
    """Return work at the interview and weeks of it since randomisation, from the true jobs."""
    who, n = np.flatnonzero(wave.responds), len(people)
    day = people["day"].to_numpy().astype("datetime64[D]")
    spells = union_of_spells(jobs["person"].to_numpy(), jobs["first_day"], jobs["last_day"])
    one = np.timedelta64(1, "D")
    working = days_in_window(spells, wave.completed_on, wave.completed_on + one)[who] > 0
    wrong = streams.chance(name, "misreported", settings.misreported_work, n)[who]
    working = working ^ wrong
    weeks = np.round(days_in_window(spells, day, add_months(day, months))[who] / 7)
    hours = pd.Series(np.nan, index=range(n))
    main = jobs[jobs["main"] == 1].drop_duplicates("person", keep="last")
    hours[main["person"]] = np.clip(np.round(main["monthly_pay"].to_numpy() / 40), 4, 45)
    hours = hours.fillna(24).to_numpy()[who]
    weeks = np.where(working & (weeks == 0), np.round(months * 2.2), weeks)
    often = np.where(hours >= 16, weeks, np.round(weeks * 0.4))
    alone = streams.chance(name, "self_employed", settings.self_employed, n)[who]
    any_weeks = weeks > 0
    return {
        "emp": np.select([working & alone, working], ["self_employed", "employee"], "not_working"),
        "hours": np.where(working, hours, np.nan),
        "cont_emp2": weeks,
        "cont_emp3": np.where(any_weeks, often, np.nan),
        "cont_emp4": pd.array(
            np.where(any_weeks, streams.chance(name, "continuous", 0.8, n)[who], np.nan),
            dtype="boolean",
        ),
    }
