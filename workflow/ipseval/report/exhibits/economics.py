"""Tables of costs, benefits and their uncertainty."""

import numpy as np
import pandas as pd

from ...config.exhibit_kinds import economics as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import MINUS, continued, grouped, money


def headline(data: Data, appraisal: str | None, case: str) -> pd.DataFrame:
    """Return the summary of an appraisal's reference, as declared: one row a group."""
    summary = data.economics("summary")
    appraisal = appraisal or next(iter(data.config.economics.appraisals))
    chosen = (
        (summary["appraisal"] == appraisal)
        & (summary["scenario"] == "reference")
        & summary["default"]
        & (summary["case"] == case)
    )
    return summary[chosen]


def returns_table(spec: kinds.ReturnsTable, data: Data) -> pd.DataFrame:
    """Cost per head and returns; panel analysis group."""
    symbol, cells = data.config.trial.currency, []
    for index, (case, row) in enumerate(spec.rows.items()):
        for line in headline(data, None, case).itertuples():
            keys, n = (line.group, spec.column), line.n_treatment
            if index == 0:
                cost = line.cost_per_head
                cells.append(_cell(keys, spec.cost_row, "gbp", cost, money(cost, symbol), "gbp", n))
            value = line.return_per_pound if line.calculated else np.nan
            printed = money(value, symbol, 2) if line.calculated else "n/c"
            cells.append(_cell(keys, row, "ratio", value, printed, "gbp_per_gbp", n))
    order = {name: i for i, name in enumerate(data.config.economics.groups)}
    frame = as_frame(cells)
    return frame.sort_values("panel", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def _cell(keys: tuple[str, str], row: str, statistic, value, printed, unit, n) -> dict:
    panel, column = keys
    return cell(panel, row, column, statistic, value, printed, unit, n)


def quantities_table(spec: kinds.QuantitiesTable, data: Data) -> pd.DataFrame:
    """Declared numbers; panel value or rate, row name."""
    cells = []
    for line in data.economics("quantities").itertuples():
        certain = line.distribution == "fixed"
        spread = "fixed" if certain else f"{line.distribution}, {line.parameters}"
        year = "" if pd.isna(line.price_year) else str(int(line.price_year))
        for column, printed in (
            ("value", number(line.value)),
            ("unit", line.unit),
            ("price_year", year),
            ("uncertainty", spread),
            ("source", line.source),
        ):
            value = line.value if column == "value" else np.nan
            cells.append(
                cell(line.kind, line.name, column, "value", value, printed, line.unit, pd.NA)
            )
    return as_frame(cells)


def number(value: float) -> str:
    """Return a number of any size with a sensible count of decimals."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return grouped(value)
    return grouped(value, 2 if size >= 1 else 4).rstrip("0").rstrip(".")


def economics_table(spec: kinds.EconomicsTable, data: Data) -> pd.DataFrame:
    """Results of the economics; a column a measure."""
    results = data.economics(spec.table)
    for name, values in spec.where.items():
        results = results[results[name].astype(str).isin(values)]
    if spec.panel:  # the rows of a panel together, panels as they come
        place = pd.factorize(results[spec.panel])[0]
        results = results.iloc[np.argsort(place, kind="stable")]
    symbol, cells = data.config.trial.currency, []
    for line in results.to_dict("records"):
        row = _row_text([line[name] for name in spec.row], data)
        for name, measure in spec.measures.items():
            value = line[name]
            printed = _printed(value, measure, symbol)
            if measure.interval and printed != MINUS:
                low, high = (line[f"{name}_ci_{end}"] for end in ("low", "high"))
                if low != high:  # what was counted has none
                    ends = (_printed(end, measure, symbol) for end in (low, high))
                    printed += " ({} to {})".format(*ends)
            is_text = measure.form == "text"
            panel = line[spec.panel] if spec.panel else "all"
            unit = "GBP" if measure.form == "money" else measure.form
            value = np.nan if is_text else value
            cells.append(cell(panel, row, name, name, value, printed, unit, line["n_treatment"]))
    return as_frame(cells)


def _row_text(values: list, data: Data) -> str:
    """Return what a row is called: its key if it is one key, the joined labels of several."""
    texts = [_text(value) for value in values]
    if len(texts) == 1:
        return texts[0]
    labels = [data.label(text) for text in texts if text]
    return ", ".join([labels[0], *map(continued, labels[1:])])


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else grouped(value)
    return str(value)


def _printed(value: object, measure: kinds.Measure, symbol: str) -> str:
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


def break_even_table(spec: kinds.BreakEvenTable, data: Data) -> pd.DataFrame:
    """Value, 95% range and break-even value of the drivers that have one; panel group."""
    found = data.economics("sensitivity")
    appraisal = spec.appraisal or next(iter(data.config.economics.appraisals))
    found = found[
        (found["appraisal"] == appraisal)
        & (found["case"] == spec.case)
        & found["break_even"].notna()
    ]
    cells = []
    for line in found.itertuples():
        inside = line.low <= line.break_even <= line.high
        certain = line.low == line.high
        span = "fixed" if certain else f"{number(line.low)} to {number(line.high)}"
        for column, value, printed in (
            ("value", line.value, number(line.value)),
            ("range", np.nan, span),
            ("break_even", line.break_even, number(line.break_even)),
            ("inside", float(inside), "Yes" if inside else "No"),
        ):
            keys = (line.group, line.driver, column)
            cells.append(cell(*keys, "driver", value, printed, "", line.n_treatment))
    return as_frame(cells)


def monte_carlo_table(spec: kinds.MonteCarloTable, data: Data) -> pd.DataFrame:
    """Monte Carlo errors of what the appraisals report; panel group, row appraisal and case."""
    symbol, decision = data.config.trial.currency, data.config.economics.decision
    decided = (decision.appraisal, decision.case)
    summary = data.economics("summary")
    summary = summary[(summary["scenario"] == "reference") & summary["default"]]
    information = data.economics("information").set_index(["group", "measure"])
    cells = []
    for group in dict.fromkeys(summary["group"]):
        for line in summary[summary["group"] == group].to_dict("records"):
            row = _row_text([line["appraisal"], line["case"]], data)
            errors = _errors(line, symbol)
            if (line["appraisal"], line["case"]) == decided:
                error = float(information.loc[[(group, "evpi")], "monte_carlo_error"].iloc[0])
                errors.append(("evpi", error, _error_text(error, "money", symbol, 2)))
            for name, value, printed in errors:
                n = line["n_treatment"]
                cells.append(cell(group, row, name, "error", value, printed, "error", n))
    return as_frame(cells)


def _errors(line: dict, symbol: str) -> list[tuple[str, float, str]]:
    """Return (name, error, printed) of a row of the summary; shares of draws are binomial."""
    found = []
    for name, form, decimals in (
        ("return_per_pound", "money", 4),
        ("net_present_value", "money", 2),
        ("benefit_cost_ratio", "number", 4),
    ):
        error = line[f"{name}_monte_carlo_error"]
        found.append((name, error, _error_text(error, form, symbol, decimals)))
    for name in ("probability_return_above_one", "probability_benefit_above_zero"):
        share = line[name]
        error = 100 * np.sqrt(share * (1 - share) / line["draws"])
        found.append((name, error, _error_text(error, "points", symbol, 2)))
    return found


def _error_text(error: float, form: str, symbol: str, decimals: int) -> str:
    if np.isnan(error):
        return MINUS
    if form == "money":
        return money(error, symbol, decimals)
    return grouped(error, decimals) + ("ppt" if form == "points" else "")


ECONOMICS = {
    "returns_table": returns_table,
    "quantities_table": quantities_table,
    "economics_table": economics_table,
    "break_even_table": break_even_table,
    "monte_carlo_table": monte_carlo_table,
}
