"""Net present value under every scenario and rule of evidence; a section an appraisal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import AppraisalName, CaseName, FigureExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import noticed, scenario_texts
from ..cells import as_frame, cell, source_of
from ..formats import grouped, money
from ..multiples import new_panels, set_scale, with_n
from ..multiples import write_right as write_number
from ..style import BLUE
from ..table_cells import MISSING, true_minuses, with_quality

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

OTHER = "#28A197"
ENDS = ("net_present_value", "ci_low", "ci_high")


class ScenarioPlot(FigureExhibit):
    """Net present value under every scenario and rule of evidence; a section an appraisal."""

    kind: Literal["scenario_plot"]
    disclosure: ClassVar[Class | None] = "model output"
    names_follow: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = ("summary",)
    case: CaseName = Field(description="Case shown.")
    appraisals: list[AppraisalName] = Field(min_length=1, description="Appraisals in order.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def _rows(self, data: Data) -> pd.DataFrame:
        summary = data.table("summary")
        shown = (summary["case"] == self.case) & summary["appraisal"].isin(self.appraisals)
        return summary[shown]

    def noticed(self, data: Data) -> list[str]:
        """Scenarios that are not as their label makes expect."""
        return noticed(self._rows(data), data)

    def cells(self, data: Data) -> pd.DataFrame:
        """Net present value and the middle 95% of its draws; panel group, row setting."""
        summary = self._rows(data)
        texts = scenario_texts(summary, data)
        symbol, cells = data.config.trial.currency, []
        for name in self.appraisals:
            for line in summary[summary["appraisal"] == name].itertuples():
                values = (
                    line.net_present_value,
                    line.net_present_value_ci_low,
                    line.net_present_value_ci_high,
                )
                source = source_of(
                    "summary",
                    appraisal=line.appraisal,
                    scenario=line.scenario,
                    evidence=line.evidence,
                    impacts=line.impacts,
                    case=line.case,
                    group=line.group,
                    column="net_present_value",
                )
                for column, value in zip(ENDS, values, strict=True):
                    row, n = _setting_text(line, texts, data), line.n_treatment
                    text = money(value, symbol)
                    cells.append(
                        cell(line.group, row, column, "gbp", value, text, "GBP", n, source=source)
                    )
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """A section an appraisal, a line a setting, groups abreast; the references are diamonds."""
        groups, names = (list(dict.fromkeys(cells[key])) for key in ("panel", "row"))
        references = {data.label(name) for name in self.appraisals}
        first = np.array([name in references for name in names])
        # A section starts with its reference, some way below the one before.
        place = np.arange(len(names)) + 0.8 * (np.cumsum(first) - 1)
        row_labels = [_within(name, references) for name in names]
        wide = cells.pivot(index=["panel", "row"], columns="column", values="value")
        behind = cells.groupby(["panel", "row"])["n"].first()
        # Amounts below some thousands would be lost in thousands.
        thousands = bool(wide.abs().max().max() >= 2000)
        wide = wide / 1000 if thousands else wide
        about = (
            f"Net present value per recruit to treatment, {data.config.trial.currency}"
            f"{' thousand' if thousands else ''}, with 95% uncertainty interval. "
            "Diamond: reference of an appraisal."
        )
        ends = {group: wide.loc[group].loc[names, list(ENDS)].to_numpy() for group in groups}
        numbers = {
            group: [
                with_quality(_with_interval(line, int(thousands)), n, data.low_quality_below)
                for line, n in zip(ends[group], behind.loc[group].loc[names], strict=True)
            ]
            for group in groups
        }
        every = [text for texts in numbers.values() for text in texts]
        figure, panels = new_panels(
            [with_n(data.label(g), cells.loc[cells["panel"] == g, "n"]) for g in groups],
            row_labels,
            about,
            places=place,
            strong=first,
            numbers=every,
        )
        for panel, group in zip(panels, groups, strict=True):
            _draw_settings(panel, place, first, ends[group], numbers[group])
        set_scale(panels, wide.to_numpy().ravel(), every)
        reference_cells = cells[(cells["column"] == ENDS[0]) & cells["row"].isin(references)]
        text = [
            f"{data.label(c.panel)}, {c.row}: {c.printed}" for c in reference_cells.itertuples()
        ]
        return figure, f"Net present value under {len(names)} settings. " + "; ".join(text) + "."


def _setting_text(line: Any, texts: dict[tuple[str, str], str], data: Data) -> str:
    """Return what a setting is called: its appraisal, then how it differs from the reference."""
    name = data.label(line.appraisal)
    if line.scenario != "reference":
        return f"{name}: {texts[line.appraisal, line.scenario]}"
    if line.default:
        return name
    return f"{name}: {data.label(line.evidence)}, {data.label(line.impacts).lower()}"


def _within(name: str, references: set[str]) -> str:
    """Return the name of a setting within the section of its appraisal."""
    for reference in references:
        if name.startswith(f"{reference}: "):
            return name.removeprefix(f"{reference}: ")
    return name


def _with_interval(line: np.ndarray, decimals: int) -> str:
    """Return what stands beside a setting, given value, low and high: its interval is below."""
    if np.isnan(line[0]):
        return MISSING
    value, low, high = (grouped(number, decimals) for number in line)
    return true_minuses(value if np.isnan(line[1:]).any() else f"{value}\n{low} to {high}")


def _draw_settings(
    panel: Axes, place: np.ndarray, first: np.ndarray, ends: np.ndarray, numbers: list[str]
) -> None:
    """Draw the settings of one group, a row of `ends` each (value, low, high) and its numbers."""
    value, low, high = ends.T
    panel.hlines(place, low, high, colors=[BLUE if one else OTHER for one in first], linewidth=1.3)
    for rows, marker, colour in ((first, "D", BLUE), (~first, "o", OTHER)):
        style: dict[str, Any] = {
            "marker": marker,
            "color": colour,
            "markersize": 4.5,
            "linestyle": "none",
        }
        panel.plot(value[rows], place[rows], **style)
    for y, bold, text in zip(place, first, numbers, strict=True):
        write_number(panel, y, text, fontweight="bold" if bold else "normal")
        if bold and y:
            panel.axhline(y - 0.9, color="#D9D9D9", linewidth=0.8)
