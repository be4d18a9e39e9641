"""Rules across tables and time: rows that break one stop the run or are left out and counted."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..config.extracts import Extracts
from ..config.trial import Trial
from ..errors import InputError, InputErrors, counted
from .repair import repairs_table
from .rule import CrossRule
from .tables import LEFT_OUT


def obey_rules(
    tables: Mapping[str, pd.DataFrame], declared: Extracts, trial: Trial, file: object = None
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return tables without the rows that declared rules leave out, and their count (REPAIRS).

    Every rule is asked of the tables as they come, so that their order changes nothing. Raises
    InputErrors for rules that stop the run, and for those that would leave out too many rows.
    """
    problems, made = [], []
    gone: dict[str, np.ndarray] = {}
    for name, rule in declared.rules.items():
        broken = rule.broken(tables, trial)
        if not broken.any():
            continue
        rows = np.flatnonzero(broken) + 1
        most = declared.tables[rule.table].repaired_at_most
        if rule.if_broken == "stop" or len(rows) > most * len(broken):
            problems.append(_problem(name, rule, rows, most, file))
            continue
        before = gone.get(rule.table, np.zeros(len(broken), dtype=bool))
        first = np.flatnonzero(broken & ~before) + 1
        made.append([rule.table, file, rule.of, name, rule.expected, LEFT_OUT, list(first)])
        gone[rule.table] = before | broken
    if problems:
        raise InputErrors(problems)
    kept = {
        name: table[~gone[name]].reset_index(drop=True) if name in gone else table
        for name, table in tables.items()
    }
    return kept, repairs_table(made)


def refuse_broken(tables: Mapping[str, pd.DataFrame], declared: Extracts, trial: Trial) -> None:
    """Raise InputErrors if a rule is broken by tables that should have been repaired."""
    problems = []
    for name, rule in declared.rules.items():
        broken = rule.broken(tables, trial)
        if broken.any():
            problems.append(_problem(name, rule, np.flatnonzero(broken) + 1, 1.0, None))
    if problems:
        raise InputErrors(problems)


def _problem(name: str, rule: CrossRule, rows: np.ndarray, most: float, file: object) -> InputError:
    too_many = "" if rule.if_broken == "stop" else f"; at most {100 * most:g}% of rows are left out"
    return InputError(
        f"{counted(len(rows), 'row contradicts', 'rows contradict')} {rule.against}",
        file=file,
        table=rule.table,
        column=rule.of,
        rows=rows,
        rule=f"{name} ({rule.table} against {rule.against}, rows in order of the key){too_many}",
        expected=rule.expected,
        remedy="correct the table that is wrong; if these rows are known to be slips, set "
        f"if_broken: leave_out of rules.{name} in extracts.yaml",
    )
