"""Cost-effectiveness: what a year of full health costs, and whether society would pay it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..config.economics import Economics, Threshold
from .model import AppraisalModel
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


def thresholds_of(spec: Threshold) -> np.ndarray:
    """Return the values of a year of health that curves and tables are computed at."""
    return np.union1d(np.linspace(0, spec.highest, POINTS), spec.tabulated)


def cost_effectiveness(
    model: AppraisalModel, draws: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cost per year of health, and acceptability by threshold, from draws of appraise().

    First: a row an appraisal and group, with years gained, the net cost to the public sector, their
    ratio and its quadrant. Second: a row an appraisal, group and threshold, with the probability
    that the programme is cost-effective, that of the frontier, and net benefit. Both are empty
    where nothing is gained in years of health, or no threshold is declared.
    """
    spec, keys = model.economics.threshold, ["appraisal", "group"]
    ratios, curves = ([], []) if spec is None else _measured(model, draws, spec)
    return (
        pd.DataFrame(ratios, columns=None if ratios else [*keys, "health", "net_cost"]),
        pd.DataFrame(curves, columns=None if curves else [*keys, "threshold"]),
    )


def _measured(
    model: AppraisalModel, draws: pd.DataFrame, spec: Threshold
) -> tuple[list[dict], list[dict]]:
    """Return the rows of both tables."""
    ratios, curves = [], []
    for keys, health, net_cost in _planes(model.economics, draws):
        keys["n_treatment"] = model.treated[keys["group"]]
        ratio, quadrant = cost_per_year(health.mean(), net_cost.mean())
        ratios.append(
            {
                **keys,
                **_with_interval("health", health),
                **_with_interval("net_cost", net_cost),
                "cost_per_year": ratio,
                "quadrant": quadrant,
            }
        )
        thresholds = thresholds_of(spec)
        probability = acceptability(health, net_cost, thresholds)
        best = frontier(health, net_cost, thresholds)
        for threshold, p, f in zip(thresholds, probability, best, strict=True):
            tabulated = threshold in spec.tabulated
            net = threshold * health - net_cost
            row = {**keys, "threshold": threshold, "tabulated": tabulated}
            row |= {"probability": p, "frontier": f, "net_benefit": net.mean()}
            ends = np.quantile(net, INTERVAL) if tabulated else (np.nan, np.nan)
            row |= dict(zip(("net_benefit_ci_low", "net_benefit_ci_high"), ends, strict=True))
            curves.append(row)
    return ratios, curves


def _planes(economics: Economics, draws: pd.DataFrame) -> Iterator[tuple]:
    """Yield keys, years of health and net cost of each appraisal and group with years to gain."""
    for (appraisal, group), part in draws.groupby(
        ["appraisal", "group"], sort=False, observed=True
    ):
        health = part["health"].to_numpy()
        counts = economics.appraisals[appraisal].benefits
        if any(economics.benefits[name].in_years for name in counts):
            yield {"appraisal": appraisal, "group": group}, health, part["public_cost"].to_numpy()


def _with_interval(name: str, draws: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(draws, INTERVAL)
    return {name: draws.mean(), f"{name}_ci_low": low, f"{name}_ci_high": high}
