"""Value of perfect information on everything and by driver, groups abreast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FigureExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import pd
from ..appraised import decimals_of
from ..cells import as_frame, cell, source_of
from ..formats import money
from ..multiples import new_panels, set_scale, write_right
from ..style import BLUE, ORANGE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data


class InformationPlot(FigureExhibit):
    """Value of perfect information on everything and by driver, groups abreast."""

    kind: Literal["information_plot"]
    disclosure: ClassVar[Class | None] = "model output"
    of_economics: ClassVar[str] = "decision"
    reads: ClassVar[tuple[str, ...]] = ("information",)
    most: int = Field(10, ge=1, le=100, description="Drivers shown, of highest value in any group.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """What knowing is worth a person; panel group, row driver, column measure."""
        information = data.table("information").fillna({"driver": ""})
        drivers = information[information["measure"] == "evppi"]
        most = drivers.groupby("driver", sort=False)["value"].max()
        most = most[most >= 0.005].sort_values(ascending=False, kind="stable").head(self.most)
        symbol, cells = data.config.trial.currency, []
        decimals = decimals_of(information.loc[information["measure"] == "evpi", "value"])
        for group, group_rows in information.groupby("group", sort=False):
            group_rows = group_rows[group_rows["measure"] != "evsi"].set_index("driver")
            for driver in ["", *most.index]:
                line = group_rows.loc[driver]
                text, n = money(line["value"], symbol, decimals), line["n_treatment"]
                keys = (group, driver or "evpi", line["measure"])
                source = source_of(
                    "information", group=group, measure=line["measure"], driver=driver or None
                )
                cells.append(cell(*keys, "gbp", line["value"], text, "GBP", n, source=source))
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Bars of what it is worth to know everything, and each driver, groups abreast."""
        groups, rows = (list(dict.fromkeys(cells[key])) for key in ("panel", "row"))
        symbol = data.config.trial.currency
        about = f"Expected value of information, {symbol} per person"
        figure, panels = new_panels(
            [data.label(g) for g in groups],
            [data.label(r) for r in rows],
            about,
            numbers=cells["printed"],
        )
        for panel, group in zip(panels, groups, strict=True):
            group_cells = cells[cells["panel"] == group]
            for y, line in enumerate(group_cells.itertuples()):
                colour, hatch = (ORANGE, "///") if line.row == "evpi" else (BLUE, "")
                panel.barh(y, line.value, height=0.65, color=colour, hatch=hatch)
                write_right(panel, y, line.printed)
        set_scale(panels, cells["value"], cells["printed"])
        perfect = cells[cells["row"] == "evpi"]
        text = "; ".join(f"{data.label(c.panel)} {c.printed}" for c in perfect.itertuples())
        return figure, f"Expected value of perfect information per person: {text}."
