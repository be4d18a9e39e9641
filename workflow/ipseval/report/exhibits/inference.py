"""Tables of what qualifies estimates: many outcomes, tests, response, registered outcomes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...config.exhibit_kinds import estimates, inference
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped, p_value, round_half_up, stars, with_stars
from .scale import scale_of

RANDOMISATION = "westfall_young"


def outcomes_table(spec: estimates.OutcomesTable, data: Data) -> pd.DataFrame:
    """Control mean and effect with stars; panel group, row outcome."""
    family = data.config.models.families[spec.family]
    found = data.impact(spec.family)
    found = found[found["model"] == spec.model].set_index(["group", "outcome"])
    cells = []
    for group in family.groups:
        for outcome in spec.outcomes or family.outcomes:
            if (group, outcome) in found.index:
                line = found.loc[(group, outcome)]
                cells += _at_a_glance(group, _label(data, outcome), line, data)
    return as_frame(cells)


def _at_a_glance(group: str, row: str, line: pd.Series, data: Data) -> list[dict]:
    scale = scale_of(line["unit"], data.config.trial.currency)
    marks = stars(line["p_value"], data.config.models.star_levels)
    percent = line["unit"] == "proportion"
    mean, effect = line["mean_control"], line["estimate"]
    return [
        cell(
            group,
            row,
            "control_mean",
            "percent" if percent else "mean",
            mean * scale.factor,
            scale.text(mean) + ("%" if percent else ""),
            line["unit"],
            line["n_control"],
        ),
        cell(
            group,
            row,
            "effect",
            scale.statistic,
            effect * scale.factor,
            with_stars(scale.text(effect) + ("ppt" if percent else ""), marks),
            line["unit"],
            line["n"],
            marks,
        ),
    ]


def _label(data: Data, outcome: str) -> str:
    return data.config.outcomes.derived[outcome].label


def tests_table(spec: inference.TestsTable, data: Data) -> pd.DataFrame:
    """Effect, p-value, that of randomisation inference, adjusted ones; panel group, row outcome."""
    tests = data.config.models.tests[spec.tests]
    table, cells = data.impact(spec.tests), []
    for (group, outcome), part in table.groupby(["group", "outcome"], sort=False):
        by_method = part.set_index("model")
        # Every method but re-randomisation leaves the model's own p-value as it is.
        plain = [method for method in tests.methods if method != RANDOMISATION]
        keys, n = (group, _label(data, outcome)), part["n"].iloc[0]
        cells.append(_tested_effect(keys, part.iloc[0], data))
        shown = {"p_value": by_method.loc[plain[0], "p_value"]} if plain else {}
        if RANDOMISATION in tests.methods:
            shown["randomisation"] = by_method.loc[RANDOMISATION, "p_value"]
        shown |= {method: by_method.loc[method, "p_adjusted"] for method in tests.methods}
        cells += [
            cell(*keys, column, "p_value", p, p_value(p), "p", n) for column, p in shown.items()
        ]
        cells.append(cell(*keys, "n", "base", n, grouped(n), "people", n))
    return as_frame(cells)


def _tested_effect(keys: tuple[str, str], line: pd.Series, data: Data) -> dict:
    scale = scale_of(line["unit"], data.config.trial.currency)
    text = scale.text(line["estimate"]) + ("ppt" if line["unit"] == "proportion" else "")
    value = line["estimate"] * scale.factor
    return cell(*keys, "effect", scale.statistic, value, text, line["unit"], line["n"])


def verdicts_table(spec: inference.VerdictsTable, data: Data) -> pd.DataFrame:
    """Effect, p-value, and the verdict of each family of tests; panel group, row outcome."""
    tested = {}
    for name in spec.tests:
        found = data.impact(name)
        tested[name] = found[found["model"] == spec.method].set_index(["group", "outcome"])
    cells = []
    for group, outcome in dict.fromkeys(key for table in tested.values() for key in table.index):
        keys = (group, _label(data, outcome))
        at = (group, outcome)
        here = {name: table.loc[at] for name, table in tested.items() if at in table.index}
        line = next(iter(here.values()))
        n, p = line["n"], line["p_value"]
        cells.append(_tested_effect(keys, line, data))
        cells.append(cell(*keys, "p_value", "p_value", p, p_value(p), "p", n))
        for name, line in here.items():
            p = line["p_adjusted"]
            text = f"{'Yes' if p < spec.level else 'No'} ({p_value(p)})"
            cells.append(cell(*keys, spec.tests[name], "p_value", p, text, "verdict", n))
    return as_frame(cells)


def response_imbalance(spec: inference.ResponseImbalance, data: Data) -> pd.DataFrame:
    """Response by arm, difference, interval, p-value and verdict; panel survey, row group."""
    family = data.config.models.families[spec.family]
    found = data.impact(spec.family)
    cells = []
    for outcome in family.outcomes:
        lines = found[(found["outcome"] == outcome) & (found["model"] == spec.model)]
        for line in lines.itertuples():
            cells += _response(line, imbalanced(line, spec.threshold, spec.level), spec)
    return as_frame(cells)


def imbalanced(line, threshold: float, level: float) -> bool:
    """Return whether response differs by more than the threshold (points), and not by chance."""
    return bool(abs(100 * line.estimate) > threshold and line.p_value < level)


def _response(line, verdict: bool, spec) -> Iterator[dict]:
    label, group, n = line.outcome, line.group, line.n
    for column, share, base in (
        ("treatment", line.mean_treatment, line.n_treatment),
        ("control", line.mean_control, line.n_control),
    ):
        text = f"{round_half_up(100 * share, 1)}%"
        yield cell(label, group, column, "percent", 100 * share, text, "percent", base)
    points, p = 100 * line.estimate, line.p_value
    ends = [round_half_up(100 * end, 1) for end in (line.ci_low, line.ci_high)]
    yield cell(label, group, "difference", "ppt", points, round_half_up(points, 1), "points", n)
    yield cell(label, group, "interval_low", "ppt", 100 * line.ci_low, ends[0], "points", n)
    yield cell(label, group, "interval_high", "ppt", 100 * line.ci_high, ends[1], "points", n)
    yield cell(label, group, "p_value", "p_value", p, p_value(p), "p", n)
    word = "Imbalanced" if verdict else "Not imbalanced"
    yield cell(label, group, "verdict", "verdict", float(verdict), word, "", n)
    follows = spec.consequence if verdict else spec.otherwise
    yield cell(label, group, "what_follows", "text", np.nan, follows, "", n)


def outcome_register(spec: inference.OutcomeRegister, data: Data) -> pd.DataFrame:
    """Source, time, definition, lists and status; panel tier, row outcome."""
    cells = []
    for entry in spec.entries:
        listed = ", ".join(spec.labels.get(key) or data.label(key) for key in entry.listed)
        for column, text in (
            ("source", entry.source),
            ("time", entry.time),
            ("definition", entry.definition),
            ("listed", listed),
        ):
            keys = (entry.tier, entry.label, column)
            cells.append(cell(*keys, "text", np.nan, text, "", pd.NA))
        status, n = _status(entry, data)
        cells.append(cell(entry.tier, entry.label, "status", "status", np.nan, status, "", n))
    return as_frame(cells)


def _status(entry: inference.Registered, data: Data) -> tuple[str, object]:
    """Return (status, largest number of people), from the estimates themselves."""
    if entry.family is None:
        return f"Not estimated: {entry.reason}", pd.NA
    family = data.config.models.families[entry.family]
    found = data.impact(entry.family)
    found = found[(found["outcome"] == entry.outcome) & found["estimate"].notna()]
    if found.empty:
        return f"Not estimated: no estimate came out of '{family.label}'", pd.NA
    groups, least, most = found["group"].nunique(), found["n"].min(), found["n"].max()
    months = ""
    if family.by_month:
        after = [t for t in found["timepoint"].unique() if int(t.rsplit("_", 1)[1]) > 0]
        months = f" in {len(after)} months after randomisation"
    people = grouped(most) if least == most else f"{grouped(least)} to {grouped(most)}"
    word = "group" if groups == 1 else "groups"
    return f"Estimated for {groups} {word}{months}, n = {people}: {family.label}", int(most)


INFERENCE = {
    "outcomes_table": outcomes_table,
    "tests_table": tests_table,
    "verdicts_table": verdicts_table,
    "response_imbalance": response_imbalance,
    "outcome_register": outcome_register,
}
