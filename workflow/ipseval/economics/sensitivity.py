"""What drives a result: one number at a time, and where it would change sign."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from ..config.distributions import Fixed
from ..config.economics import Economics
from .context import Context, Setting, default_setting
from .quantities import frozen, to_price_year, values_of

LOW, HIGH = 0.025, 0.975
# How far beyond its range, in widths of it, a driver is followed to where it breaks even.
FAR = 5


def drivers_of(economics: Economics, setting: Setting) -> tuple[list[str], list[str]]:
    """Return the impacts and the uncertain quantities that an appraisal depends on."""
    appraisal = economics.appraisals[setting.appraisal]
    benefits = [economics.benefits[name] for name in appraisal.benefits]
    impacts = list(dict.fromkeys(k for benefit in benefits for k in benefit.impacts))
    weights = appraisal.distributional
    used = [
        *(name for benefit in benefits for name in [*benefit.worth, benefit.decay]),
        economics.cost.uncertainty,
        economics.cost.per_head,
        appraisal.excess_burden,
        *([weights.income, weights.reference_income, weights.elasticity] if weights else []),
    ]
    scenario = economics.scenarios_of(setting.appraisal)[setting.scenario]
    uncertain = [
        name
        for name in dict.fromkeys(name for name in used if name)
        if name not in scenario.set
        and not isinstance(economics.quantities[name].distribution, Fixed)
    ]
    return impacts, uncertain


def tornado(context: Context) -> pd.DataFrame:
    """Return one_at_a_time of each appraisal's reference, group and case, in that order."""
    economics, parts = context.economics, []
    for appraisal in economics.appraisals:
        setting = default_setting(economics, appraisal)
        for group in economics.groups:
            for case in economics.cases:
                found = one_at_a_time(context, setting, group, case)
                parts.append(found.assign(appraisal=appraisal, group=group, case=case))
                parts[-1]["n_treatment"] = context.treated[group]
    keys = ["appraisal", "group", "case", "n_treatment"]
    frame = pd.concat(parts, ignore_index=True)
    return frame[keys + [column for column in frame if column not in keys]]


def one_at_a_time(context: Context, setting: Setting, group: str, case: str) -> pd.DataFrame:
    """Return the tornado of net present value: each driver at the ends of its 95% interval.

    Columns driver, kind (impact or quantity), value, low and high (of the driver), net_at_low,
    net_at_high, swing, net (all at their values) and break_even: the value of the driver at which
    net present value is zero, others at theirs; missing where none within FAR widths of its range
    is, or only below zero for a driver that is not. Largest swing first.
    """
    rows = []
    net = float(context.point(setting, group).net(context.case(case)))
    for kind, name, low, value, high in _ranges(context, setting, group):
        net_at = _net_at(context, setting, group, case, kind, name)
        at_low, at_high = net_at(low), net_at(high)
        rows.append(
            {
                "driver": name,
                "kind": kind,
                "value": value,
                "low": low,
                "high": high,
                "net_at_low": at_low,
                "net_at_high": at_high,
                "swing": abs(at_high - at_low),
                "net": net,
                "break_even": _break_even(net_at, low, high, at_low, at_high),
            }
        )
    rows.sort(key=lambda row: -row["swing"])
    return pd.DataFrame(rows)


def _ranges(context: Context, setting: Setting, group: str) -> Iterator[tuple]:
    """Yield kind, name, low, value and high of every driver."""
    economics = context.economics
    impacts, quantities = drivers_of(economics, setting)
    counted = context.counted(group, setting.evidence)
    places = context.impacts.places(group)
    for name in impacts:
        if name in counted:
            value = float(context.impacts.estimate[places[name]])
            width = float(norm.ppf(HIGH) * context.impacts.std_error[places[name]])
            yield "impact", name, value - width, value, value + width
    for name in quantities:
        quantity = economics.quantities[name]
        low, high = frozen(quantity).ppf([LOW, HIGH]) * to_price_year(quantity, economics)
        value = quantity.value * to_price_year(quantity, economics)
        yield "quantity", name, float(low), value, float(high)


def _net_at(
    context: Context, setting: Setting, group: str, case: str, kind: str, name: str
) -> Callable[[float], float]:
    """Return net present value as a function of one driver, all others at their values."""
    impacts = context.impacts.of(group)
    quantities = values_of(context.economics, context.scenario(setting))
    chosen = impacts if kind == "impact" else quantities

    def net(x: float) -> float:
        chosen[name] = x
        return float(context.gains(setting, group, impacts, quantities).net(context.case(case)))

    return net


def _break_even(net_at, low: float, high: float, at_low: float, at_high: float) -> float:
    """Return where net present value is zero, or NaN: on the line through both ends, which is where
    it is for all drivers but rates of decay and elasticities, else by search."""
    if at_low == at_high:
        return np.nan
    width = high - low
    guess = low - at_low * width / (at_high - at_low)
    least = 0.0 if low >= 0 else low - FAR * width
    if not max(least, low - FAR * width) <= guess <= high + FAR * width:
        return np.nan
    if abs(net_at(guess)) <= 1e-9 * max(abs(at_low), abs(at_high)):
        return float(guess)
    if at_low * at_high < 0:
        return float(brentq(net_at, low, high))
    edge = high + FAR * width if abs(at_high) < abs(at_low) else max(least, low - FAR * width)
    near = high if edge > high else low
    crosses = net_at(near) * net_at(edge) < 0
    return float(brentq(net_at, near, edge)) if crosses else np.nan
