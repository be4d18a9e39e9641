"""An exhibit by month in which months have few people is released by quarter."""

from types import SimpleNamespace

import pandas as pd
import pytest
from release.made_up import ONS, controlled, people
from release.test_control import held

from ipseval.kinds import EXHIBITS

ABOUT = {"kind": "recruitment_curve", "title": "t", "base": "b"}
# Months of randomisation by how many people, and quarters as they leave; None is withheld.
TRIALS = [
    ({"2018-01": 30, "2018-02": 12, "2018-04": 11}, None),
    ({"2018-01": 30, "2018-02": 4, "2018-04": 40, "2018-06": 3}, {"2018Q1": 34, "2018Q2": 43}),
    ({"2018-01": 30, "2018-02": 4, "2018-04": 5}, {"2018Q1": 34, "2018Q2": None}),
    # All of a quarter in one month.
    ({"2018-01": 61, "2018-04": 30, "2018-05": 2}, {"2018Q1": 61, "2018Q2": 32}),
]


@pytest.mark.parametrize(("months", "quarters"), TRIALS)
def test_quarters_where_months_are_small(tmp_path, months, quarters):
    frame = people(
        {
            ("north", arm): [
                {"randomised_on": pd.Timestamp(f"{month}-15"), "times": n // 2 + (n % 2) * arm}
                for month, n in months.items()
            ]
            for arm in (0, 1)
        }
    )
    spec = EXHIBITS.parse(ABOUT)
    policy = ONS.model_copy(update={"quarters": True})

    config = SimpleNamespace(trial=SimpleNamespace(groups={"north": None}))
    data = SimpleNamespace(people=frame, config=config)

    def remade(name, longer):
        cells = longer.cells(data)
        cells.insert(0, "exhibit", name)
        return cells.assign(data="real")

    by_month = {"recruits": spec.cells(data)}
    found = controlled(
        tmp_path / "trial", frame, {"recruits": spec}, policy, by_month, remade=remade
    )
    cells = found.cells["recruits"]
    shown = {
        row: None if printed == "[c]" else int(printed)
        for row, printed in zip(cells["row"], cells["printed"], strict=True)
    }
    if quarters is None:
        assert set(shown) >= set(months)
    else:
        assert shown == quarters
    assert ("recruits" in found.coarser) == (quarters is not None)
    assert not held(tmp_path / "out", found).narrow
