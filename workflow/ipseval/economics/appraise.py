"""Cost-benefit appraisal: Monte Carlo draws of costs and benefits per recruit to treatment."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config.economics import Case, Cost, Economics, Fixed, Normal, Valuation
from ..config.trial import Group
from ..errors import InputError
from ..streams import Streams


@dataclass(frozen=True)
class Appraisal:
    """draws: one row a case, group and draw; summary: one row a case and group."""

    draws: pd.DataFrame
    summary: pd.DataFrame


def appraise(
    economics: Economics,
    groups: dict[str, Group],
    impacts: pd.DataFrame,
    people: pd.DataFrame,
    ledgers: dict[str, pd.DataFrame],
    streams: Streams,
    draws: int,
) -> Appraisal:
    """Return draws and summary of every case and group.

    `impacts` holds the estimates of every family that a benefit names. An impact is drawn from
    the normal distribution of its estimate, a valuation from its declared distribution. The
    same draws of a valuation serve all groups and cases (common random numbers), so that
    differences between them are not noise. A benefit counts only if the p-value of its impact
    is below `detection_level`; otherwise it is zero in every draw.
    Amounts are per recruit to treatment, in the currency of the trial at `price_year` prices.
    """
    rows, blocks = [], []
    for case_name, case in economics.cases.items():
        for group_name in economics.groups:
            treated = _treated(people, groups[group_name])
            cost, cost_draws = _cost(
                case.cost, economics, people, groups[group_name], ledgers, streams, draws
            )
            benefit, benefit_draws, detected = _benefits(
                case, case_name, economics, group_name, impacts, streams, draws
            )
            blocks.append(
                pd.DataFrame(
                    {
                        "case": case_name,
                        "group": group_name,
                        "draw": np.arange(1, draws + 1),
                        "cost": cost_draws,
                        "benefit": benefit_draws,
                    }
                )
            )
            rows.append(
                {
                    "case": case_name,
                    "group": group_name,
                    "calculated": group_name not in economics.not_calculated,
                    "n_treatment": treated,
                    "detected": ";".join(detected),
                    **_summary(cost, benefit, cost_draws, benefit_draws),
                    "draws": draws,
                    "price_year": economics.price_year,
                }
            )
    return Appraisal(pd.concat(blocks, ignore_index=True), pd.DataFrame(rows))


def _treated(people: pd.DataFrame, group: Group) -> int:
    chosen = people["trial_group"].isin(group.trial_groups) & (people["arm"] == 1)
    return int(chosen.sum())


def _summary(cost, benefit, cost_draws, benefit_draws) -> dict[str, float]:
    """Return point values and the distribution of the return per pound and net present value."""
    returns = benefit_draws / cost_draws
    net = benefit_draws - cost_draws
    low, high = np.quantile(returns, [0.025, 0.975])
    net_low, net_high = np.quantile(net, [0.025, 0.975])
    return {
        "cost_per_head": cost,
        "benefit_per_head": benefit,
        "return_per_pound": benefit / cost,
        "return_ci_low": low,
        "return_ci_high": high,
        "net_present_value": benefit - cost,
        "net_present_value_ci_low": net_low,
        "net_present_value_ci_high": net_high,
        "probability_return_above_one": (returns > 1).mean(),
        "probability_benefit_above_zero": (benefit_draws > 0).mean(),
        "monte_carlo_error": returns.std(ddof=1) / np.sqrt(len(returns)),
    }


def _cost(cost: Cost, economics, people, group: Group, ledgers, streams, draws: int):
    """Return (cost per head, draws of it): the ledger over recruits to treatment, or declared."""
    if cost.per_head:
        value = cost.per_head.value * _deflate(cost.per_head, economics)
        return value, _draw(cost.per_head, economics, "cost_per_head", streams, draws)
    ledger = ledgers[cost.ledger]
    spent = ledger.loc[ledger["trial_group"].isin(group.trial_groups), cost.amount].sum()
    treated = _treated(people, group)
    if spent <= 0:
        raise InputError(
            "the ledger books nothing to a group",
            table=cost.ledger,
            column=cost.amount,
            rule="costs above zero for every appraised group",
            remedy="complete the ledger, or leave the group out of economics.yaml",
        )
    return spent / treated, np.full(draws, spent / treated)


def _benefits(case: Case, case_name, economics, group_name, impacts, streams, draws: int):
    """Return (benefit per head, draws of it, names of the benefits that count)."""
    total, total_draws, detected = 0.0, np.zeros(draws), []
    for name, benefit in case.benefits.items():
        found = impacts[
            (impacts["group"] == group_name)
            & (impacts["family"] == (benefit.family or economics.family))
            & (impacts["outcome"] == benefit.outcome)
            & (impacts["model"] == economics.model)
        ]
        if len(found) != 1:
            raise InputError(
                f"expected one impact on '{benefit.outcome}' for group '{group_name}', "
                f"found {len(found)}",
                rule=f"cases.{case_name}.benefits.{name}",
                remedy="estimate it in models.yaml, or leave the group out",
            )
        impact = found.iloc[0]
        level = economics.detection_level
        if level is not None and impact["p_value"] >= level:
            continue
        detected.append(name)
        years = np.arange(benefit.years)
        lasting = ((1 - benefit.decay) ** years / (1 + economics.discount_rate) ** years).sum()
        noise = streams.normal("economics", f"impact|{group_name}|{benefit.outcome}", draws)
        effect = impact["estimate"] + impact["std_error"] * noise
        worth = _draw(benefit.value, economics, name, streams, draws)
        total += (
            impact["estimate"] * benefit.value.value * _deflate(benefit.value, economics) * lasting
        )
        total_draws += effect * worth * lasting
    return total, total_draws, detected


def _deflate(valuation: Valuation, economics: Economics) -> float:
    if valuation.price_year == economics.price_year:
        return 1.0
    return economics.deflator[economics.price_year] / economics.deflator[valuation.price_year]


def _draw(valuation: Valuation, economics, name: str, streams: Streams, draws: int) -> np.ndarray:
    """Return draws of a valuation at the price year of the results."""
    match valuation.distribution:
        case Fixed():
            values = np.full(draws, valuation.value)
        case Normal(standard_error=error):
            values = valuation.value + error * streams.normal("economics", name, draws)
        case uniform:
            u = streams.uniform("economics", name, draws)
            values = uniform.low + (uniform.high - uniform.low) * u
    return values * _deflate(valuation, economics)


def valuations_table(economics: Economics) -> pd.DataFrame:
    """Return every declared cost and valuation with unit, price year, source and uncertainty."""
    rows = []
    for case_name, case in economics.cases.items():
        entries = {name: (b.label, b.value) for name, b in case.benefits.items()}
        if case.cost.per_head:
            entries["cost_per_head"] = ("Cost per head", case.cost.per_head)
        for name, (label, valuation) in entries.items():
            distribution = valuation.distribution.model_dump()
            spread = {key: value for key, value in distribution.items() if key != "kind"}
            rows.append(
                {
                    "case": case_name,
                    "name": name,
                    "label": label,
                    "value": valuation.value,
                    "unit": valuation.unit,
                    "price_year": valuation.price_year,
                    "distribution": distribution["kind"],
                    "parameters": ", ".join(f"{k} {v:g}" for k, v in spread.items()),
                    "source": valuation.source,
                }
            )
    return pd.DataFrame(rows)
