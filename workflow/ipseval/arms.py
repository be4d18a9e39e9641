"""The arms of a trial: their names, their codes, and who is in which.

trial.yaml names the column of the arm and the code of each arm there. `allocated` is the one place
that interprets them; what comes after it, people.parquet first of all, has the place of the arm in
ArmRole.names: 0 for control, and 1 for treatment where there are two. A comparison of some arms
with others (samples.compared) has CODES again. Nothing else in the package knows a code of an arm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import InputError, InputErrors, counted
from .lazy import np, pd

if TYPE_CHECKING:
    from .config.leaving import Leaving
    from .config.trial import ArmRole, PersonTable

TREATMENT, CONTROL = "treatment", "control"
# What the column `arm` of results has. It is a number, since it is a column of the designs.
CODES = {CONTROL: 0, TREATMENT: 1}
# The two orders in which tables print them.
CONTROL_FIRST, TREATMENT_FIRST = (CONTROL, TREATMENT), (TREATMENT, CONTROL)


def name_of(code: int) -> str:
    """Return the name of the arm that results have under a code; one of several has its number."""
    return {code_of_trial: arm for arm, code_of_trial in CODES.items()}.get(code, f"arm {code}")


def in_arm(frame: pd.DataFrame, arm: str) -> np.ndarray:
    """Return which rows of a result with a column `arm` are of the arm of that name (n, bool)."""
    return (frame["arm"] == CODES[arm]).to_numpy(dtype=bool)


def treated(people: pd.DataFrame) -> np.ndarray:
    """Return who was randomised to treatment (n, bool)."""
    return in_arm(people, TREATMENT)


def are_both_in(people: pd.DataFrame) -> bool:
    """Return whether there is somebody in either arm."""
    return all(in_arm(people, arm).any() for arm in CODES)


def allocated(
    table: pd.DataFrame, role: ArmRole, name: str, column: str | None = None
) -> pd.Series:
    """Return the arm of each row of a table of the extracts, as results have it.

    It is the place of the arm in `role.names`. `role` says which code of the column is which arm;
    a table other than that of the people may call the column otherwise.

    Raises InputError where an arm is missing, a code is none of those declared, or an arm has
    nobody.
    """
    column = column or role.column
    codes = {str(role.of(arm)): code for code, arm in enumerate(role.names)}
    given = table[column]
    named = given.astype("object").map(lambda value: codes.get(str(value)), na_action="ignore")
    in_words = role.names[::-1] if role.has_two else role.names
    declared = " or ".join(f"{role.of(arm)!r} ({arm})" for arm in in_words)
    where: dict[str, Any] = {"table": name, "column": column, "rule": "person.arm of trial.yaml"}
    problems = []
    if (lost := given.isna()).any():
        problems.append(
            InputError(
                "the arm is missing",
                rows=_rows(lost),
                expected=declared,
                remedy="complete the column; everybody randomised counts in the arm allocated. "
                "Rows that were never randomised are declared: person.never_randomised",
                **where,
            )
        )
    if (other := given.notna() & named.isna()).any():
        several = f" ({given.nunique()} different codes)" if given.nunique() > len(codes) else ""
        declared_codes = "neither of the two declared" if role.has_two else "none of those declared"
        problems.append(
            InputError(
                f"the arm has a code that is {declared_codes}{several}",
                rows=_rows(other),
                expected=declared,
                remedy="correct the codes in trial.yaml or these rows; a trial of more arms "
                "declares each under person.arm.arms",
                **where,
            )
        )
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    for code, arm in enumerate(role.names):
        if not (named == code).any():
            raise InputError(
                f"nobody is in the {arm} arm, of {counted(len(table), 'row', 'rows')}",
                expected=f"people in {'both' if role.has_two else 'all'} arms: {declared}",
                remedy="correct the codes in trial.yaml, or supply the people of "
                f"{'both' if role.has_two else 'all'} arms",
                **where,
            )
    return named.astype("int64")


def randomised(table: pd.DataFrame, person: PersonTable) -> np.ndarray:
    """Return which rows of the person table are of people who were randomised (n, bool).

    All are, but for those that a rule of `never_randomised` names.
    """
    if not person.never_randomised:
        return np.ones(len(table), dtype=bool)
    inside = np.ones(len(table), dtype=bool)
    for rule in person.never_randomised:
        inside &= ~leaves_at(table, rule)
    return inside


def asked_of(person: PersonTable) -> list[str]:
    """Return the columns of the person table that say who was randomised, and to what."""
    rules = [name for rule in person.never_randomised for name in rule.columns]
    return list(dict.fromkeys([person.arm.column, *rules]))


def leaves_at(table: pd.DataFrame, rule: Leaving) -> np.ndarray:
    """Return which rows of a table meet every condition of a rule (n, bool)."""
    leaves = np.ones(len(table), dtype=bool)
    for column, values in rule.where.items():
        leaves &= table[column].isin(values).to_numpy(dtype=bool)
    if rule.missing:
        leaves &= table[rule.missing].isna().any(axis=1).to_numpy(dtype=bool)
    return leaves


def _rows(mask: pd.Series) -> np.ndarray:
    return np.flatnonzero(mask.to_numpy(dtype=bool)) + 1
