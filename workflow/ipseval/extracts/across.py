"""Rules across tables and time: rows that break one stop the run or are left out and counted."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from ..config.extracts import Extracts
from ..config.trial import Trial
from ..errors import InputError, InputErrors, counted
from .on_disk import Stored, parts
from .repair import repairs_table
from .rule import CrossRule
from .tables import LEFT_OUT

Tables = Mapping[str, pd.DataFrame | Stored]


def obey_rules(
    tables: Tables, declared: Extracts, trial: Trial, file: object = None
) -> tuple[dict[str, pd.DataFrame | Stored], pd.DataFrame]:
    """Return tables without the rows that declared rules leave out, and their count (REPAIRS).

    Every rule is asked of the tables as they come, so that their order changes nothing. Raises
    InputErrors for rules that stop the run, and for those that would leave out too many rows.
    """
    problems, made = [], []
    gone: dict[str, np.ndarray] = {}
    for name, rule in declared.rules.items():
        broken = _broken(rule, tables, trial)
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
    kept: dict[str, pd.DataFrame | Stored] = {}
    for name, table in tables.items():
        if name not in gone:
            kept[name] = table
        elif isinstance(table, Stored):
            kept[name] = table.without(gone[name])
        else:
            kept[name] = table[~gone[name]].reset_index(drop=True)
    return kept, repairs_table(made)


def _broken(rule: CrossRule, tables: Tables, trial: Trial) -> np.ndarray:
    """Return which rows of the rule's table break it (n, bool).

    A table on disk is asked part by part. Of others on disk those columns are read that the rule
    names, for a rule has to see all their rows.
    """
    others = {
        name: _read(name, table, rule, trial) if isinstance(table, Stored) else table
        for name, table in tables.items()
        if name in rule.beside(trial) or isinstance(table, pd.DataFrame)
    }
    if rule.table in others:
        return rule.broken(others, trial)
    asked = parts(tables[rule.table])
    return np.concatenate([rule.broken(others | {rule.table: part}, trial) for part in asked])


def _read(name: str, table: Stored, rule: CrossRule, trial: Trial) -> pd.DataFrame:
    if name == trial.person.table:
        return table.frame([*table.columns])  # an event may depend on any of its columns
    said = {word for text in _texts(rule.model_dump()) for word in text.split(".")}
    return table.frame([column for column in table.columns if column in said])


def _texts(said: object) -> Iterator[str]:
    """Yield every text in a declaration, keys too."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for key, value in said.items():
            yield key
            yield from _texts(value)


def refuse_broken(tables: Tables, declared: Extracts, trial: Trial) -> None:
    """Raise InputErrors if a rule is broken by tables that should have been repaired."""
    problems = []
    for name, rule in declared.rules.items():
        broken = _broken(rule, tables, trial)
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
