"""Which declared numbers a result of the economics is computed from: a walk over declarations.

Number -> benefit or cost -> appraisal and scenario -> row and column of a result. Every field of a
section that names a number is found by its reference, so that a new one is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..config.economics import PARTIES, Appraisal, Benefit, Economics, Party, Scenario
from ..config.quantities import Amount, Known

REFERENCE = "reference"
# Results with a row a scenario; others are of the reference.
BY_SCENARIO = ("summary", "parties", "cost_effectiveness")
# Columns of results that tell numbers apart, and what is asked of their rows.
KEYS = ("appraisal", "scenario", "case", "item", "name", "driver", "column")
ENDINGS = ("_ci_low", "_ci_high", "_monte_carlo_error")


@dataclass(frozen=True)
class ResultPart:
    """Part of a result: the gains of some parties, what the programme costs, years of health."""

    parties: tuple[Party, ...] = ()
    cost: bool = False
    health: bool = False


def numbers_behind(
    economics: Economics, result: str, keys: Mapping[str, Iterable[str]]
) -> dict[str, Known]:
    """Return the declared numbers that a result is computed from, and how each is known.

    result: its name in the catalogue. keys: columns of the result, and the values that select rows;
    `column` the columns shown, all if absent. A number that a scenario sets is assumed there, but
    where it is an end of what a solved one can be.
    """
    match result:
        case "quantities":
            return _known(economics, keys.get("name", economics.quantities), None)
        case "costs" | "unit_costs":
            return _known(economics, [economics.cost.per_head or ""], None)
    found: dict[str, Known] = {}
    for appraisal, scenario in _analyses(economics, result, keys):
        own = economics.appraisals[appraisal]
        setting = economics.scenarios_of(appraisal)[scenario]
        parts = [*_parts(economics, own, result, keys)]
        names = [
            name
            for part in parts
            for name in _used(economics, own, setting, part, keys.get("item", ()))
        ]
        found = together(found, _known(economics, names, setting))
    # A driver's own row has its value, also where nothing moves with it.
    found = _known(economics, keys.get("driver", ()), None) | found
    order = list(economics.quantities)
    return dict(sorted(found.items(), key=lambda pair: order.index(pair[0])))


def editions_behind(
    economics: Economics, result: str, keys: Mapping[str, Iterable[str]]
) -> list[str]:
    """Return the editions of the guidance that a result follows."""
    if result in ("quantities", "costs", "unit_costs"):
        return [economics.edition] if economics.edition else []
    editions = (
        economics.scenarios_of(appraisal)[scenario].edition
        for appraisal, scenario in _analyses(economics, result, keys)
    )
    return list(dict.fromkeys(edition for edition in editions if edition))


def with_marks(economics: Economics, result: str, columns: Mapping[str, list]) -> dict[str, list]:
    """Return two columns of a result, `solved` and `assumed`: names of the numbers behind each row,
    joined by semicolons. columns: those of the result, by name."""
    length = len(next(iter(columns.values()), []))
    known = {name: list(map(str, columns[name])) for name in KEYS if name in columns}
    rows = list(zip(*known.values(), strict=True)) if known else [()] * length
    marks = {}
    for row in dict.fromkeys(rows):
        keys = {name: [value] for name, value in zip(known, row, strict=True)}
        marks[row] = numbers_behind(economics, result, keys)
    return {how: [joined(marks[row], how) for row in rows] for how in ("solved", "assumed")}


def together(some: Mapping[str, Known], others: Mapping[str, Known]) -> dict[str, Known]:
    """Return numbers of two results; solved where either has it so."""
    return {
        name: "solved" if "solved" in (some.get(name), others.get(name)) else how
        for name, how in {**some, **others}.items()
    }


def joined(numbers: Mapping[str, Known], how: str) -> str:
    """Return the names of the numbers that are known in some way, joined by semicolons."""
    return ";".join(name for name, known in numbers.items() if known == how)


def used_by(economics: Economics, appraisal: str, scenario: str = REFERENCE) -> list[str]:
    """Return the declared numbers that an appraisal names, but those that its scenario sets."""
    skipped = economics.scenarios_of(appraisal)[scenario].set
    return [name for name in economics.numbers_of(appraisal) if name not in skipped]


def solved_from(trials: Iterable[Economics | None]) -> list[tuple[list[str], list[str]]]:
    """Return the printed cells that declared numbers were solved from, with the names of these."""
    found: dict[tuple[str, ...], list[str]] = {}
    for economics in trials:
        for name, quantity in (economics.quantities if economics else {}).items():
            for cell in quantity.solved_from:
                found.setdefault(cell.key, []).append(name)
    return [(list(cell), names) for cell, names in found.items()]


def _analyses(
    economics: Economics, result: str, keys: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str]]:
    """Yield the appraisals and scenarios that rows are of."""
    appraisals = keys.get("appraisal", economics.appraisals)
    if result == "information":
        appraisals = [economics.decision.appraisal] if economics.decision else []
    for appraisal in appraisals:
        known = economics.scenarios_of(appraisal)
        chosen = keys.get("scenario", known) if result in BY_SCENARIO else [REFERENCE]
        yield from ((appraisal, name) for name in chosen if name in known)


def _parts(
    economics: Economics, appraisal: Appraisal, result: str, keys: Mapping[str, Iterable[str]]
) -> Iterator[ResultPart]:
    """Yield the parts that the columns of rows are made from."""
    cases = keys.get("case", economics.cases)
    if result == "information" and economics.decision:
        cases = [economics.decision.case]
    # One part a case: a transfer between parties that count together is in no sum of theirs.
    sides = [tuple(economics.cases[name].parties) for name in cases]
    perspective = tuple(appraisal.perspective)
    match result:
        case "sensitivity" | "convergence" | "information":
            everything = [ResultPart(parties, cost=True) for parties in sides]
        case "parties":
            everything = [ResultPart((party,), cost=True) for party in PARTIES]
        case "cost_effectiveness" | "acceptability":
            everything = [ResultPart(perspective, cost=True, health=True)]
        case _:
            everything = [ResultPart(parties, cost=True) for parties in (*sides, perspective)]
            everything.append(ResultPart(health=True))
    for column in keys.get("column", [""]):
        for ending in ENDINGS:
            column = column.removesuffix(ending)
        if column in PARTIES:
            yield ResultPart((column,), cost=True)
        elif column in economics.cases:
            yield ResultPart(tuple(economics.cases[column].parties))
        elif column in ("cost", "cost_per_head"):
            yield ResultPart(cost=True)
        elif column in ("health", "health_per_head"):
            yield ResultPart(health=True)
        elif column in ("benefit_per_head", "probability_benefit_above_zero"):
            yield from (ResultPart(parties) for parties in sides)
        elif column in ("net_cost", "public_cost", "public_cost_per_head"):
            yield ResultPart(perspective, cost=True)
        elif column in ("return_per_pound", "probability_return_above_one", "net_present_value"):
            yield from (ResultPart(parties, cost=True) for parties in sides)
        elif column == "society":
            yield ResultPart(PARTIES, cost=True)
        else:
            yield from everything


def _used(
    economics: Economics,
    appraisal: Appraisal,
    scenario: Scenario,
    part: ResultPart,
    items: Iterable[str],
) -> Iterator[str]:
    """Yield the names of the numbers that a part of a result of an appraisal is made from.

    items: benefits, `programme` and `excess_burden`, where rows are of them alone.
    """
    only = set(items) - {"total"} if "total" not in items else set()
    parties, cost = set(part.parties), part.cost
    if appraisal.excess_burden and "others" in parties and (not only or "excess_burden" in only):
        yield appraisal.excess_burden
        public = ResultPart(tuple(appraisal.perspective), cost=True)
        taxed = appraisal.model_copy(update={"excess_burden": None})
        yield from _used(economics, taxed, scenario, public, ())
    for name in appraisal.benefits:
        benefit = economics.benefits[name]
        if only and name not in only:
            continue
        years = scenario.horizon_years.get(name, benefit.horizon_years)
        named = economics.numbers_named["benefits", name]
        used = [number for number in named if _is_used(benefit, number, years)]
        shares = {party: share for party, share in benefit.gains.items() if party in parties}
        weighed = appraisal.distributional and not benefit.in_years and shares.get("participant")
        if weighed or abs(sum(shares.values())) > 1e-12:
            yield from used
            if appraisal.distributional and weighed:
                weights = appraisal.distributional
                yield from (weights.income, weights.reference_income, weights.elasticity)
        elif part.health and benefit.in_years:
            yield from (number for number in used if number not in economics.values)
    if cost and (not only or "programme" in only):
        yield from economics.numbers_named["cost", ""]
        if appraisal.optimism_bias:
            yield appraisal.optimism_bias


def _is_used(benefit: Benefit, number: str, horizon_years: float | None) -> bool:
    """Return whether a number that a benefit names is used: its decay only where projected."""
    projected = horizon_years is not None and 12 * horizon_years > benefit.end
    return projected or number != benefit.decay or number in benefit.unit_value


def _known(
    economics: Economics, names: Iterable[str], scenario: Scenario | None
) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for name in names:
        if name not in economics.quantities:
            continue
        quantity = economics.quantities[name]
        found[name] = quantity.known
        if scenario and name in scenario.set:
            given = scenario.set[name]
            number = given.value if isinstance(given, Amount) else given
            ends = quantity.distribution.ends(quantity.value)
            found[name] = quantity.known if number in ends else "assumed"
    return found
