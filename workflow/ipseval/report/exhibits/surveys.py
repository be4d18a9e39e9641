"""Tables of survey answers: weighted percentages, unweighted bases and tests."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...config.exhibit_kinds import people as kinds
from ..cells import as_frame, cell
from ..data import Data
from ..formats import grouped, p_value, round_half_up

ARMS = {"control": 0, "treatment": 1}


def survey_crosstab(spec: kinds.SurveyCrosstab, data: Data) -> pd.DataFrame:
    """Weighted shares of answers; panel trial group and total, row answer, column arm or test.

    A dash stands for an answer that nobody gave. p-values compare the trial groups in the panel
    total (by group), or the arms within each panel (by arm).
    """
    people = data.people
    given = _answers(spec, people)
    people, given = people[given.notna().all(axis=1)], given.dropna().astype(float)
    groups = [g for g in data.config.trial.groups if g in set(people["trial_group"])]
    cells = []
    for panel, members in _panels(people, groups):
        columns = {"all": members}
        if spec.by == "arm":
            arms = {arm: members & (people["arm"] == code) for arm, code in ARMS.items()}
            columns = arms | columns
        for name in spec.order:
            cells += _shares(panel, name, given[name], people[spec.weight], columns)
            if name in spec.tested and (spec.by == "arm" or panel == "total"):
                answer = given[name][members]
                cells.append(_test(spec, panel, name, people[members], answer))
        if "all_categories" in spec.tested and (spec.by == "arm" or panel == "total"):
            answer = given[spec.order][members].to_numpy().argmax(axis=1)
            cells.append(_test(spec, panel, "all_categories", people[members], answer))
        for column, inside in columns.items():
            n = int(inside.sum())
            cells.append(
                cell(panel, "unweighted_base", column, "base", n, grouped(n), "respondents", n)
            )
    return as_frame(cells)


def _answers(spec: kinds.SurveyCrosstab, people: pd.DataFrame) -> pd.DataFrame:
    """Return one column an answer (1 given, 0 not), missing for those outside the base."""
    if spec.prefix:
        return pd.DataFrame({name: people[spec.prefix + name] for name in spec.order})
    answer = people[spec.column]
    inside = answer.isin(spec.order)
    return pd.DataFrame({name: (answer == name).where(inside) for name in spec.order})


def _panels(people: pd.DataFrame, groups: list[str]) -> Iterator[tuple[str, pd.Series]]:
    for group in groups:
        yield group, people["trial_group"] == group
    yield "total", pd.Series(True, index=people.index)


def _shares(
    panel: str, row: str, given: pd.Series, weights: pd.Series, columns: dict[str, pd.Series]
) -> list[dict]:
    found = []
    for column, inside in columns.items():
        n = int(inside.sum())
        if given[inside].any():
            value = 100 * np.average(given[inside], weights=weights[inside])
            printed = round_half_up(value, 0)
        else:
            value, printed = np.nan, "-"
        found.append(cell(panel, row, column, "percent", value, printed, "percent", n))
    return found


def _test(spec: kinds.SurveyCrosstab, panel: str, row: str, people: pd.DataFrame, answer) -> dict:
    # SciPy is slow to import, and few chapters have such a table.
    from ...impact.independence import test_of_independence

    parts = people["trial_group"] if spec.by == "group" else people["arm"]
    found = test_of_independence(parts, answer, people[spec.weight], spec.test)
    p = found.p_value
    return cell(panel, row, "p_value", "p_value", p, p_value(p), "p", len(people))
