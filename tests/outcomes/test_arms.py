"""The arm is one declared role: any codes, a named control, and refusals in words."""

import re
from pathlib import Path

import pandas as pd
import pytest
from helpers import small_trial, trial_config

from ipseval.arms import CODES, allocated
from ipseval.config.check import check_trial
from ipseval.config.declared import TRIAL_FILES
from ipseval.config.trial import ArmRole, PersonTable
from ipseval.errors import InputError
from ipseval.linkage.link import PEOPLE
from ipseval.outcomes.derive import _people
from ipseval.provenance import ROOT

PACKAGE = ROOT / "workflow" / "ipseval"


def role(treatment, control) -> ArmRole:
    return ArmRole(column="arm", treatment=treatment, control=control)


@pytest.mark.parametrize(
    ("codes", "treatment", "control", "dtype"),
    [
        ([1, 0, 0], 1, 0, "int64"),
        ([2, 1, 1], 2, 1, "int64"),
        ([0, 1, 1], 0, 1, "Int64"),
        (["ips", "usual", "usual"], "ips", "usual", "str"),
        (["1", "2", "2"], "1", "2", "str"),
        ([True, False, False], True, False, "bool"),
        ([False, True, True], False, True, "boolean"),
    ],
)
def test_any_codes_become_those_of_results(codes, treatment, control, dtype):
    table = pd.DataFrame({"arm": pd.Series(codes, dtype=dtype)})
    found = allocated(table, role(treatment, control), "people")
    assert list(found) == [1, 0, 0]
    assert found.dtype == "int64"


def test_swapped_codes_swap_the_arms_of_the_people():
    people = pd.DataFrame({"id": ["a", "b", "c"], "arm": [2, 1, 1]})
    links = pd.DataFrame({"source": PEOPLE, "person_id": ["x", "y", "z"], "record_id": people.id})
    for treatment, control, wanted in ((2, 1, [1, 0, 0]), (1, 2, [0, 1, 1])):
        trial = small_trial()
        person = trial.person.model_copy(update={"arm": role(treatment, control)})
        trial = trial.model_copy(update={"person": person})
        assert list(_people(trial, {"people": people}, links)["arm"]) == wanted


@pytest.mark.parametrize(
    ("codes", "message", "rows"),
    [
        ([1, 2, 2, 1], "neither of the two declared", [2, 3]),
        ([0, 1, 2, 1], "a trial of more arms declares each", [3]),
        ([0, None, 1, None], "the arm is missing", [2, 4]),
        ([1, 1, 1, 1], "nobody is in the control arm", []),
        ([1], "nobody is in the control arm, of 1 row", []),
        ([], "nobody is in the control arm, of 0 rows", []),
    ],
)
def test_what_is_no_arm_is_refused_in_words(codes, message, rows):
    table = pd.DataFrame({"arm": pd.Series(codes, dtype="Int64")})
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        allocated(table, role(1, 0), "people")
    assert caught.value.rows == rows
    for part in ("table: people", "column: arm", "rule: person.arm", "to do: "):
        assert part in str(caught.value)


def test_a_missing_arm_and_a_third_code_are_told_together():
    table = pd.DataFrame({"arm": pd.Series([0, None, 2, 1], dtype="Int64")})
    with pytest.raises(InputError) as caught:
        allocated(table, role(1, 0), "people")
    assert caught.value.rows == [2, 3]
    assert "3 different codes" in str(caught.value)


def test_a_column_alone_is_no_role():
    with pytest.raises(ValueError, match=r"arm: \{column: group, treatment: 1, control: 0\}"):
        PersonTable.model_validate(
            {"table": "people", "key": "id", "arm": "group", "randomised_on": "2019-01-01"}
        )
    with pytest.raises(ValueError, match="the same code"):
        role(1, "1")
    with pytest.raises(ValueError, match="treatment"):
        role(1.5, 0)


def complaints(column: dict, treatment, control) -> str:
    """Return what is wrong with a role on a column of HLT's person table, declared like that."""
    config = trial_config("hlt")
    table = config.extracts.tables["recruits"]
    declared = type(table.columns["arm"]).model_validate({"description": "d", **column})
    columns = table.columns | {"arm": declared}
    tables = config.extracts.tables | {"recruits": table.model_copy(update={"columns": columns})}
    person = config.trial.person.model_copy(update={"arm": role(treatment, control)})
    config = type(config)(
        **vars(config)
        | {
            "extracts": config.extracts.model_copy(update={"tables": tables}),
            "trial": config.trial.model_copy(update={"person": person}),
        }
    )
    paths = {name: Path(f"{name}.yaml") for name in TRIAL_FILES}
    return "\n".join(str(problem) for problem in check_trial(config, paths, ROOT))


TWO = {"type": "category", "codes": {"ips": "IPS", "usual": "usual services"}}
THREE = {"type": "category", "codes": {"a": "A", "b": "B", "c": "C"}}


@pytest.mark.parametrize(
    ("column", "treatment", "control", "message"),
    [
        ({"type": "date"}, 1, 0, "a column of type date; an arm is of type category"),
        ({"type": "number"}, 1, 0, "a column of type number"),
        ({"type": "integer", "minimum": 18, "maximum": 99}, 1, 0, "cannot have the code 1"),
        ({"type": "integer", "minimum": 0, "maximum": 2}, 1, 0, "more than two arms"),
        ({"type": "integer", "minimum": 0, "maximum": 1}, 2, 1, "cannot have the code 2"),
        ({"type": "integer"}, "1", "0", "'1' is no value of a column of type integer"),
        ({"type": "boolean"}, 1, 0, "'1' is no value of a column of type boolean"),
        (TWO, "ipss", "usual", "unknown name 'ipss'; did you mean 'ips'?"),
        (TWO, 1, 0, "write them in quotes, treatment: '...'"),
        (THREE, "a", "b", "a trial of more than two arms declares each"),
    ],
)
def test_a_column_that_cannot_be_an_arm_is_refused_before_a_run(
    column, treatment, control, message
):
    assert message in complaints(column, treatment, control)


@pytest.mark.parametrize(
    ("column", "treatment", "control"),
    [
        (TWO, "ips", "usual"),
        (TWO, "usual", "ips"),
        ({"type": "integer", "minimum": 1, "maximum": 2}, 2, 1),
        ({"type": "boolean"}, False, True),
        ({"type": "string"}, "A", "B"),
    ],
)
def test_a_column_that_can_be_one_is_accepted(column, treatment, control):
    assert complaints(column, treatment, control) == ""


def test_one_module_knows_the_codes_of_the_arms():
    """Makers of synthetic records write the codes that their trial declares; nobody else does."""
    spelt = re.compile(
        r"""["'](treatment|control)["']: ?[01]\b|\[["']arm["']\](\.to_numpy\(\))? ?[=!]= ?[01]\b"""
    )
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.parts[len(PACKAGE.parts)] != "twin" and spelt.search(path.read_text("utf-8"))
    ]
    assert found == []
    assert CODES == {"control": 0, "treatment": 1}
