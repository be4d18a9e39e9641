"""Net present value with each driver at the ends of its 95% interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import AppraisedGroup, CaseName
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import AppraisalFigure, chosen, number
from ..cells import as_frame, cell, source_of
from ..formats import grouped, money
from ..style import BLUE, GREY, ORANGE, new_figure, write_right

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
        figure, axes = new_figure(height=1.3 + 0.32 * len(drivers), grid="x", width=9)
        symbol, net = data.config.trial.currency, float(values["net"].iloc[0])
        for y, name in enumerate(drivers):
            line, texts = values.loc[name], printed.loc[name]
            for end, colour, hatch in (("low", ORANGE, "///"), ("high", BLUE, "")):
                width = line[f"net_at_{end}"] - net
                label = f"{end.capitalize()} end of the driver's 95% interval" if y == 0 else None
                axes.barh(y, width, left=net, height=0.6, color=colour, hatch=hatch, label=label)
            text = f"{texts['low']} to {texts['high']}"
            text += "" if texts["break_even"] == "-" else f"; breaks even at {texts['break_even']}"
            write_right(axes, y, text)
        axes.axvline(net, color=GREY, linewidth=0.9)
        axes.axvline(0, color="#3D3D3D", linewidth=0.9, linestyle=":")
        axes.set_yticks(range(len(drivers)), [data.label(name) for name in drivers], fontsize=8)
        axes.set_ylim(len(drivers) - 0.4, -0.6)
        axes.xaxis.set_major_formatter(lambda x, _: grouped(x))
        axes.set_xlabel(f"Net present value per recruit to treatment, {symbol}")
        axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
        top = ", ".join(data.label(name) for name in drivers[:3])
        first = f"The net present value, {printed['net'].iloc[0]}, depends most on: {top}."
        return figure, f"{first} Tornado diagram."
