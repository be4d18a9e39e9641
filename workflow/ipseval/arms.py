"""The two arms of a trial: their names, their codes, and who is in which.

trial.yaml names the column of the arm and the code of each arm there. `allocated` is the one place
that interprets them; what comes after it, people.parquet first of all, has CODES. Nothing else in
the package knows a code of an arm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import InputError, InputErrors, counted
from .lazy import np, pd

if TYPE_CHECKING:
    from .config.trial import ArmRole

TREATMENT, CONTROL = "treatment", "control"
# What the column `arm` of results has. It is a number, since it is a column of the designs.
CODES = {CONTROL: 0, TREATMENT: 1}
# The two orders in which tables print them.
CONTROL_FIRST, TREATMENT_FIRST = (CONTROL, TREATMENT), (TREATMENT, CONTROL)


def name_of(code: int) -> str:
    """Return the name of the arm that results have under a code."""
    return {code_of_trial: arm for arm, code_of_trial in CODES.items()}[code]


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
    """Return the arm of each row of a table of the extracts, as results have it (CODES).

    `role` says which code of the column is which arm; a table other than that of the people may
    call the column otherwise.

    Raises InputError where an arm is missing, a code is neither of the two, or an arm has nobody.
    """
    column = column or role.column
    codes = {str(role.of(arm)): code for arm, code in CODES.items()}
    given = table[column]
    named = given.astype("object").map(lambda value: codes.get(str(value)), na_action="ignore")
    declared = " or ".join(f"{role.of(arm)!r} ({arm})" for arm in TREATMENT_FIRST)
    where: dict[str, Any] = {"table": name, "column": column, "rule": "person.arm of trial.yaml"}
    problems = []
    if (lost := given.isna()).any():
        problems.append(
            InputError(
                "the arm is missing",
                rows=_rows(lost),
                expected=declared,
                remedy="complete the column; everybody randomised counts in the arm allocated",
                **where,
            )
        )
    if (other := given.notna() & named.isna()).any():
        several = f" ({given.nunique()} different codes)" if given.nunique() > len(CODES) else ""
        problems.append(
            InputError(
                f"the arm has a code that is neither of the two declared{several}",
                rows=_rows(other),
                expected=declared,
                remedy="correct the codes in trial.yaml or these rows; trials of more than two "
                "arms are not supported yet",
                **where,
            )
        )
    if problems:
        raise problems[0] if len(problems) == 1 else InputErrors(problems)
    for arm, code in CODES.items():
        if not (named == code).any():
            raise InputError(
                f"nobody is in the {arm} arm, of {counted(len(table), 'row', 'rows')}",
                expected=f"people in both arms: {declared}",
                remedy="correct the codes in trial.yaml, or supply the people of both arms",
                **where,
            )
    return named.astype("int64")


def _rows(mask: pd.Series) -> np.ndarray:
    return np.flatnonzero(mask.to_numpy(dtype=bool)) + 1
