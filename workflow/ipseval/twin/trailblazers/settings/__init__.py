"""config/trials/trailblazers/twin, typed: one module a file."""

from pydantic import Field

from ....config.base import Section
from .calibration import Calibration, Flat
from .people import Covariates, Recruitment, Samples
from .process import Caseloads, Fidelity, Interviews
from .records import BenefitSpells, Identifiers, Trusts

SITES = ["north_east", "west_london", "blackpool"]


class TwinSettings(Section):
    """config/trials/trailblazers/twin."""

    recruitment: Recruitment = Field(description="When people came.")
    samples: Samples = Field(description="Who has which records.")
    areas: dict[str, dict[str, float]] = Field(description="Site -> area -> share.")
    covariates: Covariates = Field(description="What people are like at randomisation.")
    flat: list[Flat] = Field(description="Months of a site in which an outcome does not vary.")
    calibration: Calibration = Field(description="How the published logits are reached.")
    identifiers: Identifiers = Field(description="Damage to identifiers.")
    trusts: Trusts = Field(description="What trusts sent.")
    benefits: BenefitSpells = Field(description="Benefit spells.")
    fidelity: Fidelity = Field(description="Fidelity reviews.")
    interviews: Interviews = Field(description="Interviews of the process evaluation.")
    caseloads: Caseloads = Field(description="Caseloads of employment specialists.")
