"""Present value of benefits that last: months observed, projection, decay and discounting."""

from functools import cache

import numpy as np

from ..config.economics import Benefit, Economics


def present_values(
    benefit: Benefit,
    economics: Economics,
    rate: float,
    horizon_years: float | None,
    decay: np.ndarray | float,
) -> dict[str, np.ndarray | float]:
    """Return what each impact of a benefit is multiplied by to be its present value.

    A flow spreads evenly over its months, and a month is discounted by the whole years since
    randomisation, so that the first twelve months are not. An impact on a level (per year) counts
    a twelfth for each month; where it moves on a straight line, that of the middle of the month.
    Beyond the last flow the projected impact goes on at its yearly rate,
    multiplied by (1 - decay) once in the first year of projection, twice in the second, and so on:
    decay of the effect as in the social cost-benefit framework of the Department for Work and
    Pensions (Fujiwara 2010, working paper 86), discounting as in the Green Book (A6).
    `decay` is a number or an array of draws.
    """
    factors: dict[str, np.ndarray | float] = dict.fromkeys(benefit.impacts, 0.0)
    end = benefit.end if horizon_years is None else round(12 * horizon_years)
    for flow in benefit.flows:
        months, discounted = _discounted(flow.from_month, min(flow.to_month, end), rate)
        yearly = _yearly(economics, flow.impact, flow.to_month - flow.from_month)
        weights = yearly * discounted / 12
        if flow.straight:
            there = (months + 0.5 - flow.from_month) / (flow.to_month - flow.from_month)
            factors[flow.impact] += (weights * there).sum()
            if flow.begins_at:
                factors[flow.begins_at] += (weights * (1 - there)).sum()
        else:
            factors[flow.impact] += weights.sum()
    ahead, discounted = _discounted(benefit.end, end, rate)
    if len(ahead):
        last = benefit.flows[-1]
        yearly = _yearly(economics, benefit.projected, last.to_month - last.from_month)
        years = (ahead - benefit.end) // 12 + 1
        yearly_weights = np.bincount(years, discounted) / 12
        left = 1.0 - np.asarray(decay, dtype=float)
        total = 0.0
        for weight in yearly_weights[:0:-1]:  # Horner's rule, from the last year to the first
            total = (total + weight) * left
        factors[benefit.projected] = factors[benefit.projected] + yearly * total
    return factors


def _yearly(economics: Economics, impact: str, months: int) -> float:
    """Return the yearly rate of an impact that was observed over some months."""
    match economics.impacts[impact].per:
        case "year":
            return 1.0
        case "period":
            return 12 / months
        case per:
            raise ValueError(f"no yearly rate of an impact per {per}")


@cache
def _discounted(start: int, end: int, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the months from one to before another, and what a pound of each is worth now."""
    months = np.arange(start, end)
    return months, (1 + rate) ** -(months // 12).astype(float)
