"""twin/records.yaml: identifiers, appointments and benefit spells."""

from typing import Literal

from pydantic import Field

from ....config.base import Section


class UnmatchedIdentifiers(Section):
    """Why people could not be matched."""

    nhs_missing: int = Field(description="People who did not know their NHS number.")
    nhs_wrong: int = Field(description="People whose NHS number was mistyped.")
    nino_missing: int = Field(description="People without a National Insurance number.")
    nino_wrong: int = Field(description="People whose National Insurance number was mistyped.")


class Trust(Section):
    """One NHS trust and what it sent."""

    site: str = Field(description="Site that it serves.")
    sent: Literal["all", "first_and_last", "before"] = Field(
        description="all appointments, the first and the last, or those before randomisation."
    )
    share: float = Field(gt=0, description="Share of the site's patients.")


class Trusts(Section):
    """Appointments of talking therapies."""

    list: dict[str, Trust] = Field(description="Trust -> what it sent.")
    first_day: str = Field(description="First day of the records.")
    last_day: str = Field(description="Last day of the records.")
    gap_days: tuple[int, int] = Field(description="Days between appointments, least and most.")
    most: int = Field(
        ge=2, description="Most appointments before the last, or before randomisation."
    )
    missed: float = Field(ge=0, lt=1, description="Share of appointments not attended.")


class BenefitSpells(Section):
    """Benefit spells of the DWP."""

    last_day: str = Field(description="Last day of the extract.")
    end_of_trial: str = Field(description="Day on which being off benefit is asked.")
    remained: dict[str, tuple[int, int]] = Field(
        description="Site -> off benefit for six months at the end (treatment, control)."
    )
    off_at_end: dict[str, tuple[int, int]] = Field(
        description="Site -> off benefit at the end of the trial (treatment, control)."
    )
    earlier: float = Field(ge=0, le=1, description="Share with a spell before the current one.")
    days_away: tuple[int, int] = Field(
        description="Shortest and longest time off benefit of people who come back."
    )
    days_away_power: float = Field(gt=0, description="How skewed these times are; 1 is even.")
    days_away_again: int = Field(
        gt=0, description="Longest time away of people who leave once more before the end."
    )
    changes: float = Field(ge=0, le=1, description="Share of returns that are to UC.")
    rare_after: list[str] = Field(
        description="Benefits of people without a spell at randomisation."
    )
