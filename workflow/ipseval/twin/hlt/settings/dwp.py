"""config/trials/hlt/twin/dwp.yaml, typed."""

from pydantic import Field

from ....config.base import Section


class Sickness(Section):
    """Who would claim for sickness rather than as a jobseeker: a probit."""

    base: float = Field(description="Score of a person with the usual number of problems.")
    problems: float = Field(description="Weight of latent health problems; chance has weight 1.")
    claim_years: float = Field(gt=0, description="Mean years that such a claim has run for.")
    other_claim_years: float = Field(gt=0, description="Mean years that any other has run for.")


class OldBenefits(Section):
    """Claims begun before Employment and Support Allowance."""

    esa_from: str = Field(description="First day of Employment and Support Allowance.")
    sda_until: str = Field(description="Last day on which SDA could be claimed anew.")
    kept: float = Field(ge=0, le=1, description="Share never moved to ESA.")
    benefits: dict[str, float] = Field(description="Benefit -> share of those never moved.")
    reassessed: tuple[str, str] = Field(description="First and last day of moves to ESA.")


class Migration(Section):
    """Moves of running claims to Universal Credit."""

    first_day: str = Field(description="Day from which claims move.")
    years: dict[str, float] = Field(description="Benefit -> mean years until a claim moves.")


class InWork(Section):
    """Universal Credit of people in work; low pay is 1 less pay over the ceiling, or 0."""

    keeps: float = Field(ge=0, le=1, description="Share of claims kept in a job without pay.")
    begins: float = Field(ge=0, le=1, description="Share of jobs without pay with a new claim.")
    ceiling: float = Field(gt=0, description="Monthly pay from which nobody claims, GBP.")
    days: float = Field(gt=0, description="Mean days of a claim in a job, beyond 30.")
    award: float = Field(gt=0, description="Award in work as a share of that out of work.")


class Award(Section):
    """Log-normal weekly award of a benefit."""

    usual: float = Field(gt=0, description="Median, GBP a week.")
    spread: float = Field(ge=0, description="Standard deviation of the logarithm.")


class Benefits(Section):
    """Benefit spells."""

    first_day: str = Field(description="Spells that ended before are not in the extract.")
    never: dict[str, float] = Field(description="Group -> share of people who never claim.")
    takes_up: dict[str, float] = Field(description="Group -> share of times out of work claimed.")
    lasting_job_days: int = Field(ge=28, description="Length from which a job ends a claim.")
    late_days: int = Field(ge=1, le=28, description="Days within which a job has ended it.")
    wait_days: float = Field(gt=0, description="Mean days from the end of a job to a claim.")
    leaves_years: float = Field(gt=0, description="Mean years until a claim ends without a job.")
    sickness: Sickness = Field(description="Who claims for sickness.")
    income_support: dict[bool, float] = Field(
        description="Carer or not -> share of IS among claims of older benefits."
    )
    carers_allowance: float = Field(
        ge=0, le=1, description="Share of carers on IS or UC who have ICA as well."
    )
    old: OldBenefits = Field(description="Claims of long ago.")
    rollout: dict[str, float] = Field(description="Day -> share of new claims that are for UC.")
    migration: Migration = Field(description="Moves to Universal Credit.")
    in_work: InWork = Field(description="Universal Credit in work.")
    pension_age: int = Field(ge=60, description="Age at which RP begins and all else ends.")
    awards: dict[str, Award] = Field(description="Benefit -> weekly award.")
    repeated: float = Field(ge=0, lt=1, description="Share of spells recorded twice.")
