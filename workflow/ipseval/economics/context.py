"""What every result of an appraisal is computed from: declarations, impacts, costs and draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..config.economics import Appraisal, Case, Economics, Scenario
from ..streams import Streams
from .evaluate import Gains, evaluate
from .impacts import Impacts, root_of, standard_normals
from .quantities import draw_quantities, in_scenario, values_of

REFERENCE = "reference"
DEPENDENCES = ("independent", "joint")


@dataclass(frozen=True)
class Setting:
    """One way to compute: an appraisal, a scenario, a rule of evidence and a dependence."""

    appraisal: str
    scenario: str
    evidence: str
    impacts: str


@dataclass(frozen=True)
class Draws:
    """Everything that is drawn, once: standard normals (K x n) and quantities, by name (n)."""

    normals: np.ndarray
    quantities: dict[str, np.ndarray]
    n: int


@dataclass(frozen=True)
class Context:
    """Declarations, impacts, costs (group -> payer -> cost a head) and draws of a trial."""

    economics: Economics
    impacts: Impacts
    costs: dict[str, dict[str, float]]
    treated: dict[str, int]
    randomised: dict[str, int]
    draws: Draws

    @cached_property
    def root(self) -> np.ndarray:
        """Root (K x K) of the covariance of all impacts."""
        return root_of(self.impacts.covariance)

    def case(self, name: str) -> Case:
        return self.economics.cases[name]

    def borne(self, group: str, parties) -> float:
        """Return the share of the programme's cost that some parties bear."""
        cost = self.costs[group]
        return sum(cost.get(party, 0.0) for party in parties) / sum(cost.values())

    def appraisal(self, setting: Setting) -> Appraisal:
        return self.economics.appraisals[setting.appraisal]

    def scenario(self, setting: Setting) -> Scenario:
        return self.economics.scenarios_of(setting.appraisal)[setting.scenario]

    def drawn_impacts(self, group: str, dependence: str) -> dict[str, np.ndarray]:
        """Return n draws of each impact of a group, by name."""
        places = self.impacts.places(group)
        rows = list(places.values())
        if dependence == "joint":
            moves = self.root[rows] @ self.draws.normals
        else:
            moves = self.impacts.std_error[rows, None] * self.draws.normals[rows]
        moves += self.impacts.estimate[rows, None]
        return dict(zip(places, moves, strict=True))

    def drawn_quantities(self, setting: Setting) -> dict[str, np.ndarray | float]:
        """Return every declared number in a setting: drawn, or its value where it is certain."""
        return in_scenario(self.economics, self.scenario(setting), self.draws.quantities)

    def detected(self, setting: Setting, group: str) -> set[str]:
        """Return the impacts of a group that its rule of evidence takes as detected."""
        level = self.economics.detection_level if setting.evidence == "detected" else None
        return self.impacts.detected(group, level)

    def counted(self, setting: Setting, group: str) -> list[str]:
        """Return the impacts that an appraisal counts for a group, in the order of benefits."""
        detected = self.detected(setting, group)
        benefits = [self.economics.benefits[name] for name in self.appraisal(setting).benefits]
        return list(dict.fromkeys(k for b in benefits for k in b.counting(detected)))

    def gains(self, setting: Setting, group: str, impacts: dict, quantities: dict) -> Gains:
        """Return gains of a group, of those impacts that count under the setting's rule."""
        return evaluate(
            self.economics,
            self.appraisal(setting),
            self.scenario(setting),
            self.costs[group],
            impacts,
            self.detected(setting, group),
            quantities,
        )

    def point(self, setting: Setting, group: str) -> Gains:
        """Return gains at the estimates and declared values."""
        quantities = values_of(self.economics, self.scenario(setting))
        return self.gains(setting, group, self.impacts.of(group), quantities)


def make_context(
    economics: Economics, impacts: Impacts, costs: pd.DataFrame, streams: Streams, n: int
) -> Context:
    """Return the context of an appraisal with n draws; `costs` is that of costs_by_category."""
    borne = costs.groupby(["group", "payer"], sort=False)["per_head"].sum()
    by_group = costs.groupby("group", sort=False)
    return Context(
        economics,
        impacts,
        {group: borne[group].to_dict() for group in economics.groups},
        by_group["n_treatment"].first().to_dict(),
        by_group["n_randomised"].first().to_dict(),
        Draws(standard_normals(impacts, streams, n), draw_quantities(economics, streams, n), n),
    )


def settings_of(economics: Economics) -> Iterator[Setting]:
    """Yield what is computed: the reference under both rules of evidence and both dependences,
    other scenarios as the appraisal is declared."""
    for name in economics.appraisals:
        default = default_setting(economics, name)
        yield default
        for evidence in ("detected", "every"):
            for dependence in DEPENDENCES:
                setting = Setting(name, REFERENCE, evidence, dependence)
                if setting != default:
                    yield setting
        for scenario in economics.scenarios_of(name):
            if scenario != REFERENCE:
                yield default_setting(economics, name, scenario)


def default_setting(economics: Economics, appraisal: str, scenario: str = REFERENCE) -> Setting:
    """Return the setting of an appraisal as it is declared."""
    declared = economics.appraisals[appraisal]
    return Setting(appraisal, scenario, declared.evidence, declared.impacts)
