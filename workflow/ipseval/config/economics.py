"""config/trials/<trial>/economics.yaml: costs, benefits, and how they are appraised."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from math import inf
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from .base import Name, Printed, Section, suggest
from .names import PEOPLE
from .quantities import (
    ELASTICITY,
    EXCESS_BURDEN,
    FACTOR_OF_COST,
    OPTIMISM_BIAS,
    SHARE_LOST,
    Amount,
    Quantity,
    Use,
    Valuation,
    Year,
)
from .refs import Place, Ref, names_in
from .run import MOST_DRAWS
from .values import NUMBERS, other_type

Party = Literal["participant", "exchequer", "employer", "nhs", "others"]
PARTIES: tuple[Party, ...] = get_args(Party)
PUBLIC: tuple[Party, ...] = ("exchequer", "nhs")
Evidence = Literal["detected", "every"]
Dependence = Literal["independent", "joint"]
Positive = Annotated[float, Field(gt=0)]

# Names of impacts, of declared numbers, and of columns of the ledger.
ImpactName = Annotated[str, Ref("impacts")]
Value = Annotated[str, Ref("values")]
Rate = Annotated[str, Ref("rates")]
Column = Annotated[str, Ref("columns")]
Edited = Annotated[str, Ref("editions")]

# Kind of a benefit -> whether it is a gain of years of health or wellbeing, not of money.
IN_YEARS = {"money": False, "transfer": False, "qaly": True, "wellby": True}


class Impact(Section):
    """An estimate of models.yaml that a benefit is made from."""

    family: Annotated[str, Ref("families")] = Field(description="Impact family.")
    model: Annotated[str, Ref("models")] = Field(description="Model of that family.")
    outcome: Annotated[str, Ref("model_outcomes")] = Field(description="Outcome of that family.")
    per: Literal["period", "year"] = Field(
        "period",
        description="period: the outcome is a total over the months of the flow that names it; "
        "year: it is a level, which counts for each year that it lasts.",
    )
    price_year: Year | None = Field(
        None, description="Year whose prices it is in, for an impact on an amount of money."
    )

    def months(self, place: Place) -> tuple[int, int] | None:
        """Return the months over which it is a total; None for a level, or where nobody can tell.

        Winsorised pay is of the months of pay: what is made of one result in its unit.
        """
        derived = place.config.outcomes.derived
        spec = derived.get(self.outcome) if self.per == "period" else None
        for _ in derived:
            if spec is None or spec.months_covered:
                break
            of = derived.get(getattr(spec, "of", ""))
            spec = of if of is not None and of.unit == spec.unit else None
        return spec.months_covered if spec else None

    def unlike(self, other: "Impact", place: Place) -> Iterator[str]:
        """Yield what of another impact is not counted as this one is, as far as that is known."""
        derived = place.config.outcomes.derived
        units = [derived[one.outcome].unit for one in (self, other) if one.outcome in derived]
        months = [known for one in (self, other) if (known := one.months(place))]
        if self.per != other.per:
            yield f"it is per {other.per}, not per {self.per}"
        if (self.price_year is None) != (other.price_year is None):
            yield "one is money and the other is not"
        if len(set(units)) > 1:
            yield f"its outcome is in {units[1]}, not in {units[0]}"
        if len(set(months)) > 1:
            (begin, end), (its_begin, its_end) = months
            yield f"its months are {its_begin} to {its_end}, not {begin} to {end}"

    def of_other_months(self, place: Place, flow: "Flow") -> Iterator[str]:
        """Yield a sentence where its total is over other months than those of a flow."""
        months = self.months(place)
        if months and months != (flow.from_month, flow.to_month):
            yield (
                f"outcome '{self.outcome}' is a total over months {months[0]} to {months[1]}, and "
                f"the flow is of months {flow.from_month} to {flow.to_month}; give the flow the "
                "months of the outcome, or name an impact over its own"
            )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        economics: Economics = place.within(Economics)
        if self.price_year is not None:
            for year in economics.without_deflator(self.price_year):
                yield "price_year", f"no deflator for {year}"
        family = place.config.models.families.get(self.family)
        if family is None:
            return
        if family.by_month or family.by_linkage or family.subgroups:
            yield "family", f"family '{self.family}' has more than one row"
        for group in economics.groups:
            if group in place.config.trial.groups and group not in family.groups:
                hint = suggest(group, family.groups)
                yield "family", f"family '{self.family}' has no group '{group}'{hint}"


class Flow(Section):
    """An impact that was observed over some months after randomisation."""

    impact: ImpactName = Field(description="Name under impacts.")
    from_month: int = Field(0, ge=0, le=1200, description="Month at whose start the flow begins.")
    to_month: int = Field(ge=1, le=1200, description="Month at whose end the flow ends.")
    straight: bool = Field(
        False,
        description="Whether a level moves on a straight line over the flow, from that of "
        "begins_at to its own at the end; if not, it counts in full from the start.",
    )
    begins_at: ImpactName | None = Field(
        None, description="Impact at whose level a straight flow begins; no difference if absent."
    )
    detected_by: ImpactName | None = Field(
        None,
        description="Impact whose detection decides whether the flow counts, where only detected "
        "impacts do; its own if absent. It keeps together what cannot count alone.",
    )

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.to_month <= self.from_month:
            raise ValueError(f"to_month {self.to_month} must be after from_month {self.from_month}")
        if self.begins_at is not None and not self.straight:
            raise ValueError("begins_at is for a flow that is straight: true")
        return self

    @property
    def decided_by(self) -> dict[str, str]:
        """Impact -> the one whose detection decides whether it counts."""
        decides = self.detected_by or self.impact
        return {name: decides for name in (self.begins_at, self.impact) if name is not None}

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        impacts = place.within(Economics).impacts
        for key, name in (("impact", self.impact), ("begins_at", self.begins_at)):
            if self.straight and name in impacts and impacts[name].per != "year":
                yield key, f"'{name}' is a total; only a level (per: year) moves on a straight line"
        if self.impact in impacts:
            yield from (
                ("to_month", text) for text in impacts[self.impact].of_other_months(place, self)
            )


class Benefit(Section):
    """Impacts over time, their unit value, and who gains or pays."""

    label: Printed = Field(description="Name as printed.")
    kind: Literal["money", "transfer", "qaly", "wellby"] = Field(
        description="money; transfer: money from some parties to others, which sums to zero; "
        "qaly: quality-adjusted life years; wellby: wellbeing-adjusted life years."
    )
    flows: list[Flow] = Field(min_length=1, description="Observed impacts, in order of time.")
    unit_value: list[Annotated[str, Ref("quantities")]] = Field(
        default_factory=list,
        description="Names under values and rates whose product is the value of one unit; 1 if "
        "none. One of them is an amount, and none is where the impacts are money.",
    )
    gains: dict[Party, Annotated[float, Field(ge=-1, le=1)]] = Field(
        min_length=1,
        description="Party -> its gain for each pound, from -1 to 1; negative for who pays.",
    )
    horizon_years: float | None = Field(
        None,
        gt=0,
        le=30,
        description="Years from randomisation over which it is counted; to the end of the last "
        "flow if absent. Beyond the flows it is projected. At most 30: discount rates fall after.",
    )
    continued_by: ImpactName | None = Field(
        None, description="Impact that is projected; that of the last flow if absent."
    )
    decay: Rate | None = Field(
        None, description="Rate by which the projected impact shrinks each year beyond the flows."
    )
    discount: Literal["money", "health"] | None = Field(
        None, description="Discount rate; health for qaly and wellby, money for others, if absent."
    )

    @property
    def end(self) -> int:
        """Month at whose end the observed flows end."""
        return self.flows[-1].to_month

    @cached_property
    def impacts(self) -> list[str]:
        """Impacts that it is made from; the one projected last."""
        flows = (name for flow in self.flows for name in flow.decided_by)
        return list(dict.fromkeys([*flows, self.projected]))

    @property
    def projected(self) -> str:
        return self.continued_by or self.flows[-1].impact

    @cached_property
    def decided_by(self) -> dict[str, str]:
        """Impact -> the one whose detection decides whether it counts."""
        decided = {self.projected: self.projected}
        for flow in self.flows:
            decided |= {k: v for k, v in flow.decided_by.items() if k != flow.begins_at}
        return {k: v for f in self.flows for k, v in f.decided_by.items()} | decided

    def counting(self, detected: set[str]) -> list[str]:
        """Return its impacts that count when those of `detected` are detected."""
        return [impact for impact in self.impacts if self.decided_by[impact] in detected]

    @property
    def in_years(self) -> bool:
        """Whether it is a gain of years of health or wellbeing, not of money."""
        return IN_YEARS[self.kind]

    @property
    def discounted_as(self) -> Literal["money", "health"]:
        return self.discount or ("health" if self.in_years else "money")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.kind == "transfer" and abs(sum(self.gains.values())) > 1e-9:
            raise ValueError(f"gains of a transfer sum to {sum(self.gains.values()):g}, not to 0")
        for before, after in zip(self.flows, self.flows[1:], strict=False):
            if after.from_month < before.to_month:
                raise ValueError(
                    f"flows overlap: month {after.from_month} begins before {before.to_month} ends"
                )
        return self

    def is_beyond_data(self, horizon_years: float | None) -> bool:
        """Whether years go beyond the flows, with no rule of decay."""
        return horizon_years is not None and 12 * horizon_years > self.end and self.decay is None

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        economics: Economics = place.within(Economics)
        if self.is_beyond_data(self.horizon_years):
            yield (
                "horizon_years",
                f"horizon of {self.horizon_years:g} years is beyond the data, which end with "
                f"month {self.end}; declare decay, or horizon_years within the data",
            )
        yield from self._valued_wrongly(economics)
        totals = {name for name, one in economics.impacts.items() if one.per == "period"}
        named = [flow.impact for flow in self.flows]
        for i, name in enumerate(named):
            if name in totals and name in named[:i]:
                yield (
                    f"flows.{i}.impact",
                    f"'{name}' is a total that an earlier flow counts already; name another impact",
                )
        # What is projected goes on at the yearly rate of the months of the last flow.
        if self.continued_by in economics.impacts:
            projected = economics.impacts[self.continued_by]
            yield from (
                ("continued_by", text) for text in projected.of_other_months(place, self.flows[-1])
            )

    def _valued_wrongly(self, economics: "Economics") -> Iterator[tuple[str, str]]:
        """Yield what keeps a unit of it from being priced once: not twice, and not by nothing."""
        if any(name not in economics.quantities for name in self.unit_value):
            return
        amounts = [name for name in self.unit_value if name in economics.values]
        if len(amounts) > 1:
            yield (
                "unit_value",
                f"{' and '.join(amounts)} are amounts of money, whose product is none; keep one, "
                "and give factors under rates",
            )
        elif self.in_years and not amounts:
            yield (
                "unit_value",
                f"kind {self.kind} counts years, and no amount says what one is worth; name one "
                "under values",
            )
        for name in self.impacts:
            impact = economics.impacts.get(name)
            if impact is None:
                continue
            if impact.price_year is None and not amounts and not self.in_years:
                yield (
                    "unit_value",
                    f"impact '{name}': the benefit counts it as money, so it needs a price_year "
                    "(or the benefit needs a value under unit_value)",
                )
            elif impact.price_year is not None and self.in_years:
                yield (
                    "kind",
                    f"impact '{name}' is money (it has a price_year), and kind {self.kind} counts "
                    "years; name an impact on health or wellbeing, or give kind money or transfer",
                )
            elif impact.price_year is not None and amounts:
                yield (
                    "unit_value",
                    f"impact '{name}' is money already (it has a price_year), and "
                    f"'{amounts[0]}' would price it again; leave the amount out, or name an "
                    "impact that is no money",
                )


class CostLedger(Section):
    """Costs booked by providers, a table of the extracts about no person."""

    table: Annotated[str, Ref("tables")] = Field(description="Table of the extracts.")
    amount: Column = Field(description="Column of the amount.")
    price_year: Year = Field(description="Year whose prices the amounts are in.")
    category: Column = Field(description="Column of the kind of cost.")
    trial_group: Column = Field("trial_group", description="Column of the caseload booked to.")
    site: Column | None = Field(None, description="Column of the site, for costs that are shared.")
    hours: Column | None = Field(
        None, description="Column of hours of staff, where booked by time."
    )
    hourly_rate: Column | None = Field(None, description="Column of the cost of an hour.")
    payers: dict[Annotated[str, Ref("ledger_categories")], Party] = Field(
        default_factory=dict, description="Category -> who bears it; the exchequer if absent."
    )
    shared_by: Literal["recruits", "none"] = Field(
        "none",
        description="How a booking without a caseload is shared among the caseloads of its site: "
        "in proportion to recruits to treatment; none: refused.",
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if (self.hours is None) != (self.hourly_rate is None):
            raise ValueError("hours and hourly_rate go together")
        if self.shared_by != "none" and self.site is None:
            raise ValueError("shared_by needs the column of the site")
        return self

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        for year in place.within(Economics).without_deflator(self.price_year):
            yield "price_year", f"no deflator for {year}"
        table = place.config.extracts.tables.get(self.table)
        for key in ("amount", "hours", "hourly_rate"):
            yield from other_type(table.columns if table else {}, getattr(self, key), NUMBERS, key)


class Cost(Section):
    """Cost of the programme per person randomised to treatment."""

    ledger: CostLedger | None = Field(None, description="Costs booked by the providers.")
    per_head: Value | None = Field(None, description="Name under values, where no ledger exists.")
    uncertainty: Rate | None = Field(
        None, description="Rate that multiplies the cost, with a value of 1."
    )
    activity: dict[str, Annotated[str, Ref("people")]] = Field(
        default_factory=dict,
        description="Label -> covariate that counts what a person received, for unit costs.",
    )
    in_work: ImpactName | None = Field(
        None, description="Impact on being in work, for the cost of each additional person in work."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.ledger is None) == (self.per_head is None):
            raise ValueError("give either ledger or per_head")
        return self

    def declared_head(self, values: Mapping[str, float]) -> float:
        """Return the declared cost per head; raises ValueError where a ledger gives it."""
        if self.per_head is None:
            raise ValueError("the cost per head is that of the ledger")
        return values[self.per_head]

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        economics: Economics = place.within(Economics)
        yield from (("uncertainty", text) for text in self._not_an_uncertainty(economics))
        derived = place.config.outcomes.derived
        for label, name in self.activity.items():
            key = f"activity.{label}"
            if name in PEOPLE:
                yield key, f"'{name}' counts nothing that a person received; name a covariate"
            elif (covariate := derived.get(name)) and (column := covariate.answered(place)):
                yield from other_type({name: column}, name, NUMBERS, key)

    def _not_an_uncertainty(self, economics: "Economics") -> Iterator[str]:
        """Yield why a rate is more than how uncertain the cost is."""
        rate = economics.rates.get(self.uncertainty or "")
        if rate is None:
            return
        # In an edition too: the cost would be multiplied there without a word.
        values = [rate.value, *(one.value for one in rate.editions.values())]
        if other := [value for value in values if value != 1]:
            yield (
                f"'{self.uncertainty}' has a value of {other[0]:g}, by which the cost would be "
                "multiplied; give it a value of 1, and a cost that is higher than booked as "
                "optimism_bias of an appraisal"
            )
        users = (
            f"{section}.{name}"
            for (section, name), names in economics.numbers_named.items()
            if section != "cost" and self.uncertainty in names
        )
        if user := next(users, None):
            yield (
                f"'{self.uncertainty}' is used by {user} too, which would move with the cost; "
                "declare a rate for each"
            )


class Case(Section):
    """A point of view: the financial case of the exchequer, the economic case of society."""

    label: Printed = Field(description="Name as printed.")
    parties: list[Party] = Field(min_length=1, description="Parties whose gains count.")


def as_fraction(rate: float) -> float:
    """Return a yearly rate; raise ValueError where it is none, or looks like a percentage."""
    if not 0 <= rate < 0.3:
        hint = f"; as a fraction, {rate:g}% is {rate / 100:g}" if 0.3 <= rate < 100 else ""
        raise ValueError(f"a yearly discount rate is a fraction from 0 to 0.3, not {rate:g}{hint}")
    return rate


class Discount(Section):
    """Yearly discount rates as fractions; the first twelve months are not discounted."""

    money: float = Field(0.035, description="Rate of money, a fraction: 0.035.")
    health: float = Field(0.015, description="Rate of health, a fraction: 0.015.")

    @field_validator("money", "health")
    @classmethod
    def _is_a_fraction(cls, rate: float) -> float:
        return as_fraction(rate)


class Edition(Section):
    """An edition of guidance: what an appraisal follows, and is named with."""

    # Not Printed: summary.csv names it.
    label: str = Field(description="Name as printed, with its date.")
    discount: Discount = Field(description="Discount rates that it prescribes.")
    thresholds: list[Positive] = Field(
        default_factory=list,
        description="Values of a QALY between which it calls a programme cost-effective; those of "
        "`threshold` if none.",
    )


class Scenario(Section):
    """What is set otherwise than in the reference; a number set has no uncertainty."""

    label: Printed = Field(description="Name as printed.")
    edition: Edited | None = Field(
        None, description="Edition of the guidance; that of the appraisal if absent."
    )
    expected: Literal["better", "worse"] | None = Field(
        None,
        description="Whether the programme is expected to look better or worse than in the "
        "reference. Where it does not, the scenario is shown by what it sets and not by its label.",
    )
    instead: dict[ImpactName, ImpactName] = Field(
        default_factory=dict,
        description="Impact -> the one that is taken in its place, such as that under another "
        "value set. Whether it counts is decided by the former.",
    )
    set: dict[Annotated[str, Ref("quantities")], float | Amount] = Field(
        default_factory=dict,
        description="Name under values or rates -> its value, at the price year of what it "
        "replaces, or at one of its own.",
    )
    discount: dict[Literal["money", "health"], float] = Field(
        default_factory=dict, description="Discount rates that differ."
    )
    horizon_years: dict[
        Annotated[str, Ref("economic_benefits")], Annotated[float, Field(gt=0, le=30)]
    ] = Field(default_factory=dict, description="Benefit -> years over which it is counted.")

    @field_validator("discount")
    @classmethod
    def _are_fractions(cls, rates: dict[str, float]) -> dict[str, float]:
        return {kind: as_fraction(rate) for kind, rate in rates.items()}

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        economics: Economics = place.within(Economics)
        for name, given in self.set.items():
            key = f"set.{name}"
            value = given.value if isinstance(given, Amount) else given
            if isinstance(given, Amount) and name in economics.rates:
                yield key, "a rate has no price year; give a plain number"
            if name in economics.values and value < 0:
                yield key, f"an amount is not below 0, as {value:g} is"
            if name in economics.divisors and value == 0:
                yield key, "an income that weights divide by is above 0"
            for use in economics.uses_of(name):
                yield from ((key, text) for text in use.problems(value))
        yield from self._without_effect(place)
        for name, other in self.instead.items():
            one, its = economics.impacts.get(name), economics.impacts.get(other)
            if name == other:
                yield f"instead.{name}", "takes its own place, which changes nothing"
            elif one and its and (unlike := list(one.unlike(its, place))):
                yield (
                    f"instead.{name}",
                    f"'{other}' is not measured in the same way: {' and '.join(unlike)}; name an "
                    "impact that counts the same",
                )
        for name, years in self.horizon_years.items():
            benefit = economics.benefits.get(name)
            if benefit is not None and benefit.is_beyond_data(years):
                yield (
                    f"horizon_years.{name}",
                    f"horizon of {years:g} years is beyond the data, which end with month "
                    f"{benefit.end}; declare decay of the benefit, or years within the data",
                )

    def _without_effect(self, place: Place) -> Iterator[tuple[str, str]]:
        """Yield what nothing uses: the report would say that it makes no difference."""
        economics: Economics = place.within(Economics)
        own: Appraisal | None = place.within(Appraisal)
        names = [place.path[1]] if own else list(economics.appraisals)
        where = f"appraisal '{names[0]}'" if own else "any appraisal"
        declared = {
            "instead": list(economics.impacts),
            "set": list(economics.quantities),
            "discount": ["money", "health"],
            "horizon_years": list(economics.benefits),
        }
        used = [economics.used_in(name) for name in names]
        for key, known in declared.items():
            for name in getattr(self, key):
                if name in known and not any(name in one[key] for one in used):
                    yield (
                        f"{key}.{name}",
                        f"nothing in {where} {'is discounted as' if key == 'discount' else 'uses'} "
                        f"'{name}', so setting it changes nothing; leave it out, or name what is "
                        "used",
                    )
        followed = {economics.appraisals[name].edition or economics.edition for name in names}
        if not (self.edition or any(getattr(self, key) for key in declared)):
            yield (
                "",
                "sets nothing, so it is the reference again; say what differs, or leave it out",
            )
        elif self.edition and followed == {self.edition}:
            yield "edition", f"'{self.edition}' is followed anyway; name another, or leave it out"


class Distributional(Section):
    """Weight of a participant's pound: (reference income / income) to the power of elasticity."""

    income: Value = Field(description="Name under values: yearly income of participants.")
    reference_income: Value = Field(description="Name under values: income that has weight 1.")
    elasticity: Rate = Field(
        description="Rate; 0 weighs every pound alike, the Green Book's is 1.3"
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        values = place.within(Economics).values
        for key in ("income", "reference_income"):
            name = getattr(self, key)
            if name in values and values[name].value == 0:
                yield key, f"'{name}' is 0; an income that weights divide by is above 0"


class Appraisal(Section):
    """A way of appraising the trial: which benefits, by which evidence."""

    label: Printed = Field(description="Name as printed.")
    edition: Edited | None = Field(
        None, description="Edition of the guidance; that of the trial if absent."
    )
    benefits: list[Annotated[str, Ref("economic_benefits")]] = Field(
        min_length=1, description="Names under benefits."
    )
    perspective: list[Party] = Field(
        default_factory=lambda: [*PUBLIC],
        min_length=1,
        description="Parties whose net cost is held against health, and is the denominator of the "
        "benefit-cost ratio.",
    )
    payer: Party | None = Field(
        None, description="Who bears the programme in it, whoever did in the trial."
    )
    optimism_bias: Rate | None = Field(
        None, description="Rate: share by which the programme costs more than was booked."
    )
    evidence: Evidence = Field(
        description="detected: an impact counts only if its p-value is below detection_level; "
        "every: all estimates count with their uncertainty. Both are always computed."
    )
    impacts: Dependence = Field(
        description="independent: each impact from its own normal distribution; joint: from the "
        "joint distribution of all of its group. Both are always computed."
    )
    scenarios: dict[Name, Scenario] = Field(
        default_factory=dict, description="Scenarios beside those of the trial."
    )
    excess_burden: Rate | None = Field(
        None, description="Rate: cost to society of raising a pound of tax, beside the pound."
    )
    distributional: Distributional | None = Field(None, description="Weights of participants.")

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        declared = place.within(Economics).benefits
        in_years = [name for name in self.benefits if name in declared and declared[name].in_years]
        if len(in_years) > 1:
            yield (
                "benefits",
                f"{' and '.join(in_years)} value the same years of life (QALYs and WELLBYs are "
                "never added); choose one",
            )


class Threshold(Section):
    """Acceptability: what society would pay for a year of full health."""

    tabulated: list[Positive] = Field(min_length=1, description="Values that tables show.")
    highest: float = Field(gt=0, description="Where curves end.")


class Decision(Section):
    """The decision that information would be for."""

    appraisal: Annotated[str, Ref("appraisals")] = Field(
        description="Appraisal whose uncertainty it is about."
    )
    case: Annotated[str, Ref("cases")] = Field(description="Case whose net benefit decides.")
    population: int = Field(ge=1, le=10**10, description="People whom the decision would reach.")
    further_trial: list[Annotated[int, Field(ge=1, le=10**8)]] = Field(
        min_length=1, description="Sizes of a further trial, people in both arms together."
    )


class Economics(Section):
    """config/trials/<trial>/economics.yaml."""

    groups: list[Annotated[str, Ref("groups")]] = Field(
        min_length=1, description="Analysis groups to appraise."
    )
    not_calculated: list[Annotated[str, Ref("appraised_groups")]] = Field(
        default_factory=list, description="Groups with a cost but no return, printed n/c."
    )
    draws: int = Field(10_000, ge=100, le=MOST_DRAWS, description="Monte Carlo draws.")
    price_year: Year = Field(description="Price year of the results.")
    discount: Discount | None = Field(
        None, description="Discount rates, for a trial whose guidance has no editions."
    )
    edition: Edited | None = Field(None, description="Edition of the guidance that is followed.")
    editions: dict[Name, Edition] = Field(
        default_factory=dict, description="Editions of guidance by name."
    )
    detection_level: float = Field(
        0.10, gt=0, le=1, description="P-value below which an impact counts as detected."
    )
    deflator: dict[int, Positive] = Field(
        default_factory=dict, description="GDP deflator by year, any base."
    )
    impacts: dict[Name, Impact] = Field(min_length=1, description="Impacts by name.")
    values: dict[Name, Valuation] = Field(description="Unit costs and valuations by name.")
    rates: dict[Name, Quantity] = Field(
        default_factory=dict, description="Rates, shares and factors by name."
    )
    cost: Cost = Field(description="What the programme costs.")
    benefits: dict[Name, Benefit] = Field(min_length=1, description="Benefits by name.")
    cases: dict[Name, Case] = Field(min_length=1, description="Cases by name.")
    scenarios: dict[Name, Scenario] = Field(
        default_factory=dict, description="Scenarios of every appraisal, beside the reference."
    )
    appraisals: dict[Name, Appraisal] = Field(
        min_length=1, description="Appraisals by name; the first one regenerates what is published."
    )
    threshold: Threshold | None = Field(None, description="Willingness to pay for health.")
    decision: Decision | None = Field(None, description="For the value of information.")

    @property
    def families(self) -> list[str]:
        """Return the impact families that benefits come from."""
        return list(dict.fromkeys(impact.family for impact in self.impacts.values()))

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Values and rates by name."""
        return {**self.values, **self.rates}

    @cached_property
    def numbers_named(self) -> dict[tuple[str, str], list[str]]:
        """Names of the values and rates that a section names: ("benefits", name), ("appraisals",
        name), but for what its scenarios set, and ("cost", "")."""
        sections: dict[tuple[str, str], Section] = {("cost", ""): self.cost}
        sections |= {("benefits", name): one for name, one in self.benefits.items()}
        for name, one in self.appraisals.items():
            sections["appraisals", name] = one.model_copy(update={"scenarios": {}})
        targets = ("values", "rates", "quantities")
        return {key: names_in(section, *targets) for key, section in sections.items()}

    def numbers_of(self, appraisal: str) -> list[str]:
        """Return the names of the values and rates that an appraisal is made from."""
        sections = [
            *(("benefits", name) for name in self.appraisals[appraisal].benefits),
            ("cost", ""),
            ("appraisals", appraisal),
        ]
        names = (name for section in sections for name in self.numbers_named.get(section, ()))
        return list(dict.fromkeys(names))

    def used_in(self, appraisal: str) -> dict[str, set[str]]:
        """Return what an appraisal is made from, by the key with which a scenario changes it."""
        named = self.appraisals[appraisal].benefits
        benefits = [self.benefits[name] for name in named if name in self.benefits]
        return {
            "instead": {impact for benefit in benefits for impact in benefit.impacts},
            "set": set(self.numbers_of(appraisal)),
            "discount": {benefit.discounted_as for benefit in benefits},
            "horizon_years": set(named),
        }

    def scenarios_of(self, appraisal: str) -> dict[str, Scenario]:
        """Return the scenarios of an appraisal by name; the reference first."""
        return self._scenarios[appraisal]

    @cached_property
    def _scenarios(self) -> dict[str, dict[str, Scenario]]:
        reference = {"reference": Scenario(label="Reference")}
        return {
            name: {
                scenario: self._resolved(declared, appraisal)
                for scenario, declared in {
                    **reference,
                    **self.scenarios,
                    **appraisal.scenarios,
                }.items()
            }
            for name, appraisal in self.appraisals.items()
        }

    def _resolved(self, scenario: Scenario, appraisal: Appraisal) -> Scenario:
        """Return a scenario with the edition that it is of, and all of its discount rates."""
        edition = scenario.edition or appraisal.edition or self.edition
        rates = self.editions[edition].discount if edition else self.discount
        rates = rates or Discount()
        given = {"money": rates.money, "health": rates.health} | scenario.discount
        return scenario.model_copy(update={"edition": edition, "discount": given})

    def years_of(self, appraisal: str) -> str | None:
        """Return what an appraisal gains years of: qaly or wellby, None where it gains none."""
        kinds = {self.benefits[name].kind for name in self.appraisals[appraisal].benefits}
        return next((kind for kind in sorted(kinds) if IN_YEARS[kind]), None)

    def thresholds_of(self, appraisal: str) -> list[float]:
        """Return the values of a year of full health that tables of an appraisal show: those of the
        editions that it and its scenarios follow, else those declared."""
        if self.threshold is None:
            return []
        editions = {one.edition for one in self.scenarios_of(appraisal).values() if one.edition}
        values = {value for name in editions for value in self.editions[name].thresholds}
        return sorted(values) or list(self.threshold.tabulated)

    @property
    def weights(self) -> list[Distributional]:
        """Return the weights of participants that appraisals declare."""
        return [one.distributional for one in self.appraisals.values() if one.distributional]

    @property
    def divisors(self) -> set[str]:
        """Return the incomes that weights of participants divide by."""
        return {name for one in self.weights for name in (one.income, one.reference_income)}

    def uses_of(self, quantity: str) -> list[Use]:
        """Return what a declared number is used for, as far as that bounds it; each use once."""
        uses = [
            *((benefit.decay, SHARE_LOST) for benefit in self.benefits.values()),
            (self.cost.uncertainty, FACTOR_OF_COST),
            *((one.excess_burden, EXCESS_BURDEN) for one in self.appraisals.values()),
            *((one.elasticity, ELASTICITY) for one in self.weights),
            *((one.optimism_bias, OPTIMISM_BIAS) for one in self.appraisals.values()),
        ]
        return list(dict.fromkeys(use for name, use in uses if name == quantity))

    def support_of(self, quantity: str) -> tuple[float, float]:
        """Return the lowest and the highest value that a declared number can have.

        Not below zero; what is a share, a factor or an exponent has an upper end too.
        """
        uses = self.uses_of(quantity)
        return max((u.low for u in uses), default=0.0), min((u.high for u in uses), default=inf)

    def without_deflator(self, price_year: int) -> list[int]:
        """Return the years whose deflator is missing to bring an amount to the price year."""
        if price_year == self.price_year:
            return []
        return sorted({price_year, self.price_year} - set(self.deflator))

    @model_validator(mode="after")
    def _has_one_set_of_rates(self) -> Self:
        if self.discount is not None and self.editions:
            raise ValueError("discount rates are those of the edition; leave `discount` out")
        if bool(self.editions) != (self.edition is not None):
            raise ValueError("`editions` and `edition`, the one that is followed, go together")
        return self

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        trial = place.config.trial
        if not trial.person.arm.has_two:
            yield (
                "groups",
                f"costs and benefits are appraised of two arms, and the trial has "
                f"{len(trial.person.arm.names)}; leave economics.yaml out",
            )
        for name in self.groups:
            if name in trial.groups and (group := trial.groups[name]).is_declared:
                named = sorted({*group.treatment, *group.control, *group.dose})
                yield (
                    "groups",
                    f"'{name}' compares arms that it names ({', '.join(named)}); an appraisal "
                    "takes groups of both arms as they are: leave treatment and control out",
                )
            elif name in trial.groups and trial.groups[name].sample:
                yield "groups", f"'{name}' is of a sample; an appraisal is of everybody randomised"
        for name in self.rates:
            if name in self.values:
                yield f"rates.{name}", "is the name of a value too; name one otherwise"
