"""config/trials/hlt/twin/provider.yaml, typed."""

from pydantic import Field

from ....config.base import Section


class Provider(Section):
    """Who delivers the service, and who is in their management information."""

    table: str = Field(description="Published table of people with a record.")
    row: str = Field(description="Row of that table.")
    last_day: str = Field(description="Last day of the management information, ISO date.")
    areas: dict[str, str] = Field(description="Area -> provider.")
    capacity: dict[str, tuple[int, int]] = Field(
        description="Site -> least and most people open with a specialist at a time."
    )
    referral_sources: dict[str, dict[str, float]] = Field(
        description="Site -> source of referral -> percent of people with a record."
    )
    health_sources: list[str] = Field(description="Sources that are health services.")
    health_loading: float = Field(
        ge=0, le=1, description="Correlation of a health referral's rank with health problems."
    )
    referral_days: int = Field(ge=0, description="Most days from referral to randomisation.")


class Support(Section):
    """How long a person is supported."""

    months_without_job: int = Field(ge=1, description="Months of support before a job start.")
    months_in_work: int = Field(ge=1, description="Months of support after a job start.")
    opening_days: int = Field(ge=0, description="Most days from randomisation to opening.")
    within_week: dict[str, float] = Field(
        description="Group -> share of people whose first session is within a week."
    )
    first_days: tuple[int, int] = Field(
        description="First and last day, from randomisation, of the other first sessions."
    )
    leave_early: dict[str, float] = Field(
        description="Group -> share who leave before their time, unless something ends it sooner."
    )
    reasons: dict[str, float] = Field(description="Reason for leaving early -> share.")


class JobStarts(Section):
    """Jobs found or kept with the service, as the provider records them."""

    recorded: float = Field(
        ge=0, le=1, description="Share of the PAYE jobs begun during support that are recorded."
    )
    recorded_later: float = Field(
        ge=0, le=1, description="Share of those begun after it, up to the last day."
    )
    date_error: tuple[int, int] = Field(description="Days that the recorded date is off.")
    self_employed: float = Field(
        ge=0, le=1, description="Share of people without any PAYE job who start a business."
    )
    self_employed_hours: tuple[int, int] = Field(description="Least and most hours a week.")
    retained: float = Field(
        ge=0, le=1, description="Share of people in work who return to the job they had."
    )
    event_days: tuple[int, int] = Field(
        description="Days from randomisation of a return to a job, or a business's start."
    )
    hours: dict[int, float] = Field(description="Monthly pay, GBP -> hours a week.")
    occupations: dict[int, float] = Field(description="SOC major group -> share.")


class GroupSessions(Section):
    """Sessions of the people of one group with a record."""

    mean: float = Field(gt=1, description="Mean sessions of a person with a record.")
    long: float = Field(ge=0, description="Mean sessions over 15 minutes.")
    long_minutes: tuple[int, int] = Field(description="Least and most minutes of a long session.")
    face_to_face: float = Field(ge=0, le=1, description="Share of long sessions face to face.")
    purposes: dict[str, float] = Field(
        description="Purpose -> share of sessions once the profile is written, before a job."
    )


class Sessions(Section):
    """Sessions with the employment specialist."""

    short_minutes: tuple[int, int] = Field(description="Least and most minutes of a short one.")
    short_face_to_face: float = Field(ge=0, le=1, description="Share of them face to face.")
    spread: float = Field(ge=0, description="Standard deviation of the log number of sessions.")
    early: float = Field(ge=1, description="Crowding of sessions into the start; 1 is none.")
    profiling: int = Field(ge=0, description="Sessions of vocational profiling after the first.")
    groups: dict[str, GroupSessions] = Field(description="Group -> shape of its sessions.")
