"""Records as a safe haven would receive them: PAYE returns and provider ledgers."""

import numpy as np
import pandas as pd

from ...streams import Streams
from ..published import Published
from ..synthetic.quotas import largest_remainder
from .settings import GROUPS, TwinSettings


def as_reported(
    people: pd.DataFrame, jobs, payments, settings: TwinSettings, streams: Streams
) -> dict[str, pd.DataFrame]:
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


def list_interviews(settings: TwinSettings, published: Published, streams: Streams) -> pd.DataFrame:
    """Return interviews of the process evaluation in the published numbers of each type."""
    asked = settings.interviews
    table = published.table(asked.table)
    counts = table.set_index(["panel", "row"])["value"]
    pairs = [(site, kind) for site in asked.sites for kind in asked.types]
    sizes = [int(counts[asked.sites[site], kind]) for site, kind in pairs]
    site, kind = (np.repeat([pair[i] for pair in pairs], sizes) for i in (0, 1))
    n = len(site)
    wave = streams.integers("interviews", "wave", 1, len(asked.waves), n)
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


def book_costs(people: pd.DataFrame, settings: TwinSettings, published: Published) -> pd.DataFrame:
    """Return a ledger that adds up to the published cost per recruit to treatment, in pence."""
    categories = settings.ledger.categories
    quarters = pd.date_range(
        settings.ledger.first_quarter, periods=settings.ledger.quarters, freq="QS"
    )
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
