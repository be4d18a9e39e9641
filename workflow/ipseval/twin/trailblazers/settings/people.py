"""twin/people.yaml: who was randomised, when, and what they were like."""

from pydantic import Field

from ....config.base import Section


class RecruitmentCounts(Section):
    """People by site and month of randomisation."""

    first_month: str = Field(description="First month (YYYY-MM).")
    with_score: dict[str, list[int]] = Field(
        description="Site -> people of the mental health analysis in each month."
    )
    without_score: dict[str, list[int]] = Field(description="Site -> everybody else in each month.")
    swing: float = Field(
        ge=0,
        description="How far Blackpool's allocation ratio swings between months, normal units.",
    )
    missing_months: tuple[int, int] = Field(
        description="First and last month (from 0) in which anybody lacks a benefit record."
    )


class RecordSamples(Section):
    """People whose records came, by site: treatment and control."""

    seen: dict[str, tuple[int, int]] = Field(
        description="Site -> people with an appointment after randomisation (treatment, control)."
    )
    returned: int = Field(description="People for whom trusts returned any record.")


class Covariates(Section):
    """Distributions at randomisation before calibration; site -> number where they differ."""

    age: tuple[float, dict[str, float]] = Field(description="Mean, site -> sd; uniform; years.")
    ages: tuple[int, int] = Field(description="Youngest and oldest.")
    motivation: dict[str, tuple[float, float]] = Field(description="Site -> mean, sd; points.")
    motivation_shift: dict[str, tuple[float, float]] = Field(
        description="Site -> points more among those with a score (control, treatment)."
    )
    gad7: tuple[float, float] = Field(description="Mean, sd.")
    phq9: tuple[float, float] = Field(description="Mean, sd.")
    shared_severity: float = Field(ge=0, le=1, description="Loading of both scores on one factor.")
    sex_not_known: dict[str, float] = Field(description="Site -> share.")
    female: dict[str, float] = Field(description="Site -> share of those seen, before quotas.")
    female_dwp: dict[str, float] = Field(description="Site -> share of the others, before quotas.")
    female_seen: tuple[float, float] = Field(
        description="Share of women among those seen whose sex is known (control, treatment)."
    )
    female_benefits: tuple[float, float] = Field(
        description="Share of women among those on benefit (control, treatment)."
    )
    days_to_last_score: tuple[float, float] = Field(
        description="Weibull scale (days) and reciprocal shape of days to the last score."
    )
    jsa: dict[str, float] = Field(description="Site -> share on JSA at randomisation.")
    uc: dict[str, float] = Field(description="Site -> share on UC at randomisation.")
    rare_benefits: dict[str, dict[str, int]] = Field(description="Site -> benefit -> people.")
    days_on_benefit: tuple[float, float] = Field(
        description="Longest spell before randomisation (days) and power of a uniform number."
    )
