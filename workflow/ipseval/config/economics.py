"""config/trials/<trial>/economics.yaml: costs, benefits, and how they are appraised."""

from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator, model_validator

from .appraisal_problems import problems_of
from .base import Section
from .distributions import Distribution

Party = Literal["participant", "exchequer", "employer", "nhs", "others"]
PARTIES: tuple[Party, ...] = get_args(Party)
Evidence = Literal["detected", "every"]
Dependence = Literal["independent", "joint"]
Year = Annotated[int, Field(ge=1950, le=2100)]
Positive = Annotated[float, Field(gt=0)]


class Quantity(Section):
    """A declared number without a price: a rate, a share, a factor."""

    label: str = Field(description="Name as printed.")
    value: float = Field(description="Value in the reference scenario.")
    unit: str = Field(description="Unit of the value.")
    source: str = Field(description="Publication, or the entry in the assumptions log.")
    distribution: Distribution = Field(description="Uncertainty about the value.")

    @model_validator(mode="after")
    def _fits_its_distribution(self):
        self.distribution.check(self.value)
        return self


class Valuation(Quantity):
    """An amount of money: a unit cost, or what one unit of an outcome is worth."""

    value: float = Field(ge=0, description="Value in the reference scenario.")
    price_year: Year = Field(description="Year whose prices it is in.")


class Amount(Section):
    """An amount of money at the prices of a year."""

    value: float = Field(ge=0, description="Amount, in the unit of what it replaces.")
    price_year: Year = Field(description="Year whose prices it is in.")


class Impact(Section):
    """An estimate of models.yaml that a benefit is made from."""

    family: str = Field(description="Impact family.")
    model: str = Field(description="Model of that family.")
    outcome: str = Field(description="Outcome of that family.")
    per: Literal["period", "year"] = Field(
        "period",
        description="period: the outcome is a total over the months of the flow that names it; "
        "year: it is a level, worth so much for each year that it lasts.",
    )
    price_year: Year | None = Field(
        None, description="Year whose prices it is in, for an impact on an amount of money."
    )


class Flow(Section):
    """An impact that was observed over some months after randomisation."""

    impact: str = Field(description="Name under impacts.")
    from_month: int = Field(0, ge=0, description="Month at whose start the flow begins.")
    to_month: int = Field(ge=1, description="Month at whose end the flow ends.")
    detected_by: str | None = Field(
        None,
        description="Impact whose detection decides whether the flow counts, where only detected "
        "impacts do; its own if absent. It keeps together what cannot count alone.",
    )

    @model_validator(mode="after")
    def _runs_forward(self):
        if self.to_month <= self.from_month:
            raise ValueError(f"to_month {self.to_month} must be after from_month {self.from_month}")
        return self


class Benefit(Section):
    """Impacts over time, what one unit of them is worth, and who gains or pays."""

    label: str = Field(description="Name as printed.")
    kind: Literal["money", "transfer", "qaly", "wellby"] = Field(
        description="money; transfer: money from some parties to others, which sums to zero; "
        "qaly: quality-adjusted life years; wellby: wellbeing-adjusted life years."
    )
    flows: list[Flow] = Field(min_length=1, description="Observed impacts, in order of time.")
    worth: list[str] = Field(
        default_factory=list,
        description="Names under values and rates whose product one unit is worth; 1 if none.",
    )
    gains: dict[Party, float] = Field(
        min_length=1, description="Party -> its gain for each pound; negative for who pays."
    )
    horizon_years: float | None = Field(
        None,
        gt=0,
        le=30,
        description="Years from randomisation over which it is counted; to the end of the last "
        "flow if absent. Beyond the flows it is projected. At most 30: discount rates fall after.",
    )
    continued_by: str | None = Field(
        None, description="Impact that is projected; that of the last flow if absent."
    )
    decay: str | None = Field(
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
        return list(dict.fromkeys([*(f.impact for f in self.flows), self.projected]))

    @property
    def projected(self) -> str:
        return self.continued_by or self.flows[-1].impact

    @cached_property
    def decided_by(self) -> dict[str, str]:
        """Impact -> the one whose detection decides whether it counts."""
        own = {flow.impact: flow.detected_by or flow.impact for flow in self.flows}
        return {self.projected: self.projected} | own

    def counting(self, detected: set[str]) -> list[str]:
        """Return its impacts that count when those of `detected` are detected."""
        return [impact for impact in self.impacts if self.decided_by[impact] in detected]

    @property
    def in_years(self) -> bool:
        """Whether it is a gain of years of health or wellbeing, not of money."""
        return self.kind in ("qaly", "wellby")

    @property
    def discounted_as(self) -> str:
        return self.discount or ("health" if self.in_years else "money")

    @model_validator(mode="after")
    def _adds_up(self):
        if self.kind == "transfer" and abs(sum(self.gains.values())) > 1e-9:
            raise ValueError(f"gains of a transfer sum to {sum(self.gains.values()):g}, not to 0")
        for before, after in zip(self.flows, self.flows[1:], strict=False):
            if after.from_month < before.to_month:
                raise ValueError(
                    f"flows overlap: month {after.from_month} begins before {before.to_month} ends"
                )
        return self

    def check_horizon(self, horizon_years: float | None, where: str) -> None:
        """Raise ValueError for a horizon beyond the flows without a rule of decay."""
        if horizon_years is not None and 12 * horizon_years > self.end and self.decay is None:
            raise ValueError(
                f"{where}: horizon of {horizon_years:g} years is beyond the data, which end with "
                f"month {self.end}; declare decay, or horizon_years within the data"
            )


class Ledger(Section):
    """Costs booked by providers, a table of the extracts about no person."""

    table: str = Field(description="Table of the extracts.")
    amount: str = Field(description="Column of the amount.")
    price_year: Year = Field(description="Year whose prices the amounts are in.")
    category: str = Field(description="Column of the kind of cost.")
    trial_group: str = Field("trial_group", description="Column of the caseload booked to.")
    site: str | None = Field(None, description="Column of the site, for costs that are shared.")
    hours: str | None = Field(None, description="Column of hours of staff, where booked by time.")
    hourly_rate: str | None = Field(None, description="Column of the cost of an hour.")
    payers: dict[str, Party] = Field(
        default_factory=dict, description="Category -> who bears it; the exchequer if absent."
    )
    shared_by: Literal["recruits", "none"] = Field(
        "none",
        description="How a booking without a caseload is shared among the caseloads of its site: "
        "in proportion to recruits to treatment; none: refused.",
    )

    @model_validator(mode="after")
    def _goes_together(self):
        if (self.hours is None) != (self.hourly_rate is None):
            raise ValueError("hours and hourly_rate go together")
        if self.shared_by != "none" and self.site is None:
            raise ValueError("shared_by needs the column of the site")
        return self


class Cost(Section):
    """Cost of the programme per person randomised to treatment."""

    ledger: Ledger | None = Field(None, description="Costs booked by the providers.")
    per_head: str | None = Field(None, description="Name under values, where no ledger exists.")
    uncertainty: str | None = Field(
        None, description="Rate that multiplies the cost, with a value of 1."
    )
    activity: dict[str, str] = Field(
        default_factory=dict,
        description="Label -> covariate that counts what a person received, for unit costs.",
    )
    in_work: str | None = Field(
        None, description="Impact on being in work, for the cost of each additional person in work."
    )

    @model_validator(mode="after")
    def _one_source(self):
        if (self.ledger is None) == (self.per_head is None):
            raise ValueError("give either ledger or per_head")
        return self


class Case(Section):
    """A point of view: the financial case of the exchequer, the economic case of society."""

    label: str = Field(description="Name as printed.")
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


class Scenario(Section):
    """What is set otherwise than in the reference; a number set has no uncertainty."""

    label: str = Field(description="Name as printed.")
    set: dict[str, float | Amount] = Field(
        default_factory=dict,
        description="Name under values or rates -> its value, at the price year of what it "
        "replaces, or at one of its own.",
    )
    discount: dict[Literal["money", "health"], float] = Field(
        default_factory=dict, description="Discount rates that differ."
    )
    horizon_years: dict[str, Annotated[float, Field(gt=0, le=30)]] = Field(
        default_factory=dict, description="Benefit -> years over which it is counted."
    )

    @field_validator("discount")
    @classmethod
    def _are_fractions(cls, rates: dict[str, float]) -> dict[str, float]:
        return {kind: as_fraction(rate) for kind, rate in rates.items()}


class Distributional(Section):
    """Weight of a participant's pound: (reference income / income) to the power of elasticity."""

    income: str = Field(description="Name under values: yearly income of participants.")
    reference_income: str = Field(description="Name under values: income that has weight 1.")
    elasticity: str = Field(description="Rate; 0 weighs every pound alike, the Green Book's is 1.3")


class Appraisal(Section):
    """A way of appraising the trial: which benefits, by which evidence."""

    label: str = Field(description="Name as printed.")
    benefits: list[str] = Field(min_length=1, description="Names under benefits.")
    evidence: Evidence = Field(
        description="detected: an impact counts only if its p-value is below detection_level; "
        "every: all estimates count with their uncertainty. Both are always computed."
    )
    impacts: Dependence = Field(
        description="independent: each impact from its own normal distribution; joint: from the "
        "joint distribution of all. Both are always computed."
    )
    scenarios: dict[str, Scenario] = Field(
        default_factory=dict, description="Scenarios beside those of the trial."
    )
    excess_burden: str | None = Field(
        None, description="Rate: cost to society of raising a pound of tax, beside the pound."
    )
    distributional: Distributional | None = Field(None, description="Weights of participants.")


class Threshold(Section):
    """Acceptability: what society would pay for a year of full health."""

    tabulated: list[Positive] = Field(min_length=1, description="Values that tables show.")
    highest: float = Field(gt=0, description="Where curves end.")


class Decision(Section):
    """The decision that information would be for."""

    appraisal: str = Field(description="Appraisal whose uncertainty it is about.")
    case: str = Field(description="Case whose net benefit decides.")
    population: int = Field(ge=1, description="People whom the decision would reach.")
    further_trial: list[Annotated[int, Field(ge=1)]] = Field(
        min_length=1, description="Sizes of a further trial, people in both arms together."
    )


class Economics(Section):
    """config/trials/<trial>/economics.yaml."""

    groups: list[str] = Field(min_length=1, description="Analysis groups to appraise.")
    not_calculated: list[str] = Field(
        default_factory=list, description="Groups with a cost but no return, printed n/c."
    )
    draws: int = Field(10_000, ge=100, description="Monte Carlo draws.")
    price_year: Year = Field(description="Price year of the results.")
    discount: Discount = Field(default_factory=Discount, description="Discount rates.")
    detection_level: float = Field(
        0.10, gt=0, le=1, description="P-value below which an impact counts as detected."
    )
    deflator: dict[int, Positive] = Field(
        default_factory=dict, description="GDP deflator by year, any base."
    )
    impacts: dict[str, Impact] = Field(min_length=1, description="Impacts by name.")
    values: dict[str, Valuation] = Field(description="Unit costs and valuations by name.")
    rates: dict[str, Quantity] = Field(
        default_factory=dict, description="Rates, shares and factors by name."
    )
    cost: Cost = Field(description="What the programme costs.")
    benefits: dict[str, Benefit] = Field(min_length=1, description="Benefits by name.")
    cases: dict[str, Case] = Field(min_length=1, description="Cases by name.")
    scenarios: dict[str, Scenario] = Field(
        default_factory=dict, description="Scenarios of every appraisal, beside the reference."
    )
    appraisals: dict[str, Appraisal] = Field(
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

    def scenarios_of(self, appraisal: str) -> dict[str, Scenario]:
        """Return the scenarios of an appraisal by name; the reference first."""
        reference = {"reference": Scenario(label="Reference")}
        return {**reference, **self.scenarios, **self.appraisals[appraisal].scenarios}

    @model_validator(mode="after")
    def _names_are_declared(self):
        if problems := problems_of(self):
            raise ValueError("; ".join(problems))
        return self
