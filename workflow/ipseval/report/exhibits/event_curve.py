"""A monthly measure by arm, and its impact with interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FamilyName, FamilyOutcome, FigureExhibit, ModelName
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import round_half_up
from ..scale import scale_of
from ..sentences.figures import curves
from ..style import BLUE, GREY, ORANGE, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


class EventCurve(FigureExhibit):
    """A monthly measure by arm, and its impact with interval."""

    kind: Literal["event_curve"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "by_month"
    family: FamilyName = Field(description="Impact family estimated by month.")
    model: ModelName = Field(description="Model shown.")
    outcome: FamilyOutcome = Field(description="Measure of months.parquet.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Means by arm and impact by month; row month, column control, treatment or effect."""
        family = data.impact(self.family)
        chosen = family[(family["model"] == self.model) & (family["outcome"] == self.outcome)]
        cells = []
        for line in chosen.itertuples():
            month = line.timepoint.rsplit("_", 1)[1]
            source = source_of(
                "impact",
                self.family,
                group=line.group,
                outcome=line.outcome,
                timepoint=line.timepoint,
                model=line.model,
                term=line.term,
            )
            percent = line.unit == "proportion"
            factor, unit = (100, "percent") if percent else (1, line.unit)
            for column, value, n in (
                ("control", line.mean_control, line.n_mean_control),
                ("treatment", line.mean_treatment, line.n_mean_treatment),
                ("effect", line.estimate, line.n),
                ("effect_low", line.ci_low, line.n),
                ("effect_high", line.ci_high, line.n),
            ):
                statistic = "ppt" if percent and "effect" in column else "percent"
                statistic = statistic if percent else "mean"
                value = value * factor
                text = round_half_up(value, 1)
                cells.append(
                    cell(line.group, month, column, statistic, value, text, unit, n, source=source)
                )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Two rows of small multiples by group: levels by arm, and the impact with its interval."""
        groups = list(dict.fromkeys(cells["panel"]))
        figure, axes = new_figure(height=4.6, rows=2, columns=len(groups), share_y="row")
        axes = np.asarray(axes).reshape(2, len(groups))
        percent = (cells["statistic"] == "ppt").any()
        scale = scale_of(cells["unit"].iloc[0], data.config.trial.currency)
        for i, group in enumerate(groups):
            wide = cells[cells["panel"] == group].pivot(
                index="row", columns="column", values="value"
            )
            wide = wide.set_axis(wide.index.astype(int)).sort_index()
            top, bottom = axes[:, i]
            top.plot(wide.index, wide["treatment"], color=BLUE, label="Treatment")
            top.plot(wide.index, wide["control"], color=ORANGE, linestyle="--", label="Control")
            top.set_title(data.label(group), fontsize=9)
            bottom.fill_between(
                wide.index,
                wide["effect_low"],
                wide["effect_high"],
                color=BLUE,
                alpha=0.2,
                linewidth=0,
            )
            bottom.plot(wide.index, wide["effect"], color=BLUE)
            bottom.axhline(0, color=GREY, linewidth=0.8)
            for panel in (top, bottom):
                panel.axvline(0.5, color=GREY, linestyle=":", linewidth=0.8)
            bottom.set_xlabel("Month")
        axes[0, 0].set_ylabel("Per cent" if percent else f"Mean, {scale.name}")
        axes[1, 0].set_ylabel("Impact, points" if percent else f"Impact, {scale.name}")
        axes[0, -1].legend(frameon=False, fontsize=8)
        text = curves(cells, data.words)
        return figure, f"{text} Line charts by group of levels by arm and of the effect."
