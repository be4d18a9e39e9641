"""The Health-led Employment Trials: a synthetic twin calibrated to the published tables."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..calendar import add_months, as_days
from ..config.load import read_section
from .build import Context
from .hlt_settings import TwinSettings
from .published import Published
from .randomiser import Design, allocate, screen
from .synthetic import employment
from .synthetic.calibration import effect_weights, nudge_amounts, nudge_binary
from .synthetic.identifiers import synthetic_ninos, transpose_digits
from .synthetic.quotas import assign_by_rank, largest_remainder, single_choice_counts
from ..streams import Streams

GROUPS = ["scr_iw", "scr_oow", "wmca_oow"]
ARMS = {"treatment": 1, "control": 0}


def make_twin(context: Context) -> dict[str, pd.DataFrame]:
    """Return the synthetic extracts, one frame a declared table.

    At scale 1 the tables derived from them print the published numbers; at any other scale
    shares are kept and nothing is calibrated. With effect "none" treatment changes nothing.
    """
    settings = read_section(context.folder / "twin.yaml", TwinSettings)
    published = Published(context.published / "hlt")
    streams = Streams(context.seed, "hlt")
    say = context.say
    people = _recruit(settings, published, streams, context.scale)
    say(f"{len(people):,} recruits in {people['stratum'].nunique()} strata")
    people, allocation = _randomise(people, published, context)
    people = _answer_baseline(people, settings, published, streams, context.scale)
    people = _give_identifiers(people, settings, streams)
    planted = context.scale == 1 and context.effect == "published"
    jobs, payments = _work(people, settings, published, streams, planted, context)
    say(f"{len(jobs):,} employments and {len(payments):,} payments")
    return {
        "recruits": people,
        "screening": _screen(people, settings, streams, context),
        "allocation": allocation,
        **_as_reported(people, jobs, payments, settings, streams),
        "ledger": _book_costs(people, settings, published),
    }


def _recruit(settings, published: Published, streams: Streams, scale: float) -> pd.DataFrame:
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
    month = np.datetime64(settings.recruitment.first_month, "M") + index
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
    people = people.reset_index(drop=True)
    people["site"] = people["trial_group"].map(settings.sites)
    people["stratum"] = people["trial_group"] + "/" + people["area"]
    people["recruit_id"] = [f"R{number:07d}" for number in range(1, n + 1)]
    return people


def _working_day(month: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return a weekday of each month (datetime64[M]), by a uniform number each."""
    first = month.astype("datetime64[D]")
    days = np.busday_count(first, (month + 1).astype("datetime64[D]"))
    return np.busday_offset(first, np.floor(uniform * days).astype(int), roll="forward")


def _randomise(people: pd.DataFrame, published: Published, context: Context):
    """Return (people with arm, allocation list).

    The list comes from the trial's own permuted-block design. Published arm counts fix how
    many blocks were left incomplete in favour of either arm, so at scale 1 each stratum's list
    is redrawn until the counts of its trial group come out.
    """
    design = Design.from_config(
        {
            key: value
            for key, value in context.trial.randomisation.model_dump().items()
            if key != "eligibility"
        }
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


def _answer_baseline(people, settings, published: Published, streams: Streams, scale: float):
    """Return people with the baseline answers, in counts that print the published margins."""
    n = len(people)
    employability = streams.normal("recruits", "employability", n)
    people = people.assign(employability=employability)
    for column, table in settings.single_choice.items():
        names, percent, bases, totals = published.margins(table, GROUPS)
        for group, base in settings.corrected_bases.get(column, {}).items():
            bases[GROUPS.index(group)] = base
        counts = single_choice_counts(percent, bases, totals)
        answers = np.full(n, None, dtype=object)
        loading = settings.loadings.get(column, 0.0)
        noise = streams.normal("recruits", column, n)
        score = loading * employability + np.sqrt(1 - loading**2) * noise
        silent = streams.uniform("recruits", f"{column}_silent", n)
        for g, group in enumerate(GROUPS):
            members = np.flatnonzero(people["trial_group"] == group)
            wanted = counts[:, g]
            if scale != 1:
                wanted = largest_remainder(wanted, min(len(members), round(bases[g] * scale)))
            answering = members[np.argsort(silent[members], kind="stable")[: wanted.sum()]]
            picked = assign_by_rank(score[answering], wanted)
            answers[answering] = np.array(names, dtype=object)[picked]
        people[column] = pd.array(answers, dtype="str")
    low, high = (people["age_band"].map(settings.ages).str[i].to_numpy() for i in (0, 1))
    people["age"] = streams.integers("recruits", "age", low, high, n)
    # The last birthday lies up to 364 days back, so that the age is right on the day.
    birthday = streams.integers("recruits", "birthday", 0, 364, n)
    day = people["day"].to_numpy().astype("datetime64[D]")
    born = add_months(day - birthday.astype("timedelta64[D]"), -12 * people["age"].to_numpy())
    people["date_of_birth"] = born
    return people


def _give_identifiers(people, settings, streams: Streams) -> pd.DataFrame:
    """Return people with their true number and the number typed at the meeting."""
    n = len(people)
    true = synthetic_ninos(streams.uniform("recruits", "nino", n))
    typed = true.astype(object)
    damage = settings.identifiers
    u = streams.uniform("recruits", "damage", n)
    swapped = u < damage.mistyped
    where = streams.integers("recruits", "swap", 0, 4, n)
    typed[swapped] = transpose_digits(true[swapped], where[swapped])
    malformed = (u >= damage.mistyped) & (u < damage.mistyped + damage.invalid_format)
    typed[malformed] = [number[:8] for number in true[malformed]]
    missing = u >= 1 - damage.missing
    typed[missing] = None
    return people.assign(
        true_nino=true,
        nino=pd.array(typed, dtype="str"),
        usable=~(malformed | missing),
        found=~(malformed | missing | swapped),
    )


def _screen(people, settings, streams: Streams, context: Context) -> pd.DataFrame:
    """Return everyone assessed: the recruits, and people refused for a declared reason."""
    n = len(people)
    base = people[["recruit_id", "site", "age"]].assign(assessed_on=people["day"])
    base["agreed"] = True
    base["wants_work"] = True
    base["other_support"] = False
    base["severe_condition"] = False
    weeks = streams.integers("screening", "weeks", 5, 260, n)
    base["weeks_out_of_work"] = pd.array(
        np.where(people["in_work"], None, weeks), dtype="Int64"
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
    verdict = screen(everyone, context.trial.randomisation.eligibility)
    everyone["eligible"] = verdict["eligible"]
    everyone["refusal_reason"] = verdict["refusal_reason"].astype("str")
    everyone["assessment_id"] = [f"A{i:07d}" for i in range(1, len(everyone) + 1)]
    return everyone


def _work(people, settings, published, streams: Streams, planted: bool, context: Context):
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
    weights = None
    if planted:
        weights = _weights(people, settings, context.trial.groups)
        people["employed_13_weeks"] = _nudge_employment(people, settings, weights, context)
    jobs, new = employment.later_jobs(people, jobs, streams)
    new = new[~never[new["person"]]]
    new = employment.add_second_jobs(new, n, second, 300, "later", streams)
    jobs = pd.concat([jobs, new], ignore_index=True)
    jobs = _finish_jobs(jobs, people, settings, streams)
    payments = employment.pay_jobs(jobs, people, settings.records.last_day)
    if planted:
        payments = _nudge_earnings(people, payments, published, weights, context)
    return jobs, payments


def _finish_jobs(jobs, people, settings, streams: Streams) -> pd.DataFrame:
    """Return jobs with dates and monthly pay; ends after the extract's last day are open."""
    n = len(people)
    who = jobs["person"].to_numpy()
    day = people["day"].to_numpy().astype("datetime64[D]")[who]
    first = day + jobs["start"].to_numpy().astype("timedelta64[D]")
    ends = jobs["end"].to_numpy()
    last = day + np.nan_to_num(ends, nan=0).astype("timedelta64[D]")
    is_open = np.isnan(ends) | (last > np.datetime64(settings.records.last_day))
    median = people["trial_group"].map({g: p.median for g, p in settings.pay.items()})
    spread = people["trial_group"].map({g: p.spread for g, p in settings.pay.items()})
    level = 0.5 * people["employability"] + np.sqrt(0.75) * streams.normal("payments", "pay", n)
    pay = (median * np.exp(spread * level)).to_numpy()[who]
    part_time = np.where(jobs["main"] == 1, 1.0, 0.35)
    return jobs.assign(
        first_day=first,
        last_day=np.where(is_open, np.datetime64("NaT", "D"), last),
        monthly_pay=np.round(pay * part_time, 2),
    )


def _history(people, jobs, paid) -> dict[str, np.ndarray]:
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


def _employed(people, settings, streams: Streams, effect: str) -> np.ndarray:
    """Return who is employed 13 weeks or more: the declared share of each group and arm.

    Who it is follows work history, employability and chance.
    """
    n = len(people)
    index = (
        settings.found_work.employability * people["employability"]
        + settings.found_work.prior_weeks * people["weeks_employed_prior_24m"]
        + streams.normal("employments", "found_work", n)
    )
    index = index.where(~people["never"], -np.inf).to_numpy()
    employed = np.zeros(n, dtype=int)
    for group, rates in settings.employed_13_weeks.items():
        for arm, value in ARMS.items():
            rate = rates[arm] if effect == "published" else rates["control"]
            members = np.flatnonzero((people["trial_group"] == group) & (people["arm"] == value))
            # Those whose record is not found count as out of work, so the others make up.
            seen = members[people["found"].to_numpy()[members]]
            count = round(rate * people["usable"].to_numpy()[members].sum())
            employed[seen[np.argsort(-index[seen], kind="stable")[:count]]] = 1
            unseen = members[~people["found"].to_numpy()[members]]
            employed[unseen] = index[unseen] > np.quantile(index[seen], 1 - rate)
    return employed


def _weights(people, settings, groups) -> np.ndarray:
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


def _nudge_employment(people, settings, weights: np.ndarray, context: Context) -> np.ndarray:
    """Return employed_13_weeks with the effects of all analysis groups inside their windows."""
    windows = settings.calibration.employment_windows
    low, high = (np.array([windows[g][i] for g in context.trial.groups]) / 100 for i in (0, 1))
    y = people["employed_13_weeks"].to_numpy()
    seen = (people["found"] & ~people["never"]).to_numpy()
    new = nudge_binary(y * seen, weights, low, high, may_flip=seen)
    context.say(f"employment: {int((new != y * seen).sum())} people nudged")
    return np.where(seen, new, y).astype(int)


def _nudge_earnings(people, payments, published: Published, weights, context: Context):
    """Return payments whose first-year totals give the published effects on earnings."""
    n = len(people)
    day = people["day"].to_numpy().astype("datetime64[D]")
    who = payments["person"].to_numpy()
    paid_on = as_days(payments["paid_on"])
    inside = (paid_on >= day[who]) & (paid_on < add_months(day, 12)[who])
    y = np.bincount(who[inside], weights=payments["amount"][inside], minlength=n)
    seen = people["found"].to_numpy()
    wanted = np.array(
        [published.value("table-2-01", g, "earnings", "impact_12_months") for g in context.trial.groups]
    )
    new = nudge_amounts(y * seen, weights, wanted, variance=(y * seen) ** 2)
    moved = np.abs(new - y * seen)[seen & (y > 0)] / y[seen & (y > 0)]
    context.say(f"earnings: median change {np.median(moved):.1%}, largest {moved.max():.1%}")
    totals = np.where(seen, np.round(new, 2), y)
    amounts = payments["amount"].to_numpy().copy()
    amounts[inside] = employment.scale_to_totals(amounts[inside], who[inside], totals)
    return payments.assign(amount=amounts)


def _as_reported(people, jobs, payments, settings, streams: Streams) -> dict[str, pd.DataFrame]:
    """Return employments and payments as employers report them, in no order of people."""
    who = jobs["person"].to_numpy()
    gender = people["gender"].map({"male": "M", "female": "F"}).to_numpy()
    hours = np.digitize(jobs["monthly_pay"], [420, 780, 1000])
    reported = pd.DataFrame(
        {
            "nino": people["true_nino"].to_numpy()[who],
            "date_of_birth": people["date_of_birth"].to_numpy()[who],
            "gender": pd.array(gender[who], dtype="str"),
            "start_date": jobs["first_day"],
            "leaving_date": jobs["last_day"],
            "pay_frequency": "M1",
            "hours_band": np.array(list("ABCD"))[hours],
            "job": np.arange(len(jobs)),
        }
    ).sort_values(["start_date", "nino", "job"], kind="stable", ignore_index=True)
    reported["employment_id"] = [f"E{i:08d}" for i in range(1, len(reported) + 1)]
    reported["payroll_id"] = [f"P{i * 7919 % 99991:05d}" for i in range(len(reported))]
    key = reported.set_index("job")[["employment_id", "nino"]]
    paid = payments.join(key, on="job").rename(
        columns={"paid_on": "payment_date", "amount": "taxable_pay"}
    )
    paid = paid.sort_values(["payment_date", "employment_id"], kind="stable", ignore_index=True)
    shifted = pd.to_datetime(paid["payment_date"]) - pd.Timedelta(days=5)
    paid["month_number"] = (shifted.dt.month - 4) % 12 + 1
    paid["periods_covered"] = 1
    paid["payment_id"] = np.arange(1, len(paid) + 1)
    return {"employments": reported, "payments": paid}


def _book_costs(people, settings, published: Published) -> pd.DataFrame:
    """Return a ledger that adds up to the published cost per recruit to treatment, in pence."""
    categories = settings.ledger.categories
    quarters = pd.date_range(settings.ledger.first_quarter, periods=settings.ledger.quarters, freq="QS")
    rows = []
    for group in GROUPS:
        per_head = published.value(
            "table-2-02", group, "cost_per_recruit_to_treatment_group", "treatment"
        )
        treated = int(((people["trial_group"] == group) & (people["arm"] == 1)).sum())
        shares = np.outer(list(categories.values()), np.ones(len(quarters)))
        pence = largest_remainder(shares.ravel(), round(per_head * treated * 100))
        rows.append(
            pd.DataFrame(
                {
                    "site": settings.sites[group],
                    "trial_group": group,
                    "category": np.repeat(list(categories), len(quarters)),
                    "quarter": np.tile(quarters, len(categories)),
                    "amount": pence / 100,
                }
            )
        )
    ledger = pd.concat(rows, ignore_index=True)
    return ledger.assign(entry_id=np.arange(1, len(ledger) + 1))


def settings_file(folder: Path) -> Path:
    """Return the file of the twin's settings in a trial's configuration folder."""
    return folder / "twin.yaml"
