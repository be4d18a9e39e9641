"""All declarations of a trial, and of a run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..kinds import ESTIMATORS
from .base import Section, facts
from .disclosure import Disclosure, DisclosurePolicy
from .economics import Economics
from .exhibits import Exhibits
from .extracts import Extracts
from .models import Models
from .outcomes import Outcomes
from .paye import Paye
from .placeholders import Placeholders
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
    """The six declarations of one trial, and the rules beside them that they use."""

    trial: Trial
    extracts: Extracts
    outcomes: Outcomes
    models: Models
    economics: Economics | None  # None: costs and benefits of the trial are not appraised
    exhibits: Exhibits
    paye: Paye | None = None  # None: no derivation needs them
    placeholders: Placeholders | None = None  # None: nothing is linked

    def estimates_of(self, name: str) -> dict:
        """Return, as plain data, what the estimates of a family or of tests depend on."""
        models = self.models.only(name)
        used = models.tests[name] if name in models.tests else models.families[name]
        outcomes = {outcome for family in models.families.values() for outcome in family.outcomes}
        return {
            "models": _estimated(models),
            "groups": self._groups(used.groups),
            "units": {key: unit for key, unit in self.outcomes.units.items() if key in outcomes},
            "block_sizes": self.trial.randomisation.block_sizes,
            "arms": self.trial.person.arm.names,
        }

    def estimators_of(self, name: str) -> list[str]:
        """Return the modules of the estimators that a family or tests use."""
        return [ESTIMATORS.module(kind) for kind in self.models.only(name).estimators_used]

    def appraised_impacts(self) -> dict:
        """Return, as plain data, what the covariance of the appraised impacts depends on."""
        economics = self._appraised()
        return {
            "models": _estimated(self._appraised_models()),
            "groups": self._groups(economics.groups),
            "appraised": list(economics.groups),
            "impacts": {
                name: (i.family, i.model, i.outcome) for name, i in economics.impacts.items()
            },
        }

    def appraised_estimators(self) -> list[str]:
        """Return the modules of the estimators of the appraised impacts."""
        return [ESTIMATORS.module(kind) for kind in self._appraised_models().estimators_used]

    def _appraised(self) -> Economics:
        if self.economics is None:
            raise ValueError("costs and benefits of this trial are not appraised")
        return self.economics

    def _appraised_models(self) -> Models:
        impacts = self._appraised().impacts.values()
        return self.models.with_models((impact.family, impact.model) for impact in impacts)

    def _groups(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        return {name: facts(self.trial.groups[name]) for name in names}


def _estimated(models: Models) -> dict[str, Any]:
    """Return models as plain data, without labels and the stars of exhibits."""
    return {key: given for key, given in facts(models).items() if key != "star_levels"}


@dataclass(frozen=True)
class Project:
    """The whole configuration of one run."""

    main: Main
    run: Run
    trials: dict[str, TrialConfig]
    disclosure: Disclosure = field(default_factory=Disclosure)

    @property
    def policy(self) -> DisclosurePolicy:
        """The policy of disclosure control of the run."""
        return self.disclosure.policies[self.run.policy]
