"""What every result of an appraisal is computed from: declarations, impacts, costs and draws."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..config.economics import Appraisal, Case, Economics, Party, Scenario
from ..streams import Streams
from .behind import REFERENCE
from .evaluate import Gains, Number, evaluate
from .impacts import Impacts, root_of, standard_normals
from .quantities import draw_quantities, in_scenario, values_of

DEPENDENCES = ("independent", "joint")


@dataclass(frozen=True)
class Analysis:
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
class AppraisalModel:
    """Declarations, impacts, costs (group -> payer -> cost a head) and draws of a trial."""

    economics: Economics
    impacts: Impacts
    costs: dict[str, dict[Party, float]]
    treated: dict[str, int]
    randomised: dict[str, int]
    draws: Draws

    def case(self, name: str) -> Case:
        return self.economics.cases[name]

    def borne(self, appraisal: str, group: str, parties: Iterable[Party]) -> float:
        """Return the share of the programme's cost that some parties bear in an appraisal."""
        cost, payer = self.costs[group], self.economics.appraisals[appraisal].payer
        if payer:
            return float(payer in parties)
        return sum(cost.get(party, 0.0) for party in parties) / sum(cost.values())

    def appraisal(self, analysis: Analysis) -> Appraisal:
        return self.economics.appraisals[analysis.appraisal]

    def scenario(self, analysis: Analysis) -> Scenario:
        return self.economics.scenarios_of(analysis.appraisal)[analysis.scenario]

    def drawn_impacts(self, group: str, dependence: str) -> dict[str, np.ndarray]:
        """Return n draws of each impact of a group, by name.

        They depend on the impacts of the group alone, also where groups share people: another
        group that is declared, edited or left out moves none of them. No result compares the draws
        of two groups, so that their covariance would show nowhere.
        """
        places = self.impacts.places(group)
        rows = list(places.values())
        match dependence:
            case "joint":
                root = root_of(self.impacts.covariance[np.ix_(rows, rows)])
                moves = root @ self.draws.normals[rows]
            case "independent":
                moves = self.impacts.std_error[rows, None] * self.draws.normals[rows]
            case _:
                raise ValueError(f"impacts cannot be drawn '{dependence}'")
        moves += self.impacts.estimate[rows, None]
        return dict(zip(places, moves, strict=True))

    def drawn_quantities(self, analysis: Analysis) -> dict[str, np.ndarray | float]:
        """Return every declared number in an analysis: drawn, or its value where it is certain."""
        return in_scenario(self.economics, self.scenario(analysis), self.draws.quantities)

    def detected(self, analysis: Analysis, group: str) -> set[str]:
        """Return the impacts of a group that its rule of evidence takes as detected."""
        level = {"detected": self.economics.detection_level, "every": None}[analysis.evidence]
        return self.impacts.detected(group, level)

    def counted(self, analysis: Analysis, group: str) -> list[str]:
        """Return the impacts that an appraisal counts for a group, in the order of benefits."""
        detected = self.detected(analysis, group)
        benefits = [self.economics.benefits[name] for name in self.appraisal(analysis).benefits]
        return list(dict.fromkeys(k for b in benefits for k in b.counting(detected)))

    def gains(
        self,
        analysis: Analysis,
        group: str,
        impacts: Mapping[str, Number],
        quantities: Mapping[str, Number],
    ) -> Gains:
        """Return gains of a group, of those impacts that count under the analysis's rule."""
        return evaluate(
            self.economics,
            self.appraisal(analysis),
            self.scenario(analysis),
            self.costs[group],
            impacts,
            self.detected(analysis, group),
            quantities,
        )

    def point(self, analysis: Analysis, group: str) -> Gains:
        """Return gains at the estimates and declared values."""
        quantities = values_of(self.economics, self.scenario(analysis))
        return self.gains(analysis, group, self.impacts.of(group), quantities)


def make_model(
    economics: Economics, impacts: Impacts, costs: pd.DataFrame, streams: Streams, n: int
) -> AppraisalModel:
    """Return the model of an appraisal with n draws; `costs` is that of costs_by_category."""
    borne = costs.groupby(["group", "payer"], sort=False)["per_head"].sum()
    by_group = costs.groupby("group", sort=False)
    return AppraisalModel(
        economics,
        impacts,
        {group: borne[group].to_dict() for group in economics.groups},
        by_group["n_treatment"].first().to_dict(),
        by_group["n_randomised"].first().to_dict(),
        Draws(standard_normals(impacts, streams, n), draw_quantities(economics, streams, n), n),
    )


def analyses_of(economics: Economics) -> Iterator[Analysis]:
    """Yield what is computed: the reference under both rules of evidence and both dependences,
    other scenarios as the appraisal is declared."""
    for name in economics.appraisals:
        default = default_analysis(economics, name)
        yield default
        for evidence in ("detected", "every"):
            for dependence in DEPENDENCES:
                analysis = Analysis(name, REFERENCE, evidence, dependence)
                if analysis != default:
                    yield analysis
        for scenario in economics.scenarios_of(name):
            if scenario != REFERENCE:
                yield default_analysis(economics, name, scenario)


def default_analysis(economics: Economics, appraisal: str, scenario: str = REFERENCE) -> Analysis:
    """Return the analysis of an appraisal as it is declared."""
    declared = economics.appraisals[appraisal]
    return Analysis(appraisal, scenario, declared.evidence, declared.impacts)
