"""config/trials/<trial>/economics.yaml: costs, valuations and cases of the appraisal."""

from typing import Literal

from pydantic import Field, model_validator

from .base import Section


class Normal(Section):
    """Normal distribution about the value."""

    kind: Literal["normal"]
    standard_error: float = Field(gt=0, description="Standard error, in the unit of the value.")


class Uniform(Section):
    """Uniform distribution between two bounds."""

    kind: Literal["uniform"]
    low: float = Field(description="Lower bound, in the unit of the value.")
    high: float = Field(description="Upper bound, in the unit of the value.")

    @model_validator(mode="after")
    def _low_is_below_high(self):
        if self.low >= self.high:
            raise ValueError(f"low {self.low} must be below high {self.high}")
        return self


class Fixed(Section):
    """No uncertainty."""

    kind: Literal["fixed"]


class Valuation(Section):
    """A declared number: value, unit, price year, source and uncertainty."""

    value: float = Field(description="Value in the reference scenario.")
    unit: str = Field(description="Unit of the value.")
    price_year: int = Field(ge=1950, le=2100, description="Year whose prices it is in.")
    source: str = Field(description="Publication, or the entry in the assumptions log.")
    distribution: Normal | Uniform | Fixed = Field(
        discriminator="kind", description="Uncertainty about the value."
    )


class Cost(Section):
    """Cost of the programme per person randomised to treatment."""

    ledger: str | None = Field(
        None, description="Table of the extracts with provider costs, by trial group."
    )
    amount: str | None = Field(None, description="Column of the amount in the ledger.")
    per_head: Valuation | None = Field(None, description="Cost per head, where no ledger exists.")

    @model_validator(mode="after")
    def _one_source(self):
        if (self.ledger is None) == (self.per_head is None):
            raise ValueError("give either ledger with amount, or per_head")
        if (self.ledger is None) != (self.amount is None):
            raise ValueError("ledger and amount go together")
        return self


class Benefit(Section):
    """An impact multiplied by what one unit of it is worth."""

    label: str = Field(description="Name as printed.")
    outcome: str = Field(description="Outcome whose impact is valued.")
    family: str | None = Field(None, description="Its impact family, where that is another.")
    value: Valuation = Field(description="Worth of one unit of the outcome.")
    years: int = Field(1, ge=1, description="Years over which the impact is counted.")
    decay: float = Field(0.0, ge=0, le=1, description="Share of the impact lost each year.")


class Case(Section):
    """A point of view: the financial case of the exchequer, the economic case of society."""

    label: str = Field(description="Name as printed.")
    cost: Cost = Field(description="What the programme costs in this case.")
    benefits: dict[str, Benefit] = Field(min_length=1, description="Benefits by name.")


class Economics(Section):
    """config/trials/<trial>/economics.yaml."""

    family: str = Field(description="Impact family that the benefits come from.")
    model: str = Field(description="Model of that family.")
    groups: list[str] = Field(min_length=1, description="Analysis groups to appraise.")
    not_calculated: list[str] = Field(
        default_factory=list, description="Groups with a cost but no return, printed n/c."
    )
    draws: int = Field(10_000, ge=100, description="Monte Carlo draws.")
    price_year: int = Field(ge=1950, le=2100, description="Price year of the results.")
    discount_rate: float = Field(ge=0, lt=0.3, description="Yearly rate as a fraction: 0.035.")
    detection_level: float | None = Field(
        None,
        gt=0,
        le=1,
        description="A benefit is counted only if the p-value of its impact is below this level; "
        "absent, every estimate counts.",
    )
    deflator: dict[int, float] = Field(
        default_factory=dict, description="GDP deflator by year, any base."
    )
    cases: dict[str, Case] = Field(min_length=1, description="Cases by name.")

    @property
    def families(self) -> list[str]:
        """Return the impact families that benefits come from."""
        benefits = [b for case in self.cases.values() for b in case.benefits.values()]
        return list(dict.fromkeys([self.family, *(b.family for b in benefits if b.family)]))

    @model_validator(mode="after")
    def _price_years_can_be_converted(self):
        for name, case in self.cases.items():
            valuations = [benefit.value for benefit in case.benefits.values()]
            valuations += [case.cost.per_head] if case.cost.per_head else []
            for valuation in valuations:
                years = {valuation.price_year, self.price_year}
                if len(years) > 1 and (missing := years - set(self.deflator)):
                    raise ValueError(
                        f"case {name}: no deflator for {', '.join(map(str, sorted(missing)))}"
                    )
        return self
