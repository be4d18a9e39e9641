"""config/trials/hlt/twin/nhs.yaml, typed."""

from pydantic import Field

from ....config.base import Section


class Service(Section):
    """How much a service is used, and by whom; the health of a person multiplies the mean."""

    mean: float = Field(gt=0, description="Courses of care in the window: person aged 40, well.")
    problems: float = Field(default=0, description="Weight of health problems in the logarithm.")
    age: float = Field(default=0, description="Weight of ten years of age in the logarithm.")
    conditions: dict[str, float] = Field(
        default_factory=dict, description="Condition -> factor for those who have it."
    )
    contacts: float = Field(default=1, ge=1, description="Mean contacts in a course.")
    gap_days: int = Field(default=0, ge=0, description="Days from contact to contact.")
    weekdays: bool = Field(default=False, description="Whether contacts are on weekdays only.")
    codes: dict[str, dict[str, float]] = Field(
        default_factory=dict, description="Column -> code -> share."
    )
    resubmitted: float = Field(default=0, ge=0, lt=1, description="Share submitted twice.")


class Stays(Section):
    """Stays in hospital."""

    day_case: float = Field(ge=0, le=1, description="Share of elective admissions for a day.")
    nights: float = Field(gt=0, description="Mean nights of the others.")
    second_episode: float = Field(ge=0, le=1, description="Share with a second consultant.")


class Score(Section):
    """A questionnaire asked at therapy contacts, scored from 0."""

    highest: int = Field(ge=1, description="Highest score.")
    mean: float = Field(description="Mean at the first contact.")
    problems: float = Field(description="Weight of latent health problems.")
    person: float = Field(ge=0, description="Standard deviation between people, beyond that.")
    contact: float = Field(ge=0, description="Standard deviation from contact to contact.")
    change: float = Field(description="Change from each contact to the next.")


class Health(Section):
    """Use of health services."""

    months_before: int = Field(ge=1, description="Months before randomisation.")
    months_after: int = Field(ge=1, description="Months after randomisation.")
    absent: float = Field(ge=0, lt=1, description="Share of people without any record.")
    shared: float = Field(ge=0, description="Spread of use that all services share, logarithm.")
    services: dict[str, Service] = Field(description="Table -> use.")
    stays: Stays = Field(description="Stays in hospital.")
    answered: float = Field(ge=0, le=1, description="Share of kept contacts with scores.")
    scores: dict[str, Score] = Field(description="Column -> questionnaire.")
