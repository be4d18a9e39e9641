"""Net present value with each driver at the ends of its 95% interval."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import AppraisedGroup, CaseName
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import AppraisalFigure, chosen, number
from ..cells import as_frame, cell, source_of
from ..formats import grouped, money, tick
from ..style import (
    BLUE,
    GREY,
    LINE,
    ORANGE,
    key_above,
    new_figure,
    row_height,
    wrapped,
    write_right,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


class Tornado(AppraisalFigure):
    """Net present value with each driver at the ends of its 95% interval."""

    kind: Literal["tornado"]
    disclosure: ClassVar[Class | None] = "model output"
    reads: ClassVar[tuple[str, ...]] = ("sensitivity",)
    case: CaseName = Field(description="Case shown.")
    group: AppraisedGroup = Field(description="Analysis group.")
    most: int = Field(12, ge=1, le=100, description="Drivers shown; those with the largest swing.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Net present value with a driver at each end of its range; panel group, row driver."""
        drivers = data.table("sensitivity")
        drivers = drivers[
            (drivers["appraisal"] == chosen(self, data))
            & (drivers["group"] == self.group)
            & (drivers["case"] == self.case)
            & (drivers["swing"] > 0)
        ].head(self.most)
        symbol, cells = data.config.trial.currency, []
        for line in drivers.itertuples():
            source = source_of(
                "sensitivity",
                appraisal=line.appraisal,
                group=line.group,
                case=line.case,
                driver=line.driver,
            )
            for column in ("net", "net_at_low", "net_at_high"):
                value = getattr(line, column)
                text, n = money(value, symbol), line.n_treatment
                cells.append(
                    cell(
                        line.group, line.driver, column, "gbp", value, text, "GBP", n, source=source
                    )
                )
            for column in ("low", "high", "break_even"):
                value = getattr(line, column)
                text = "-" if np.isnan(value) else number(value)
                n = line.n_treatment
                cells.append(
                    cell(
                        line.group, line.driver, column, "driver", value, text, "", n, source=source
                    )
                )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """A bar a driver, from net present value at its low end to that at its high end."""
        drivers = list(dict.fromkeys(cells["row"]))
        values = cells.pivot(index="row", columns="column", values="value").loc[drivers]
        printed = cells.pivot(index="row", columns="column", values="printed").loc[drivers]
        names = [wrapped(data.label(name), 1.7) for name in drivers]
        row = max(row_height(names), 2 * LINE + 0.05)
        figure, axes = new_figure(height=1.3 + row * len(drivers), grid="x")
        symbol, net = data.config.trial.currency, float(values["net"].iloc[0])
        for y, name in enumerate(drivers):
            line = values.loc[name]
            for end, colour, hatch in (("low", ORANGE, "///"), ("high", BLUE, "")):
                width = line[f"net_at_{end}"] - net
                label = f"{end.capitalize()} end of the driver's 95% interval" if y == 0 else None
                axes.barh(y, width, left=net, height=0.6, color=colour, hatch=hatch, label=label)
            low, high, even = _alike(line[["low", "high", "break_even"]], name, data)
            known = printed.loc[name, "break_even"] != "-"
            write_right(axes, y, f"{low} to {high}" + (f"\nbreak-even {even}" if known else ""))
        axes.axvline(net, color=GREY, linewidth=0.9)
        axes.axvline(0, color="#3D3D3D", linewidth=0.9, linestyle=":")
        axes.set_yticks(range(len(drivers)), names)
        axes.set_ylim(len(drivers) - 0.4, -0.6)
        axes.locator_params(axis="x", nbins=4)
        axes.xaxis.set_major_formatter(lambda x, _: tick(x))
        axes.set_xlabel(
            f"Net present value per recruit to treatment, {symbol}.\n"
            "At the right: 95% interval of the driver, and its value at which the\n"
            "net present value is zero."
        )
        key_above(figure, *axes.get_legend_handles_labels())
        top = ", ".join(data.label(name) for name in drivers[:3])
        first = f"The net present value, {printed['net'].iloc[0]}, depends most on: {top}."
        return figure, f"{first} Tornado diagram."


def _alike(ends: pd.Series, driver: str, data: Data) -> list[str]:
    """Return values of a driver as text, with its unit and as many decimals each."""
    unit, symbol = _unit(driver, data), data.config.trial.currency
    factor = 100 if unit.startswith(("share", "proportion")) else 1
    values = [value * factor for value in ends]
    largest = max([abs(value) for value in values if not np.isnan(value)] or [1.0])
    decimals = 0 if largest >= 100 else 1 if largest >= 10 else 2 if largest >= 1 else 3
    texts = ["-" if np.isnan(value) else grouped(value, decimals) for value in values]
    if re.match(r"[A-Z]{3}\b", unit):  # a currency, perhaps for each of something
        texts = ["-" if np.isnan(value) else money(value, symbol, decimals) for value in values]
    return [f"{text}%" if factor == 100 else text for text in texts]


def _unit(driver: str, data: Data) -> str:
    """Return the unit of a driver: that of its quantity, or of the outcome of its impact."""
    economics = data.economics
    if driver in economics.quantities:
        return economics.quantities[driver].unit
    if driver in economics.impacts:
        return data.config.outcomes.derived[economics.impacts[driver].outcome].unit or ""
    return ""
