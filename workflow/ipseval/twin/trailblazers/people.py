"""Who was randomised, when, and what they were like before calibration."""

import numpy as np
import pandas as pd

from ...streams import Streams
from ..arms import arms_apart, as_they_differ
from ..published import Published
from ..quotas import largest_remainder
from .models import HEALTH
from .settings import SITES, TrailblazersSettings

RARE = ["ICA", "IS", "IB", "PIB", "RP", "SDA"]


def recruit(
    settings: TrailblazersSettings,
    published: Published,
    streams: Streams,
    scale: float,
    effect: str,
) -> pd.DataFrame:
    """Return one row a person in order of site and arm; without an effect chance deals the arms.

    site, arm (0/1), month (from 0), health (has a valid last score), seen (has an appointment
    after randomisation), returned (any record of a trust), benefits (a spell at randomisation).
    """
    table = published.table("table-2").set_index(["panel", "row", "column"])["value"]
    frames = []
    lost: dict[tuple[str, int], int] = {}
    for site in SITES:
        for arms in arms_apart(effect):
            sizes = [round(int(table[site, "randomised", name]) * scale) for name in arms]
            scored, missing = (
                round(sum(int(table[site, row, name]) for name in arms) * scale)
                for row in ("mental_health_analysis", "benefits_missing")
            )
            counts = settings.samples.seen[site]
            seen = round(sum(counts[1 - code] for code in arms.values()) * scale)
            lost[site, min(arms.values())] = missing
            place = np.arange(sum(sizes))
            frames.append(
                pd.DataFrame(
                    {
                        "site": site,
                        "arm": np.repeat(list(arms.values()), sizes),
                        "health": place < scored,
                        "seen": place < seen,
                    }
                )
            )
    people = pd.concat(frames, ignore_index=True)
    people["month"] = _months(people, settings, streams)
    if effect == "published":
        people["arm"] = _swing(people, settings, streams)
    else:
        people["arm"] = _by_chance(people, streams)
    people["benefits"] = _on_benefit(as_they_differ(people, effect), lost, settings, streams)
    people["returned"] = _returned(people, settings, streams, scale)
    return people


def _months(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> np.ndarray:
    """Return the month of randomisation of each person, in the declared numbers."""
    u = streams.uniform("people", "month", len(people))
    months = np.zeros(len(people), dtype=np.int64)
    tables = {True: settings.recruitment.with_score, False: settings.recruitment.without_score}
    for site in SITES:
        for scored, table in tables.items():
            who = np.flatnonzero((people["site"] == site) & (people["health"] == scored))
            counts = largest_remainder(table[site], len(who))
            months[who[np.argsort(u[who], kind="stable")]] = np.repeat(
                np.arange(len(counts)), counts
            )
    return months


def _swing(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> np.ndarray:
    """Return arms, dealt again in Blackpool so that odd months have more of the treated."""
    arm = people["arm"].to_numpy(copy=True)
    lean = np.where(people["month"] % 2 == 1, -1, 1) * settings.recruitment.swing
    score = streams.normal("people", "swing", len(people)) + lean
    # Those seen without a score keep their arms' numbers as well: Table 3 prints them.
    group = people["health"].to_numpy().astype(int) + people["seen"].to_numpy()
    for place in range(3):
        who = np.flatnonzero((people["site"] == "blackpool") & (group == place))
        dealt = np.empty(len(who), dtype=arm.dtype)
        dealt[np.argsort(score[who], kind="stable")] = np.sort(arm[who])[::-1]
        arm[who] = dealt
    return arm


def _by_chance(people: pd.DataFrame, streams: Streams) -> np.ndarray:
    """Return arms dealt by chance at each site, in its numbers."""
    dealt = np.empty(len(people), dtype=np.int64)
    u = streams.uniform("people", "arm", len(people))
    for site in SITES:
        who = np.flatnonzero(people["site"] == site)
        dealt[who[np.argsort(u[who], kind="stable")]] = people["arm"].to_numpy()[who]
    return dealt


def _on_benefit(
    people: pd.DataFrame, lost: dict, settings: TrailblazersSettings, streams: Streams
) -> np.ndarray:
    """Return who has a benefit spell at randomisation; lost: (site, arm) -> people without."""
    first, last = settings.recruitment.missing_months
    u = streams.uniform("people", "benefits", len(people))
    on_benefit = np.ones(len(people), dtype=bool)
    for key, group in people.groupby(["site", "arm"], sort=False):
        who = group.index[group["month"].between(first, last)].to_numpy()
        on_benefit[who[np.argsort(u[who], kind="stable")][: lost[key]]] = False
    return on_benefit


def _returned(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams, scale: float
) -> np.ndarray:
    """Return for whom trusts sent any record: all that were seen, and some with earlier ones."""
    u = streams.uniform("people", "returned", len(people)) + 2.0 * ~people["seen"].to_numpy()
    rank = np.empty(len(people), dtype=np.int64)
    rank[np.argsort(u, kind="stable")] = np.arange(len(people))
    return rank < round(settings.samples.returned * scale)


def describe(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams
) -> pd.DataFrame:
    """Return people with covariates as drawn: age, motivation, gad7, phq9, health_sex, dwp_sex,
    time_since (days to the last score), benefit and prior_days (days on it)."""
    covariates, n = settings.covariates, len(people)
    site = people["site"]
    spread = site.map(covariates.age[1]).to_numpy()
    age = covariates.age[0] + spread * (streams.uniform("people", "age", n) - 0.5) * np.sqrt(12)
    people = people.assign(age=np.clip(age, covariates.ages[0] + 0.01, covariates.ages[1] + 0.99))
    people["motivation"] = _motivation(people, settings, streams)
    severity = covariates.shared_severity * streams.normal("people", "severity", n)
    rest = np.sqrt(1 - covariates.shared_severity**2)
    for name, top, (mean, sd) in (("gad7", 21, covariates.gad7), ("phq9", 27, covariates.phq9)):
        score = mean + sd * (severity + rest * streams.normal("people", name, n))
        people[name] = np.clip(np.round(score), 1, top)
    people = _prepare_flat_months(people, settings)
    people["health_sex"], people["dwp_sex"] = _sex(people, settings, streams)
    scale, power = covariates.days_to_last_score
    days = scale * (-np.log(streams.uniform("people", "time", n))) ** power
    people["last_possible"] = last_possible_day(people["month"])
    people["time_since"] = np.clip(np.round(days), 1, np.floor(people["last_possible"]))
    people["benefit"] = _benefit(people, settings, streams)
    longest, power = covariates.days_on_benefit
    u = streams.uniform("people", "prior_days", n)
    people["prior_days"] = np.clip(np.round(longest * u**power), 1, longest)
    return people


def _motivation(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams
) -> np.ndarray:
    """Return sums of seven items of 1 to 7."""
    covariates = settings.covariates
    mean, sd = (
        people["site"].map({s: v[i] for s, v in covariates.motivation.items()}) for i in (0, 1)
    )
    score = mean + sd * streams.normal("people", "motivation", len(people))
    for site, more in covariates.motivation_shift.items():
        here = (people["site"] == site) & people["health"]
        score = score + np.where(here, np.where(people["arm"] == 1, more[1], more[0]), 0.0)
    return np.clip(np.round(score), 7, 49).to_numpy()


def _prepare_flat_months(people: pd.DataFrame, settings: TrailblazersSettings) -> pd.DataFrame:
    """Return people whose scores leave room for the outcomes of months that do not vary.

    Recovery without reliable change asks for a first score just above the threshold, and most
    other outcomes for a high one.
    """
    people = people.copy()
    reliable = {"gad7": ("anxiety", 12, 8), "phq9": ("depression", 16, 11)}
    for flat in settings.flat:
        here = ((people["site"] == flat.site) & (people["month"] == flat.month)).to_numpy()
        here = here & people["health"].to_numpy()
        if not set(HEALTH) & set(flat.outcomes):
            continue
        for score, (name, high, low) in reliable.items():
            value = people[score].to_numpy(copy=True)
            value = np.where(here & (value < high), high + value % 5, value)
            changed = flat.outcomes.get(f"reliable_improvement_{name}")
            if changed == 0 and f"recovery_{name}" not in flat.outcomes:
                few = np.flatnonzero(here)[:2]
                value[few] = low + np.arange(len(few))
            people[score] = value
    return people


def _sex(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams
) -> tuple[np.ndarray, np.ndarray]:
    """Return (sex in the tool, sex in benefit records); they agree where both are known."""
    covariates, n, site = settings.covariates, len(people), people["site"]
    unknown = (
        streams.uniform("people", "sex_known", n) < site.map(covariates.sex_not_known)
    ).to_numpy()
    female = np.zeros(n, dtype=bool)
    arm, seen = people["arm"].to_numpy(), people["seen"].to_numpy()
    lean = streams.uniform("people", "sex", n) - site.map(covariates.female).to_numpy()
    other = streams.uniform("people", "dwp_sex", n) - site.map(covariates.female_dwp).to_numpy()
    for a in (0, 1):
        known = np.flatnonzero((arm == a) & seen & ~unknown)
        count = round(covariates.female_seen[a] * len(known))
        female[known[np.argsort(lean[known], kind="stable")[:count]]] = True
        # The rest makes up the share among those with a benefit spell.
        everybody = np.flatnonzero((arm == a) & people["benefits"].to_numpy())
        rest = np.setdiff1d(everybody, known)
        count = max(
            round(covariates.female_benefits[a] * len(everybody)) - female[everybody].sum(), 0
        )
        female[rest[np.argsort(other[rest], kind="stable")[:count]]] = True
        lost = np.flatnonzero((arm == a) & ~people["benefits"].to_numpy() & ~(seen & ~unknown))
        female[lost] = other[lost] < 0
    sex = np.where(female, "female", "male")
    return np.where(unknown, "not_known", sex), sex


def _benefit(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> np.ndarray:
    """Return the benefit at randomisation; rare ones go to people of the busy months."""
    covariates, n, site = settings.covariates, len(people), people["site"]
    u = streams.uniform("people", "benefit", n)
    jsa, uc = site.map(covariates.jsa).to_numpy(), site.map(covariates.uc).to_numpy()
    benefit = np.select([u < jsa, u < jsa + uc], ["JSA", "UC"], "ESA").astype(object)
    first, last = settings.recruitment.missing_months
    usual = people["benefits"] & people["month"].between(first, last)
    order = streams.uniform("people", "rare_benefit", n)
    for place, counts in covariates.rare_benefits.items():
        who = np.flatnonzero(usual & (site == place))
        who = who[np.argsort(order[who], kind="stable")]
        rare = np.repeat(list(counts), list(counts.values()))[: len(who)]
        benefit[who[: len(rare)]] = rare
    return benefit


def last_possible_day(month: pd.Series) -> pd.Series:
    """Return the last day after randomisation on which a score can be, by month."""
    return 400 + 30.4 * (month.max() - month)


def split_at_medians(people: pd.DataFrame) -> pd.DataFrame:
    """Return people with above_motivation and above_onbenefit: at or above the median of those
    with a benefit spell at randomisation."""
    claimants = people[people["benefits"]]
    return people.assign(
        above_motivation=(people["motivation"] >= claimants["motivation"].median()).astype(int),
        above_onbenefit=(people["prior_days"] >= claimants["prior_days"].median()).astype(int),
    )
