"""The analyses that were planned, and what became of each: the plan held against the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from ...config.base import Section
from ...config.exhibits import FamilyGroup, FamilyName, FamilyOutcome, ModelName, TableExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import of_estimate
from ...lazy import np, pd
from ..cells import DECLARED, as_frame, cell, source_of, text_cell
from ..formats import grouped, p_value
from ..scale import enough_decimals

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


Role = Literal["primary", "secondary", "sensitivity", "exploratory", "harms"]


class NonInferiority(Section):
    """A margin: how much worse the treatment may be and still not be inferior."""

    margin: float = Field(gt=0, description="Margin, in the unit of the outcome.")
    better: Literal["higher", "lower"] = Field(description="Which values of the outcome are good.")


class PlannedAnalysis(Section):
    """One analysis of the plan: its estimand, and the estimate that it is, or why there is none."""

    label: str = Field(description="Analysis, in own words.")
    role: Role = Field(description="Role in the plan.")
    registered: str = Field(
        "not registered", description="Where it was registered, such as a section of the plan."
    )
    population: str = Field(description="Estimand: population.")
    comparison: str = Field(description="Estimand: treatments that are compared.")
    endpoint: str = Field(description="Estimand: variable of each person.")
    summary: str = Field(description="Estimand: summary measure over the population.")
    intercurrent: dict[str, str] = Field(
        default_factory=dict, description="Estimand: event after randomisation -> strategy for it."
    )
    family: FamilyName | None = Field(None, description="Impact family that estimates it.")
    model: ModelName | None = Field(None, description="Model of that family.")
    outcome: FamilyOutcome | None = Field(None, description="Outcome of that family.")
    group: FamilyGroup | None = Field(None, description="Comparison of that family.")
    non_inferiority: NonInferiority | None = Field(
        None, description="Margin that the interval is held against."
    )
    why_not: str = Field("", description="Why it was not estimated.")

    @model_validator(mode="after")
    def _is_estimated_or_says_why_not(self) -> Self:
        given = [self.family, self.model, self.outcome, self.group]
        if any(given) and not all(given):
            raise ValueError("family, model, outcome and group go together")
        if bool(self.family) == bool(self.why_not):
            raise ValueError("give family, model, outcome and group, or why_not")
        if self.non_inferiority and not self.family:
            raise ValueError("a margin is held against an estimate")
        return self


class AnalysisPlan(TableExhibit):
    """Every planned analysis with its estimand, where it was registered, and its estimate.

    An analysis that has no estimate says why. Of a margin of non-inferiority the verdict is whether
    the interval lies on its right side.
    """

    kind: Literal["analysis_plan"]
    disclosure: ClassVar[Class | None] = "correlation and regression"
    own_labels: ClassVar[dict[str, str]] = {
        "estimand": "Estimand",
        "intercurrent": "Intercurrent events",
        "registered": "Registered",
        "estimate": "Estimate",
        "verdict": "Verdict",
        **{role: role.capitalize() for role in get_args(Role)},
    }
    analyses: list[PlannedAnalysis] = Field(min_length=1, description="Analyses of the plan.")

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> Self:
        labels = [(one.role, one.label) for one in self.analyses]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"'{label[1]}' is listed twice")
        return self

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Estimates follow the people of their fit."""
        return of_estimate(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Panel role, row analysis, columns estimand, registered, estimate and verdict."""
        cells = []
        for one in self.analyses:
            events = "; ".join(f"{event}: {how}" for event, how in one.intercurrent.items())
            estimand = f"{one.population}. {one.comparison}. {one.endpoint}. {one.summary}."
            keys = (one.role, one.label)
            cells.append(text_cell(*keys, "estimand", "text", estimand))
            cells.append(text_cell(*keys, "intercurrent", "text", events or "None named"))
            cells.append(text_cell(*keys, "registered", "text", one.registered))
            cells += self._result(keys, one, data)
        return as_frame(cells)

    def _result(
        self, keys: tuple[str, str], one: PlannedAnalysis, data: Data
    ) -> list[dict[str, Any]]:
        if one.family is None:
            text = f"Not estimated: {one.why_not}"
            return [
                cell(*keys, "estimate", "status", np.nan, text, "", pd.NA, source=DECLARED),
                cell(*keys, "verdict", "text", np.nan, "-", "", pd.NA, source=DECLARED),
            ]
        where = {"group": one.group, "outcome": one.outcome, "model": one.model, "term": "arm"}
        rows, source = data.impact(one.family), source_of("impact", one.family, **where)
        for column, value in where.items():
            rows = rows[rows[column] == value]
        if rows.empty or pd.isna(rows["estimate"].iloc[0]):
            reason = (
                rows["not_estimated"].iloc[0]
                if len(rows) and "not_estimated" in rows
                else ("the data do not tell it")
            )
            text = f"Not estimated: {reason}"
            return [
                cell(*keys, "estimate", "status", np.nan, text, "", pd.NA, source=source),
                cell(*keys, "verdict", "text", np.nan, "-", "", pd.NA, source=source),
            ]
        line = rows.iloc[0]
        d = enough_decimals(3, line["std_error"])
        span = f"{grouped(line['ci_low'], d)} to {grouped(line['ci_high'], d)}"
        text = f"{grouped(line['estimate'], d)} ({span}); p {_equals(line['p_value'])}"
        n, unit = int(line["n"]), line["unit"]
        verdict = "-"
        if one.non_inferiority:
            verdict = _verdict(one.non_inferiority, line["ci_low"], line["ci_high"])
        return [
            cell(*keys, "estimate", "status", line["estimate"], text, unit, n, source=source),
            cell(*keys, "verdict", "text", np.nan, verdict, "", n, source=source),
        ]


def _equals(value: float) -> str:
    text = p_value(value)
    return text if text.startswith("<") else f"= {text}"


def _verdict(rule: NonInferiority, low: float, high: float) -> str:
    """Return whether the treatment is shown not to be inferior, by the interval."""
    is_shown = low > -rule.margin if rule.better == "higher" else high < rule.margin
    end = f"margin {rule.margin:g}"
    return f"Non-inferior ({end})" if is_shown else f"Non-inferiority not shown ({end})"
