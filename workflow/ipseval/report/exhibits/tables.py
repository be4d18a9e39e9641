"""Kinds of tables: each takes a declaration and the results, and gives tidy cells."""

import numpy as np
import pandas as pd

from ...config import exhibits as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import MINUS, grouped, money, p_value, round_half_up, stars, with_stars
from .claims import text_claims
from .comparisons import COMPARISONS
from .economics import ECONOMICS
from .inference import INFERENCE
from .linkage import extract_repairs, linkage_methods, linkage_passes, linkage_quality
from .regressions import REGRESSIONS
from .surveys import survey_crosstab

ARMS = {"treatment": 1, "control": 0}


def arm_counts(spec: kinds.ArmCounts, data: Data) -> pd.DataFrame:
    """People randomised: panel trial group, column arm; panel total over all."""
    people, cells = data.people, []
    groups = [g for g in data.config.trial.groups if g in set(people["trial_group"])]
    for group in groups:
        for arm, value in ARMS.items():
            n = int(((people["trial_group"] == group) & (people["arm"] == value)).sum())
            cells.append(cell(group, spec.row, arm, "count", n, grouped(n), "recruits", n))
    n = len(people)
    cells.append(cell("total", spec.row, "all", "count", n, grouped(n), "recruits", n))
    return as_frame(cells)


def crosstab(spec: kinds.Crosstab, data: Data) -> pd.DataFrame:
    """Shares of answers among those who answered; panel trial group and total, row answer."""
    people, cells = data.people, []
    if spec.column:
        known = people[spec.column].notna()
        answers = {name: people[spec.column] == name for name in spec.order}
        answers |= {
            name: people[spec.column] == name
            for name in sorted(people[spec.column].dropna().unique())
            if name not in spec.order
        }
    else:
        names = [c.removeprefix(spec.prefix) for c in people.columns if c.startswith(spec.prefix)]
        answers = {name: people[spec.prefix + name].fillna(False).astype(bool) for name in names}
        known = people[spec.prefix + names[0]].notna()
    groups = [g for g in data.config.trial.groups if g in set(people["trial_group"])]
    panels = {g: people["trial_group"] == g for g in groups} | {"total": known}
    bases = {panel: int((known & members).sum()) for panel, members in panels.items()}
    for name, chosen in answers.items():
        for panel, members in panels.items():
            count = int((chosen & members & known).sum())
            value = 100 * count / bases[panel]
            printed = round_half_up(value, 0)
            if panel != "total" and count < spec.dash_below:
                value, printed = np.nan, "-"
            cells.append(
                cell(panel, name, "all", "percent", value, printed, "percent", bases[panel])
            )
    for panel, n in bases.items():
        cells.append(cell(panel, "base", "all", "base", n, grouped(n), "recruits", n))
    return as_frame(cells)


def balance(spec: kinds.Balance, data: Data) -> pd.DataFrame:
    """Means by arm and standardised difference; panel covariate, row category or "mean"."""
    declared = data.config.outcomes.covariates
    treated = data.people["arm"] == 1
    cells = []
    for name in spec.covariates:
        values = data.people[name]
        if pd.api.types.is_numeric_dtype(values):
            parts = {"mean": values.astype(float)}
        else:
            known = values.notna()
            order = values.value_counts().index
            parts = {c: (values == c).astype(float).where(known) for c in order}
        unit = declared[name].unit
        decimals = 2 if unit in ("proportion", "category") else 1
        for row, x in parts.items():
            t, c = x[treated].dropna(), x[~treated].dropna()
            spread = np.sqrt((t.var() + c.var()) / 2)
            difference = (t.mean() - c.mean()) / spread if spread > 0 else 0.0
            add = [
                ("treatment", "mean", t.mean(), grouped(t.mean(), decimals), len(t)),
                ("control", "mean", c.mean(), grouped(c.mean(), decimals), len(c)),
                (
                    "standardised_difference",
                    "sd_effect",
                    difference,
                    round_half_up(difference, 3),
                    len(t) + len(c),
                ),
            ]
            for column, statistic, value, printed, n in add:
                cells.append(cell(name, row, column, statistic, value, printed, unit, n))
    return as_frame(cells)


def allocation_audit(spec: kinds.AllocationAudit, data: Data) -> pd.DataFrame:
    """Balance and predictability; row stratum."""
    cells = []
    for stratum in data.allocation.itertuples():
        n = stratum.n
        for column, value, printed in (
            ("recruits", n, grouped(n)),
            ("treatment", stratum.n_treatment, grouped(stratum.n_treatment)),
            ("control", stratum.n_control, grouped(stratum.n_control)),
            ("largest_imbalance", stratum.largest_running_difference, None),
            ("guessed_right", 100 * stratum.share_guessed, None),
            ("expected_of_design", 100 * stratum.expected_share, None),
        ):
            statistic = "percent" if column in ("guessed_right", "expected_of_design") else "count"
            text = printed or round_half_up(value, 1 if statistic == "percent" else 0)
            unit = "percent" if statistic == "percent" else "recruits"
            cells.append(cell("all", stratum.stratum, column, statistic, value, text, unit, n))
    return as_frame(cells)


def impact_table(spec: kinds.ImpactTable, data: Data) -> pd.DataFrame:
    """Effects with stars; panel analysis group, row outcome."""
    levels = data.config.models.star_levels
    symbol = data.config.trial.currency
    cells = []
    for group in spec.groups or data.config.models.families[spec.family].groups:
        for model in spec.models:
            for outcome, row in spec.rows.items():
                keys = {"group": group, "outcome": outcome, "model": model}
                estimates = data.impact(spec.families.get(outcome, spec.family))
                found = _one(estimates, **keys)
                marks = stars(found["p_value"], levels)
                value, text, unit = _effect(found, spec.formats[outcome], symbol)
                cells.append(
                    cell(
                        group,
                        row,
                        spec.column,
                        spec.formats[outcome],
                        value,
                        with_stars(text, marks),
                        unit,
                        found["n"],
                        marks,
                    )
                )
    return as_frame(cells)


def _one(estimates: pd.DataFrame, **keys) -> pd.Series:
    chosen = np.logical_and.reduce([estimates[key] == value for key, value in keys.items()])
    return estimates[chosen].iloc[0]


def _effect(found: pd.Series, form: str, symbol: str) -> tuple[float, str, str]:
    """Return (value, printed, unit) of an effect as reports print it."""
    match form:
        case "ppt":
            value = found["effect_ppt"]
            return value, f"{round_half_up(value, 0)}ppt", "percentage_points"
        case "gbp":
            return found["estimate"], money(found["estimate"], symbol), "gbp"
        case _:
            value = found["effect_sd"]
            return value, f"{round_half_up(value, 2)} sd", "standard_deviations"


def estimates_table(spec: kinds.EstimatesTable, data: Data) -> pd.DataFrame:
    """Everything behind an effect; panel outcome and group, together, row model."""
    family = data.config.models.families[spec.family]
    estimates = data.impact(spec.family)
    chosen = estimates[estimates["outcome"].isin(spec.outcomes)]
    for column in ("model", "group", "term", "subgroup"):
        if wanted := getattr(spec, f"{column}s"):
            chosen = chosen[chosen[column].isin(wanted)]
    labels = {name: spec.label for name, spec in data.config.outcomes.derived.items()}
    cells = []
    for line in chosen.itertuples():
        d = spec.decimals[line.outcome]
        panel = f"{labels[line.outcome]}, {data.label(line.group)}"
        interval = f"{grouped(line.ci_low, d)} to {grouped(line.ci_high, d)}"
        for column, statistic, value, printed in (
            ("control_mean", "mean", line.mean_control, grouped(line.mean_control, d)),
            ("effect", "coefficient", line.estimate, grouped(line.estimate, d)),
            ("standard_error", "standard_error", line.std_error, grouped(line.std_error, d)),
            ("interval", "interval", line.ci_low, interval),
            ("p_value", "p_value", line.p_value, p_value(line.p_value)),
            ("n", "base", line.n, grouped(line.n)),
        ):
            # Under several ways of linking the way is the row.
            row = line.subgroup if family.by_linkage else family.models[line.model].label
            if line.term != "arm":
                row = f"{row}: {spec.labels.get(line.term) or data.label(line.term).lower()}"
            # A coefficient has no mean of controls.
            printed = MINUS if pd.isna(value) else printed
            cells.append(cell(panel, row, column, statistic, value, printed, line.unit, line.n))
    frame = as_frame(cells)
    order = {name: i for i, name in enumerate(dict.fromkeys(frame["panel"]))}
    return frame.sort_values("panel", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def record_counts(spec: kinds.RecordCounts, data: Data) -> pd.DataFrame:
    """Records by two of their columns, with totals; n is the number of records."""
    records = data.records(spec.table)
    cells = []
    for row in [*spec.order, None]:
        part = records if row is None else records[records[spec.row] == row]
        for value, keys in [*spec.columns.items(), (None, spec.total)]:
            n = len(part if value is None else part[part[spec.column] == value])
            name = spec.total_row if row is None else row
            cells.append(cell(keys.panel, name, keys.column, "count", n, grouped(n), spec.table, n))
    return as_frame(cells)


def declared_table(spec: kinds.DeclaredTable, data: Data) -> pd.DataFrame:
    """Declared texts; panel all, row and column as declared."""
    return as_frame(
        [
            cell("all", row, column, "text", np.nan, text, "", pd.NA)
            for row, texts in spec.rows.items()
            for column, text in texts.items()
        ]
    )


def samples(spec: kinds.Samples, data: Data) -> pd.DataFrame:
    """Sizes and response rates; panel trial group and total, column arm."""
    people, cells = data.people, []
    groups = [g for g in data.config.trial.groups if g in set(people["trial_group"])]
    everyone = pd.Series(True, index=people.index)
    parts = [
        (group, arm, (people["trial_group"] == group) & (people["arm"] == value))
        for group in groups
        for arm, value in ARMS.items()
    ] + [("total", "all", everyone)]
    for sample in spec.samples:
        inside = everyone if sample.column is None else people[sample.column] == 1
        for panel, arm, members in parts:
            base, n = int(members.sum()), int((members & inside).sum())
            covered = arm == "all" or arm in sample.arms
            value, printed = (n, grouped(n)) if covered else (np.nan, "N/A")
            cells.append(cell(panel, sample.row, arm, "count", value, printed, "recruits", n))
            if sample.rate_row:
                rate = 100 * n / base
                text = round_half_up(rate, 1)
                cells.append(
                    cell(panel, sample.rate_row, arm, "percent", rate, text, "percent", base)
                )
    return as_frame(cells)


TABLES = {
    "arm_counts": arm_counts,
    "crosstab": crosstab,
    "survey_crosstab": survey_crosstab,
    "text_claims": text_claims,
    "balance": balance,
    "allocation_audit": allocation_audit,
    "extract_repairs": extract_repairs,
    "linkage_quality": linkage_quality,
    "linkage_passes": linkage_passes,
    "linkage_methods": linkage_methods,
    "impact_table": impact_table,
    "estimates_table": estimates_table,
    "record_counts": record_counts,
    "declared_table": declared_table,
    "samples": samples,
    **INFERENCE,
    **REGRESSIONS,
    **COMPARISONS,
    **ECONOMICS,
}
