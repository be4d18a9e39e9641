"""Declared numbers at the price year of the results: their values, and draws of them."""

import numpy as np
import pandas as pd

from ..config.economics import Economics, Scenario
from ..config.quantities import Amount, Quantity, Valuation
from ..streams import Streams

INTERVAL = np.array([0.025, 0.975])  # probabilities at the ends of the middle 95%


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
    """Return the value of every declared number, in a scenario or as the trial's edition has it."""
    declared = in_edition(economics, scenario)
    values = {
        name: quantity.value * to_price_year(quantity, economics)
        for name, quantity in declared.items()
    }
    for name, given in (scenario.set if scenario else {}).items():
        if isinstance(given, Amount):
            values[name] = given.value * deflated(given.price_year, economics)
        else:
            values[name] = given * to_price_year(declared[name], economics)
    return values


def in_edition(economics: Economics, scenario: Scenario | None = None) -> dict[str, Quantity]:
    """Return every declared number as the edition of a scenario, or of the trial, has it."""
    edition = scenario.edition if scenario else economics.edition
    return {name: one.in_edition(edition) for name, one in economics.quantities.items()}


def draw_quantities(economics: Economics, streams: Streams, n: int) -> dict[str, np.ndarray]:
    """Return n draws of every number that is uncertain in the reference scenario, by name.

    Each has a stream of its own, which serves all appraisals, scenarios and groups (common random
    numbers), so that differences between them are not noise.
    """
    return {
        name: drawn(quantity, streams.uniform("economics", name, n))
        * to_price_year(quantity, economics)
        for name, quantity in economics.quantities.items()
        if not quantity.distribution.is_certain
    }


def drawn(quantity: Quantity, u: np.ndarray) -> np.ndarray:
    """Return the quantiles of a quantity's distribution at probabilities u."""
    return quantity.distribution.quantiles(quantity.value, u)


def in_scenario(
    economics: Economics, scenario: Scenario, draws: dict[str, np.ndarray]
) -> dict[str, np.ndarray | float]:
    """Return every number in a scenario: drawn, or its value where it is fixed or set."""
    uncertain = {name: values for name, values in draws.items() if name not in scenario.set}
    return values_of(economics, scenario) | uncertain


def quantities_table(economics: Economics) -> pd.DataFrame:
    """Return every declared number: as declared, at the price year, and how uncertain it is.

    Columns name, kind (value or rate), label, value, unit, price_year, value_at_price_year,
    distribution, parameters, low, high (at the price year), source, known, solved_from (the printed
    cells, one after the other) and edition (of the guidance, where the number depends on it).
    """
    rows = []
    for name, quantity in in_edition(economics).items():
        factor, spread = to_price_year(quantity, economics), quantity.distribution
        low, high = drawn(quantity, INTERVAL)
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
                "known": quantity.known,
                "solved_from": "; ".join(" ".join(cell.key) for cell in quantity.solved_from),
                "edition": economics.edition if quantity.editions else "",
            }
        )
    return pd.DataFrame(rows)
