"""Coefficients with marks over standard errors in brackets, and what belongs to a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from ...config.base import Decimals, Section, suggest
from ...config.exhibits import FamilyGroup, FamilyName, FamilyOutcome, ModelName, TableExhibit
from ...config.refs import Place
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import DECLARED, as_frame, cell, source_of
from ..formats import MINUS, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

LOG_ODDS, PERFECT, NO_ERROR = "log odds ", "perfectly predicted ", "[.]"


MARKS = {"+": 0.10, "*": 0.05, "**": 0.01}


class RegressionRow(Section):
    """One row of a table of regressions; give one of column, dummies, omitted, margin and show."""

    column: str | dict[str, str] | None = Field(
        None,
        description="Column of the design whose coefficient is shown, for example arm, intercept, "
        "site=south or arm:above_median; or outcome -> column.",
    )
    dummies: str | None = Field(
        None, description="Covariate whose dummies are in the model: prints Yes, or No."
    )
    omitted: bool = Field(False, description="Reference level: prints zero and [.].")
    margin: tuple[Literal[0, 1], Literal[0, 1]] | None = Field(
        None, description="Predicted share at this value of arm and of the interacted column."
    )
    show: Literal["control_mean", "marginal_effect", "n"] | None = Field(
        None, description="Share of controls, average marginal effect with its error, or people."
    )
    absent: Literal["omitted", "dash"] = Field(
        "omitted",
        description="What a column that is not in the model prints: zero and [.], or a dash. One "
        "dropped because it predicts the outcome perfectly always prints zero and [.].",
    )

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        given = [self.column, self.dummies, self.omitted or None, self.margin, self.show]
        if sum(value is not None for value in given) != 1:
            raise ValueError("give one of column, dummies, omitted, margin and show")
        return self


class RegressionTable(TableExhibit):
    """Coefficients with marks over standard errors in brackets, and what belongs to a model.

    Panel analysis group, row as declared, column outcome; statistic coefficient, standard_error,
    proportion or base.
    """

    kind: Literal["regression_table"]
    dash: ClassVar[str] = "[z]"  # a covariate that is not in the model
    disclosure: ClassVar[Class | None] = "correlation and regression"
    of_family: ClassVar[str] = "one_row"
    family: FamilyName = Field(description="Impact family.")
    model: ModelName = Field(description="Model shown, with coefficients.")
    groups: dict[FamilyGroup, str] = Field(
        min_length=1, description="Analysis group -> key of the panel."
    )
    outcomes: dict[FamilyOutcome, str] = Field(
        min_length=1, description="Outcome -> key of the column."
    )
    rows: dict[str, RegressionRow] = Field(min_length=1, description="Rows in printed order.")
    marks: dict[str, float] = Field(
        default_factory=lambda: dict(MARKS),
        description="Mark -> level that the p-value is below; the smallest level counts.",
    )
    decimals: Decimals = Field(3, description="Decimals of coefficients, errors and shares.")

    @field_validator("marks")
    @classmethod
    def _are_levels(cls, marks: dict[str, float]) -> dict[str, float]:
        if not all(0 < level < 1 for level in marks.values()):
            raise ValueError("levels of marks lie between 0 and 1")
        return marks

    @model_validator(mode="after")
    def _columns_are_of_outcomes(self) -> Self:
        for name, row in self.rows.items():
            given = row.column if isinstance(row.column, dict) else self.outcomes
            if set(given) != set(self.outcomes):
                raise ValueError(f"row '{name}' needs a column for each outcome and no other")
        return self

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Rows show coefficients that the model has."""
        yield from super().problems(place)
        family = place.config.models.families.get(self.family)
        model = family.models.get(self.model) if family else None
        if model is None:
            return
        if not model.gives_coefficients:
            yield "model", f"model '{self.model}' gives no coefficients"
        for name, row in self.rows.items():
            for outcome in self.outcomes:
                known = ["arm", "intercept", *model.adjusted_for(outcome)]
                if model.interacts_with:
                    known += [model.interacts_with, f"arm:{model.interacts_with}"]
                column = (
                    row.column if isinstance(row.column, str) else (row.column or {}).get(outcome)
                )
                for used in (column.split("=")[0] if column else None, row.dummies):
                    if used is not None and used not in known:
                        yield f"rows.{name}", f"unknown name '{used}'{suggest(used, known)}"
            if row.margin and not model.interacts_with:
                problem = f"model '{self.model}' has no interaction, so no margins"
                yield f"rows.{name}", problem

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Coefficients and predicted shares follow the people of their fit."""
        return of_estimate(cell, config, controls=self.rows[cell.row].show == "control_mean")

    def cells(self, data: Data) -> pd.DataFrame:
        """Coefficients and what belongs to a model; panel group, row declared, column outcome."""
        estimates = data.impact(self.family)
        estimates = estimates[estimates["model"] == self.model]
        cells: list[dict[str, Any]] = []
        for group, panel in self.groups.items():
            for row, declared in self.rows.items():
                for outcome, column in self.outcomes.items():
                    in_column = (estimates["group"] == group) & (estimates["outcome"] == outcome)
                    lines = estimates[in_column].set_index("term")
                    if lines.empty:
                        continue
                    place = Cells(
                        panel,
                        row,
                        column,
                        int(lines.loc["arm", "n"]),
                        self.decimals,
                        {"group": group, "outcome": outcome, "model": self.model},
                        self.family,
                    )
                    cells += _row(declared, outcome, lines, place, self.marks)
        return as_frame(cells)


def mark(p_value: float, marks: dict[str, float]) -> str:
    """Return the mark with the smallest level that the p-value is below, or none."""
    below = {level: text for text, level in marks.items() if p_value < level}
    return below[min(below)] if below else ""


def in_brackets(value: float, decimals: int) -> str:
    """Return a standard error as printed: [0.210]."""
    return NO_ERROR if np.isnan(value) else f"[{round_half_up(value, decimals)}]"


@dataclass(frozen=True)
class Cells:
    """Where the numbers of one row go, and come from: keys, people, decimals, rows of estimates."""

    panel: str
    row: str
    column: str
    n: int
    decimals: int
    estimates: dict[str, str]
    family: str

    def source(self, term: str | None = None) -> str:
        """Return the source of a term of the model, or of all of them."""
        return source_of("impact", self.family, **self.estimates, term=term)

    def cell(
        self, statistic: str, value: float, printed: str, unit: str, stars: str = "", *, source: str
    ) -> dict[str, Any]:
        """Return a cell at this place."""
        return cell(
            self.panel,
            self.row,
            self.column,
            statistic,
            value,
            printed,
            unit,
            self.n,
            stars,
            source=source,
        )

    def share(self, value: float, unit: str, term: str) -> dict[str, Any]:
        """Return a share or a difference of shares."""
        return self.cell(
            "proportion", value, round_half_up(value, self.decimals), unit, source=self.source(term)
        )

    def error(self, value: float, unit: str, source: str) -> dict[str, Any]:
        """Return a standard error."""
        return self.cell(
            "standard_error", value, in_brackets(value, self.decimals), unit, source=source
        )


def _row(
    declared: RegressionRow,
    outcome: str,
    lines: pd.DataFrame,
    place: Cells,
    marks: dict[str, float],
) -> Iterator[dict[str, Any]]:
    """Yield the cells of one row and outcome; `lines` are its estimates by term."""
    if declared.omitted:
        yield from _zero(place, DECLARED)
    elif declared.dummies:
        inside = lines.index.str.startswith(f"{LOG_ODDS}{declared.dummies}=").any()
        yield place.cell(
            "coefficient", np.nan, "Yes" if inside else "No", "", source=place.source()
        )
    elif declared.margin:
        arm, other = declared.margin
        (term,) = [
            name
            for name in lines.index
            if name.startswith(f"margin arm={arm},") and name.endswith(f"={other}")
        ]
        yield place.share(lines.loc[term, "estimate"], "probability", term)
        yield place.error(lines.loc[term, "std_error"], "probability", place.source(term))
    elif declared.show:
        yield from _shown(declared.show, lines.loc["arm"], place)
    else:
        given = declared.column
        name = given[outcome] if isinstance(given, dict) else str(given)
        yield from _coefficient(name, declared.absent, lines, place, marks)


def _zero(place: Cells, source: str) -> Iterator[dict[str, Any]]:
    zero = round_half_up(0, place.decimals)
    yield place.cell("coefficient", 0.0, zero, "log_odds", source=source)
    yield place.error(np.nan, "log_odds", source)


def _coefficient(
    name: str, absent: str, lines: pd.DataFrame, place: Cells, marks: dict[str, float]
) -> Iterator[dict[str, Any]]:
    if LOG_ODDS + name in lines.index:
        line, source = lines.loc[LOG_ODDS + name], place.source(LOG_ODDS + name)
        text, stars = round_half_up(line["estimate"], place.decimals), mark(line["p_value"], marks)
        yield place.cell(
            "coefficient", line["estimate"], text + stars, "log_odds", stars, source=source
        )
        yield place.error(line["std_error"], "log_odds", source)
    elif PERFECT + name in lines.index:
        yield from _zero(place, place.source(PERFECT + name))
    elif absent == "omitted":
        # The model has no such term.
        yield from _zero(place, place.source())
    else:
        yield place.cell("coefficient", np.nan, MINUS, "", source=place.source())


def _shown(what: str, line: pd.Series, place: Cells) -> Iterator[dict[str, Any]]:
    match what:
        case "control_mean":
            known = replace(place, n=int(line["n_mean_control"]))
            yield known.share(line["mean_control"], "probability", "arm")
        case "marginal_effect":
            yield place.share(line["estimate"], "probability_difference", "arm")
            yield place.error(line["std_error"], "probability_difference", place.source("arm"))
        case _:
            yield place.cell(
                "base", place.n, str(place.n), "participants", source=place.source("arm")
            )
