"""A monthly measure by arm, and its impact with interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FamilyName, FamilyOutcome, FigureExhibit, ModelName
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import between, round_half_up, tick
from ..scale import scale_of
from ..sentences.figures import curves
from ..style import BLUE, GREY, ORANGE, SMALL, key_above, new_figure

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
        """A row a group: levels by arm at the left, and the impact with its interval."""
        groups = list(dict.fromkeys(cells["panel"]))
        figure, axes = new_figure(
            height=0.7 + 1.45 * len(groups), rows=len(groups), columns=2, share_x=True
        )
        axes = np.asarray(axes).reshape(len(groups), 2)
        percent = (cells["statistic"] == "ppt").any()
        scale = scale_of(cells["unit"].iloc[0], data.config.trial.currency)
        values = cells.set_index(["panel", "row", "column"])["value"]
        for i, group in enumerate(groups):
            part = cells[cells["panel"] == group]
            wide = values.loc[group].unstack()
            wide = wide.set_axis(wide.index.astype(int)).sort_index()
            left, right = axes[i]
            left.plot(wide.index, wide["treatment"], color=BLUE, label="Treatment")
            left.plot(wide.index, wide["control"], color=ORANGE, linestyle="--", label="Control")
            sizes = part.loc[part["column"] == "effect", "n"].dropna().astype(int)
            n = between(sizes.min(), sizes.max()) if len(sizes) else "not shown"
            left.set_title(f"{data.label(group)} (n = {n})", loc="left")
            right.fill_between(
                wide.index,
                wide["effect_low"],
                wide["effect_high"],
                color=BLUE,
                alpha=0.2,
                linewidth=0,
                label=f"Impact with {data.config.models.confidence_level:.0%} interval",
            )
            right.plot(wide.index, wide["effect"], color=BLUE)
            right.axhline(0, color=GREY, linewidth=0.8)
            for panel in (left, right):
                panel.axvline(0.5, color=GREY, linestyle=":", linewidth=0.8)
                panel.set_xticks(_months(wide.index.min(), wide.index.max()))
                panel.locator_params(axis="y", nbins=5)
                panel.yaxis.set_major_formatter(lambda y, _: tick(y))
        _share(axes[:, 0])
        _share(axes[:, 1])
        axes[0, 1].set_title(
            "Impact, percentage points" if percent else f"Impact, {scale.name}", loc="left"
        )
        figure.supxlabel("Month relative to randomisation", fontsize=SMALL)
        handles, names = axes[0, 0].get_legend_handles_labels()
        more, texts = axes[0, 1].get_legend_handles_labels()
        unit = "%" if percent else scale.name
        known = [f"{name}, {unit}" for name in names]
        key_above(figure, [*handles, *more], [*known, *texts])
        text = curves(cells, data.words)
        return figure, f"{text} Line charts by group of levels by arm and of the effect."


def _months(first: int, last: int) -> list[int]:
    """Return ticks: the month of randomisation, and those a half or whole year from it."""
    step = 6 if last - first <= 40 else 12
    return [month for month in range(-120, 241, step) if first <= month <= last]


def _share(panels: np.ndarray) -> None:
    """Give panels one scale."""
    ends = [panel.get_ylim() for panel in panels]
    for panel in panels:
        panel.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))
