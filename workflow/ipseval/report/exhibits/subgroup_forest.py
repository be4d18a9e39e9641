"""Effects in the levels of subgroups, groups side by side, with the joint tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import FamilyName, FamilyOutcome, FigureExhibit, ModelName
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import pd
from ..cells import as_frame, cell
from ..formats import MINUS, grouped, p_value
from ..multiples import draw_intervals, new_panels, said_p, set_scale, write_right
from ..scale import scale_of
from ..sentences.figures import equal_effects
from ..style import BLUE
from ..table_cells import MISSING, true_minuses, with_quality
from ..tested import source_of_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

JOINT = "equal effects"


class SubgroupForest(FigureExhibit):
    """Effects in the levels of subgroups, groups side by side, with the joint tests.

    Subgroups and levels are those of the family, levels in the order of their codes. `labels`
    names them, and orders them where it does.
    """

    kind: Literal["subgroup_forest"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "subgroups"
    family: FamilyName = Field(description="Impact family with subgroups.")
    model: ModelName = Field(description="Model shown.")
    outcome: FamilyOutcome = Field(description="Outcome shown.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Effect, interval, p-value; panel group, row subgroup=level, or subgroup for its test."""
        family = data.config.models.families[self.family]
        estimates = data.impact(self.family)
        chosen = estimates[
            (estimates["outcome"] == self.outcome) & (estimates["model"] == self.model)
        ]
        # One order for all groups, also where a group lacks a level.
        place = {row: i for i, row in enumerate(_rows(chosen, family.subgroups, self, data))}
        cells = []
        for group in family.groups:
            lines = chosen[chosen["group"] == group]
            lines = lines.sort_values("subgroup", key=lambda s: s.map(place), kind="stable")
            for line in lines.itertuples():
                source = source_of_line(self.family, line)
                cells += _joint(line, source) if line.term == JOINT else _level(line, data, source)
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """Levels under the name of their subgroup; the joint test's p-value beside the name."""
        groups = list(dict.fromkeys(cells["panel"]))
        subgroups = data.config.models.families[self.family].subgroups
        rows = [
            row for row in _rows(_as_levels(cells), subgroups, self, data) if _drawn(row, cells)
        ]
        names = [data.label(_code(r) or r) for r in rows]
        level = data.config.models.confidence_level
        unit = cells.loc[cells["column"] == "effect", "unit"].iloc[0]
        scale = scale_of(unit, data.config.trial.currency)
        about = (
            f"Impact, {scale.name}, with {level:.0%} confidence interval, then n. Beside the name "
            "of a subgroup: p-value of the interaction test."
        )
        below = data.low_quality_below
        numbers = {g: _numbers(rows, cells[cells["panel"] == g], below) for g in groups}
        every = [text for texts in numbers.values() for text in texts]
        figure, panels = new_panels(
            [data.label(g) for g in groups],
            names,
            about,
            heads=[not _code(row) for row in rows],
            numbers=every,
        )
        for panel, group in zip(panels, groups, strict=True):
            _draw_group(panel, rows, cells[cells["panel"] == group], numbers[group])
        effects = cells.loc[cells["column"].str.startswith("effect"), "value"]
        set_scale(panels, effects, every)
        text = equal_effects(cells, data.words)
        return figure, f"{text} Forest plot of effects in the levels of subgroups, by group."


def _rows(
    chosen: pd.DataFrame, subgroups: list[str], spec: SubgroupForest, data: Data
) -> list[str]:
    """Return the rows in printed order: each subgroup, then its levels in the order of codes."""
    codes = {code: i for i, code in enumerate(dict.fromkeys([*spec.labels, *data.labels]))}
    estimated = list(dict.fromkeys(chosen["subgroup"]))
    rows = []
    for name in subgroups:
        levels = [row for row in estimated if row.startswith(f"{name}=")]
        rows += [name, *sorted(levels, key=lambda row: codes.get(_code(row), len(codes)))]
    return rows


def _code(row: str) -> str:
    return row.partition("=")[2]


def _joint(line: Any, source: str) -> list[dict[str, Any]]:
    p = line.p_value
    f = f"{line.statistic:.2f}"
    return [
        cell(
            line.group,
            line.subgroup,
            "f",
            "statistic",
            line.statistic,
            f,
            "F",
            line.n,
            source=source,
        ),
        cell(
            line.group,
            line.subgroup,
            "joint_test",
            "p_value",
            p,
            p_value(p),
            "p",
            line.n,
            source=source,
        ),
    ]


def _level(line: Any, data: Data, source: str) -> list[dict[str, Any]]:
    scale = scale_of(line.unit, data.config.trial.currency, line.std_error)
    cells = [
        cell(
            line.group,
            line.subgroup,
            column,
            scale.statistic,
            value * scale.factor,
            scale.text(value),
            line.unit,
            line.n,
            source=source,
        )
        for column, value in (
            ("effect", line.estimate),
            ("effect_low", line.ci_low),
            ("effect_high", line.ci_high),
        )
    ]
    p = line.p_value
    return [
        *cells,
        cell(
            line.group,
            line.subgroup,
            "p_value",
            "p_value",
            p,
            p_value(p),
            "p",
            line.n,
            source=source,
        ),
    ]


def _as_levels(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.rename(columns={"row": "subgroup"})


def _drawn(row: str, cells: pd.DataFrame) -> bool:
    """Return whether a group has estimates of this row, or of a level of this subgroup."""
    return bool(cells["row"].str.startswith(f"{row}=").any() or (cells["row"] == row).any())


def _numbers(rows: list[str], cells: pd.DataFrame, below: int | None) -> list[str]:
    """Return what stands beside each row: the test of a subgroup, the estimate of a level."""
    printed, n = (
        cells.pivot(index="row", columns="column", values=key).to_dict("index")
        for key in ("printed", "n")
    )
    return [
        _test(printed.get(row))
        if not _code(row)
        else _estimate(printed.get(row), n.get(row), below)
        for row in rows
    ]


def _test(printed: dict[str, str] | None) -> str:
    return said_p(printed["joint_test"]) if printed else "no test"


def _estimate(printed: dict[str, str] | None, n: dict[str, Any] | None, below: int | None) -> str:
    if not printed or not n or printed["effect"] == MINUS:
        return MISSING
    ends = f"{printed['effect_low']} to {printed['effect_high']}"
    text = true_minuses(f"{printed['effect']} ({ends}), {grouped(n['effect'])}")
    return with_quality(text, n["effect"], below)


def _draw_group(panel: Axes, rows: list[str], cells: pd.DataFrame, numbers: list[str]) -> None:
    values = cells.pivot(index="row", columns="column", values="value").to_dict("index")
    for y, (row, text) in enumerate(zip(rows, numbers, strict=True)):
        if not _code(row):
            panel.axhspan(y - 0.5, y + 0.5, color="#F2F2F2", zorder=0)
            write_right(panel, y, text, fontweight="bold", color=BLUE)
        else:
            write_right(panel, y, text)
    drawn = [(y, values[row]) for y, row in enumerate(rows) if _code(row) and row in values]
    draw_intervals(
        panel,
        [y for y, _ in drawn],
        [[value[key] for _, value in drawn] for key in ("effect_low", "effect_high")],
        BLUE,
    )
    effects = [value["effect"] for _, value in drawn]
    style: dict[str, Any] = {"marker": "o", "color": BLUE, "markersize": 4, "linestyle": "none"}
    panel.plot(effects, [y for y, _ in drawn], **style)
