"""config/trials/hlt/twin, typed: one module a file."""

from pydantic import Field

from ....config.base import Section
from .costs import Ledger
from .dwp import Benefits
from .evaluation import FidelityRounds, InterviewWaves, StaffSurvey
from .nhs import Health
from .people import IdentifierDamage, RecruitmentShares, StatedSum
from .provider import JobStarts, Provider, Sessions, Support
from .surveys import (
    GradedInstrument,
    Keenness,
    PlantedScore,
    PublishedQuestion,
    Question,
    Survey,
    SurveyWeights,
    Traits,
)
from .work import EmploymentCalibration, FoundWork, Pay, PayFrequency, Records, SecondYear

GROUPS = ["scr_iw", "scr_oow", "wmca_oow"]


class HltSettings(Section):
    """config/trials/hlt/twin."""

    recruitment: RecruitmentShares = Field(description="When people came.")
    areas: dict[str, dict[str, float]] = Field(description="Group -> area -> share.")
    sites: dict[str, str] = Field(description="Group -> site.")
    single_choice: dict[str, str] = Field(description="Column -> published table of margins.")
    multiple_choice: dict[str, str] = Field(description="Prefix -> published table of margins.")
    stated_sums: dict[str, list[StatedSum]] = Field(
        default_factory=dict, description="Column -> percentages of several answers together."
    )
    finer_shares: dict[str, dict[str, dict[str, float]]] = Field(
        default_factory=dict,
        description="Column -> answer -> group -> percentage that prints as published, and with "
        "which a difference stated in the text prints as well.",
    )
    exclusive: list[str] = Field(description="Answers of a multiple choice that stand alone.")
    corrected_bases: dict[str, dict[str, int]] = Field(
        default_factory=dict, description="Column -> group -> base in place of a misprint."
    )
    loadings: dict[str, float] = Field(
        default_factory=dict, description="Column -> correlation with employability."
    )
    ages: dict[str, tuple[int, int]] = Field(description="Age band -> youngest, oldest.")
    double_barrelled: float = Field(ge=0, lt=1, description="Share of surnames of two names.")
    twins: float = Field(ge=0, lt=1, description="Share of people whose twin takes part.")
    identifiers: IdentifierDamage = Field(description="Damage to identifiers.")
    districts: dict[str, list[str]] = Field(description="Area -> postcode districts.")
    records: Records = Field(description="Shape of the PAYE records.")
    pay: dict[str, Pay] = Field(description="Group -> pay.")
    pay_frequency: PayFrequency = Field(description="How often jobs are paid.")
    employed_13_weeks: dict[str, dict[str, float]] = Field(
        description="Group -> arm -> share employed 13 weeks or more."
    )
    found_work: FoundWork = Field(description="Who is employed.")
    second_year: SecondYear = Field(description="Work after the first year.")
    calibration: EmploymentCalibration = Field(description="Reference model.")
    withdrawals: dict[str, int] = Field(description="Kind -> people.")
    surveys: dict[str, Survey] = Field(description="Table -> survey wave.")
    keenness: Keenness = Field(description="Who responds.")
    survey_weights: SurveyWeights = Field(description="Weights of the reference tables.")
    traits: Traits = Field(description="Latent traits.")
    instruments: dict[str, GradedInstrument] = Field(description="Start of column names -> items.")
    planted_scores: dict[str, PlantedScore] = Field(description="Instrument -> its impacts.")
    prefers_face_to_face: float = Field(ge=0, le=1, description="Share at baseline.")
    silent_item: dict[str, float] = Field(description="Mode -> share of items not answered.")
    still_has_condition: float = Field(ge=0, le=1, description="Share in the surveys.")
    self_employed: float = Field(ge=0, le=1, description="Share of those working.")
    misreported_work: float = Field(ge=0, le=1, description="Share whose answer is not the record.")
    published_questions: dict[str, PublishedQuestion] = Field(
        description="Column, or start of columns -> published tables."
    )
    questions: dict[str, Question] = Field(description="Column -> declared shares.")
    provider: Provider = Field(description="Providers and their management information.")
    support: Support = Field(description="How long a person is supported.")
    job_starts: JobStarts = Field(description="Job starts that providers record.")
    sessions: Sessions = Field(description="Sessions with the employment specialist.")
    interviews: InterviewWaves = Field(description="Interviews of the process evaluation.")
    fidelity: FidelityRounds = Field(description="Reviews of fidelity.")
    staff_survey: StaffSurvey = Field(description="Survey of staff on a week's work.")
    ledger: Ledger = Field(description="Shape of the ledger.")
    benefits: Benefits = Field(description="Benefit spells.")
    health: Health = Field(description="Use of health services.")
