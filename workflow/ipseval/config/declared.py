"""All declarations of a trial, and of a run."""

from dataclasses import dataclass

from .base import Section
from .economics import Economics
from .exhibits import Exhibits
from .extracts import Extracts
from .models import Models
from .outcomes import Outcomes
from .paye import Paye
from .run import Main, Run
from .trial import Trial

# The files of a trial and what each must hold.
TRIAL_FILES: dict[str, type[Section]] = {
    "trial": Trial,
    "extracts": Extracts,
    "outcomes": Outcomes,
    "models": Models,
    "economics": Economics,
    "exhibits": Exhibits,
}
OPTIONAL = ("economics",)


@dataclass(frozen=True)
class TrialConfig:
    """The six declarations of one trial, and the rules of the state that they use."""

    trial: Trial
    extracts: Extracts
    outcomes: Outcomes
    models: Models
    economics: Economics | None  # None: costs and benefits of the trial are not appraised
    exhibits: Exhibits
    paye: Paye | None = None  # None: no derivation needs them

    def estimates_of(self, name: str) -> dict:
        """Return, as plain data, what the estimates of a family or of tests depend on."""
        return {
            "models": self.models.only(name).model_dump(mode="json"),
            "groups": self.trial.model_dump(mode="json")["groups"],
            "units": self.outcomes.units,
            "block_sizes": self.trial.randomisation.block_sizes,
        }

    def appraised_impacts(self) -> dict:
        """Return, as plain data, what the covariance of the appraised impacts depends on."""
        impacts = self.economics.impacts
        return {
            "models": self.models.only(*self.economics.families).model_dump(mode="json"),
            "groups": self.trial.model_dump(mode="json")["groups"],
            "appraised": self.economics.groups,
            "impacts": {name: (i.family, i.model, i.outcome) for name, i in impacts.items()},
        }


@dataclass(frozen=True)
class Project:
    """The whole configuration of one run."""

    main: Main
    run: Run
    trials: dict[str, TrialConfig]
