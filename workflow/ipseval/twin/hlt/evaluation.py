"""Records of the process evaluation."""

import numpy as np
import pandas as pd

from ...streams import Streams
from ..published import Published
from ..quotas import largest_remainder
from .provider import DAY, open_on
from .settings import HltSettings


def list_interviews(settings: HltSettings, published: Published, streams: Streams) -> pd.DataFrame:
    """Return interviews of the process evaluation in the published numbers of each type."""
    asked = settings.interviews
    table = published.table(asked.table)
    counts = table.set_index(["panel", "row"])["value"]
    pairs = [(site, kind) for site in asked.sites for kind in asked.types]
    sizes = [int(counts[asked.sites[site], kind]) for site, kind in pairs]
    site, kind = (np.repeat([pair[i] for pair in pairs], sizes) for i in (0, 1))
    n = len(site)
    last = np.array([asked.waves_of.get(name, len(asked.waves)) for name in kind])
    wave = streams.integers("interviews", "wave", 1, last, n)
    first = np.array(asked.waves, dtype="datetime64[D]")[wave - 1]
    day = first + streams.integers("interviews", "day", 0, 55, n).astype("timedelta64[D]")
    frame = pd.DataFrame(
        {
            "site": site,
            "respondent_type": kind,
            "wave": wave,
            "interviewed_on": np.busday_offset(day, 0, roll="forward"),
        }
    )
    frame = frame.sort_values(list(frame.columns), kind="stable", ignore_index=True)
    return frame.assign(interview_id=np.arange(1, n + 1))


def ask_staff(cases: pd.DataFrame, settings: HltSettings, streams: Streams) -> pd.DataFrame:
    """Return answers of the specialists with open cases on how they spend a week.

    `cases` as from `provider.support`. Means of a site are those declared, to the nearest half hour
    or contact of all its answers together.
    """
    spec = settings.staff_survey
    at_work = cases[open_on(cases, np.datetime64(spec.day))]
    frames = []
    for site, hours in spec.hours.items():
        n = round(spec.responds * at_work.loc[at_work["site"] == site, "specialist"].nunique())
        after = streams.integers("staff_survey", f"{site}|day", 0, spec.days - 1, n)
        frame = pd.DataFrame(
            {"site": site, "answered_on": np.busday_offset(spec.day, after, roll="forward")}
        )
        for task, mean in hours.items():
            weight = _weights(f"{site}|{task}", n, settings, streams)
            frame[f"hours_{task}"] = largest_remainder(weight, round(2 * n * mean)) / 2
        weight = _weights(f"{site}|employer_contacts", n, settings, streams)
        contacts = round(n * spec.employer_contacts[site])
        frames.append(frame.assign(employer_contacts=largest_remainder(weight, contacts)))
    answers = pd.concat(frames, ignore_index=True)
    answers = answers.sort_values(["answered_on", "site"], kind="stable", ignore_index=True)
    return answers.assign(response_id=np.arange(1, len(answers) + 1))


def _weights(column: str, n: int, settings: HltSettings, streams: Streams) -> np.ndarray:
    return np.exp(settings.staff_survey.spread * streams.normal("staff_survey", column, n))


def review_fidelity(
    cases: pd.DataFrame, settings: HltSettings, streams: Streams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables fidelity_reviews and fidelity_items.

    `cases` as from `provider.support`: the item on caseloads follows those of the day.
    """
    items = list(settings.fidelity.items)
    reviews = _list_reviews(cases, settings, streams)
    scores = [
        _score_items(review, settings, streams) for review in reviews.to_dict(orient="records")
    ]
    frame = pd.DataFrame(
        {
            "review_id": np.repeat(reviews["review_id"].to_numpy(), len(items)),
            "item": np.tile(np.arange(1, len(items) + 1), len(reviews)),
            "name": np.tile(items, len(reviews)),
            "score": pd.array(np.concatenate(scores), dtype="Int64"),
        }
    )
    return reviews, frame


def _list_reviews(cases: pd.DataFrame, settings: HltSettings, streams: Streams) -> pd.DataFrame:
    """Return reviews, one a round and provider of its sites, with the mean caseload of the day."""
    site_of = {
        settings.provider.areas[area]: settings.sites[group]
        for group, areas in settings.areas.items()
        for area in areas
    }
    rows = []
    for number, round_ in enumerate(settings.fidelity.rounds, 1):
        first, last = (np.datetime64(day) for day in round_.days)
        reviewed = sorted(p for p, site in site_of.items() if site in round_.sites)
        # One after the other: the days of a round are shared out among its providers.
        share = ((last - first).astype(int) + 1) / len(reviewed)
        for place, provider in enumerate(reviewed):
            u = streams.uniform("fidelity_reviews", f"{number}|{provider}", 1)[0]
            day = first + int((place + u) * share) * DAY
            day = np.busday_offset(day, 0, roll="backward")
            rows.append(
                {
                    "site": site_of[provider],
                    "provider": provider,
                    "round": number,
                    "reviewed_on": day,
                    "mean_caseload": mean_caseload(cases[cases["provider"] == provider], day),
                }
            )
    reviews = pd.DataFrame(rows).sort_values(["reviewed_on", "provider"], ignore_index=True)
    return reviews.assign(review_id=np.arange(1, len(reviews) + 1))


def mean_caseload(cases: pd.DataFrame, day: np.datetime64) -> float:
    """Return people open with a specialist, mean over specialists with any; 0 if there is none."""
    open_cases = cases[open_on(cases, day)]
    return round(len(open_cases) / max(open_cases["specialist"].nunique(), 1), 1)


def _score_items(review: dict, settings: HltSettings, streams: Streams) -> np.ndarray:
    """Return scores of the items, 1 to 5 or NaN, that add up to a total between the limits.

    Every item begins at 1; points then go, one after the other, where a score is furthest below
    what the item tends to.
    """
    spec, n = settings.fidelity, len(settings.fidelity.items)
    name = f"{review['round']}|{review['provider']}"
    low, high = spec.rounds[review["round"] - 1].points
    total = streams.integers("fidelity_reviews", f"points|{name}", low, high, 1)[0]
    lasting = streams.normal("fidelity_items", review["provider"], n)
    passing = streams.normal("fidelity_items", name, n)
    tends = np.array(list(spec.items.values())) + spec.spread * (lasting + passing) / np.sqrt(2)
    missing = streams.chance("fidelity_items", f"unscored|{name}", spec.unscored, n)
    caseload = list(spec.items).index("caseload_size")
    missing[caseload] = False
    scores = np.ones(n)
    scores[caseload] = score_caseload(review["mean_caseload"], spec.caseload)
    # Distance of the steps to 2, 3, 4 and 5 of each item: taken in order, none is left out.
    steps = np.arange(2, 6)[None, :] - tends[:, None]
    steps[missing] = np.inf
    steps[caseload] = np.inf
    points = int(total - scores[~missing].sum())
    taken = np.argsort(steps.ravel(), kind="stable")[:points] // 4
    scores += np.bincount(taken, minlength=n)
    return np.where(missing, np.nan, scores)


def score_caseload(caseload: float, largest: dict[int, int]) -> int:
    """Return the score of a mean caseload: the highest whose largest caseload it keeps to."""
    return max((score for score, most in largest.items() if caseload <= most), default=1)
