"""config/trials/hlt/twin/costs.yaml, typed."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ....config.base import Section

Timing = Literal["caseload", "delivery", "set_up"]
Level = Literal["caseload", "site"]


class Spending(Section):
    """One line of cost that is no one's time."""

    share: float = Field(gt=0, description="Percent of all cost.")
    timing: Timing = Field(
        description="How it spreads over quarters: with open cases, evenly over delivery, or "
        "over the quarters of set-up."
    )
    booked_to: Level = Field(
        "caseload",
        description="caseload: each books its own; site: booked once, and shared afterwards.",
    )


class Staff(Spending):
    """The time of one role."""

    category: str = Field(description="Category that it is booked to.")
    rate: float = Field(gt=0, description="GBP an hour with on-costs, in the first year.")


class Ledger(Section):
    """Shape of the provider ledger."""

    first_quarter: str = Field(description="First day of the first quarter.")
    quarters: int = Field(ge=1, description="Quarters in all.")
    set_up_quarters: int = Field(ge=1, description="Quarters of set-up, from the first.")
    delivery_from: int = Field(ge=1, description="Number of the first quarter of delivery.")
    pay_award: float = Field(ge=0, description="Rise of hourly rates each April.")
    staff: dict[str, Staff] = Field(min_length=1, description="Role -> its time.")
    other: dict[str, Spending] = Field(min_length=1, description="Category -> other cost.")

    @model_validator(mode="after")
    def _shares_are_of_all_cost(self) -> Self:
        total = sum(line.share for line in [*self.staff.values(), *self.other.values()])
        if abs(total - 100) > 1e-9:
            raise ValueError(f"shares of cost add up to {total:g} percent, not 100")
        for level in ("caseload", "site"):
            if not any(line.booked_to == level for line in self.other.values()):
                raise ValueError(
                    f"no other cost is booked to the {level}; it takes up what rounding hours of "
                    "staff leaves over"
                )
        return self
