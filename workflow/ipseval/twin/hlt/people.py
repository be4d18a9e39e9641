"""Who is recruited: groups, areas, times, arms and baseline answers."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...calendar import add_months, as_days
from ...extracts.build import Context
from ...extracts.randomiser import Design, allocate, screen
from ...streams import Streams
from ..arms import ARMS
from ..published import Published
from ..quotas import assign_by_rank, largest_remainder, margin_counts
from .settings import GROUPS, HltSettings


def recruit(
    settings: HltSettings, published: Published, streams: Streams, scale: float
) -> pd.DataFrame:
    """Return recruits by group and area with their time of randomisation."""
    row = "total_recruits_randomised"
    sizes = [
        round(sum(published.value("table-1-01", g, row, arm) for arm in ARMS) * scale)
        for g in GROUPS
    ]
    group = np.repeat(GROUPS, sizes)
    n = len(group)
    area = np.empty(n, dtype=object)
    for g in GROUPS:
        members = np.flatnonzero(group == g)
        names = list(settings.areas[g])
        counts = largest_remainder(list(settings.areas[g].values()), len(members))
        score = streams.uniform("recruits", "area", n)[members]
        area[members] = np.array(names, dtype=object)[assign_by_rank(score, counts)]
    counts = largest_remainder(settings.recruitment.shares, n)
    index = assign_by_rank(streams.uniform("recruits", "month", n), counts)
    opening = np.datetime64(settings.recruitment.first_day, "D")
    month = opening.astype("datetime64[M]") + index
    day = _working_day(month, streams.uniform("recruits", "day", n))
    minutes = streams.integers("recruits", "minute", 9 * 60, 17 * 60 - 1, n)
    people = pd.DataFrame(
        {
            "trial_group": group,
            "area": area.astype(str),
            "day": day,
            "randomised_at": day.astype("datetime64[m]") + minutes,
            "in_work": group == "scr_iw",
        }
    )
    # The tool numbers people in the order in which it meets them.
    people = people.sort_values(["randomised_at", "trial_group", "area"], kind="stable")
    people = _from_opening(people.reset_index(drop=True), opening)
    people["site"] = people["trial_group"].map(settings.sites)
    people["stratum"] = people["trial_group"] + "/" + people["area"]
    people["recruit_id"] = [f"R{number:07d}" for number in range(1, n + 1)]
    return people


def _working_day(month: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return a weekday of each month (datetime64[M]), by a uniform number each."""
    first = month.astype("datetime64[D]")
    days = np.busday_count(first, (month + 1).astype("datetime64[D]"))
    return np.busday_offset(first, np.floor(uniform * days).astype(int), roll="forward")


def _from_opening(people: pd.DataFrame, opening: np.datetime64) -> pd.DataFrame:
    """Return people of whom none is before the opening day, in the order in which they came.

    Those of the opening month move to the weekdays of it that are left, and those of one day take
    the times of that day in their order. So nobody changes places, and with it every other draw.
    """
    start = opening.astype("datetime64[M]")
    end = (start + 1).astype("datetime64[D]")
    first = people[people["day"] < end]
    place = np.busday_count(start.astype("datetime64[D]"), as_days(first["day"]))
    days, left = np.busday_count(start.astype("datetime64[D]"), end), np.busday_count(opening, end)
    day = np.busday_offset(opening, place * left // days, roll="forward")
    time = (first["randomised_at"] - first["day"]).to_numpy()
    at = day + time[np.lexsort((time, day))]
    people.loc[first.index, "day"] = day
    people.loc[first.index, "randomised_at"] = at
    return people


def randomise(
    people: pd.DataFrame, published: Published, context: Context
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (people with arm, allocation list).

    The list comes from the trial's own permuted-block design. Published arm counts fix how
    many blocks were left incomplete in favour of either arm, so at scale 1 each stratum's list
    is redrawn until the counts of its trial group come out.
    """
    design = Design.from_config(
        context.trial.randomisation.model_dump(exclude={"eligibility", "cluster"})
    )
    strata = people[["recruit_id", "randomised_at", "trial_group", "area", "stratum"]]
    draws = 30 if context.scale == 1 else 1
    lists = [allocate(strata, design, f"{context.seed}|{draw}") for draw in range(draws)]
    chosen = dict.fromkeys(people["stratum"].unique(), 0)
    if context.scale == 1:
        for group in GROUPS:
            members = sorted(s for s in chosen if s.startswith(f"{group}/"))
            row = "total_recruits_randomised"
            wanted = int(published.value("table-1-01", group, row, "treatment"))
            treated = [x.groupby("stratum")["arm"].sum().reindex(members).to_numpy() for x in lists]
            picks = _pick_sum(np.array(treated).T, wanted)
            chosen |= dict(zip(members, picks, strict=True))
    allocation = pd.concat(
        [lists[draw].query("stratum == @stratum") for stratum, draw in sorted(chosen.items())],
        ignore_index=True,
    )
    arm = allocation.set_index("recruit_id")["arm"]
    return people.assign(arm=people["recruit_id"].map(arm)), allocation


def _pick_sum(values: np.ndarray, wanted: int) -> list[int]:
    """Return one column index a row so that the picked values sum to `wanted`; first found."""
    reach: list[dict[int, list[int]]] = [{0: []}]
    for row in values:
        sums: dict[int, list[int]] = {}
        for total, picks in reach[-1].items():
            for index, value in enumerate(row):
                sums.setdefault(total + int(value), [*picks, index])
        reach.append(sums)
    if wanted not in reach[-1]:
        raise ValueError(f"no draw of the randomiser treats {wanted} people; draw more lists")
    return reach[-1][wanted]


def answer_baseline(
    people: pd.DataFrame,
    settings: HltSettings,
    published: Published,
    streams: Streams,
    scale: float,
) -> pd.DataFrame:
    """Return people with the baseline answers, in counts that print the published margins."""
    n = len(people)
    people = people.assign(
        employability=streams.normal("recruits", "employability", n),
        problems=streams.normal("recruits", "problems", n),
    )
    answers = {}
    for column, table in settings.single_choice.items():
        names, counts, bases = _counts(column, table, settings, published, single=True)
        score = _score(people["employability"], settings.loadings.get(column, 0), column, streams)
        picked = np.full(n, -1)
        for answering, g in _answering(people, column, bases, scale, streams):
            wanted = counts[:, g]
            if scale != 1:
                wanted = largest_remainder(wanted, len(answering))
            picked[answering] = assign_by_rank(score[answering], wanted)
        given = np.array([*names, None], dtype=object)
        answers[column] = pd.array(given[picked], dtype="str")
    people = people.assign(**answers)
    people = people.assign(**_multiple_answers(people, settings, published, streams, scale))
    return _born(people, settings, streams)


def _counts(
    column: str, table: str, settings: HltSettings, published: Published, single: bool
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return (categories, counts categories x groups, bases) that print a published table."""
    names, percent, bases, totals = published.margins(table, GROUPS)
    for group, base in settings.corrected_bases.get(column, {}).items():
        bases[GROUPS.index(group)] = base
    sums = [
        ([names.index(answer) for answer in stated.answers], stated.percent)
        for stated in settings.stated_sums.get(column, [])
    ]
    aims = percent.astype(float)
    for answer, shares in settings.finer_shares.get(column, {}).items():
        for group, share in shares.items():
            aims[names.index(answer), GROUPS.index(group)] = share
    counts = margin_counts(percent, bases, totals, single=single, sums=sums, aims=aims)
    return names, counts, bases


def _score(latent: pd.Series, loading: float, column: str, streams: Streams) -> np.ndarray:
    """Return a standard normal score correlated with a latent trait."""
    noise = streams.normal("recruits", column, len(latent))
    return loading * latent.to_numpy() + np.sqrt(1 - loading**2) * noise


def _answering(
    people: pd.DataFrame,
    column: str,
    bases: np.ndarray,
    scale: float,
    streams: Streams,
    asked: bool | pd.Series = True,
) -> Iterator[tuple[np.ndarray, int]]:
    """Yield (positions of who answers, position of the group) for each trial group."""
    silent = streams.uniform("recruits", f"{column}_silent", len(people))
    for g, group in enumerate(GROUPS):
        members = np.flatnonzero((people["trial_group"] == group) & asked)
        base = min(len(members), round(bases[g] * scale))
        yield members[np.argsort(silent[members], kind="stable")[:base]], g


def _multiple_answers(
    people: pd.DataFrame,
    settings: HltSettings,
    published: Published,
    streams: Streams,
    scale: float,
) -> dict[str, pd.api.extensions.ExtensionArray]:
    """Return boolean columns of the multiple-choice questions, missing for who was not asked."""
    columns = {}
    asked = {"reason": people["work_history"] != "always_been_in_paid_employment"}
    for prefix, table in settings.multiple_choice.items():
        names, counts, bases = _counts(prefix, table, settings, published, single=False)
        given = np.full((len(names), len(people)), np.nan)
        loading = settings.loadings.get(prefix, 0)
        scores = [
            _score(-people["problems"], loading, f"{prefix}_{name}", streams) for name in names
        ]
        who = _answering(people, prefix, bases, scale, streams, asked.get(prefix, True))
        for answering, g in who:
            given[:, answering] = 0
            wanted = np.round(counts[:, g] * (len(answering) / bases[g])).astype(int)
            alone = [i for i, name in enumerate(names) if name in settings.exclusive]
            # Answers that stand alone go to the last people in a random order, one each.
            order = answering[np.argsort(scores[alone[0]][answering], kind="stable")]
            for i in alone:
                given[i, order[: wanted[i]]] = 1
                order = order[wanted[i] :]
            for i in set(range(len(names))) - set(alone):
                ranked = order[np.argsort(scores[i][order], kind="stable")]
                given[i, ranked[: wanted[i]]] = 1
        for name, values in zip(names, given, strict=True):
            columns[f"{prefix}_{name}"] = pd.array(values, dtype="boolean")
    return columns


def _born(people: pd.DataFrame, settings: HltSettings, streams: Streams) -> pd.DataFrame:
    """Return people with age in years and date of birth, right on the day of randomisation."""
    n = len(people)
    low, high = (people["age_band"].map(settings.ages).str[i].to_numpy() for i in (0, 1))
    age = streams.integers("recruits", "age", low, high, n)
    # The last birthday lies up to 364 days back, so that the age is right on the day.
    birthday = streams.integers("recruits", "birthday", 0, 364, n)
    day = people["day"].to_numpy().astype("datetime64[D]")
    born = add_months(day - birthday.astype("timedelta64[D]"), -12 * age)
    return people.assign(age=age, date_of_birth=born)


def screen_people(
    people: pd.DataFrame, settings: HltSettings, streams: Streams, context: Context
) -> pd.DataFrame:
    """Return everyone assessed: the recruits, and people refused for a declared reason."""
    n = len(people)
    base = people[["recruit_id", "site", "age"]].assign(assessed_on=people["day"])
    base["agreed"] = True
    base["wants_work"] = True
    base["other_support"] = False
    base["severe_condition"] = False
    weeks = streams.integers("screening", "weeks", 5, 260, n)
    base["weeks_out_of_work"] = pd.array(
        np.where(people["in_work"], np.array(None), weeks), dtype="Int64"
    )
    refused = base[streams.chance("screening", "refused", settings.recruitment.refused, n)].copy()
    m = len(refused)
    refused["recruit_id"] = pd.array([None] * m, dtype="str")
    cause = streams.integers("screening", "cause", 0, 4, m)
    refused.loc[cause == 0, "agreed"] = False
    refused.loc[cause == 1, "age"] = 17
    refused.loc[cause == 2, "wants_work"] = False
    refused.loc[cause == 3, "other_support"] = True
    refused.loc[cause == 4, "severe_condition"] = True
    everyone = pd.concat([base, refused], ignore_index=True)
    everyone = everyone.sort_values(["assessed_on", "recruit_id"], kind="stable")
    everyone = everyone.reset_index(drop=True)
    rules = context.trial.randomisation.model_dump(exclude_none=True)["eligibility"]
    verdict = screen(everyone, rules)
    everyone["eligible"] = verdict["eligible"]
    everyone["refusal_reason"] = verdict["refusal_reason"].astype("str")
    everyone["assessment_id"] = [f"A{i:07d}" for i in range(1, len(everyone) + 1)]
    return everyone
