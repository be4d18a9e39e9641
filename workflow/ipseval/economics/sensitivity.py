"""What drives a result: one number at a time, and where it would change sign."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..config.appraisal_problems import support_of
from ..config.distributions import Fixed
from ..config.economics import Economics
from .context import Context, Setting, default_setting
from .quantities import INTERVAL, drawn, to_price_year, values_of

# Where a driver that net present value does not follow in a line may break even, and in how many
# steps that is searched.
STEPS = 64


def used_by(economics: Economics, setting: Setting) -> list[str]:
    """Return the declared numbers that an appraisal depends on, but those its scenario sets."""
    appraisal = economics.appraisals[setting.appraisal]
    weights = appraisal.distributional
    used = [
        *(
            name
            for benefit in (economics.benefits[name] for name in appraisal.benefits)
            for name in [*benefit.worth, benefit.decay]
        ),
        economics.cost.uncertainty,
        economics.cost.per_head,
        appraisal.excess_burden,
        *([weights.income, weights.reference_income, weights.elasticity] if weights else []),
    ]
    scenario = economics.scenarios_of(setting.appraisal)[setting.scenario]
    return [name for name in dict.fromkeys(used) if name and name not in scenario.set]


def uncertain_of(economics: Economics, setting: Setting) -> list[str]:
    """Return the uncertain ones of the numbers that an appraisal depends on."""
    known = economics.quantities
    return [n for n in used_by(economics, setting) if not isinstance(known[n].distribution, Fixed)]


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

    Columns driver, kind (impact or quantity), value, low and high (of the driver; both its value
    where it is certain), net_at_low, net_at_high, swing, net (all at their values) and break_even:
    the value of the driver at which net present value is zero, others at theirs; missing where
    there is none that the driver can have. Largest swing first.
    """
    rows = []
    net = float(context.point(setting, group).net(context.case(case)))
    for kind, name, low, value, high in _ranges(context, setting, group):
        net_at = _net_at(context, setting, group, case, kind, name)
        least, most = _support(context, kind, name)
        step = _step(value, most)
        points = [low, high, value, value + step, value + 2 * step]
        at_low, at_high, *line = net_at(np.array(points)).tolist()
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
                "break_even": _break_even(net_at, value, step, line, least, most),
            }
        )
    rows.sort(key=lambda row: -row["swing"])
    return pd.DataFrame(rows)


def _ranges(context: Context, setting: Setting, group: str) -> Iterator[tuple]:
    """Yield kind, name, low, value and high of every driver."""
    economics, places = context.economics, context.impacts.places(group)
    for name in context.counted(setting, group):
        value = float(context.impacts.estimate[places[name]])
        width = float(ndtri(INTERVAL[1]) * context.impacts.std_error[places[name]])
        yield "impact", name, value - width, value, value + width
    values = values_of(economics, context.scenario(setting))
    for name in used_by(economics, setting):
        quantity, value = economics.quantities[name], values[name]
        if isinstance(quantity.distribution, Fixed):
            yield "quantity", name, value, value, value
        else:
            low, high = drawn(quantity, INTERVAL) * to_price_year(quantity, economics)
            yield "quantity", name, float(low), value, float(high)


def _net_at(
    context: Context, setting: Setting, group: str, case: str, kind: str, name: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return net present value as a function of one driver (m), all others at their values."""
    impacts = context.impacts.of(group)
    quantities = values_of(context.economics, context.scenario(setting))
    chosen = impacts if kind == "impact" else quantities

    def net(x: np.ndarray) -> np.ndarray:
        chosen[name] = x
        gains = context.gains(setting, group, impacts, quantities)
        return np.broadcast_to(gains.net(context.case(case)), x.shape)

    return net


def _support(context: Context, kind: str, name: str) -> tuple[float, float]:
    """Return the lowest and the highest value that a driver can have."""
    if kind == "impact":
        return -np.inf, np.inf
    return support_of(context.economics, name)


def _step(value: float, most: float) -> float:
    """Return how far from its value a driver is followed to tell whether a line does."""
    step = max(abs(value), 1.0) / 4
    return step if value + 2 * step <= most else -step


def _break_even(
    net_at, value: float, step: float, line: list[float], least: float, most: float
) -> float:
    """Return where net present value is zero, or NaN: on the line through it, which is where it is
    for all drivers but rates of decay and elasticities, else by search, nearest to the value.

    `line` is net present value at the value, and one and two steps from it.
    """
    here, near, far = line
    if abs(far - 2 * near + here) <= 1e-9 * max(abs(net) for net in line):
        if here == near:
            return np.nan
        guess = value - here * step / (near - here)
        return float(guess) if least <= guess <= most else np.nan
    grid = np.linspace(least, most, STEPS + 1)
    net = net_at(grid)
    crossed = np.flatnonzero(net[:-1] * net[1:] <= 0)
    if not len(crossed):
        return np.nan
    from scipy.optimize import brentq  # few drivers come here, and every job would wait for it

    place = crossed[np.argmin(np.abs(grid[crossed] - value))]
    return float(brentq(lambda x: net_at(np.array([x]))[0], grid[place], grid[place + 1]))
