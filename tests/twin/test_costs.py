"""The ledger of the HLT twin: published cost to the penny, hours times rate for staff."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from ipseval.config.read import read_section
from ipseval.errors import InputError
from ipseval.twin.hlt.costs import _book, book_costs
from ipseval.twin.hlt.settings import HltSettings
from ipseval.twin.published import Published

ROOT = Path(__file__).resolve().parents[2]
HLT = ROOT / "config/trials/hlt"
COST = {"scr_iw": 2116, "scr_oow": 2416, "wmca_oow": 3893}  # Table 2.2, GBP a head
TREATED = {"scr_iw": 1260, "scr_oow": 1799, "wmca_oow": 1837}  # Table 1.1
QUARTERS = pd.date_range("2018-01-01", periods=12, freq="QS")


@pytest.fixture(scope="module")
def twin() -> HltSettings:
    return read_section(HLT / "twin.yaml", HltSettings)


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    """Cases that open evenly from July 2018 to February 2019, for seven months each."""
    opened = np.datetime64("2018-07-01") + np.arange(0, 240, 3)
    frames = [
        pd.DataFrame({"trial_group": group, "opened_on": opened, "closed_on": opened + 210})
        for group in COST
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def ledger(twin, cases) -> pd.DataFrame:
    group = np.repeat(list(TREATED), list(TREATED.values()))
    people = pd.DataFrame({"trial_group": group, "arm": 1})
    control = people.assign(arm=0)
    published = Published(ROOT / "config/published/hlt")
    return book_costs(pd.concat([people, control]), cases, twin, published)


def in_pence(amounts: pd.Series) -> pd.Series:
    pence = amounts * 100
    assert np.allclose(pence, pence.round(), atol=1e-6, rtol=0)
    return pence.round().astype("int64")


SITE = {"scr_iw": "scr", "scr_oow": "scr", "wmca_oow": "wmca"}


def test_shared_by_recruits_the_ledger_adds_up_to_the_published_cost_to_the_penny(ledger):
    pence, own = in_pence(ledger["amount"]), ledger["trial_group"].notna()
    spent = pence[own].groupby(ledger["trial_group"]).sum()
    common = pence[~own].groupby(ledger["site"]).sum()
    for group, site in SITE.items():
        recruits = sum(n for other, n in TREATED.items() if SITE[other] == site)
        each, rest = divmod(int(common[site]), recruits)
        assert rest == 0
        assert spent[group] + each * TREATED[group] == COST[group] * TREATED[group] * 100


def test_costs_of_the_whole_site_are_booked_to_no_caseload(ledger):
    common = ledger[ledger["trial_group"].isna()]
    assert set(common["category"]) == {"central_team", "overheads", "set_up"}
    assert set(common["site"]) == {"scr", "wmca"}
    assert set(ledger["category"]) - set(common["category"]) == {
        "employment_specialists",
        "management",
        "health_partners",
        "discretionary_fund",
    }


def test_staff_is_booked_at_hours_times_rate(ledger):
    staff = ledger[ledger["role"].notna()]
    product = staff["hours"].astype("int64") * in_pence(staff["hourly_rate"])
    assert (product == in_pence(staff["amount"])).all()
    other = ledger[ledger["role"].isna()]
    assert set(other["category"]) == {"overheads", "set_up", "discretionary_fund"}
    assert other[["hours", "hourly_rate"]].isna().all().all()
    assert (ledger["amount"] > 0).all()


def test_shares_of_cost_are_those_declared(ledger, twin):
    share = 100 * ledger.groupby("category")["amount"].sum() / ledger["amount"].sum()
    wanted = {name: line.share for name, line in twin.ledger.other.items()}
    for line in twin.ledger.staff.values():
        wanted[line.category] = wanted.get(line.category, 0) + line.share
    assert share.to_dict() == pytest.approx(wanted, abs=0.05)


def test_set_up_comes_first_and_specialists_follow_the_caseload(ledger):
    set_up = ledger[ledger["category"] == "set_up"]
    assert set(set_up["quarter"]) == set(QUARTERS[:2])
    staff = ledger[ledger["role"] == "employment_specialist"]
    hours = staff.groupby("quarter")["hours"].sum().reindex(QUARTERS, fill_value=0).astype(int)
    peak = int(hours.to_numpy().argmax())
    assert QUARTERS[peak] in pd.to_datetime(["2018-10-01", "2019-01-01"])
    assert (np.diff(hours[: peak + 1]) >= 0).all()
    assert (np.diff(hours[peak:]) <= 0).all()
    # Nobody before the quarter ahead of the first case, nobody after the last one has closed.
    assert (hours > 0).tolist() == [False] + [True] * 6 + [False] * 5


def test_rates_rise_with_each_pay_award(ledger):
    rates = ledger[ledger["role"] == "team_leader"].groupby("quarter")["hourly_rate"]
    assert (rates.nunique() == 1).all()
    steps = rates.first().diff().dropna()
    assert set(steps.index[steps > 0].strftime("%m")) == {"04"}
    assert (steps >= 0).all()


@budget(deadline=None)
@given(
    st.integers(5_000_000, 10**12),
    st.lists(st.integers(0, 10**6), min_size=12, max_size=12),
    st.sampled_from(["caseload", "site"]),
)
def test_any_sum_and_any_caseload_add_up(pence, days, level):
    twin = read_section(HLT / "twin.yaml", HltSettings)
    days = np.array(days)
    days[5] += 1
    rows = _book(pence, twin.ledger, level, days, QUARTERS)
    assert rows["pence"].sum() == pence
    assert (rows["pence"] > 0).all()


def test_shares_that_are_not_of_all_cost_are_refused(tmp_path):
    folder = tmp_path / "twin.yaml"
    text = (HLT / "twin/costs.yaml").read_text().replace("share: 47", "share: 48")
    folder.write_text(text.split("\n", 1)[1].replace("\n  ", "\n").lstrip())
    from ipseval.twin.hlt.settings.costs import Ledger

    with pytest.raises(InputError, match="101 percent"):
        read_section(folder, Ledger)


def test_the_log_of_assumptions_says_how_many_bookings_have_no_caseload(ledger):
    """A49. A booking is for a quarter and a kind of cost, so that people change no count."""
    log = (ROOT / "docs/reference/assumptions.md").read_text(encoding="utf-8")
    entry = log[log.index("### A49") : log.index("### A53")]
    quarters = ledger["trial_group"].isna()
    share = ledger.loc[quarters, "amount"].sum() / ledger["amount"].sum()
    assert f"{quarters.sum()} of 288 bookings, a quarter of the cost" in entry
    assert share == pytest.approx(0.25, abs=0.01)
