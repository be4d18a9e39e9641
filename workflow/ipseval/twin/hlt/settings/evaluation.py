"""config/trials/hlt/twin/evaluation.yaml, typed."""

from pydantic import Field

from ....config.base import Section


class InterviewWaves(Section):
    """Interviews of the process evaluation."""

    table: str = Field(description="Published table of their number.")
    sites: dict[str, str] = Field(description="Site -> panel of that table.")
    types: list[str] = Field(description="Types of respondent: rows of that table.")
    waves: list[str] = Field(description="First day of each wave of fieldwork.")
    waves_of: dict[str, int] = Field(
        default_factory=dict,
        description="Type of respondent -> waves, from the first on, in which it was interviewed; "
        "all of them if absent.",
    )


class StaffSurvey(Section):
    """Answers of employment specialists on how they spend a week."""

    day: str = Field(description="First day of the survey, ISO date; who has open cases is asked.")
    days: int = Field(ge=1, description="Weekdays on which answers come.")
    responds: float = Field(gt=0, le=1, description="Share of each site's specialists who answer.")
    spread: float = Field(ge=0, description="Standard deviation of the log of hours and contacts.")
    hours: dict[str, dict[str, float]] = Field(
        description="Site -> task -> mean hours a week, to the half hour of their sum."
    )
    employer_contacts: dict[str, float] = Field(
        description="Site -> mean contacts with employers a week."
    )


class Round(Section):
    """One round of reviews of fidelity."""

    sites: list[str] = Field(description="Sites whose providers are reviewed.")
    days: tuple[str, str] = Field(description="First and last day on which a review begins.")
    points: tuple[int, int] = Field(description="Least and most points of a review.")


class FidelityRounds(Section):
    """Reviews of fidelity to IPS, on the scale of 25 items."""

    rounds: list[Round] = Field(min_length=1, description="Rounds of reviews, in order.")
    caseload: dict[int, int] = Field(
        description="Score of the item on caseloads -> largest mean caseload that earns it."
    )
    items: dict[str, float] = Field(
        description="Item, in order of the scale -> how high it tends to score, 1 to 5."
    )
    spread: float = Field(ge=0, description="Standard deviation of that between reviews.")
    unscored: float = Field(ge=0, lt=1, description="Share of items that could not be scored.")
