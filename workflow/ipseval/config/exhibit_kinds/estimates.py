"""Exhibits of impact estimates."""

from typing import Literal

from pydantic import Field

from .base import ExhibitBase, TableBase


class ImpactTable(TableBase):
    """Impact estimates as printed in a report: effect with stars."""

    kind: Literal["impact_table"]
    family: str = Field(description="Impact family.")
    families: dict[str, str] = Field(
        default_factory=dict, description="Outcome -> its family, where that is another."
    )
    groups: list[str] = Field(
        default_factory=list,
        description="Analysis groups in printed order; the family's if absent.",
    )
    models: list[str] = Field(min_length=1, description="Models shown, in order.")
    rows: dict[str, str] = Field(description="Outcome -> key of the row.")
    column: str = Field(description="Key of the column.")
    formats: dict[str, Literal["ppt", "gbp", "sd_effect"]] = Field(
        description="Outcome -> printed form and statistic."
    )

    @property
    def families_read(self) -> list[str]:
        """The family, and those of single outcomes."""
        return [self.family, *self.families.values()]


class EstimatesTable(TableBase):
    """Every estimate of a family: effect, standard error, interval, p-value, n."""

    kind: Literal["estimates_table"]
    family: str = Field(description="Impact family.")
    outcomes: list[str] = Field(min_length=1, description="Outcomes shown.")
    models: list[str] = Field(
        default_factory=list, description="Models shown; those of the family if absent."
    )
    decimals: dict[str, int] = Field(description="Outcome -> decimals.")
    groups: list[str] = Field(
        default_factory=list, description="Analysis groups shown; those of the family if absent."
    )
    terms: list[str] = Field(
        default_factory=list, description="Terms shown, in order of the estimates; all if absent."
    )
    subgroups: list[str] = Field(
        default_factory=list, description="Subgroups, or ways of linking, shown; all if absent."
    )


class OutcomesTable(TableBase):
    """Impacts on many outcomes at a glance: effect with stars and mean of the control group.

    Panel analysis group, row outcome, column control_mean or effect.
    """

    kind: Literal["outcomes_table"]
    family: str = Field(description="Impact family, not by month and without subgroups.")
    model: str = Field(description="Model shown.")
    outcomes: list[str] = Field(
        default_factory=list, description="Outcomes in printed order; the family's if absent."
    )


class EventCurve(ExhibitBase):
    """A monthly measure by arm, and its impact with interval."""

    kind: Literal["event_curve"]
    family: str = Field(description="Impact family estimated by month.")
    model: str = Field(description="Model shown.")
    outcome: str = Field(description="Measure of months.parquet.")


class ForestPlot(ExhibitBase):
    """Estimates with intervals, one line a group and model."""

    kind: Literal["forest_plot"]
    family: str = Field(description="Impact family.")
    outcome: str = Field(description="Outcome shown.")
    models: list[str] = Field(min_length=1, description="Models shown.")
