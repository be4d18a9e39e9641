"""What the programme cost: bookings of the providers by caseload, kind of cost and payer."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..arms import treated
from ..config.economics import CostLedger, Economics
from ..config.trial import Group
from ..errors import InputError
from .impacts import Impacts
from .quantities import INTERVAL, deflated

PENNY = 0.011


def treated_in(people: pd.DataFrame, group: Group) -> pd.Series:
    """Return who is a recruit to treatment of a group (n, bool)."""
    return people["trial_group"].isin(group.trial_groups) & treated(people)


def check_ledger(ledger: pd.DataFrame, spec: CostLedger) -> None:
    """Raise InputError for bookings that do not add up: hours times the rate is the amount."""
    problems = {
        f"'{spec.amount}' is missing or below zero": ~(ledger[spec.amount] >= 0),
        f"'{spec.category}' is missing": ledger[spec.category].isna(),
    }
    if spec.hours:
        by_time = ledger[[spec.hours, spec.hourly_rate]].notna().any(axis=1)
        expected = ledger[spec.hours].astype(float) * ledger[spec.hourly_rate].astype(float)
        apart = ~((expected - ledger[spec.amount].astype(float)).abs() <= PENNY)
        product = f"'{spec.hours}' times '{spec.hourly_rate}'"
        problems[f"{product} is not '{spec.amount}'"] = by_time & apart
    for problem, rows in problems.items():
        rows = rows.fillna(True).to_numpy(dtype=bool)
        if rows.any():
            raise InputError(
                problem,
                table=spec.table,
                column=spec.amount,
                rows=(np.flatnonzero(rows) + 1).tolist(),
                rule="a ledger that adds up to the penny",
                remedy="correct the bookings; costs are not guessed",
            )


def check_caseloads(ledger: pd.DataFrame, spec: CostLedger, groups: dict[str, Group]) -> None:
    """Raise InputError for bookings to a caseload that no group has: they would be lost."""
    known = sorted({name for group in groups.values() for name in group.trial_groups})
    lost = ledger[spec.trial_group].notna() & ~ledger[spec.trial_group].isin(known)
    if lost.any():
        raise InputError(
            "costs are booked to a caseload that no group has",
            table=spec.table,
            column=spec.trial_group,
            rows=(np.flatnonzero(lost) + 1).tolist(),
            rule=f"one of {', '.join(known)}, or none where costs are shared",
            remedy="correct the bookings, or declare the caseload in trial.yaml",
        )


def share_bookings(ledger: pd.DataFrame, spec: CostLedger, people: pd.DataFrame) -> pd.DataFrame:
    """Return bookings with a caseload each: those of a site shared by the declared rule.

    Raises InputError for a booking without a caseload where no rule is declared, and for one of a
    site that has no recruits.
    """
    ledger = ledger.assign(**{spec.amount: ledger[spec.amount].astype(float)})
    open_rows = ledger[spec.trial_group].isna()
    if not open_rows.any():
        return ledger
    recruits = people[treated(people)].groupby(["site", "trial_group"], observed=True).size()
    shares = recruits / recruits.groupby(level="site", observed=True).transform("sum")
    known = set() if spec.shared_by == "none" else set(shares.index.get_level_values("site"))
    lost = open_rows & ~ledger[spec.site].isin(known) if spec.site else open_rows
    if lost.any():
        raise InputError(
            "costs are booked to no caseload",
            table=spec.table,
            column=spec.trial_group,
            rows=(np.flatnonzero(lost) + 1).tolist(),
            rule="a caseload for every booking, or shared_by and a site with recruits",
            remedy="declare cost.ledger.shared_by in economics.yaml, or complete the ledger",
        )
    shares = shares.rename("_share").reset_index()
    shares = shares.rename(columns={"site": spec.site, "trial_group": "_caseload"})
    common = ledger[open_rows].merge(shares.astype({spec.site: str}), on=spec.site)
    common[spec.trial_group] = common["_caseload"]
    common[spec.amount] = common[spec.amount] * common["_share"]
    return pd.concat([ledger[~open_rows], common[ledger.columns]], ignore_index=True)


def costs_by_category(
    economics: Economics,
    groups: dict[str, Group],
    people: pd.DataFrame,
    ledger: pd.DataFrame | None,
    values: dict[str, float],
) -> pd.DataFrame:
    """Return costs of every appraised group.

    Columns group, category, payer, amount, per_head (both at the price year of the results),
    n_treatment (recruits to treatment) and n_randomised. `values` are the declared numbers, with
    the cost of a recruit to treatment where there is no ledger.

    Raises InputError where a group has no cost.
    """
    rows, spec = [], economics.cost.ledger
    if spec:
        check_ledger(ledger, spec)
        check_caseloads(ledger, spec, groups)
        booked = share_bookings(ledger, spec, people)
        booked[spec.amount] *= deflated(spec.price_year, economics)
    for name in economics.groups:
        treated = int(treated_in(people, groups[name]).sum())
        randomised = int(people["trial_group"].isin(groups[name].trial_groups).sum())
        if spec is None:
            amounts = {"programme": economics.cost.declared_head(values) * treated}
        else:
            group_bookings = booked[booked[spec.trial_group].isin(groups[name].trial_groups)]
            amounts = (
                group_bookings.groupby(spec.category, observed=True)[spec.amount].sum().to_dict()
            )
        if sum(amounts.values()) <= 0:
            raise InputError(
                "the ledger books nothing to a group",
                table=spec.table if spec else None,
                column=spec.amount if spec else None,
                rule="costs above zero for every appraised group",
                remedy="complete the ledger, or leave the group out of economics.yaml",
            )
        rows += [
            {
                "group": name,
                "category": category,
                "payer": (spec.payers if spec else {}).get(category, "exchequer"),
                "amount": amount,
                "per_head": amount / treated,
                "n_treatment": treated,
                "n_randomised": randomised,
            }
            for category, amount in amounts.items()
        ]
    return pd.DataFrame(rows)


def unit_costs(
    economics: Economics,
    groups: dict[str, Group],
    people: pd.DataFrame,
    costs: pd.DataFrame,
    impacts: Impacts,
) -> pd.DataFrame:
    """Return the cost of a recruit, of each activity, and of an additional person in work.

    Columns group, measure, quantity with the ends of its 95% interval (the quantity itself where it
    is counted), cost and n_treatment. The last measure is the cost over recruits times the impact
    on being in work; missing where that is not above zero.
    """
    rows = []
    for name in economics.groups:
        treated = treated_in(people, groups[name])
        total = costs.loc[costs["group"] == name, "amount"].sum()
        counted = {"recruit_to_treatment": float(treated.sum())}
        for label, covariate in economics.cost.activity.items():
            counted[label] = float(people.loc[treated, covariate].fillna(0).sum())
        quantities = {measure: (n, n, n) for measure, n in counted.items()}
        if economics.cost.in_work:
            place = impacts.places(name)[economics.cost.in_work]
            ends = impacts.estimate[place] + impacts.std_error[place] * np.array(
                [0, *ndtri(INTERVAL)]
            )
            quantities["additional_person_in_work"] = tuple(treated.sum() * ends)
        rows += [
            {
                "group": name,
                "measure": measure,
                "quantity": quantity,
                "quantity_ci_low": low,
                "quantity_ci_high": high,
                "cost": total / quantity if quantity > 0 else np.nan,
                "n_treatment": int(treated.sum()),
            }
            for measure, (quantity, low, high) in quantities.items()
        ]
    return pd.DataFrame(rows)
