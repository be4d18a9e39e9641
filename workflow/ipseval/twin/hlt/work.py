"""Who works when and for how much: jobs and payments that give the wanted effects."""

import numpy as np
import pandas as pd

from ...calendar import add_months, as_days
from ...config.trial import Group
from ...extracts.build import Context
from ...streams import Streams
from .. import employment
from ..arms import arms_apart, as_they_differ
from ..calibration import effect_weights, nudge_amounts, nudge_binary
from ..published import Published
from .settings import HltSettings


def work(
    people: pd.DataFrame,
    settings: HltSettings,
    published: Published,
    streams: Streams,
    planted: bool,
    context: Context,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (jobs, payments) that give the wanted outcomes of the first year."""
    n = len(people)
    jobs = employment.earlier_jobs(people, streams)
    share = people["trial_group"].map(settings.records.never_in_rti).to_numpy()
    never = streams.chance("employments", "never", share, n)
    jobs = jobs[~never[jobs["person"]]]
    second = settings.records.second_job
    jobs = employment.add_second_jobs(jobs, n, second, -jobs["start"], "earlier", streams)
    people = people.assign(never=never)
    earlier = _finish_jobs(jobs, people, settings, streams)
    paid = employment.pay_jobs(earlier, people, settings.records.last_day)
    people = people.assign(**_history(people, earlier, paid))
    people["employed_13_weeks"] = _employed(people, settings, streams, context.effect)
    if planted:
        weights = _weights(people, settings, context.trial.groups)
        people["employed_13_weeks"] = _nudge_employment(people, settings, weights, context)
    jobs, new = employment.later_jobs(people, jobs, streams)
    new = new[~never[new["person"]]]
    jobs, new = _second_year(people, jobs, new, settings, streams, context.effect)
    new = employment.add_second_jobs(new, n, second, 300, "later", streams)
    jobs = pd.concat([jobs, new], ignore_index=True)
    jobs = _finish_jobs(jobs, people, settings, streams)
    payments = employment.pay_jobs(jobs, people, settings.records.last_day)
    if planted:
        payments = _nudge_earnings(people, payments, published, weights, context)
    return jobs, payments


def _second_year(
    people: pd.DataFrame,
    jobs: pd.DataFrame,
    new: pd.DataFrame,
    settings: HltSettings,
    streams: Streams,
    effect: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (earlier jobs, new ones) of which some end in the second year, or begin before it, as
    declared. Who is employed 13 weeks in the first year stays as it is.
    """
    n, spec = len(people), settings.second_year
    group, arm = people["trial_group"].to_numpy(), as_they_differ(people, effect)["arm"].to_numpy()
    share = np.zeros(n)
    for name, arms in spec.leaves.items():
        share += (group == name) * np.where(arm == 1, arms["treatment"], arms["control"])
    leaves = streams.uniform("employments", "second_year_leaves", n) < share
    leaving = streams.integers("employments", "second_year_end", 396, 610, n)
    soon = people["trial_group"].map(spec.begins_before).fillna(0).to_numpy()
    before = streams.uniform("employments", "second_year_before", n) < soon
    first = streams.integers("employments", "second_year_first", 290, 330, n)

    def changed(these: pd.DataFrame) -> pd.DataFrame:
        who = these["person"].to_numpy()
        late = these["start"].to_numpy() > 365
        start = np.where(late & before[who], first[who], these["start"])
        # A job that begins earlier lasts as long.
        end = these["end"].to_numpy() + start - these["start"].to_numpy()
        ends = leaves[who] & ~late & ~(end <= leaving[who])
        return these.assign(start=start, end=np.where(ends, leaving[who], end))

    return changed(jobs), changed(new)


def _finish_jobs(
    jobs: pd.DataFrame, people: pd.DataFrame, settings: HltSettings, streams: Streams
) -> pd.DataFrame:
    """Return jobs with dates and monthly pay, as they stand on the extract's last day.

    A job that ends later is open, one that begins later is not there.
    """
    n, last_day = len(people), np.datetime64(settings.records.last_day)
    day = people["day"].to_numpy().astype("datetime64[D]")[jobs["person"]]
    first = day + jobs["start"].to_numpy().astype("timedelta64[D]")
    there = first <= last_day
    jobs, day, first = jobs[there].reset_index(drop=True), day[there], first[there]
    who, ends = jobs["person"].to_numpy(), jobs["end"].to_numpy()
    last = day + np.nan_to_num(ends, nan=0).astype("timedelta64[D]")
    is_open = np.isnan(ends) | (last > last_day)
    median = people["trial_group"].map({g: p.median for g, p in settings.pay.items()})
    spread = people["trial_group"].map({g: p.spread for g, p in settings.pay.items()})
    level = 0.5 * people["employability"] + np.sqrt(0.75) * streams.normal("payments", "pay", n)
    pay = (median * np.exp(spread * level)).to_numpy()[who]
    pay = np.round(pay * np.where(jobs["main"] == 1, 1.0, 0.35), 2)
    late = streams.chance("payments", "late_final_pay", settings.records.late_final_pay, n)
    return jobs.assign(
        first_day=first,
        last_day=np.where(is_open, np.datetime64("NaT", "D"), last),
        monthly_pay=pay,
        frequency=_frequency(pay, streams.uniform("payments", "frequency", n)[who], settings),
        late_final_pay=late[who],
    )


def _frequency(pay: np.ndarray, uniform: np.ndarray, settings: HltSettings) -> np.ndarray:
    """Return how often each job is paid, by its monthly pay in GBP."""
    often = settings.pay_frequency
    frequency = np.full(len(pay), "M1")
    for shares, chosen in ((often.low, pay < often.below), (often.high, pay >= often.below)):
        edges = np.cumsum(list(shares.values()))
        names = np.array([*shares, "M1"])
        frequency[chosen] = names[np.searchsorted(edges, uniform[chosen], side="right")]
    return frequency


def _history(people: pd.DataFrame, jobs: pd.DataFrame, paid: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return what a linked record shows of the time before: pay of 12 and weeks of 24 months.

    Worked out here from the jobs, apart from the outcomes stage: a person has one main job
    before randomisation and a second one lies inside it, so no overlap has to be resolved.
    """
    n = len(people)
    day = people["day"].to_numpy().astype("datetime64[D]")
    who = paid["person"].to_numpy()
    paid_on = as_days(paid["paid_on"])
    recent = (paid_on >= add_months(day, -12)[who]) & (paid_on < day[who])
    earnings = np.bincount(who[recent], weights=paid["amount"][recent], minlength=n)
    jobs = jobs[jobs["main"] == 1]
    who = jobs["person"].to_numpy()
    first = np.maximum(as_days(jobs["first_day"]), add_months(day, -24)[who])
    last = as_days(jobs["last_day"])
    last = np.minimum(np.where(np.isnat(last), day[who], last), day[who] - 1)
    days = np.maximum((last - first).astype(int) + 1, 0)
    weeks = np.bincount(who, weights=days, minlength=n) / 7
    seen = people["found"].to_numpy()
    return {"earnings_prior_12m": earnings * seen, "weeks_employed_prior_24m": weeks * seen}


def _employed(
    people: pd.DataFrame, settings: HltSettings, streams: Streams, effect: str
) -> np.ndarray:
    """Return who is employed 13 weeks or more.

    Who it is follows work history, employability and chance. The share is the declared one of
    each group and arm; without an effect it is the control group's, over both arms together,
    so that the arms differ by chance as they do in a trial.
    """
    n = len(people)
    index = (
        settings.found_work.employability * people["employability"]
        + settings.found_work.prior_weeks * people["weeks_employed_prior_24m"]
        + streams.normal("employments", "found_work", n)
    )
    index = index.where(~people["never"], -np.inf).to_numpy()
    usable, has_record = people["usable"].to_numpy(), people["found"].to_numpy()
    employed = np.zeros(n, dtype=int)
    for group, rates in settings.employed_13_weeks.items():
        for arms in arms_apart(effect):
            rate = rates["control" if "control" in arms else "treatment"]
            chosen = (people["trial_group"] == group) & people["arm"].isin(arms.values())
            members = np.flatnonzero(chosen)
            # Those whose record is not found count as out of work, so the others make up.
            seen, unseen = members[has_record[members]], members[~has_record[members]]
            count = round(rate * usable[members].sum())
            employed[seen[np.argsort(-index[seen], kind="stable")[:count]]] = 1
            employed[unseen] = index[unseen] > np.quantile(index[seen], 1 - rate)
    return employed


def _weights(people: pd.DataFrame, settings: HltSettings, groups: dict[str, Group]) -> np.ndarray:
    """Return analysis groups x people: each row maps an outcome to the adjusted effect."""
    usable = people["usable"].to_numpy()
    columns = [np.ones(len(people)), people["arm"].to_numpy(dtype=float)]
    covariates = people.assign(female=(people["gender"] == "female").astype(float))
    for name in settings.calibration.covariates:
        values = covariates[name]
        if pd.api.types.is_numeric_dtype(values):
            columns.append(values.to_numpy(dtype=float))
        else:
            dummies = pd.get_dummies(values.fillna("missing")).iloc[:, 1:]
            columns.extend(dummies.to_numpy(dtype=float).T)
    design = np.column_stack(columns)
    weights = np.zeros((len(groups), len(people)))
    for row, group in enumerate(groups.values()):
        members = np.flatnonzero(usable & people["trial_group"].isin(group.trial_groups))
        weights[row, members] = effect_weights(design[members], 1)
    return weights


def _nudge_employment(
    people: pd.DataFrame, settings: HltSettings, weights: np.ndarray, context: Context
) -> np.ndarray:
    """Return employed_13_weeks with the effects of all analysis groups inside their windows."""
    windows = settings.calibration.employment_windows
    low, high = (np.array([windows[g][i] for g in context.trial.groups]) / 100 for i in (0, 1))
    y = people["employed_13_weeks"].to_numpy()
    seen = (people["found"] & ~people["never"]).to_numpy()
    new = nudge_binary(y * seen, weights, low, high, may_flip=seen)
    context.say(f"employment: {int((new != y * seen).sum())} people nudged")
    return np.where(seen, new, y).astype(int)


def _nudge_earnings(
    people: pd.DataFrame,
    payments: pd.DataFrame,
    published: Published,
    weights: np.ndarray,
    context: Context,
) -> pd.DataFrame:
    """Return payments whose first-year totals give the published effects on earnings."""
    n = len(people)
    day = people["day"].to_numpy().astype("datetime64[D]")
    who = payments["person"].to_numpy()
    paid_on = as_days(payments["paid_on"])
    inside = (paid_on >= day[who]) & (paid_on < add_months(day, 12)[who])
    y = np.bincount(who[inside], weights=payments["amount"][inside], minlength=n)
    seen = people["found"].to_numpy()
    wanted = np.array(
        [
            published.value("table-2-01", g, "earnings", "impact_12_months")
            for g in context.trial.groups
        ]
    )
    new = nudge_amounts(y * seen, weights, wanted, variance=(y * seen) ** 2)
    moved = np.abs(new - y * seen)[seen & (y > 0)] / y[seen & (y > 0)]
    context.say(f"earnings: median change {np.median(moved):.1%}, largest {moved.max():.1%}")
    totals = np.where(seen, np.round(new, 2), y)
    amounts = payments["amount"].to_numpy().copy()
    amounts[inside] = employment.scale_to_totals(amounts[inside], who[inside], totals)
    return payments.assign(amount=amounts)
