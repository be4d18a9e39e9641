"""How an estimate of some unit is printed: factor, decimals, name of the axis."""

from dataclasses import dataclass, replace
from math import floor, isnan, log10, nan

from ..config.units import is_money
from .formats import MINUS, grouped, money

DECIMALS = {"index": 3}
# A standard error below is what computing leaves of one that is zero.
NOTHING = 1e-9


@dataclass(frozen=True)
class Scale:
    """Printed form of a unit: values times `factor`, with `decimals`."""

    unit: str
    factor: float
    decimals: int
    name: str
    symbol: str = ""

    def text(self, value: float) -> str:
        """Return a value, before the factor, as printed: 3.5, £442, 0.025; a dash for none."""
        if isnan(value):
            return MINUS
        value = value * self.factor
        if self.symbol:
            return money(value, self.symbol, self.decimals)
        return grouped(value, self.decimals)

    @property
    def statistic(self) -> str:
        """Statistic of an effect in this unit."""
        return "ppt" if self.unit == "proportion" else "coefficient"


def scale_of(unit: str, symbol: str, error: float = nan) -> Scale:
    """Return the printed form of a unit of outcomes.yaml, for an estimate of some standard error.

    Usual decimals would print 0.00 for a small number known well, so there are as many as show a
    digit of the error.
    """
    if unit == "proportion":
        scale = Scale(unit, 100, 1, "percentage points")
    elif is_money(unit):
        scale = Scale(unit, 1, 0, symbol, symbol)
    else:
        name = {"index": "points of the index"}.get(unit, unit)
        scale = Scale(unit, 1, DECIMALS.get(unit, 2), name)
    decimals = enough_decimals(scale.decimals, error * scale.factor)
    if scale.symbol and decimals:
        decimals = max(decimals, 2)  # pence
    return replace(scale, decimals=decimals)


def enough_decimals(least: int, error: float) -> int:
    """Return how many decimals show a digit of a standard error, `least` at least."""
    return -floor(log10(error)) if NOTHING < error < 10**-least else least
