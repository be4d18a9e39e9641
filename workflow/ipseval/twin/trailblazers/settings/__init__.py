"""config/trials/trailblazers/twin, typed: one module a file."""

from pydantic import Field

from ....config.base import Section
from .calibration import CalibrationSettings, Flat
from .people import Covariates, RecordSamples, RecruitmentCounts
from .process import Caseloads, FidelityReviews, ProcessInterviews
from .records import BenefitSpells, Trusts, UnmatchedIdentifiers

SITES = ["north_east", "west_london", "blackpool"]


class TrailblazersSettings(Section):
    """config/trials/trailblazers/twin."""

    recruitment: RecruitmentCounts = Field(description="When people came.")
    samples: RecordSamples = Field(description="Who has which records.")
    areas: dict[str, dict[str, float]] = Field(description="Site -> area -> share.")
    covariates: Covariates = Field(description="What people are like at randomisation.")
    flat: list[Flat] = Field(description="Months of a site in which an outcome does not vary.")
    calibration: CalibrationSettings = Field(description="How the published logits are reached.")
    identifiers: UnmatchedIdentifiers = Field(description="Damage to identifiers.")
    trusts: Trusts = Field(description="What trusts sent.")
    benefits: BenefitSpells = Field(description="Benefit spells.")
    fidelity: FidelityReviews = Field(description="Fidelity reviews.")
    interviews: ProcessInterviews = Field(description="Interviews of the process evaluation.")
    caseloads: Caseloads = Field(description="Caseloads of employment specialists.")
