"""Estimates with intervals, one line a group and model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FamilyName, FamilyOutcome, FigureExhibit, ModelName
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...errors import InputError
from ...lazy import pd
from ..cells import as_frame, cell
from ..formats import between, tick
from ..scale import scale_of
from ..sentences.figures import effects
from ..style import COLOURS, GREY, SMALL, new_figure, row_height, wrapped, write_right
from ..table_cells import with_quality
from ..tested import source_of_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


NAMES = 1.7  # inches of the names of models


class ForestPlot(FigureExhibit):
    """Estimates with intervals, one line a group and model."""

    kind: Literal["forest_plot"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    family: FamilyName = Field(description="Impact family.")
    outcome: FamilyOutcome = Field(description="Outcome shown.")
    models: list[ModelName] = Field(min_length=1, description="Models shown.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Estimate and interval; panel group, row model."""
        family = data.impact(self.family)
        chosen = family[(family["outcome"] == self.outcome) & family["model"].isin(self.models)]
        if chosen["unit"].astype(str).str.endswith("ratio").nunique() > 1:
            raise InputError(
                "models of differences and of ratios have no axis in common",
                file="exhibits.yaml",
                rule=f"forest_plot of {self.family}: models of one measure",
                expected="models of differences, or of ratios",
                remedy="draw them in two exhibits",
            )
        cells = []
        for line in chosen.itertuples():
            scale = scale_of(line.unit, data.config.trial.currency, line.std_error)
            keys, source = (line.group, line.model), source_of_line(self.family, line)
            for column, value in (
                ("effect", line.estimate),
                ("effect_low", line.ci_low),
                ("effect_high", line.ci_high),
            ):
                text, value = scale.text(value), value * scale.factor
                cells.append(
                    cell(
                        *keys,
                        column,
                        scale.statistic,
                        value,
                        text,
                        line.unit,
                        line.n,
                        source=source,
                    )
                )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """One line an estimate, groups apart, with the numbers beside."""
        labels = data.config.models.families[self.family].models
        groups = list(dict.fromkeys(cells["panel"]))
        shown = {model: wrapped(labels[model].label, NAMES) for model in self.models}
        row = max(row_height(list(shown.values())), 0.22)
        figure, axes = new_figure(height=0.9 + row * (len(cells) / 3 + len(groups)), grid="x")
        y, ticks, names = 0.0, [], []
        for group in groups:
            sizes = cells.loc[cells["panel"] == group, "n"].dropna().astype(int)
            n = f" (n = {between(sizes.min(), sizes.max())})" if len(sizes) else ""
            axes.annotate(
                data.label(group) + n,
                (0, y),
                xycoords=("axes fraction", "data"),
                xytext=(-4, 0),
                textcoords="offset points",
                fontweight="bold",
                fontsize=SMALL,
                ha="right",
                va="center",
                annotation_clip=False,
            )
            y += 1
            for i, model in enumerate(self.models):
                part = cells[(cells["panel"] == group) & (cells["row"] == model)]
                if part.empty:
                    continue
                value = part.set_index("column")["value"]
                printed = part.set_index("column")["printed"]
                axes.plot([value["effect_low"], value["effect_high"]], [y, y], color=COLOURS[i])
                axes.plot(value["effect"], y, marker="osD^v"[i % 5], color=COLOURS[i], markersize=5)
                label = f"{printed['effect']} ({printed['effect_low']} to {printed['effect_high']})"
                write_right(axes, y, with_quality(label, part["n"].iloc[0], data.low_quality_below))
                ticks.append(y)
                names.append(shown[model])
                y += 1
        ratio = str(cells["unit"].iloc[0]).endswith("ratio")
        axes.axvline(1 if ratio else 0, color=GREY, linewidth=0.8)
        axes.set_yticks(ticks, names, linespacing=1.05)
        axes.xaxis.set_major_formatter(lambda x, _: tick(x))
        axes.locator_params(axis="x", nbins=6)
        axes.set_ylim(y - 0.4, -0.6)
        scale = scale_of(cells["unit"].iloc[0], data.config.trial.currency)
        axes.set_xlabel(
            f"Impact, {scale.name}, with {data.config.models.confidence_level:.0%} interval"
        )
        first = labels[self.models[0]].label
        told = cells[cells["row"] == self.models[0]]
        return figure, f"{effects(told, data.words)} Forest plot; effects are those of: {first}."
