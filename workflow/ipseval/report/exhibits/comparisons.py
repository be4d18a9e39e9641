"""Tables that compare arms at baseline, count people by group, or show records of no person."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...config.exhibit_kinds import comparisons as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped, round_half_up

ARMS = {"control": 0, "treatment": 1}


def t_test(x: np.ndarray, y: np.ndarray, equal: bool) -> float:
    """Return the p-value of a two-sided t-test: with one variance (equal), or Welch's."""
    from scipy.special import stdtr  # Slow to import, and few chapters need it.

    n, m, v, w = len(x), len(y), np.var(x, ddof=1), np.var(y, ddof=1)
    if equal:
        df = n + m - 2
        error = np.sqrt(((n - 1) * v + (m - 1) * w) / df * (1 / n + 1 / m))
    else:
        error = np.sqrt(v / n + w / m)
        df = error**4 / ((v / n) ** 2 / (n - 1) + (w / m) ** 2 / (m - 1)) if error else np.nan
    return float(2 * stdtr(df, -abs(x.mean() - y.mean()) / error)) if error else np.nan


def chi_squared(x: np.ndarray, y: np.ndarray) -> float:
    """Return the p-value of Pearson's test that two shares of 0/1 answers are one."""
    from scipy.special import chdtrc

    share = np.concatenate([x, y]).mean()
    variance = share * (1 - share) * (1 / len(x) + 1 / len(y))
    return float(chdtrc(1, (x.mean() - y.mean()) ** 2 / variance)) if variance else np.nan


def balance_tests(spec: kinds.BalanceTests, data: Data) -> pd.DataFrame:
    """Means and shares by arm, p-values and people; panel and row as declared."""
    people = members_of_group(data, spec.group)
    if spec.sample:
        people = people[people[spec.sample] == 1]
    cells = []
    for row, compared in spec.rows.items():
        values = people[compared.column]
        if compared.category is not None:
            values = (values == compared.category).astype(float).where(values.notna())
        arms = {
            arm: values[people["arm"] == code].dropna().to_numpy(dtype=float)
            for arm, code in ARMS.items()
        }
        cells += _compared(spec, row, compared, arms)
    for arm, code in ARMS.items():
        n = int((people["arm"] == code).sum())
        cells.append(cell(spec.panel, spec.n_row, arm, "base", n, str(n), "participants", n))
    return as_frame(cells)


def members_of_group(data: Data, group: str | None) -> pd.DataFrame:
    """Return the people of an analysis group, or everybody."""
    if group is None:
        return data.people
    inside = data.config.trial.groups[group].trial_groups
    return data.people[data.people["trial_group"].isin(inside)]


def _compared(spec: kinds.BalanceTests, row: str, compared: kinds.Compared, arms) -> Iterator[dict]:
    share = compared.statistic == "proportion"
    test = spec.proportions if share else spec.means
    unit = "proportion" if share else compared.unit
    for arm, values in arms.items():
        mean = values.mean() if len(values) else np.nan
        text = round_half_up(mean, compared.decimals) if len(values) else "-"
        yield cell(spec.panel, row, arm, compared.statistic, mean, text, unit, len(values))
    n = sum(len(values) for values in arms.values())
    p = np.nan
    if min(len(values) for values in arms.values()) > 1:
        two = arms["control"], arms["treatment"]
        p = chi_squared(*two) if test == "chi_squared" else t_test(*two, test == "equal_variances")
    text = "-" if np.isnan(p) else round_half_up(p, spec.p_decimals)
    yield cell(spec.panel, row, "p_value", "p_value", p, text, "p", n)


def counts_by_group(spec: kinds.CountsByGroup, data: Data) -> pd.DataFrame:
    """People in and out of samples; panel analysis group, column all or arm."""
    cells = []
    for counted in spec.rows:
        for group, panel in spec.groups.items():
            people = members_of_group(data, group)
            if counted.column:
                people = people[(people[counted.column] == 1) != counted.missing]
            for column in counted.columns:
                code = ARMS.get(column)
                n = len(people) if code is None else int((people["arm"] == code).sum())
                text = f"({grouped(n)})" if counted.brackets else grouped(n)
                cells.append(cell(panel, counted.row, column, "count", n, text, "participants", n))
    return as_frame(cells)


def scores_table(spec: kinds.ScoresTable, data: Data) -> pd.DataFrame:
    """Scores by item and panel, with totals of the items that have a score."""
    reviews, items = data.records(spec.reviews), data.records(spec.table)
    items = items.merge(reviews[[spec.key, spec.panel]], on=spec.key, validate="many_to_one")
    item = items[spec.item].astype(str)
    cells = []
    for name, row in spec.rows.items():
        for panel in spec.panels:
            scores = items.loc[(item == name) & (items[spec.panel] == panel), spec.score].dropna()
            value = float(scores.mean()) if len(scores) else np.nan
            text = f"{value:g}" if len(scores) else spec.unscored
            cells.append(cell(panel, row, "score", "score", value, text, "points", pd.NA))
    shown = items[item.isin(spec.rows)]
    for panel in spec.panels:
        scores = shown.loc[shown[spec.panel] == panel, spec.score].dropna()
        total, most = float(scores.sum()), spec.maximum * len(scores)
        text = f"{total:g}/{most:g}"
        for column, value in (("score", total), ("maximum_score", most)):
            keys = (panel, spec.total_row, column)
            cells.append(cell(*keys, "score", value, text, "points", pd.NA))
    return as_frame(cells)


def record_profile(spec: kinds.RecordProfile, data: Data) -> pd.DataFrame:
    """Records by panel and by each value of several columns, and all of them."""
    records = data.records(spec.table)
    cells = []
    for panel in spec.panels:
        own = records[records[spec.panel] == panel]
        for column, values in spec.columns.items():
            for value in values:
                n = int((own[column] == value).sum())
                keys = (panel, spec.row, value)
                cells.append(cell(*keys, "count", n, grouped(n), spec.table, n))
    n = len(records)
    cells.append(cell(spec.total_panel, spec.row, "all", "base", n, grouped(n), spec.table, n))
    return as_frame(cells)


COMPARISONS = {
    "balance_tests": balance_tests,
    "counts_by_group": counts_by_group,
    "scores_table": scores_table,
    "record_profile": record_profile,
}
