"""Benefit spells that give back who was off benefit, when, and for how long."""

import numpy as np
import pandas as pd

from ...calendar import add_months, as_days
from ...streams import Streams
from ..arms import arms_apart
from .models import END, OFF
from .settings import SITES, TrailblazersSettings

DAY = np.timedelta64(1, "D")
NEVER = np.datetime64("NaT", "D")
# Older sickness benefits were closed to new claims, and Universal Credit began, on these days.
ESA_FROM, UC_FROM = np.datetime64("2008-10-27"), np.datetime64("2014-06-01")


def claim_benefits(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams, effect: str
) -> pd.DataFrame:
    """Return the table benefit_spells; spells still open on the last day have no end."""
    people = people.assign(person=np.arange(len(people)))
    on = people[people["benefits"] | people["nino_damaged"]]
    on = on.assign(**{name: on[name].fillna(0).astype(int) for name in [*OFF, END]})
    on = on.assign(**_times(on, settings, streams, len(people), effect))
    spells = pd.concat(
        [
            _current(on, streams, len(people)),
            _returns(on, settings, streams, len(people)),
            _earlier(on, settings, streams, len(people)),
            _others(people, settings, streams),
        ],
        ignore_index=True,
    )
    last = np.datetime64(settings.benefits.last_day)
    spells = spells[spells["start"] <= last]
    spells["end"] = spells["end"].where(spells["end"] <= last)
    who = people.iloc[spells["person"]]
    spells = spells.assign(
        nino=who["true_nino"].to_numpy(),
        date_of_birth=who["date_of_birth"].to_numpy(),
        sex=who["dwp_sex"].to_numpy(),
    )
    spells = spells.sort_values(["start", "nino", "benefit"], kind="stable", ignore_index=True)
    return spells.assign(spell_id=np.arange(1, len(spells) + 1))


def remaining(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams, effect: str
) -> np.ndarray:
    """Return who was off benefit for six months or more at the end, in the declared numbers.

    Without an effect they are those of both arms together. Those who left too late for it are
    left out; of the others chance decides.
    """
    benefits, n = settings.benefits, len(people)
    end = np.datetime64(benefits.end_of_trial)
    earliest = _window(people)[0]
    u = streams.uniform("benefit_spells", "remains", int(people["person"].max()) + 1)
    late = add_months(earliest, 6) > end
    rank = u[people["person"]] + 2.0 * late
    stays = np.zeros(n, dtype=bool)
    for site in SITES:
        for arms in arms_apart(effect):
            here = (people["site"] == site) & people["arm"].isin(arms.values())
            who = np.flatnonzero((here & (people[END] == 1)).to_numpy())
            total, count = (
                sum(counts[site][1 - code] for code in arms.values())
                for counts in (benefits.off_at_end, benefits.remained)
            )
            count = round(count / total * len(who))
            stays[who[np.argsort(rank[who], kind="stable")[:count]]] = True
    return stays & ~late


def _window(people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last possible first day off benefit; after 12 months if not before."""
    day = as_days(people["day"])
    off = people[OFF].to_numpy()
    quarter = np.where(off.any(axis=1), off.argmax(axis=1), 4)
    first = np.maximum(add_months(day, 3 * quarter), day + DAY)
    return first, add_months(day, 3 * quarter + 3) - DAY


def _times(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams, n: int, effect: str
) -> dict:
    """Return left (first day off), back (day of return) and left_again, NaT where it never came."""
    benefits, place = settings.benefits, people["person"].to_numpy()
    end = np.datetime64(benefits.end_of_trial)
    u = {
        name: streams.uniform("benefit_spells", name, n)[place]
        for name in ("left", "back", "again")
    }
    first, last = _window(people)
    off12, at_end = people[OFF[-1]].to_numpy() == 1, people[END].to_numpy() == 1
    stays = remaining(people, settings, streams, effect)
    half = add_months(np.array([end]), -6)[0]
    goes = off12 | at_end
    # Nobody is left to leave after the end, and a return needs a day or more before it.
    latest = np.minimum(last, end - 3 * DAY)
    latest = np.where(stays, np.minimum(latest, half), latest)
    recent = at_end & ~stays
    once = recent & (latest > half)
    first = np.where(once, np.maximum(first, half + DAY), first)
    room = np.maximum((latest - first).astype(np.int64), 0)
    left = first + np.floor(u["left"] * (room + 1)).astype("timedelta64[D]")
    short, long = benefits.days_away
    skewed = np.floor(u["back"] ** benefits.days_away_power * (long - short + 1)).astype(np.int64)
    # Whoever is to leave again before the end comes back soon.
    soon = np.floor(u["back"] * (benefits.days_away_again - short + 1)).astype(np.int64)
    away = short + np.where(recent, soon, skewed)
    back = np.minimum(left + away.astype("timedelta64[D]"), end)
    returns = goes & (~at_end | (recent & ~once))
    again = half + (1 + np.floor(u["again"] * 170).astype(np.int64)).astype("timedelta64[D]")
    again = np.maximum(again, back + 10 * DAY)
    return {
        "left": np.where(goes, left, NEVER),
        "back": np.where(returns, back, NEVER),
        "left_again": np.where(recent & ~once, again, NEVER),
    }


def _frame(
    people: pd.DataFrame,
    benefit: np.ndarray | pd.Series,
    start: np.ndarray | pd.Series,
    end: np.ndarray | pd.Series,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person": people["person"].to_numpy(),
            "benefit": np.asarray(benefit, dtype=object),
            "start": np.asarray(start).astype("datetime64[s]"),
            "end": np.asarray(end).astype("datetime64[s]"),
        }
    )


def _current(people: pd.DataFrame, streams: Streams, n: int) -> pd.DataFrame:
    """Return the spells at randomisation; a long one under a new benefit began under an old one."""
    days = people["prior_days"].to_numpy().round().astype("timedelta64[D]")
    day, benefit = as_days(people["day"]), people["benefit"].to_numpy()
    start = day - days
    end = as_days(people["left"]) - DAY
    u = streams.uniform("benefit_spells", "moved", n)[people["person"]]
    old = ((benefit == "ESA") & (start < ESA_FROM)) | ((benefit == "UC") & (start < UC_FROM))
    opened = np.where(benefit == "ESA", np.datetime64("2010-10-11"), UC_FROM)
    room = np.maximum((day - opened).astype(np.int64), 1)
    moved = opened + np.floor(u * room).astype("timedelta64[D]")
    before = np.where(benefit == "ESA", "IB", np.where(start < ESA_FROM, "IS", "ESA"))
    return pd.concat(
        [
            _frame(people, benefit, np.where(old, moved, start), end),
            _frame(people[old], before[old], start[old], moved[old] - DAY),
        ],
        ignore_index=True,
    )


def _returns(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams, n: int
) -> pd.DataFrame:
    """Return spells after a time off benefit."""
    who = people["back"].notna().to_numpy()
    back = people[who]
    u = streams.uniform("benefit_spells", "change", n)[back["person"]]
    benefit = np.where(u < settings.benefits.changes, "UC", back["benefit"].to_numpy())
    end = as_days(back["left_again"]) - DAY
    return _frame(back, benefit, back["back"], end)


def _earlier(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams, n: int
) -> pd.DataFrame:
    """Return spells that ended before the current one began."""
    u = {
        name: streams.uniform("benefit_spells", name, n)[people["person"]]
        for name in ("earlier", "gap", "length")
    }
    who = u["earlier"] < settings.benefits.earlier
    start = as_days(people["day"]) - people["prior_days"].to_numpy().astype("timedelta64[D]")
    end = start - (40 + np.floor(u["gap"] * 700).astype(np.int64)).astype("timedelta64[D]")
    begin = end - (20 + np.floor(u["length"] * 400).astype(np.int64)).astype("timedelta64[D]")
    # Nobody claims before the age of 16.
    grown = begin > as_days(people["date_of_birth"]) + 5845 * DAY
    who &= grown
    return _frame(people[who], np.where(begin < ESA_FROM, "JSA", "ESA")[who], begin[who], end[who])


def _others(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> pd.DataFrame:
    """Return spells of people who had none at randomisation: earlier, later or none at all."""
    none = people[~people["benefits"] & ~people["nino_damaged"]]
    u = {
        name: streams.uniform("benefit_spells", f"others_{name}", len(people))[none["person"]]
        for name in ("which", "days", "length", "benefit")
    }
    kinds = np.array(settings.benefits.rare_after, dtype=object)
    benefit = kinds[np.floor(u["benefit"] * len(kinds)).astype(int)]
    days = (15 + np.floor(u["days"] * 300).astype(np.int64)).astype("timedelta64[D]")
    length = (30 + np.floor(u["length"] * 400).astype(np.int64)).astype("timedelta64[D]")
    day = as_days(none["day"])
    earlier = u["which"] < 0.6
    start = np.where(earlier, day - days - length, day + days)
    end = np.where(earlier, day - days, day + days + length)
    who = u["which"] < 0.85
    return _frame(none[who], benefit[who], start[who], end[who])
