"""Weighted percentages of a survey question, with unweighted bases and tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...arms import CODES, CONTROL_FIRST, in_arm
from ...config.base import suggest
from ...config.exhibits import PeopleColumn, TableExhibit, WeightName
from ...config.refs import Place, Ref
from ...disclosed import KNOWN, Class, Counts
from ...disclosed_estimates import selected
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import grouped, p_value, round_half_up
from ..groups import members_of_group, trial_groups_in

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class SurveyCrosstab(TableExhibit):
    """Weighted percentages of a survey question, with unweighted bases and tests.

    Panel trial group and total, row answer; column all, treatment, control and p_value.
    """

    kind: Literal["survey_crosstab"]
    disclosure: ClassVar[Class | None] = "frequencies"
    # The prose of a chapter around it tells of the quality of the weights.
    dash: ClassVar[str] = "[z]"  # an answer that nobody gave
    reads: ClassVar[tuple[str, ...]] = ("people", "weights")
    column: PeopleColumn | None = Field(
        None, description="Column of people.parquet: one answer a person."
    )
    prefix: Annotated[str, Ref("prefixes")] | None = Field(
        None, description="Prefix of columns: several answers a person."
    )
    order: list[str] = Field(
        min_length=1,
        description="Answers in printed order; others of a single choice are outside the base.",
    )
    weight: WeightName = Field(description="Weight column of outcomes.yaml.")
    by: Literal["group", "arm"] = Field(
        description="group: trial groups side by side, tested against each other; arm: arms "
        "within each group, tested within it."
    )
    tested: list[str] = Field(
        default_factory=list,
        description="Answers with a test of their own; all_categories for the distribution.",
    )
    test: Literal["pearson", "rao_scott"] = Field(
        "rao_scott",
        description="pearson: on weighted percentages as if weights were equal; rao_scott: "
        "corrected for the weights.",
    )

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if (self.column is None) == (self.prefix is None):
            raise ValueError("give either column or prefix")
        return self

    def problems(self, place: Place) -> Iterator[str | tuple[str, str]]:
        """Answers shown are those of the question, and answers tested are shown."""
        yield from super().problems(place)
        known = _possible_answers(self, place.config)
        for name in self.order:
            if name not in known:
                yield "order", f"unknown name '{name}'{suggest(name, known)}"
        answers = [*self.order, "all_categories"]
        for name in self.tested:
            if name not in answers:
                yield "tested", f"unknown name '{name}'{suggest(name, answers)}"

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Weighted shares of those who answered: the people behind them are counted."""
        among = selected(cell.source)
        first = f"{self.prefix}{self.order[0]}"
        asked = {self.column: "|".join(self.order)} if self.column else {first: KNOWN}
        among = among.met(asked)
        if cell.statistic == "base":
            return Counts("frequencies", "base", among)
        if cell.statistic == "p_value":
            return Counts("correlation and regression", "follows", among=among)
        answer = {self.column: cell.row} if self.column else {f"{self.prefix}{cell.row}": "1"}
        return Counts("frequencies", "weighted", among.met(answer), among)

    def cells(self, data: Data) -> pd.DataFrame:
        """Weighted shares of answers; panel trial group and total, row answer, column arm or test.

        A dash stands for an answer that nobody gave. p-values compare the trial groups in the panel
        total (by group), or the arms within each panel (by arm).
        """
        given = _answers(self, data.people)
        people = members_of_group(data, None, self.weight)
        people, given = people[given.notna().all(axis=1)], given.dropna().astype(float)
        groups = trial_groups_in(data, people)
        cells = []
        for panel, members in _panels(people, groups):
            columns = {"all": members}
            if self.by == "arm":
                arms = {arm: members & in_arm(people, arm) for arm in CONTROL_FIRST}
                columns = arms | columns
            for name in self.order:
                cells += _shares(self, panel, name, given[name], people[self.weight], columns)
                if name in self.tested and (self.by == "arm" or panel == "total"):
                    answer = given[name][members]
                    cells.append(_test(self, panel, name, people[members], answer))
            if "all_categories" in self.tested and (self.by == "arm" or panel == "total"):
                answer = given[self.order][members].to_numpy().argmax(axis=1)
                cells.append(_test(self, panel, "all_categories", people[members], answer))
            for column, inside in columns.items():
                n = int(inside.sum())
                cells.append(
                    cell(
                        panel,
                        "unweighted_base",
                        column,
                        "base",
                        n,
                        grouped(n),
                        "respondents",
                        n,
                        source=_source(self, panel, column, self.order[:1]),
                    )
                )
        return as_frame(cells)


def _answers(spec: SurveyCrosstab, people: pd.DataFrame) -> pd.DataFrame:
    """Return one column an answer (1 given, 0 not), missing for those outside the base."""
    if spec.prefix:
        return pd.DataFrame({name: people[spec.prefix + name] for name in spec.order})
    answer = people[spec.column]
    inside = answer.isin(spec.order)
    return pd.DataFrame({name: (answer == name).where(inside) for name in spec.order})


def _panels(people: pd.DataFrame, groups: list[str]) -> Iterator[tuple[str, pd.Series]]:
    for group in groups:
        yield group, people["trial_group"] == group
    yield "total", pd.Series(True, index=people.index)


def _shares(
    spec: SurveyCrosstab,
    panel: str,
    row: str,
    given: pd.Series,
    weights: pd.Series,
    columns: dict[str, pd.Series],
) -> list[dict[str, Any]]:
    cells = []
    for column, inside in columns.items():
        n = int(inside.sum())
        if given[inside].any():
            value = 100 * np.average(given[inside], weights=weights[inside])
            printed = round_half_up(value, 0)
        else:
            value, printed = np.nan, "-"
        source = _source(spec, panel, column, [row], spec.weight)
        cells.append(
            cell(panel, row, column, "percent", value, printed, "percent", n, source=source)
        )
    return cells


def _test(
    spec: SurveyCrosstab, panel: str, row: str, people: pd.DataFrame, answer: Any
) -> dict[str, Any]:
    # SciPy is slow to import, and few chapters have such a table.
    from ...impact.independence import test_of_independence

    parts = people["trial_group"] if spec.by == "group" else people["arm"]
    test = test_of_independence(parts, answer, people[spec.weight], spec.test)
    p = test.p_value
    answers = spec.order if row == "all_categories" else [row]
    source = _source(spec, panel, "all", answers, spec.weight)
    return cell(panel, row, "p_value", "p_value", p, p_value(p), "p", len(people), source=source)


def _source(spec: SurveyCrosstab, panel: str, arm: str, answers: list[str], *others: str) -> str:
    """Return the people of a panel and arm, and the columns of their answers and `others`."""
    columns = [spec.column] if spec.column else [f"{spec.prefix}{name}" for name in answers]
    group = None if panel == "total" else panel
    return source_of("people", trial_group=group, arm=CODES.get(arm), column=[*columns, *others])


def _possible_answers(spec: SurveyCrosstab, config: TrialConfig) -> list[str]:
    """Return the answers that the question may have."""
    tables = config.extracts.tables
    for derived in config.outcomes.outcomes.values():
        table = tables.get(getattr(derived, "table", None) or "")
        if table and spec.prefix is not None and derived.columns_begin_with == spec.prefix:
            return [c.removeprefix(spec.prefix) for c in table.columns if c.startswith(spec.prefix)]
    asked = config.outcomes.outcomes.get(spec.column or "")
    table = tables.get(getattr(asked, "table", None) or "")
    column = table.columns.get(getattr(asked, "column", "")) if table else None
    return list(column.codes or {}) if column else list(spec.order)
