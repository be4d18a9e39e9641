"""One effect under several methods, groups side by side; the first row is the primary one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...config.base import Section
from ...config.exhibits import FigureExhibit, GroupName
from ...config.models import METHODS, Models
from ...config.refs import Place, Ref
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import pd
from ..cells import as_frame, cell, source_of
from ..formats import MINUS, grouped, p_value
from ..multiples import draw_intervals, new_panels, said_p, set_scale, write_right
from ..scale import scale_of
from ..sentences.comparisons import unit_of
from ..style import BLUE, ORANGE
from ..table_cells import MISSING, true_minuses, with_quality

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...config.declared import TrialConfig
    from ..data import Data

BOUNDS = ("lower_bound", "upper_bound")
OTHER = "#28A197"


class Method(Section):
    """One row of a robustness plot."""

    family: Annotated[str, Ref("families_and_tests")] = Field(
        description="Impact family, or tests."
    )
    model: str = Field(
        description="Model of the family; of tests the method: westfall_young has the p-value of "
        "randomisation inference."
    )
    label: str | None = Field(None, description="Printed name; the label of the model if absent.")
    outcome: str | None = Field(None, description="Outcome; that of the exhibit if absent.")
    term: str | None = Field(
        None,
        description="Term of the estimates, where a model has several; bounds are shown together "
        "if absent.",
    )

    def problems(self, place: Place) -> Iterator[tuple[str, str]]:
        """A method is a model of a family, or a method of tests, of the outcome shown."""
        models, outcome = place.config.models, self.outcome or place.named_around("outcome")
        family = models.families.get(self.family)
        if family is not None and not family.has_one_row:
            yield "family", f"family '{self.family}' has more than one row an outcome"
        yield from models.unknown_in_line(self.family, self.model, outcome)

    def is_declared(self, models: Models) -> bool:
        """Whether models.yaml has the method."""
        if self.family in models.tests:
            return self.model in models.tests[self.family].methods
        return self.family in models.families and self.model in models.families[self.family].models

    def name(self, models: Models) -> str:
        """Return the printed name: declared, or that of the model or method."""
        if self.label:
            return self.label
        if self.family in models.tests:
            return METHODS[self.model]
        return models.families[self.family].models[self.model].label


class RobustnessPlot(FigureExhibit):
    """One effect under several methods, groups side by side; the first row is the primary one."""

    kind: Literal["robustness_plot"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    outcome: str = Field(description="Outcome.")
    groups: list[GroupName] = Field(
        default_factory=list, description="Analysis groups; those of the first family if absent."
    )
    rows: list[Method] = Field(min_length=2, description="Methods in order, the primary first.")

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Rows have names of their own."""
        yield from super().problems(place)
        models = place.config.models
        known = [row for row in self.rows if row.label or row.is_declared(models)]
        labels = [row.name(models) for row in known]
        for label in sorted({label for label in labels if labels.count(label) > 1}):
            yield "rows", f"two rows are called '{label}'; give one a label"

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Effect, interval and p-value, or both bounds; panel group, row method."""
        models = data.config.models
        first = self.rows[0].family
        declared = models.tests[first] if first in models.tests else models.families[first]
        cells = []
        for group in self.groups or declared.groups:
            for row in self.rows:
                outcome = row.outcome or self.outcome
                estimates = data.impact(row.family)
                method_estimates = estimates[
                    (estimates["group"] == group)
                    & (estimates["outcome"] == outcome)
                    & (estimates["model"] == row.model)
                ]
                if row.term:
                    method_estimates = method_estimates[method_estimates["term"] == row.term]
                cells += _method_cells(method_estimates, row, data)
        return as_frame(cells)

    def draw(self, cells: pd.DataFrame, data: Data) -> tuple[Figure, str]:
        """The primary estimate as a diamond with a line down, others as circles, bounds as bars."""
        groups = list(dict.fromkeys(cells["panel"]))
        names = [row.name(data.config.models) for row in self.rows]
        unit = cells.loc[cells["column"] == "effect", "unit"].iloc[0]
        scale = scale_of(unit, data.config.trial.currency)
        level = data.config.models.confidence_level
        about = (
            f"Impact, {scale.name}, with {level:.0%} confidence interval, p-value and n. Diamond "
            "and dotted line: primary estimate. Bar: bounds."
        )
        below = data.low_quality_below
        numbers = {g: _numbers(names, cells[cells["panel"] == g], below) for g in groups}
        every = [text for texts in numbers.values() for text in texts]
        figure, panels = new_panels(
            [data.label(g) for g in groups],
            names,
            about,
            strong=[i == 0 for i in range(len(names))],
            numbers=every,
        )
        for panel, group in zip(panels, groups, strict=True):
            _draw_group(panel, names, cells[cells["panel"] == group], numbers[group])
        set_scale(panels, cells.loc[cells["column"] != "p_value", "value"], every)
        return figure, _described(cells, groups, names, data)


def _method_cells(estimates: pd.DataFrame, row: Method, data: Data) -> list[dict[str, Any]]:
    """Return the cells of one method in one group, none if it was not estimated there."""
    if estimates.empty:
        return []
    line = estimates.iloc[0]
    scale = scale_of(line["unit"], data.config.trial.currency, line["std_error"])
    by_term = estimates.set_index("term")
    bounded = set(BOUNDS) <= set(by_term.index)
    terms = list(by_term.index)
    values: dict[str, tuple[float, str | list[str]]]
    if bounded:
        values = {bound: (by_term.loc[bound, "estimate"], bound) for bound in BOUNDS}
    else:
        values = {"effect": (line["estimate"], terms[0])}
    # An interval of a test by re-randomisation is that of the model, which has its own row.
    if row.family not in data.config.models.tests:
        values["effect_low"] = (estimates["ci_low"].min(), terms)
        values["effect_high"] = (estimates["ci_high"].max(), terms)
    keys, n = (line["group"], row.name(data.config.models)), line["n"]
    at = {"group": line["group"], "outcome": line["outcome"], "model": line["model"]}
    cells = [
        cell(
            *keys,
            column,
            scale.statistic,
            v * scale.factor,
            scale.text(v),
            line["unit"],
            n,
            source=source_of("impact", row.family, **at, term=term),
        )
        for column, (v, term) in values.items()
    ]
    p = line["p_value"]
    if not bounded:
        source = source_of("impact", row.family, **at, term=terms[0])
        cells.append(cell(*keys, "p_value", "p_value", p, p_value(p), "p", n, source=source))
    return cells


def _by_row(cells: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    """Return row -> column -> what the cells of one group have under a key."""
    found: dict[str, dict[str, Any]] = {}
    for row, column, value in zip(cells["row"], cells["column"], cells[key], strict=True):
        found.setdefault(row, {})[column] = value
    return found


def _numbers(names: list[str], cells: pd.DataFrame, low_quality_below: int | None) -> list[str]:
    """Return what stands beside each method: estimate or bounds, interval, p-value and n."""
    all_printed, sizes = _by_row(cells, "printed"), _by_row(cells, "n")
    texts = []
    for name in names:
        printed = {key: text for key, text in all_printed.get(name, {}).items() if text != MINUS}
        behind = [*sizes.get(name, {}).values()]
        said = [printed["effect"]] if "effect" in printed else []
        if set(BOUNDS) <= set(printed):
            said = [" to ".join(printed[bound] for bound in BOUNDS)]
        if said and {"effect_low", "effect_high"} <= set(printed):
            said[0] += f" ({printed['effect_low']} to {printed['effect_high']})"
        below = [said_p(printed["p_value"])] if "p_value" in printed else []
        if said and not any(pd.isna(n) for n in behind):
            below.append(with_quality(f"n = {grouped(behind[0])}", behind[0], low_quality_below))
        lines = [*said, *([", ".join(below)] if below else [])]
        texts.append(true_minuses("\n".join(lines)) if said else MISSING)
    return texts


def _draw_group(panel: Axes, names: list[str], cells: pd.DataFrame, numbers: list[str]) -> None:
    by_row = _by_row(cells, "value")
    values = [by_row.get(name, {}) for name in names]
    for y, text in enumerate(numbers):
        write_right(panel, y, text, fontweight="bold" if y == 0 else "normal")

    def ends(places: list[int], keys: Sequence[str]) -> list[list[float]]:
        return [[values[y][key] for y in places] for key in keys]

    for colour, chosen in ((BLUE, range(1)), (OTHER, range(1, len(names)))):
        known = [y for y in chosen if "effect_low" in values[y]]
        draw_intervals(panel, known, ends(known, ("effect_low", "effect_high")), colour)
        marked = [y for y in chosen if "effect" in values[y]]
        # Hollow: a p-value without an interval.
        for hollow, face in ((False, colour), (True, "white")):
            places = [y for y in marked if (y not in known) == hollow]
            style: dict[str, Any] = {"color": colour, "mfc": face, "linestyle": "none"}
            style |= {"marker": "D" if colour == BLUE else "o"}
            size = 5.5 if colour == BLUE else 4
            panel.plot(*ends(places, ("effect",)), places, markersize=size, **style)
    bounded = [y for y, value in enumerate(values) if BOUNDS[0] in value]
    lows, highs = ends(bounded, BOUNDS)
    panel.hlines(bounded, lows, highs, colors=ORANGE, linewidth=6, zorder=2)
    if "effect" in values[0]:
        panel.axvline(values[0]["effect"], color=BLUE, linestyle=":", linewidth=0.9, zorder=1)


def _described(cells: pd.DataFrame, groups: list[str], names: list[str], data: Data) -> str:
    """Return the text alternative: the primary estimate, and the range of all others."""
    parts = []
    effects = cells[cells["column"] == "effect"]
    for group in groups:
        group_effects = effects[effects["panel"] == group]
        first = group_effects[group_effects["row"] == names[0]].iloc[0]
        text = f"{data.label(group)} {first['printed']}"
        known = group_effects.dropna(subset=["value"]).sort_values("value", kind="stable")
        if len(known):
            low, high = known["printed"].iloc[[0, -1]]
            text += f", all methods {low} to {high}"
        bounds = cells[(cells["panel"] == group) & cells["column"].isin(BOUNDS)]
        if len(bounds):
            ends = bounds.set_index("column")["printed"]
            text += f", bounds {ends[BOUNDS[0]]} to {ends[BOUNDS[1]]}"
        parts.append(text)
    unit = unit_of(effects, data.words).strip()
    of = f", {unit}" if unit else ""
    same = sum(
        bool((part["value"] * part["value"].iloc[0] > 0).all())
        for _, part in effects.dropna(subset=["value"]).groupby("panel", sort=False)
    )
    return (
        f"All methods agree on the direction of the effect in {same} of {len(groups)} groups. "
        f"{names[0]}{of}: {'; '.join(parts)}. Estimates by {len(names)} methods, groups side "
        "by side."
    )
