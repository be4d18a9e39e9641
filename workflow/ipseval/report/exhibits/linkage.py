"""Tables of linkage: how many were linked, by which pass, and how well."""

from textwrap import shorten

import numpy as np
import pandas as pd

from ...config.exhibit_kinds import linkage as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped, p_value, round_half_up

ARM = {"1": "treatment", "0": "control"}


def extract_repairs(spec: kinds.ExtractRepairs, data: Data) -> pd.DataFrame:
    """Rows kept, left out and with a value set missing; panel table, row rule."""
    checks = data.checks.set_index("table")
    cells = []
    for table in spec.tables:
        line = checks.loc[table]
        found = {
            "rows": line["rows"],
            "left_out": line["rows_refused"],
            "set_missing": line["values_set_missing"],
        }
        for column, n in found.items():
            cells.append(cell(table, "every_rule", column, "count", n, grouped(n), "rows", n))
        made = data.repairs[data.repairs["table"] == table]
        rules = made.groupby(["column", "rule", "done"])["rows"].sum()
        for (column, rule, done), n in rules.items():
            keys = (table, f"{column}: {rule}", done)
            cells.append(cell(*keys, "count", n, grouped(n), "rows", n))
    return as_frame(cells)


def linkage_quality(spec: kinds.LinkageQuality, data: Data) -> pd.DataFrame:
    """People, linkable and linked; panel source, row trial group and arm."""
    cells = []
    for line in data.quality.itertuples():
        arm = ARM.get(str(line.arm), "both arms")
        row = f"{line.trial_group}, {arm}" if line.source != "none" else "all"
        n = line.people
        cells.append(cell(line.source, row, "people", "count", n, grouped(n), "people", n))
        if line.source == "none":
            cells.append(cell("none", row, "linked", "count", np.nan, line.note, "people", n))
            continue
        for column in ("linkable", "linked"):
            value = getattr(line, column)
            share = 100 * value / n
            text = f"{round_half_up(share, 1)}%"
            cells += [
                cell(line.source, row, column, "count", value, grouped(value), "people", n),
                cell(line.source, row, f"{column}_share", "percent", share, text, "percent", n),
            ]
        for column in ("fits_two", "several_suppliers"):
            value = getattr(line, column)
            if not np.isnan(value):
                cells.append(
                    cell(line.source, row, column, "count", value, grouped(value), "people", n)
                )
        if not np.isnan(line.p_value):
            p = line.p_value
            cells.append(cell(line.source, row, "p", "p_value", p, p_value(p), "p", n))
        for column in ("precision", "recall"):
            value = getattr(line, column)
            if not np.isnan(value):
                text = round_half_up(value, 4)
                cells.append(cell(line.source, row, column, "share", value, text, "share", n))
    return as_frame(cells)


def linkage_passes(spec: kinds.LinkagePasses, data: Data) -> pd.DataFrame:
    """People linked and the least score; panel source, row pass."""
    cells = []
    for line in data.passes.rename(columns={"pass": "step"}).itertuples():
        n, share = line.people, 100 * line.share
        text = f"{round_half_up(share, 1)}%"
        cells += [
            cell(line.source, line.step, "people", "count", n, grouped(n), "people", n),
            cell(line.source, line.step, "share", "percent", share, text, "percent", n),
            _share(line.source, line.step, "least_score", line.least_score, n),
            _share(line.source, line.step, "right", line.right, n),
        ]
    return as_frame(cells)


def linkage_methods(spec: kinds.LinkageMethods, data: Data) -> pd.DataFrame:
    """People linked, precision, recall, F1 and losses; panel source, row way of linking."""
    cells = []
    for line in data.methods.itertuples():
        n = line.people
        cells.append(cell(line.source, line.method, "people", "count", n, grouped(n), "people", n))
        for column in ("precision", "recall", "f1", "lost_in_blocking", "lost_in_model"):
            cells.append(_share(line.source, line.method, column, getattr(line, column), n))
    return as_frame(cells)


def _share(panel: str, row: str, column: str, value: float, n: int) -> dict:
    printed = "" if np.isnan(value) else round_half_up(value, 4)
    return cell(panel, row, column, "share", value, printed, "share", n)


def weight_cells(spec: kinds.MatchWeights, data: Data) -> pd.DataFrame:
    """Match weight log2(m/u) of each level; panel field, row level of agreement."""
    cells = []
    for comparison in data.models[spec.model]["comparisons"]:
        for level in comparison["comparison_levels"]:
            m, u = level.get("m_probability"), level.get("u_probability")
            if level.get("is_null_level") or m is None or u is None:
                continue
            weight = float(np.log2(max(m, 1e-12) / max(u, 1e-12)))
            row = level["label_for_charts"]
            keys = (comparison["output_column_name"], row, "match_weight", "coefficient")
            cells.append(cell(*keys, weight, round_half_up(weight, 1), "bits", pd.NA))
    return as_frame(cells)


def draw_weights(cells: pd.DataFrame, spec, data: Data):
    """Bars of match weights, agreement to the right and disagreement to the left of zero."""
    from .style import BLUE, GREY, ORANGE, new_figure

    figure, axes = new_figure(height=1.0 + 0.24 * len(cells), grid="x")
    # Levels that were never seen have weights without a floor; a bar need not show how low.
    values = cells["value"].clip(-15, 20)
    colours = [BLUE if value >= 0 else ORANGE for value in values]
    y = np.arange(len(cells))
    axes.barh(y, values, color=colours, height=0.7)
    axes.axvline(0, color=GREY, linewidth=0.8)
    names = [f"{data.label(line.panel)}: {shorten(line.row, 48)}" for line in cells.itertuples()]
    axes.set_yticks(y, names, fontsize=7)
    axes.set_ylim(len(cells) - 0.4, -0.6)
    axes.set_xlabel("Match weight, bits: evidence for (right) or against (left) one person")
    best = cells.loc[cells["value"].idxmax()]
    text = (
        f"Match weights of {cells['panel'].nunique()} fields; the largest is {best['printed']} for "
    )
    return figure, f"{text}{best['row'][0].lower()}{best['row'][1:]}."
