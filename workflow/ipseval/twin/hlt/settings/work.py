"""config/trials/hlt/twin/work.yaml, typed."""

from typing import Literal

from pydantic import Field

from ....config.base import Section
from .people import NameDamage, PostcodeDamage


class Records(Section):
    """Shape of the PAYE records."""

    never_in_rti: dict[str, float] = Field(description="Group -> share of people with no record.")
    second_job: float = Field(ge=0, lt=1, description="Share of jobs with an overlapping one.")
    last_day: str = Field(description="Last day of the extract, ISO date.")
    late_final_pay: float = Field(
        ge=0, le=1, description="Share of people whose final pay comes on the usual day."
    )
    payroll_changed: float = Field(ge=0, lt=1, description="Share of jobs under two numbers.")
    resubmitted: float = Field(ge=0, lt=1, description="Share of payments reported twice.")
    names: NameDamage = Field(description="Names as employers have them.")
    postcode: PostcodeDamage = Field(description="Postcodes as employers have them.")


class Pay(Section):
    """Log-normal monthly pay."""

    median: float = Field(gt=0, description="Median, GBP a month.")
    spread: float = Field(gt=0, description="Standard deviation of the logarithm.")


class PayFrequency(Section):
    """Share of jobs paid at each frequency but monthly, the rest; by monthly pay."""

    below: float = Field(gt=0, description="Pay is low below this, GBP a month.")
    low: dict[Literal["W1", "W2", "W4"], float] = Field(description="Frequency -> share.")
    high: dict[Literal["W1", "W2", "W4"], float] = Field(description="Frequency -> share.")


class FoundWork(Section):
    """What makes a person the one who is employed; chance has weight 1."""

    employability: float = Field(description="Weight of latent employability.")
    prior_weeks: float = Field(description="Weight of a week employed in the two years before.")


class SecondYear(Section):
    """Work about the end of the first year and after it."""

    leaves: dict[str, dict[Literal["treatment", "control"], float]] = Field(
        description="Group -> arm -> share of those at work who leave between months 13 and 20."
    )
    begins_before: dict[str, float] = Field(
        description="Group -> share of those who would begin in the second year that begin as the "
        "first one ends."
    )


class EmploymentCalibration(Section):
    """The model whose estimates are planted."""

    covariates: list[str] = Field(description="Covariates of the reference model.")
    employment_windows: dict[str, tuple[float, float]] = Field(
        description="Analysis group -> window of the effect, percentage points."
    )
