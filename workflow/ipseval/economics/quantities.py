"""Declared numbers at the price year of the results: their values, and draws of them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import special

from ..config.distributions import Beta, Fixed, Gamma, Normal, Triangular, Uniform
from ..config.economics import Amount, Economics, Quantity, Scenario, Valuation
from ..streams import Streams

INTERVAL = np.array([0.025, 0.975])  # probabilities at the ends of the middle 95%
SCORES = np.linspace(-8.3, 8.3, 8193)  # beyond them ndtr is 0 or 1


def deflated(price_year: int | None, economics: Economics) -> float:
    """Return what an amount of a year is multiplied by to be at the price year of the results.

    1 for what has no price. The deflator is that of gross domestic product (Green Book, A1).
    """
    if price_year is None or price_year == economics.price_year:
        return 1.0
    return economics.deflator[economics.price_year] / economics.deflator[price_year]


def to_price_year(quantity: Quantity, economics: Economics) -> float:
    """Return what a declared number is multiplied by: an amount is deflated, a rate is not."""
    return deflated(getattr(quantity, "price_year", None), economics)


def values_of(economics: Economics, scenario: Scenario | None = None) -> dict[str, float]:
    """Return the value of every declared number, in a scenario or the reference."""
    found = {
        name: quantity.value * to_price_year(quantity, economics)
        for name, quantity in economics.quantities.items()
    }
    for name, given in (scenario.set if scenario else {}).items():
        if isinstance(given, Amount):
            found[name] = given.value * deflated(given.price_year, economics)
        else:
            found[name] = given * to_price_year(economics.quantities[name], economics)
    return found


def draw_quantities(economics: Economics, streams: Streams, n: int) -> dict[str, np.ndarray]:
    """Return n draws of every number that is uncertain in the reference scenario, by name.

    Each has a stream of its own, which serves all appraisals, scenarios and groups (common random
    numbers), so that differences between them are not noise.
    """
    return {
        name: drawn(quantity, streams.uniform("economics", name, n))
        * to_price_year(quantity, economics)
        for name, quantity in economics.quantities.items()
        if not isinstance(quantity.distribution, Fixed)
    }


def drawn(quantity: Quantity, u: np.ndarray) -> np.ndarray:
    """Return the quantiles of a quantity's distribution at probabilities u."""
    value = quantity.value
    match quantity.distribution:
        case Normal(standard_error=error):
            return value + error * special.ndtri(u)
        case Gamma(standard_error=error):
            shape, scale = (value / error) ** 2, error**2 / value
            return _read_off(lambda p: special.gammaincinv(shape, p) * scale, u)
        case Beta(standard_error=error):
            size = value * (1 - value) / error**2 - 1
            return _read_off(lambda p: special.betaincinv(value * size, (1 - value) * size, p), u)
        case Triangular(low=low, high=high):
            peak, width = (value - low) / (high - low), high - low
            left = low + width * np.sqrt(u * peak)
            return np.where(u < peak, left, high - width * np.sqrt((1 - u) * (1 - peak)))
        case Uniform(low=low, high=high):
            return low + (high - low) * u
    raise TypeError(f"{quantity.distribution.kind} has no distribution to draw from")


def _read_off(quantile: Callable[[np.ndarray], np.ndarray], u: np.ndarray) -> np.ndarray:
    """Return slow quantiles at u: where there are many, between those at even normal scores, which
    is right to seven digits."""
    if len(u) <= len(SCORES):
        return quantile(u)
    return np.interp(special.ndtri(u), SCORES, quantile(special.ndtr(SCORES)))


def in_scenario(
    economics: Economics, scenario: Scenario, draws: dict[str, np.ndarray]
) -> dict[str, np.ndarray | float]:
    """Return every number in a scenario: drawn, or its value where it is fixed or set."""
    uncertain = {name: found for name, found in draws.items() if name not in scenario.set}
    return values_of(economics, scenario) | uncertain


def quantities_table(economics: Economics) -> pd.DataFrame:
    """Return every declared number: as declared, at the price year, and how uncertain it is.

    Columns name, kind (value or rate), label, value, unit, price_year, value_at_price_year,
    distribution, parameters, low, high (at the price year) and source.
    """
    rows = []
    for name, quantity in economics.quantities.items():
        factor, spread = to_price_year(quantity, economics), quantity.distribution
        certain = isinstance(spread, Fixed)
        low, high = (quantity.value,) * 2 if certain else drawn(quantity, INTERVAL)
        parameters = spread.model_dump(exclude={"kind"})
        rows.append(
            {
                "name": name,
                "kind": "value" if isinstance(quantity, Valuation) else "rate",
                "label": quantity.label,
                "value": quantity.value,
                "unit": quantity.unit,
                "price_year": getattr(quantity, "price_year", pd.NA),
                "value_at_price_year": quantity.value * factor,
                "distribution": spread.kind,
                "parameters": ", ".join(f"{key} {x:g}" for key, x in parameters.items()),
                "low": low * factor,
                "high": high * factor,
                "source": quantity.source,
            }
        )
    return pd.DataFrame(rows)
