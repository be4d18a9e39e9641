"""How an estimate of some unit is printed: factor, decimals, name of the axis."""

from dataclasses import dataclass
from math import isnan

from .formats import MINUS, grouped, money

DECIMALS = {"index": 3}
# Units that are money: codes of ISO 4217. Other units are in capitals too: IU, BMI.
SIGNS = {"GBP": "£", "USD": "$", "EUR": "€", "JPY": "¥", "INR": "₹"}
MONEY = {*SIGNS, "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "ETB", "GHS", "HKD", "HUF", "IDR"}
MONEY |= {"ILS", "ISK", "KES", "KRW", "MWK", "MXN", "MYR", "NGN", "NOK", "NZD", "PHP", "PKR", "PLN"}
MONEY |= {"RON", "RWF", "SAR", "SEK", "SGD", "THB", "TRY", "TZS", "UAH", "UGX", "VND", "ZAR", "ZMW"}


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


def is_money(unit: str) -> bool:
    """Return whether a unit of outcomes.yaml is a currency, by its code."""
    return unit in MONEY


def scale_of(unit: str, symbol: str) -> Scale:
    """Return the printed form of a unit of outcomes.yaml."""
    if unit == "proportion":
        return Scale(unit, 100, 1, "percentage points")
    if is_money(unit):
        return Scale(unit, 1, 0, symbol, symbol)
    return Scale(unit, 1, DECIMALS.get(unit, 2), {"index": "points of the index"}.get(unit, unit))
