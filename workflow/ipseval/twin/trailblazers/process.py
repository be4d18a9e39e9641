"""Records of the process evaluation: fidelity reviews, interviews, caseloads."""

import numpy as np
import pandas as pd

from ...streams import Streams
from ..published import Published
from .settings import SITES, TrailblazersSettings

ROLES = ["client", "employment_specialist", "referrer"]
SECTIONS = ("staffing", "organisation", "services")


def review_fidelity(
    settings: TrailblazersSettings, published: Published
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables fidelity_reviews and fidelity_items, scored as published."""
    fidelity = settings.fidelity
    reviews = pd.DataFrame(
        {
            "review_id": np.arange(1, len(SITES) + 1),
            "site": SITES,
            "reviewed_on": [np.datetime64(fidelity.reviewed_on[site]) for site in SITES],
            "days": fidelity.days,
            "raters": fidelity.raters,
        }
    )
    cells = published.table(fidelity.table)
    cells = cells[cells["row"].str.startswith(SECTIONS)]
    names = list(dict.fromkeys(cells["row"]))
    items = cells.assign(
        review_id=cells["panel"].map(dict(zip(SITES, reviews["review_id"], strict=True))),
        item=cells["row"].map({name: i + 1 for i, name in enumerate(names)}),
        section=cells["row"].str.split("_").str[0],
        name=cells["row"].str.replace(r"^[a-z]+_[0-9]+_", "", regex=True),
        score=cells["value"].astype("Int64"),
    )
    return reviews, items[["review_id", "item", "section", "name", "score"]]


def list_interviews(
    settings: TrailblazersSettings, published: Published, streams: Streams
) -> pd.DataFrame:
    """Return the table interviews in the published numbers of roles and sexes by site."""
    interviews = settings.interviews
    counts = published.table(interviews.table).set_index(["panel", "column"])["value"]
    frames = []
    for site in SITES:
        role = np.repeat(ROLES, [int(counts[site, r]) for r in ROLES])
        sex = np.repeat(["female", "male"], [int(counts[site, s]) for s in ("female", "male")])
        u = streams.uniform("interviews", f"sex_{site}", len(sex))
        frames.append(pd.DataFrame({"site": site, "role": role, "sex": sex[np.argsort(u)]}))
    frame = pd.concat(frames, ignore_index=True)
    day = np.datetime64(interviews.first_day) + streams.integers(
        "interviews", "day", 0, interviews.days - 1, len(frame)
    ).astype("timedelta64[D]")
    return frame.assign(
        interviewed_on=np.busday_offset(day, 0, roll="forward"),
        voucher=np.where(frame["role"] == "client", interviews.voucher, 0.0),
        interview_id=np.arange(1, len(frame) + 1),
    )


def list_caseloads(settings: TrailblazersSettings) -> pd.DataFrame:
    """Return the table caseloads: clients of each employment specialist at the review."""
    rows = [
        {"site": site, "clients": n, "counted_on": settings.fidelity.reviewed_on[site]}
        for site in SITES
        for n in settings.caseloads.clients[site]
    ]
    frame = pd.DataFrame(rows).assign(specialist_id=np.arange(1, len(rows) + 1))
    return frame.assign(counted_on=frame["counted_on"].astype("datetime64[s]"))
