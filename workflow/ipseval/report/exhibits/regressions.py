"""Tables of regressions: coefficients over standard errors, and effects in per cent."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...config.exhibit_kinds import regressions as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import MINUS, round_half_up

LOG_ODDS, PERFECT, NO_ERROR = "log odds ", "perfectly predicted ", "[.]"


def mark(p_value: float, marks: dict[str, float]) -> str:
    """Return the mark with the smallest level that the p-value is below, or none."""
    below = {level: text for text, level in marks.items() if p_value < level}
    return below[min(below)] if below else ""


def in_brackets(value: float, decimals: int) -> str:
    """Return a standard error as printed: [0.210]."""
    return NO_ERROR if np.isnan(value) else f"[{round_half_up(value, decimals)}]"


@dataclass(frozen=True)
class Place:
    """Where the numbers of one row go: keys, people, decimals."""

    panel: str
    row: str
    column: str
    n: int
    decimals: int

    def cell(self, statistic: str, value, printed: str, unit: str, stars: str = "") -> dict:
        """Return a cell at this place."""
        return cell(
            self.panel, self.row, self.column, statistic, value, printed, unit, self.n, stars
        )

    def share(self, value: float, unit: str) -> dict:
        """Return a share or a difference of shares."""
        return self.cell("proportion", value, round_half_up(value, self.decimals), unit)

    def error(self, value: float, unit: str) -> dict:
        """Return a standard error."""
        return self.cell("standard_error", value, in_brackets(value, self.decimals), unit)


def regression_table(spec: kinds.RegressionTable, data: Data) -> pd.DataFrame:
    """Coefficients and what belongs to a model; panel group, row as declared, column outcome."""
    estimates = data.impact(spec.family)
    estimates = estimates[estimates["model"] == spec.model]
    cells = []
    for group, panel in spec.groups.items():
        for row, declared in spec.rows.items():
            for outcome, column in spec.outcomes.items():
                own = (estimates["group"] == group) & (estimates["outcome"] == outcome)
                lines = estimates[own].set_index("term")
                if lines.empty:
                    continue
                place = Place(panel, row, column, int(lines.loc["arm", "n"]), spec.decimals)
                cells += _row(declared, outcome, lines, place, spec.marks)
    return as_frame(cells)


def _row(
    declared: kinds.RegressionRow, outcome: str, lines: pd.DataFrame, place: Place, marks: dict
) -> Iterator[dict]:
    """Yield the cells of one row and outcome; `lines` are its estimates by term."""
    if declared.omitted:
        yield from _zero(place)
    elif declared.dummies:
        inside = lines.index.str.startswith(f"{LOG_ODDS}{declared.dummies}=").any()
        yield place.cell("coefficient", np.nan, "Yes" if inside else "No", "")
    elif declared.margin:
        arm, other = declared.margin
        (term,) = [
            name
            for name in lines.index
            if name.startswith(f"margin arm={arm},") and name.endswith(f"={other}")
        ]
        yield place.share(lines.loc[term, "estimate"], "probability")
        yield place.error(lines.loc[term, "std_error"], "probability")
    elif declared.show:
        yield from _shown(declared.show, lines.loc["arm"], place)
    else:
        name = declared.column
        name = name if isinstance(name, str) else name[outcome]
        yield from _coefficient(name, declared.absent, lines, place, marks)


def _zero(place: Place) -> Iterator[dict]:
    zero = round_half_up(0, place.decimals)
    yield place.cell("coefficient", 0.0, zero, "log_odds")
    yield place.error(np.nan, "log_odds")


def _coefficient(name: str, absent: str, lines, place: Place, marks: dict) -> Iterator[dict]:
    if LOG_ODDS + name in lines.index:
        line = lines.loc[LOG_ODDS + name]
        text, stars = round_half_up(line["estimate"], place.decimals), mark(line["p_value"], marks)
        yield place.cell("coefficient", line["estimate"], text + stars, "log_odds", stars)
        yield place.error(line["std_error"], "log_odds")
    elif absent == "omitted" or PERFECT + name in lines.index:
        yield from _zero(place)
    else:
        yield place.cell("coefficient", np.nan, MINUS, "")


def _shown(what: str, line: pd.Series, place: Place) -> Iterator[dict]:
    match what:
        case "control_mean":
            yield place.share(line["mean_control"], "probability")
        case "marginal_effect":
            yield place.share(line["estimate"], "probability_difference")
            yield place.error(line["std_error"], "probability_difference")
        case _:
            yield place.cell("base", place.n, str(place.n), "participants")


def effects_table(spec: kinds.EffectsTable, data: Data) -> pd.DataFrame:
    """Shares by arm, difference and verdict; panel group, row outcome."""
    estimates = data.impact(spec.family)
    chosen = (estimates["model"] == spec.model) & (estimates["term"] == "arm")
    lines = estimates[chosen].set_index(["group", "outcome"])
    adjusted = {}
    if spec.tests:
        tested = data.impact(spec.tests)
        tested = tested[tested["model"] == spec.method]
        adjusted = tested.set_index(["group", "outcome"])["p_adjusted"]
    cells = []
    for group, panel in spec.groups.items():
        for outcome, row in spec.outcomes.items():
            line = lines.loc[(group, outcome)]
            difference = line["estimate"]
            if spec.treatment == "raw":
                difference = line["mean_treatment"] - line["mean_control"]
            cells += _effect(panel, row, line, difference)
            if spec.tests:
                p_value = adjusted.loc[(group, outcome)]
                verdict = "Yes" if p_value < spec.level else "No"
                keys = (panel, row, "significant", "p_value")
                cells.append(cell(*keys, p_value, verdict, "verdict", line["n"]))
    return as_frame(cells)


def _effect(panel: str, row: str, line: pd.Series, difference: float) -> Iterator[dict]:
    control, n = 100 * line["mean_control"], line["n"]
    yield cell(panel, row, "n", "base", n, str(int(n)), "participants", n)
    for column, statistic, value, unit, people in (
        ("control", "percent", control, "percent", line["n_control"]),
        ("treatment", "percent", control + 100 * difference, "percent", line["n_treatment"]),
        ("difference", "ppt", 100 * difference, "percentage_points", n),
    ):
        yield cell(panel, row, column, statistic, value, round_half_up(value, 1), unit, people)


REGRESSIONS = {"regression_table": regression_table, "effects_table": effects_table}
