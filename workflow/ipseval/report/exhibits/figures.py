"""Kinds of figures: tidy cells first, then a picture drawn from the cells alone.

Each kind is a pair: cells(spec, data) and draw(cells, spec, data) -> (figure, description).
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...config import exhibits as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped, round_half_up
from .appraisals import APPRAISALS
from .drawings import DRAWINGS
from .flow import FLOW
from .histogram import HISTOGRAM
from .linkage import draw_weights, weight_cells
from .margins import MARGINS
from .odds import ODDS
from .robustness import ROBUSTNESS
from .scale import scale_of
from .style import BLUE, COLOURS, GREY, HATCHES, ORANGE, new_figure, write_right
from .subgroups import SUBGROUPS
from .uncertainty import UNCERTAINTY


def recruitment_cells(spec: kinds.RecruitmentCurve, data: Data) -> pd.DataFrame:
    """People randomised by calendar month; panel trial group, row month."""
    people = data.people
    month = people["randomised_on"].dt.to_period("M")
    months = pd.period_range(month.min(), month.max(), freq="M")
    groups = [g for g in data.config.trial.groups if g in set(people["trial_group"])]
    counts = pd.crosstab(people["trial_group"], month).reindex(columns=months, fill_value=0)
    return as_frame(
        [
            cell(group, str(m), "randomised", "count", n, grouped(n), "recruits", n)
            for group in groups
            for m, n in counts.loc[group].items()
        ]
    )


def draw_recruitment(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """Stacked columns by month, with the trial's milestones."""
    wide = cells.pivot(index="row", columns="panel", values="value")
    wide = wide[list(dict.fromkeys(cells["panel"]))]
    figure, axes = new_figure(height=3.6)
    x, base = np.arange(len(wide)), np.zeros(len(wide))
    for i, group in enumerate(wide):
        heights = wide[group].to_numpy()
        axes.bar(
            x,
            heights,
            bottom=base,
            color=COLOURS[i],
            hatch=HATCHES[i],
            edgecolor="white",
            linewidth=0.5,
            label=data.label(group),
        )
        base = base + heights
    names = pd.PeriodIndex(wide.index, freq="M")
    step = max(1, len(x) // 12)
    axes.set_xticks(
        x[::step], [p.strftime("%b %Y") for p in names[::step]], rotation=45, ha="right"
    )
    axes.set_ylabel("People randomised")
    top = base.max()
    axes.set_ylim(0, top * 1.22)
    for milestone in data.config.trial.milestones:
        date = pd.Timestamp(milestone.date)
        place = (date.to_period("M") - names[0]).n + (date.day - 1) / 31 - 0.5
        axes.axvline(place, color=GREY, linestyle="--", linewidth=1)
        right = place > len(x) / 2
        axes.annotate(
            f"{milestone.label}\n{date.day} {date.strftime('%b %Y')}",
            (place, top * 1.2),
            xytext=(-4 if right else 4, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top",
            fontsize=8,
            color=GREY,
        )
    if len(wide.columns) > 1:
        axes.legend(frameon=False, ncols=3, loc="upper left", bbox_to_anchor=(0, -0.3))
    peak = int(np.argmax(base))
    description = (
        f"Column chart of {grouped(base.sum())} people randomised over {len(x)} months; the most, "
        f"{grouped(base[peak])}, in {names[peak].strftime('%B %Y')}."
    )
    return figure, description


def event_cells(spec: kinds.EventCurve, data: Data) -> pd.DataFrame:
    """Means by arm and impact by month; row month, column control, treatment or effect."""
    family = data.impact(spec.family)
    chosen = family[(family["model"] == spec.model) & (family["outcome"] == spec.outcome)]
    cells = []
    for line in chosen.itertuples():
        month = line.timepoint.rsplit("_", 1)[1]
        percent = line.unit == "proportion"
        factor, unit = (100, "percent") if percent else (1, line.unit)
        for column, value, n in (
            ("control", line.mean_control, line.n_control),
            ("treatment", line.mean_treatment, line.n_treatment),
            ("effect", line.estimate, line.n),
            ("effect_low", line.ci_low, line.n),
            ("effect_high", line.ci_high, line.n),
        ):
            statistic = "ppt" if percent and "effect" in column else "percent"
            statistic = statistic if percent else "mean"
            value = value * factor
            text = round_half_up(value, 1)
            cells.append(cell(line.group, month, column, statistic, value, text, unit, n))
    return as_frame(cells)


def draw_event(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """Two rows of small multiples by group: levels by arm, and the impact with its interval."""
    groups = list(dict.fromkeys(cells["panel"]))
    figure, axes = new_figure(height=4.6, rows=2, columns=len(groups), share_y="row")
    axes = np.asarray(axes).reshape(2, len(groups))
    percent = (cells["statistic"] == "ppt").any()
    scale = scale_of(cells["unit"].iloc[0], data.config.trial.currency)
    sign = "%" if percent else ""
    parts = []
    for i, group in enumerate(groups):
        wide = cells[cells["panel"] == group].pivot(index="row", columns="column", values="value")
        wide = wide.set_axis(wide.index.astype(int)).sort_index()
        top, bottom = axes[:, i]
        top.plot(wide.index, wide["treatment"], color=BLUE, label="Treatment")
        top.plot(wide.index, wide["control"], color=ORANGE, linestyle="--", label="Control")
        top.set_title(data.label(group), fontsize=9)
        bottom.fill_between(
            wide.index, wide["effect_low"], wide["effect_high"], color=BLUE, alpha=0.2, linewidth=0
        )
        bottom.plot(wide.index, wide["effect"], color=BLUE)
        bottom.axhline(0, color=GREY, linewidth=0.8)
        for panel in (top, bottom):
            panel.axvline(0.5, color=GREY, linestyle=":", linewidth=0.8)
        bottom.set_xlabel("Month")
        last = wide.index.max()
        means = [f"{grouped(wide.loc[last, arm])}{sign}" for arm in ("treatment", "control")]
        parts.append(
            f"{data.label(group)}: in month {last} {means[0]} of treatment, {means[1]} of control"
        )
    axes[0, 0].set_ylabel("Per cent" if percent else f"Mean, {scale.name}")
    axes[1, 0].set_ylabel("Impact, points" if percent else f"Impact, {scale.name}")
    axes[0, -1].legend(frameon=False, fontsize=8)
    return figure, "Line charts by group of levels by arm and of the impact. " + "; ".join(
        parts
    ) + "."


def forest_cells(spec: kinds.ForestPlot, data: Data) -> pd.DataFrame:
    """Estimate and interval; panel group, row model."""
    family = data.impact(spec.family)
    chosen = family[(family["outcome"] == spec.outcome) & family["model"].isin(spec.models)]
    cells = []
    for line in chosen.itertuples():
        scale = scale_of(line.unit, data.config.trial.currency)
        keys = (line.group, line.model)
        for column, value in (
            ("effect", line.estimate),
            ("effect_low", line.ci_low),
            ("effect_high", line.ci_high),
        ):
            text, value = scale.text(value), value * scale.factor
            cells.append(cell(*keys, column, scale.statistic, value, text, line.unit, line.n))
    return as_frame(cells)


def draw_forest(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """One line an estimate, groups apart, with the numbers beside."""
    labels = data.config.models.families[spec.family].models
    groups = list(dict.fromkeys(cells["panel"]))
    figure, axes = new_figure(height=0.9 + 0.24 * (len(cells) / 3 + len(groups)), grid="x")
    y, ticks, names, text = 0.0, [], [], []
    for group in groups:
        axes.annotate(
            data.label(group),
            (0, y),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            fontweight="bold",
            fontsize=8,
            va="center",
        )
        y += 1
        for i, model in enumerate(spec.models):
            part = cells[(cells["panel"] == group) & (cells["row"] == model)]
            if part.empty:
                continue
            value = part.set_index("column")["value"]
            shown = part.set_index("column")["printed"]
            axes.plot([value["effect_low"], value["effect_high"]], [y, y], color=COLOURS[i])
            axes.plot(value["effect"], y, marker="osD^v"[i % 5], color=COLOURS[i], markersize=5)
            label = f"{shown['effect']} ({shown['effect_low']} to {shown['effect_high']})"
            write_right(axes, y, label)
            ticks.append(y)
            names.append(labels[model].label)
            if i == 0:
                text.append(f"{data.label(group)} {label}")
            y += 1
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(ticks, names, fontsize=8)
    axes.set_ylim(y - 0.4, -0.6)
    scale = scale_of(cells["unit"].iloc[0], data.config.trial.currency)
    axes.set_xlabel(
        f"Impact, {scale.name}, with {data.config.models.confidence_level:.0%} interval"
    )
    first = labels[spec.models[0]].label
    return figure, f"Forest plot of impacts. {first}: " + "; ".join(text) + "."


FIGURES = {
    "match_weights": (weight_cells, draw_weights),
    "recruitment_curve": (recruitment_cells, draw_recruitment),
    "event_curve": (event_cells, draw_event),
    "forest_plot": (forest_cells, draw_forest),
    **FLOW,
    **SUBGROUPS,
    **ROBUSTNESS,
    **ODDS,
    **MARGINS,
    **HISTOGRAM,
    **DRAWINGS,
    **APPRAISALS,
    **UNCERTAINTY,
}
