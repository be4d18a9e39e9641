"""Table 1: baseline characteristics by arm, and of everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from ...config.exhibits import TableExhibit
from ...config.refs import Ref
from ...disclosed import KNOWN, UNKNOWN, Class, Counts, Sum
from ...disclosed_estimates import selected
from ...lazy import np, pd
from ..by_arm import OVERALL, arms_of, source_by_arm
from ..cells import as_frame, cell
from ..formats import grouped, round_half_up

if TYPE_CHECKING:
    from ...config.declared import TrialConfig
    from ..data import Data

# Rows of its own. A category may be called as they are ("yes", "n"), but not by accident as these.
NUMBER, YES, MISSING = "people_n", "share_yes", "missing"
Summary = Literal["mean", "median"]


class TableOne(TableExhibit):
    """Baseline characteristics by arm: mean (SD), median (quartiles), n (%), and missing values.

    Numbers have their mean and standard deviation and their median and quartiles, yes or no and
    categories their number and share of those known. No test of a difference at baseline is made:
    arms of a randomised trial differ by chance.
    """

    kind: Literal["table_one"]
    disclosure: ClassVar[Class | None] = "frequencies"
    reads: ClassVar[tuple[str, ...]] = ("people",)
    many_arms: ClassVar[bool] = True
    covariates: list[Annotated[str, Ref("derived")]] = Field(
        min_length=1, description="Covariates, in printed order."
    )
    own_labels: ClassVar[dict[str, str]] = {
        "people": "People",
        NUMBER: "Number",
        "mean_sd": "Mean (SD)",
        "median_quartiles": "Median (quartiles)",
        YES: "Yes, n (%)",
        MISSING: "Missing",
        OVERALL: "Overall",
        "standardised_difference": "Standardised difference",
    }
    units_in_rows: ClassVar[bool] = True
    decimals: int | None = Field(
        None,
        ge=0,
        le=6,
        description="Decimals of means and medians; if absent, of each covariate as many as show "
        "two digits of its standard deviation, and one at least.",
    )
    standardised_differences: bool = Field(
        True,
        description="Whether the difference of the treatment arm from control in standard "
        "deviations is shown; of more than two arms the largest between any two.",
    )

    def counts(self, cell: Any, config: TrialConfig) -> Counts:
        """Shares are of those known; means, medians and differences follow them."""
        everybody = selected(cell.source)
        if cell.panel == "people":
            return Counts("frequencies", "count", everybody)
        if cell.row == MISSING:
            return Counts("frequencies", "count", everybody.met({cell.panel: UNKNOWN}))
        among = everybody.met({cell.panel: KNOWN})
        if cell.statistic in ("count", "percent"):
            inside = among.met({cell.panel: "1" if cell.row == YES else cell.row})
            role: Literal["count", "share"] = "count" if cell.statistic == "count" else "share"
            return Counts("frequencies", role, inside, among if role == "share" else None)
        averaged = cell.panel if cell.statistic == "mean" else ""
        kind: Class = (
            "position" if cell.statistic in ("median", "interval") else ("linear aggregation")
        )
        return Counts(kind, "follows", among=among, averaged=averaged)

    def sums(self, cells: pd.DataFrame, config: TrialConfig) -> list[Sum]:
        """Everybody of an arm is known or missing."""
        found: list[Sum] = []
        for line in cells[cells["row"] == MISSING].itertuples():
            whole = selected(line.source)
            parts = [whole.met({line.panel: KNOWN}), whole.met({line.panel: UNKNOWN})]
            found.append((whole, parts))
        return found

    def cells(self, data: Data) -> pd.DataFrame:
        """Panel covariate, row statistic or category, column arm, overall or difference."""
        arms, people = arms_of(data), data.people
        control = data.config.trial.person.arm.names[0]
        sides = {control: arms[control]} | arms
        cells = []
        for column, (code, inside) in arms.items():
            n, source = int(inside.sum()), source_by_arm(code)
            cells.append(
                cell("people", NUMBER, column, "count", n, grouped(n), "people", n, source=source)
            )
        for name in self.covariates:
            values, unit = people[name], data.config.outcomes.units[name]
            number = pd.api.types.is_numeric_dtype(values)
            binary = number and unit == "proportion"
            places = self.decimals
            if places is None:
                places = _places(values) if number else 1
            for column, (code, inside) in arms.items():
                own, source = values[inside], source_by_arm(code, name)
                known = own.dropna()
                if number and not binary:
                    numbers = known.astype(float)
                    cells += _numbers(name, column, numbers, places, unit, source)
                else:
                    parts = (
                        {YES: known == 1}
                        if binary
                        else {str(level): known == level for level in _levels(values)}
                    )
                    for row, has in parts.items():
                        cells += _share(name, row, column, int(has.sum()), len(known), source)
                if values.isna().any():
                    n = int(own.isna().sum())
                    text = grouped(n)
                    at = (name, MISSING, column, "count")
                    cells.append(cell(*at, n, text, "people", len(own), source=source))
            if self.standardised_differences:
                cells.append(_difference(name, values, sides, binary or not number))
        frame = as_frame(cells)
        panels = {name: i for i, name in enumerate(dict.fromkeys(["people", *self.covariates]))}
        last = frame["row"] == MISSING
        order = frame.assign(_panel=frame["panel"].map(panels), _last=last)
        order = order.sort_values(["_panel", "_last"], kind="stable", ignore_index=True)
        return order.drop(columns=["_panel", "_last"])


def _numbers(
    name: str, column: str, known: pd.Series, d: int, unit: str, source: str
) -> list[dict]:
    n = len(known)
    nan = float("nan")
    mean, spread = (known.mean(), known.std()) if n else (nan, nan)
    low, middle, high = known.quantile([0.25, 0.5, 0.75]) if n else (nan, nan, nan)
    spans = f"({grouped(low, d)} to {grouped(high, d)})" if n else "-"
    each = [
        ("mean_sd", "mean", mean, grouped(mean, d) if n else "-"),
        ("mean_sd", "sd", spread, f"({grouped(spread, d)})" if n > 1 else "-"),
        ("median_quartiles", "median", middle, grouped(middle, d) if n else "-"),
        ("median_quartiles", "interval", low, spans),
    ]
    return [
        cell(name, row, column, statistic, value, text, unit, n, source=source)
        for row, statistic, value, text in each
    ]


def _places(values: pd.Series) -> int:
    """Return the decimals that show two digits of a standard deviation, one at least."""
    spread = float(values.astype(float).std())
    return min(max(1, 1 - int(np.floor(np.log10(spread)))), 6) if spread > 0 else 1


def _levels(values: pd.Series) -> list[str]:
    """Return the categories of a column: by their numbers, or the most frequent first."""
    counts = values.value_counts()
    if all(re.match(r"-?\d", str(level)) for level in counts.index):
        return sorted(counts.index, key=lambda level: (_number(str(level)), str(level)))
    return sorted(counts.index, key=lambda level: (-counts[level], str(level)))


def _number(level: str) -> float:
    found = re.match(r"-?\d+(\.\d+)?", level)
    return float(found[0]) if found else 0.0


def _share(name: str, row: str, column: str, n: int, known: int, source: str) -> list[dict]:
    share = 100 * n / known if known else float("nan")
    text = f"({round_half_up(share, 1)}%)" if known else "-"
    return [
        cell(name, row, column, "count", n, grouped(n), "people", known, source=source),
        cell(name, row, column, "percent", share, text, "percent", known, source=source),
    ]


def _difference(
    name: str, values: pd.Series, arms: dict[str, tuple[int | None, np.ndarray]], shares: bool
) -> dict[str, Any]:
    """Return the cell of the standardised difference, the largest of any two arms.

    `arms` has control first, from which others differ. Of a category it is that of Yang and
    Dalton (2012), over all of its levels but one.
    """
    if not pd.api.types.is_numeric_dtype(values):
        parts = pd.get_dummies(values, dtype=float).where(values.notna(), np.nan)
    else:
        parts = values.astype(float).to_frame()
    sides = [inside for key, (_, inside) in arms.items() if key != OVERALL]
    gaps = [
        _gap(parts[a].dropna(), parts[b].dropna(), shares)
        for i, a in enumerate(sides)
        for b in sides[i + 1 :]
    ]
    known = [gap for gap in gaps if not np.isnan(gap)]
    value = max(known, key=abs) if known else float("nan")
    text = round_half_up(value, 3) if known else "-"
    row = "mean_sd"
    if shares:
        numeric = pd.api.types.is_numeric_dtype(values)
        row = YES if numeric else str(_levels(values)[0]) if values.notna().any() else MISSING
    source = source_by_arm(None, name)
    n = int(values.notna().sum())
    return cell(
        name, row, "standardised_difference", "sd_effect", value, text, "", n, source=source
    )


def _gap(one: pd.DataFrame, other: pd.DataFrame, shares: bool) -> float:
    """Return the standardised difference of the second arm from the first (control)."""
    if len(one) < 2 or len(other) < 2:
        return float("nan")
    if one.shape[1] == 1:
        difference = float(other.iloc[:, 0].mean() - one.iloc[:, 0].mean())
        if shares:
            p, q = one.iloc[:, 0].mean(), other.iloc[:, 0].mean()
            spread = np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
        else:
            spread = np.sqrt((one.iloc[:, 0].var() + other.iloc[:, 0].var()) / 2)
        return difference / float(spread) if spread > 0 else 0.0
    p, q = (part.mean().to_numpy()[1:] for part in (one, other))
    covariance = sum((np.diag(v) - np.outer(v, v)) / 2 for v in (p, q))
    apart = q - p
    return float(np.sqrt(max(apart @ np.linalg.pinv(covariance) @ apart, 0.0)))
