"""Exhibits of costs and returns."""

from typing import Literal

from pydantic import Field

from .base import ExhibitBase, TableBase


class ReturnsTable(TableBase):
    """Cost per head and return per pound spent, by analysis group."""

    kind: Literal["returns_table"]
    rows: dict[str, str] = Field(description="Case -> key of the row of its return.")
    cost_row: str = Field(description="Key of the row of the cost per head.")
    column: str = Field(description="Key of the column.")


class ValuationsTable(TableBase):
    """Every declared cost and valuation with unit, price year, source and uncertainty."""

    kind: Literal["valuations_table"]


class ReturnsPlot(ExhibitBase):
    """Distribution of Monte Carlo draws of the return per pound spent."""

    kind: Literal["returns_plot"]
    case: str = Field(description="Case shown.")
