"""A suppressor that forgets a class of relations is found out by the attack, every time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from release.made_up import ONS, controlled, people, write_release
from release.test_control import ABOUT, COUNTS, effects, everyone, family, spec

from ipseval.release.attack import attack
from ipseval.release.control import _Build
from ipseval.report.cells import as_frame, cell
from ipseval.report.exhibits.balance_tests import BalanceTests
from ipseval.report.exhibits.recruitment_curve import RecruitmentCurve

# Residual degrees of freedom are not what is tried here.
NO_DF = ONS.model_copy(update={"degrees_of_freedom": 0})


@dataclass(frozen=True)
class Small:
    """A made-up trial in which few people can be had from what is shown."""

    frame: pd.DataFrame
    exhibits: dict[str, Any]
    given: dict[str, Any]


def of_groups(few: int) -> Small:
    """Few of north are seen, and all of both groups are shown."""
    frame = people(
        {
            ("north", 1): [{"seen": 1, "times": few}, {"seen": 0, "times": 90 - few}],
            ("north", 0): [{"seen": 1, "times": 40}, {"seen": 0, "times": 20}],
            ("south", 1): [{"seen": 1, "times": 70}, {"seen": 0, "times": 30}],
            ("south", 0): [{"seen": 1, "times": 50}, {"seen": 0, "times": 25}],
        }
    )
    return Small(frame, {"counts": COUNTS}, {})


def of_bases(few: int) -> Small:
    """All are shown, and all but few are seen."""
    return Small(everyone(unseen=few), {"counts": COUNTS}, {})


def of_shares(few: int) -> Small:
    """A share of a known base."""
    table = BalanceTests(
        kind="balance_tests",
        **ABOUT,
        panel="all",
        rows={"seen": {"column": "seen", "category": None, "statistic": "proportion"}},
    )
    frame = people(
        {
            ("north", 1): [{"seen": 1, "times": few}, {"seen": 0, "times": 60}],
            ("north", 0): [{"seen": 1, "times": 40}, {"seen": 0, "times": 20}],
        }
    )
    return Small(frame, {"table": table}, {})


def at_work(few: int, shown: str, difference: str) -> Small:
    """Few of a treatment group are at work: what is shown of them, and the effect."""
    treated, control = few / 97, 30 / 97
    frame = people(
        {
            ("north", 1): [{"working": 1, "times": few}, {"working": 0, "times": 97 - few}],
            ("north", 0): [{"working": 1, "times": 30}, {"working": 0, "times": 67}],
            ("south", 1): [{"working": np.nan, "times": 50}],
            ("south", 0): [{"working": np.nan, "times": 50}],
        }
    )
    effect = treated - control
    if difference == "of_printed":
        effect = (round(100 * treated, 1) - round(100 * control, 1)) / 100
    cells = effects(control, 194, 97, effect=effect, estimator="ols")
    if shown == "raw":
        mean = cell(
            "north", "working", "treatment", "percent", 100 * treated, f"{100 * treated:.1f}",
            "percent", 97, source=cells["source"].iloc[0],
        )  # fmt: skip
        cells = pd.concat([cells, as_frame([mean])], ignore_index=True)
    given = {"cells": {"e": cells}, "families": family("ols", estimator="ols")}
    return Small(frame, {"e": spec("ols", shown, difference)}, given)


def by_month(few: int) -> Small:
    """Few people of a group are recruited in a month; the months sum to all."""
    frame = everyone(unseen=20)
    month = pd.Series(["2018-05"] * 40 + ["2018-06"] * (80 - few) + ["2018-07"] * few)
    days = pd.concat([month, pd.Series(["2018-05"] * (len(frame) - 120))], ignore_index=True)
    frame["randomised_on"] = pd.to_datetime(days + "-01")
    curve = RecruitmentCurve(kind="recruitment_curve", **ABOUT)
    return Small(frame, {"counts": COUNTS, "curve": curve}, {})


def nothing(*_: Any) -> None:
    """Do nothing."""


def never(*_: Any) -> bool:
    """Say that nothing is hidden."""
    return False


def without_sums(self: _Build) -> Any:
    """Make the system of a suppressor that takes declared sums in, and forgets them."""
    kept, self.sums = self.sums, []
    try:
        return SYSTEM(self)
    finally:
        self.sums = kept


SYSTEM = _Build.system
# Class of relation -> what holds it, what stands in its place, and a trial that needs it.
FORGOTTEN: dict[str, tuple[str, Callable[..., Any], Callable[[int], Small]]] = {
    "pool": ("_lattice", nothing, of_groups),
    "base": ("_rest", nothing, of_bases),
    "percentage": ("_take_share", nothing, of_shares),
    "effect": ("_take_difference", nothing, lambda n: at_work(n, "adjusted", "unrounded")),
    "difference": ("_is_hidden_difference", never, lambda n: at_work(n, "raw", "of_printed")),
    "sum": ("system", without_sums, by_month),
}


def narrow(folder: Path, small: Small) -> dict[str, tuple[float, float]]:
    """Return what the attack finds in the release of a trial."""
    found = controlled(folder / "trial", small.frame, small.exhibits, NO_DF, **small.given)
    out = write_release(folder / "out", found)
    return attack(out, NO_DF.width, NO_DF.threshold).narrow


@pytest.mark.parametrize("few", [2, 4, 7])
@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_who_forgets_a_class_of_relations_is_found_out(tmp_path, monkeypatch, forgotten, few):
    name, instead, made = FORGOTTEN[forgotten]
    assert not narrow(tmp_path / "whole", made(few))
    monkeypatch.setattr(_Build, name, instead)
    found = narrow(tmp_path / "weak", made(few))
    assert any(low <= few <= high for low, high in found.values()), found
