"""Every estimate of a family: effect, standard error, interval, p-value, n."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.base import Decimals
from ...config.exhibits import FamilyGroup, FamilyName, FamilyOutcome, ModelName, TableExhibit
from ...config.refs import Place
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import pd
from ..cells import as_frame, cell
from ..formats import MINUS, grouped, p_value
from ..tested import source_of_line

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class EstimatesTable(TableExhibit):
    """Every estimate of a family: effect, standard error, interval, p-value, n."""

    kind: Literal["estimates_table"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    family: FamilyName = Field(description="Impact family.")
    outcomes: list[FamilyOutcome] = Field(min_length=1, description="Outcomes shown.")
    models: list[ModelName] = Field(
        default_factory=list, description="Models shown; those of the family if absent."
    )
    decimals: dict[FamilyOutcome, Decimals] = Field(description="Outcome -> decimals.")
    groups: list[FamilyGroup] = Field(
        default_factory=list, description="Analysis groups shown; those of the family if absent."
    )
    terms: list[str] = Field(
        default_factory=list, description="Terms shown, in order of the estimates; all if absent."
    )
    subgroups: list[str] = Field(
        default_factory=list, description="Subgroups, or ways of linking, shown; all if absent."
    )

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """An outcome needs its decimals."""
        yield from super().problems(place)
        for name in self.outcomes:
            if name not in self.decimals:
                yield "decimals", f"'{name}' has no decimals"
        family = place.config.models.families.get(self.family)
        groups = self.groups or (family.groups if family else [])
        shown = {*self.layout.rows, *self.layout.columns}
        if len(self.outcomes) * len(groups) > 1 and "panel" not in shown:
            yield (
                "layout",
                f"{len(self.outcomes)} outcomes of {len(groups)} groups would stand in one place; "
                "write layout: {rows: [panel, row], columns: [column]}",
            )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Everything behind an effect; panel outcome and group, together, row model."""
        family = data.config.models.families[self.family]
        estimates = data.impact(self.family)
        chosen = estimates[estimates["outcome"].isin(self.outcomes)]
        for column in ("model", "group", "term", "subgroup"):
            if wanted := getattr(self, f"{column}s"):
                chosen = chosen[chosen[column].isin(wanted)]
        labels = {name: spec.label for name, spec in data.config.outcomes.derived.items()}
        cells = []
        for line in chosen.itertuples():
            d, source = self.decimals[line.outcome], source_of_line(self.family, line)
            panel = f"{labels[line.outcome]}, {data.label(line.group)}"
            interval = f"{grouped(line.ci_low, d)} to {grouped(line.ci_high, d)}"
            for column, statistic, value, printed in (
                ("control_mean", "mean", line.mean_control, grouped(line.mean_control, d)),
                ("effect", "coefficient", line.estimate, grouped(line.estimate, d)),
                ("standard_error", "standard_error", line.std_error, grouped(line.std_error, d)),
                ("interval", "interval", line.ci_low, interval),
                ("p_value", "p_value", line.p_value, p_value(line.p_value)),
                ("n", "base", line.n, grouped(line.n)),
            ):
                # Under several ways of linking the way is the row.
                row = line.subgroup if family.by_linkage else family.models[line.model].label
                if line.term != "arm":
                    row = f"{row}: {self.labels.get(line.term) or data.label(line.term).lower()}"
                # A coefficient has no mean of controls.
                printed = MINUS if pd.isna(value) else printed
                is_mean = column == "control_mean" and not pd.isna(value)
                cells.append(
                    cell(
                        panel,
                        row,
                        column,
                        statistic,
                        value,
                        printed,
                        line.unit,
                        line.n_mean_control if is_mean else line.n,
                        source=source,
                    )
                )
        frame = as_frame(cells)
        order = {name: i for i, name in enumerate(dict.fromkeys(frame["panel"]))}
        return frame.sort_values(
            "panel", key=lambda s: s.map(order), kind="stable", ignore_index=True
        )
