"""Exhibits of costs, benefits and their uncertainty."""

from typing import Literal

from pydantic import Field

from ..base import Section
from .base import ExhibitBase, TableBase

Results = Literal[
    "summary",
    "parties",
    "costs",
    "unit_costs",
    "sensitivity",
    "cost_effectiveness",
    "acceptability",
    "information",
    "convergence",
]


class ReturnsTable(TableBase):
    """Cost per head and return per pound spent, by analysis group; of the first appraisal."""

    kind: Literal["returns_table"]
    rows: dict[str, str] = Field(description="Case -> key of the row of its return.")
    cost_row: str = Field(description="Key of the row of the cost per head.")
    column: str = Field(description="Key of the column.")


class QuantitiesTable(TableBase):
    """Every declared cost, valuation and rate with unit, price year, uncertainty and source."""

    kind: Literal["quantities_table"]


class Measure(Section):
    """A column of results, and how it is printed."""

    form: Literal["money", "number", "percent", "text"] = Field(
        description="percent is for shares from 0 to 1."
    )
    decimals: int = Field(0, ge=0, le=6, description="Decimals.")
    interval: bool = Field(
        False, description="Followed by the middle 95% of the draws, <column>_ci_low and _ci_high."
    )


class EconomicsTable(TableBase):
    """Results of the economics as a table; the column of a cell is the measure."""

    kind: Literal["economics_table"]
    table: Results = Field(description="Result in economics/.")
    where: dict[str, list[str]] = Field(
        default_factory=dict, description="Column of the result -> the values that are shown."
    )
    panel: str | None = Field(None, description="Column that gives the panel.")
    row: list[str] = Field(
        min_length=1, description="Columns that give the row; the texts of several are joined."
    )
    measures: dict[str, Measure] = Field(min_length=1, description="Columns shown.")


class BreakEvenTable(TableBase):
    """Drivers by which the net present value could be nothing, at which value, in every group."""

    kind: Literal["break_even_table"]
    appraisal: str | None = Field(None, description="Appraisal; the first one if absent.")
    case: str = Field(description="Case shown.")


class MonteCarloTable(TableBase):
    """Monte Carlo error of returns, net present values, ratios, shares of draws and EVPI."""

    kind: Literal["monte_carlo_table"]


class AppraisalBase(ExhibitBase):
    """What every plot of an appraisal declares."""

    appraisal: str | None = Field(None, description="Appraisal; the first one if absent.")


class ReturnsPlot(AppraisalBase):
    """Distribution of Monte Carlo draws of the return per pound spent."""

    kind: Literal["returns_plot"]
    case: str = Field(description="Case shown.")


class ScenarioPlot(ExhibitBase):
    """Net present value under every scenario and rule of evidence; a section an appraisal."""

    kind: Literal["scenario_plot"]
    case: str = Field(description="Case shown.")
    appraisals: list[str] = Field(min_length=1, description="Appraisals in order.")


class CostEffectivenessPlane(AppraisalBase):
    """Draws of years of health gained and of net cost to the public sector, groups abreast."""

    kind: Literal["cost_effectiveness_plane"]
    shown: int = Field(400, ge=50, le=2000, description="Draws shown a group; the first ones.")


class AcceptabilityCurve(AppraisalBase):
    """Probability of being cost-effective by what a year of health is worth, groups abreast.

    The frontier, what is better on average, is the thick part of the lines.
    """

    kind: Literal["acceptability_curve"]


class Tornado(AppraisalBase):
    """Net present value with each driver at the ends of its 95% interval."""

    kind: Literal["tornado"]
    case: str = Field(description="Case shown.")
    group: str = Field(description="Analysis group.")
    most: int = Field(12, ge=1, description="Drivers shown; those with the largest swing.")


class InformationPlot(ExhibitBase):
    """Value of perfect information on everything and by driver, groups abreast."""

    kind: Literal["information_plot"]
    most: int = Field(10, ge=1, description="Drivers shown; those worth most in any group.")


class FurtherTrialPlot(ExhibitBase):
    """Value of a further trial by its size, groups abreast."""

    kind: Literal["further_trial_plot"]


class ConvergencePlot(AppraisalBase):
    """Mean net present value of the first draws, more of them, and all, groups abreast."""

    kind: Literal["convergence_plot"]
    case: str = Field(description="Case shown.")


# What shows results of economics.yaml; the bases stand for all that inherit from them.
OF_ECONOMICS = (
    ReturnsTable,
    QuantitiesTable,
    EconomicsTable,
    BreakEvenTable,
    MonteCarloTable,
    AppraisalBase,
    ScenarioPlot,
    InformationPlot,
    FurtherTrialPlot,
)
