"""Gains of every party from impacts and declared numbers: plain numbers or arrays of draws."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..config.economics import PUBLIC, Appraisal, Benefit, Case, Economics, Party, Scenario
from .durations import present_values

Number = np.ndarray | float
SCALAR = (float, int)  # NumPy's float is one; asking for the type is what this does most


def total(values: Iterable[Number]) -> Number:
    """Return the sum of numbers and arrays, with no pass over an array that changes nothing."""
    subtotal: Number = 0.0
    in_place = False
    for value in values:
        if isinstance(value, SCALAR) and value == 0:
            continue
        if in_place:
            subtotal += value
        elif isinstance(subtotal, SCALAR) and subtotal == 0:
            subtotal = value
        else:
            subtotal = subtotal + value
            in_place = not isinstance(subtotal, SCALAR)
    return subtotal


@dataclass(frozen=True)
class Item:
    """An amount per recruit to treatment, and the share of it that each party gains."""

    amount: Number
    shares: Mapping[Party, Number]

    def of(self, parties: Iterable[Party]) -> Number:
        """Return what some parties gain; a transfer between them is exactly nothing."""
        share = total(self.shares[party] for party in parties if party in self.shares)
        if isinstance(share, SCALAR) and share in (0, 1):
            return self.amount if share else 0.0
        return self.amount * share


@dataclass(frozen=True)
class Gains:
    """Gains per recruit to treatment at present value, by benefit.

    `cost` is what the programme costs, by who bears it; `health` the years (QALYs or WELLBYs)
    gained and `health_worth` their monetary value. `perspective` are the parties whose net cost is
    held against health: the public sector, unless the appraisal says otherwise.
    """

    cost: Mapping[Party, Number]
    items: dict[str, Item] = field(default_factory=dict)
    health: Number = 0.0
    health_worth: Number = 0.0
    perspective: Sequence[Party] = PUBLIC

    @property
    def total_cost(self) -> Number:
        return total(self.cost.values())

    def cost_to(self, parties: Iterable[Party]) -> Number:
        """Return what the programme costs some parties."""
        return total(self.cost[party] for party in parties if party in self.cost)

    def of(self, parties: Iterable[Party]) -> Number:
        """Return the sum of gains over benefits and some parties, the programme's cost aside."""
        return total(item.of(parties) for item in self.items.values())

    @property
    def public_cost(self) -> Number:
        """Return what the programme costs the perspective's parties, net of what it saves them."""
        return self.cost_to(self.perspective) - self.of(self.perspective)

    def net(self, case: Case) -> Number:
        """Return the net present value of a case: gains of its parties less what they bear."""
        return self.of(case.parties) - self.cost_to(case.parties)


def evaluate(
    economics: Economics,
    appraisal: Appraisal,
    scenario: Scenario,
    cost: Mapping[Party, Number],
    impacts: Mapping[str, Number],
    detected: set[str],
    quantities: Mapping[str, Number],
) -> Gains:
    """Return gains by benefit.

    `cost` is what each payer bears a head by the ledger, `impacts` are by name, `detected` names
    those that the rule of evidence takes as detected (others count for nothing), `quantities` are
    at the price year of the results. All are numbers or arrays of the same draws.
    """
    declared = economics.cost
    scale = quantities[declared.uncertainty] if declared.uncertainty else 1.0
    if appraisal.optimism_bias:
        scale = scale * (1 + quantities[appraisal.optimism_bias])
    if declared.per_head:
        cost = {"exchequer": quantities[declared.per_head]}
    if appraisal.payer:
        cost = {appraisal.payer: total(cost.values())}
    weight = _participant_weight(appraisal, quantities)
    items: dict[str, Item] = {}
    health: Number = 0.0
    health_value: Number = 0.0
    for name in appraisal.benefits:
        benefit = economics.benefits[name]
        effect = _effect(name, economics, scenario, impacts, detected, quantities)
        amount = effect * _product(benefit.unit_value, economics.values, quantities)
        if benefit.in_years:
            health, health_value = health + effect, health_value + amount
        items[name] = Item(amount, _shares(benefit, weight))
    borne = {payer: head * scale for payer, head in cost.items()}
    gains = Gains(borne, items, health, health_value, appraisal.perspective)
    if appraisal.excess_burden:
        burden = -quantities[appraisal.excess_burden] * gains.public_cost
        items["excess_burden"] = Item(burden, {"others": 1.0})
    return gains


def _shares(benefit: Benefit, weight: Number) -> Mapping[Party, Number]:
    """Return the share of each party; a participant's pound, not health, carries a weight."""
    if benefit.in_years or "participant" not in benefit.gains:
        return benefit.gains
    return benefit.gains | {"participant": benefit.gains["participant"] * weight}


def _effect(
    name: str,
    economics: Economics,
    scenario: Scenario,
    impacts: Mapping[str, Number],
    detected: set[str],
    quantities: Mapping[str, Number],
) -> Number:
    """Return the present value of a benefit before it is priced: pounds, years, or other units."""
    benefit = economics.benefits[name]
    counting = benefit.counting(detected)
    if not counting:
        return 0.0
    rate = scenario.discount[benefit.discounted_as]
    years = scenario.horizon_years.get(name, benefit.horizon_years)
    decay: Number = quantities[benefit.decay] if benefit.decay else 0.0
    weights = present_values(benefit, economics, rate, years, decay)
    effect = total(impacts[scenario.instead.get(k, k)] * weights[k] for k in counting)
    return effect * _product(benefit.unit_value, economics.rates, quantities)


def _product(
    names: list[str], declared: Collection[str], quantities: Mapping[str, Number]
) -> Number:
    product: Number = 1.0
    for name in names:
        if name in declared:
            product = product * quantities[name]
    return product


def _participant_weight(appraisal: Appraisal, quantities: Mapping[str, Number]) -> Number:
    """Return the welfare weight of a participant's pound (Green Book, A3)."""
    spec = appraisal.distributional
    if spec is None:
        return 1.0
    ratio = quantities[spec.reference_income] / quantities[spec.income]
    return ratio ** quantities[spec.elasticity]
