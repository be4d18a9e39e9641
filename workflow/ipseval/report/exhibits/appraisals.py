"""Figures of returns: their distribution, what moves them, and whether draws were enough."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...config.exhibit_kinds import economics as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped, money
from .economics import headline, number
from .multiples import new_panels, set_scale
from .multiples import write_right as write_number
from .style import BLUE, COLOURS, GREY, ORANGE, new_figure, write_right

LEVELS = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
OTHER = "#28A197"
ENDS = ("net_present_value", "ci_low", "ci_high")


def chosen(spec, data: Data) -> str:
    """Return the appraisal that a plot is of."""
    return spec.appraisal or next(iter(data.config.economics.appraisals))


def returns_cells(spec: kinds.ReturnsPlot, data: Data) -> pd.DataFrame:
    """Quantiles of the return per pound; panel group, row quantile, and the point value."""
    draws = data.draws[data.draws["appraisal"] == chosen(spec, data)]
    symbol, cells = data.config.trial.currency, []
    for line in headline(data, spec.appraisal, spec.case).itertuples():
        if not line.calculated:
            continue
        own = draws[draws["group"] == line.group]
        quantiles = np.quantile(own[spec.case] / own["cost"], LEVELS)
        values = dict(zip(map(str, LEVELS), quantiles, strict=True))
        for row, value in (values | {"reference": line.return_per_pound}).items():
            text = money(value, symbol, 2)
            cells.append(
                cell(line.group, row, "return", "ratio", value, text, "return", line.n_treatment)
            )
    return as_frame(cells)


def draw_returns(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """Box and whiskers of the draws, with the reference value marked."""
    groups = list(dict.fromkeys(cells["panel"]))
    figure, axes = new_figure(height=1.2 + 0.42 * len(groups), grid="x")
    symbol, text = data.config.trial.currency, []
    for y, group in enumerate(groups):
        part = cells[cells["panel"] == group].set_index("row")
        q = part["value"]
        axes.plot([q["0.025"], q["0.975"]], [y, y], color=BLUE, linewidth=1)
        axes.plot([q["0.25"], q["0.75"]], [y, y], color=BLUE, linewidth=7, solid_capstyle="butt")
        axes.plot(q["reference"], y, marker="D", color=ORANGE, markersize=6, linestyle="none")
        printed = part["printed"]
        shown = f"{printed['reference']} ({printed['0.025']} to {printed['0.975']})"
        write_right(axes, y, shown)
        text.append(f"{data.label(group)} {shown}")
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(groups)), [data.label(g) for g in groups])
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlabel(f"Return for every {symbol}1: reference (diamond), middle half, middle 95%")
    return figure, "Return per unit spent with 95% of the draws: " + "; ".join(text) + "."


def scenario_cells(spec: kinds.ScenarioPlot, data: Data) -> pd.DataFrame:
    """Net present value and the middle 95% of its draws; panel group, row setting."""
    summary = data.economics("summary")
    summary = summary[(summary["case"] == spec.case) & summary["appraisal"].isin(spec.appraisals)]
    symbol, cells = data.config.trial.currency, []
    for name in spec.appraisals:
        for line in summary[summary["appraisal"] == name].itertuples():
            values = (
                line.net_present_value,
                line.net_present_value_ci_low,
                line.net_present_value_ci_high,
            )
            for column, value in zip(ENDS, values, strict=True):
                row, n = _setting_text(line, data), line.n_treatment
                text = money(value, symbol)
                cells.append(cell(line.group, row, column, "gbp", value, text, "GBP", n))
    return as_frame(cells)


def _setting_text(line, data: Data) -> str:
    """Return what a setting is called: its appraisal, then how it differs from the reference."""
    name = data.label(line.appraisal)
    if line.scenario != "reference":
        return f"{name}: {data.label(line.scenario)}"
    if line.default:
        return name
    return f"{name}: {data.label(line.evidence)}, {data.label(line.impacts).lower()}"


def draw_scenarios(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """A section an appraisal, a line a setting, groups abreast; the references are diamonds."""
    groups, names = (list(dict.fromkeys(cells[key])) for key in ("panel", "row"))
    references = {data.label(name) for name in spec.appraisals}
    first = np.array([name in references for name in names])
    # A section starts with its reference, some way below the one before.
    place = np.arange(len(names)) + 0.8 * (np.cumsum(first) - 1)
    shown = [_within(name, references) for name in names]
    figure, panels = new_panels([data.label(g) for g in groups], shown, letters=48, places=place)
    wide = cells.pivot(index=["panel", "row"], columns="column", values="value") / 1000
    for panel, group in zip(panels, groups, strict=True):
        _draw_settings(panel, place, first, wide.loc[group].loc[names, list(ENDS)].to_numpy())
    for label, bold in zip(panels[0].get_yticklabels(), first, strict=True):
        label.set_fontweight("bold" if bold else "normal")
    symbol = data.config.trial.currency
    label = f"Net present value per recruit to treatment, {symbol} thousand"
    set_scale(panels, wide.to_numpy().ravel(), label)
    shown = cells[(cells["column"] == ENDS[0]) & cells["row"].isin(references)]
    text = [f"{data.label(c.panel)}, {c.row}: {c.printed}" for c in shown.itertuples()]
    return figure, f"Net present value under {len(names)} settings. " + "; ".join(text) + "."


def _within(name: str, references: set[str]) -> str:
    """Return the name of a setting within the section of its appraisal."""
    for reference in references:
        if name.startswith(f"{reference}: "):
            return name.removeprefix(f"{reference}: ")
    return name


def _draw_settings(panel, place: np.ndarray, first: np.ndarray, ends: np.ndarray) -> None:
    """Draw the settings of one group, a row of `ends` each: value, low and high end."""
    value, low, high = ends.T
    panel.hlines(place, low, high, colors=np.where(first, BLUE, OTHER), linewidth=1.3)
    for rows, marker, colour in ((first, "D", BLUE), (~first, "o", OTHER)):
        style = {"marker": marker, "color": colour, "markersize": 4.5, "linestyle": "none"}
        panel.plot(value[rows], place[rows], **style)
    for y, bold, number_at in zip(place, first, value, strict=True):
        weight = "bold" if bold else "normal"
        write_number(panel, y, grouped(number_at, 1), fontweight=weight)
        if bold and y:
            panel.axhline(y - 0.9, color="#D9D9D9", linewidth=0.8)


def tornado_cells(spec: kinds.Tornado, data: Data) -> pd.DataFrame:
    """Net present value with a driver at each end of its range; panel group, row driver."""
    found = data.economics("sensitivity")
    found = found[
        (found["appraisal"] == chosen(spec, data))
        & (found["group"] == spec.group)
        & (found["case"] == spec.case)
        & (found["swing"] > 0)
    ].head(spec.most)
    symbol, cells = data.config.trial.currency, []
    for line in found.itertuples():
        for column in ("net", "net_at_low", "net_at_high"):
            value = getattr(line, column)
            text, n = money(value, symbol), line.n_treatment
            cells.append(cell(line.group, line.driver, column, "gbp", value, text, "GBP", n))
        for column in ("low", "high", "break_even"):
            value = getattr(line, column)
            text = "-" if np.isnan(value) else number(value)
            n = line.n_treatment
            cells.append(cell(line.group, line.driver, column, "driver", value, text, "", n))
    return as_frame(cells)


def draw_tornado(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """A bar a driver, from net present value at its low end to that at its high end."""
    drivers = list(dict.fromkeys(cells["row"]))
    values = cells.pivot(index="row", columns="column", values="value").loc[drivers]
    printed = cells.pivot(index="row", columns="column", values="printed").loc[drivers]
    figure, axes = new_figure(height=1.3 + 0.32 * len(drivers), grid="x", width=9)
    symbol, net = data.config.trial.currency, float(values["net"].iloc[0])
    for y, name in enumerate(drivers):
        line, shown = values.loc[name], printed.loc[name]
        for end, colour, hatch in (("low", ORANGE, "///"), ("high", BLUE, "")):
            width = line[f"net_at_{end}"] - net
            label = f"{end.capitalize()} end of the driver's 95% interval" if y == 0 else None
            axes.barh(y, width, left=net, height=0.6, color=colour, hatch=hatch, label=label)
        text = f"{shown['low']} to {shown['high']}"
        text += "" if shown["break_even"] == "-" else f"; breaks even at {shown['break_even']}"
        write_right(axes, y, text)
    axes.axvline(net, color=GREY, linewidth=0.9)
    axes.axvline(0, color="#3D3D3D", linewidth=0.9, linestyle=":")
    axes.set_yticks(range(len(drivers)), [data.label(name) for name in drivers], fontsize=8)
    axes.set_ylim(len(drivers) - 0.4, -0.6)
    axes.xaxis.set_major_formatter(lambda x, _: grouped(x))
    axes.set_xlabel(f"Net present value per recruit to treatment, {symbol}")
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    top = ", ".join(data.label(name) for name in drivers[:3])
    return figure, f"Tornado of net present value, {printed['net'].iloc[0]}. Largest: {top}."


def convergence_cells(spec: kinds.ConvergencePlot, data: Data) -> pd.DataFrame:
    """Mean and Monte Carlo error of the draws so far; panel group, row number of draws."""
    found = data.economics("convergence")
    found = found[(found["appraisal"] == chosen(spec, data)) & (found["case"] == spec.case)]
    symbol, cells = data.config.trial.currency, []
    for line in found.itertuples():
        for column in ("mean", "monte_carlo_error"):
            value, n = getattr(line, column), line.n_treatment
            text = money(value, symbol, 1)
            cells.append(cell(line.group, str(line.draws), column, "gbp", value, text, "GBP", n))
    return as_frame(cells)


def draw_convergence(cells: pd.DataFrame, spec, data: Data) -> tuple[Figure, str]:
    """The running mean less the last one, with twice its Monte Carlo error, groups abreast."""
    groups = list(dict.fromkeys(cells["panel"]))
    figure, axes = new_figure(height=2.6, columns=len(groups), share_y=True, width=10)
    text, symbol = [], data.config.trial.currency
    for panel, group, colour in zip(np.atleast_1d(axes), groups, COLOURS, strict=False):
        own = cells[cells["panel"] == group]
        wide = own.pivot(index="row", columns="column", values="value")
        wide = wide.set_index(wide.index.astype(int)).sort_index()
        away = wide["mean"] - wide["mean"].iloc[-1]
        band = 2 * wide["monte_carlo_error"]
        panel.fill_between(wide.index, -band, band, color=colour, alpha=0.15, linewidth=0)
        panel.plot(wide.index, away, color=colour, marker="o", markersize=3)
        panel.axhline(0, color=GREY, linewidth=0.8)
        panel.set_xscale("log")
        panel.minorticks_off()
        panel.set_title(data.label(group), fontsize=9, fontweight="bold")
        last = own.iloc[-2:].set_index("column")["printed"]
        text.append(f"{data.label(group)} {last['mean']}, error {last['monte_carlo_error']}")
    np.atleast_1d(axes)[0].set_ylabel(f"Mean so far, less the last, {symbol}")
    figure.supxlabel("Draws; band: twice the Monte Carlo error", fontsize=8)
    return figure, "Running mean of net present value. " + "; ".join(text) + "."


APPRAISALS = {
    "returns_plot": (returns_cells, draw_returns),
    "scenario_plot": (scenario_cells, draw_scenarios),
    "tornado": (tornado_cells, draw_tornado),
    "convergence_plot": (convergence_cells, draw_convergence),
}
