"""Statements of a report's running text, computed anew."""

import numpy as np
import pandas as pd

from ...config.exhibit_kinds import people as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped

ARMS = {"control": 0, "treatment": 1}
NUMBERS = {
    "total": pd.Series.sum,
    "least": pd.Series.min,
    "greatest": pd.Series.max,
    "mode": lambda values: values.mode().min(),
}


def text_claims(spec: kinds.TextClaims, data: Data) -> pd.DataFrame:
    """One row a statement; panel the group it is about, column the arm."""
    cells = []
    for name, claim in spec.claims.items():
        value, n = _measure(claim, data)
        if claim.compared_with:
            other, m = _measure(claim.compared_with, data)
            value = value - other if claim.comparison == "difference" else 100 * (value / other - 1)
            n += m
        statistic = _statistic(claim)
        printed = _date(value) if statistic == "date" else grouped(value, claim.decimals)
        printed += {"percent": "%", "percentage_points": " points"}.get(claim.unit, "")
        panel, column = claim.group or "total", claim.arm or "all"
        if claim.compared_with and claim.compared_with.arm != claim.arm:
            column = "difference"
        cells.append(cell(panel, name, column, statistic, value, printed, claim.unit, n))
    return as_frame(cells)


def _statistic(claim: kinds.Claim) -> str:
    if claim.compared_with:
        return "percent" if claim.comparison == "relative" else "percentage_points"
    named = {"share": "percent", "earliest": "date", "latest": "date", "distinct": "count"}
    return named.get(claim.measure, claim.measure)


def _measure(claim: kinds.Measure, data: Data) -> tuple[float, int]:
    """Return (value, number of people or records behind it)."""
    rows = data.records(claim.table) if claim.table else data.people
    if claim.group:
        rows = rows[rows["trial_group"].isin(data.config.trial.groups[claim.group].trial_groups)]
    if claim.arm:
        rows = rows[rows["arm"] == ARMS[claim.arm]]
    for column, value in claim.where.items():
        rows = rows[rows[column] == value]
    if claim.column is None:
        return float(len(rows)), len(rows)
    rows = rows[rows[claim.column].notna()]
    values, n = rows[claim.column], len(rows)
    if claim.among:
        values = values.isin(claim.among).astype(float)
    elif claim.at_most is not None:
        values = (values <= claim.at_most).astype(float)
    match claim.measure:
        case "count":
            return float(values.sum() if claim.among else n), n
        case "mean" | "share":
            weights = rows[claim.weight] if claim.weight else None
            scale = 100 if claim.measure == "share" else 1
            return scale * float(np.average(values.astype(float), weights=weights)), n
        case "distinct":
            return float(values.nunique()), n
        case "total" | "least" | "greatest" | "mode":
            return float(NUMBERS[claim.measure](values)), n
    day = values.min() if claim.measure == "earliest" else values.max()
    day = pd.Timestamp(day)
    month = 100 * day.year + day.month
    return float(month if claim.by_month else 100 * month + day.day), n


def _date(number: float) -> str:
    """Return 2018-10 of 201810, 2018-10-17 of 20181017."""
    text = f"{number:.0f}"
    return "-".join(part for part in (text[:4], text[4:6], text[6:]) if part)
