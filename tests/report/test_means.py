"""Tables of means, and of answers by another column than the trial group: known answers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hand import GROUPS, value_at
from release.made_up import controlled, people
from release.test_control import gone, held

from ipseval.report.data import Data
from ipseval.report.exhibits.crosstab import Crosstab
from ipseval.report.exhibits.means_by_group import MeansByGroup
from ipseval.report.exhibits.record_means import RecordMeans

ABOUT = {"title": "T", "base": "B"}
PEOPLE = pd.DataFrame(
    {
        "trial_group": list("nnnss"),
        "calls": [1.0, 2, np.nan, 6, np.nan],
        "in_month_1": [1.0, 1, 0, 4, np.nan],
        "in_month_2": [0.0, np.nan, 1, np.nan, np.nan],
        "mode": ["web", "post", "web", "post", None],
        "month": ["2020-01", "2020-02", "2020-02", None, "2020-01"],
    }
)
GIVEN = {name: GROUPS["north"].model_copy(update={"label": name}) for name in "ns"}


def data_of(frame=PEOPLE, **tables) -> Data:
    units = {"calls": ("calls", None), "by_month": ("sessions", "in_month_")}
    derived = {k: SimpleNamespace(unit=u, columns_begin_with=p) for k, (u, p) in units.items()}
    config = SimpleNamespace(
        trial=SimpleNamespace(groups=GIVEN), outcomes=SimpleNamespace(derived=derived)
    )
    data = Data(None, config, True, {})
    object.__setattr__(data, "people", frame)
    object.__setattr__(data, "records", tables.__getitem__)
    return data


def test_means_are_over_the_people_of_whom_the_number_is_known():
    spec = MeansByGroup.model_validate({"kind": "means_by_group", "columns": ["calls"]} | ABOUT)
    cells = spec.cells(data_of())
    assert value_at(cells, "n", "calls", "mean") == (1.5, "1.5")
    assert value_at(cells, "n", "calls", "people") == (2, "2")
    assert value_at(cells, "s", "calls", "mean") == (6, "6.0")
    assert value_at(cells, "total", "calls", "mean") == (3, "3.0")
    assert set(cells.loc[cells["column"] == "mean", "unit"]) == {"calls"}
    assert cells["source"].iloc[0] == "outcomes/people.parquet: trial_group=n column=calls"


def test_means_of_columns_with_a_prefix_are_called_by_the_rest():
    given = {"kind": "means_by_group", "prefix": "in_month_", "decimals": 2}
    cells = MeansByGroup.model_validate(given | ABOUT).cells(data_of())
    assert list(dict.fromkeys(cells["row"])) == ["1", "2"]
    assert value_at(cells, "n", "1", "mean")[1] == "0.67"
    assert value_at(cells, "total", "2", "mean") == (0.5, "0.50")
    assert value_at(cells, "s", "2", "people") == (0, "0")
    assert value_at(cells, "s", "2", "mean")[1] == "-"
    assert set(cells.loc[cells["column"] == "mean", "unit"]) == {"sessions"}
    for wrong in ({}, {"prefix": "a_", "columns": ["calls"]}):
        with pytest.raises(ValueError, match="either columns or prefix"):
            MeansByGroup.model_validate({"kind": "means_by_group"} | wrong | ABOUT)


def test_means_of_records_about_no_person():
    staff = pd.DataFrame(
        {"site": ["a", "a", "b"], "hours": [2.0, np.nan, 5], "meetings": [1, 2, 4]}
    )
    given = {"kind": "record_means", "table": "staff", "panel": "site", "panels": ["a", "b"]}
    columns = {"hours": "hours a week", "meetings": "meetings"}
    spec = RecordMeans.model_validate(given | {"columns": columns} | ABOUT)
    cells = spec.cells(data_of(staff=staff))
    assert value_at(cells, "a", "hours", "mean") == (2, "2.0")
    assert value_at(cells, "a", "hours", "records") == (1, "1")
    assert value_at(cells, "a", "meetings", "mean") == (1.5, "1.5")
    assert value_at(cells, "b", "hours", "mean") == (5, "5.0")
    assert cells["unit"].tolist()[:2] == ["hours a week", "records"]


def test_answers_by_another_column_than_the_trial_group():
    given = {"kind": "crosstab", "column": "mode", "by": "month", "order": ["web", "post"]}
    cells = Crosstab.model_validate(given | ABOUT).cells(data_of())
    assert list(dict.fromkeys(cells["panel"])) == ["2020-01", "2020-02", "total"]
    assert value_at(cells, "2020-02", "web", "all") == (50, "50")
    assert value_at(cells, "2020-02", "base", "all") == (2, "2")
    # Who answered in no known month is in no panel, and not in the total.
    assert value_at(cells, "total", "base", "all") == (3, "3")
    assert value_at(cells, "total", "web", "all")[1] == "67"


def modes(**few):
    """Return people interviewed in three months; in the first some, in two of them many."""
    rows = [{"mode": mode, "month": "m1", "times": n} for mode, n in few.items()]
    rows += [{"mode": m, "month": k, "times": 30} for m in ("web", "post") for k in ("m2", "m3")]
    return people({("north", 0): rows, ("south", 1): [{"mode": "web", "month": "m3", "times": 40}]})


@pytest.mark.parametrize(
    ("few", "is_withheld"), [({"web": 20, "post": 15}, False), ({"web": 20, "post": 3}, True)]
)
def test_a_small_share_of_a_month_is_withheld_and_not_given_back(tmp_path, few, is_withheld):
    given = {"kind": "crosstab", "column": "mode", "by": "month", "order": ["web", "post"]}
    frame = modes(**few)
    found = controlled(tmp_path / "trial", frame, {"modes": Crosstab.model_validate(given | ABOUT)})
    assert bool(gone(found, "modes")) == is_withheld
    if is_withheld:
        assert ("m1", "post", "all") in gone(found, "modes")
        assert len(gone(found, "modes")) > 1, "the rest of the month, or the total, would tell it"
    assert not held(tmp_path / "out", found).narrow


@pytest.mark.parametrize(("n", "is_withheld"), [(12, False), (4, True)])
def test_a_mean_of_few_people_is_withheld(tmp_path, n, is_withheld):
    frame = people(
        {
            ("north", 1): [{"calls": 3.0, "times": n}, {"calls": None, "times": 30}],
            ("south", 1): [{"calls": 2.0, "times": 50}],
        }
    )
    spec = MeansByGroup.model_validate({"kind": "means_by_group", "columns": ["calls"]} | ABOUT)
    config = SimpleNamespace(
        trial=SimpleNamespace(groups={"north": None, "south": None}),
        outcomes=SimpleNamespace(derived={"calls": SimpleNamespace(unit="calls")}),
    )
    cells = {"calls": spec.cells(SimpleNamespace(people=frame, config=config))}
    found = controlled(tmp_path / "trial", frame, {"calls": spec}, cells=cells)
    assert (("north", "calls", "mean") in gone(found, "calls")) == is_withheld
    assert not held(tmp_path / "out", found).narrow
