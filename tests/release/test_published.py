"""The published report is held against the policy by the names of its cells alone."""

from types import SimpleNamespace

import pandas as pd

from ipseval.files import write_csv
from ipseval.release.published import KEYS, audit_published, published_note
from ipseval.release.remade import compared_of


def cells(*rows):
    return pd.DataFrame(rows, columns=["exhibit", *KEYS])


def decided(*rows):
    return pd.DataFrame(rows, columns=[*KEYS, "status", "reason"])


def test_a_published_cell_passes_where_the_regenerated_one_is_released():
    published = cells(
        ("hlt:table-1", "", "a", "n", "count"),
        ("hlt:table-1", "", "b", "n", "count"),
        ("hlt:table-1", "", "c", "n", "count"),
        ("hlt:table-2", "", "a", "n", "count"),
        ("hlt:table-3", "", "a", "n", "count"),
    )
    found = audit_published(
        published,
        {
            # Two exhibits may regenerate one.
            "hlt:table-1": [
                decided(("", "b", "n", "count", "withheld", "fewer people than the threshold")),
                decided(
                    ("", "a", "n", "count", "released", ""),
                    ("", "other", "n", "count", "released", ""),
                ),
            ],
            # The same row and column of another table is another cell.
            "hlt:table-2": [decided(("", "a", "n", "count", "released", ""))],
        },
    )
    assert found["outcome"].tolist() == ["passes", "withheld", "not known", "passes", "not known"]
    assert found["reason"].tolist()[1:3] == [
        "fewer people than the threshold",
        "it is not regenerated",
    ]
    text = "\n".join(published_note(found))
    assert "2 of its 5 cells (40.0%) would have passed" in text
    assert "| hlt:table-1 | 3 | 1 | 1 | 1 |" in text
    assert "| hlt:table-2" not in text, "all of its cells pass"


def test_without_any_regenerated_exhibit_nothing_is_known():
    found = audit_published(cells(("hlt:table-1", "", "a", "n", "count")), {})
    assert found["outcome"].tolist() == ["not known"]


def test_what_a_release_compares_tells_nothing_that_is_not_released(tmp_path):
    """Neither a withheld cell, nor one that is published with more decimals, nor a distance."""
    table = [
        ("a", "41.2", "41.2", "agrees", ""),
        ("b", "7", "7", "agrees", ""),
        ("c", "41.25", "41.25", "agrees", ""),
        ("d", "40.1", "40.0", "not_reached", "off by -0.0731 after a search"),
    ]
    columns = ["row", "printed", "reproduced", "status", "note"]
    place = {"exhibit": "hlt:table-1", "panel": "", "column": "x", "statistic": "percent"}
    frame = pd.DataFrame(table, columns=columns).assign(**place, value="1")
    write_csv(tmp_path / "concordance.csv", frame)
    shown = [("a", "41.2"), ("b", "[c]"), ("c", "41.2"), ("d", "40.0")]
    out = pd.DataFrame(shown, columns=["row", "printed"]).assign(
        **place | {"exhibit": "table"}, value=1.0, n=1, stars="", unit="", source="", data="real"
    )
    out["status"] = ["withheld" if text == "[c]" else "released" for text in out["printed"]]
    write_csv(tmp_path / "hlt" / "release" / "cells.csv", out)
    params = SimpleNamespace(policy={"rounding": 1}, regenerated=[("hlt:table-1", "hlt", "table")])
    compared = compared_of(tmp_path, params, [SimpleNamespace(trial="hlt")])
    assert compared["row"].to_list() == ["a", "d"]
    assert "0731" not in compared.to_csv()
    params.policy["rounding"] = 5
    assert compared_of(tmp_path, params, [SimpleNamespace(trial="hlt")]).empty
