"""config/trials/<trial>/exhibits.yaml: chapters and exhibits of the report.

The kinds are declared in exhibit_kinds/; this module puts them together.
"""

from typing import Annotated

from pydantic import Field

from .base import Section
from .exhibit_kinds.comparisons import (
    BalanceTests,
    CountsByGroup,
    Histogram,
    RecordProfile,
    ScoresTable,
)
from .exhibit_kinds.drawings import DeclaredTable, Diagram, TimeLine
from .exhibit_kinds.economics import (
    AcceptabilityCurve,
    BreakEvenTable,
    ConvergencePlot,
    CostEffectivenessPlane,
    EconomicsTable,
    FurtherTrialPlot,
    InformationPlot,
    MonteCarloTable,
    QuantitiesTable,
    ReturnsPlot,
    ReturnsTable,
    ScenarioPlot,
    Tornado,
)
from .exhibit_kinds.estimates import (
    EstimatesTable,
    EventCurve,
    ForestPlot,
    ImpactTable,
    OutcomesTable,
)
from .exhibit_kinds.inference import (
    OutcomeRegister,
    ResponseImbalance,
    RobustnessPlot,
    SubgroupForest,
    TestsTable,
    VerdictsTable,
)
from .exhibit_kinds.linkage import (
    ExtractRepairs,
    LinkageMethods,
    LinkagePasses,
    LinkageQuality,
    MatchWeights,
)
from .exhibit_kinds.people import (
    AllocationAudit,
    ArmCounts,
    Balance,
    Crosstab,
    FlowDiagram,
    RecordCounts,
    RecruitmentCurve,
    Samples,
    SurveyCrosstab,
    TextClaims,
)
from .exhibit_kinds.regressions import EffectsTable, MarginsPlot, OddsForest, RegressionTable

Exhibit = Annotated[
    ArmCounts
    | Crosstab
    | SurveyCrosstab
    | TextClaims
    | Balance
    | ImpactTable
    | EstimatesTable
    | OutcomesTable
    | RegressionTable
    | EffectsTable
    | TestsTable
    | VerdictsTable
    | ResponseImbalance
    | OutcomeRegister
    | ExtractRepairs
    | LinkageQuality
    | LinkagePasses
    | LinkageMethods
    | AllocationAudit
    | ReturnsTable
    | QuantitiesTable
    | EconomicsTable
    | BreakEvenTable
    | MonteCarloTable
    | RecordCounts
    | Samples
    | BalanceTests
    | CountsByGroup
    | ScoresTable
    | RecordProfile
    | RecruitmentCurve
    | FlowDiagram
    | DeclaredTable
    | TimeLine
    | Diagram
    | EventCurve
    | ForestPlot
    | SubgroupForest
    | RobustnessPlot
    | OddsForest
    | MarginsPlot
    | Histogram
    | ReturnsPlot
    | ScenarioPlot
    | CostEffectivenessPlane
    | AcceptabilityCurve
    | Tornado
    | InformationPlot
    | FurtherTrialPlot
    | ConvergencePlot
    | MatchWeights,
    Field(discriminator="kind"),
]

DECLARED = ("time_line", "diagram", "declared_table")
FIGURES = (
    "match_weights",
    "recruitment_curve",
    "flow_diagram",
    "event_curve",
    "forest_plot",
    "subgroup_forest",
    "robustness_plot",
    "odds_forest",
    "margins_plot",
    "histogram",
    "returns_plot",
    "scenario_plot",
    "cost_effectiveness_plane",
    "acceptability_curve",
    "tornado",
    "information_plot",
    "further_trial_plot",
    "convergence_plot",
    "time_line",
    "diagram",
)


class Chapter(Section):
    """A chapter: a notebook and the exhibits it shows."""

    notebook: str = Field(description="Notebook in notebooks/, without its ending.")
    title: str = Field(description="Title in the report.")
    exhibits: list[str] = Field(min_length=1, description="Exhibits in order.")


class Exhibits(Section):
    """config/trials/<trial>/exhibits.yaml."""

    chapters: dict[str, Chapter] = Field(min_length=1, description="Chapters in order.")
    exhibits: dict[str, Exhibit] = Field(min_length=1, description="Exhibits by id.")
