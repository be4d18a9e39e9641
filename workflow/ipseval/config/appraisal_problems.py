"""What can be wrong between the entries of economics.yaml, each of them well formed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import suggest

if TYPE_CHECKING:
    from .economics import Economics

# What a number is used for -> the lowest and the highest value it can have.
SUPPORT = {
    "share lost a year": (0.0, 1.0),
    "factor of cost": (0.0, 5.0),
    "excess burden": (0.0, 1.0),
    "elasticity": (0.0, 5.0),
}


def problems_of(economics: Economics) -> list[str]:
    """Return a sentence for each entry that cannot be computed with."""
    return [
        problem
        for check in (_unknown_names, _without_price, _double_counted, _beyond_data, _outside)
        for problem in check(economics)
    ]


def support_of(economics: Economics, name: str) -> tuple[float, float]:
    """Return the lowest and the highest value that a declared number can have.

    Not below zero; what is a share, a factor or an exponent has an upper end too.
    """
    ends = [SUPPORT[use] for use in _uses(economics).get(name, [])]
    if not ends:
        return 0.0, float("inf")
    return max(low for low, _ in ends), min(high for _, high in ends)


def _unknown_names(economics: Economics) -> Iterator[str]:
    """Yield a sentence for each name that one entry uses and no other declares."""
    quantities = economics.quantities
    if twice := sorted(set(economics.values) & set(economics.rates)):
        yield f"both a value and a rate: {', '.join(twice)}"

    def unknown(where: str, given, known) -> Iterator[str]:
        for name in given:
            if name is not None and name not in known:
                yield f"{where}: nothing declares '{name}'{suggest(name, known)}"

    cost = economics.cost
    yield from unknown("cost.per_head", [cost.per_head], economics.values)
    yield from unknown("cost.uncertainty", [cost.uncertainty], economics.rates)
    yield from unknown("cost.in_work", [cost.in_work], economics.impacts)
    yield from unknown("not_calculated", economics.not_calculated, economics.groups)
    for name, benefit in economics.benefits.items():
        named = [*benefit.impacts, *(flow.detected_by for flow in benefit.flows)]
        yield from unknown(f"benefits.{name}", dict.fromkeys(named), economics.impacts)
        yield from unknown(f"benefits.{name}.worth", benefit.worth, quantities)
        yield from unknown(f"benefits.{name}.decay", [benefit.decay], economics.rates)
    for name, appraisal in economics.appraisals.items():
        where = f"appraisals.{name}"
        yield from unknown(f"{where}.benefits", appraisal.benefits, economics.benefits)
        yield from unknown(f"{where}.excess_burden", [appraisal.excess_burden], economics.rates)
        if weights := appraisal.distributional:
            used = [weights.income, weights.reference_income]
            yield from unknown(f"{where}.distributional", used, economics.values)
            yield from unknown(f"{where}.distributional", [weights.elasticity], economics.rates)
        for key, scenario in economics.scenarios_of(name).items():
            here = f"{where}.scenarios.{key}"
            yield from unknown(f"{here}.set", scenario.set, quantities)
            yield from unknown(f"{here}.horizon_years", scenario.horizon_years, economics.benefits)
    if decision := economics.decision:
        yield from unknown("decision.appraisal", [decision.appraisal], economics.appraisals)
        yield from unknown("decision.case", [decision.case], economics.cases)


def _without_price(economics: Economics) -> Iterator[str]:
    """Yield a sentence for each amount of money without a price year, or without its deflator."""
    years = {f"values.{name}": value.price_year for name, value in economics.values.items()}
    for name, impact in economics.impacts.items():
        if impact.price_year is not None:
            years[f"impacts.{name}"] = impact.price_year
    if economics.cost.ledger:
        years["cost.ledger"] = economics.cost.ledger.price_year
    for where, scenario in _scenarios(economics):
        for name, given in scenario.set.items():
            if isinstance(given, float):
                continue
            years[f"{where}.set.{name}"] = given.price_year
            if name in economics.rates:
                yield f"{where}.set.{name}: a rate has no price year; give a plain number"
    for where, year in years.items():
        if year == economics.price_year:
            continue
        for missing in sorted({year, economics.price_year} - set(economics.deflator)):
            yield f"{where}: no deflator for {missing}"
    for name, benefit in economics.benefits.items():
        if benefit.in_years or any(worth in economics.values for worth in benefit.worth):
            continue
        for impact in benefit.impacts:
            declared = economics.impacts.get(impact)
            if declared is not None and declared.price_year is None:
                yield (
                    f"impacts.{impact}: benefits.{name} counts it as money, so it needs a "
                    "price_year (or the benefit needs a value under worth)"
                )


def _double_counted(economics: Economics) -> Iterator[str]:
    """Yield a sentence for each appraisal that would count a benefit, or a year, twice."""
    for name, appraisal in economics.appraisals.items():
        twice = [b for b in dict.fromkeys(appraisal.benefits) if appraisal.benefits.count(b) > 1]
        if twice:
            yield f"appraisals.{name}.benefits: listed twice: {', '.join(twice)}"
        known = [b for b in dict.fromkeys(appraisal.benefits) if b in economics.benefits]
        in_years = [b for b in known if economics.benefits[b].in_years]
        if len(in_years) > 1:
            yield (
                f"appraisals.{name}: {' and '.join(in_years)} value the same years of life "
                "(QALYs and WELLBYs are never added); choose one"
            )


def _beyond_data(economics: Economics) -> Iterator[str]:
    """Yield a sentence for each horizon beyond the data without a rule of decay."""
    for name, appraisal in economics.appraisals.items():
        for key, scenario in economics.scenarios_of(name).items():
            where = f"appraisals.{name}.scenarios.{key}"
            for chosen in dict.fromkeys(appraisal.benefits):
                benefit = economics.benefits.get(chosen)
                if benefit is None:
                    continue
                years = scenario.horizon_years.get(chosen, benefit.horizon_years)
                try:
                    benefit.check_horizon(years, f"benefits.{chosen} in {where}")
                except ValueError as error:
                    yield str(error)


def _outside(economics: Economics) -> Iterator[str]:
    """Yield a sentence for each number, bound or setting outside what it can be used for."""
    uses = _uses(economics)
    for name, value in economics.values.items():
        if getattr(value.distribution, "low", 0.0) < 0:
            yield f"values.{name}.distribution.low: an amount is not below 0"
    for name, quantity in economics.quantities.items():
        for use in dict.fromkeys(uses.get(name, [])):
            yield from _outside_support(name, quantity, use)
    given = list(_scenarios(economics))
    for where, scenario in given:
        for name, setting in scenario.set.items():
            value = setting if isinstance(setting, float) else setting.value
            if name in economics.values and value < 0:
                yield f"{where}.set.{name}: an amount is not below 0, as {value:g} is"
            for use in dict.fromkeys(uses.get(name, [])):
                low, high = SUPPORT[use]
                if not low <= value <= high:
                    yield f"{where}.set.{name}: {_expected(use, value)}"
    for appraisal in economics.appraisals.values():
        if weights := appraisal.distributional:
            for name in (weights.income, weights.reference_income):
                if name in economics.values and economics.values[name].value == 0:
                    yield f"values.{name}: an income that weights divide by is above 0"


def _scenarios(economics: Economics) -> Iterator[tuple]:
    """Yield where it is declared, and the scenario, of all of them."""
    for key, scenario in economics.scenarios.items():
        yield f"scenarios.{key}", scenario
    for name, appraisal in economics.appraisals.items():
        for key, scenario in appraisal.scenarios.items():
            yield f"appraisals.{name}.scenarios.{key}", scenario


def _uses(economics: Economics) -> dict[str, list[str]]:
    """Return what each number is used for (keys of SUPPORT), by name."""
    uses: dict[str, list[str]] = {}

    def note(name: str | None, use: str) -> None:
        if name is not None:
            uses.setdefault(name, []).append(use)

    for benefit in economics.benefits.values():
        note(benefit.decay, "share lost a year")
    note(economics.cost.uncertainty, "factor of cost")
    for appraisal in economics.appraisals.values():
        note(appraisal.excess_burden, "excess burden")
        if appraisal.distributional:
            note(appraisal.distributional.elasticity, "elasticity")
    return uses


def _outside_support(name: str, quantity, use: str) -> Iterator[str]:
    low, high = SUPPORT[use]
    spread = quantity.distribution
    if not low <= quantity.value <= high:
        yield f"rates.{name}: {_expected(use, quantity.value)}"
    for bound in ("low", "high"):
        end = getattr(spread, bound, None)
        if end is not None and not low <= end <= high:
            yield f"rates.{name}.distribution.{bound}: {_expected(use, end)}"
    if spread.kind in ("normal", "gamma") and use == "share lost a year":
        yield f"rates.{name}.distribution: a {use} is bounded; use beta, uniform or triangular"


def _expected(use: str, value: float) -> str:
    low, high = SUPPORT[use]
    percent = 1 < value <= 100 and high == 1
    hint = f"; as a fraction, {value:g}% is {value / 100:g}" if percent else ""
    return f"a {use} lies between {low:g} and {high:g}, not at {value:g}{hint}"
