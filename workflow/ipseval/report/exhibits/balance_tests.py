"""Means and shares by arm in one sample, with the p-value of their difference, and people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ...arms import CODES, CONTROL_FIRST, in_arm
from ...config.base import Decimals, Section
from ...config.exhibits import GroupName, Layout, PeopleColumn, TableExhibit, default_layout
from ...disclosed import KNOWN, Class, Counts
from ...disclosed_estimates import selected
from ...lazy import np, pd
from ..cells import as_frame, cell, source_of
from ..formats import round_half_up
from ..groups import members_of_group, trial_groups_of

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data


class Compared(Section):
    """One row of a table of balance tests."""

    column: PeopleColumn = Field(description="Column of people.parquet.")
    category: str | None = Field(None, description="Value whose share is compared; else numbers.")
    statistic: Literal["mean", "proportion"] = Field("mean", description="What is shown.")
    unit: str = Field("points", description="Unit of a mean.")
    decimals: Decimals = Field(2, description="Decimals printed.")

    @model_validator(mode="after")
    def _a_category_has_a_share(self) -> Self:
        if self.category is not None and self.statistic == "mean":
            raise ValueError("a category has a share: give statistic proportion")
        return self


class BalanceTests(TableExhibit):
    """Means and shares by arm in one sample, with the p-value of their difference, and people.

    Panel as declared, row as declared; column control, treatment and p_value.
    """

    kind: Literal["balance_tests"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    layout: Layout = default_layout(rows=["row"], columns=["column"])
    panel: str = Field(description="Key of the panel.")
    group: GroupName | None = Field(None, description="Analysis group; everybody if absent.")
    sample: PeopleColumn | None = Field(
        None, description="0/1 column of people.parquet; everybody if absent."
    )
    rows: dict[str, Compared] = Field(min_length=1, description="Rows in printed order.")
    means: Literal["unequal_variances", "equal_variances"] = Field(
        "unequal_variances", description="t-test of means: Welch's, or with one variance."
    )
    proportions: Literal["chi_squared", "unequal_variances", "equal_variances"] = Field(
        "chi_squared", description="Test of shares: Pearson's without a correction, or a t-test."
    )
    p_decimals: Decimals = Field(2, description="Decimals of p-values.")
    n_row: str = Field("n", description="Key of the row of people.")

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """People of the sample, shares among those who have the column, what follows them."""
        people = selected(cell.source)
        if cell.statistic == "base":
            return Counts("frequencies", "base", people)
        row = self.rows[cell.row]
        among = people.met({row.column: KNOWN})
        if cell.statistic == "proportion":
            value = "1" if row.category is None else row.category
            return Counts("frequencies", "share", among.met({row.column: value}), among)
        averaged = row.column if cell.statistic == "mean" else ""
        return Counts("linear aggregation", "follows", among=among, averaged=averaged)

    def cells(self, data: Data) -> pd.DataFrame:
        """Means and shares by arm, p-values and people; panel and row as declared."""
        columns = [row.column for row in self.rows.values()]
        people = members_of_group(data, self.group, self.sample, *columns)
        if self.sample:
            people = people[people[self.sample] == 1]
        selected: dict[str, object] = {"trial_group": trial_groups_of(data, self.group)}
        if self.sample:
            selected[self.sample] = 1
        cells: list[dict[str, Any]] = []
        for row, compared in self.rows.items():
            values = people[compared.column]
            if compared.category is not None:
                values = (values == compared.category).astype(float).where(values.notna())
            arms = {
                arm: values[in_arm(people, arm)].dropna().to_numpy(dtype=float)
                for arm in CONTROL_FIRST
            }
            cells += _compared(self, row, compared, arms, selected)
        for arm in CONTROL_FIRST:
            n = int(in_arm(people, arm).sum())
            source = source_of("people", **selected, arm=CODES[arm])
            cells.append(
                cell(
                    self.panel, self.n_row, arm, "base", n, str(n), "participants", n, source=source
                )
            )
        return as_frame(cells)


def t_test(x: np.ndarray, y: np.ndarray, equal: bool) -> float:
    """Return the p-value of a two-sided t-test: with one variance (equal), or Welch's."""
    from scipy.special import stdtr  # Slow to import, and few chapters need it.

    n, m, v, w = len(x), len(y), np.var(x, ddof=1), np.var(y, ddof=1)
    if equal:
        df: float = n + m - 2
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


def _compared(
    spec: BalanceTests,
    row: str,
    compared: Compared,
    arms: dict[str, np.ndarray],
    selected: dict[str, object],
) -> Iterator[dict[str, Any]]:
    """Yield the cells of one row; `selected` are the values that select its people."""
    share = compared.statistic == "proportion"
    test = spec.proportions if share else spec.means
    unit = "proportion" if share else compared.unit
    for arm, values in arms.items():
        mean = values.mean() if len(values) else np.nan
        text = round_half_up(mean, compared.decimals) if len(values) else "-"
        source = source_of("people", **selected, arm=CODES[arm], column=compared.column)
        yield cell(
            spec.panel, row, arm, compared.statistic, mean, text, unit, len(values), source=source
        )
    n = sum(len(values) for values in arms.values())
    p = np.nan
    if min(len(values) for values in arms.values()) > 1:
        two = arms["control"], arms["treatment"]
        p = chi_squared(*two) if test == "chi_squared" else t_test(*two, test == "equal_variances")
    text = "-" if np.isnan(p) else round_half_up(p, spec.p_decimals)
    source = source_of("people", **selected, column=compared.column)
    yield cell(spec.panel, row, "p_value", "p_value", p, text, "p", n, source=source)
