"""Records of the randomisation tool: who, when, first scores, motivation, identifiers as typed."""

import numpy as np
import pandas as pd

from ...calendar import add_months
from ...streams import Streams
from .. import identifiers as make
from ..events import labels, pick
from .settings import TrailblazersSettings

ITEMS = {"phq9": (9, 0, 3), "gad7": (7, 0, 3), "motivation": (7, 1, 7)}
PREFIXES = {"phq9": "phq9_", "gad7": "gad7_", "motivation": "imi_"}


def identify(
    people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams
) -> pd.DataFrame:
    """Return people with randomised_at, day, date_of_birth, area, participant_id, true numbers
    and the numbers as typed."""
    n = len(people)
    first = np.datetime64(settings.recruitment.first_month, "M")
    month = (first + people["month"].to_numpy().astype("timedelta64[M]")).astype("datetime64[D]")
    length = (add_months(month, 1) - month).astype(np.int64)
    day = month + np.floor(streams.uniform("tool", "day", n) * length).astype("timedelta64[D]")
    minute = 540 + np.floor(streams.uniform("tool", "minute", n) * 450).astype(np.int64)
    lived = np.round(people["age"].to_numpy() * 365.25).astype("timedelta64[D]")
    at = day.astype("datetime64[s]") + minute.astype("timedelta64[m]")
    rank = np.empty(n, dtype=np.int64)
    rank[np.lexsort((np.arange(n), at))] = np.arange(1, n + 1)
    true_nhs = make.synthetic_nhs_numbers(
        *(streams.uniform("tool", name, n) for name in ("nhs_number", "nhs_ninth"))
    )
    true_nino = make.synthetic_ninos(streams.uniform("tool", "nino", n))
    sex = people["dwp_sex"].to_numpy()
    area = pd.Series(index=people.index, dtype="object")
    for site, shares in settings.areas.items():
        here = people["site"] == site
        area[here] = list(pick(shares, streams.uniform("tool", "area", n)[here]))
    people = people.assign(
        participant_id=labels("T", rank),
        randomised_at=at,
        day=day,
        date_of_birth=day - lived,
        area=area,
        first_name=make.draw_first_names(sex, streams.uniform("tool", "first_name", n)),
        last_name=make.draw_last_names(streams.uniform("tool", "last_name", n)),
        true_nhs_number=true_nhs,
        true_nino=true_nino,
    )
    return people.assign(**_typed(people, settings, streams))


def _typed(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> dict:
    """Return numbers as typed, and with them why somebody is not found.

    Damage falls on people for whom no record came, in the declared numbers: records of theirs
    exist under the true number.
    """
    n, damage = len(people), settings.identifiers
    scale = n / 1815
    columns: dict[str, np.ndarray | pd.api.extensions.ExtensionArray] = {}
    for name, lost, missing, wrong in (
        ("nhs_number", ~people["returned"], damage.nhs_missing, damage.nhs_wrong),
        ("nino", ~people["benefits"], damage.nino_missing, damage.nino_wrong),
    ):
        true = people[f"true_{name}"].to_numpy()
        typed = true.astype(object)
        who = np.flatnonzero(lost)
        who = who[np.argsort(streams.uniform("tool", f"{name}_damage", n)[who], kind="stable")]
        missing, wrong = round(missing * scale), round(wrong * scale)
        typed[who[:missing]] = None
        bad = who[missing : missing + wrong]
        place = streams.integers("tool", f"{name}_place", 2, 7, n)[bad]
        by = streams.integers("tool", f"{name}_by", 1, 9, n)[bad]
        typed[bad] = make.mistype_digits(true[bad].astype(str), place, by)
        unmatched = np.zeros(n, dtype=bool)
        unmatched[who[: missing + wrong]] = True
        columns |= {name: pd.array(typed, dtype="str"), f"{name}_damaged": unmatched}
    return columns


def split_total(total: np.ndarray, shape: tuple[int, int, int], uniform: np.ndarray) -> np.ndarray:
    """Return items (n x k) of low to high that sum to total; uniform is n x k (high - low).

    Each point of a person is one of the places with the lowest random numbers.
    """
    k, low, high = shape
    rank = np.argsort(np.argsort(uniform, axis=1, kind="stable"), axis=1, kind="stable")
    taken = rank < (total - k * low)[:, None]
    return low + taken.reshape(len(total), k, high - low).sum(axis=2)


def list_participants(
    people: pd.DataFrame, waiting_list_ends: np.ndarray, streams: Streams
) -> pd.DataFrame:
    """Return the table participants; controls wait until a day (n) if there is one."""
    n = len(people)
    frame = people.rename(columns={"health_sex": "sex"}).assign(
        benefit_type=_stated_benefit(people), consented=True
    )
    waits = (people["arm"] == 0).to_numpy()
    frame["waiting_until"] = np.where(waits, waiting_list_ends, np.datetime64("NaT", "D"))
    for name, shape in ITEMS.items():
        k, low, high = shape
        u = np.column_stack(
            [streams.uniform("participants", f"{name}_{i}", n) for i in range(k * (high - low))]
        )
        items = split_total(people[name].to_numpy().round().astype(np.int64), shape, u)
        for i in range(k):
            frame[f"{PREFIXES[name]}{i + 1}"] = items[:, i]
    return frame


def _stated_benefit(people: pd.DataFrame) -> np.ndarray:
    """Return the benefit that the tool asked for: ESA, JSA, UC or another."""
    benefit = people["benefit"].to_numpy()
    return np.where(np.isin(benefit, ["ESA", "JSA", "UC"]), benefit, "other")
