"""Impact estimates as printed in a report: effect with stars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...config.base import suggest
from ...config.exhibits import (
    FamilyName,
    GroupName,
    Layout,
    ModelName,
    TableExhibit,
    default_layout,
)
from ...config.refs import Place, Ref
from ...config.units import is_money
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import money, round_half_up, stars, with_stars

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class ImpactTable(TableExhibit):
    """Impact estimates as printed in a report: effect with stars."""

    kind: Literal["impact_table"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    layout: Layout = default_layout(rows=["panel"], columns=["row"])
    family: FamilyName = Field(description="Impact family.")
    families: dict[str, FamilyName] = Field(
        default_factory=dict, description="Outcome -> its family, where that is another."
    )
    groups: list[GroupName] = Field(
        default_factory=list,
        description="Analysis groups in printed order; the family's if absent.",
    )
    models: list[ModelName] = Field(min_length=1, description="Models shown, in order.")
    rows: dict[Annotated[str, Ref("outcomes")], str] = Field(
        description="Outcome -> key of the row."
    )
    column: str = Field(description="Key of the column.")
    formats: dict[str, Literal["ppt", "gbp", "sd_effect"]] = Field(
        description="Outcome -> printed form and statistic."
    )

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """An outcome is one of its family, with a format that fits and a row of its own."""
        yield from super().problems(place)
        family = place.config.models.families.get(self.family)
        for name in self.rows:
            if family and name not in self.families and name not in family.outcomes:
                yield "rows", f"unknown name '{name}'{suggest(name, family.outcomes)}"
            if name not in self.formats:
                yield "formats", f"'{name}' has no format"
        for name, form in self.formats.items():
            unit = place.config.outcomes.units.get(name)
            fits = {"ppt": unit == "proportion", "gbp": is_money(unit or ""), "sd_effect": True}
            if unit is not None and not fits[form]:
                yield f"formats.{name}", f"{form} does not print an effect in {unit}"
        for row in sorted({r for r in self.rows.values() if [*self.rows.values()].count(r) > 1}):
            names = [name for name, own in self.rows.items() if own == row]
            yield "rows", f"{' and '.join(names)} would stand in one row, '{row}'"

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Means by arm are shares of people, estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Effects with stars; panel analysis group, row outcome."""
        levels = data.config.models.star_levels
        symbol = data.config.trial.currency
        cells = []
        for group in self.groups or data.config.models.families[self.family].groups:
            for model in self.models:
                for outcome, row in self.rows.items():
                    keys = {"group": group, "outcome": outcome, "model": model}
                    family = self.families.get(outcome, self.family)
                    line = _one(data.impact(family), **keys)
                    marks = stars(line["p_value"], levels)
                    value, text, unit = _effect(line, self.formats[outcome], symbol)
                    cells.append(
                        cell(
                            group,
                            row,
                            self.column,
                            self.formats[outcome],
                            value,
                            with_stars(text, marks),
                            unit,
                            line["n"],
                            marks,
                            source=source_of("impact", family, **keys, term=line["term"]),
                        )
                    )
        return as_frame(cells)


def _one(estimates: pd.DataFrame, **keys: str) -> pd.Series:
    chosen = np.logical_and.reduce([estimates[key] == value for key, value in keys.items()])
    return estimates[chosen].iloc[0]


def _effect(line: pd.Series, form: str, symbol: str) -> tuple[float, str, str]:
    """Return (value, printed, unit) of an effect as reports print it."""
    match form:
        case "ppt":
            value = line["effect_ppt"]
            return value, f"{round_half_up(value, 0)}ppt", "percentage_points"
        case "gbp":
            return line["estimate"], money(line["estimate"], symbol), "gbp"
        case _:
            value = line["effect_sd"]
            return value, f"{round_half_up(value, 2)} sd", "standard_deviations"
