"""Appointments of talking therapies as eleven trusts sent them."""

import numpy as np
import pandas as pd

from ...streams import Streams
from ..events import pick
from .outcomes import INSTRUMENTS, names_of
from .settings import TrailblazersSettings


def attend(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> pd.DataFrame:
    """Return the table iapt_appointments: whom trusts sent records of, and the unmatched.

    A trust sends all appointments, the first and the last, or those before randomisation.
    """
    trusts = settings.trusts
    has = people["returned"] | (
        people["nhs_number_damaged"] & (_u(people, streams, "unmatched") < 0.5)
    )
    people = people.assign(trust=_trusts(people, settings, streams), person=np.arange(len(people)))[
        has.to_numpy()
    ]
    people = people.assign(**last_scores(people, streams))
    rows = pd.concat(
        [_before(people, settings, streams), _after(people, settings, streams)], ignore_index=True
    )
    rows = rows.sort_values(["person", "day", "place"], kind="stable", ignore_index=True)
    sent = rows["trust"].map({name: trust.sent for name, trust in trusts.list.items()})
    ends = rows.groupby("person")["day"]
    edge = (ends.cumcount() == 0) | (ends.cumcount(ascending=False) == 0)
    rows = rows[(sent != "first_and_last") | edge]
    rows = rows.sort_values(["trust", "day", "nhs_number"], kind="stable", ignore_index=True)
    return rows.rename(columns={"day": "appointment_on"}).assign(
        record_id=np.arange(1, len(rows) + 1)
    )


def _u(people: pd.DataFrame, streams: Streams, name: str) -> np.ndarray:
    return streams.uniform("iapt_appointments", name, len(people))


def _trusts(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> np.ndarray:
    """Return the trust of each person; only one that sends later records for whoever has some."""
    u = _u(people, streams, "trust")
    chosen = np.empty(len(people), dtype=object)
    for site in people["site"].unique():
        for seen in (True, False):
            who = ((people["site"] == site) & (people["seen"] == seen)).to_numpy()
            shares = {
                name: trust.share
                for name, trust in settings.trusts.list.items()
                if trust.site == site and not (seen and trust.sent == "before")
            }
            chosen[who] = np.asarray(pick(shares, u[who]), dtype=object)
    return chosen


def last_scores(people: pd.DataFrame, streams: Streams) -> dict[str, np.ndarray]:
    """Return last_gad7 and last_phq9, one of the scores that give each person's outcomes."""
    scores = {}
    for name, (_, top, case, reliable) in INSTRUMENTS.items():
        first = people[name].to_numpy().round().astype(int)
        y = people[names_of(name)].to_numpy(dtype=float)
        last = np.arange(top + 1)[None, :]
        b = first[:, None]
        fits = (
            (((b >= case) & (last < case)) == (y[:, [0]] == 1))
            & ((b - last >= reliable) == (y[:, [1]] == 1))
            & ((b > last) == (y[:, [2]] == 1))
        )
        # Who got no better got little worse, and who has no valid score may have any.
        fits &= (last <= b + 5) & ~np.isnan(y[:, [0]])
        fits |= np.isnan(y[:, [0]]) & (np.abs(last - b) <= 3)
        order = np.cumsum(fits, axis=1)
        u = streams.uniform("iapt_appointments", f"last_{name}", int(people["person"].max()) + 1)
        pick_at = np.ceil(u[people["person"]] * order[:, -1])
        scores[f"last_{name}"] = (order >= pick_at[:, None]).argmax(axis=1)
    return scores


def _repeat(people: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    keep = ["person", "trust", "true_nhs_number", "date_of_birth", "dwp_sex", "day", "gad7", "phq9"]
    keep += ["last_gad7", "last_phq9", "health", "seen", "time_since"]
    rows = people[keep].loc[people.index.repeat(counts)].reset_index(drop=True)
    rows["place"] = rows.groupby("person").cumcount()
    return rows.rename(
        columns={"day": "randomised", "true_nhs_number": "nhs_number", "dwp_sex": "sex"}
    )


def _before(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> pd.DataFrame:
    """Return appointments up to the day of randomisation: of everybody not seen after it, and of
    a third of the others."""
    trusts, n = settings.trusts, int(people["person"].max()) + 1
    some = streams.uniform("iapt_appointments", "earlier", n)[people["person"]] < 0.33
    many = streams.integers("iapt_appointments", "before", 1, trusts.most, n)[people["person"]]
    rows = _repeat(people, np.where(people["seen"] & ~some, 0, many))
    back = streams.integers("iapt_appointments", "back", 0, 420, n)[rows["person"]]
    gap = _gaps(rows, settings, streams, "gap_before", n)
    wait = gap.groupby(rows["person"]).cumsum() - gap
    day = rows["randomised"].to_numpy() - (back + wait.to_numpy()).astype("timedelta64[D]")
    rows["day"] = np.maximum(day, np.datetime64(trusts.first_day, "D"))
    rows = rows.drop_duplicates(["person", "day"], ignore_index=True)
    drift = np.floor(streams.nth_uniform("iapt_appointments", "drift", n, *_keys(rows)) * 5) - 1
    for name, top in (("gad7", 21), ("phq9", 27)):
        rows[name] = np.clip(rows[name] + drift, 0, top)
    return _with_attendance(rows, streams, settings, n, np.zeros(len(rows), dtype=bool))


def _after(people: pd.DataFrame, settings: TrailblazersSettings, streams: Streams) -> pd.DataFrame:
    """Return appointments after randomisation; the last is on the day of the last score."""
    trusts, n = settings.trusts, int(people["person"].max()) + 1
    seen = people[people["seen"]]
    many = streams.integers("iapt_appointments", "after", 1, trusts.most, n)[seen["person"]]
    rows = _repeat(seen, many)
    gap = _gaps(rows, settings, streams, "gap_after", n)
    wait = gap.groupby(rows["person"]).cumsum() - gap
    since = rows["time_since"].round().astype(np.int64) - wait
    rows, since = rows[since >= 1], since[since >= 1]
    rows = rows.assign(
        day=rows["randomised"].to_numpy() + since.to_numpy().astype("timedelta64[D]")
    )
    # From the first score towards the last one, which place 0 has.
    part = np.clip(since / rows["time_since"], 0, 1)
    last = (rows["place"] == 0).to_numpy()
    for name in ("gad7", "phq9"):
        between = np.round(rows[name] + part * (rows[f"last_{name}"] - rows[name]))
        rows[name] = np.where(last, rows[f"last_{name}"], between)
    rows = _with_attendance(rows.reset_index(drop=True), streams, settings, n, last)
    invalid = ~rows["health"].to_numpy()
    return rows.assign(
        gad7=rows["gad7"].mask(invalid, pd.NA), phq9=rows["phq9"].mask(invalid, pd.NA)
    )


def _keys(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return rows["person"].to_numpy(), rows["place"].to_numpy()


def _gaps(
    rows: pd.DataFrame, settings: TrailblazersSettings, streams: Streams, name: str, n: int
) -> pd.Series:
    low, high = settings.trusts.gap_days
    u = streams.nth_uniform("iapt_appointments", name, n, *_keys(rows))
    return pd.Series(low + np.floor(u * (high - low + 1)).astype(np.int64), index=rows.index)


def _with_attendance(
    rows: pd.DataFrame, streams: Streams, settings: TrailblazersSettings, n: int, kept: np.ndarray
) -> pd.DataFrame:
    """Return rows with attendance (5 attended, 3 not) and no scores where nobody came."""
    u = streams.nth_uniform("iapt_appointments", "missed", n, *_keys(rows))
    missed = (u < settings.trusts.missed) & ~kept & (rows["place"] > 0).to_numpy()
    scores = {v: rows[v].round().astype("Int64").mask(missed, pd.NA) for v in ("gad7", "phq9")}
    return rows.assign(attendance=np.where(missed, 3, 5), **scores)
