"""Results of the economics as a table; the column of a cell is the measure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...catalogue import ECONOMICS_TABLES, path_of
from ...config.base import Decimals, Section, suggest
from ...config.exhibits import TableExhibit
from ...config.refs import Ref
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...errors import InputError
from ...lazy import np, pd
from ..appraised import noticed, row_text, scenario_texts
from ..cells import as_frame, cell, source_of
from ..formats import MINUS, grouped, money

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class EconomicMeasure(Section):
    """A column of results, and how it is printed."""

    form: Literal["money", "number", "percent", "text"] = Field(
        description="percent is for shares from 0 to 1."
    )
    decimals: Decimals = Field(0, description="Decimals.")
    interval: bool = Field(
        False, description="Followed by the 95% uncertainty interval, <column>_ci_low and _ci_high."
    )


class EconomicsTable(TableExhibit):
    """Results of the economics as a table; the column of a cell is the measure."""

    kind: Literal["economics_table"]
    disclosure: ClassVar[Class | None] = "model output"
    names_follow: ClassVar[bool] = True
    table: Annotated[str, Ref("economics_tables")] = Field(
        description=f"Result in economics/: {', '.join(ECONOMICS_TABLES)}."
    )
    where: dict[str, list[str]] = Field(
        default_factory=dict, description="Column of the result -> the values that are shown."
    )
    panel: str | None = Field(None, description="Column that gives the panel.")
    row: list[str] = Field(
        min_length=1, description="Columns that give the row; the texts of several are joined."
    )
    measures: dict[str, EconomicMeasure] = Field(min_length=1, description="Columns shown.")

    @cached_property
    def files_read(self) -> list[str]:
        """The result that it shows; none where it names one that there is not."""
        return [path_of(self.table)] if self.table in ECONOMICS_TABLES else []

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def noticed(self, data: Data) -> list[str]:
        """Scenarios that are not as their label makes expect, where these are rows."""
        return noticed(self._rows(data), data) if self._shows_scenarios else []

    @property
    def _shows_scenarios(self) -> bool:
        return self.table == "summary" and "scenario" in self.row

    def _rows(self, data: Data) -> pd.DataFrame:
        """Return the rows of the result that are shown."""
        results = data.table(self.table)
        named = [*self.where, *([self.panel] if self.panel else []), *self.row, *self.measures]
        if unknown := [name for name in named if name not in results]:
            raise InputError(
                f"the result has no column '{unknown[0]}'{suggest(unknown[0], results)}",
                table=self.table,
                rule="where, panel, row and measures of an economics_table name its columns",
            )
        for name, values in self.where.items():
            results = results[results[name].astype(str).isin(values)]
        return results

    def cells(self, data: Data) -> pd.DataFrame:
        """Results of the economics; a column a measure."""
        results = self._rows(data)
        texts = scenario_texts(results, data) if self._shows_scenarios else {}
        if self.panel:  # the rows of a panel together, panels as they come
            place = pd.factorize(results[self.panel])[0]
            results = results.iloc[np.argsort(place, kind="stable")]
        by = dict.fromkeys([*self.where, *([self.panel] if self.panel else []), *self.row])
        symbol, cells = data.config.trial.currency, []
        for line in results.to_dict("records"):
            named = [line[name] for name in self.row]
            if texts:
                named[self.row.index("scenario")] = texts[line["appraisal"], line["scenario"]]
            row = row_text(named, data)
            for name, measure in self.measures.items():
                value = line[name]
                printed = _printed(value, measure, symbol)
                if measure.interval and printed != MINUS:
                    low, high = (line[f"{name}_ci_{end}"] for end in ("low", "high"))
                    if low != high:  # what was counted has none
                        ends = (_printed(end, measure, symbol) for end in (low, high))
                        printed += " ({} to {})".format(*ends)
                is_text = measure.form == "text"
                panel = line[self.panel] if self.panel else "all"
                unit = "GBP" if measure.form == "money" else measure.form
                value = np.nan if is_text else value
                source = source_of(self.table, **{key: line[key] for key in by}, column=name)
                cells.append(
                    cell(
                        panel,
                        row,
                        name,
                        name,
                        value,
                        printed,
                        unit,
                        line["n_treatment"],
                        source=source,
                    )
                )
        return as_frame(cells)


def _printed(value: Any, measure: EconomicMeasure, symbol: str) -> str:
    if measure.form == "text":
        return str(value)
    if np.isnan(value):
        return MINUS
    match measure.form:
        case "money":
            return money(value, symbol, measure.decimals)
        case "percent":
            return f"{grouped(100 * value, measure.decimals)}%"
        case _:
            return grouped(value, measure.decimals)
