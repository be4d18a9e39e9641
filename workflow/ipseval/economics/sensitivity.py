"""What drives a result: one number at a time, and where it would change sign."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..config.economics import Case, Economics
from .behind import used_by
from .evaluate import Gains, Number
from .model import Analysis, AppraisalModel, default_analysis
from .quantities import INTERVAL, drawn, in_edition, to_price_year, values_of

# Where a driver that net present value does not follow in a line may break even, and in how many
# steps that is searched.
STEPS = 64

# Kinds of drivers.
IMPACT, QUANTITY = "impact", "quantity"


def uncertain_of(economics: Economics, analysis: Analysis) -> list[str]:
    """Return the uncertain ones of the numbers that an appraisal depends on."""
    known = economics.quantities
    used = used_by(economics, analysis.appraisal, analysis.scenario)
    return [name for name in used if not known[name].distribution.is_certain]


def tornado(model: AppraisalModel) -> pd.DataFrame:
    """Return one_at_a_time of each appraisal's reference and group, in that order."""
    economics = model.economics
    rows: list[dict[str, Any]] = []
    for appraisal in economics.appraisals:
        analysis = default_analysis(economics, appraisal)
        for group in economics.groups:
            rows += one_at_a_time(model, analysis, group)
    return pd.DataFrame(rows)


def one_at_a_time(model: AppraisalModel, analysis: Analysis, group: str) -> list[dict[str, Any]]:
    """Return the tornado of net present value: each driver at the ends of its 95% interval.

    Rows of appraisal, group, case, n_treatment, driver, kind (impact or quantity), value, low and
    high (of the driver; both its value where it is certain), net_at_low, net_at_high, swing, net
    (all at their values) and break_even: the value of the driver at which net present value is
    zero, others at theirs; missing where there is none that the driver can have. Case by case, the
    largest swing first; what a driver changes is computed once for all cases.
    """
    place = {name: i for i, name in enumerate(model.economics.cases)}
    point = model.point(analysis, group)
    nets = {name: float(point.net(model.case(name))) for name in place}
    ranges = list(_ranges(model, analysis, group))
    supports = [_support(model, kind, name) for kind, name, *_ in ranges]
    steps = [_step(value, most) for (*_, value, _), (_, most) in zip(ranges, supports, strict=True)]
    points = np.array(
        [
            [low, high, value, value + step, value + 2 * step]
            for (_, _, low, value, high), step in zip(ranges, steps, strict=True)
        ]
    )
    gains = _gains_each(model, analysis, group, ranges, points)
    found = {case: _net(gains, model.case(case), points).tolist() for case in place}
    rows: list[dict[str, Any]] = []
    for i, (kind, name, low, value, high) in enumerate(ranges):
        gains_at = _gains_at(model, analysis, group, kind, name)
        for case in place:
            at_low, at_high, *line = found[case][i]
            net_at = partial(_net_at, gains_at, model.case(case))
            rows.append(
                {
                    "appraisal": analysis.appraisal,
                    "group": group,
                    "case": case,
                    "n_treatment": model.treated[group],
                    "driver": name,
                    "kind": kind,
                    "value": value,
                    "low": low,
                    "high": high,
                    "net_at_low": at_low,
                    "net_at_high": at_high,
                    "swing": abs(at_high - at_low),
                    "net": nets[case],
                    "break_even": _break_even(net_at, value, steps[i], line, *supports[i]),
                }
            )
    return sorted(rows, key=lambda row: (place[row["case"]], -row["swing"]))


def _ranges(model: AppraisalModel, analysis: Analysis, group: str) -> Iterator[tuple]:
    """Yield kind, name, low, value and high of every driver."""
    economics, places = model.economics, model.impacts.places(group)
    for name in model.counted(analysis, group):
        value = float(model.impacts.estimate[places[name]])
        width = float(ndtri(INTERVAL[1]) * model.impacts.std_error[places[name]])
        yield IMPACT, name, value - width, value, value + width
    values = values_of(economics, model.scenario(analysis))
    declared = in_edition(economics, model.scenario(analysis))
    for name in used_by(economics, analysis.appraisal, analysis.scenario):
        quantity = declared[name]
        low, high = drawn(quantity, INTERVAL) * to_price_year(quantity, economics)
        yield QUANTITY, name, float(low), values[name], float(high)


def _gains_each(
    model: AppraisalModel, analysis: Analysis, group: str, ranges: list[tuple], points: np.ndarray
) -> Gains:
    """Return gains at some points of each driver (drivers x points), all others at their values.

    All are computed at once: each driver is an array that moves in its own row alone.
    """
    given: dict[str, dict[str, Number]] = {
        IMPACT: {**model.impacts.of(group)},
        QUANTITY: {**values_of(model.economics, model.scenario(analysis))},
    }
    for i, (kind, name, _, value, _) in enumerate(ranges):
        moved = np.full(points.shape, value)
        moved[i] = points[i]
        given[kind][name] = moved
    return model.gains(analysis, group, given[IMPACT], given[QUANTITY])


def _gains_at(
    model: AppraisalModel, analysis: Analysis, group: str, kind: str, name: str
) -> Callable[[np.ndarray], Gains]:
    """Return gains as a function of one driver (m), all others at their values."""
    impacts: dict[str, Number] = {**model.impacts.of(group)}
    quantities: dict[str, Number] = {**values_of(model.economics, model.scenario(analysis))}
    chosen = {IMPACT: impacts, QUANTITY: quantities}[kind]

    def gains(x: np.ndarray) -> Gains:
        chosen[name] = x
        return model.gains(analysis, group, impacts, quantities)

    return gains


def _net(gains: Gains, case: Case, x: np.ndarray) -> np.ndarray:
    """Return net present value of a case at values of a driver (m), which may not move it."""
    return np.broadcast_to(gains.net(case), x.shape)


def _net_at(gains_at: Callable[[np.ndarray], Gains], case: Case, x: np.ndarray) -> np.ndarray:
    return _net(gains_at(x), case, x)


def _support(model: AppraisalModel, kind: str, name: str) -> tuple[float, float]:
    """Return the lowest and the highest value that a driver can have."""
    if kind == IMPACT:
        return -np.inf, np.inf
    return model.economics.support_of(name)


def _step(value: float, most: float) -> float:
    """Return how far from its value a driver is followed to tell whether a line does."""
    step = max(abs(value), 1.0) / 4
    return step if value + 2 * step <= most else -step


def _break_even(
    net_at: Callable[[np.ndarray], np.ndarray],
    value: float,
    step: float,
    line: list[float],
    least: float,
    most: float,
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
