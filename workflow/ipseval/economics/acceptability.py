"""Cost-effectiveness: what a year of full health costs, and whether society would pay it."""

import numpy as np
import pandas as pd

from .evaluate import Gains
from .model import Analysis, AppraisalModel
from .quantities import INTERVAL

POINTS = 101  # of a curve, from 0 to the highest threshold


def acceptability(health: np.ndarray, net_cost: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return, for each threshold, the probability that the programme is cost-effective.

    The share of draws (n) in which years gained times the threshold exceed the net cost: van Hout
    et al. (1994), Health Economics 3:309.
    """
    return np.array([(t * health > net_cost).mean() for t in thresholds])


def frontier(health: np.ndarray, net_cost: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the probability that the choice with the higher expected net benefit is the better.

    The acceptability frontier of Fenwick, Claxton and Sculpher (2001), Health Economics 10:779.
    """
    chosen = thresholds * health.mean() > net_cost.mean()
    probability = acceptability(health, net_cost, thresholds)
    return np.where(chosen, probability, 1 - probability)


def cost_per_year(health: float, net_cost: float) -> tuple[float, str]:
    """Return the incremental cost of a year of full health, and the quadrant of the plane.

    The ratio is missing where the programme dominates or is dominated: there it has no meaning.
    """
    if health > 0 and net_cost <= 0:
        return np.nan, "dominant"
    if health <= 0 and net_cost > 0:
        return np.nan, "dominated"
    if health == 0:
        return np.nan, "no change in health, money saved"
    return net_cost / health, "more health at a cost" if health > 0 else "less health, money saved"


def thresholds_of(tabulated: list[float], highest: float) -> np.ndarray:
    """Return the values of a year of health that curves and tables are computed at."""
    return np.union1d(np.linspace(0, highest, POINTS), tabulated)


def ratio_of(model: AppraisalModel, analysis: Analysis, group: str, gains: Gains) -> list[dict]:
    """Return cost per year of health of an analysis and group: a row, or none where it gains no
    years of health. Years and cost are means of the same draws, and the ratio is that of the means.
    """
    unit = model.economics.years_of(analysis.appraisal)
    if unit is None:
        return []
    health, net_cost = (
        np.broadcast_to(value, model.draws.n) for value in (gains.health, gains.public_cost)
    )
    ratio, quadrant = cost_per_year(health.mean(), net_cost.mean())
    return [
        {
            "appraisal": analysis.appraisal,
            "scenario": analysis.scenario,
            "group": group,
            "n_treatment": model.treated[group],
            **_with_interval("health", health),
            **_with_interval("net_cost", net_cost),
            "cost_per_year": ratio,
            "quadrant": quadrant,
            "unit": unit.upper(),
        }
    ]


def acceptability_curves(model: AppraisalModel, draws: pd.DataFrame) -> pd.DataFrame:
    """Return acceptability by threshold from draws of appraise(): a row an appraisal, group and
    threshold, with the probability that the programme is cost-effective, that of the frontier, and
    net benefit. Empty where no threshold is declared. Thresholds are values of a QALY, against
    which no other year is held.
    """
    economics, rows = model.economics, []
    spec = economics.threshold
    for (appraisal, group), part in draws.groupby(
        ["appraisal", "group"], sort=False, observed=True
    ):
        if spec is None or economics.years_of(appraisal) != "qaly":
            continue
        keys = {"appraisal": appraisal, "group": group, "n_treatment": model.treated[group]}
        health, net_cost = part["health"].to_numpy(), part["public_cost"].to_numpy()
        shown = economics.thresholds_of(appraisal)
        thresholds = thresholds_of(shown, spec.highest)
        probability = acceptability(health, net_cost, thresholds)
        best = frontier(health, net_cost, thresholds)
        for threshold, p, f in zip(thresholds, probability, best, strict=True):
            tabulated = threshold in shown
            net = threshold * health - net_cost
            row = {**keys, "threshold": threshold, "tabulated": tabulated}
            row |= {"probability": p, "frontier": f, "net_benefit": net.mean()}
            ends = np.quantile(net, INTERVAL) if tabulated else (np.nan, np.nan)
            row |= dict(zip(("net_benefit_ci_low", "net_benefit_ci_high"), ends, strict=True))
            rows.append(row)
    return pd.DataFrame(rows, columns=None if rows else ["appraisal", "group", "threshold"])


def _with_interval(name: str, draws: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(draws, INTERVAL)
    return {name: draws.mean(), f"{name}_ci_low": low, f"{name}_ci_high": high}
