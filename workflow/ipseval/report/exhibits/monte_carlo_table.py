"""Monte Carlo error of returns, net present values, ratios, shares of draws and EVPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ...config.exhibits import TableExhibit
from ...disclosed import Class, Counts
from ...disclosed_estimates import follows_group
from ...lazy import np, pd
from ..appraised import row_text
from ..cells import as_frame, cell, source_of
from ..formats import MINUS, grouped, money

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

# What tells the rows of the summary from each other.
KEYS = ("appraisal", "scenario", "default", "case", "group")


class MonteCarloTable(TableExhibit):
    """Monte Carlo error of returns, net present values, ratios, shares of draws and EVPI."""

    kind: Literal["monte_carlo_table"]
    disclosure: ClassVar[Class | None] = "model output"
    of_economics: ClassVar[str] = "decision"
    reads: ClassVar[tuple[str, ...]] = (
        "summary",
        "information",
    )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Results of the appraisal follow the recruits to treatment of their group."""
        return follows_group(cell, config)

    def cells(self, data: Data) -> pd.DataFrame:
        """Monte Carlo errors of what the appraisals report; panel group, row appraisal and case."""
        symbol, decision = data.config.trial.currency, data.economics.decision
        if decision is None:
            raise LookupError("the exhibit needs a decision in economics.yaml")
        decided = (decision.appraisal, decision.case)
        summary = data.table("summary")
        summary = summary[(summary["scenario"] == "reference") & summary["default"]]
        information = data.table("information").set_index(["group", "measure"])
        cells = []
        for group in dict.fromkeys(summary["group"]):
            for line in summary[summary["group"] == group].to_dict("records"):
                row = row_text([line["appraisal"], line["case"]], data)
                keys = {k: line[k] for k in KEYS}
                errors = [
                    (*error, source_of("summary", **keys, column=error[0]))
                    for error in _errors(line, symbol)
                ]
                if (line["appraisal"], line["case"]) == decided:
                    error = float(information.loc[[(group, "evpi")], "monte_carlo_error"].iloc[0])
                    source = source_of("information", group=group, measure="evpi")
                    errors.append(("evpi", error, _error_text(error, "money", symbol, 2), source))
                for name, value, printed, source in errors:
                    n = line["n_treatment"]
                    cells.append(
                        cell(group, row, name, "error", value, printed, "error", n, source=source)
                    )
        return as_frame(cells)


def _errors(line: dict, symbol: str) -> list[tuple[str, float, str]]:
    """Return (name, error, printed) of a row of the summary; shares of draws are binomial."""
    errors = []
    for name, form, decimals in (
        ("return_per_pound", "money", 4),
        ("net_present_value", "money", 2),
        ("benefit_cost_ratio", "number", 4),
    ):
        error = line[f"{name}_monte_carlo_error"]
        errors.append((name, error, _error_text(error, form, symbol, decimals)))
    for name in ("probability_return_above_one", "probability_benefit_above_zero"):
        share = line[name]
        error = 100 * np.sqrt(share * (1 - share) / line["draws"])
        errors.append((name, error, _error_text(error, "points", symbol, 2)))
    return errors


def _error_text(error: float, form: str, symbol: str, decimals: int) -> str:
    if np.isnan(error):
        return MINUS
    if form == "money":
        return money(error, symbol, decimals)
    return grouped(error, decimals) + ("ppt" if form == "points" else "")
